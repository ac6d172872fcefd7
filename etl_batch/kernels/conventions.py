"""Cells written by conventions of their own, as the rest of the engine reads them: `2.554,94` as `2554.94`.

A number is `-?`, digits without a leading zero, bare or in groups of three behind a first one of up to three, and
perhaps the decimal sign with digits. A day is two or three numbers of its order with one separator (`.`, `/` or `-`)
twice, the year of four digits; behind it may stand a blank or `T` and a time of day. What is neither stays as it is.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import PADDING, copy_64
from etl_batch.kernels.cells import cell_of
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, inner, kernel
from etl_batch.kernels.text import copy_undoubled

AS_IT_WAS, NUMBER, MOMENT, MISSING, FOREIGN = range(5)
"""What a cell was found to be. `FOREIGN`: it may be a number elsewhere, and is none by these conventions."""
SIGN_BYTES = 4
"""A thousands sign is its number of bytes and these, in so many places."""
DMY, MDY, YMD = 1, 2, 3
"""Orders of a day; 0: days are left alone."""
MOST_GROWTH = 8
"""Bytes that a cell may become longer by: `1.6.2024 9:05` is `2024-06-01 09:05:00`."""

_MINUS, _PLUS, _POINT, _ZERO, _NINE, _SLASH, _COLON, _BLANK, _T, _Z = (ord(sign) for sign in "-+.09/: TZ")
_DAYS_IN = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


@kernel
def rewrite(
    data: Bytes,
    before: Ints,
    ends: Ints,
    quoted: int,
    decimal: int,
    signs: Bytes,
    order: int,
    words: Bytes,
    word_ends: Ints,
    offsets: OutInts,
    out: OutBytes,
    kinds: OutBytes,
) -> int:
    """Write the cells to `out` as they are read, one behind the other; returns the bytes.

    Cell k stands between `offsets[k]` and `offsets[k + 1]`, and `kinds[k]` is what it was. `decimal`: the sign before
    the decimals, 0 where numbers are left alone; `signs`: those between thousands; `words`: the words that stand for
    nothing, which end at `word_ends`. `out` has room for the cells, `MOST_GROWTH` for each, and `PADDING` more.
    """
    filled = 0
    for row in range(len(ends)):
        offsets[row] = np.int32(filled)
        start, end = cell_of(data, before, ends, row, quoted)
        end = max(start, end)
        kind, grown = _is_missing(data, start, end, words, word_ends), 0
        if kind == AS_IT_WAS and decimal:
            kind = _number_kind(data, start, end, decimal, signs)
        if kind != NUMBER and kind != MISSING and order:
            grown = _put_moment(data, start, end, order, decimal, out, filled)
            kind = MOMENT if grown else kind
        kinds[row] = kind
        if kind == NUMBER:
            filled = _put_number(data, start, end, decimal, out, filled)
        elif kind == MOMENT:
            filled += grown
        elif kind != MISSING:
            filled = _put_cell(data, before, row, start, end, out, filled)
    offsets[len(ends)] = np.int32(filled)
    return filled


@kernel
def find_signed(data: Bytes, before: Ints, ends: Ints, quoted: int, decimal: int, signs: Bytes, found: OutBytes) -> int:
    """Mark the cells that begin with a minus and are numbers by these conventions; returns how many they are."""
    count = 0
    for row in range(len(ends)):
        start, end = cell_of(data, before, ends, row, quoted)
        found[row] = 0
        if start < end and data[start] == _MINUS and _number_kind(data, start, end, decimal, signs) == NUMBER:
            found[row] = 1
            count += 1
    return count


@inner
def _put_cell(data: Bytes, before: Ints, row: int, start: int, end: int, out: OutBytes, filled: int) -> int:
    """A cell as it is, of two quotes side by side the first where it stood in quotes."""
    if start == np.int64(before[row]) + 1:
        for at in range(start, end, PADDING):
            copy_64(out, filled + at - start, data, at)
        return filled + end - start
    return copy_undoubled(data, start, end, out, filled)


@inner
def _is_missing(data: Bytes, start: int, end: int, words: Bytes, word_ends: Ints) -> int:
    """Whether the cell is one of the words that stand for nothing."""
    first = 0
    for word in range(len(word_ends)):
        last = int(word_ends[word])
        if end - start == last - first and end > start:
            at = 0
            while at < end - start and data[start + at] == words[first + at]:
                at += 1
            if at == end - start:
                return MISSING
        first = last
    return AS_IT_WAS


@inner
def _digits_end(data: Bytes, at: int, end: int) -> int:
    """The place behind the digits that begin here."""
    while at < end and _ZERO <= data[at] <= _NINE:
        at += 1
    return at


@inner
def _sign_length(data: Bytes, at: int, end: int, signs: Bytes) -> int:
    """Bytes of the thousands sign that stands here; 0 where none does."""
    for first in range(0, len(signs), SIGN_BYTES):
        length = int(signs[first])
        same = at + length <= end
        for place in range(length):
            same = same and data[at + place] == signs[first + 1 + place]
        if same:
            return length
    return 0


@inner
def _number_kind(data: Bytes, start: int, end: int, decimal: int, signs: Bytes) -> int:
    """`NUMBER`, or else whether the cell looks like one of other conventions."""
    first = start + (start < end and data[start] == _MINUS)
    at = _digits_end(data, first, end)
    grouped = False
    while at - first > 0 and (grouped or at - first <= 3):
        length = _sign_length(data, at, end, signs)
        if length == 0 or _digits_end(data, at + length, end) != at + length + 3:
            break
        at, grouped = at + length + 3, True
    is_number = at > first and not (data[first] == _ZERO and at > first + 1)
    if is_number and at < end and data[at] == decimal:
        behind = _digits_end(data, at + 1, end)
        is_number, at = behind > at + 1, behind
    if is_number and at == end:
        return NUMBER
    for at in range(first, end):
        if data[at] != _POINT and not _ZERO <= data[at] <= _NINE:
            return AS_IT_WAS
    return FOREIGN if end > first else AS_IT_WAS


@inner
def _put_number(data: Bytes, start: int, end: int, decimal: int, out: OutBytes, filled: int) -> int:
    """A number without what stands between its thousands, and with a point before its decimals."""
    for at in range(start, end):
        byte = data[at]
        if byte == _MINUS or _ZERO <= byte <= _NINE:
            out[filled] = byte
            filled += 1
        elif byte == decimal:
            out[filled] = _POINT
            filled += 1
    return filled


@inner
def _value(data: Bytes, first: int, last: int) -> int:
    value = 0
    for at in range(first, last):
        value = value * 10 + int(data[at]) - _ZERO
    return value


@inner
def _put_two(out: OutBytes, to: int, value: int) -> None:
    out[to], out[to + 1] = _ZERO + value // 10, _ZERO + value % 10


@inner
def _put_moment(data: Bytes, start: int, end: int, order: int, decimal: int, out: OutBytes, to: int) -> int:
    """A day of this order, and a time of day behind it, as ISO 8601 has them; returns the bytes, 0 where it is none."""
    one = _digits_end(data, start, end)
    if one == end or one - start > 4 or (data[one] != _POINT and data[one] != _SLASH and data[one] != _MINUS):
        return 0
    two = _digits_end(data, one + 1, end)
    if two == end or data[two] != data[one]:
        return 0
    three = _digits_end(data, two + 1, end)
    year_first, year_last = (start, one) if order == YMD else (two + 1, three)
    day_first, day_last = (start, one) if order == DMY else (one + 1, two) if order == MDY else (two + 1, three)
    month_first, month_last = (start, one) if order == MDY else (one + 1, two)
    if year_last - year_first != 4 or not 1 <= day_last - day_first <= 2 or not 1 <= month_last - month_first <= 2:
        return 0
    year = _value(data, year_first, year_last)
    month, day = _value(data, month_first, month_last), _value(data, day_first, day_last)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if year < 1 or not 1 <= month <= 12 or day < 1 or day > _DAYS_IN[month - 1] - (month == 2 and not leap):
        return 0
    _put_two(out, to, year // 100)
    _put_two(out, to + 2, year % 100)
    out[to + 4], out[to + 7] = _MINUS, _MINUS
    _put_two(out, to + 5, month)
    _put_two(out, to + 8, day)
    if three == end:
        return 10
    return _put_clock(data, three, end, decimal, out, to)


@inner
def _put_clock(data: Bytes, start: int, end: int, decimal: int, out: OutBytes, to: int) -> int:
    """A time of day behind a day that begins at `to`; returns the bytes of both, 0 where it is none."""
    if data[start] != _BLANK and data[start] != _T:
        return 0
    hours = _digits_end(data, start + 1, end)
    if not 1 <= hours - start - 1 <= 2 or hours == end or data[hours] != _COLON:
        return 0
    minutes = _digits_end(data, hours + 1, end)
    seconds = minutes
    if minutes < end and data[minutes] == _COLON:
        seconds = _digits_end(data, minutes + 1, end)
        if seconds - minutes != 3:
            return 0
    hour, minute, second = _value(data, start + 1, hours), _value(data, hours + 1, minutes), 0
    if seconds > minutes:
        second = _value(data, minutes + 1, seconds)
    if minutes - hours != 3 or hour > 23 or minute > 59 or second > 59:
        return 0
    behind = _part_end(data, seconds, end, decimal) if seconds > minutes else seconds
    length = _zone_length(data, behind, end)
    if length < 0:
        return 0
    out[to + 10], out[to + 13], out[to + 16] = data[start], _COLON, _COLON
    _put_two(out, to + 11, hour)
    _put_two(out, to + 14, minute)
    _put_two(out, to + 17, second)
    for at in range(seconds, end):
        out[to + 19 + at - seconds] = data[at]
    if behind > seconds:
        out[to + 19] = _POINT
    return 19 + end - seconds


@inner
def _part_end(data: Bytes, at: int, end: int, decimal: int) -> int:
    """The place behind 3, 6 or 9 digits of a second; where there are none the same place."""
    if at < end and (data[at] == _POINT or (decimal and data[at] == decimal)):
        behind = _digits_end(data, at + 1, end)
        if behind - at == 4 or behind - at == 7 or behind - at == 10:
            return behind
    return at


@inner
def _zone_length(data: Bytes, at: int, end: int) -> int:
    """Bytes of `Z` or `+00:00` at the end of the cell, 0 where it ends here, -1 where something else stands."""
    length = end - at
    if length == 1 and data[at] == _Z:
        return 1
    if length == 6 and data[at] == _PLUS and data[at + 3] == _COLON:
        zeros = data[at + 1] == _ZERO and data[at + 2] == _ZERO and data[at + 4] == _ZERO and data[at + 5] == _ZERO
        return 6 if zeros else -1
    return 0 if length == 0 else -1
