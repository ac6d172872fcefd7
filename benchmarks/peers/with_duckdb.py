"""The same work with DuckDB: `COPY ... TO` on all cores, numpy and Arrow columns as its table for binary records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from outputs import arguments, force

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


def relation(database: Any, source: Path, *, typed: bool) -> str:
    """The input as what stands behind FROM."""
    if source.suffix == ".bin":
        database.register("records", binary_table(source))
        return "records"
    if source.suffix == ".parquet":
        return f"read_parquet({quoted(source)})"
    # Without type inference the text is kept, which is what our CSV promises, and it is the faster way.
    return f"read_csv({quoted(source)})" if typed else f"read_csv({quoted(source)}, all_varchar = true)"


def main() -> None:
    """Choose the work by the input's suffix and the outputs that are asked for."""
    options = arguments(__doc__)
    database = duckdb.connect()
    source = relation(database, options.input, typed=options.parquet is not None)
    if options.csv:
        database.execute(f"COPY (FROM {source}) TO {quoted(options.csv)} (FORMAT csv, HEADER)")
    if options.parquet:
        database.execute(f"COPY (FROM {source}) TO {quoted(options.parquet)} (FORMAT parquet)")
    force(options.csv, options.parquet)


if __name__ == "__main__":
    main()
