"""Rows as CSV: comma, LF, quotes only where they are needed, and text that a spreadsheet would run made harmless.

Rows of delimited text are copied in stretches as long as nothing in them has to be written otherwise (`copy_rows`).
Columns of values and of text in memory are written one by one into rows whose lengths were added up before: first every
`measure_...` adds to each row's length what its cell takes, the separator included, then every `put_...` writes at each
row's cursor and moves it on.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import copy_4, copy_8, copy_16, leading_zeros
from etl_batch.kernels.kernel import Bytes, IntGrid, Ints, Longs, OutBytes, OutLongs, Word, Words, inner, kernel

PLAIN, TEXT, CLOSELY = range(3)
"""How the cells of a column are taken: never quoted or escaped once quotes around them are gone; escaped where their
beginning calls for it; looked through for what needs quotes as well."""
_COMMA, _LF, _CR, _QUOTE, _APOSTROPHE, _MINUS, _POINT, _ZERO = 44, 10, 13, 34, 39, 45, 46, 48
_BARE, _ESCAPED, _QUOTED = 0, 1, 2
"""How a cell is to be written: bits."""
_TRIGGERS = np.zeros(256, np.uint8)
_TRIGGERS[[ord(sign) for sign in "=+-@\t\r\n\0"]] = 1
_SUSPECTS = _TRIGGERS.copy()
_SUSPECTS[[_APOSTROPHE, _QUOTE]] = 1
_DIGITS = np.frombuffer("".join(f"{number:02}" for number in range(100)).encode(), np.uint8).copy()
_POWERS = np.array([10**power for power in range(20)], np.uint64)
_TEN, _HUNDRED = np.uint64(10), np.uint64(100)


@kernel
def copy_rows(
    data: Bytes, quote: int, marks: IntGrid, rows: int, ways: Bytes, all_bare: int, out: OutBytes, escaped: OutLongs
) -> int:
    """The first `rows` records of a text with commas, written to `out`; returns the bytes. `escaped[0]` counts cells.

    `ways` says of each column how its cells are taken. `all_bare`: no cell is quoted. `out` has room for twice the text
    and four bytes a cell.
    """
    columns, to = marks.shape[0] - 1, 0
    for row in range(rows):
        begin, end = marks[0, row] + 1, marks[columns, row]
        for column in range(columns):
            if all_bare and ways[column] == PLAIN:
                continue
            first, last = marks[column, row] + 1, marks[column + 1, row]
            if first == last or (ways[column] != CLOSELY and not _SUSPECTS[data[first]]):
                continue
            was_quoted = quote >= 0 and data[first] == quote
            how = _way_of(data, first + was_quoted, last - was_quoted, ways[column], was_quoted)
            if how == _BARE and not was_quoted:
                continue
            to = _copy(out, to, data, begin, first)
            to = _put_text(out, to, data, first + was_quoted, last - was_quoted, how, was_quoted)
            escaped[0] += how & _ESCAPED
            begin = last
            if columns == 1 and last - first == 2 and was_quoted:
                to = _put_empty(out, to)
        to = _copy(out, to, data, begin, end)
        out[to] = _LF
        to += 1
    return to


@inner
def _put_empty(out: OutBytes, to: int) -> int:
    """A lone empty cell: as nothing it would read as a blank line."""
    out[to], out[to + 1] = _QUOTE, _QUOTE
    return to + 2


@inner
def _way_of(data: Bytes, first: int, last: int, way: int, was_quoted: bool) -> int:
    """How the content of a cell is to be written."""
    if way == PLAIN or first == last:
        return _BARE
    how = _BARE
    if was_quoted or way == CLOSELY:
        for at in range(first, last):
            byte = data[at]
            if byte == _COMMA or byte == _QUOTE or byte == _LF or byte == _CR:
                how = _QUOTED
                break
    if _is_risky(data, first, last):
        how |= _ESCAPED
    return how


@inner
def _is_risky(data: Bytes, first: int, last: int) -> bool:
    """Whether a spreadsheet would run the cell: apostrophes, then a sign that begins a formula, and no plain number."""
    at = first
    while at < last and data[at] == _APOSTROPHE:
        at += 1
    if at == last or not _TRIGGERS[data[at]]:
        return False
    return at > first or not _is_number(data, first, last)


@inner
def _is_number(data: Bytes, first: int, last: int) -> bool:
    """Whether the whole cell is `[+-]?digits[.digits][e[+-]digits]`."""
    at = _after_sign(data, first, last)
    after = _after_digits(data, at, last)
    if after == at:
        return False
    at = after
    if at < last and data[at] == _POINT:
        after = _after_digits(data, at + 1, last)
        if after == at + 1:
            return False
        at = after
    if at < last and data[at] == ord("e"):
        begin = _after_sign(data, at + 1, last)
        at = _after_digits(data, begin, last)
        if at == begin:
            return False
    return at == last


@inner
def _after_sign(data: Bytes, at: int, last: int) -> int:
    return at + 1 if at < last and (data[at] == ord("+") or data[at] == _MINUS) else at


@inner
def _after_digits(data: Bytes, at: int, last: int) -> int:
    while at < last and _ZERO <= data[at] <= ord("9"):
        at += 1
    return at


@inner
def _put_text(out: OutBytes, to: int, data: Bytes, first: int, last: int, how: int, was_quoted: bool) -> int:
    """Write the content of a cell; one that stood in quotes has its quotes doubled already."""
    if how & _QUOTED:
        out[to] = _QUOTE
        to += 1
    if how & _ESCAPED:
        out[to] = _APOSTROPHE
        to += 1
    if how & _QUOTED and not was_quoted:
        for at in range(first, last):
            if data[at] == _QUOTE:
                out[to] = _QUOTE
                to += 1
            out[to] = data[at]
            to += 1
    else:
        to = _copy(out, to, data, first, last)
    if how & _QUOTED:
        out[to] = _QUOTE
        to += 1
    return to


@inner
def _copy(out: OutBytes, to: int, data: Bytes, first: int, last: int) -> int:
    """Bytes `[first, last)`, none more; returns where they end. The last stretch may overlap the one before."""
    size = last - first
    end = to + size
    if size >= 16:
        for at in range(0, size - 16, 16):
            copy_16(out, to + at, data, first + at)
        copy_16(out, end - 16, data, last - 16)
    elif size >= 8:
        copy_8(out, to, data, first)
        copy_8(out, end - 8, data, last - 8)
    elif size >= 4:
        copy_4(out, to, data, first)
        copy_4(out, end - 4, data, last - 4)
    else:
        for at in range(size):
            out[to + at] = data[first + at]
    return end


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
                out[to] = _MINUS
                to += 1
            magnitude = _magnitude(values[row])
            whole = magnitude // unit
            to = _put_digits(out, to, whole, _digits(whole))
            out[to] = _POINT
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
            out[to] = _MINUS
            to = _put_digits(out, to + 1, np.uint64(month), 2)
            out[to] = _MINUS
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
        ways[row] = _BARE
        if missing.size and missing[row]:
            continue
        begin, end = offsets[row], offsets[row + 1]
        lengths[row] += end - begin
        how = _way_of(data, begin, end, way, False)
        if how:
            ways[row] = how
            escaped += how & _ESCAPED
            lengths[row] += how & _ESCAPED
            if how & _QUOTED:
                lengths[row] += 2 + _quotes(data, begin, end)
    return escaped


@inner
def _quotes(data: Bytes, begin: int, end: int) -> int:
    """How many quotes stand in some bytes."""
    count = 0
    for at in range(begin, end):
        count += data[at] == _QUOTE
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
            to = _put_text(out, to, data, offsets[row], offsets[row + 1], ways[row], False)
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
            escaped += ways[code] & _ESCAPED
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
            to = _copy(out, to, data, offsets[code], offsets[code + 1])
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
        out[to] = _MINUS
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
        out[to] = np.uint64(_ZERO) + value % _TEN
    return end
