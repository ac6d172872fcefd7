"""Rows as CSV against a twin that writes them cell by cell in Python."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl_batch.kernels import csv_rows, csv_text, finding
from etl_batch.kernels.bits import PADDING

CELL = st.text(alphabet="ab=+-@'\"\t\r\n\0,1.eé;", max_size=20)
NONE = np.zeros(0, np.uint8)


def slow_cell(cell: str, *, text: bool = True) -> tuple[str, bool]:
    """How a cell is written, and whether it was escaped."""
    risky = re.match(r"'*[=+\-@\t\r\n\0]", cell) and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", cell)
    escaped = bool(text and risky)
    needs = any(sign in cell for sign in ',"\r\n')
    cell = "'" * escaped + cell
    return ('"' + cell.replace('"', '""') + '"' if needs else cell), escaped


def copied(text: bytes, columns: int, ways: list[int], *, delimiter: bytes = b","):
    """What `copy_rows` makes of a text, and how many cells it escaped."""
    data = np.frombuffer(text + b'"\n' * (PADDING // 2), np.uint8)
    bad, state = np.zeros((100, 4), np.int64), np.zeros(9, np.int64)
    marks, numbers = np.zeros((columns + 1, 100), np.int32), np.zeros(100, np.int32)
    asked = (data, len(text), len(text), ord(delimiter), ord('"'))
    scratch = np.zeros((2, finding.scratch_size(columns)), np.int32)
    finding.find_cells(*asked, scratch, marks, numbers, bad, state)
    rows = int(state[finding.ROWS])
    out = np.zeros(2 * len(text) + 4 * rows * columns + PADDING, np.uint8)
    looked = np.array([column for column, way in enumerate(ways) if way != csv_text.KEPT], np.int32)
    how, escaped = np.array(ways, np.uint8)[looked], np.zeros(columns, np.int64)
    quoted = int(state[finding.QUOTES])
    size = csv_text.copy_rows(data, ord(delimiter), ord('"'), marks, rows, looked, how, quoted, out, escaped)
    return out[:size].tobytes().decode(), int(escaped.sum())


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=30), st.booleans())
def test_quoted_cells(rows, close):
    """Quotes stay where they are needed and go where they are not, formulas are made harmless."""
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    wanted = [[slow_cell(cell) for cell in row] for row in rows]
    found, escaped = copied("\r\n".join(lines).encode(), 2, [csv_text.CLOSELY if close else csv_text.TEXT] * 2)
    assert found == "".join(",".join(cell for cell, _ in row) + "\n" for row in wanted)
    assert escaped == sum(was for row in wanted for _, was in row)


BARE = st.text(alphabet="ab=+-@'\t\0 1.eé;", max_size=20)


@given(st.lists(st.tuples(BARE, BARE, BARE).filter(any), min_size=1, max_size=30))
def test_bare_cells(rows):
    """Rows without quotes: those that need nothing are copied whole, and a plain column is never looked at."""
    wanted = [[slow_cell(cell, text=place != 1)[0] for place, cell in enumerate(row)] for row in rows]
    found, _ = copied("\n".join(map(",".join, rows)).encode(), 3, [csv_text.TEXT, csv_text.PLAIN, csv_text.TEXT])
    assert found == "".join(",".join(row) + "\n" for row in wanted)


KEPT_ROWS = st.lists(st.tuples(st.integers(), CELL, st.integers(), CELL, st.integers()), min_size=1, max_size=30)


@given(KEPT_ROWS, st.sampled_from(",;"), st.booleans())
def test_columns_that_are_kept(rows, delimiter, close):
    """They are not looked at, before, between and behind cells that are written otherwise."""
    quoted = [
        [str(cell) if isinstance(cell, int) else '"' + cell.replace('"', '""') + '"' for cell in row] for row in rows
    ]
    wanted = [[str(cell) if isinstance(cell, int) else slow_cell(cell)[0] for cell in row] for row in rows]
    way, text = csv_text.CLOSELY if close else csv_text.TEXT, "\n".join(map(delimiter.join, quoted))
    ways = [csv_text.KEPT if place % 2 == 0 else way for place in range(5)]
    assert copied(text.encode(), 5, ways, delimiter=delimiter.encode())[0] == "".join(
        ",".join(row) + "\n" for row in wanted
    )


def test_quotes_in_bare_cells():
    """Looked at closely, bare cells get the quotes that they need, as rows that were written anew have them."""
    text = b'5" pipe,a,"b"\n=x,"1,2",c"\n'
    marks = np.array([[-1, 13], [7, 16], [9, 22], [13, 25]], np.int32)
    data = np.frombuffer(text + bytes(PADDING), np.uint8)
    out, escaped = np.zeros(200 + PADDING, np.uint8), np.zeros(3, np.int64)
    looked, how = np.arange(3, dtype=np.int32), np.full(3, csv_text.CLOSELY, np.uint8)
    size = csv_text.copy_rows(data, ord(","), ord('"'), marks, 2, looked, how, 1, out, escaped)
    assert out[:size].tobytes() == b'"5"" pipe",a,b\n\'=x,"1,2","c"""\n'
    assert escaped.tolist() == [1, 0, 0]


def test_semicolons_become_commas():
    """And cells with commas get their quotes, empty ones nothing."""
    text = b';a;1,5\n"x;y";"""";=1\n\n;;\n'
    assert copied(text, 3, [csv_text.CLOSELY] * 3, delimiter=b";") == (',a,"1,5"\nx;y,"""",\'=1\n,,\n', 1)
    assert copied(b"1;2\n-3;\n", 2, [csv_text.PLAIN] * 2, delimiter=b";") == ("1,2\n-3,\n", 0)


@pytest.mark.parametrize("way", [csv_text.PLAIN, csv_text.TEXT, csv_text.CLOSELY])
def test_a_lone_empty_cell_keeps_its_quotes(way):
    """Without them it would read as a blank line."""
    assert copied(b'1\n""\n"2"\n', 1, [way]) == ('1\n""\n2\n', 0)


def test_numbers_in_quotes_lose_them():
    """A plain column is never escaped."""
    assert copied(b'"-1","-x"\n-1,-x\n', 2, [csv_text.PLAIN, csv_text.TEXT]) == ("-1,'-x\n-1,'-x\n", 2)


def line(kind, how, *, missing=NONE, values=NONE, offsets=NONE, data=NONE):
    """What `write_rows` is to know of a column, whose arrays the caller holds."""
    marks = missing.ctypes.data if missing.size else 0
    return [kind, marks, values.ctypes.data, offsets.ctypes.data, offsets.size - 1, data.ctypes.data, data.size, how]


def written(lines, rows: int, room: int, *, first: int = 0, block: int = 1 << 16, part: int = 1 << 16):
    """Rows as the kernel writes them, with more room whenever it asks for it, and how many cells were escaped."""
    columns, state, text = np.array(lines, np.int64), np.zeros(csv_rows.ESCAPES + len(lines), np.int64), b""
    starts, cursors = np.zeros((2, csv_rows.BLOCK_ROWS), np.int64)
    words = np.zeros(csv_rows.BLOCK_ROWS, np.uint64)
    while first < rows:
        wanted = int(state[csv_rows.WANTED])
        blocks, out = (np.full(max(size, wanted), 255, np.uint8) for size in (block, part))
        used = csv_rows.write_rows(columns, first, rows, room, starts, cursors, words, blocks, out, state)
        text += out[:used].tobytes()
        first = int(state[csv_rows.ROWS])
    return text.decode(), int(state[csv_rows.ESCAPES :].sum())


def masked(values):
    """Values with 0 for None, and the mask; no mask where nothing is missing."""
    missing = np.array([value is None for value in values], np.uint8)
    return [0 if value is None else value for value in values], missing if missing.any() else NONE


def laid_out(cells):
    """Bytes of texts one behind the other, and the places between them."""
    return np.frombuffer(b"".join(cells), np.uint8), np.cumsum([0, *map(len, cells)], dtype=np.int32)


def slow_number(units: int | None, places: int) -> str:
    """Multiples of the last decimal place."""
    return "" if units is None else f"{Decimal(units).scaleb(-places):.{places}f}"


LONG = st.integers(-(2**63), 2**63 - 1)
NUMBER = LONG | st.integers(-999, 999) | st.integers(0, 18).map(lambda digits: 10**digits)
SHORT = st.integers(1 - 10**8, 10**8 - 1)
EDGES = [0, 9, 10, 99, 100, 10**8 - 1, 10**8, 10**16 - 1, 10**16, 10**18, 2**63 - 1]
PLACES = st.integers(0, csv_rows.MOST_PLACES)
ROOM = len("-9223372036854775.808,")
BLOCK = csv_rows.BLOCK_ROWS


@given(st.lists(st.none() | NUMBER, min_size=1) | st.lists(st.none() | SHORT, min_size=1), PLACES, st.integers(0, 2))
@example([sign * edge for edge in EDGES for sign in (1, -1)], 0, 0)
@example([sign * edge for edge in EDGES for sign in (1, -1)], 7, 0)
@example([-(2**63), None], 2, 1)
def test_numbers(units, places, first):
    """Whole ones and decimals: a nought before the point where there is nothing else; two columns side by side."""
    values, missing = masked(units)
    values = np.array(values, np.int64)
    column = line(csv_rows.NUMBERS, places, missing=missing, values=values)
    found, _ = written([column, column], len(units), 2 * ROOM, first=first)
    cells = [slow_number(one, places) for one in units[first:]]
    assert found == "".join(f"{cell},{cell}\n" for cell in cells)


@pytest.mark.parametrize("longer", [0, 10**8 * 12_345_678])
def test_every_half_of_eight_digits(longer):
    """All numbers of four digits, and both sides of each multiple of 10,000, alone and behind other digits."""
    halves = np.arange(10_000, dtype=np.int64)
    values = np.concatenate([halves, halves * 10_000, halves * 10_000 + 9_999, [10**8 - 1]]) + longer
    found, _ = written([line(csv_rows.NUMBERS, 0, values=values)], values.size, ROOM)
    assert found == "".join(f"{value}\n" for value in values.tolist())


@given(st.lists(st.none() | CELL, min_size=1, max_size=30), st.booleans(), st.sampled_from([1, 300, 1 << 16]))
@example(["x" * 300, None, "y" * 31, "z" * 32, '"' * 70], False, 1)
def test_text(strings, plain, room):
    """Quoted and escaped where needed, however little room there is at first."""
    content, missing = masked(strings)
    data, offsets = laid_out([(cell or "").encode() for cell in content])
    way = csv_text.PLAIN if plain else csv_text.CLOSELY
    column = line(csv_rows.TEXT, way, missing=missing, offsets=offsets, data=data)
    wanted = [("", False) if cell is None else (cell, False) if plain else slow_cell(cell) for cell in strings]
    found = written([column, column], len(strings), 2 * csv_rows.TEXT_ROOM, block=room, part=room)
    assert found == ("".join(f"{cell},{cell}\n" for cell, _ in wanted), 2 * sum(was for _, was in wanted))


@given(st.lists(st.binary(max_size=200).map(lambda content: content.hex()), min_size=1, max_size=10))
def test_text_of_every_length(cells):
    """Many stretches long, with nothing behind the last one that may be read."""
    data, offsets = laid_out([cell.encode() for cell in cells])
    column = line(csv_rows.TEXT, csv_text.CLOSELY, offsets=offsets, data=data)
    assert written([column, column], len(cells), 8)[0] == "".join(f"{cell},{cell}\n" for cell in cells)


def test_a_block_with_a_comma_among_blocks_without():
    """What is looked at closely is looked at block by block."""
    cells = ["plain"] * BLOCK + ["a,b", "=x", "y"] + ["plain"] * 2 * BLOCK
    data, offsets = laid_out([cell.encode() for cell in cells])
    column = line(csv_rows.TEXT, csv_text.CLOSELY, offsets=offsets, data=data)
    assert written([column], len(cells), 4) == ("".join(slow_cell(cell)[0] + "\n" for cell in cells), 1)


@given(st.lists(CELL, min_size=1, max_size=5, unique=True), st.integers(-3, 3), st.data())
def test_few_texts(strings, lowest, data):
    """Cells that are one of a few texts, which are written before."""
    text, offsets = laid_out([cell.encode() for cell in strings])
    ways, places = np.zeros(len(strings), np.uint8), np.zeros(len(strings) + 1, np.int32)
    out = np.zeros(2 * text.size + csv_rows.TEXT_ROOM * len(strings) + csv_rows.OVERRUN, np.uint8)
    used = csv_rows.write_texts(text, offsets, csv_text.CLOSELY, ways, places, out)
    few = [slow_cell(cell) for cell in strings]
    assert out[:used].tobytes().decode() == "".join(f"{cell}," for cell, _ in few)
    assert (ways & csv_text.ESCAPED).tolist() == [int(was) for _, was in few]

    codes = data.draw(st.lists(st.none() | st.integers(0, len(strings) - 1), min_size=1, max_size=50))
    values, missing = masked(codes)
    values = np.array(values, np.int32) + np.int32(lowest)
    column = line(csv_rows.FEW, lowest, missing=missing, values=values, offsets=places, data=out)
    found, _ = written([column, column], len(codes), 2 * int(np.diff(places).max()))
    cells = ["" if code is None else few[code][0] for code in codes]
    assert found == "".join(f"{cell},{cell}\n" for cell in cells)


@given(st.lists(st.none() | SHORT, min_size=1, max_size=300), st.integers(1, 2000))
def test_parts(numbers, room):
    """A lone column in parts of any size; an empty cell gets quotes, for a blank line would be no record."""
    values, missing = masked(numbers)
    values = np.array(values, np.int64)
    column = line(csv_rows.NUMBERS, 0, missing=missing, values=values)
    found, _ = written([column], len(numbers), ROOM, block=room, part=room)
    assert found == "".join('""\n' if one is None else f"{one}\n" for one in numbers)
