"""Pieces in halves: together they are the piece, and they end with one record each, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.content import first_opened
from etl_batch.formats.halving import halved
from etl_batch.formats.jsonl.reader import LinePlace
from etl_batch.formats.jsonl.splitting import split_lines
from etl_batch.formats.source import AnySource
from tests.fault.test_lost_workers import Make, as_lines, as_parquet, as_records, as_text, as_variable


def singles(source: AnySource, place: object) -> list[object]:
    """What a piece comes to when it is halved on and on."""
    halves = source.halves(place)
    if not halves:
        return [place]
    assert len(halves) > 1
    return [single for half in halves for single in singles(source, half)]


def rows_of(source: AnySource, place: object) -> list[tuple[object, ...]]:
    """The rows of a piece, looked at before the next one is read into the same buffer."""
    rows: list[tuple[object, ...]] = []
    for slab in source.read(place, 0):
        rows += zip(*(array.to_pylist() for array in slab.arrays()), strict=True)
    return rows


@pytest.mark.parametrize("make", [as_text, as_lines, as_records, as_variable, as_parquet])
def test_halves_end_in_single_records(tmp_path: Path, make: Make) -> None:
    """All records of a piece are there, in order, one a time; what stands above the first row comes with it."""
    source = make(tmp_path, b"a longer word")
    for piece in source.cut(200):
        found = [rows_of(source, place) for place in singles(source, piece.place)]
        assert all(len(rows) <= 1 for rows in found)
        assert [row for rows in found for row in rows] == rows_of(source, piece.place)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_lines_of_any_lengths(tmp_path_factory: pytest.TempPathFactory, lengths: list[int]) -> None:
    """However long they are beside one another: a stretch of several lines is always cut, one of a line never."""
    path = tmp_path_factory.mktemp("lines") / "x"
    path.write_bytes(b"".join(b"x" * length + b"\n" for length in lengths))
    with first_opened(str(path)).opened() as file:

        def cut(wanted: int, offset: int) -> Iterator[LinePlace]:
            return split_lines(file, offset, wanted, 1000)

        found = halved(cut, 0, file.size)
    assert (len(found) > 1) is (len(lengths) > 1)
    assert sum(place.length for place in found) == (file.size if found else 0)
