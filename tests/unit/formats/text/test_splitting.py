"""Where records end: counted quotes and records matched one by one give the same pieces a CSV reader would."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl_batch.formats.text import splitting as records
from etl_batch.formats.text.splitting import Spans
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
        pieces = list(records.split_file(file.fileno(), 0, len(content), dialect, chunk_bytes))
        cut = [os.pread(file.fileno(), piece.length, piece.offset).decode(encoding).encode() for piece in pieces]
    assert b"".join(cut) == text
    assert [row for piece in cut for row in parsed(piece)] == parsed(text)
    assert not any(piece.exact for piece in pieces)


@given(ROWS)
def test_both_ways_find_the_same_spans(rows: list[list[str]]) -> None:
    """Counting quotes and matching records agree on every start, end and number of fields."""
    text = rendered(rows)
    counted, exact = records.counted_spans(text, ","), records.exact_spans(text, ",")
    for name in ("starts", "ends", "nexts", "fields"):
        assert getattr(counted, name).tolist() == getattr(exact, name).tolist()
    assert not exact.malformed.any()


SPANS: list[tuple[bytes, list[tuple[bytes, int]]]] = [
    (b"a,b\nc,d\n", [(b"a,b", 2), (b"c,d", 2)]),
    (b"a,b\r\nc,d", [(b"a,b", 2), (b"c,d", 2)]),
    (b"a,b\rc\r", [(b"a,b", 2), (b"c", 1)]),
    (b"a\n\n\r\nb\n", [(b"a", 1), (b"", 1), (b"", 1), (b"b", 1)]),
    (b'"a\nb",c\n', [(b'"a\nb",c', 2)]),
    (b'"a""\n""b",""\n', [(b'"a""\n""b",""', 2)]),
    (b'",",\r\n', [(b'",",', 2)]),
    (b"\r", [(b"", 1)]),
]


@pytest.mark.parametrize(("text", "expected"), SPANS)
@pytest.mark.parametrize("find", [records.counted_spans, records.exact_spans])
def test_spans_of_a_buffer(find: Callable[[bytes, str], Spans], text: bytes, expected: list[tuple[bytes, int]]) -> None:
    """Records without their line ends and the number of their fields; with the line ends they are the whole buffer."""
    spans = find(text, ",")
    found = zip(spans.starts.tolist(), spans.ends.tolist(), spans.fields.tolist(), strict=True)
    assert [(text[start:end], fields) for start, end, fields in found] == expected
    assert spans.starts.tolist() == [0, *spans.nexts[:-1].tolist()]
    assert spans.nexts[-1] == len(text)
    assert not spans.malformed.any()


STRAY: list[tuple[bytes, list[tuple[bytes, int, bool]]]] = [
    (b'1,5" pipe\n2,x\n', [(b'1,5" pipe', 2, False), (b"2,x", 2, False)]),
    (b'1,"two\nlines"\n2,5"\n', [(b'1,"two\nlines"', 2, False), (b'2,5"', 2, False)]),
    (b'1,"never\n2,x\n', [(b'1,"never', 2, True), (b"2,x", 2, False)]),
    (b'1,"a" b,c\n', [(b'1,"a" b,c', 3, True)]),
    (b'1,"a"" b\n2,c\n', [(b'1,"a"" b', 2, True), (b"2,c", 2, False)]),
]


@pytest.mark.parametrize(("text", "expected"), STRAY)
def test_stray_quotes(text: bytes, expected: list[tuple[bytes, int, bool]]) -> None:
    """A quote within a bare field is a character; one that never closes spoils its own record and no other."""
    spans = records.exact_spans(text, ",")
    found = zip(*(getattr(spans, name).tolist() for name in ("starts", "ends", "fields", "malformed")), strict=True)
    assert [(text[start:end], fields, malformed) for start, end, fields, malformed in found] == expected


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
        pieces = list(records.split_file(file.fileno(), 0, len(content), dialect, chunk_bytes))
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
    assert records.header_end(text, ",") == end


@pytest.mark.parametrize(
    ("text", "parity", "fits"),
    [
        ('"a","b"\n', 0, True),
        ('a","b"\n"c', 1, True),
        ('"a""b",c', 0, True),
        ('5" pipe', 0, False),
        ('"a" b', 0, False),
        ('"a"', 0, True),
    ],
)
def test_where_quotes_may_stand(text: str, parity: int, fits: bool) -> None:
    """Opening ones where a field begins, closing ones where it ends, whether or not the text begins inside a field."""
    units = np.frombuffer(text.encode(), np.uint8)
    assert records.quotes_fit(units, np.flatnonzero(units == ord('"')), parity, Dialect()) == fits
