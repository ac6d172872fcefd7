"""Where a file is cut: counted quotes and records found one by one give the same pieces a CSV reader would."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl_batch import stopping
from etl_batch.errors import TimedOut
from etl_batch.formats.content import OpenContent
from etl_batch.formats.text import splitting as records
from etl_batch.model import Dialect

CELLS = st.text(st.sampled_from('ab",\n '), max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=30)


def rendered(rows: list[list[str]]) -> bytes:
    """The rows as CSV, by the standard library."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def parsed(text: bytes) -> list[list[str]]:
    """The rows of a CSV, by the standard library."""
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


@settings(max_examples=200)
@given(ROWS, st.integers(1, 40), st.integers(1, 9), st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_pieces_hold_whole_records(rows: list[list[str]], chunk_bytes: int, piece_bytes: int, encoding: str) -> None:
    """However the file is read, the pieces join to the file and each parses on its own."""
    text = rendered(rows)
    content = text.decode().encode(encoding)
    unit = 1 if encoding == "utf-8" else 2
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryFile() as file:
        patch.setattr(records, "PIECE_BYTES", piece_bytes * unit)
        file.write(content)
        file.flush()
        dialect = Dialect(encoding=encoding)
        opened = OpenContent(file.fileno(), len(content))
        pieces = list(records.split_file(opened, 0, len(content), dialect, chunk_bytes))
        cut = [os.pread(file.fileno(), piece.length, piece.offset).decode(encoding).encode() for piece in pieces]
    assert b"".join(cut) == text
    assert [row for piece in cut for row in parsed(piece)] == parsed(text)
    assert not any(piece.exact for piece in pieces)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("chunk_bytes", [1, 2, 7, 12, 1000])
def test_from_a_stray_quote_on_records_are_found_one_by_one(encoding: str, chunk_bytes: int, tmp_path: Path) -> None:
    """Pieces behind it say so; together they are the file, and each ends where a record does."""
    rows = ["1,a\n", "2,b\n", '3,5" c\n', '4,"two\nlines"\n', "5,é\n"]
    content = "".join(rows).encode(encoding)
    ends = {len("".join(rows[:count]).encode(encoding)) for count in range(1, len(rows) + 1)}
    path = tmp_path / "x"
    path.write_bytes(content)
    with path.open("rb") as file:
        dialect = Dialect(encoding=encoding, header=False)
        opened = OpenContent(file.fileno(), len(content))
        pieces = list(records.split_file(opened, 0, len(content), dialect, chunk_bytes))
    assert [piece.offset for piece in pieces] == [0, *(piece.offset + piece.length for piece in pieces[:-1])]
    assert {piece.offset + piece.length for piece in pieces} <= ends
    assert pieces[-1].exact
    assert max(ends) == len(content) == pieces[-1].offset + pieces[-1].length
    exact = [piece.exact for piece in pieces]
    assert exact == sorted(exact)


HEADER_ENDS = [(b"a,b\n1,2\n", 4), (b"\r\n\na,b\r\n1", 8), (b'"a\nb",c\r1', 8), (b"a,b", 3), (b"\n\n", 2)]


@pytest.mark.parametrize(("text", "end"), HEADER_ENDS)
def test_where_the_header_ends(text: bytes, end: int) -> None:
    """Behind the first record that is not blank, its line end included."""
    assert records.header_end(records.units_of(text, np.dtype("u1")), Dialect()) == end


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_characters_that_hold_the_bytes_of_signs(encoding: str) -> None:
    """A code unit past 255 is a letter, whatever its bytes are."""
    text = "\u0a0a\u2c2c\u2222\u220a,b\nc"
    units = records.units_of(text.encode(encoding), records.unit_dtype(Dialect(encoding=encoding)))
    assert units[: len(text)].tobytes() == b"xxxx,b\nc"


@pytest.mark.parametrize(
    ("text", "outside"),
    [("a,b\n", True), ('"a\nb",c\n', True), ('a,"b\n', False), ('5" pipe\n', False), ('b",c\n', False)],
)
def test_what_may_be_read_with_what_follows(text: str, outside: bool) -> None:
    """A text whose quotes are closed at its end, and stand where they may from its start on."""
    assert records.ends_outside_quotes(records.units_of(text.encode(), np.dtype("u1")), Dialect()) == outside


@pytest.mark.parametrize("text", ["1,a\n" * 1000, '5" pipe\n' * 1000])
def test_cutting_ends_with_its_time(text: str, tmp_path: Path) -> None:
    """However the pieces are found, a deadline and a signal are looked for before each."""
    path = tmp_path / "x"
    path.write_text(text)
    with path.open("rb") as file:
        pieces = records.split_file(OpenContent(file.fileno(), len(text)), 0, len(text), Dialect(header=False), 16)
        next(pieces)
        with stopping.before(time.monotonic() - 1), pytest.raises(TimedOut):
            next(pieces)
