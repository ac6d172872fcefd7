"""Cells of text on their way into a CSV: quotes only where needed, what a spreadsheet would run made harmless.

Rows of delimited text are copied in stretches as long as nothing in them has to be written otherwise (`copy_rows`).
How a cell is written (`way_of`, `put_text_cell`) is the same for those that stand in memory (`csv_rows`).
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import PADDING, copy_4, copy_8, copy_16, copy_64, equal_mask
from etl_batch.kernels.kernel import Bytes, IntGrid, Ints, OutBytes, OutLongs, inner, kernel

PLAIN, TEXT, CLOSELY, UNGUARDED, KEPT = range(5)
"""How the cells of a column are taken: never quoted or escaped once quotes around them are gone; escaped where their
beginning calls for it; looked through for what needs quotes as well; looked through, but never escaped; known to be
right as they stand."""
_COMMA, LF, _CR, QUOTE, _APOSTROPHE, MINUS, POINT, ZERO = 44, 10, 13, 34, 39, 45, 46, 48
BARE, ESCAPED, QUOTED = 0, 1, 2
"""How a cell is to be written: bits."""
_TRIGGERS = np.zeros(256, np.uint8)
_TRIGGERS[[ord(sign) for sign in "=+-@\t\r\n\0"]] = 1
SUSPECTS = _TRIGGERS.copy()
"""Bytes that a cell may begin with which has to be escaped or is in quotes."""
SUSPECTS[[_APOSTROPHE, QUOTE]] = 1
_ALL = np.uint64(2**64 - 1)


@kernel
def any_escape(data: Bytes, marks: IntGrid, rows: int, looked: Ints, ways: Bytes) -> int:
    """Whether any cell of a text without quotes is to be escaped. `looked`, `ways`: see `copy_rows`."""
    for place in range(looked.size):
        column = looked[place]
        if ways[place] != PLAIN and ways[place] != UNGUARDED:
            for row in range(rows):
                first, last = marks[column, row] + 1, marks[column + 1, row]
                if first < last and SUSPECTS[data[first]] and is_risky(data, first, last):
                    return 1
    return 0


@kernel
def copy_rows(
    data: Bytes,
    delimiter: int,
    quote: int,
    marks: IntGrid,
    rows: int,
    looked: Ints,
    ways: Bytes,
    quoted: int,
    out: OutBytes,
    escaped: OutLongs,
) -> int:
    """The first `rows` records of a text, written to `out`; returns the bytes. `escaped` counts cells.

    `looked` holds the columns whose cells may have to be written otherwise, in order, `ways` how the cells of each are
    taken, and `escaped` has a place for each. `quoted`: cells may be in quotes. `data` has `PADDING` bytes behind it,
    and `out` has room for twice the text, four bytes a cell and as many.
    """
    columns, to, apart = marks.shape[0] - 1, 0, delimiter != _COMMA
    for row in range(rows):
        begin, done = int(marks[0, row]) + 1, 0
        for place in range(looked.size):
            column = int(looked[place])
            first, last = int(marks[column, row]) + 1, int(marks[column + 1, row])
            if first >= last or (ways[place] < CLOSELY and not SUSPECTS[data[first]]):
                continue
            in_quotes = bool(quoted and data[first] == quote)
            how = way_of(data, first + in_quotes, last - in_quotes, ways[place], in_quotes)
            if how == (QUOTED if in_quotes else BARE):
                continue
            copy_over(out, to, data, begin, first)
            if apart:
                _put_commas(out, to - begin, marks, row, done + 1, column + 1)
            to, begin, done = to + first - begin, last, column
            if how == BARE:
                copy_over(out, to, data, first + 1, last - 1)
                to += last - first - 2
            else:
                to = put_text_cell(out, to, data, first + in_quotes, last - in_quotes, how, in_quotes)
            escaped[place] += how & ESCAPED
            if columns == 1 and in_quotes and last - first == 2:
                to = _put_empty(out, to)
        end = int(marks[columns, row])
        copy_over(out, to, data, begin, end)
        if apart:
            _put_commas(out, to - begin, marks, row, done + 1, columns)
        to += end - begin
        out[to] = LF
        to += 1
    return to


@inner
def copy_over(out: OutBytes, to: int, data: Bytes, first: int, last: int) -> None:
    """Bytes `[first, last)` and up to 63 more, for whoever writes on behind them."""
    for at in range(0, last - first, PADDING):
        copy_64(out, to + at, data, first + at)


@inner
def _put_commas(out: OutBytes, distance: int, marks: IntGrid, row: int, first: int, last: int) -> None:
    """Commas for the delimiters before the cells from column `first` on, in a row that was copied so far away."""
    for column in range(first, last):
        out[distance + marks[column, row]] = _COMMA


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
    if was_quoted or way >= CLOSELY:
        how = QUOTED if needs_quotes(data, first, last) else BARE
    if way != UNGUARDED and is_risky(data, first, last):
        how |= ESCAPED
    return how


@inner
def needs_quotes(data: Bytes, first: int, last: int) -> bool:
    """Whether a comma, a quote or a line end stands in some bytes."""
    at = first
    while at < last and at + PADDING <= data.size:
        inside = _ALL >> np.uint64(max(PADDING - (last - at), 0))
        signs = equal_mask(data, at, _COMMA) | equal_mask(data, at, QUOTE)
        if (signs | equal_mask(data, at, LF) | equal_mask(data, at, _CR)) & inside:
            return True
        at += PADDING
    while at < last:  # nothing may be read behind the last cells
        byte = data[at]
        if byte == _COMMA or byte == QUOTE or byte == LF or byte == _CR:
            return True
        at += 1
    return False


@inner
def is_risky(data: Bytes, first: int, last: int) -> bool:
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
                to = copy(out, to, data, first, at)
                out[to] = QUOTE
                to, first = to + 1, at
        to = copy(out, to, data, first, last)
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
