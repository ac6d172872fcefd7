"""Cells that are dates, times of day or time stamps, of the years 1 to 9999 and without leap seconds.

`2024-02-29`, `23:59:59`, and stamps: a date, ` ` or `T`, a time of day, 0, 3, 6 or 9 digits of a second, and nothing,
`Z` or `+00:00`. Each way of writing has a number, its *shape*; no cell has two. A cell of another shape stops a kernel,
which returns its row (the number of rows when none did).
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import load_word
from etl_batch.kernels.cells import BLOCK, are_digits, cell_of, digits_of, take_tails, value_of
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, OutLongs, OutWords, Word, inner, kernel
from etl_batch.kernels.time_blocks import (
    EPOCH,
    LENGTHS,
    LETTER_T,
    LETTER_Z,
    MARKS_OF_PAIRS,
    OF_CLOCK,
    OF_DATE,
    OFFSET,
    POINT,
    SECOND_PAIR,
    SIX_BYTES,
    SPACE,
    THIRD_PAIR,
    UNITS,
    ZERO,
    ZONE_LENGTHS,
    clocks_of_tails,
    dates_of_tails,
    stamps_of_words,
    take_stamps,
)

DATE, CLOCK, FIRST_STAMP = 0, 1, 2
SEPARATORS = (" ", "T")
ZONES = ("", "Z", "+00:00")
FRACTIONS = (0, 3, 6, 9)
"""Digits of a second."""

_PLUS = 43
_ONE, _NONE = np.uint64(1), np.uint64(0)
_REFUSED = -(2**63)
"""Stands for no time at all; of nanoseconds too, to which the least number of 64 bits is a missing value."""
_SIGNS = np.uint64(0x8080808080808080)
_TO_SIGN = np.uint64(0x7676767676767676)
_TEN, _EIGHT, _BYTE = np.uint64(10), np.uint64(8), np.uint64(255)
_NO_PAIRS = np.uint64(2**64 - 1)
_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], np.int64)
_DAYS_IN = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_LAST_SECOND, _LAST_NANOSECOND = (2**63 - 1) // 10**9, (2**63 - 1) % 10**9
_FIRST_SECOND, _FIRST_NANOSECOND = -(2**63 - 1) // 10**9, -(2**63 - 1) % 10**9


def stamp_shape(separator: int, zone: int, fraction: int) -> int:
    """The number of a stamp's shape, by the places of its parts in the tables above."""
    return FIRST_STAMP + (separator * len(ZONES) + zone) * len(FRACTIONS) + fraction


@kernel
def census(data: Bytes, before: Ints, ends: Ints, quoted: int, facts: OutWords) -> int:
    """Sets bit s of `facts[0]` for each shape s that a cell has; returns the row of the first that has none."""
    seen = _NONE
    for row in range(len(ends)):
        start, end = cell_of(data, before, ends, row, quoted)
        if start >= end:
            continue
        shape = _shape(data, start, end)
        if shape < 0:
            return row
        seen |= _ONE << np.uint64(shape)
    facts[0] = seen
    return len(ends)


@kernel
def dates(data: Bytes, before: Ints, ends: Ints, quoted: int, scratch: OutWords, out: OutInts, valid: OutBytes) -> int:
    """Days since 1970; `valid` is 0 where a cell is empty. `scratch`: see `kernels.cells`."""
    rows, first = np.uint64(len(ends)), _NONE
    while first < rows:
        count = min(BLOCK, rows - first)
        longest = take_tails(data, before, ends, quoted, first, count, scratch)
        if longest <= _TEN and dates_of_tails(scratch, first, count, out, valid) == _NONE:
            first += count
            continue
        for row in range(np.int64(first), np.int64(first + count)):
            start, end = cell_of(data, before, ends, row, quoted)
            if start >= end:
                out[row], valid[row] = 0, 0
                continue
            day = _day(data, start) if end - start == 10 else _REFUSED
            if day == _REFUSED:
                return row
            out[row], valid[row] = np.int32(day), 1
        first += count
    return len(ends)


@kernel
def clocks(data: Bytes, before: Ints, ends: Ints, quoted: int, scratch: OutWords, out: OutInts, valid: OutBytes) -> int:
    """Milliseconds since midnight."""
    rows, first = np.uint64(len(ends)), _NONE
    while first < rows:
        count = min(BLOCK, rows - first)
        longest = take_tails(data, before, ends, quoted, first, count, scratch)
        if longest <= _EIGHT and clocks_of_tails(scratch, first, count, out, valid) == _NONE:
            first += count
            continue
        for row in range(np.int64(first), np.int64(first + count)):
            start, end = cell_of(data, before, ends, row, quoted)
            if start >= end:
                out[row], valid[row] = 0, 0
                continue
            second = _second(data, start) if end - start == 8 else _REFUSED
            if second == _REFUSED:
                return row
            out[row], valid[row] = np.int32(second * 1_000), 1
        first += count
    return len(ends)


@kernel
def stamps(
    data: Bytes,
    before: Ints,
    ends: Ints,
    quoted: int,
    separator: int,
    zone: int,
    fraction: int,
    scratch: OutWords,
    out: OutLongs,
    valid: OutBytes,
) -> int:
    """Milliseconds since 1970, micro- or nanoseconds where there are 6 or 9 digits of a second.

    `separator`, `zone` and `fraction` are places in the tables above.
    """
    length = 19 + LENGTHS[fraction] + ZONE_LENGTHS[zone]
    rows, first = np.uint64(len(ends)), _NONE
    while first < rows:
        count = min(BLOCK, rows - first)
        wrong = _ONE
        if not quoted and take_stamps(data, before, ends, first, count, zone, fraction, scratch):
            wrong = stamps_of_words(scratch, first, count, separator, zone, fraction, out, valid)
        if wrong == _NONE:
            first += count
            continue
        for row in range(np.int64(first), np.int64(first + count)):
            start, end = cell_of(data, before, ends, row, quoted)
            if start >= end:
                out[row], valid[row] = 0, 0
                continue
            moment = _stamp(data, start, separator, zone, fraction) if end - start == length else _REFUSED
            if moment == _REFUSED:
                return row
            out[row], valid[row] = moment, 1
        first += count
    return len(ends)


@inner
def _shape(data: Bytes, start: int, end: int) -> int:
    """A cell's shape; -1 when it has none."""
    length = end - start
    if length == 10:
        return -1 if _day(data, start) == _REFUSED else DATE
    if length == 8:
        return -1 if _second(data, start) == _REFUSED else CLOCK
    if length < 19:
        return -1
    zone = 1 if data[end - 1] == LETTER_Z else 2 if data[end - 6] == _PLUS else 0
    behind = length - 19 - ZONE_LENGTHS[zone]
    fraction = 0 if behind == 0 else 1 if behind == 4 else 2 if behind == 7 else 3 if behind == 10 else -1
    separator = 1 if data[start + 10] == LETTER_T else 0
    if fraction < 0 or _stamp(data, start, separator, zone, fraction) == _REFUSED:
        return -1
    return FIRST_STAMP + (separator * 3 + zone) * 4 + fraction


@inner
def _stamp(data: Bytes, start: int, separator: int, zone: int, fraction: int) -> int:
    """The moment of a cell that has the length of its shape."""
    if data[start + 10] != (LETTER_T if separator else SPACE):
        return _REFUSED
    day, second = _day(data, start), _second(data, start + 11)
    if day == _REFUSED or second == _REFUSED:
        return _REFUSED
    behind = start + 19 + LENGTHS[fraction]
    if zone == 1 and data[behind] != LETTER_Z:
        return _REFUSED
    if zone == 2 and load_word(data, behind) & SIX_BYTES != OFFSET:
        return _REFUSED
    part = _part(data, start + 19, LENGTHS[fraction] - 1) if fraction else 0
    if part == _REFUSED:
        return _REFUSED
    second += day * 86_400
    if fraction == 3:
        if second > _LAST_SECOND or (second == _LAST_SECOND and part > _LAST_NANOSECOND):
            return _REFUSED
        if second < _FIRST_SECOND or (second == _FIRST_SECOND and part < _FIRST_NANOSECOND):
            return _REFUSED
        if second == _FIRST_SECOND:  # whole seconds before 1970 are farther away than 64 bits reach
            return (second + 1) * UNITS[3] - (UNITS[3] - part)
    return second * UNITS[fraction] + part


@inner
def _part(data: Bytes, at: int, count: int) -> int:
    """What 3, 6 or 9 digits behind a point write."""
    first = digits_of(data, at + 1, min(count, 8))
    last = digits_of(data, at + 1 + 8, max(count - 8, 0))
    if data[at] != POINT or not are_digits(first, last):
        return _REFUSED
    return np.int64(value_of(data, at + 1, count))


@inner
def _day(data: Bytes, start: int) -> int:
    """Days since 1970 of `2024-02-29`."""
    pairs = _pairs(load_word(data, start + 2), OF_DATE)
    thousands, hundreds = np.int64(data[start]) - ZERO, np.int64(data[start + 1]) - ZERO
    if pairs == _NO_PAIRS or thousands < 0 or thousands > 9 or hundreds < 0 or hundreds > 9:
        return _REFUSED
    century = thousands * 10 + hundreds
    year = century * 100 + np.int64(pairs & _BYTE)
    month, day = np.int64((pairs >> SECOND_PAIR) & _BYTE), np.int64((pairs >> THIRD_PAIR) & _BYTE)
    if year == 0 or month < 1 or month > 12:
        return _REFUSED
    leap = year & 3 == 0 and (year != century * 100 or century & 3 == 0)
    if day < 1 or day > _DAYS_IN[month - 1] + (leap and month == 2):
        return _REFUSED
    former = year - 1
    centuries = (former * 5243) >> 19  # former // 100, of numbers below 40,000
    leaps = (former >> 2) - centuries + (centuries >> 2)
    return former * 365 + leaps + _DAYS_BEFORE[month - 1] + (leap and month > 2) + day - 1 - EPOCH


@inner
def _second(data: Bytes, start: int) -> int:
    """Seconds since midnight of `23:59:59`."""
    pairs = _pairs(load_word(data, start), OF_CLOCK)
    if pairs == _NO_PAIRS:
        return _REFUSED
    hour, minute = np.int64(pairs & _BYTE), np.int64((pairs >> SECOND_PAIR) & _BYTE)
    second = np.int64((pairs >> THIRD_PAIR) & _BYTE)
    return (hour * 60 + minute) * 60 + second if hour < 24 and minute < 60 and second < 60 else _REFUSED


@inner
def _pairs(word: Word, written: Word) -> Word:
    """Three numbers of two digits with marks between them as `written` has them: in bytes 0, 3 and 6; else all bits."""
    digits = word ^ written
    if ((((digits + _TO_SIGN) | digits) & _SIGNS) | (digits & MARKS_OF_PAIRS)) != _NONE:
        return _NO_PAIRS
    return digits * _TEN + (digits >> _EIGHT)
