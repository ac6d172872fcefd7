"""Columns in memory as the cells of a CSV, written one by one into rows whose lengths were added up before.

First every `measure_...` adds to each row's length what its cell takes, the separator included, then every `put_...`
writes at each row's cursor and moves it on.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import leading_zeros, store_4, store_8
from etl_batch.kernels.csv_text import BARE, ESCAPED, MINUS, POINT, QUOTE, QUOTED, copy, put_text_cell, way_of
from etl_batch.kernels.kernel import Bytes, Ints, Longs, OutBytes, OutLongs, Word, Words, inner, kernel

_POWERS = np.array([10**power for power in range(20)], np.uint64)
_WORD = 8
_ONE, _TWO, _THREE, _FOUR, _FIVE, _NINE, _TEN = (np.uint64(k) for k in (1, 2, 3, 4, 5, 9, 10))
_HUNDRED, _TEN_THOUSAND, _BYTE = np.uint64(100), np.uint64(10_000), np.uint64(255)
_8, _10, _16, _20, _32, _40, _48, _56 = (np.uint64(bits) for bits in (8, 10, 16, 20, 32, 40, 48, 56))
_HUNDREDTH, _QUARTERS = np.uint64(10_486), np.uint64(0x7F0000007F)
"""A number below 10,000 times this, shifted by 20, is its hundredth; where that stands in each half of a word."""
_TENTH, _TENS = np.uint64(103), np.uint64(0x000F000F000F000F)
"""And one below 100 times this, shifted by 10, its tenth."""
_NOUGHTS = np.uint64(0x3030303030303030)
_LOWER, _PAIR, _DASH = np.uint64(2**32 - 1), np.uint64(2**16 - 1), np.uint64(MINUS)
_MARCH_OF_YEAR_0 = 719_468
"""Days from 0000-03-01 to 1970-01-01: years begin in March here."""
_YEAR, _FOUR_YEARS, _CENTURY, _ERA, _FIVE_MONTHS = (np.uint64(days) for days in (365, 1_460, 36_524, 146_097, 153))


@kernel
def measure_integers(values: Longs, missing: Bytes, lengths: OutLongs) -> None:
    """Lengths of signed numbers; a missing one is an empty cell. `missing` may be empty: none is."""
    for row in range(lengths.size):
        lengths[row] += 1
        if not (missing.size and missing[row]):
            lengths[row] += _digits(_magnitude(values[row])) + (values[row] < 0)


@kernel
def put_integers(values: Longs, missing: Bytes, first: int, separator: int, cursors: OutLongs, out: OutBytes) -> None:
    """Signed numbers from row `first` on at the cursors, each followed by the separator."""
    for place in range(cursors.size):
        row, to = first + place, cursors[place]
        if not (missing.size and missing[row]):
            to = _put_signed(out, to, values[row])
        out[to] = separator
        cursors[place] = to + 1


@kernel
def measure_words(values: Words, missing: Bytes, lengths: OutLongs) -> None:
    """Lengths of unsigned numbers."""
    for row in range(lengths.size):
        lengths[row] += 1
        if not (missing.size and missing[row]):
            lengths[row] += _digits(values[row])


@kernel
def put_words(values: Words, missing: Bytes, first: int, separator: int, cursors: OutLongs, out: OutBytes) -> None:
    """Unsigned numbers at the cursors."""
    for place in range(cursors.size):
        row, to = first + place, cursors[place]
        if not (missing.size and missing[row]):
            to = _put_digits(out, to, values[row], _digits(values[row]))
        out[to] = separator
        cursors[place] = to + 1


@kernel
def measure_decimals(values: Longs, places: int, missing: Bytes, lengths: OutLongs) -> None:
    """Lengths of numbers with so many decimal places (at least one), given as multiples of the last one."""
    for row in range(lengths.size):
        lengths[row] += 1
        if not (missing.size and missing[row]):
            lengths[row] += max(_digits(_magnitude(values[row])), places + 1) + 1 + (values[row] < 0)


@kernel
def put_decimals(
    values: Longs, places: int, missing: Bytes, first: int, separator: int, cursors: OutLongs, out: OutBytes
) -> None:
    """Numbers with so many decimal places at the cursors."""
    unit = _POWERS[places]
    for place in range(cursors.size):
        row, to = first + place, cursors[place]
        if not (missing.size and missing[row]):
            out[to] = MINUS  # a digit takes its place where there is none: no branch that nobody foretells
            to += values[row] < 0
            magnitude = _magnitude(values[row])
            if magnitude < _POWERS[_WORD] and places < _WORD:
                digits = max(_digits(magnitude), places + 1)
                word = _eight_digits(magnitude) >> np.uint64(8 * (_WORD - digits))
                whole = digits - places
                _put_word(out, to, word, whole)
                out[to + whole] = POINT
                _put_word(out, to + whole + 1, word >> np.uint64(8 * whole), places)
                to += digits + 1
            else:
                upper = magnitude // unit
                to = _put_digits(out, to, upper, _digits(upper))
                out[to] = POINT
                to = _put_digits(out, to + 1, magnitude - upper * unit, places)
        out[to] = separator
        cursors[place] = to + 1


@kernel
def put_dates(days: Ints, missing: Bytes, first: int, separator: int, cursors: OutLongs, out: OutBytes) -> None:
    """Days since 1970 of the years 1 to 9999 at the cursors, as `YYYY-MM-DD`.

    Source: Hinnant (2013), "chrono-compatible low-level date algorithms", civil_from_days.
    """
    for place in range(cursors.size):
        row, to = first + place, cursors[place]
        if not (missing.size and missing[row]):
            day = np.uint64(np.int64(days[row]) + _MARCH_OF_YEAR_0)
            era = day // _ERA
            of_era = day - era * _ERA
            year_of_era = (of_era - of_era // _FOUR_YEARS + of_era // _CENTURY - of_era // (_ERA - _ONE)) // _YEAR
            of_year = of_era - (_YEAR * year_of_era + year_of_era // _FOUR - year_of_era // _HUNDRED)
            shifted = (_FIVE * of_year + _TWO) // _FIVE_MONTHS
            month = shifted + _THREE if shifted < _TEN else shifted - _NINE
            year = year_of_era + era * _FOUR * _HUNDRED + np.uint64(month <= _TWO)
            of_month = of_year - (_FIVE_MONTHS * shifted + _TWO) // _FIVE + _ONE
            digits = _eight_digits((year * _HUNDRED + month) * _HUNDRED + of_month)
            start = (digits & _LOWER) | _DASH << _32 | (digits >> _32 & _PAIR) << _40 | _DASH << _56
            store_8(out, to, start)
            store_8(out, to + 2, start >> _16 | digits >> _48 << _48)
            to += 10
        out[to] = separator
        cursors[place] = to + 1


@kernel
def measure_text(data: Bytes, offsets: Ints, way: int, missing: Bytes, lengths: OutLongs, ways: OutBytes) -> int:
    """Lengths of text cells, cell r being bytes `offsets[r]` to `offsets[r + 1]`; returns how many are escaped.

    How each is to be written goes to `ways`.
    """
    escaped = 0
    for row in range(lengths.size):
        lengths[row] += 1
        ways[row] = BARE
        if missing.size and missing[row]:
            continue
        begin, end = offsets[row], offsets[row + 1]
        lengths[row] += end - begin
        how = way_of(data, begin, end, way, False)
        if how:
            ways[row] = how
            escaped += how & ESCAPED
            lengths[row] += how & ESCAPED
            if how & QUOTED:
                lengths[row] += 2 + _quotes(data, begin, end)
    return escaped


@inner
def _quotes(data: Bytes, begin: int, end: int) -> int:
    """How many quotes stand in some bytes."""
    count = 0
    for at in range(begin, end):
        count += data[at] == QUOTE
    return count


@kernel
def put_text(
    data: Bytes,
    offsets: Ints,
    missing: Bytes,
    first: int,
    ways: Bytes,
    separator: int,
    cursors: OutLongs,
    out: OutBytes,
) -> None:
    """Text cells at the cursors, each as `measure_text` said."""
    for place in range(cursors.size):
        row, to = first + place, cursors[place]
        if not (missing.size and missing[row]):
            to = put_text_cell(out, to, data, offsets[row], offsets[row + 1], ways[row], False)
        out[to] = separator
        cursors[place] = to + 1


@kernel
def measure_codes(codes: Ints, offsets: Ints, ways: Bytes, missing: Bytes, lengths: OutLongs) -> int:
    """Lengths of cells that are one of a few texts, as they are to be written; returns how many are escaped.

    Text k is bytes `offsets[k]` to `offsets[k + 1]`, written in the way `ways[k]`.
    """
    escaped = 0
    for row in range(lengths.size):
        lengths[row] += 1
        if not (missing.size and missing[row]):
            code = codes[row]
            lengths[row] += offsets[code + 1] - offsets[code]
            escaped += ways[code] & ESCAPED
    return escaped


@kernel
def put_codes(
    data: Bytes,
    offsets: Ints,
    codes: Ints,
    missing: Bytes,
    first: int,
    separator: int,
    cursors: OutLongs,
    out: OutBytes,
) -> None:
    """Those texts at the cursors."""
    for place in range(cursors.size):
        row, to = first + place, cursors[place]
        if not (missing.size and missing[row]):
            code = codes[row]
            to = copy(out, to, data, offsets[code], offsets[code + 1])
        out[to] = separator
        cursors[place] = to + 1


@inner
def _magnitude(value: int) -> Word:
    return np.uint64(0) - np.uint64(value) if value < 0 else np.uint64(value)


@inner
def _digits(value: Word) -> int:
    """How many decimal digits a number has; 0 has one."""
    about = (64 - leading_zeros(value)) * 1233 >> 12
    return max(about + (about < 20 and value >= _POWERS[about]), 1)


@inner
def _put_signed(out: OutBytes, to: int, value: int) -> int:
    out[to] = MINUS  # a digit takes its place where there is none: no branch that nobody foretells
    to += value < 0
    magnitude = _magnitude(value)
    return _put_digits(out, to, magnitude, _digits(magnitude))


@inner
def _put_digits(out: OutBytes, to: int, value: Word, digits: int) -> int:
    """A number in so many digits, with noughts before it where it has fewer."""
    end = to + digits
    if digits > 2 * _WORD:
        upper = value // _POWERS[2 * _WORD]
        value -= upper * _POWERS[2 * _WORD]
        digits -= 2 * _WORD
        _put_word(out, to, _eight_digits(upper) >> np.uint64(8 * (_WORD - digits)), digits)
        to, digits = to + digits, 2 * _WORD
    if digits > _WORD:
        upper = value // _POWERS[_WORD]
        value -= upper * _POWERS[_WORD]
        digits -= _WORD
        _put_word(out, to, _eight_digits(upper) >> np.uint64(8 * (_WORD - digits)), digits)
        to, digits = to + digits, _WORD
    _put_word(out, to, _eight_digits(value) >> np.uint64(8 * (_WORD - digits)), digits)
    return end


@inner
def _eight_digits(value: Word) -> Word:
    """A number below 100,000,000 as eight characters, the first of them lowest: halves, quarters, digits apart."""
    half = value // _TEN_THOUSAND
    halves = half | (value - half * _TEN_THOUSAND) << _32
    quarter = (halves * _HUNDREDTH >> _20) & _QUARTERS
    quarters = quarter | (halves - quarter * _HUNDRED) << _16
    ten = (quarters * _TENTH >> _10) & _TENS
    return (ten | (quarters - ten * _TEN) << _8) + _NOUGHTS


@inner
def _put_word(out: OutBytes, to: int, word: Word, size: int) -> None:
    """The lowest 1 to 8 bytes of a word, and none more: where they are fewer than are stored at once, some twice."""
    if size == _WORD:
        store_8(out, to, word)
    elif size >= 4:
        store_4(out, to, word)
        store_4(out, to + size - 4, word >> np.uint64(8 * (size - 4)))
    else:
        for at in (0, size >> 1, size - 1):
            out[to + at] = np.uint8(word >> np.uint64(8 * at) & _BYTE)
