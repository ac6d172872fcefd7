"""From stored values to a column's own type: scale, implied decimals, truth values, dates and time stamps."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.layouts.cell_types import Mask
from etl_batch.layouts.digit_cells import rescaled
from etl_batch.layouts.kinds import Family
from etl_batch.layouts.layout import LayoutColumn
from etl_batch.layouts.values import MICROSECONDS_PER_UNIT

_FIRST_SECOND = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
_LAST_SECOND = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
_INT64 = np.iinfo(np.int64)


def convert(column: LayoutColumn, stored: pa.Array) -> tuple[pa.Array, Mask | None]:
    """The column in its final type, and the rows whose time stamp no calendar holds (None: there are none)."""
    if column.family is Family.TIME:
        return _moments(column, stored)
    if column.scale is not None or column.add is not None:
        return _scaled(column, stored), None
    if column.decimals is not None and column.kind != "ascii_decimal":
        return rescaled(stored, column), None
    if column.family is Family.BOOL:
        return pc.not_equal(stored, pa.scalar(0, stored.type)), None
    return stored, None


def _scaled(column: LayoutColumn, stored: pa.Array) -> pa.Array:
    """The value times `scale`, plus `add`; whole numbers stay whole where nothing but a whole one is added."""
    if pa.types.is_integer(column.type):
        # In two's complement the sum is the same whatever the sign, and the column's type has room for it.
        numbers = stored.to_numpy().astype(np.int64 if stored.type.bit_width < 64 else stored.to_numpy().dtype)
        sums = numbers.view(np.uint64) + np.uint64(int(column.add or 0) % 2**64)
        return pa.array(sums.view(column.type.to_pandas_dtype()))
    numbers = stored.cast(pa.float64(), safe=False)
    numbers = numbers if column.scale is None else pc.multiply(numbers, column.scale)
    return numbers if column.add is None else pc.add(numbers, float(column.add))


def _moments(column: LayoutColumn, stored: pa.Array) -> tuple[pa.Array, Mask | None]:
    """Counts since the epoch as dates (the day, rounded down) or time stamps, within the years 1 to 9999."""
    unit = column.unit or "s"
    counts = stored.to_numpy().astype(np.int64)
    first, last = _calendar(unit)
    low, high = max(first - column.epoch, _INT64.min), min(last - column.epoch, _INT64.max)
    beyond = (counts < low) | (counts > high)
    moments = np.where(beyond, 0, counts) + np.where(beyond, 0, column.epoch)
    if pa.types.is_date32(column.type):
        moments = (moments // _units_per_day(unit)).astype(np.int32)
    array = pa.Array.from_buffers(column.type, len(moments), [None, pa.py_buffer(moments)])
    return array, beyond if beyond.any() else None


def _calendar(unit: str) -> tuple[int, int]:
    """The first and the last count of `unit`s since 1970 within the years 1 to 9999 and within 64 bits."""
    if unit == "D":
        return _FIRST_SECOND // 86_400, _LAST_SECOND // 86_400
    per_second = _units_per_day(unit) // 86_400
    first, last = _FIRST_SECOND * per_second, (_LAST_SECOND + 1) * per_second - 1
    return max(first, _INT64.min), min(last, _INT64.max)


def _units_per_day(unit: str) -> int:
    return 86_400_000_000_000 if unit == "ns" else MICROSECONDS_PER_UNIT["D"] // MICROSECONDS_PER_UNIT[unit]
