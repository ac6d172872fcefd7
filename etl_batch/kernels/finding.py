"""Where the cells of text of a plain dialect stand, 64 bytes at a time.

What a quote means is said in `kernels.grammar`. While every quote stands where a cell begins or ends, a byte is inside
quotes exactly when an odd number of quotes stands before it. The first quote elsewhere (`5" pipe`) makes that unsafe:
then `grammar.take_cells` walks on.

What is found: line j of `marks` holds, a record each, the place of the byte before cell j, and so line j + 1 that of
the byte behind it. Records with another number of cells go to `bad`, a line each: where the record begins, where it
ends, its number, and how many cells it has (`MALFORMED`: its quotes cannot be understood). `numbers` holds the number
of each record that fits, among all records.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import count_ones, equal_mask, high_mask, prefix_xor, trailing_zeros
from etl_batch.kernels.kernel import Bytes, IntGrid, OutIntGrid, OutInts, OutLongGrid, OutLongs, Word, inner, kernel

MALFORMED = -1
NEXT, RECORDS, ROWS, BAD, BLANK, QUOTES, RETURNS, HIGH, ASTRAY = range(9)
"""Places in `state`: where to go on; counts of records, of those that fit, of those that do not and of blank ones;
whether quotes, carriage returns and bytes past ASCII were seen; where a quote stands astray, or -1."""
STATES = 9
LF, CR = 10, 13
ONE, ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
_NONE, _TWO, _TWELVE = np.uint64(0), np.uint64(2), np.uint64(12)
_SCRATCH, _AT_ONCE = 1 << 11, 72


@kernel
def find_cells(
    data: Bytes,
    end: int,
    until: int,
    delimiter: int,
    quote: int,
    scratch: OutIntGrid,
    marks: OutIntGrid,
    numbers: OutInts,
    bad: OutLongGrid,
    state: OutLongs,
) -> None:
    """Find the cells of the records from byte `state[NEXT]` to `end`, as far as there is room for them.

    `data` has `PADDING` bytes behind `end`. `quote` is -1 for text without quotes. `scratch` has two lines of
    `scratch_size` numbers. Ends early, with `state[NEXT]` where to go on, when `marks` or `bad` is full or a record
    ends at `until` or behind it, and with `state[ASTRAY]` when a quote stands astray: then the records before
    `state[NEXT]` are found, and those from there on are not.
    """
    begin = state[NEXT]
    inside, border_before, quoted = _NONE, ONE, _NONE
    # Where cells end goes to the first line of `scratch`, whatever record they are of, and which of these ends end a
    # record to the second. Record by record they are looked at when there are many, so that nothing has to be guessed
    # while blocks are: where in a block a record ends cannot be foretold. `more` ends were left out: of a record that
    # has too many.
    filled: Word = _NONE
    lines: Word = _NONE
    more, astray = 0, -1
    full = np.uint64(scratch.shape[1] - _AT_ONCE)
    if state[ROWS] == marks.shape[1] or state[BAD] == bad.shape[0]:
        return
    for at in range(begin, end, 64):
        known = ALL if end - at >= 64 else (ONE << np.uint64(end - at)) - ONE
        delimiters, feeds = equal_mask(data, at, delimiter) & known, equal_mask(data, at, LF) & known
        returns, quotes = equal_mask(data, at, CR) & known, _NONE
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
        quoted |= quotes
        if quoted:
            state[QUOTES] = 1
            within = prefix_xor(quotes) ^ inside
            behind = borders >> ONE
            if last:
                behind |= ONE << np.uint64(end - at - 1)
            else:
                behind |= is_border(data[at + 64], delimiter, quote) << np.uint64(63)
            strange = quotes & ((within & ~((borders << ONE) | border_before)) | (~within & ~behind))
            if strange:
                astray = at + trailing_zeros(strange)
                break
            inside = _NONE - (within >> np.uint64(63))
        border_before = borders >> np.uint64(63)
        hits = (delimiters | breaks) & ~within
        _note_places(hits, at, scratch, filled)
        lines = _note_lines(breaks & hits, hits, scratch, filled, lines)
        filled += np.uint64(count_ones(hits))
        if filled > full:
            filled, more = _take_records(data, end, until, filled, lines, more, scratch, marks, numbers, bad, state)
            if more < 0:
                return
            lines = _NONE
    if astray < 0 and inside:
        astray = end
    if astray < 0:
        mark = np.int64(scratch[0, scratch[1, lines - ONE]]) if lines else state[NEXT] - 1
        if mark + 1 < end:
            scratch[0, filled], scratch[1, lines] = end, filled
            lines += ONE
    _, more = _take_records(data, end, until, filled, lines, more, scratch, marks, numbers, bad, state)
    if more >= 0:
        state[ASTRAY] = astray


def scratch_size(columns: int) -> int:
    """Numbers that `find_cells` needs at hand, twice: so many that it seldom has to stop and look at records."""
    return max(_SCRATCH, least_scratch(columns))


def least_scratch(columns: int) -> int:
    """And how many at least: ends of the cells of two records, and of a block."""
    return 2 * columns + 2 * _AT_ONCE


@inner
def _note_places(hits: Word, at: int, scratch: OutIntGrid, filled: Word) -> None:
    """Write where the bits of a block are set, behind the `filled` first; `_AT_ONCE` numbers may be written.

    By dozens, whether there are so many or not: to guess how many there are costs more than to write some in vain.
    """
    while True:
        for place in range(12):
            scratch[0, filled + np.uint64(place)] = np.int32(at + trailing_zeros(hits))
            hits &= hits - ONE
        if not hits:
            return
        filled += _TWELVE


@inner
def _note_lines(breaks: Word, hits: Word, scratch: OutIntGrid, filled: Word, lines: Word) -> Word:
    """Write which of all places noted are those of the breaks of a block; returns how many these are now."""
    left = breaks
    for line in range(2):
        lowest = left & (_NONE - left)
        scratch[1, lines + np.uint64(line)] = np.int32(filled + np.uint64(count_ones(hits & (lowest - ONE))))
        left ^= lowest
    noted = lines + _TWO
    while left:
        lowest = left & (_NONE - left)
        scratch[1, noted] = np.int32(filled + np.uint64(count_ones(hits & (lowest - ONE))))
        left ^= lowest
        noted += ONE
    return lines + np.uint64(count_ones(breaks))


@inner
def _take_records(
    data: Bytes,
    end: int,
    until: int,
    filled: Word,
    lines: Word,
    more: int,
    scratch: OutIntGrid,
    marks: OutIntGrid,
    numbers: OutInts,
    bad: OutLongGrid,
    state: OutLongs,
) -> tuple[Word, int]:
    """Look at the records whose ends were noted; returns how many places are left and how many were left out of them.

    Those that are left are of the record that goes on, and stand first in `scratch`. -1: it is to end early.
    """
    columns, room, most_bad = marks.shape[0] - 1, marks.shape[1], bad.shape[0]
    row = turned = state[ROWS]
    mark, origin = state[NEXT] - 1, 0
    for line in range(lines):
        last = int(scratch[1, line])
        place = int(scratch[0, last])
        stop = place
        if state[RETURNS] and place < end and data[place] == LF and place - 1 > mark and data[place - 1] == CR:
            stop = place - 1
        marks[0, row] = mark
        former, cells = row, last - origin + more + 1
        row = _end_record(mark, stop, cells, row, marks, numbers, bad, state)
        if row == former:
            _turn(scratch, origin, turned, row, marks)
            turned = row
        mark, origin, more = place, last + 1, 0
        if row == room or state[BAD] == most_bad or place + 1 >= until:
            more = -1
            break
    _turn(scratch, origin, turned, row, marks)
    state[NEXT] = min(mark + 1, end)
    left = int(filled) - origin
    if left > columns and more >= 0:
        left, more = 0, more + left
    for place in range(left):
        scratch[0, place] = scratch[0, origin + place]
    return np.uint64(left), more


@inner
def _turn(scratch: IntGrid, end: int, row: int, until: int, marks: OutIntGrid) -> None:
    """Ends of cells, those of a record side by side and the last ones before `end`, to lines of `marks`, by row."""
    columns = marks.shape[0] - 1
    first = end - (until - row) * columns
    for column in range(1, columns):
        at = np.uint64(first + column - 1)
        for turned in range(row, until):
            marks[column, turned] = scratch[0, at]
            at += np.uint64(columns)


@inner
def is_border(byte: int, delimiter: int, quote: int) -> Word:
    """1 when a quote may stand beside the byte, else 0; without a branch, for which one it is cannot be foretold."""
    return np.uint64(byte == delimiter) | np.uint64(byte == LF) | np.uint64(byte == CR) | np.uint64(byte == quote)


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
