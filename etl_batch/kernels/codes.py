"""Text cells as codes: each row's place among the distinct cells, in the order in which they first appear."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import load_word, multiply_high
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, OutWords, Word, inner, kernel

GIVEN_UP = -1
"""What `code_cells` answers when the distinct cells are more, or longer, than it has room for."""
SLOT = 4
"""Words of a place of the table: the cell's first and last 8 bytes, its length and two (0: free), its code."""
_MOST_TRIES = 64
_WORD = 8
_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
_SLOT = np.uint64(SLOT)
_FACTOR, _OTHER_FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


@kernel
def code_cells(
    data: Bytes,
    offsets: Ints,
    missing: Bytes,
    known: int,
    table: OutWords,
    kept: OutBytes,
    kept_offsets: OutInts,
    codes: OutInts,
) -> int:
    """Write the codes of the cells of one array; `known` codes are there from others already.

    Cell k is `data[offsets[k]:offsets[k + 1]]`, or none where `missing` marks it (empty: nowhere). `table` is open
    addressed, with a power of two places of which at most half are taken; `kept` and `kept_offsets` hold the distinct
    cells. Returns how many codes there are now, or `GIVEN_UP`; then what was written means nothing.
    """
    mask = np.uint64(table.size // SLOT - 1)
    most = min(table.size // SLOT // 2, kept_offsets.size - 1)
    for row in range(codes.size):
        begin = np.int64(offsets[row])
        length = np.int64(offsets[row + 1]) - begin
        if missing.size and missing[row]:
            length = -1
        first = _first_word(data, begin, length)
        last = load_word(data, begin + length - _WORD) if length > _WORD else np.uint64(0)
        mark = np.uint64(length + 2)
        digest = _hash(data, begin, length, first, last)
        tries = 0
        while True:
            slot = ((digest + np.uint64(tries)) & mask) * _SLOT
            there = table[slot + _TWO]
            code = table[slot + _THREE]
            if there == mark and table[slot] == first and table[slot + _ONE] == last:
                if length <= 2 * _WORD or _same_middle(data, begin, length, kept, np.int64(kept_offsets[code])):
                    break
            elif there == np.uint64(0):
                room = max(length, 0)
                start = np.int64(kept_offsets[known])
                if known >= most or start + room > kept.size:
                    return GIVEN_UP
                for at in range(room):
                    kept[start + at] = data[begin + at]
                kept_offsets[known + 1] = start + room
                code = np.uint64(known)
                table[slot], table[slot + _ONE], table[slot + _TWO], table[slot + _THREE] = first, last, mark, code
                known += 1
                break
            tries += 1
            if tries > _MOST_TRIES:
                return GIVEN_UP
        codes[row] = np.int32(code)
    return known


@inner
def _first_word(data: Bytes, begin: int, length: int) -> Word:
    """The first 8 bytes of a cell, noughts behind its end; what lies behind the last cell is not read."""
    if begin + _WORD <= data.size:
        word = load_word(data, begin)
        if length < _WORD:
            word &= (_ONE << np.uint64(8 * max(length, 0))) - _ONE
        return word
    word = np.uint64(0)
    for at in range(length):
        word |= np.uint64(data[begin + at]) << np.uint64(8 * at)
    return word


@inner
def _hash(data: Bytes, begin: int, length: int, first: Word, last: Word) -> Word:
    """Both halves of the product of two words, and so on for what lies between them."""
    one, other = first ^ _FACTOR, last ^ _OTHER_FACTOR ^ np.uint64(length)
    digest = (one * other) ^ multiply_high(one, other)
    for at in range(_WORD, length - _WORD, _WORD):
        one = digest ^ load_word(data, begin + at)
        digest = (one * _FACTOR) ^ multiply_high(one, _FACTOR)
    return digest


@inner
def _same_middle(data: Bytes, begin: int, length: int, kept: Bytes, start: int) -> bool:
    """Whether two cells whose first and last 8 bytes are the same have the same between them."""
    for at in range(_WORD, length - _WORD, _WORD):
        if load_word(data, begin + at) != load_word(kept, start + at):
            return False
    return True
