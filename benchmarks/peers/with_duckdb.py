"""The same work with DuckDB: `COPY ... TO` for CSV, numpy and Arrow columns as its table for binary records."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import duckdb

RECORD = [("id", "<u4"), ("timestamp", "<u8"), ("quantity", "<u4"), ("value", "<i8"), ("product", "S32")]


def binary_table(source: Path) -> Any:
    """All records of the file as an Arrow table with decoded strings."""
    # Only this work needs them: the others must not pay for their import.
    import numpy as np
    import pyarrow as pa

    records = np.frombuffer(source.read_bytes(), RECORD)
    columns = {name: np.ascontiguousarray(records[name]) for name, _ in RECORD}
    # numpy drops the padding of an S column, so the bytes only need their encoding checked.
    return pa.table({**columns, "product": pa.array(columns["product"], pa.binary()).cast(pa.string())})


def quoted(path: Path) -> str:
    """A path as an SQL string."""
    return "'" + str(path).replace("'", "''") + "'"


def main() -> None:
    """Choose the work by the input's suffix and the outputs that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--parquet", type=Path)
    options = parser.parse_args()
    database = duckdb.connect()
    if options.input.suffix == ".bin":
        database.register("records", binary_table(options.input))
        source = "records"
    elif options.parquet:
        source = f"read_csv({quoted(options.input)})"
    else:
        # Without type inference the text is kept, which is what our CSV promises, and it is the faster way.
        source = f"read_csv({quoted(options.input)}, all_varchar = true)"
    if options.csv:
        database.execute(f"COPY (FROM {source}) TO {quoted(options.csv)} (FORMAT csv, HEADER)")
    if options.parquet:
        database.execute(f"COPY (FROM {source}) TO {quoted(options.parquet)} (FORMAT parquet)")


if __name__ == "__main__":
    main()
