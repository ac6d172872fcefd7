"""Cells that stay text: gathered one behind the other, guarded from spreadsheets, and as they were before that."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import PADDING, copy_64, equal_mask
from etl_batch.kernels.cells import cell_of
from etl_batch.kernels.csv_text import is_risky
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, inner, kernel

_QUOTE, _APOSTROPHE = 34, 39
_NONE, _ALL = np.uint64(0), np.uint64(2**64 - 1)


@kernel
def gather(data: Bytes, before: Ints, ends: Ints, quoted: int, offsets: OutInts, out: OutBytes) -> int:
    """Copy the cells into `out`, without their quotes and with doubled ones made one; returns the bytes that they have.

    Cell k stands between `offsets[k]` and `offsets[k + 1]`. `out` is longer than all of them by 64 bytes at least.
    """
    filled = 0
    for row in range(len(ends)):
        offsets[row] = np.int32(filled)
        start, end = cell_of(data, before, ends, row, quoted)
        if start > np.int64(before[row]) + 1 and _has_quote(data, start, end):
            filled = copy_undoubled(data, start, end, out, filled)
            continue
        for at in range(start, end, PADDING):
            copy_64(out, filled + at - start, data, at)
        filled += max(end - start, 0)
    offsets[len(ends)] = np.int32(filled)
    return filled


@kernel
def guard(data: Bytes, offsets: Ints, spared: Bytes, places: OutInts, out: OutBytes) -> int:
    """Copy texts to `out`, those that a spreadsheet would run behind an apostrophe; returns how many these are.

    Text k stands between `offsets[k]` and `offsets[k + 1]`, and then between `places[k]` and `places[k + 1]`; one that
    is marked in `spared` stays as it is. `out` has room for all of them and an apostrophe each.
    """
    filled = count = 0
    for row in range(len(spared)):
        places[row] = np.int32(filled)
        first, last = int(offsets[row]), int(offsets[row + 1])
        if first < last and not spared[row] and is_risky(data, first, last):
            out[filled] = _APOSTROPHE
            filled, count = filled + 1, count + 1
        for at in range(first, last):
            out[filled + at - first] = data[at]
        filled += last - first
    places[len(spared)] = np.int32(filled)
    return count


@kernel
def unguard(data: Bytes, offsets: Ints, places: OutInts, out: OutBytes) -> int:
    """The way back: texts without the apostrophe that guards them; returns how many had one."""
    filled = count = 0
    for row in range(len(places) - 1):
        places[row] = np.int32(filled)
        first, last = int(offsets[row]), int(offsets[row + 1])
        if first < last and data[first] == _APOSTROPHE and is_risky(data, first, last):
            first, count = first + 1, count + 1
        for at in range(first, last):
            out[filled + at - first] = data[at]
        filled += last - first
    places[len(places) - 1] = np.int32(filled)
    return count


@inner
def _has_quote(data: Bytes, start: int, end: int) -> bool:
    for at in range(start, end, 64):
        if equal_mask(data, at, _QUOTE) & (_ALL >> np.uint64(max(64 - (end - at), 0))) != _NONE:
            return True
    return False


@inner
def copy_undoubled(data: Bytes, start: int, end: int, out: OutBytes, filled: int) -> int:
    """Copy a cell, of two quotes side by side the first; returns where the next one goes."""
    at = start
    while at < end:
        out[filled] = data[at]
        filled += 1
        at += 2 if data[at] == _QUOTE and at + 1 < end and data[at + 1] == _QUOTE else 1
    return filled
