"""Rows as CSV against a twin that writes them cell by cell in Python."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl_batch.kernels import csv_rows, csv_text, finding
from etl_batch.kernels.bits import PADDING

CELL = st.text(alphabet="ab=+-@'\"\t\r\n\0,1.eé;", max_size=20)
NONE = np.zeros(0, np.uint8)
SEPARATOR = ord("|")


def slow_cell(cell: str, *, text: bool = True) -> tuple[str, bool]:
    """How a cell is written, and whether it was escaped."""
    risky = re.match(r"'*[=+\-@\t\r\n\0]", cell) and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", cell)
    escaped = bool(text and risky)
    needs = any(sign in cell for sign in ',"\r\n')
    cell = "'" * escaped + cell
    return ('"' + cell.replace('"', '""') + '"' if needs else cell), escaped


def copied(text: bytes, columns: int, ways: list[int], *, delimiter: bytes = b",", exactly: bool = False):
    """What `copy_rows` makes of a text, and how many cells it escaped."""
    data = np.frombuffer(text + b'"\n' * (PADDING // 2), np.uint8)
    bad, state = np.zeros((100, 4), np.int64), np.zeros(9, np.int64)
    marks, numbers = np.zeros((columns + 1, 100), np.int32), np.zeros(100, np.int32)
    asked = (data, len(text), len(text), ord(delimiter), ord('"'))
    if exactly:
        finding.find_cells_exactly(*asked, 1 << 20, marks, numbers, bad, state)
    else:
        scratch = np.zeros((2, finding.scratch_size(columns)), np.int32)
        finding.find_cells(*asked, scratch, marks, numbers, bad, state)
    rows = int(state[finding.ROWS])
    out = np.zeros(2 * len(text) + 4 * rows * columns + PADDING, np.uint8)
    looked = np.array([column for column, way in enumerate(ways) if way != csv_text.KEPT], np.int32)
    how, escaped = np.array(ways, np.uint8)[looked], np.zeros(1, np.int64)
    quoted = int(state[finding.QUOTES])
    size = csv_text.copy_rows(data, ord(delimiter), ord('"'), marks, rows, looked, how, quoted, out, escaped)
    return out[:size].tobytes().decode(), int(escaped[0])


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


def test_another_delimiter_and_quotes_astray():
    """Looked at closely, bare cells get the quotes that they need."""
    found, escaped = copied(b'5" pipe,a,"b"\n=x,"1,2",c"\n', 3, [csv_text.CLOSELY] * 3, exactly=True)
    assert (found, escaped) == ('"5"" pipe",a,b\n\'=x,"1,2","c"""\n', 1)


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


def put(lengths, column_by_column) -> list[str]:
    """Rows of several columns, written as the engine does it: lengths first, then a column after the other."""
    ends = np.cumsum(lengths)
    cursors, out = ends - lengths, np.full(int(ends[-1]) if len(ends) else 0, 255, np.uint8)
    for write in column_by_column:
        write(cursors, out)
    assert np.array_equal(cursors, ends), "every row is as long as was said"
    return [out[begin:end].tobytes().decode() for begin, end in zip(ends - lengths, ends, strict=True)]


def masked(values):
    """Values with 0 for None, and the mask; no mask where nothing is missing."""
    missing = np.array([value is None for value in values], np.uint8)
    return [0 if value is None else value for value in values], missing if missing.any() else NONE


LONG, WORD = st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64 - 1)
EDGES = [0, 9, 10, 99, 100, 10**18, 10**19 - 1, 10**19, 2**63 - 1, 2**64 - 1]


@given(st.lists(st.tuples(st.none() | LONG, st.none() | WORD), min_size=1, max_size=40), st.integers(1, 50))
@example([(-edge if edge <= 2**63 else None, edge) for edge in EDGES], 3)
@example([(2**63 - 1, None), (-(2**63), None)], 1)
def test_whole_numbers(rows, block):
    """Signed and unsigned ones side by side, a block of rows at a time."""
    signed, no_signed = masked([row[0] for row in rows])
    words, no_words = masked([row[1] for row in rows])
    signed, words = np.array(signed, np.int64), np.array(words, np.uint64)
    lengths = np.zeros(len(rows), np.int64)
    csv_rows.measure_integers(signed, no_signed, lengths)
    csv_rows.measure_words(words, no_words, lengths)

    def write(cursors, out):
        for first in range(0, len(rows), block):
            csv_rows.put_integers(signed, no_signed, first, SEPARATOR, cursors[first : first + block], out)
            csv_rows.put_words(words, no_words, first, SEPARATOR, cursors[first : first + block], out)

    assert put(lengths, [write]) == ["".join("|" if value is None else f"{value}|" for value in row) for row in rows]


@given(st.lists(st.none() | LONG, min_size=1, max_size=40), st.integers(1, 18))
@example([0, 5, -5, 10**18, -(10**17)], 18)
def test_decimals(units, places):
    """As many places as were asked for, a nought before the point where there is nothing else."""
    values, missing = masked(units)
    values = np.array(values, np.int64)
    lengths = np.zeros(len(units), np.int64)
    csv_rows.measure_decimals(values, places, missing, lengths)
    found = put(
        lengths, [lambda cursors, out: csv_rows.put_decimals(values, places, missing, 0, SEPARATOR, cursors, out)]
    )
    assert found == ["|" if unit is None else f"{Decimal(unit).scaleb(-places):.{places}f}|" for unit in units]


@given(st.lists(st.none() | st.dates(), min_size=1, max_size=40))
@example([date(1, 1, 1), date(9999, 12, 31), date(2000, 2, 29), date(1970, 1, 1), date(1969, 12, 31)])
def test_dates(days):
    """Every day of the years 1 to 9999."""
    values, missing = masked([None if day is None else (day - date(1970, 1, 1)).days for day in days])
    lengths = np.array([1 if day is None else 11 for day in days], np.int64)
    values = np.array(values, np.int32)
    found = put(lengths, [lambda cursors, out: csv_rows.put_dates(values, missing, 0, SEPARATOR, cursors, out)])
    assert found == ["|" if day is None else f"{day.isoformat()}|" for day in days]


def test_all_days_of_four_centuries():
    """A whole cycle of leap years, and its edges."""
    days = np.arange(-200_000, 146_097, dtype=np.int32)
    lengths = np.full(days.size, 11, np.int64)
    found = put(lengths, [lambda cursors, out: csv_rows.put_dates(days, NONE, 0, SEPARATOR, cursors, out)])
    assert found == [f"{date(1970, 1, 1) + timedelta(int(day))}|" for day in days]


@given(st.lists(st.none() | CELL, min_size=1, max_size=30), st.booleans())
def test_text(strings, plain):
    """Quoted and escaped where needed, copied whatever its length, nothing behind it touched."""
    content, missing = masked(strings)
    encoded = [(cell or "").encode() for cell in content]
    data = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    way = csv_text.PLAIN if plain else csv_text.CLOSELY
    lengths, ways = np.zeros(len(strings), np.int64), np.zeros(len(strings), np.uint8)
    escaped = csv_rows.measure_text(data, offsets, way, missing, lengths, ways)
    write = lambda cursors, out: csv_rows.put_text(data, offsets, missing, 0, ways, SEPARATOR, cursors, out)  # noqa: E731
    wanted = [("", False) if cell is None else (cell, False) if plain else slow_cell(cell) for cell in strings]
    assert put(lengths, [write]) == [cell + "|" for cell, _ in wanted]
    assert escaped == sum(was for _, was in wanted)


@given(st.binary(max_size=70), st.integers(0, 70))
def test_text_of_every_length(content, cut):
    """Two cells beside each other, of any lengths."""
    data = np.frombuffer(content + b"x", np.uint8)
    offsets = np.array([0, min(cut, len(content)), len(content)], np.int32)
    lengths, ways = np.zeros(2, np.int64), np.zeros(2, np.uint8)
    csv_rows.measure_text(data, offsets, csv_text.PLAIN, NONE, lengths, ways)
    ends = np.cumsum(lengths)
    cursors, out = ends - lengths, np.zeros(int(ends[-1]), np.uint8)
    csv_rows.put_text(data, offsets, NONE, 0, ways, SEPARATOR, cursors, out)
    assert out.tobytes() == content[:cut] + b"|" + content[cut:] + b"|"


@given(st.lists(CELL, min_size=1, max_size=5, unique=True), st.data())
def test_codes(strings, data):
    """Cells that are one of a few texts, which are written already."""
    written = [slow_cell(cell) for cell in strings]
    encoded = [cell.encode() for cell, _ in written]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    codes = data.draw(st.lists(st.none() | st.integers(0, len(strings) - 1), min_size=1, max_size=50))
    values, missing = masked(codes)
    values = np.array(values, np.int32)
    lengths, ways = np.zeros(len(codes), np.int64), np.array([was for _, was in written], np.uint8)
    escaped = csv_rows.measure_codes(values, offsets, ways, missing, lengths)
    text = np.frombuffer(b"".join(encoded), np.uint8)
    write = lambda cursors, out: csv_rows.put_codes(text, offsets, values, missing, 0, SEPARATOR, cursors, out)  # noqa: E731
    assert put(lengths, [write]) == ["|" if code is None else written[code][0] + "|" for code in codes]
    assert escaped == sum(written[code][1] for code in codes if code is not None)
