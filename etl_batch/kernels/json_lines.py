"""The members of objects, a line of text each, as cells of columns by their keys: one walk over the bytes.

A member's cell is its value's text: of a string what it says, of `null` nothing, of any other value the bytes as they
stand. Lines that this walk does not take are told by their places and left to who asks (`formats.jsonl.members`): those
that are no object, have a key that is not among the columns or one twice, nest too deeply or are too long.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import equal_mask, trailing_zeros
from etl_batch.kernels.json_values import (
    COLON,
    COMMA,
    ESCAPED,
    LF,
    LIST,
    OBJECT,
    OBJECT_END,
    PLAIN,
    QUOTE,
    WRONG,
    nested_end,
    scalar_end,
    skip_blank,
    string_end,
    unescape,
)
from etl_batch.kernels.kernel import (
    Bytes,
    Ints,
    OutBytes,
    OutIntGrid,
    OutInts,
    OutLongGrid,
    OutLongs,
    Word,
    inner,
    kernel,
)

NEXT, RECORDS, ROWS, ODD, BLANK = range(5)
"""Places in `state`: where to go on; counts of lines, of rows, of lines that were left, and of blank ones."""
STATES = 5
_NULL = 110
_POINT = 46
_FACTOR = np.uint64(0x100000001B3)
_BASIS = np.uint64(0xCBF29CE484222325)
SEEN, USED, ESCAPES = range(3)
"""Lines of `marks`: by column the number of the last line that had it; the columns of this line; those with escapes."""


@kernel
def find_members(
    data: OutBytes,
    end: int,
    until: int,
    longest: int,
    names: Bytes,
    places: Ints,
    columns: Ints,
    table: Ints,
    path: OutBytes,
    levels: OutInts,
    stack: OutBytes,
    marks: OutIntGrid,
    first: OutLongs,
    before: OutIntGrid,
    ends: OutIntGrid,
    starts: OutInts,
    odd: OutLongGrid,
    state: OutLongs,
) -> None:
    """Find the members of the lines from byte `state[NEXT]` to `end`, as far as there is room for them.

    `data[end]` is a line feed, and `PADDING` bytes stand behind it. Strings with escapes are written over, as what they
    say. Spelling k of a key is `names[places[k]:places[k + 1]]` and stands for column `columns[k]`; `table` is open
    addressed, with a power of two places, and holds numbers of spellings (-1: free). Objects are taken apart, as
    `outer.inner`, where `levels` has room for one in the other: 1 is none but the line's. `first` gets by column the
    place of its first value, where it is -1. Column j of row r is `data[before[j, r] + 1:ends[j, r]]`, and
    `starts` has where each row's line begins. `odd` has a line each: where it begins and ends, its number, and its row,
    whose cells are empty. Ends early when `starts` or `odd` is full, or a line ends at `until` or behind it.
    """
    while state[NEXT] < min(until, end) and state[ROWS] < len(starts) and state[ODD] < len(odd):
        begin = state[NEXT]
        at = skip_blank(data, begin)
        number, row = state[RECORDS], state[ROWS]
        state[RECORDS] = number + 1
        if data[at] == LF:
            state[BLANK] += 1
            state[NEXT] = at + 1
            continue
        starts[row] = np.int32(begin)
        stamp = number + 1
        at, used, escapes = _walk(
            data, at, stamp, row, names, places, columns, table, path, levels, stack, marks, before, ends
        )
        if at >= 0 and at - begin <= longest:
            _accept(data, begin, stamp, row, used, escapes, marks, first, before, ends)
        else:
            at = _line_end(data, begin, end)
            for column in range(len(before)):
                before[column, row], ends[column, row] = np.int32(begin - 1), np.int32(begin)
            line = state[ODD]
            odd[line, 0], odd[line, 1], odd[line, 2], odd[line, 3] = begin, at, number, row
            state[ODD] = line + 1
        state[ROWS] = row + 1
        state[NEXT] = at + 1
    state[NEXT] = min(state[NEXT], end)


@inner
def _walk(
    data: OutBytes,
    at: int,
    stamp: int,
    row: int,
    names: Bytes,
    places: Ints,
    columns: Ints,
    table: Ints,
    path: OutBytes,
    levels: OutInts,
    stack: OutBytes,
    marks: OutIntGrid,
    before: OutIntGrid,
    ends: OutIntGrid,
) -> tuple[int, int, int]:
    """Note the cells of the object at a byte; returns the line's end or -1, and how many columns and escapes it has."""
    used, escapes, depth, outer, guess = 0, 0, 1, 0, 0
    if data[at] != OBJECT:
        return -1, used, escapes
    at = skip_blank(data, at + 1)
    more = data[at] != OBJECT_END
    while more:
        key, behind, at = _key(data, at)
        size = outer + behind - key
        if at < 0 or size >= len(path):
            return -1, used, escapes
        if outer or data[at] == OBJECT:
            for place in range(key, behind):
                path[outer + place - key] = data[place]
            if data[at] == OBJECT and depth < len(levels) and data[skip_blank(data, at + 1)] != OBJECT_END:
                levels[depth], path[size] = np.int32(outer), _POINT
                outer, depth, at = size + 1, depth + 1, skip_blank(data, at + 1)
                continue
        if outer:
            spelling = _spelling(path, 0, size, guess, names, places, table)
        else:
            spelling = _spelling(data, key, size, guess, names, places, table)
        if spelling < 0 or marks[SEEN, columns[spelling]] == stamp:
            return -1, used, escapes
        guess, column = spelling + 1, int(columns[spelling])
        marks[SEEN, column], marks[USED, used] = np.int32(stamp), np.int32(column)
        used += 1
        at, escaped = _note(data, at, column, row, stack, before, ends)
        if at < 0:
            return -1, used, escapes
        if escaped:
            marks[ESCAPES, escapes] = np.int32(column)
            escapes += 1
        at = skip_blank(data, at)
        while data[at] == OBJECT_END and depth > 1:
            depth -= 1
            outer, at = int(levels[depth]), skip_blank(data, at + 1)
        more = data[at] == COMMA
        if not more and data[at] != OBJECT_END:
            return -1, used, escapes
        at = skip_blank(data, at + 1) if more else at
    at = skip_blank(data, at + 1)
    return (at if data[at] == LF else -1), used, escapes


@inner
def _key(data: Bytes, at: int) -> tuple[int, int, int]:
    """Where the key at a byte begins and ends, and where its value begins; -1 when there is none."""
    if data[at] != QUOTE:
        return at, at, -1
    behind, kind = string_end(data, at + 1)
    colon = skip_blank(data, behind + 1) if kind != WRONG else at
    return at + 1, behind, skip_blank(data, colon + 1) if data[colon] == COLON else -1


@inner
def _note(
    data: Bytes, at: int, column: int, row: int, stack: OutBytes, before: OutIntGrid, ends: OutIntGrid
) -> tuple[int, bool]:
    """Note the cell of the value at a byte; returns the place behind the value, or -1, and whether it has escapes."""
    start, stop, kind = at - 1, at, PLAIN
    if data[at] == QUOTE:
        start = at
        stop, kind = string_end(data, at + 1)
        at = stop + 1 if kind != WRONG else -1
    elif data[at] == OBJECT or data[at] == LIST:
        at = stop = nested_end(data, at, stack)
    else:
        nothing = data[at] == _NULL
        at = scalar_end(data, at)
        stop = stop if nothing else at
    before[column, row], ends[column, row] = np.int32(start), np.int32(stop)
    return at, kind == ESCAPED


@inner
def _accept(
    data: OutBytes,
    begin: int,
    stamp: int,
    row: int,
    used: int,
    escapes: int,
    marks: OutIntGrid,
    first: OutLongs,
    before: OutIntGrid,
    ends: OutIntGrid,
) -> None:
    """Take a line as a row: its escapes as what they say, and empty cells where it has none."""
    for place in range(escapes):
        column = marks[ESCAPES, place]
        ends[column, row] = np.int32(unescape(data, int(before[column, row]) + 1, int(ends[column, row])))
    for place in range(used):
        column = marks[USED, place]
        if first[column] < 0:
            first[column] = np.int64(before[column, row]) + 1
    if used < len(before):
        for column in range(len(before)):
            if marks[SEEN, column] != stamp:
                before[column, row], ends[column, row] = np.int32(begin - 1), np.int32(begin)


@inner
def _spelling(text: Bytes, at: int, size: int, guess: int, names: Bytes, places: Ints, table: Ints) -> int:
    """The number of the spelling that `size` bytes of a text are, the guessed one asked first; -1 when none is."""
    if guess < len(places) - 1 and _is_spelling(text, at, size, guess, names, places):
        return guess
    slot = hash_of(text, at, size) & np.uint64(len(table) - 1)
    while table[slot] >= 0:
        if _is_spelling(text, at, size, table[slot], names, places):
            return int(table[slot])
        slot = (slot + np.uint64(1)) & np.uint64(len(table) - 1)
    return -1


@inner
def _is_spelling(text: Bytes, at: int, size: int, number: int, names: Bytes, places: Ints) -> bool:
    begin = int(places[number])
    if int(places[number + 1]) - begin != size:
        return False
    for place in range(size):  # noqa: SIM110 - Numba knows no generators
        if text[at + place] != names[begin + place]:
            return False
    return True


@inner
def hash_of(text: Bytes, at: int, size: int) -> Word:
    """Of some bytes of a text: Fowler, Noll and Vo's."""
    digest = _BASIS
    for place in range(at, at + size):
        digest = (digest ^ np.uint64(text[place])) * _FACTOR
    return digest ^ (digest >> np.uint64(29))


@kernel
def enter_spellings(names: Bytes, places: Ints, table: OutInts) -> None:
    """Fill a `table` of `find_members`, which is -1 throughout and twice as long as there are spellings at least."""
    for number in range(len(places) - 1):
        begin, size = int(places[number]), int(places[number + 1]) - int(places[number])
        slot = hash_of(names, begin, size) & np.uint64(len(table) - 1)
        while table[slot] >= 0:
            slot = (slot + np.uint64(1)) & np.uint64(len(table) - 1)
        table[slot] = number


@inner
def _line_end(data: Bytes, at: int, end: int) -> int:
    """The place of the first line feed from a byte on, `end` at the latest."""
    for block in range(at, end, 64):
        feeds = equal_mask(data, block, LF)
        if feeds:
            return min(block + trailing_zeros(feeds), end)
    return end
