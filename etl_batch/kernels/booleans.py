"""Cells that are booleans, `true` and `false` or `True` and `False`.

A cell that is neither stops a kernel, which returns its row (the number of rows when none did).
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import load_word
from etl_batch.kernels.cells import cell_of
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutWords, inner, kernel

LOWER, TITLE = 0, 1
"""The two ways of writing them."""

_ONE, _NONE = np.uint64(1), np.uint64(0)
_FOUR_BYTES, _FIVE_BYTES = np.uint64(2**32 - 1), np.uint64(2**40 - 1)
_CASE = np.uint64(0x20)
"""What makes a capital letter a small one."""
_TRUE, _FALSE = (np.uint64(int.from_bytes(word, "little")) for word in (b"true", b"false"))


@kernel
def census(data: Bytes, before: Ints, ends: Ints, quoted: int, facts: OutWords) -> int:
    """Sets bits `LOWER` and `TITLE` of `facts[0]` as cells are written so; returns the row of one that is none."""
    seen = _NONE
    for row in range(len(ends)):
        start, end = cell_of(data, before, ends, row, quoted)
        if start >= end:
            continue
        title = LOWER if data[start] & 0x20 else TITLE
        if _truth(data, start, end, title) < 0:
            return row
        seen |= _ONE << np.uint64(title)
    facts[0] = seen
    return len(ends)


@kernel
def truths(data: Bytes, before: Ints, ends: Ints, quoted: int, title: int, out: OutBytes, valid: OutBytes) -> int:
    """1 and 0 for cells of one of the two ways; `valid` is 0 where a cell is empty."""
    for row in range(len(ends)):
        start, end = cell_of(data, before, ends, row, quoted)
        if start >= end:
            out[row], valid[row] = 0, 0
            continue
        truth = _truth(data, start, end, title)
        if truth < 0:
            return row
        out[row], valid[row] = truth, 1
    return len(ends)


@inner
def _truth(data: Bytes, start: int, end: int, title: int) -> int:
    """1, 0, or -1 for a cell that is no boolean."""
    word = load_word(data, start) ^ (_CASE if title else _NONE)
    if end - start == 4 and word & _FOUR_BYTES == _TRUE:
        return 1
    return 0 if end - start == 5 and word & _FIVE_BYTES == _FALSE else -1
