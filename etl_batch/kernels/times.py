"""Cells that are dates, times of day or time stamps, of the years 1 to 9999 and without leap seconds.

`2024-02-29`, `23:59:59`, and stamps: a date, ` ` or `T`, a time of day, 0, 3, 6 or 9 digits of a second, and nothing,
`Z` or `+00:00`. Each way of writing has a number, its *shape*; no cell has two. A cell of another shape stops a kernel,
which returns its row (the number of rows when none did).
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import load_word
from etl_batch.kernels.cells import (
    BLOCK,
    FORMER,
    FURTHER,
    LAST,
    are_digits,
    cell_of,
    digits_of,
    no_digits,
    take_lengths,
    take_tails,
    take_words,
    value_of,
    value_of_eight,
)
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, OutLongs, OutWords, Word, Words, inner, kernel

DATE, CLOCK, FIRST_STAMP = 0, 1, 2
SEPARATORS = (" ", "T")
ZONES = ("", "Z", "+00:00")
FRACTIONS = (0, 3, 6, 9)
"""Digits of a second."""

_SPACE, _LETTER_T, _LETTER_Z, _POINT, _PLUS, _ZERO = 32, 84, 90, 46, 43, 48
_ONE, _NONE = np.uint64(1), np.uint64(0)
_REFUSED = -(2**63)
"""Stands for no time at all; of nanoseconds too, to which the least number of 64 bits is a missing value."""

_OF_DATE = np.uint64(0x30302D30302D3030)
_OF_CLOCK = np.uint64(0x30303A30303A3030)
_MARKS_OF_PAIRS = np.uint64(0x0000FF0000FF0000)
_SIGNS = np.uint64(0x8080808080808080)
_TO_SIGN = np.uint64(0x7676767676767676)
_TEN, _EIGHT, _BYTE = np.uint64(10), np.uint64(8), np.uint64(255)
_SECOND_PAIR, _THIRD_PAIR = np.uint64(24), np.uint64(48)
_NO_PAIRS = np.uint64(2**64 - 1)
_TWO_ZEROS = np.uint64(0x3030)
_TWO, _THREE, _ELEVEN, _FIFTEEN, _NINETEEN, _HUNDRED = (np.uint64(k) for k in (2, 3, 11, 15, 19, 100))
_YEAR, _MOST_DAYS = np.uint64(365), np.uint64(31)
_DAYS_FEWER = np.uint64(3 << 2 * 2 | 1 << 2 * 4 | 1 << 2 * 6 | 1 << 2 * 9 | 1 << 2 * 11)
"""By month, two bits each: how many days it has less than that."""
_CENTURIES = np.uint64(5243)
"""A number below 40,000 times this, shifted by 19, is a hundredth of it."""
_TWELVE_MONTHS, _BEFORE_MONTHS, _TWELFTHS = np.uint64(367), np.uint64(362), np.uint64(43_691)
"""And a number below 5,000 times the last of these is a twelfth."""
_SIX_BYTES, _OFFSET = np.uint64(2**48 - 1), np.uint64(int.from_bytes(b"+00:00", "little"))

_DAY, _MARK, _CLOCK, _PART, _PART_END, _ZONE = (FURTHER + np.uint64(k) * BLOCK for k in range(6))
"""Parts of `scratch`: a cell's day, and its words that begin with what stands between date and time, with the time,
with the point behind it, eight bytes before the zone and with that."""
_LAST_HOUR, _LAST_SIXTIETH, _SIXTY, _SECONDS_OF_DAY = (np.uint64(k) for k in (23, 59, 60, 86_400))
_THOUSAND, _HUNDRED_MILLIONS = np.uint64(1_000), np.uint64(10**8)
_FULL, _TWO_BYTES, _ZEROS = np.uint64(2**64 - 1), np.uint64(2**16 - 1), np.uint64(_ZERO * 0x0101010101010101)
_FEW_SECONDS = np.uint64(9 * 10**9)
"""So many before and behind 1970, 64 bits of nanoseconds reach farther."""

_DAYS_BEFORE = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], np.int64)
_DAYS_IN = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_EPOCH = 719_162
"""Days from 0001-01-01 to 1970-01-01."""
_DAYS_TO_EPOCH = np.uint64(_EPOCH + 1)
_LENGTHS = np.array([0, 4, 7, 10], np.int64)
"""Bytes of the digits of a second, with their point."""
_ZONE_LENGTHS = np.array([0, 1, 6], np.int64)
_UNITS = np.array([1_000, 1_000, 1_000_000, 1_000_000_000], np.int64)
"""Parts of a second in which a stamp is counted: milliseconds when it has no digits of one."""
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
        if longest <= _TEN and _dates_of_tails(scratch, first, count, out, valid) == _NONE:
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


@inner
def _dates_of_tails(scratch: OutWords, first: Word, count: Word, out: OutInts, valid: OutBytes) -> Word:
    """The days of cells that `take_tails` took; returns not 0 when one is neither a date nor empty."""
    wrong = _days_of_words(scratch, count, _THIRD_PAIR)
    for place in range(count):
        full = np.uint64(scratch[place] != _NONE)
        wrong |= np.uint64(scratch[place] != full * _TEN)
        row = first + place
        out[row], valid[row] = np.int32(np.int64(scratch[_DAY + place] * full)), np.uint8(full)
    return wrong


@inner
def _days_of_words(scratch: OutWords, count: Word, shift: Word) -> Word:
    """Days since 1970 to a part of `scratch`; returns not 0 when a cell that is not empty begins with no date.

    The first two bytes of a date are those of a word of `FORMER` that is shifted, the others a word of `LAST`. The loop
    stands by itself, and nothing in it is a function, because LLVM makes vectors of no other.
    """
    wrong = _NONE
    for place in range(count):
        full = np.uint64(scratch[place] != _NONE)
        digits = scratch[LAST + place] ^ _OF_DATE
        digits_before = ((scratch[FORMER + place] >> shift) & _TWO_BYTES) ^ _TWO_ZEROS
        unlike = no_digits(digits, digits_before) | (digits & _MARKS_OF_PAIRS)
        pairs = digits * _TEN + (digits >> _EIGHT)
        century = (digits_before & _BYTE) * _TEN + (digits_before >> _EIGHT)
        of_century, month = pairs & _BYTE, (pairs >> _SECOND_PAIR) & _BYTE
        day, year = (pairs >> _THIRD_PAIR) & _BYTE, century * _HUNDRED + of_century
        leap = np.uint64(of_century & _THREE == _NONE) & np.uint64((of_century != _NONE) | (century & _THREE == _NONE))
        february, later = np.uint64(month == _TWO), np.uint64(month > _TWO)
        last = _MOST_DAYS - ((_DAYS_FEWER >> (_TWO * (month & _FIFTEEN))) & _THREE) + (leap & february)
        unlike |= np.uint64(year == _NONE) | np.uint64(month - _ONE > _ELEVEN) | np.uint64(day - _ONE >= last)
        former = year - _ONE
        centuries = (former * _CENTURIES) >> _NINETEEN
        days = former * _YEAR + (former >> _TWO) - centuries + (centuries >> _TWO)
        # Days before a month of a year whose February has 30: (367 * month - 362) // 12.
        days += ((_TWELVE_MONTHS * month - _BEFORE_MONTHS) * _TWELFTHS >> _NINETEEN) - later * (_TWO - leap)
        wrong |= full & np.uint64(unlike != _NONE)
        scratch[_DAY + place] = days + day - _DAYS_TO_EPOCH
    return wrong


@inner
def _second_of(eight: Word) -> tuple[Word, Word]:
    """Seconds since midnight of a time of day, and not 0 when it is none; no branch."""
    digits = eight ^ _OF_CLOCK
    pairs = digits * _TEN + (digits >> _EIGHT)
    hour, minute, second = pairs & _BYTE, (pairs >> _SECOND_PAIR) & _BYTE, (pairs >> _THIRD_PAIR) & _BYTE
    unlike = no_digits(digits, _NONE) | (digits & _MARKS_OF_PAIRS)
    unlike |= np.uint64(hour > _LAST_HOUR) | np.uint64(minute > _LAST_SIXTIETH) | np.uint64(second > _LAST_SIXTIETH)
    return (hour * _SIXTY + minute) * _SIXTY + second, unlike


@kernel
def clocks(data: Bytes, before: Ints, ends: Ints, quoted: int, scratch: OutWords, out: OutInts, valid: OutBytes) -> int:
    """Milliseconds since midnight."""
    rows, first = np.uint64(len(ends)), _NONE
    while first < rows:
        count = min(BLOCK, rows - first)
        longest = take_tails(data, before, ends, quoted, first, count, scratch)
        if longest <= _EIGHT and _clocks_of_tails(scratch, first, count, out, valid) == _NONE:
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


@inner
def _clocks_of_tails(scratch: Words, first: Word, count: Word, out: OutInts, valid: OutBytes) -> Word:
    """The times of cells that `take_tails` took; returns not 0 when one is neither a time of day nor empty."""
    wrong = _NONE
    for place in range(count):
        full = np.uint64(scratch[place] != _NONE)
        second, unlike = _second_of(scratch[LAST + place])
        wrong |= full & np.uint64(unlike != _NONE) | np.uint64(scratch[place] != full * _EIGHT)
        row = first + place
        out[row], valid[row] = np.int32(np.int64(second * full * _THOUSAND)), np.uint8(full)
    return wrong


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
    length = 19 + _LENGTHS[fraction] + _ZONE_LENGTHS[zone]
    rows, first = np.uint64(len(ends)), _NONE
    while first < rows:
        count = min(BLOCK, rows - first)
        wrong = _ONE
        if not quoted and _take_stamps(data, before, ends, first, count, zone, fraction, scratch):
            wrong = _stamps_of_words(scratch, first, count, separator, zone, fraction, out, valid)
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
def _take_stamps(
    data: Bytes, before: Ints, ends: Ints, first: Word, count: Word, zone: int, fraction: int, scratch: OutWords
) -> bool:
    """The words of bare cells' parts, each to a part of `scratch`; whether all can be read and none is too long."""
    length = 19 + _LENGTHS[fraction] + _ZONE_LENGTHS[zone]
    longest, nearest = take_lengths(before, ends, first, count, scratch)
    if longest > length or nearest < length:
        return False
    take_words(data, ends, first, count, length, scratch, FORMER)
    take_words(data, ends, first, count, length - 2, scratch, LAST)
    take_words(data, ends, first, count, length - 10, scratch, _MARK)
    take_words(data, ends, first, count, length - 11, scratch, _CLOCK)
    if fraction:
        take_words(data, ends, first, count, length - 19, scratch, _PART)
        take_words(data, ends, first, count, _ZONE_LENGTHS[zone] + 8, scratch, _PART_END)
    if zone:
        take_words(data, ends, first, count, _ZONE_LENGTHS[zone], scratch, _ZONE)
    return True


@inner
def _stamps_of_words(
    scratch: OutWords,
    first: Word,
    count: Word,
    separator: int,
    zone: int,
    fraction: int,
    out: OutLongs,
    valid: OutBytes,
) -> Word:
    """The moments of cells whose words were taken; returns not 0 when one is neither a stamp nor empty.

    Or when it is at the far ends of what 64 bits of nanoseconds reach.
    """
    length = np.uint64(19 + _LENGTHS[fraction] + _ZONE_LENGTHS[zone])
    mark, unit = np.uint64(_LETTER_T if separator else _SPACE), np.uint64(_UNITS[fraction])
    of_zone = _SIX_BYTES if zone == 2 else _BYTE if zone else _NONE
    zone_mark = _OFFSET if zone == 2 else np.uint64(_LETTER_Z) if zone else _NONE
    of_point = _BYTE if fraction else _NONE
    of_first = _BYTE if fraction == 3 else _NONE
    half = np.uint64(32 - 4 * min(3 * fraction, 8))
    inside, nanoseconds = (_FULL << half) << half, np.uint64(fraction == 3)
    wrong = _days_of_words(scratch, count, _NONE)
    for place in range(count):
        full = np.uint64(scratch[place] != _NONE)
        second, unlike = _second_of(scratch[_CLOCK + place])
        unlike |= ((scratch[_MARK + place] & _BYTE) ^ mark) | (scratch[_ZONE + place] & of_zone) ^ zone_mark
        point = scratch[_PART + place]
        unlike |= ((point & _BYTE) ^ np.uint64(_POINT)) & of_point
        digit = ((point >> _EIGHT) ^ np.uint64(_ZERO)) & of_first
        digits = (scratch[_PART_END + place] ^ _ZEROS) & inside
        unlike |= no_digits(digits, digit)
        second += scratch[_DAY + place] * _SECONDS_OF_DAY
        # Seconds that are few enough, moved so that none is negative.
        unlike |= nanoseconds & np.uint64(second + _FEW_SECONDS > _TWO * _FEW_SECONDS)
        moment = second * unit + digit * _HUNDRED_MILLIONS + value_of_eight(digits)
        wrong |= full & np.uint64(unlike != _NONE) | np.uint64(scratch[place] != full * length)
        row = first + place
        out[row], valid[row] = np.int64(moment * full), np.uint8(full)
    return wrong


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
    zone = 1 if data[end - 1] == _LETTER_Z else 2 if data[end - 6] == _PLUS else 0
    behind = length - 19 - _ZONE_LENGTHS[zone]
    fraction = 0 if behind == 0 else 1 if behind == 4 else 2 if behind == 7 else 3 if behind == 10 else -1
    separator = 1 if data[start + 10] == _LETTER_T else 0
    if fraction < 0 or _stamp(data, start, separator, zone, fraction) == _REFUSED:
        return -1
    return FIRST_STAMP + (separator * 3 + zone) * 4 + fraction


@inner
def _stamp(data: Bytes, start: int, separator: int, zone: int, fraction: int) -> int:
    """The moment of a cell that has the length of its shape."""
    if data[start + 10] != (_LETTER_T if separator else _SPACE):
        return _REFUSED
    day, second = _day(data, start), _second(data, start + 11)
    if day == _REFUSED or second == _REFUSED:
        return _REFUSED
    behind = start + 19 + _LENGTHS[fraction]
    if zone == 1 and data[behind] != _LETTER_Z:
        return _REFUSED
    if zone == 2 and load_word(data, behind) & _SIX_BYTES != _OFFSET:
        return _REFUSED
    part = _part(data, start + 19, _LENGTHS[fraction] - 1) if fraction else 0
    if part == _REFUSED:
        return _REFUSED
    second += day * 86_400
    if fraction == 3:
        if second > _LAST_SECOND or (second == _LAST_SECOND and part > _LAST_NANOSECOND):
            return _REFUSED
        if second < _FIRST_SECOND or (second == _FIRST_SECOND and part < _FIRST_NANOSECOND):
            return _REFUSED
        if second == _FIRST_SECOND:  # whole seconds before 1970 are farther away than 64 bits reach
            return (second + 1) * _UNITS[3] - (_UNITS[3] - part)
    return second * _UNITS[fraction] + part


@inner
def _part(data: Bytes, at: int, count: int) -> int:
    """What 3, 6 or 9 digits behind a point write."""
    first = digits_of(data, at + 1, min(count, 8))
    last = digits_of(data, at + 1 + 8, max(count - 8, 0))
    if data[at] != _POINT or not are_digits(first, last):
        return _REFUSED
    return np.int64(value_of(data, at + 1, count))


@inner
def _day(data: Bytes, start: int) -> int:
    """Days since 1970 of `2024-02-29`."""
    pairs = _pairs(load_word(data, start + 2), _OF_DATE)
    thousands, hundreds = np.int64(data[start]) - _ZERO, np.int64(data[start + 1]) - _ZERO
    if pairs == _NO_PAIRS or thousands < 0 or thousands > 9 or hundreds < 0 or hundreds > 9:
        return _REFUSED
    century = thousands * 10 + hundreds
    year = century * 100 + np.int64(pairs & _BYTE)
    month, day = np.int64((pairs >> _SECOND_PAIR) & _BYTE), np.int64((pairs >> _THIRD_PAIR) & _BYTE)
    if year == 0 or month < 1 or month > 12:
        return _REFUSED
    leap = year & 3 == 0 and (year != century * 100 or century & 3 == 0)
    if day < 1 or day > _DAYS_IN[month - 1] + (leap and month == 2):
        return _REFUSED
    former = year - 1
    centuries = (former * 5243) >> 19  # former // 100, of numbers below 40,000
    leaps = (former >> 2) - centuries + (centuries >> 2)
    return former * 365 + leaps + _DAYS_BEFORE[month - 1] + (leap and month > 2) + day - 1 - _EPOCH


@inner
def _second(data: Bytes, start: int) -> int:
    """Seconds since midnight of `23:59:59`."""
    pairs = _pairs(load_word(data, start), _OF_CLOCK)
    if pairs == _NO_PAIRS:
        return _REFUSED
    hour, minute = np.int64(pairs & _BYTE), np.int64((pairs >> _SECOND_PAIR) & _BYTE)
    second = np.int64((pairs >> _THIRD_PAIR) & _BYTE)
    return (hour * 60 + minute) * 60 + second if hour < 24 and minute < 60 and second < 60 else _REFUSED


@inner
def _pairs(word: Word, written: Word) -> Word:
    """Three numbers of two digits with marks between them as `written` has them: in bytes 0, 3 and 6; else all bits."""
    digits = word ^ written
    if ((((digits + _TO_SIGN) | digits) & _SIGNS) | (digits & _MARKS_OF_PAIRS)) != _NONE:
        return _NO_PAIRS
    return digits * _TEN + (digits >> _EIGHT)
