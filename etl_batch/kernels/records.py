"""Fields of fixed records, read where they stand: the walk over the records is the cost, so one reads all numbers."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import (
    copy_4,
    copy_8,
    copy_swapped_2,
    copy_swapped_4,
    copy_swapped_8,
    load_word,
    multiply_high,
)
from etl_batch.kernels.kernel import Bytes, LongGrid, OutBytes, OutInts, OutLongs, OutWords, Word, inner, kernel

GIVEN_UP = -1
"""What `fixed_codes` answers when the distinct cells are more than it has room for."""
SLOT = 2
"""Words of a place of the table: what tells the cell from others, and its code plus one (0: free)."""
READABLE, UNREADABLE, BLANK = 0, 1, 2
"""States of a cell of digits."""
NEGATIVE, NO_DIGIT = 16, 255
"""What a table of digits says beside them."""

_LAST_DIGIT, _NO_DIGIT_BIT = 15, 128
_BLOCK_BYTES = 1 << 14
"""Of the records that are read for one field after the other: they stay in the processor's first cache."""
_MOST_TRIES = 64
_WORD, _PAIR = 8, 16
_ONE, _SLOT = np.uint64(1), np.uint64(SLOT)
_FACTOR, _OTHER_FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


@kernel
def gather_numbers(data: Bytes, record_size: int, fields: LongGrid, out: OutBytes) -> None:
    """Copy numbers of whole records side by side.

    A line of `fields` is one field: its place in a record, its size of 1, 2, 4 or 8 bytes, whether these are in the
    other order than the machine's, and the place in `out` of the first record's.
    """
    records = data.size // record_size
    step = max(_BLOCK_BYTES // record_size, 1)
    for first in range(0, records, step):
        count = min(step, records - first)
        for field in range(fields.shape[0]):
            size = fields[field, 1]
            at, to = first * record_size + fields[field, 0], fields[field, 3] + first * size
            if fields[field, 2]:
                _copy_swapped(data, at, record_size, size, count, out, to)
            else:
                _copy_cells(data, at, record_size, size, count, out, to)


@kernel
def fixed_codes(
    data: Bytes, record_size: int, offset: int, size: int, table: OutWords, kept: OutBytes, codes: OutInts
) -> int:
    """Write the code of each record's cell of `size` bytes: its place among the distinct ones, as they first appear.

    `table` is open addressed and free, with a power of two places of which at most half are taken; `kept` gets the
    distinct cells one behind the other. Returns how many there are, or `GIVEN_UP`; then what was written means nothing.
    """
    mask = np.uint64(table.size // SLOT - 1)
    most = min(table.size // SLOT // 2, kept.size // size)
    last = mask * _SLOT
    known = 0
    for row in range(codes.size):
        at = row * record_size + offset
        if size <= _WORD:
            told = load_word(data, at) if size == _WORD else _word_of(data, at, size)
            digest = _mixed(told, _ONE)
        else:
            digest = told = _hash(data, at, size)
        slot = (digest & mask) * _SLOT
        tries = 0
        while True:
            there = int(np.int64(table[slot + _ONE])) - 1
            if table[slot] == told and there >= 0 and (size <= _WORD or _same(data, at, kept, there * size, size)):
                break
            if there < 0:
                if known >= most:
                    return GIVEN_UP
                for place in range(size):
                    kept[known * size + place] = data[at + place]
                there = known
                known += 1
                table[slot], table[slot + _ONE] = told, np.uint64(known)
                break
            slot = (slot + _SLOT) & last
            tries += 1
            if tries > _MOST_TRIES:
                return GIVEN_UP
        codes[row] = np.int32(there)
    return known


@kernel
def digit_numbers(
    data: Bytes,
    record_size: int,
    offset: int,
    size: int,
    base: int,
    values: Bytes,
    last_values: Bytes,
    padding: Bytes,
    out: OutLongs,
    states: OutBytes,
) -> int:
    """The number of each record's cell of digits, at most 18, and its state; returns how many cells are none.

    Each byte but the last is a digit in `base`, as `values` says; of the last, `last_values` says the decimal digit,
    with `NEGATIVE` where it makes the number negative. `NO_DIGIT` stands for all other bytes. A cell with one of these
    is 0 and `UNREADABLE`, or `BLANK` if all its bytes are marked in `padding`.
    """
    unreadable = 0
    for row in range(out.size):
        at = row * record_size + offset
        number, seen = 0, 0
        for place in range(at, at + size - 1):
            digit = int(np.int64(values[data[place]]))
            seen |= digit
            number = number * base + digit
        digit = int(np.int64(last_values[data[at + size - 1]]))
        if (seen | digit) & _NO_DIGIT_BIT:
            out[row], states[row] = 0, _state_without_digits(data, at, size, padding)
            unreadable += 1
            continue
        number = number * 10 + (digit & _LAST_DIGIT)
        out[row], states[row] = -number if digit & NEGATIVE else number, READABLE
    return unreadable


@inner
def _state_without_digits(data: Bytes, at: int, size: int, padding: Bytes) -> int:
    for place in range(at, at + size):
        if not padding[data[place]]:
            return UNREADABLE
    return BLANK


@inner
def _copy_cells(data: Bytes, at: int, record_size: int, size: int, count: int, out: OutBytes, to: int) -> None:
    """Cells as they are."""
    if size == 8:
        for row in range(count):
            copy_8(out, to + 8 * row, data, at + record_size * row)
    elif size == 4:
        for row in range(count):
            copy_4(out, to + 4 * row, data, at + record_size * row)
    else:
        for row in range(count):
            for place in range(size):
                out[to + size * row + place] = data[at + record_size * row + place]


@inner
def _copy_swapped(data: Bytes, at: int, record_size: int, size: int, count: int, out: OutBytes, to: int) -> None:
    """Cells, the last byte of each first."""
    if size == 8:
        for row in range(count):
            copy_swapped_8(out, to + 8 * row, data, at + record_size * row)
    elif size == 4:
        for row in range(count):
            copy_swapped_4(out, to + 4 * row, data, at + record_size * row)
    else:
        for row in range(count):
            copy_swapped_2(out, to + 2 * row, data, at + record_size * row)


@inner
def _word_of(data: Bytes, at: int, size: int) -> Word:
    """A cell of less than 8 bytes as a word, though nothing may be read behind the records."""
    if at + _WORD <= data.size:
        return load_word(data, at) & ((_ONE << np.uint64(8 * size)) - _ONE)
    word = np.uint64(0)
    for place in range(size):
        word |= np.uint64(data[at + place]) << np.uint64(8 * place)
    return word


@inner
def _mixed(one: Word, other: Word) -> Word:
    """Both halves of the product of two words that are scattered first."""
    one, other = one ^ _FACTOR, other ^ _OTHER_FACTOR
    return (one * other) ^ multiply_high(one, other)


@inner
def _hash(data: Bytes, at: int, size: int) -> Word:
    """Of a cell of more than 8 bytes. The products wait for no other, and the last words may overlap those before."""
    digest = _mixed(load_word(data, at + max(size - _PAIR, 0)), load_word(data, at + size - _WORD))
    for place in range(0, size - _PAIR, _PAIR):
        digest ^= _mixed(load_word(data, at + place) + np.uint64(place + 1), load_word(data, at + place + _WORD))
    return digest


@inner
def _same(data: Bytes, at: int, kept: Bytes, start: int, size: int) -> bool:
    """Whether two cells of more than 8 bytes are the same."""
    # That it may end at each word keeps LLVM from making a loop of vectors of it, whose preparation takes longer.
    for place in range(0, size - _WORD, _WORD):
        if load_word(data, at + place) != load_word(kept, start + place):
            return False
    return load_word(data, at + size - _WORD) == load_word(kept, start + size - _WORD)
