"""Fixed-record binary through the whole engine: a million records, damaged ones, long layouts, headers."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from etl_batch.demo import RECORD, write_sales_binary
from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
MILLION = 1_000_000


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[int]]:
    """A million sales, one in a thousand with invalid text, and a partial record at the end."""
    path = tmp_path_factory.mktemp("million") / "sales.bin"
    write_sales_binary(path, MILLION, seed=3)
    damaged = set(range(7, MILLION, 1000))
    with path.open("r+b") as file:
        for record in damaged:
            file.seek(record * 56 + 24 + 2)
            file.write(b"\xff\xfe")
        file.seek(0, 2)
        file.write(b"\x01" * 13)
    return path, damaged


def test_a_million_records(home: Home, million: tuple[Path, set[int]]) -> None:
    """Every damaged record is a dead letter with its offset, every other one a row, to the value."""
    path, damaged = million
    metadata = home.run("-i", path, "--max-rejects", 1001, env={"ETL_ALLOWED_ROOTS": str(path.parent)})
    assert metadata["counts"] == {"records_in": 1_000_001, "written": 999_000, "rejected": 1001, "skipped": 0}
    content = path.read_bytes()
    rejects = home.rejects(metadata)
    assert {row["record"] for row in rejects[:-1]} == damaged
    for row in rejects:
        raw = base64.b64decode(row["raw"])
        assert content[row["offset"] : row["offset"] + len(raw)] == raw
    assert (rejects[-1]["reason"], rejects[-1]["offset"]) == ("partial_record", MILLION * 56)
    kept = np.delete(np.frombuffer(content, RECORD, MILLION), sorted(damaged))
    table = pq.read_table(home.parquet())
    for name in ("id", "timestamp", "quantity", "value"):
        assert np.array_equal(table.column(name).to_numpy(), kept[name])
    products = [cell.decode() for cell in kept["product"]]
    assert table.column("product").to_pylist() == products
    frame = pl.read_csv(home.output / "x.csv", infer_schema=False)
    assert frame["product"].to_list() == products
    assert frame["value"].to_list() == [str(value) for value in kept["value"]]


def test_exact_totals_and_intervals(home: Home, million: tuple[Path, set[int]]) -> None:
    """The exact totals are the column sums, stratum by stratum, and the sample adds up."""
    path, damaged = million
    metadata = home.run("-i", path, "--sample-frac", 0.02, env={"ETL_ALLOWED_ROOTS": str(path.parent)})
    kept = np.delete(np.fromfile(path, RECORD, MILLION), sorted(damaged))
    analytics = metadata["analytics"]
    assert analytics["stratum"] == "product"
    assert analytics["measures"]["value"]["exact"] == int(kept["value"].sum())
    assert analytics["population_rows"] == 999_000
    assert sum(row["rows"] for row in analytics["strata"]) == 999_000
    assert sum(row["sampled"] for row in analytics["strata"]) == analytics["sample_rows"] == 19_980
    largest = analytics["strata"][0]
    mine = kept[kept["product"] == largest["value"].encode()]
    assert largest["rows"] == len(mine)
    assert largest["measures"]["value"]["exact"] == int(mine["value"].sum())
    sample = pq.read_table(home.output / "runs" / metadata["run_id"] / "sample.parquet")
    assert sample.num_rows == 19_980
    assert sample.column_names[:2] == ["_key", "_stratum"]


LONG = {
    "version": 1,
    "layouts": {
        "trade": {
            "endian": "big",
            "header_bytes": 16,
            "magic": {"offset": 0, "hex": "54524144"},
            "record_count": {"offset": 8, "type": "u32"},
            "stratum": "side",
            "measures": ["price"],
            "fields": [
                {"name": "id", "type": "u32"},
                {"name": "at", "type": "datetime", "size": 8, "unit": "ms"},
                {"name": "price", "type": "f64"},
                {"name": "side", "type": "char", "size": 4, "strip": "both"},
                {"name": "flag", "type": "bool"},
                {"name": "pad", "type": "bytes", "size": 3, "skip": True},
            ],
        }
    },
}


def test_a_long_layout(home: Home, write: Write) -> None:
    """Header, magic, record count from the file, big endian, timestamps and doubles; the layout is detected."""
    config = write("layouts.json", json.dumps(LONG))
    records = [(i, 1_700_000_000_000 + i, i / 8, b"BUY " if i % 2 else b"SELL", i % 3 == 0, b"xyz") for i in range(100)]
    body = b"".join(struct.pack(">IQd4s?3s", *record) for record in records)
    path = write("t.dat", b"TRAD" + bytes(4) + struct.pack(">I", 100) + bytes(4) + body + b"tail")
    metadata = home.run("-i", path, "--struct-config", config, "--chunk-bytes", 100, "--sample-frac", 1)
    assert metadata["inputs"][0]["layout"] == "trade"
    assert metadata["counts"] == {"records_in": 101, "written": 100, "rejected": 1, "skipped": 0}
    table = pq.read_table(home.parquet())
    assert table.column("price").to_pylist() == [i / 8 for i in range(100)]
    assert str(table.schema.field("at").type) == "timestamp[ms]"
    assert set(table.column("side").to_pylist()) == {"BUY", "SELL"}
    price = metadata["analytics"]["measures"]["price"]
    assert price["estimate"] == price["exact"] == price["ci_low"] == price["ci_high"] == sum(i / 8 for i in range(100))


def test_a_named_layout_reads_any_suffix(home: Home, write: Write) -> None:
    """`--layout NAME` reads a file whatever it is called."""
    record = struct.pack("<IQIq32s", 1, 2, 3, -4, b"=evil")
    metadata = home.run("-i", write("d.csv", record * 3), "--layout", "default")
    assert home.csv() == b"id,timestamp,quantity,value,product\n" + b"1,2,3,-4,'=evil\n" * 3
    assert metadata["escaped_cells"] == 3
    assert pq.read_table(home.parquet()).column("product").to_pylist() == ["=evil"] * 3
