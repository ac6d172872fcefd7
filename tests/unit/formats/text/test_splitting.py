"""Where a file is cut: counted quotes and records found one by one give the same pieces a CSV reader would."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl_batch import stopping
from etl_batch.errors import TimedOut
from etl_batch.formats.content import Content
from etl_batch.formats.opened import OpenContent
from etl_batch.formats.text import counting, splitting
from etl_batch.formats.text.counting import grid_of, survey_both
from etl_batch.formats.text.splitting import Cutter, ShorterThanPlanned, TextPlace, ends_outside_quotes
from etl_batch.formats.text.units import units_of
from etl_batch.model import Dialect
from tests.unit.kernels.test_grammar import DIALECTS, HOSTILE, slow_records

ENCODINGS = ["utf-8", "utf-16-le", "utf-32-be", "gb18030"]
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


def cut(content: bytes, dialect: Dialect, chunk_bytes: int, longest: int = 1 << 20) -> list[TextPlace]:
    """The pieces of a file with this content."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return list(Cutter(OpenContent(file.fileno(), len(content)), dialect, chunk_bytes, longest).places(0))


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=100)
@given(ROWS, st.integers(1, 40), st.integers(1, 9))
def test_pieces_hold_whole_records(encoding: str, rows: list[list[str]], chunk_bytes: int, piece_bytes: int) -> None:
    """However the file is read, the pieces join to the file and each parses on its own."""
    text = rendered(rows)
    content = text.decode().encode(encoding)
    with patch.object(counting, "PIECE_BYTES", piece_bytes * 4):
        pieces = cut(content, Dialect(encoding=encoding), chunk_bytes)
    parts = [content[piece.offset :][: piece.length].decode(encoding).encode() for piece in pieces]
    assert b"".join(parts) == text
    assert [row for part in parts for row in parsed(part)] == parsed(text)
    assert not any(piece.exact for piece in pieces)


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
@settings(max_examples=60)
@given(text=HOSTILE, chunk_bytes=st.integers(1, 40), piece_bytes=st.integers(1, 9), slack=st.integers(1, 9))
@example(text='a,"b\n' + "c\n" * 9, chunk_bytes=3, piece_bytes=2, slack=1)
def test_pieces_of_any_text_end_where_records_do(
    dialect: Dialect, text: str, chunk_bytes: int, piece_bytes: int, slack: int
) -> None:
    """Whatever stands in it: one behind the other, from record to record."""
    content = text.encode()
    with patch.object(counting, "PIECE_BYTES", piece_bytes), patch.object(splitting, "SLACK", slack):
        pieces = cut(content, dialect, chunk_bytes)
    ends = {record.behind for record in slow_records(content, dialect)}
    assert [piece.offset for piece in pieces] == [0, *(piece.offset + piece.length for piece in pieces)][: len(pieces)]
    assert {piece.offset + piece.length for piece in pieces} <= ends
    assert sum(piece.length for piece in pieces) == len(content)
    assert not any(piece.too_long for piece in pieces)


@settings(max_examples=300)
@example('""""","a\n"', 1, 1, 4, Dialect())
@given(
    st.text(alphabet='a,"\n ', max_size=80),
    st.integers(1, 30),
    st.integers(1, 9),
    st.integers(4, 20),
    st.sampled_from([Dialect(), Dialect(comment="a"), Dialect(delimiter=" ")]),
)
def test_long_records_stand_alone(
    text: str, chunk_bytes: int, piece_bytes: int, longest: int, dialect: Dialect
) -> None:
    """A record past the limit is one piece by itself where it could not be looked at; no other is marked so."""
    content = text.encode()
    with patch.object(counting, "PIECE_BYTES", piece_bytes), patch.object(splitting, "SLACK", 1):
        pieces = cut(content, dialect, chunk_bytes, longest)
    records = {record.begin: record for record in slow_records(content, dialect)}
    assert sum(piece.length for piece in pieces) == len(content)
    for piece in pieces:
        record = records[piece.offset]
        if piece.too_long:
            assert record.stop - record.begin > longest
            assert record.behind == piece.offset + piece.length
        else:
            assert piece.offset + piece.length in {each.behind for each in records.values()}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_stray_quote_costs_its_piece_alone(encoding: str) -> None:
    """The pieces around it are walked record by record; those further before and behind are counted."""
    text = "1,a\n" * 200 + '3,5" c\n4,"two\nlines"\n5,é\n' + "2,b\n" * 200
    content = text.encode(encoding)
    pieces = cut(content, Dialect(encoding=encoding, header=False), 256)
    astray = len(text[: text.index("3,")].encode(encoding))
    exact = [piece for piece in pieces if piece.exact]
    assert any(piece.offset <= astray < piece.offset + piece.length for piece in exact)
    assert not pieces[0].exact
    assert not pieces[-1].exact
    assert len(exact) <= 2


@pytest.mark.parametrize(
    ("text", "outside"),
    [("a,b\n", True), ('"a\nb",c\n', True), ('a,"b\n', False), ('5" pipe\n', False), ('b",c\n', False)],
)
def test_what_may_be_read_with_what_follows(text: str, outside: bool) -> None:
    """A text whose quotes are closed at its end, and stand where they may from its start on."""
    assert ends_outside_quotes(units_of(text.encode(), "utf-8"), Dialect()) == outside


def places_of(path: Path, text: str, chunk_bytes: int) -> Iterator[TextPlace]:
    """The pieces of a file, cut as they are asked for."""
    path.write_text(text)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield from Cutter(OpenContent(descriptor, len(text)), Dialect(header=False), chunk_bytes).places(0)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("text", ["1,a\n" * 1000, '5" pipe\n' * 1000])
def test_cutting_ends_with_its_time(text: str, tmp_path: Path) -> None:
    """However the pieces are found, a deadline and a signal are looked for before each."""
    pieces = places_of(tmp_path / "x", text, 16)
    next(pieces)
    with stopping.before(time.monotonic() - 1), pytest.raises(TimedOut):
        next(pieces)


@pytest.mark.parametrize("text", ["1,a\n" * 1000, '5" pipe\n' * 1000])
def test_a_file_that_ends_too_soon_is_told(text: str, tmp_path: Path) -> None:
    """Whatever is still to be cut: it is no endless search."""
    path = tmp_path / "x"
    pieces = places_of(path, text, 16)
    next(pieces)
    os.truncate(path, 100)
    with pytest.raises(ShorterThanPlanned):
        list(pieces)


def far(content: bytes, dialect: Dialect, chunk_bytes: int, longest: int) -> list[TextPlace]:
    """The same pieces of a file whose stretches others have surveyed, three at a time."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        cutter = Cutter(OpenContent(file.fileno(), len(content)), dialect, chunk_bytes, longest)
        grid = grid_of(dialect, 0, chunk_bytes, len(content))
        every = range(grid.stretches)
        groups = (every[at : at + 3] for at in every[::3])
        surveys = (survey_both(Content(file.name), grid, group) for group in groups)
        return list(cutter.places(0, surveys))


@settings(max_examples=300)
@example('a\n"b"\n5" c\n"d\ne"\n' * 4, 5, 3, 1 << 20)
@given(
    st.text(alphabet='a,"\n\r ', max_size=120),
    st.integers(1, 30),
    st.integers(1, 9),
    st.sampled_from([4, 9, 20, 1 << 20]),
)
def test_others_may_survey_the_stretches(text: str, chunk_bytes: int, piece_bytes: int, longest: int) -> None:
    """Whatever stands in the text, quotes that are astray and records that are too long among it."""
    content, dialect = text.encode(), Dialect(header=False)
    with patch.object(counting, "PIECE_BYTES", piece_bytes), patch.object(splitting, "SLACK", 1):
        assert far(content, dialect, chunk_bytes, longest) == cut(content, dialect, chunk_bytes, longest)
