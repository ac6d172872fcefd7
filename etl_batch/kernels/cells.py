"""Where a cell begins and ends in a text, and the numbers that its digits write: parts of other kernels.

A cell of `before` and `ends` is `data[before + 1 : ends]`; where `quoted` says that cells may stand in quotes, one that
begins and ends with a quote is what stands between them.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import load_word
from etl_batch.kernels.kernel import Bytes, Ints, OutWords, Word, Words, inner

_QUOTE = 34
_ZEROS = np.uint64(0x3030303030303030)
_SIGNS = np.uint64(0x8080808080808080)
_TO_SIGN = np.uint64(0x7676767676767676)
"""What takes bytes from 10 on, and no others, past 127."""
_NONE = np.uint64(0)
_TEN = np.uint64(10)
_EIGHT = np.uint64(8)
_SIXTEEN = np.uint64(16)
_HALF = np.uint64(32)
_PAIRS, _FOURS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0xFFFF)
_HUNDRED, _TEN_THOUSAND = np.uint64(100), np.uint64(10_000)
_FOUR, _EVERY = np.uint64(4), np.uint64(2**64 - 1)
BLOCK = np.uint64(256)
"""Cells that are read together: their words stay in the processor's first cache."""
LAST, FORMER = BLOCK, np.uint64(2) * BLOCK
FURTHER = np.uint64(3) * BLOCK
"""Where parts of the words begin that a kernel takes besides these."""
SCRATCH = 9 * int(BLOCK)
"""Words that a kernel needs for that."""
POWERS = np.array([10**k for k in range(20)], np.uint64)


@inner
def cell_of(data: Bytes, before: Ints, ends: Ints, row: int, quoted: int) -> tuple[int, int]:
    """Place of a cell's first byte and of the one behind its last, without its quotes."""
    start, end = np.int64(before[row]) + 1, np.int64(ends[row])
    if quoted and end - start >= 2 and data[start] == _QUOTE and data[end - 1] == _QUOTE:
        return start + 1, end - 1
    return start, end


@inner
def digits_of(data: Bytes, at: int, count: int) -> Word:
    """Up to 8 bytes as a word whose last byte is the cell's: digits as 0 to 9, zeros before the first."""
    # Bytes that are none of the cell's are shifted out. In two steps: a shift by 64, for no digits, means nothing.
    half = np.uint64(32 - 4 * count)
    return ((load_word(data, at) ^ _ZEROS) << half) << half


@inner
def are_digits(low: Word, high: Word) -> bool:
    """Whether all bytes of two words are 0 to 9."""
    return no_digits(low, high) == _NONE


@inner
def no_digits(low: Word, high: Word) -> Word:
    """Not 0 when a byte of two words is none of 0 to 9."""
    return ((low + _TO_SIGN) | low | (high + _TO_SIGN) | high) & _SIGNS


@inner
def value_of_sixteen(low: Word, high: Word) -> Word:
    """The number of sixteen digits in two words."""
    return value_of_eight(low) * POWERS[8] + value_of_eight(high)


@inner
def value_of_eight(word: Word) -> Word:
    """The number of eight digits; the first of them, 0 to 9 and not as a character, is the lowest byte."""
    pairs = (word * _TEN + (word >> _EIGHT)) & _PAIRS
    fours = pairs * _HUNDRED + (pairs >> _SIXTEEN)
    return (fours & _FOURS) * _TEN_THOUSAND + ((fours >> _HALF) & _FOURS)


@inner
def value_of(data: Bytes, at: int, count: int) -> Word:
    """The number that 0 to 19 digits write."""
    if count <= 8:
        return value_of_eight(digits_of(data, at, count))
    high = value_of_eight(load_word(data, at) ^ _ZEROS)
    if count <= 16:
        return high * POWERS[count - 8] + value_of_eight(digits_of(data, at + 8, count - 8))
    middle = value_of_eight(load_word(data, at + 8) ^ _ZEROS)
    last = value_of_eight(digits_of(data, at + 16, count - 16))
    return (high * POWERS[8] + middle) * POWERS[count - 16] + last


# Cells are read in blocks: first a walk that only takes their bytes, then loops over words that stand side by side. In
# those nothing is decided, so LLVM makes vectors of them: several cells at a time. What they cannot tell is left to a
# walk over the block that goes cell by cell.


@inner
def take_tails(data: Bytes, before: Ints, ends: Ints, quoted: int, first: Word, count: Word, scratch: OutWords) -> Word:
    """The length of each cell from `first` on, and its last sixteen bytes; returns the greatest length.

    They go to the three parts of `scratch`: lengths, last eight bytes, and the eight before these if one has more than
    eight. All bits are returned when one has more than sixteen, or stands so far to the left in the text that there are
    no sixteen.
    """
    if quoted:
        return _take_quoted_tails(data, before, ends, first, count, scratch)
    longest, nearest = take_lengths(before, ends, first, count, scratch)
    if longest > 16 or nearest < 16:
        return _EVERY
    take_words(data, ends, first, count, 8, scratch, LAST)
    if longest > 8:
        take_words(data, ends, first, count, 16, scratch, FORMER)
    return np.uint64(longest)


@inner
def take_lengths(before: Ints, ends: Ints, first: Word, count: Word, scratch: OutWords) -> tuple[int, int]:
    """The length of each bare cell from `first` on; returns the greatest one, and where the first of them ends."""
    longest, nearest = 0, np.int64(ends[first])
    for place in range(count):
        length = np.int64(ends[first + place]) - np.int64(before[first + place]) - 1
        longest, nearest = max(longest, length), min(nearest, np.int64(ends[first + place]))
        scratch[place] = np.uint64(max(length, 0))
    return longest, nearest


@inner
def take_words(data: Bytes, ends: Ints, first: Word, count: Word, back: int, scratch: OutWords, part: Word) -> None:
    """The eight bytes that begin so many before the end of each cell from `first` on, to a part of `scratch`."""
    for place in range(count):
        scratch[part + place] = load_word(data, ends[first + place] - back)


@inner
def _take_quoted_tails(data: Bytes, before: Ints, ends: Ints, first: Word, count: Word, scratch: OutWords) -> Word:
    """The same of cells that may stand in quotes."""
    longest = _NONE
    for place in range(count):
        start, end = cell_of(data, before, ends, np.int64(first + place), 1)
        length = np.uint64(max(end - start, 0))
        longest = max(longest, length)
        scratch[place] = length
        if end < 16 or length > _SIXTEEN:
            return _EVERY
        scratch[LAST + place] = load_word(data, end - 8)
        scratch[FORMER + place] = load_word(data, end - 16)
    return longest


@inner
def last_digits(scratch: Words, place: Word, long: bool) -> tuple[Word, Word, Word, Word]:
    """A cell of at most 16 bytes, of at most 8 unless `long`, as `digits_of` has it, and where its first byte is.

    The first two words are the bytes before the last eight, and these; the other two have all bits of the first byte,
    and no others.
    """
    length = scratch[place]
    half = _HALF - _FOUR * (min(length, _EIGHT) if long else length)
    inside = (_EVERY << half) << half
    high, head = (scratch[LAST + place] ^ _ZEROS) & inside, inside ^ (inside << _EIGHT)
    if not long:
        return _NONE, high, _NONE, head
    half = _HALF - _FOUR * (max(length, _EIGHT) - _EIGHT)
    inside = (_EVERY << half) << half
    low, head_before = (scratch[FORMER + place] ^ _ZEROS) & inside, inside ^ (inside << _EIGHT)
    return low, high, head_before, head if head_before == _NONE else _NONE
