"""Columns in memory as the cells of a CSV, written one by one into rows whose lengths were added up before.

First every `measure_...` adds to each row's length what its cell takes, the separator included, then every `put_...`
writes at each row's cursor and moves it on.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import leading_zeros
from etl_batch.kernels.csv_text import BARE, ESCAPED, MINUS, POINT, QUOTE, QUOTED, ZERO, copy, put_text_cell, way_of
from etl_batch.kernels.kernel import Bytes, Ints, Longs, OutBytes, OutLongs, Word, Words, inner, kernel

_DIGITS = np.frombuffer("".join(f"{number:02}" for number in range(100)).encode(), np.uint8).copy()
_POWERS = np.array([10**power for power in range(20)], np.uint64)
_TEN, _HUNDRED = np.uint64(10), np.uint64(100)


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
            if values[row] < 0:
                out[to] = MINUS
                to += 1
            magnitude = _magnitude(values[row])
            whole = magnitude // unit
            to = _put_digits(out, to, whole, _digits(whole))
            out[to] = POINT
            to = _put_digits(out, to + 1, magnitude - whole * unit, places)
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
            day = days[row] + 719468
            era = day // 146097
            of_era = day - era * 146097
            year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
            of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
            shifted = (5 * of_year + 2) // 153
            month = shifted + 3 if shifted < 10 else shifted - 9
            year = year_of_era + era * 400 + (month <= 2)
            to = _put_digits(out, to, np.uint64(year), 4)
            out[to] = MINUS
            to = _put_digits(out, to + 1, np.uint64(month), 2)
            out[to] = MINUS
            to = _put_digits(out, to + 1, np.uint64(of_year - (153 * shifted + 2) // 5 + 1), 2)
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
    if value < 0:
        out[to] = MINUS
        to += 1
    magnitude = _magnitude(value)
    return _put_digits(out, to, magnitude, _digits(magnitude))


@inner
def _put_digits(out: OutBytes, to: int, value: Word, digits: int) -> int:
    """A number in so many digits, with noughts before it where it has fewer."""
    end = to + digits
    at = end
    while at - to >= 2:
        rest = value // _HUNDRED
        pair = 2 * np.int64(value - rest * _HUNDRED)
        at -= 2
        out[at], out[at + 1] = _DIGITS[pair], _DIGITS[pair + 1]
        value = rest
    if at > to:
        out[to] = np.uint64(ZERO) + value % _TEN
    return end
