"""Rows of a Parquet file read again by their numbers."""

from __future__ import annotations

import pyarrow as pa

from etl_batch.formats.parquet.again import read_again
from etl_batch.model import Reject
from tests.unit.engine_parts import parquet_source


def reject(number: int) -> Reject:
    """A row that a schema has refused."""
    return Reject("in.parquet", 4, number, "schema_range", "n", "", "{}")


def test_rows_of_several_groups(tmp_path) -> None:
    """Each by its number in the file, wherever the row groups end; one behind the last stays what it was."""
    table = {"n": list(range(100)), "t": [f"t{number % 3}" for number in range(100)]}
    source = parquet_source(tmp_path, table, row_group_size=7)
    numbers = [0, 6, 7, 20, 21, 55, 99]
    found = source.reread([reject(number) for number in (*numbers, 100)], source)
    assert found.columns[0].to_pylist() == numbers
    assert found.columns[1].to_pylist() == [f"t{number % 3}" for number in numbers]
    assert found.rows.tolist() == list(range(7))
    assert found.rejects == {7: reject(100)}
    assert [source.first_record(piece.place) for piece in source.cut(1)] == list(range(100))


def test_no_rejects(tmp_path) -> None:
    """Nothing is nothing."""
    source = parquet_source(tmp_path, {"n": [1]})
    found = read_again(source, [])
    assert ([len(column) for column in found.columns], found.rows.tolist(), found.rejects) == ([0], [], {})


def test_rows_without_values_stay_rejects(tmp_path) -> None:
    """A row that has no value to write is none again, and its neighbours are."""
    raw = pa.array([b"a", b"\xff", b"c"], pa.binary())
    text = pa.StringArray.from_buffers(3, raw.buffers()[1], raw.buffers()[2])
    source = parquet_source(tmp_path, pa.table({"t": text}))
    found = source.reread([reject(0), reject(1), reject(2)], source)
    assert (found.columns[0].to_pylist(), found.rows.tolist(), list(found.rejects)) == (["a", "c"], [0, 2], [1])
