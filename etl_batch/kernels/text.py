"""Cells that stay text, gathered one behind the other."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import PADDING, copy_64, equal_mask
from etl_batch.kernels.cells import cell_of
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, inner, kernel

_QUOTE = 34
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
            filled = _copy_undoubled(data, start, end, out, filled)
            continue
        for at in range(start, end, PADDING):
            copy_64(out, filled + at - start, data, at)
        filled += max(end - start, 0)
    offsets[len(ends)] = np.int32(filled)
    return filled


@inner
def _has_quote(data: Bytes, start: int, end: int) -> bool:
    for at in range(start, end, 64):
        if equal_mask(data, at, _QUOTE) & (_ALL >> np.uint64(max(64 - (end - at), 0))) != _NONE:
            return True
    return False


@inner
def _copy_undoubled(data: Bytes, start: int, end: int, out: OutBytes, filled: int) -> int:
    """Copy a cell, of two quotes side by side the first; returns where the next one goes."""
    at = start
    while at < end:
        out[filled] = data[at]
        filled += 1
        at += 2 if data[at] == _QUOTE and at + 1 < end and data[at + 1] == _QUOTE else 1
    return filled
