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

_SIGNED_DIGIT, _NO_DIGIT_BIT = 15, 128
_BLOCK_BYTES = 1 << 14
"""Of the records that are read for one field after the other: they stay in the processor's first cache."""
_MOST_TRIES = 64
_WORD, _PAIR = 8, 16
_ONE, _SLOT = np.uint64(1), np.uint64(SLOT)
_BLANK, _PLUS, _MINUS, _NOUGHT = 0x20, 0x2B, 0x2D, 0x30
_POINT, _NINE = 0x2E - _NOUGHT, 9
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
    sign_at: int,
    sign_base: int,
    sign_values: Bytes,
    padding: Bytes,
    out: OutLongs,
    states: OutBytes,
) -> int:
    """The number of each record's cell of digits, at most 18, and its state; returns how many cells are none.

    Each byte is a digit in `base`, as `values` says, but the one with the sign, the byte `sign_at` of the cell: of this
    `sign_values` says the digit in `sign_base`, with `NEGATIVE` where it makes the number negative. A base of 1 is that
    of a sign without a digit; below nought, `sign_at` stands for no sign at all. `NO_DIGIT` stands for all other bytes.
    A cell with one of these is 0 and `UNREADABLE`, or `BLANK` if all its bytes are marked in `padding`.
    """
    unreadable = 0
    for row in range(out.size):
        at = row * record_size + offset
        number, seen, sign = 0, 0, 0
        for place in range(at, at + sign_at):
            digit = int(np.int64(values[data[place]]))
            seen |= digit
            number = number * base + digit
        if sign_at >= 0:
            sign = int(np.int64(sign_values[data[at + sign_at]]))
            seen |= sign
            number = number * sign_base + (sign & _SIGNED_DIGIT)
        for place in range(at + sign_at + 1, at + size):
            digit = int(np.int64(values[data[place]]))
            seen |= digit
            number = number * base + digit
        if seen & _NO_DIGIT_BIT:
            out[row], states[row] = 0, _state_without_digits(data, at, size, padding)
            unreadable += 1
        else:
            out[row], states[row] = -number if sign & NEGATIVE else number, READABLE
    return unreadable


@kernel
def wide_digit_numbers(
    data: Bytes,
    record_size: int,
    offset: int,
    size: int,
    base: int,
    values: Bytes,
    sign_at: int,
    sign_base: int,
    sign_values: Bytes,
    padding: Bytes,
    out: OutWords,
    states: OutBytes,
) -> int:
    """What `digit_numbers` does with up to 38 digits: a number has two words, the lower first, as Arrow's decimals."""
    unreadable = 0
    for row in range(states.size):
        at = row * record_size + offset
        lower: Word = np.uint64(0)
        upper: Word = np.uint64(0)
        seen, sign = 0, 0
        for place in range(at, at + sign_at):
            digit = int(np.int64(values[data[place]]))
            seen |= digit
            lower, upper = _with_digit(lower, upper, np.uint64(base), np.uint64(digit))
        if sign_at >= 0:
            sign = int(np.int64(sign_values[data[at + sign_at]]))
            seen |= sign
            lower, upper = _with_digit(lower, upper, np.uint64(sign_base), np.uint64(sign & _SIGNED_DIGIT))
        for place in range(at + sign_at + 1, at + size):
            digit = int(np.int64(values[data[place]]))
            seen |= digit
            lower, upper = _with_digit(lower, upper, np.uint64(base), np.uint64(digit))
        if seen & _NO_DIGIT_BIT:
            lower, upper, states[row] = np.uint64(0), np.uint64(0), _state_without_digits(data, at, size, padding)
            unreadable += 1
        else:
            states[row] = READABLE
            if sign & NEGATIVE:
                lower = ~lower + _ONE
                upper = ~upper + np.uint64(lower == np.uint64(0))
        out[2 * row], out[2 * row + 1] = lower, upper
    return unreadable


@kernel
def text_numbers(
    data: Bytes, record_size: int, offset: int, size: int, places: int, out: OutLongs, states: OutBytes
) -> int:
    """The number of each record's cell of ASCII digits, and its state; returns how many cells are none.

    Around it there may be blanks and zero bytes (alone they are `BLANK`), before it a sign. With `places` below nought
    it is whole. Else it is in units of the last of so many decimal places: those of the digits, or, where there is a
    point, which has a digit on at least one side, those behind it and zeros. `size` and `places` together are at most
    18, so that nothing overflows.
    """
    unreadable = 0
    for row in range(out.size):
        begin = row * record_size + offset
        end = begin + size
        while begin < end and _is_blank(data[begin]):
            begin += 1
        while begin < end and _is_blank(data[end - 1]):
            end -= 1
        out[row], states[row] = 0, BLANK if begin == end else UNREADABLE
        negative = begin < end and data[begin] == _MINUS
        if begin < end and (negative or data[begin] == _PLUS):
            begin += 1
        number, digits, behind, good = 0, 0, -1, begin < end
        for place in range(begin, end):
            digit = int(np.int64(data[place])) - _NOUGHT
            if digit == _POINT and behind < 0 <= places:
                behind = 0
            elif not 0 <= digit <= _NINE or (behind >= places >= 0 and digit != 0):
                good = False
                break
            else:
                digits += 1
                if behind < 0:
                    number = number * 10 + digit
                elif behind < places:
                    number = number * 10 + digit
                    behind += 1
        if good and digits > 0:
            if behind >= 0:
                for _ in range(places - behind):
                    number *= 10
            out[row], states[row] = -number if negative else number, READABLE
        else:
            unreadable += 1
    return unreadable


@inner
def _is_blank(byte: int | np.uint8) -> bool:
    return byte in (_BLANK, 0)


@inner
def _with_digit(lower: Word, upper: Word, base: Word, digit: Word) -> tuple[Word, Word]:
    """A number of two words times the base, and a digit."""
    product = lower * base
    total = product + digit
    return total, upper * base + multiply_high(lower, base) + np.uint64(total < product)


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
