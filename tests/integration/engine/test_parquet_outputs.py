"""The Parquet file of whole runs: encodings that the input alone decides and the metadata tells, or for old readers."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
ENCODINGS = {
    "n": "DELTA_BINARY_PACKED, UNCOMPRESSED",
    "price": "DELTA_BINARY_PACKED, UNCOMPRESSED",
    "day": "DELTA_BINARY_PACKED, UNCOMPRESSED",
    "at": "RLE_DICTIONARY, UNCOMPRESSED",
    "kind": "RLE_DICTIONARY, UNCOMPRESSED",
    "words": "DELTA_LENGTH_BYTE_ARRAY, LZ4",
}


@pytest.fixture
def source(write: Write) -> Path:
    """Columns of every kind; the last record alone makes a text of the numbers in `late`."""
    header, draw = "n,price,day,at,kind,words,late\n", random.Random(7)
    rows = [
        f"{draw.randrange(10**9)},{draw.randrange(10**5)}.{n % 100:02},"
        f"202{n % 10}-0{draw.randrange(1, 9)}-{draw.randrange(10, 29)},"
        f"20{draw.randrange(10, 99)}-02-03 00:00:00,k{draw.randrange(7)},the {n}th order of the north,{n}\n"
        for n in range(9_000)
    ]
    return write("in.csv", header + "".join(rows) + "1,2.50,2024-02-29,2024-02-03 00:00:00,k1,last,x\n")


def run(home: Home, source: Path, *more: object) -> tuple[dict[str, Any], bytes]:
    """The metadata's word on the Parquet file, and its bytes."""
    metadata = home.run("-i", source, "--chunk-bytes", 50_000, *more)
    return metadata["outputs"], home.parquet().read_bytes()


def test_the_input_alone_decides(home: Home, source: Path) -> None:
    """The same bytes for one worker and three; the metadata says what each column has, of the CSV nothing."""
    outputs, content = run(home, source, "-w", 1)
    again, same = run(home, source, "-w", 3)
    assert content == same
    assert outputs["parquet"]["encodings"] == again["parquet"]["encodings"]
    # A text for the sake of its last record: of digits without the lengths between them LZ4 makes little.
    assert outputs["parquet"]["encodings"] == {**ENCODINGS, "late": "DELTA_LENGTH_BYTE_ARRAY, UNCOMPRESSED"}
    assert "encodings" not in outputs["csv"]
    meta = pq.read_metadata(home.parquet())
    for group in (meta.row_group(at) for at in range(meta.num_row_groups)):
        for at, words in enumerate(outputs["parquet"]["encodings"].values()):
            encoding, codec = words.split(", ")
            assert encoding in group.column(at).encodings
            assert group.column(at).compression == codec
            assert group.column(at).has_offset_index


def test_old_readers(home: Home, source: Path) -> None:
    """`--parquet-compat` changes how the rows are kept, and no row, type or value of them."""
    run(home, source)
    usual = pq.read_table(home.parquet())
    outputs, _ = run(home, source, "--parquet-compat")
    old, meta = pq.read_table(home.parquet()), pq.read_metadata(home.parquet())
    assert old.equals(usual)
    with duckdb.connect() as other:
        assert other.sql(f"SELECT * FROM '{home.parquet()}'").arrow().read_all().to_pylist() == usual.to_pylist()
    assert pl.read_parquet(home.parquet()).rows() == [tuple(row.values()) for row in usual.to_pylist()]
    assert set(outputs["parquet"]["encodings"].values()) == {"PLAIN, SNAPPY", "PLAIN_DICTIONARY, SNAPPY"}
    assert meta.format_version == "1.0"
    assert meta.schema.column(1).physical_type == "FIXED_LEN_BYTE_ARRAY"
    columns = [meta.row_group(0).column(at) for at in range(meta.num_columns)]
    assert {column.compression for column in columns} == {"SNAPPY"}
    assert not any(column.has_offset_index for column in columns)
    known = {"PLAIN", "RLE", "PLAIN_DICTIONARY"}
    assert {encoding for column in columns for encoding in column.encodings} <= known


def test_a_csv_alone_tries_nothing(home: Home, source: Path) -> None:
    """Without a Parquet file there is nothing to tell of it."""
    assert set(home.run("-i", source, "--no-parquet")["outputs"]) == {"csv"}
