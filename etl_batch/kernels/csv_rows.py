"""Columns in memory as the rows of a CSV.

A block of rows is written column by column into room where every row has a stretch of its own, as long as its cells can
become and `OVERRUN` longer. So nothing has to be measured before, and a cell is written eight or more bytes at a time:
the next one writes over what is too much. Then the rows are moved together. A block is so small that it stays in the
processor's first cache.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import bytes_at, copy_32, ints_at, longs_at, store_4, store_8, trailing_zeros
from etl_batch.kernels.csv_text import (
    BARE,
    CLOSELY,
    ESCAPED,
    LF,
    MINUS,
    PLAIN,
    POINT,
    QUOTE,
    SUSPECTS,
    copy_over,
    needs_quotes,
    put_text_cell,
    way_of,
)
from etl_batch.kernels.kernel import (
    Bytes,
    Ints,
    LongGrid,
    Longs,
    OutBytes,
    OutInts,
    OutLongs,
    OutWords,
    Word,
    inner,
    kernel,
)

KIND, MISSING, VALUES, OFFSETS, TEXTS, DATA, DATA_SIZE, HOW = range(8)
"""What a line of `columns` says of one column.

Its kind; the address of marks of the rows whose cell is empty (0: none is); by kind
- `NUMBERS`: the address of signed numbers of 64 bits, and in `HOW` how many of their digits are decimal places;
- `TEXT`: the addresses of data and of the places between its cells, one more than there are rows; `HOW` they are taken;
- `FEW`: the address of numbers of 32 bits, `HOW` much less they are places among `TEXTS` texts, which are in data as
  they are to be written, each with a separator behind it, and all with `OVERRUN` bytes.
"""
ABOUT_COLUMN = 8
NUMBERS, TEXT, FEW = range(3)
MOST_PLACES = 7
BLOCK_ROWS = 128
OVERRUN = 32
"""Bytes behind a cell that may be written too."""
TEXT_ROOM = 4
"""Bytes that a cell may take beside twice its text: an apostrophe, two quotes and the separator."""
ROWS, WANTED, ESCAPES = range(3)
"""What `write_rows` says beside its result: the rows that are written, the room that a block needs, and from the third
place on, by column, the cells that were escaped so far."""

_COMMA = 44
_STRETCH = 32
_WORD = 8
_NONE, _ONE, _TEN, _HUNDRED, _TEN_THOUSAND = (np.uint64(k) for k in (0, 1, 10, 100, 10_000))
_8, _10, _16, _20, _32, _40, _56 = (np.uint64(bits) for bits in (8, 10, 16, 20, 32, 40, 56))
_EIGHT_DIGITS = np.uint64(10**8)
_TEN_THOUSANDTH = np.uint64(109_951_163)
"""A number below 100,000,000 times this, shifted by 40, is its ten-thousandth;"""
_HUNDREDTH, _QUARTERS = np.uint64(10_486), np.uint64(0x7F0000007F)
"""one below 10,000 times this, shifted by 20, its hundredth, and where that stands in each half of a word;"""
_TENTH, _TENS = np.uint64(103), np.uint64(0x000F000F000F000F)
"""and one below 100 times this, shifted by 10, its tenth."""
_NOUGHTS = np.uint64(0x3030303030303030)
_UNITS = np.array([10**places for places in range(MOST_PLACES + 1)], np.uint64)


@kernel
def write_rows(
    columns: LongGrid,
    first: int,
    rows: int,
    room: int,
    starts: OutLongs,
    cursors: OutLongs,
    words: OutWords,
    written: OutBytes,
    out: OutBytes,
    state: OutLongs,
) -> int:
    """Write rows from the one of number `first` on as long as there is room, one behind the other; returns the bytes.

    `room` is what a row takes at most beside twice its texts. `starts`, `cursors` and `words` have `BLOCK_ROWS` places.
    `written` is room for blocks, of which as much as for a block must be left in `out`, and 64 bytes in each behind it.
    """
    used = 0
    while first < rows:
        most = min(BLOCK_ROWS, rows - first)
        count = _begin_rows(columns, first, room, written.size, starts[:most], cursors[:most], state)
        if state[WANTED] > min(written.size, out.size - used):
            break
        for number in range(columns.shape[0]):
            separator = LF if number == columns.shape[0] - 1 else _COMMA
            state[ESCAPES + number] += _put_column(columns[number], first, separator, cursors[:count], words, written)
        used = _pack_rows(written, starts[:count], cursors[:count], columns.shape[0] == 1, out, used)
        first += count
    state[ROWS] = first
    return used


@kernel
def write_texts(data: Bytes, offsets: Ints, way: int, ways: OutBytes, places: OutInts, out: OutBytes) -> int:
    """Write texts one behind the other, each with a separator, into room for twice of them; returns the bytes.

    How each is written goes to `ways`, and where it begins to `places`, which has one more for the end.
    """
    to = 0
    for row in range(ways.size):
        places[row] = np.int32(to)
        begin, end = int(offsets[row]), int(offsets[row + 1])
        how = way_of(data, begin, end, way, False)
        to = put_text_cell(out, to, data, begin, end, how, False)
        out[to] = _COMMA
        to += 1
        ways[row] = how
    places[ways.size] = np.int32(to)
    return to


@inner
def _begin_rows(
    columns: LongGrid, first: int, room: int, most: int, starts: OutLongs, cursors: OutLongs, state: OutLongs
) -> int:
    """Where each row begins; returns how many have room together, which is at least one, and says what they need."""
    for place in range(cursors.size):
        cursors[place] = room + OVERRUN
    for number in range(columns.shape[0]):
        if columns[number, KIND] == TEXT:
            offsets = ints_at(columns[number, OFFSETS] + 4 * first, cursors.size + 1)
            for place in range(cursors.size):
                cursors[place] += 2 * (np.int64(offsets[place + 1]) - np.int64(offsets[place])) + TEXT_ROOM
    end, count = 2 * OVERRUN, 0
    for place in range(cursors.size):
        if place and end + cursors[place] > most:
            break
        starts[place] = end - 2 * OVERRUN
        end += cursors[place]
        cursors[place] = starts[place]
        count += 1
    state[WANTED] = end
    return count


@inner
def _put_column(column: Longs, first: int, separator: int, cursors: OutLongs, words: OutWords, out: OutBytes) -> int:
    """Write a column's cells at the cursors and move these behind the separator; returns how many are escaped."""
    missing = bytes_at(column[MISSING] + first if column[MISSING] else 0, cursors.size if column[MISSING] else 0)
    if column[KIND] == TEXT:
        offsets = ints_at(column[OFFSETS] + 4 * first, cursors.size + 1)
        data = bytes_at(column[DATA], column[DATA_SIZE])
        return _put_text(data, offsets, column[HOW], missing, separator, cursors, out)
    if column[KIND] == FEW:
        codes, offsets = ints_at(column[VALUES] + 4 * first, cursors.size), ints_at(column[OFFSETS], column[TEXTS] + 1)
        data = bytes_at(column[DATA], column[DATA_SIZE])
        _put_few(data, offsets, codes, column[HOW], missing, separator, cursors, out)
        return 0
    values = longs_at(column[VALUES] + 8 * first, cursors.size)
    if _magnitudes(values, words) >= _EIGHT_DIGITS:
        _put_long_numbers(values, column[HOW], missing, separator, cursors, words, out)
    else:
        _put_short_numbers(values, column[HOW], missing, separator, cursors, words, out)
    return 0


@inner
def _magnitudes(values: Longs, words: OutWords) -> Word:
    """The numbers without their signs; returns the greatest."""
    greatest = _NONE
    for place in range(values.size):
        value = values[place]
        words[place] = _NONE - np.uint64(value) if value < 0 else np.uint64(value)
        greatest = max(greatest, words[place])
    return greatest


@inner
def _put_short_numbers(
    values: Longs, places: int, missing: Bytes, separator: int, cursors: OutLongs, words: OutWords, out: OutBytes
) -> None:
    """Numbers all of which have at most eight digits, given in `words` too."""
    for place in range(values.size):
        words[place] = _eight_digits(words[place])
    most = _WORD - 1 - places
    for place in range(values.size):
        to = cursors[place]
        if not (missing.size and missing[place]):
            _put_sign(out, to, MINUS)  # a digit takes its place where there is none: no branch that nobody foretells
            to += values[place] < 0
            left_out = min(_noughts_before(words[place]), most)
            text = (words[place] | _NOUGHTS) >> np.uint64(8 * left_out)
            store_8(out, to, text)
            to += _WORD - left_out
            if places:
                _put_sign(out, to - places, POINT)
                store_8(out, to - places + 1, text >> np.uint64(8 * (most + 1 - left_out)))
                to += 1
        _put_sign(out, to, separator)
        cursors[place] = to + 1


@inner
def _put_long_numbers(
    values: Longs, places: int, missing: Bytes, separator: int, cursors: OutLongs, words: OutWords, out: OutBytes
) -> None:
    """Numbers some of which have more than eight digits."""
    unit = _UNITS[places]
    for place in range(values.size):
        to = cursors[place]
        if not (missing.size and missing[place]):
            _put_sign(out, to, MINUS)
            to += values[place] < 0
            if places:
                whole = words[place] // unit
                to = _put_number(out, to, whole)
                _put_sign(out, to, POINT)
                behind = _eight_digits(words[place] - whole * unit) | _NOUGHTS
                store_8(out, to + 1, behind >> np.uint64(8 * (_WORD - places)))
                to += 1 + places
            else:
                to = _put_number(out, to, words[place])
        _put_sign(out, to, separator)
        cursors[place] = to + 1


@inner
def _put_text(
    data: Bytes, offsets: Ints, way: int, missing: Bytes, separator: int, cursors: OutLongs, out: OutBytes
) -> int:
    """Cells of text; returns how many are escaped."""
    escaped = 0
    # Most often nothing in all of the cells calls for quotes, and then only how each begins is to be looked at.
    closely = way >= CLOSELY and needs_quotes(data, int(offsets[0]), int(offsets[cursors.size]))
    for place in range(cursors.size):
        to = cursors[place]
        if not (missing.size and missing[place]):
            begin, end = int(offsets[place]), int(offsets[place + 1])
            how = BARE
            if begin < end and way != PLAIN and (closely or SUSPECTS[data[np.uint64(begin)]]):
                how = way_of(data, begin, end, way, False)
            if how == BARE and end + _STRETCH <= data.size:
                _copy_stretches(out, to, data, begin, end)
                to += end - begin
            else:
                to = put_text_cell(out, to, data, begin, end, how, False)
                escaped += how & ESCAPED
        _put_sign(out, to, separator)
        cursors[place] = to + 1
    return escaped


@inner
def _put_few(
    data: Bytes,
    offsets: Ints,
    codes: Ints,
    lowest: int,
    missing: Bytes,
    separator: int,
    cursors: OutLongs,
    out: OutBytes,
) -> None:
    """Cells that are one of a few texts."""
    for place in range(cursors.size):
        to = cursors[place]
        if not (missing.size and missing[place]):
            code = np.uint64(np.int64(codes[place]) - lowest)
            begin, end = int(offsets[code]), int(offsets[code + _ONE]) - 1
            _copy_stretches(out, to, data, begin, end)
            to += end - begin
        _put_sign(out, to, separator)
        cursors[place] = to + 1


@inner
def _pack_rows(data: Bytes, starts: Longs, cursors: Longs, lone: bool, out: OutBytes, to: int) -> int:
    """Write rows that stand at `starts` up to the cursors one behind the other; returns where they end.

    Where a row is a `lone` cell, an empty one gets quotes: as nothing it would read as a blank line.
    """
    for place in range(starts.size):
        size = cursors[place] - starts[place]
        if lone and size == 1:
            out[to], out[to + 1], out[to + 2] = QUOTE, QUOTE, LF
            to += 2
        else:
            copy_over(out, to, data, starts[place], cursors[place])
        to += size
    return to


@inner
def _put_sign(out: OutBytes, to: int, sign: int) -> None:
    """A sign, and nothing that matters in the three bytes behind it."""
    store_4(out, to, np.uint64(sign))


@inner
def _copy_stretches(out: OutBytes, to: int, data: Bytes, begin: int, end: int) -> None:
    """Bytes `[begin, end)` and up to 32 more: most cells are one stretch, and whether there is another is foretold."""
    copy_32(out, to, data, begin)
    for at in range(_STRETCH, end - begin, _STRETCH):
        copy_32(out, to + at, data, begin + at)


@inner
def _put_number(out: OutBytes, to: int, value: Word) -> int:
    """A number in as many digits as it has; returns where they end."""
    if value < _EIGHT_DIGITS:
        return _put_first_digits(out, to, value)
    upper = value // _EIGHT_DIGITS
    if upper < _EIGHT_DIGITS:
        to = _put_first_digits(out, to, upper)
    else:
        uppermost = upper // _EIGHT_DIGITS
        to = _put_first_digits(out, to, uppermost)
        store_8(out, to, _eight_digits(upper - uppermost * _EIGHT_DIGITS) | _NOUGHTS)
        to += _WORD
    store_8(out, to, _eight_digits(value - upper * _EIGHT_DIGITS) | _NOUGHTS)
    return to + _WORD


@inner
def _put_first_digits(out: OutBytes, to: int, value: Word) -> int:
    """A number below 100,000,000 without noughts before it."""
    digits = _eight_digits(value)
    left_out = _noughts_before(digits)
    store_8(out, to, (digits | _NOUGHTS) >> np.uint64(8 * left_out))
    return to + _WORD - left_out


@inner
def _noughts_before(digits: Word) -> int:
    """How many of eight digits are noughts before all others; the last is none of them."""
    return trailing_zeros(digits | _ONE << _56) >> 3


@inner
def _eight_digits(value: Word) -> Word:
    """The digits of a number below 100,000,000, a byte each, the first of them lowest: halves, quarters, digits."""
    half = value * _TEN_THOUSANDTH >> _40
    halves = half | (value - half * _TEN_THOUSAND) << _32
    quarter = (halves * _HUNDREDTH >> _20) & _QUARTERS
    quarters = quarter | (halves - quarter * _HUNDRED) << _16
    ten = (quarters * _TENTH >> _10) & _TENS
    return ten | (quarters - ten * _TEN) << _8
