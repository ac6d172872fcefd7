"""What rows of Parquet files become in memory, by what the file promises and as they are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.errors import InputRefused
from etl_batch.formats.content import first_opened
from etl_batch.formats.look import Reading
from etl_batch.formats.parquet.sizes import expanded_bytes, promised_bytes
from etl_batch.formats.registry import detect
from tests.hostile import CODES, Leaf, plain_texts, run_length, write_parquet

ZERO = (1, bytes(8))


def promised(path: Path) -> int:
    """Of the first row group."""
    with first_opened(str(path)).opened() as opened:
        return promised_bytes(opened, 0)


def test_a_run_of_numbers_counts_for_each_of_them(tmp_path: Path) -> None:
    """However few bytes it is."""
    path = write_parquet(tmp_path / "a.parquet", [Leaf("n", "INT64", 10**6, CODES, run_length(10**6), ZERO)], 10**6)
    assert path.stat().st_size < 1000
    assert promised(path) == 8 * 10**6


def test_a_text_of_a_dictionary_counts_in_each_row(tmp_path: Path) -> None:
    """By the mean of those that are in it."""
    texts = plain_texts([b"x" * 900, b"y" * 1100])
    path = write_parquet(
        tmp_path / "a.parquet", [Leaf("t", "BYTE_ARRAY", 5000, CODES, run_length(5000), (2, texts))], 5000
    )
    assert promised(path) == pytest.approx(5000 * 1010, rel=0.01)


def test_a_list_counts_for_its_values(tmp_path: Path) -> None:
    """A row is as large as what is in it."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"l": [[0] * 100_000]}), path)
    assert promised(path) == 800_000


def test_pieces_are_cut_by_what_they_become(tmp_path: Path) -> None:
    """Not by the bytes that the footer says there are."""
    path = write_parquet(tmp_path / "a.parquet", [Leaf("n", "INT64", 10**6, CODES, run_length(10**6), ZERO)], 10**6)
    pieces = list(detect(path, 0, Reading({})).cut(1 << 20))
    assert sum(piece.place.rows for piece in pieces) == 10**6
    assert max(piece.place.rows for piece in pieces) <= 2 * (1 << 20) // 8 * 1.5


def test_cells_past_all_measure_are_refused(tmp_path: Path) -> None:
    """By the footer alone."""
    rows = 2 * 10**9
    path = write_parquet(tmp_path / "a.parquet", [Leaf("n", "INT64", rows, CODES, run_length(rows), ZERO)], rows)
    with pytest.raises(InputRefused, match="tells of 2,000,000,000 rows in"):
        detect(path, 0, Reading({}))


def test_cells_are_as_long_as_they_are_written() -> None:
    """Those of a dictionary once for each row, nulls for the place that they take."""
    texts = pa.array(["a" * 100, None, "b", "a" * 100]).dictionary_encode()
    assert expanded_bytes(texts) == 201 + 4 * 8
    assert expanded_bytes(pa.array([True, False])) == 16
    assert expanded_bytes(pa.array([1, 2, 3]).slice(1)) == 16
