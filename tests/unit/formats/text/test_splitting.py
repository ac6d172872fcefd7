"""Where records end: counted quotes and records matched one by one give the same pieces a CSV reader would."""

from __future__ import annotations

import csv
import io
import os
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
