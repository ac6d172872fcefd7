"""Blocks of cells that are times, taken without a branch.

As in `number_blocks`: what is not known here of the ways of writing that `kernels.times` knows is left to that, which
goes cell by cell.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.cells import BLOCK, FORMER, FURTHER, LAST, no_digits, take_lengths, take_words, value_of_eight
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, OutLongs, OutWords, Word, Words, inner

SPACE, LETTER_T, LETTER_Z, POINT, ZERO = 32, 84, 90, 46, 48
OF_DATE, OF_CLOCK = np.uint64(0x30302D30302D3030), np.uint64(0x30303A30303A3030)
"""What is written between and under the digits of `24-02-29` and of `23:59:59`."""
MARKS_OF_PAIRS = np.uint64(0x0000FF0000FF0000)
SECOND_PAIR, THIRD_PAIR = np.uint64(24), np.uint64(48)
SIX_BYTES, OFFSET = np.uint64(2**48 - 1), np.uint64(int.from_bytes(b"+00:00", "little"))
LENGTHS = np.array([0, 4, 7, 10], np.int64)
"""Bytes of the digits of a second, with their point."""
ZONE_LENGTHS = np.array([0, 1, 6], np.int64)
UNITS = np.array([1_000, 1_000, 1_000_000, 1_000_000_000], np.int64)
"""Parts of a second in which a stamp is counted: milliseconds when it has no digits of one."""
EPOCH = 719_162
"""Days from 0001-01-01 to 1970-01-01."""

_ONE, _NONE, _TEN, _EIGHT, _BYTE = (np.uint64(k) for k in (1, 0, 10, 8, 255))
_TWO_ZEROS = np.uint64(0x3030)
_TWO, _THREE, _ELEVEN, _FIFTEEN, _NINETEEN, _HUNDRED = (np.uint64(k) for k in (2, 3, 11, 15, 19, 100))
_YEAR, _MOST_DAYS = np.uint64(365), np.uint64(31)
_DAYS_FEWER = np.uint64(3 << 2 * 2 | 1 << 2 * 4 | 1 << 2 * 6 | 1 << 2 * 9 | 1 << 2 * 11)
"""By month, two bits each: how many days it has less than that."""
_CENTURIES = np.uint64(5243)
"""A number below 40,000 times this, shifted by 19, is a hundredth of it."""
_TWELVE_MONTHS, _BEFORE_MONTHS, _TWELFTHS = np.uint64(367), np.uint64(362), np.uint64(43_691)
"""And a number below 5,000 times the last of these is a twelfth."""
_DAYS_TO_EPOCH = np.uint64(EPOCH + 1)
_DAY, _MARK, _CLOCK, _PART, _PART_END, _ZONE = (FURTHER + np.uint64(k) * BLOCK for k in range(6))
"""Parts of `scratch`: a cell's day, and its words that begin with what stands between date and time, with the time,
with the point behind it, eight bytes before the zone and with that."""
_LAST_HOUR, _LAST_SIXTIETH, _SIXTY, _SECONDS_OF_DAY = (np.uint64(k) for k in (23, 59, 60, 86_400))
_THOUSAND, _HUNDRED_MILLIONS = np.uint64(1_000), np.uint64(10**8)
_FULL, _TWO_BYTES, _ZEROS = np.uint64(2**64 - 1), np.uint64(2**16 - 1), np.uint64(ZERO * 0x0101010101010101)
_FEW_SECONDS = np.uint64(9 * 10**9)
"""So many before and behind 1970, 64 bits of nanoseconds reach farther."""


@inner
def dates_of_tails(scratch: OutWords, first: Word, count: Word, out: OutInts, valid: OutBytes) -> Word:
    """The days of cells that `take_tails` took; returns not 0 when one is neither a date nor empty."""
    wrong = _days_of_words(scratch, count, THIRD_PAIR)
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
        digits = scratch[LAST + place] ^ OF_DATE
        digits_before = ((scratch[FORMER + place] >> shift) & _TWO_BYTES) ^ _TWO_ZEROS
        unlike = no_digits(digits, digits_before) | (digits & MARKS_OF_PAIRS)
        pairs = digits * _TEN + (digits >> _EIGHT)
        century = (digits_before & _BYTE) * _TEN + (digits_before >> _EIGHT)
        of_century, month = pairs & _BYTE, (pairs >> SECOND_PAIR) & _BYTE
        day, year = (pairs >> THIRD_PAIR) & _BYTE, century * _HUNDRED + of_century
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
    digits = eight ^ OF_CLOCK
    pairs = digits * _TEN + (digits >> _EIGHT)
    hour, minute, second = pairs & _BYTE, (pairs >> SECOND_PAIR) & _BYTE, (pairs >> THIRD_PAIR) & _BYTE
    unlike = no_digits(digits, _NONE) | (digits & MARKS_OF_PAIRS)
    unlike |= np.uint64(hour > _LAST_HOUR) | np.uint64(minute > _LAST_SIXTIETH) | np.uint64(second > _LAST_SIXTIETH)
    return (hour * _SIXTY + minute) * _SIXTY + second, unlike


@inner
def clocks_of_tails(scratch: Words, first: Word, count: Word, out: OutInts, valid: OutBytes) -> Word:
    """The times of cells that `take_tails` took; returns not 0 when one is neither a time of day nor empty."""
    wrong = _NONE
    for place in range(count):
        full = np.uint64(scratch[place] != _NONE)
        second, unlike = _second_of(scratch[LAST + place])
        wrong |= full & np.uint64(unlike != _NONE) | np.uint64(scratch[place] != full * _EIGHT)
        row = first + place
        out[row], valid[row] = np.int32(np.int64(second * full * _THOUSAND)), np.uint8(full)
    return wrong


@inner
def take_stamps(
    data: Bytes, before: Ints, ends: Ints, first: Word, count: Word, zone: int, fraction: int, scratch: OutWords
) -> bool:
    """The words of bare cells' parts, each to a part of `scratch`; whether all can be read and none is too long."""
    length = 19 + LENGTHS[fraction] + ZONE_LENGTHS[zone]
    longest, nearest = take_lengths(before, ends, first, count, scratch)
    if longest > length or nearest < length:
        return False
    take_words(data, ends, first, count, length, scratch, FORMER)
    take_words(data, ends, first, count, length - 2, scratch, LAST)
    take_words(data, ends, first, count, length - 10, scratch, _MARK)
    take_words(data, ends, first, count, length - 11, scratch, _CLOCK)
    if fraction:
        take_words(data, ends, first, count, length - 19, scratch, _PART)
        take_words(data, ends, first, count, ZONE_LENGTHS[zone] + 8, scratch, _PART_END)
    if zone:
        take_words(data, ends, first, count, ZONE_LENGTHS[zone], scratch, _ZONE)
    return True


@inner
def stamps_of_words(
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
    length = np.uint64(19 + LENGTHS[fraction] + ZONE_LENGTHS[zone])
    mark, unit = np.uint64(LETTER_T if separator else SPACE), np.uint64(UNITS[fraction])
    of_zone = SIX_BYTES if zone == 2 else _BYTE if zone else _NONE
    zone_mark = OFFSET if zone == 2 else np.uint64(LETTER_Z) if zone else _NONE
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
        unlike |= ((point & _BYTE) ^ np.uint64(POINT)) & of_point
        digit = ((point >> _EIGHT) ^ np.uint64(ZERO)) & of_first
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
