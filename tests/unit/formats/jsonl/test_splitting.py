"""Pieces of lines: all of a file, each line in one of them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.jsonl import splitting
from etl_batch.formats.jsonl.splitting import split_lines
from etl_batch.formats.opened import OpenContent


@given(st.lists(st.integers(0, 60), min_size=1, max_size=20), st.booleans(), st.integers(1, 100), st.integers(1, 80))
def test_pieces(lengths: list[int], ended: bool, chunk_bytes: int, longest: int) -> None:
    """They follow each other, end where a line ends, and are no longer than a chunk and a line."""
    text = b"\n".join(b"x" * length for length in lengths) + (b"\n" if ended else b"")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(text)
        with path.open("rb") as file:
            places = list(split_lines(OpenContent(file.fileno(), len(text)), 0, chunk_bytes, longest))
    at = 0
    for place in places:
        assert place.offset == at
        assert place.length > 0
        at += place.length
        assert text[at - 1 : at] == b"\n" or at == len(text)
        piece = text[place.offset : at]
        if place.long:
            assert piece.count(b"\n") == piece.endswith(b"\n")
            assert place.length > longest
        else:
            assert place.length <= chunk_bytes + longest
    assert at == len(text)


def test_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line end is found whatever the windows in which one looks for it."""
    path = tmp_path / "x"
    path.write_bytes(b"a" * 100 + b"\n" + b"b" * 50)
    with path.open("rb") as opened:
        file = OpenContent(opened.fileno(), 151)
        for size in (1, 7, 100, 101, 1000):
            monkeypatch.setattr(splitting, "_WINDOW", size)
            assert splitting.line_end(file, 0, 151) == 101
            assert splitting.line_end(file, 100, 151) == 101
            assert splitting.line_end(file, 101, 151) is None
            assert splitting.line_end(file, 0, 100) is None
