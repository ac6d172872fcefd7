"""Which counts of a temporal type are moments that a cell can show: the years 1 to 9999, and the hours of one day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
"""The first of year 1 and the last of year 9999, counted from 1970."""
_FIRST_DAY, _LAST_DAY = FIRST_SECOND // 86_400, LAST_SECOND // 86_400
_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}


def limits(kind: pa.DataType) -> tuple[int, int] | None:
    """The least and the largest count that is a moment; None for types all of whose counts are, or that have none."""
    if pa.types.is_date32(kind):
        return _FIRST_DAY, _LAST_DAY
    if pa.types.is_timestamp(kind) and kind.unit in _A_SECOND:
        each = _A_SECOND[kind.unit]
        return FIRST_SECOND * each, (LAST_SECOND + 1) * each - 1
    if pa.types.is_time(kind):
        return 0, 86_400 * _A_SECOND.get(kind.unit, 1_000_000_000) - 1
    return None


def counts(column: pa.Array) -> pa.Array:
    """The counts themselves, as numbers of 64 bits."""
    whole = pa.int32() if column.type.bit_width == 32 else pa.int64()
    return pc.cast(column.view(whole), pa.int64())


def outside(column: pa.Array) -> NDArray[np.bool_] | None:
    """Marks of the rows that are no moment; None when there is none."""
    bounds = limits(column.type)
    if bounds is None:
        return None
    low, high = bounds
    numbers = counts(column)
    least, largest = pc.min_max(numbers).as_py().values()
    if least is None or (least >= low and largest <= high):
        return None
    beyond = pc.or_(pc.less(numbers, low), pc.greater(numbers, high)).fill_null(False)
    marks: NDArray[np.bool_] = beyond.to_numpy(zero_copy_only=False)
    return marks
