"""The cells of fields, gathered from where they stand in the records: all numbers in one walk, text as codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch.kernels import records
from etl_batch.kernels.kernel import Ints
from etl_batch.layouts.cell_types import Array
from etl_batch.layouts.layout import LayoutColumn

_PLACES = 1 << 14
"""Places of the table by which cells are coded: half as many distinct ones are few enough to be a dictionary."""
_LINE = 64


def gather_numbers(columns: Sequence[LayoutColumn], rows: Array) -> list[Array | None]:
    """The numbers of each field in the machine's byte order, shape (records,); None for a field that is no number."""
    plan = np.zeros((len(columns), 4), np.int64)
    lines = room = 0
    for column in columns:
        if column.is_number:
            swapped = column.size > 1 and column.dtype.newbyteorder("=") != column.dtype
            plan[lines] = column.offset, column.size, swapped, room
            room += -(-len(rows) * column.size // _LINE) * _LINE
            lines += 1
    out = _room(room, np.uint8)
    if lines:
        records.gather_numbers(rows.reshape(-1), rows.shape[1], plan[:lines], out)
    begins = iter(plan[:lines, 3].tolist())
    return [
        np.frombuffer(out, column.dtype.newbyteorder("="), len(rows), next(begins)) if column.is_number else None
        for column in columns
    ]


def gather_cells(column: LayoutColumn, rows: Array) -> Array:
    """The cells of one field, copied side by side, numbers in the machine's byte order: shape (records,)."""
    (numbers,) = gather_numbers([column], rows)
    if numbers is not None:
        return numbers
    cells: Array = np.ndarray(len(rows), column.dtype, buffer=rows, offset=column.offset, strides=rows.shape[1:])
    # Always a copy: the caller may read its next block into the same buffer.
    return cells.copy()


def code_cells(column: LayoutColumn, rows: Array) -> tuple[Ints, Array] | None:
    """Each record's place among the distinct cells, and these as they first appear; None when they are too many."""
    places = min(1 << max(2 * len(rows) - 1, 1).bit_length(), _PLACES)
    table, codes = np.zeros(places * records.SLOT, np.uint64), _room(len(rows), np.int32)
    kept = np.empty(min(places // 2, len(rows)) * column.size, np.uint8)
    known = records.fixed_codes(rows.reshape(-1), rows.shape[1], column.offset, column.size, table, kept, codes)
    return None if known == records.GIVEN_UP else (codes, kept[: known * column.size].view(column.dtype))


def _room(count: int, dtype: Any) -> Array:
    """An array to be filled. Arrow keeps pages that are freed; what NumPy takes costs a page fault every 4 KiB anew."""
    return np.frombuffer(pa.allocate_buffer(count * np.dtype(dtype).itemsize), dtype)
