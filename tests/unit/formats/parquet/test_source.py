"""Parquet as a format: what it claims, and pieces that are rows of its row groups."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.errors import FormatRefused
from etl_batch.formats.look import Reading, look_at
from etl_batch.formats.parquet.reader import RowRange
from etl_batch.formats.parquet.source import ParquetSource
from etl_batch.formats.source import Claim
from tests.unit.engine_parts import parquet_source, read_all

TABLE = pa.table({"n": range(25), "k": ["a", "b", None, "c", "d"] * 5})


@pytest.mark.parametrize("chunk_bytes", [1, 40, 100, 1 << 20])
@pytest.mark.parametrize("row_group_size", [1, 7, 25])
def test_each_row_is_in_one_piece(tmp_path: Path, row_group_size: int, chunk_bytes: int) -> None:
    """Pieces never cross a row group, each of its rows is in one of them, and reading them gives the table."""
    source = parquet_source(tmp_path, TABLE, row_group_size=row_group_size)
    pieces = [piece.place for piece in source.cut(chunk_bytes)]
    rows = [place.row_group * row_group_size + place.first + at for place in pieces for at in range(place.rows)]
    assert rows == list(range(25))
    assert all(0 < place.rows <= row_group_size - place.first for place in pieces)
    assert sum(piece.cost_bytes for piece in source.cut(chunk_bytes)) <= source.size_bytes
    assert read_all(source, chunk_bytes).rows == list(zip(*(c.to_pylist() for c in TABLE.columns), strict=True))


def test_small_chunks_are_single_rows(tmp_path: Path) -> None:
    """However few bytes a chunk may have, it has a row."""
    source = parquet_source(tmp_path, TABLE)
    assert [piece.place for piece in source.cut(1)][:2] == [RowRange(0, 0, 1), RowRange(0, 1, 1)]


def test_the_sample_is_the_start_of_row_groups(tmp_path: Path) -> None:
    """From the first row group to a later one, for the share of the file's bytes that the rows are."""
    source = parquet_source(tmp_path, TABLE, row_group_size=5)
    sampled = list(source.sample())
    assert [number for part in sampled for number in part.batch.column(0).to_pylist()] == list(range(25))
    assert all(part.bytes == source.size_bytes * part.batch.num_rows // 25 for part in sampled)


def test_claims(tmp_path: Path) -> None:
    """By its magic bytes alone; other files are told why not."""
    path = tmp_path / "x"
    pq.write_table(TABLE, path)
    look = look_at(path, 3, Reading({}))
    assert [claim for claim in Claim if ParquetSource.detect(look, claim) is not None] == [Claim.SIGNED]
    path.write_bytes(b"a,b\n")
    other = look_at(path, 0, Reading({}))
    assert ParquetSource.detect(other, Claim.SIGNED) is None
    assert other.tried == ["Parquet: no PAR1 at the start"]


@pytest.mark.parametrize(
    ("table", "cut", "sentence"), [(TABLE, 9, "not a whole Parquet file"), (pa.table({}), 0, "without columns")]
)
def test_what_is_refused(tmp_path: Path, table: pa.Table, cut: int, sentence: str) -> None:
    """A file whose end is missing, and one that has no columns."""
    path = tmp_path / "x"
    pq.write_table(table, path)
    path.write_bytes(path.read_bytes()[: -cut or None])
    with pytest.raises(FormatRefused, match=sentence):
        ParquetSource.detect(look_at(path, 0, Reading({})), Claim.SIGNED)
