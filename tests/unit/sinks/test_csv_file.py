"""Rows as CSV: quotes only where they are needed, risky text escaped and counted, own bytes where those are right."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from etl_batch.columns.cells import to_cells
from etl_batch.columns.rows import CleanRows
from etl_batch.sinks.csv_cells import cell_column, rows_as_csv
from etl_batch.sinks.csv_file import header_line
from tests.unit.engine_parts import columns_of, final_of, make_sinks, text_rows, typed_rows, write_chunks

CELLS = [
    ("plain", b"plain", 0),
    ("", b"", 0),
    ("a,b", b'"a,b"', 0),
    ('say "hi"', b'"say ""hi"""', 0),
    ("two\nlines", b'"two\nlines"', 0),
    ("a\rb", b'"a\rb"', 0),
    (" spaced ", b" spaced ", 0),
    ("a;b", b"a;b", 0),
    ("Zoë", "Zoë".encode(), 0),
    ("=1+1", b"'=1+1", 1),
    ("@x,y", b'"\'@x,y"', 1),
    ("-5", b"-5", 0),
    ("+1.5e3", b"+1.5e3", 0),
    ("-a", b"'-a", 1),
    ("'=x", b"''=x", 1),
    ("'plain", b"'plain", 0),
    ("\ttab", b"'\ttab", 1),
    ("\x00", b"'\x00", 1),
]


@pytest.mark.parametrize(("cell", "written", "escaped"), CELLS)
@pytest.mark.parametrize("kind", ["text", "string", "dictionary"])
def test_cells_of_text(cell: str, written: bytes, escaped: int, kind: str, tmp_path: Path) -> None:
    """Quoted and escaped by what is in them, whether they come from a text file, typed or as a dictionary."""
    column = pa.array([cell, "x", cell])
    numbers = pa.array([1, 2, 3])
    if kind == "text":
        rows = text_rows({"c": column.to_pylist(), "n": ["1", "2", "3"]})
    else:
        rows = typed_rows({"c": column.dictionary_encode() if kind == "dictionary" else column, "n": numbers})
    encoder = make_sinks(tmp_path)[0].encoder(columns_of(rows))
    encoder.add(rows)
    encoded = encoder.finish()
    assert b"".join(encoded.parts) == written + b",1\nx,2\n" + written + b",3\n"
    assert encoded.escaped_cells == 2 * escaped


def encode_rows(columns: list[pa.Array]) -> tuple[bytes, int]:
    """The columns as CSV records, and how many cells were escaped."""
    parts, escaped = rows_as_csv([cell_column(column) for column in columns], len(columns[0]))
    return b"".join(parts), sum(escaped)


TYPED = [
    (pa.array([0.1, None, 3.0]), b"0.1,,3"),
    (pa.array([True, None, False]), b"true,,false"),
    (pa.array([-1, None, 2**63 - 1]), b"-1,,9223372036854775807"),
    (pa.array([Decimal("-1.50"), None, Decimal("0.00")]), b"-1.50,,0.00"),
    (pa.array([dt.date(2024, 2, 29), None, dt.date(1, 1, 1)]), b"2024-02-29,,0001-01-01"),
    (pa.array([dt.date(1900, 2, 28), None, dt.date(1900, 3, 1)]), b"1900-02-28,,1900-03-01"),
    (pa.array([2**64 - 1, None, 7], pa.uint64()), b"18446744073709551615,,7"),
    (pa.array([255, None, 7], pa.uint8()), b"255,,7"),
    (pa.array([Decimal("1E-7"), None, Decimal(0)], pa.decimal128(18, 7)), b"1E-7,,0E-7"),
    (pa.array(["x" * 200, None, "x" * 200]).dictionary_encode(), b"x" * 200 + b",," + b"x" * 200),
    (pa.array([None] * 3, pa.dictionary(pa.int8(), pa.string())), b",,"),
    (pa.DictionaryArray.from_arrays(pa.array([1, None, 0]), pa.array([None, "a"])), b"a,,"),
    (pa.array([0, None, 1], pa.timestamp("ms")), b"1970-01-01 00:00:00.000,,1970-01-01 00:00:00.001"),
    (pa.array([b"\xff", None, b"="]), b"ff,,3d"),
    (pa.array([["a"], None, []]), b'"[""a""]",,[]'),
    (pa.array([[1], None, [2, 3]]), b'[1],,"[2, 3]"'),
]


@pytest.mark.parametrize(("column", "cells"), TYPED, ids=[str(column.type) for column, _ in TYPED])
def test_typed_cells(column: pa.Array, cells: bytes) -> None:
    """Numbers, dates and booleans are never escaped, nulls are empty, and what is nested is JSON."""
    lines, escaped = encode_rows([pa.array([7, 7, 7]), column])
    assert escaped == 0
    assert b",".join(line.partition(b",")[2] for line in lines.splitlines()) == cells


@pytest.mark.parametrize(
    ("cells", "written"),
    [(["a", "", "b"], b'a\n""\nb\n'), ([None, "x,y"], b'""\n"x,y"\n'), ([], b""), (["=x"], b"'=x\n")],
)
def test_a_lone_column(cells: list[str | None], written: bytes) -> None:
    """An empty cell of a lone column is quoted: a blank line would be no record."""
    assert encode_rows([pa.array(cells, pa.string())])[0] == written


def test_every_day_of_the_calendar() -> None:
    """All days of some leap years' cycle, the first and last ones, and years that have no four digits."""
    first, last = dt.date(1, 1, 1).toordinal(), dt.date.max.toordinal()
    for ordinals in (
        range(first, first + 5000),
        range(dt.date(1860, 1, 1).toordinal(), dt.date(2110, 1, 1).toordinal()),
    ):
        days = [dt.date.fromordinal(ordinal) for ordinal in ordinals]
        text, _ = encode_rows([pa.array(days)])
        assert text.decode().split() == [day.isoformat() for day in days]
    apart = [dt.date.fromordinal(first), dt.date.fromordinal(last)]
    assert encode_rows([pa.array(apart)])[0] == b"0001-01-01\n9999-12-31\n"
    farthest = pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32())
    for day in (farthest[:1], farthest[1:]):
        assert encode_rows([day])[0].decode() == f"{to_cells(day)[0].as_py()}\n"


def test_slices_are_written_through_their_own_offsets() -> None:
    """What stands before and behind a slice of a column is not written."""
    column = pa.array(["skip,", 'a"b', None, "=c", "skip"]).slice(1, 3)
    assert encode_rows([column, column])[0] == b'"a""b","a""b"\n,\n\'=c,\'=c\n'


def test_the_standard_library_reads_it_back() -> None:
    """Cells of every awkward sort come back as they were."""
    cells = ['"', '""', ",", "x\n", "a\r\nb", "", "ü,ö", "x" * 5000, '","', " "]
    text, _ = encode_rows([pa.array(cells), pa.array(cells[::-1])])
    read = list(csv.reader(io.StringIO(text.decode(), newline="")))
    assert read == [list(pair) for pair in zip(cells, cells[::-1], strict=True)]


@pytest.mark.parametrize(
    ("names", "line"),
    [(["a", "b"], b"a,b\n"), (["x,y", 'q"'], b'"x,y","q"""\n'), (["=a", "-1"], b"'=a,-1\n"), (["é"], "é\n".encode())],
)
def test_the_header(names: list[str], line: bytes) -> None:
    """Names are text like any other."""
    assert header_line(names) == line


def encoded(rows: CleanRows, folder: Path) -> tuple[list[bytes], int]:
    """The parts of a chunk with one slab, and how many of its cells were escaped."""
    encoder = make_sinks(folder)[0].encoder(columns_of(rows))
    encoder.add(rows)
    done = encoder.finish()
    return [bytes(part) for part in done.parts], done.escaped_cells


def test_own_bytes_are_placed_as_they_are(tmp_path: Path) -> None:
    """Rows whose bytes are right already are not encoded again: the view itself is handed on."""
    own = b"01,a\n02,b\n"
    rows = text_rows({"n": ["01", "02"], "k": ["a", "b"]}, own)
    encoder = make_sinks(tmp_path)[0].encoder(columns_of(rows))
    encoder.add(rows)
    assert rows.lines is not None
    assert encoder.finish().parts == [rows.lines.own] == [own]


def test_an_escape_in_own_bytes(tmp_path: Path) -> None:
    """One risky cell and the rows are encoded after all."""
    rows = text_rows({"n": ["1", "2"], "k": ["=a", "b"]}, b"1,=a\n2,b\n")
    assert encoded(rows, tmp_path) == ([b"1,'=a\n2,b\n"], 1)


def test_the_file_is_the_header_and_the_chunks(tmp_path: Path) -> None:
    """Chunks placed in any order stand in theirs; the size that closing says is the file's; no rows are a header."""
    sink = make_sinks(tmp_path)[0]
    rows = [text_rows({"n": [str(number)], "k": ["a,b"]}) for number in range(3)]
    size = write_chunks(sink, [[rows[0], rows[1]], [], [rows[2]]], final_of(rows[0]))
    assert sink.file.staged.read_bytes() == b'n,k\n0,"a,b"\n1,"a,b"\n2,"a,b"\n'
    assert size == sink.file.staged.stat().st_size
    assert write_chunks(sink, [], final_of(rows[0])) == 4
