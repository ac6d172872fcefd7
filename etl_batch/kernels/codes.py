"""Text cells as codes: each row's place among the distinct cells, in the order in which they first appear."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import load_word, multiply_high
from etl_batch.kernels.cells import cell_of
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, OutWords, Word, inner, kernel

GIVEN_UP = -1
"""What `code_cells` answers when the distinct cells are more, or longer, than it has room for; see `renumber`."""
SLOT = 4
"""Words of a place of the table: three of the cell, and above the code its length and two (all of it 0: free)."""
_MOST_TRIES = 64
_QUOTE = 34
_WORD, _SHORT = 8, 24
_FULL = np.uint64((1 << 64) - 1)
_ONE, _TWO, _THREE, _HALF = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(32)
_LOWER = np.uint64((1 << 32) - 1)
_SLOT = np.uint64(SLOT)
_FACTOR, _OTHER_FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


@kernel
def code_cells(
    data: Bytes,
    before: Ints,
    ends: Ints,
    quoted: int,
    missing: Bytes,
    known: int,
    table: OutWords,
    kept: OutBytes,
    kept_offsets: OutInts,
    codes: OutInts,
) -> int:
    """Write the codes of the cells of one array; `known` codes are there from others already.

    Cell k is `data[before[k] + 1:ends[k]]`, where `quoted` says so without its quotes, or none where `missing` marks it
    (empty: nowhere). `table` is open addressed, with a power of two places of which at most half are taken; `kept` and
    `kept_offsets` hold the distinct cells. Returns how many codes there are now, or `GIVEN_UP`; then what was written
    means nothing. It gives up at a quoted cell with quotes in it too, whose bytes are not what it says.
    """
    mask = np.uint64(table.size // SLOT - 1)
    most = min(table.size // SLOT // 2, kept_offsets.size - 1)
    for row in range(codes.size):
        begin, end = cell_of(data, before, ends, row, quoted)
        length = end - begin
        if missing.size and missing[row]:
            length = -1
        tail = max(length - _WORD, 0)
        inside = _FULL >> np.uint64(8 * (_WORD - min(max(length, 1), _WORD))) if length > 0 else np.uint64(0)
        if begin + _WORD <= data.size:
            # Where the cell is short these overlap: to read them once too often is cheaper than to ask how long it is.
            first = load_word(data, begin) & inside
            middle = load_word(data, begin + min(tail, _WORD)) & inside
            last = load_word(data, begin + tail) & inside
        else:
            first = np.uint64(_last_bytes(data, begin, length))
            middle = last = first
        digest = _hash(data, begin, length, first, middle, last)
        tries = 0
        while True:
            slot = ((digest + np.uint64(tries)) & mask) * _SLOT
            there = table[slot + _THREE]
            if there == np.uint64(0):
                room = max(length, 0)
                start = int(kept_offsets[known])
                if known >= most or start + room > kept.size:
                    return GIVEN_UP
                for at in range(room):
                    if data[begin + at] == _QUOTE and begin > np.int64(before[row]) + 1:
                        return GIVEN_UP
                    kept[start + at] = data[begin + at]
                kept_offsets[known + 1] = start + room
                there = (np.uint64(length + 2) << _HALF) | np.uint64(known)
                table[slot], table[slot + _ONE], table[slot + _TWO], table[slot + _THREE] = first, middle, last, there
                known += 1
                break
            differs = (table[slot] ^ first) | (table[slot + _ONE] ^ middle) | (table[slot + _TWO] ^ last)
            if (differs | ((there >> _HALF) ^ np.uint64(length + 2))) == np.uint64(0) and (
                length <= _SHORT or _same_rest(data, begin, length, kept, int(kept_offsets[there & _LOWER]))
            ):
                break
            tries += 1
            if tries > _MOST_TRIES:
                return GIVEN_UP
        codes[row] = np.int32(there & _LOWER)
    return known


@inner
def _last_bytes(data: Bytes, begin: int, length: int) -> Word:
    """A cell of less than 8 bytes as a word, when no 8 are left to read."""
    word = np.uint64(0)
    for at in range(length):
        word |= np.uint64(data[begin + at]) << np.uint64(8 * at)
    return word


@inner
def _hash(data: Bytes, begin: int, length: int, first: Word, middle: Word, last: Word) -> Word:
    """Both halves of the product of two words, and so on with the others."""
    one, other = first ^ _FACTOR, last ^ _OTHER_FACTOR ^ np.uint64(length)
    digest = (one * other) ^ multiply_high(one, other) ^ middle
    digest = (digest * _FACTOR) ^ multiply_high(digest, _FACTOR)
    for at in range(2 * _WORD, length - _WORD, _WORD):
        one = digest ^ load_word(data, begin + at)
        digest = (one * _FACTOR) ^ multiply_high(one, _FACTOR)
    return digest


@inner
def _same_rest(data: Bytes, begin: int, length: int, kept: Bytes, start: int) -> bool:
    """Whether two cells whose first 16 and last 8 bytes are the same have the same between them."""
    for at in range(2 * _WORD, length - _WORD, _WORD):
        if load_word(data, begin + at) != load_word(kept, start + at):
            return False
    return True


@kernel
def renumber(codes: Ints, missing: Bytes, places: OutInts, order: OutInts, out: OutInts) -> int:
    """Write codes anew, by the order in which they first appear; returns how many there are.

    Codes are from 0 to below `places.size`, which is room for each one's new number; at another one it gives up and
    returns `GIVEN_UP`. `order` gets the old ones, in the new order. Where `missing` marks a row (empty: nowhere) its
    code is not read, and the new one is 0.
    """
    for at in range(places.size):
        places[at] = -1
    known = 0
    for row in range(codes.size):
        if missing.size and missing[row]:
            out[row] = 0
            continue
        code = codes[row]
        if code < 0 or code >= places.size:
            return GIVEN_UP
        if places[code] < 0:
            places[code] = known
            order[known] = code
            known += 1
        out[row] = places[code]
    return known
