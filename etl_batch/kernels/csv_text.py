"""Cells of text on their way into a CSV: quotes only where needed, what a spreadsheet would run made harmless.

Rows of delimited text are copied in stretches as long as nothing in them has to be written otherwise (`copy_rows`).
How a cell is written (`way_of`, `put_text_cell`) is the same for those that stand in memory (`csv_rows`).
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import copy_4, copy_8, copy_16
from etl_batch.kernels.kernel import Bytes, IntGrid, OutBytes, OutLongs, inner, kernel

PLAIN, TEXT, CLOSELY = range(3)
"""How the cells of a column are taken: never quoted or escaped once quotes around them are gone; escaped where their
beginning calls for it; looked through for what needs quotes as well."""
_COMMA, LF, _CR, QUOTE, _APOSTROPHE, MINUS, POINT, ZERO = 44, 10, 13, 34, 39, 45, 46, 48
BARE, ESCAPED, QUOTED = 0, 1, 2
"""How a cell is to be written: bits."""
_TRIGGERS = np.zeros(256, np.uint8)
_TRIGGERS[[ord(sign) for sign in "=+-@\t\r\n\0"]] = 1
_SUSPECTS = _TRIGGERS.copy()
_SUSPECTS[[_APOSTROPHE, QUOTE]] = 1


@kernel
def any_escape(data: Bytes, marks: IntGrid, rows: int, ways: Bytes) -> int:
    """Whether any cell of a text without quotes is to be escaped."""
    for column in range(ways.size):
        if ways[column] != PLAIN:
            for row in range(rows):
                first, last = marks[column, row] + 1, marks[column + 1, row]
                if first < last and _SUSPECTS[data[first]] and _is_risky(data, first, last):
                    return 1
    return 0


@kernel
def copy_rows(
    data: Bytes,
    delimiter: int,
    quote: int,
    marks: IntGrid,
    rows: int,
    ways: Bytes,
    quoted: int,
    out: OutBytes,
    escaped: OutLongs,
) -> int:
    """The first `rows` records of a text, written to `out`; returns the bytes. `escaped[0]` counts cells.

    `ways` says of each column how its cells are taken. `quoted`: cells may be in quotes. `out` has room for twice the
    text and four bytes a cell.
    """
    columns, to, apart = ways.size, 0, delimiter != _COMMA
    for row in range(rows):
        begin, end = marks[0, row] + 1, marks[columns, row]
        for column in range(columns):
            if not (quoted or apart) and ways[column] == PLAIN:
                continue
            first, last = marks[column, row] + 1, marks[column + 1, row]
            suspect = first < last and (ways[column] == CLOSELY or _SUSPECTS[data[first]] != 0)
            if not (suspect or apart):
                continue
            was_quoted, how = bool(quoted and suspect and data[first] == quote), BARE
            if suspect:
                how = way_of(data, first + was_quoted, last - was_quoted, ways[column], was_quoted)
            if not (how or was_quoted or apart):
                continue
            if not apart:
                to = copy(out, to, data, begin, first)
            elif column:
                out[to] = _COMMA
                to += 1
            to = put_text_cell(out, to, data, first + was_quoted, last - was_quoted, how, was_quoted)
            escaped[0] += how & ESCAPED
            begin = last
            if columns == 1 and was_quoted and last - first == 2:
                to = _put_empty(out, to)
        to = copy(out, to, data, begin, end)
        out[to] = LF
        to += 1
    return to


@inner
def _put_empty(out: OutBytes, to: int) -> int:
    """A lone empty cell: as nothing it would read as a blank line."""
    out[to], out[to + 1] = QUOTE, QUOTE
    return to + 2


@inner
def way_of(data: Bytes, first: int, last: int, way: int, was_quoted: bool) -> int:
    """How the content of a cell is to be written."""
    if way == PLAIN or first == last:
        return BARE
    how = BARE
    if was_quoted or way == CLOSELY:
        for at in range(first, last):
            byte = data[at]
            if byte == _COMMA or byte == QUOTE or byte == LF or byte == _CR:
                how = QUOTED
                break
    if _is_risky(data, first, last):
        how |= ESCAPED
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
    if at < last and data[at] == POINT:
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
    return at + 1 if at < last and (data[at] == ord("+") or data[at] == MINUS) else at


@inner
def _after_digits(data: Bytes, at: int, last: int) -> int:
    while at < last and ZERO <= data[at] <= ord("9"):
        at += 1
    return at


@inner
def put_text_cell(out: OutBytes, to: int, data: Bytes, first: int, last: int, how: int, was_quoted: bool) -> int:
    """Write the content of a cell; one that stood in quotes has its quotes doubled already."""
    if how & QUOTED:
        out[to] = QUOTE
        to += 1
    if how & ESCAPED:
        out[to] = _APOSTROPHE
        to += 1
    if how & QUOTED and not was_quoted:
        for at in range(first, last):
            if data[at] == QUOTE:
                out[to] = QUOTE
                to += 1
            out[to] = data[at]
            to += 1
    else:
        to = copy(out, to, data, first, last)
    if how & QUOTED:
        out[to] = QUOTE
        to += 1
    return to


@inner
def copy(out: OutBytes, to: int, data: Bytes, first: int, last: int) -> int:
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
