"""Where the cells of delimited text stand, 64 bytes at a time, and one by one where quotes stand astray.

Both kernels have one meaning. A quote opens a quoted cell only as the first byte of a cell, and closes it before a
delimiter, a line end or the end of the text; a doubled one stands for itself. LF, CR LF and CR end a record. While
every quote stands in such a place, a byte is inside quotes exactly when an odd number of quotes stands before it
(`find_cells`). The first quote elsewhere (`5" pipe`) makes that unsafe: then `find_cells_exactly` walks on.

What is found: line j of `marks` holds, a record each, the place of the byte before cell j, and so line j + 1 that of
the byte behind it. Records with another number of cells go to `bad`, a line each: where the record begins, where it
ends, its number, and how many cells it has (`MALFORMED`: its quotes cannot be understood). `numbers` holds the number
of each record that fits, among all records.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import equal_mask, high_mask, prefix_xor, trailing_zeros
from etl_batch.kernels.kernel import Bytes, OutIntGrid, OutInts, OutLongGrid, OutLongs, inner, kernel

MALFORMED = -1
NEXT, RECORDS, ROWS, BAD, BLANK, QUOTES, RETURNS, HIGH, ASTRAY = range(9)
"""Places in `state`: where to go on; counts of records, of those that fit, of those that do not and of blank ones;
whether quotes, carriage returns and bytes past ASCII were seen (the exact finder says yes to all three); where a quote
stands astray, or -1."""
STATES = 9
LF, CR = 10, 13
ONE, ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


@kernel
def find_cells(
    data: Bytes,
    end: int,
    until: int,
    delimiter: int,
    quote: int,
    marks: OutIntGrid,
    numbers: OutInts,
    bad: OutLongGrid,
    state: OutLongs,
) -> None:
    """Find the cells of the records from byte `state[NEXT]` to `end`, as far as there is room for them.

    `data` has `PADDING` bytes behind `end`. `quote` is -1 for text without quotes. Ends early, with `state[NEXT]` where
    to go on, when `marks` or `bad` is full or a record ends at `until` or behind it, and with `state[ASTRAY]` when a
    quote stands astray: then the records before `state[NEXT]` are found, and those from there on are not.
    """
    columns, room, most_bad = marks.shape[0] - 1, marks.shape[1], bad.shape[0]
    begin = state[NEXT]
    row, column, mark = state[ROWS], 0, begin - 1
    inside, border_before = np.uint64(0), ONE
    if row == room or state[BAD] == most_bad:
        return
    marks[0, row] = mark
    for at in range(begin, end, 64):
        known = ALL if end - at >= 64 else (ONE << np.uint64(end - at)) - ONE
        delimiters, feeds = equal_mask(data, at, delimiter) & known, equal_mask(data, at, LF) & known
        returns, quotes = equal_mask(data, at, CR) & known, np.uint64(0)
        if quote >= 0:
            quotes = equal_mask(data, at, quote) & known
        if high_mask(data, at) & known:
            state[HIGH] = 1
        breaks, last = feeds, at + 64 >= end
        if returns:
            state[RETURNS] = 1
            fed = feeds >> ONE
            if not last and data[at + 64] == LF:
                fed |= ONE << np.uint64(63)
            breaks |= returns & ~fed
        within = inside
        borders = delimiters | feeds | returns | quotes
        if quotes:
            state[QUOTES] = 1
            within = prefix_xor(quotes) ^ inside
            behind = borders >> ONE
            if last:
                behind |= ONE << np.uint64(end - at - 1)
            elif is_border(data[at + 64], delimiter, quote):
                behind |= ONE << np.uint64(63)
            astray = quotes & ((within & ~((borders << ONE) | border_before)) | (~within & ~behind))
            if astray:
                state[ASTRAY] = at + trailing_zeros(astray)
                return
            inside = np.uint64(0) - (within >> np.uint64(63))
        border_before = borders >> np.uint64(63)
        hits = (delimiters | breaks) & ~within
        while hits:
            place = at + trailing_zeros(hits)
            hit = hits & (np.uint64(0) - hits)
            hits ^= hit
            if not breaks & hit:
                column += 1
                if column <= columns:
                    marks[column, row] = place
                continue
            stop = place
            if data[place] == LF and place - 1 > mark and data[place - 1] == CR:
                stop = place - 1
            row = _end_record(mark, stop, column + 1, row, marks, numbers, bad, state)
            column, mark = 0, place
            state[NEXT] = place + 1
            if row == room or state[BAD] == most_bad or place + 1 >= until:
                return
            marks[0, row] = mark
    if inside:
        state[ASTRAY] = end
    elif state[NEXT] < end:
        _end_record(mark, end, column + 1, row, marks, numbers, bad, state)
        state[NEXT] = end


@inner
def is_border(byte: int, delimiter: int, quote: int) -> bool:
    """Whether a quote may stand beside the byte."""
    return byte == delimiter or byte == LF or byte == CR or byte == quote


@inner
def _end_record(
    mark: int,
    stop: int,
    cells: int,
    row: int,
    marks: OutIntGrid,
    numbers: OutInts,
    bad: OutLongGrid,
    state: OutLongs,
) -> int:
    """Note the record that stands behind `mark` and before `stop`; returns how many records fit so far."""
    columns = marks.shape[0] - 1
    number = state[RECORDS]
    state[RECORDS] = number + 1
    if stop == mark + 1:
        state[BLANK] += 1
    elif cells == columns:
        marks[columns, row] = stop
        numbers[row] = number
        row += 1
        state[ROWS] = row
    else:
        line = state[BAD]
        bad[line, 0], bad[line, 1], bad[line, 2], bad[line, 3] = mark + 1, stop, number, cells
        state[BAD] = line + 1
    return row


@kernel
def find_cells_exactly(
    data: Bytes,
    end: int,
    until: int,
    delimiter: int,
    quote: int,
    longest: int,
    marks: OutIntGrid,
    numbers: OutInts,
    bad: OutLongGrid,
    state: OutLongs,
) -> None:
    """The same byte by byte, right whatever the quotes do.

    A quote that is never closed, or not within `longest` bytes, is a character like any other, as are those inside a
    cell that does not begin with one; a record with a cell that begins with a quote and is no quoted one is malformed.
    """
    columns, room, most_bad = marks.shape[0] - 1, marks.shape[1], bad.shape[0]
    row = state[ROWS]
    state[QUOTES], state[RETURNS], state[HIGH] = 1, 1, 1  # it is not looked closely
    while state[NEXT] < min(until, end) and row < room and state[BAD] < most_bad:
        mark = state[NEXT] - 1
        marks[0, row] = mark
        at, cells, malformed = mark + 1, 0, False
        while True:
            if at < end and data[at] == quote:
                quoted = quoted_end(data, at, end, delimiter, quote, longest)
                malformed |= quoted < 0
                at = abs(quoted)
            at = bare_end(data, at, end, delimiter)
            cells += 1
            if at == end or data[at] != delimiter:
                break
            if cells <= columns:
                marks[cells, row] = at
            at += 1
        row = _end_record(mark, at, MALFORMED if malformed else cells, row, marks, numbers, bad, state)
        if at + 1 < end and data[at] == CR and data[at + 1] == LF:
            at += 1
        state[NEXT] = min(at + 1, end)


@inner
def quoted_end(data: Bytes, at: int, end: int, delimiter: int, quote: int, longest: int) -> int:
    """How far a cell that opens with a quote is inside quotes; negative when those cannot be understood."""
    closed = _closing(data, at, end, quote, longest)
    if closed < 0:
        return -at - 1  # the quote is a letter
    return closed if closed == end or _is_end(data[closed], delimiter) else -closed


@inner
def bare_end(data: Bytes, at: int, end: int, delimiter: int) -> int:
    """Where the cell ends of which a byte outside quotes is given."""
    while at < end and not _is_end(data[at], delimiter):
        at += 1
    return at


@inner
def _is_end(byte: int, delimiter: int) -> bool:
    return byte == delimiter or byte == LF or byte == CR


@inner
def _closing(data: Bytes, at: int, end: int, quote: int, longest: int) -> int:
    """Where the quoted cell that opens at a byte ends, its closing quote included; -1 when it does not."""
    place = at + 1
    while place < end and place - at <= longest:
        if data[place] == quote:
            if place + 1 == end or data[place + 1] != quote:
                return place + 1
            place += 1
        place += 1
    return -1
