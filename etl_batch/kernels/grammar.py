"""Records of delimited text by any grammar, one byte after the other: the meaning that all readers of text have.

A grammar is an array of `signs`: the bytes of the delimiter, or how many blanks in a row are one; what opens and closes
a quoted cell; what makes the sign behind it a letter; what opens a comment; whether spaces may stand around quotes.

A quote opens a quoted cell only where a cell begins, and closes it before a delimiter, a line end or the end of the
text; a doubled one stands for itself. LF, CR LF and CR end a record. A cell that opens with a quote and is not closed
so is malformed, and so is its record: that ends where it would if the quote were a letter, unless the closing one
stands in the same line. So a quote that stands astray costs its own row and no other.
"""

from __future__ import annotations

from etl_batch.kernels.csv_text import copy
from etl_batch.kernels.finding import CR, LF, MALFORMED
from etl_batch.kernels.kernel import Bytes, Longs, OutBytes, OutIntGrid, OutInts, OutLongGrid, OutLongs, inner, kernel

QUOTE, ESCAPE, COMMENT, SPACED, RUN, SIZE, FIRST = range(7)
"""Places in `signs`: the quote, the escape and the sign of comments (-1: none); which spaces belong to no cell;
how many blanks in a row are the delimiter (0: it is none of blanks); how many bytes it has, and the first of these."""
MOST_DELIMITER = 16
SIGNS = FIRST + MOST_DELIMITER
AROUND_QUOTES, BEFORE_CELLS = 1, 2
"""What spaces that belong to no cell may stand around: quotes, or before any cell too."""
PAD, TRUNCATE, TAIL = 1, 2, 4
"""What may be done to records of odd width: short ones are filled, long ones cut; an empty cell behind the last column
is none."""
IN_QUOTES, DOUBLED, ESCAPED, BROKEN, ASTRAY, OPEN = 1, 2, 4, 8, 16, 32
"""Of a cell: it stands in quotes; quotes in it are doubled; signs in it are escaped; line ends stand in its quotes; its
quotes cannot be understood; it was not closed before the end of the text."""
NEXT, RECORDS, ROWS, BAD, BLANK, USED, PADDED, TRUNCATED = range(8)
"""Places in the `state` of `take_cells`: where to go on; counts of records, of those that fit, of those that do not and
of blank ones and comments; bytes written; records that were filled, and cut."""
STATES = 8
INSIDE, MAY_OPEN, CLOSED, AT, OPENED, LINE_INSIDE = range(6)
"""Places in the `state` of `find_line_end`: whether the next byte stands in quotes, whether it may open some, whether
the one before it closed some; where to go on, where the quote stands that was the last to open some, and whether a
line has ended behind that."""
LINE_STATES = 6
NOT_HERE, STRAY = -1, -2
_SPACE, _TAB, _DOUBLE_QUOTE, _COMMA = 32, 9, 34, 44


@inner
def is_line_end(byte: int) -> bool:
    """Whether a byte ends a record outside quotes."""
    return byte == LF or byte == CR


@inner
def behind_line_end(data: Bytes, at: int, end: int) -> int:
    """The byte behind a line end, CR LF being one; the end of the text where there is none."""
    if at >= end:
        return end
    return at + 2 if data[at] == CR and at + 1 < end and data[at + 1] == LF else at + 1


@inner
def _delimiter_at(data: Bytes, at: int, end: int, signs: Longs) -> int:
    """Bytes of the delimiter that stands at a byte; 0: none does."""
    if signs[RUN]:
        stop = at
        while stop < end and (data[stop] == _SPACE or data[stop] == _TAB):
            stop += 1
        return int(stop - at) if stop - at >= signs[RUN] else 0
    size = int(signs[SIZE])
    if at + size > end:
        return 0
    for place in range(size):
        if data[at + place] != signs[FIRST + place]:
            return 0
    return size


@inner
def _ends_cell(data: Bytes, at: int, end: int, signs: Longs) -> bool:
    return at >= end or is_line_end(data[at]) or _delimiter_at(data, at, end, signs) > 0


@inner
def _behind_spaces(data: Bytes, at: int, end: int) -> int:
    while at < end and data[at] == _SPACE:
        at += 1
    return at


@inner
def _is_escaped(data: Bytes, at: int, end: int, signs: Longs) -> bool:
    """Whether the byte is an escape that makes the one behind it a letter: a quote, an escape or a delimiter."""
    if data[at] != signs[ESCAPE] or at + 1 >= end:
        return False
    byte = data[at + 1]
    return byte == signs[QUOTE] or byte == signs[ESCAPE] or _delimiter_at(data, at + 1, end, signs) > 0


@inner
def _closing(data: Bytes, at: int, end: int, signs: Longs) -> tuple[int, int]:
    """Where the quoted cell that opens at a byte closes, its quote included, and what stands in it; -1: nowhere."""
    place, seen = at + 1, IN_QUOTES
    while place < end:
        if _is_escaped(data, place, end, signs):
            seen |= ESCAPED
            place += 2
            continue
        if data[place] == signs[QUOTE]:
            if place + 1 >= end or data[place + 1] != signs[QUOTE]:
                return place + 1, seen
            seen |= DOUBLED
            place += 2
            continue
        if is_line_end(data[place]):
            seen |= BROKEN
        place += 1
    return -1, seen


@inner
def cell_at(data: Bytes, at: int, end: int, signs: Longs) -> tuple[int, int, int, int]:
    """The cell at a byte: where its content begins and ends, what stands in it, and where it ends itself."""
    first, how = at, 0
    start = _behind_spaces(data, at, end) if signs[SPACED] else at
    if start < end and data[start] == signs[QUOTE]:
        closed, seen = _closing(data, start, end, signs)
        if closed >= 0:
            behind = _behind_spaces(data, closed, end) if signs[SPACED] else closed
            if _ends_cell(data, behind, end, signs):
                return start + 1, closed - 1, seen, behind
        how = ASTRAY if closed >= 0 else ASTRAY | OPEN
        at = start + 1 if closed < 0 or seen & BROKEN else closed
    elif signs[SPACED] == BEFORE_CELLS:
        first = at = start
    while not _ends_cell(data, at, end, signs):
        if _is_escaped(data, at, end, signs):
            how |= ESCAPED
            at += 1
        at += 1
    stop = at
    if signs[RUN]:
        while stop > first and data[stop - 1] == _SPACE:
            stop -= 1
    return first, stop, how, at


@inner
def next_cell(data: Bytes, at: int, end: int, signs: Longs) -> int:
    """The byte at which the next cell of the record begins, given where one ends; -1: that was the last one."""
    size = _delimiter_at(data, at, end, signs)
    if not size or (signs[RUN] and (at + size >= end or is_line_end(data[at + size]))):
        return -1
    return at + size


@inner
def first_cell(data: Bytes, at: int, end: int, signs: Longs) -> int:
    """The byte at which the first cell of a record begins: behind blanks, where these are delimiters."""
    if signs[RUN]:
        while at < end and (data[at] == _SPACE or data[at] == _TAB):
            at += 1
    return at


@inner
def line_end(data: Bytes, at: int, end: int) -> int:
    """Where the line ends, whatever stands in it."""
    while at < end and not is_line_end(data[at]):
        at += 1
    return at


@kernel
def find_break_by(
    data: Bytes, begin: int, end: int, wanted: int, whole: int, signs: Longs, cells: int, others: OutLongs
) -> int:
    """Where the first record that ends at byte `wanted` or behind it ends, of those from byte `begin` on.

    `whole`: the text ends at byte `end`. Else it goes on, and a record that is not seen to end before that is left:
    then where it begins is returned. `others` gets the number of records with another number of `cells`.
    """
    at, strange = begin, 0
    while at < min(wanted, end):
        start, found, opened = at, 0, 0
        if data[at] == signs[COMMENT]:
            at, found = line_end(data, at, end), cells
        else:
            place = first_cell(data, at, end, signs)
            while place >= 0:
                _, _, how, at = cell_at(data, place, end, signs)
                opened |= how & OPEN
                found += 1
                place = next_cell(data, at, end, signs)
            at = line_end(data, at, end)
        if not whole and (opened or at + 1 >= end):
            others[0] = strange
            return start
        at = behind_line_end(data, at, end)
        if found != cells:
            strange += 1
    others[0] = strange
    return at


@kernel
def find_line_end(data: Bytes, size: int, signs: Longs, state: OutLongs) -> int:
    """Where a record that is too long to be looked at as a whole ends, in a stretch of `size` bytes of it.

    `NOT_HERE`: behind the stretch; `STRAY`: a quote was not closed as it should, and `state[OPENED]` says which one.
    `state` is handed on from stretch to stretch, its places counting from where the next one begins.
    """
    inside, may_open, closed, broken = state[INSIDE], state[MAY_OPEN], state[CLOSED], state[LINE_INSIDE]
    at, opened, blanks = state[AT], state[OPENED], signs[SPACED] or signs[RUN]
    while at < size:
        byte = data[at]
        if closed and byte != signs[QUOTE]:
            if broken and not is_line_end(byte) and byte != signs[FIRST] and not (blanks and byte == _SPACE):
                state[OPENED] = opened
                return STRAY
            inside, closed, may_open = 0, 0, 0
        if byte == signs[ESCAPE]:
            at, may_open = at + 1, 0
        elif inside:
            if byte == signs[QUOTE]:
                closed = 1 - closed
            elif is_line_end(byte):
                broken = 1
        elif byte == signs[QUOTE] and may_open:
            inside, opened, broken = 1, at, 0
        elif is_line_end(byte):
            return int(at)
        elif byte == _SPACE and signs[FIRST] != _SPACE:
            may_open &= int(signs[SPACED] != 0)
        else:
            may_open = int(byte == signs[FIRST])
        at += 1
    state[INSIDE], state[MAY_OPEN], state[CLOSED], state[LINE_INSIDE] = inside, may_open, closed, broken
    state[AT], state[OPENED] = at - size, opened - size
    return NOT_HERE


@kernel
def note_cells(data: Bytes, end: int, signs: Longs, cells: OutLongGrid, records: OutLongGrid, state: OutLongs) -> None:
    """What the cells of the first records are, of whatever width, as far as there is room.

    A line of `cells`: where the content begins and ends, and what stands in it. A line of `records`: its first cell,
    how many cells it has (0: a blank record or a comment), where it begins and where it ends, its line end left out.
    `state` gets how many cells and records were noted, and where to go on.
    """
    at, noted, lines = state[2], state[0], state[1]
    while at < end and lines < records.shape[0]:
        begin, before = at, noted
        if data[at] == signs[COMMENT]:
            at = line_end(data, at, end)
        else:
            place = first_cell(data, at, end, signs)
            blank = place >= end or is_line_end(data[place])
            at = place
            while place >= 0 and not blank:
                if noted == cells.shape[0]:
                    return  # there is no room for this record
                first, last, how, at = cell_at(data, place, end, signs)
                cells[noted, 0], cells[noted, 1], cells[noted, 2] = first, last, how
                noted += 1
                place = next_cell(data, at, end, signs)
            at = line_end(data, at, end)
        records[lines, 0], records[lines, 1], records[lines, 2], records[lines, 3] = before, noted - before, begin, at
        lines += 1
        at = behind_line_end(data, at, end)
        state[0], state[1], state[2] = noted, lines, at


@kernel
def take_cells(
    data: Bytes,
    end: int,
    until: int,
    signs: Longs,
    ragged: int,
    out: OutBytes,
    marks: OutIntGrid,
    numbers: OutInts,
    spans: OutLongGrid,
    bad: OutLongGrid,
    state: OutLongs,
) -> None:
    """Write the records from byte `state[NEXT]` on as comma separated text with double quotes, and where cells stand.

    `marks`, `numbers` and `bad` are those of `kernels.finding`, `marks` being places in `out`; the two lines of `spans`
    hold where a row begins and ends in `data`. `out` has room for twice the text, two bytes a cell of the text, and one
    for each place of `marks`. Ends early when `marks` or `bad` is full or a record ends at `until` or behind it.
    """
    columns, room = marks.shape[0] - 1, marks.shape[1]
    row, to, at = state[ROWS], state[USED], state[NEXT]
    while at < min(until, end) and row < room and state[BAD] < bad.shape[0]:
        begin, start, number = at, to, state[RECORDS]
        place = -1 if data[at] == signs[COMMENT] else first_cell(data, at, end, signs)
        blank = place < 0 or place >= end or is_line_end(data[place])
        marks[0, row] = to - 1
        found, how, empty = 0, 0, False
        while place >= 0 and not blank:
            first, last, seen, at = cell_at(data, place, end, signs)
            how |= seen
            empty = last == first
            if found < columns:
                to = _put_cell(out, to, data, first, last, seen, signs)
                out[to] = _COMMA
                marks[found + 1, row] = to
                to += 1
            found += 1
            place = next_cell(data, at, end, signs)
        stop = line_end(data, at, end)
        at = behind_line_end(data, stop, end)
        state[NEXT], state[RECORDS] = at, number + 1
        fits = _fits(found, columns, empty, ragged)
        if blank:
            state[BLANK] += 1
        elif how & ASTRAY or not fits:
            line = state[BAD]
            bad[line, 0], bad[line, 1], bad[line, 2] = begin, stop, number
            bad[line, 3] = MALFORMED if how & ASTRAY else found
            state[BAD] = line + 1
        else:
            state[PADDED] += int(found < columns)
            state[TRUNCATED] += int(fits == TRUNCATE)
            for missing in range(found, columns):
                out[to] = _COMMA
                marks[missing + 1, row] = to
                to += 1
            out[to - 1] = LF
            numbers[row], spans[0, row], spans[1, row] = number, begin, stop
            start = to
            row += 1
        to = start
    state[ROWS], state[USED] = row, to


@inner
def _fits(found: int, columns: int, empty: bool, ragged: int) -> int:
    """Whether a record of so many cells is a row: 0 when it is not, else what makes it one."""
    if found == columns:
        return TAIL
    if found == columns + 1 and empty and ragged & TAIL:
        return TAIL
    if found < columns:
        return ragged & PAD
    return ragged & TRUNCATE


@inner
def _put_cell(out: OutBytes, to: int, data: Bytes, first: int, last: int, how: int, signs: Longs) -> int:
    """Write a cell: in double quotes if it stands in quotes or begins with one; returns where it ends."""
    quote = signs[QUOTE]
    if first < last and (how & ESCAPED or data[first] == _DOUBLE_QUOTE or (how & IN_QUOTES and quote != _DOUBLE_QUOTE)):
        return _put_anew(out, to, data, first, last, how, signs)
    if how & IN_QUOTES:
        out[to] = _DOUBLE_QUOTE
        to = copy(out, to + 1, data, first, last)
        out[to] = _DOUBLE_QUOTE
        return to + 1
    return copy(out, to, data, first, last)


@inner
def _put_anew(out: OutBytes, to: int, data: Bytes, first: int, last: int, how: int, signs: Longs) -> int:
    """Write what a cell says in double quotes: escapes and doubled quotes of its own grammar undone."""
    out[to] = _DOUBLE_QUOTE
    to += 1
    at = first
    while at < last:
        doubled = how & IN_QUOTES and data[at] == signs[QUOTE] and at + 1 < last
        if doubled or (how & ESCAPED and _is_escaped(data, at, last, signs)):
            at += 1
        out[to] = data[at]
        to += 1
        if data[at] == _DOUBLE_QUOTE:
            out[to] = _DOUBLE_QUOTE
            to += 1
        at += 1
    out[to] = _DOUBLE_QUOTE
    return to + 1
