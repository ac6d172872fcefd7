"""The original method: a `struct.iter_unpack` loop with a `csv.writer`, one record at a time in one process.

Its Parquet file, which the loop alone cannot write, is collected from the same rows in batches of 100,000.
"""

from __future__ import annotations

import argparse
import csv
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

COLUMNS = ("id", "timestamp", "quantity", "value", "product")
RECORD = struct.Struct("<IQIq32s")
BATCH_ROWS = 100_000
Row = tuple[int, int, int, int, str]


def records(source: Path) -> Iterator[Row]:
    """The file's records, with the product decoded."""
    with source.open("rb") as data:
        while block := data.read(RECORD.size * BATCH_ROWS):
            for identifier, timestamp, quantity, value, product in RECORD.iter_unpack(block):
                yield identifier, timestamp, quantity, value, product.rstrip(b"\0").decode("utf-8")


def binary_to_csv(source: Path, target: Path) -> None:
    """The loop itself."""
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in records(source):
            writer.writerow(row)


def binary_to_both(source: Path, target: Path, parquet_target: Path) -> None:
    """The loop, with each batch of rows written to the Parquet file too."""
    # Only this work needs it: the others must not pay for its import.
    import pyarrow as pa
    import pyarrow.parquet as parquet

    types = (pa.uint32(), pa.uint64(), pa.uint32(), pa.int64(), pa.string())
    schema = pa.schema(list(zip(COLUMNS, types, strict=True)))
    rows = records(source)
    with (
        target.open("w", encoding="utf-8", newline="") as out,
        parquet.ParquetWriter(parquet_target, schema) as collected,
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        while batch := list(islice(rows, BATCH_ROWS)):
            writer.writerows(batch)
            columns = [pa.array(column, kind) for column, kind in zip(zip(*batch, strict=True), types, strict=True)]
            collected.write_table(pa.table(columns, schema=schema))


def csv_to_csv(source: Path, target: Path) -> None:
    """Read and write every cell."""
    with source.open(encoding="utf-8", newline="") as data, target.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(csv.reader(data))


def main() -> None:
    """Choose the work by the input's suffix."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("--csv", type=Path, required=True)
    parser.add_argument("--parquet", type=Path)
    options = parser.parse_args()
    if options.input.suffix == ".bin" and options.parquet:
        binary_to_both(options.input, options.csv, options.parquet)
    elif options.input.suffix == ".bin":
        binary_to_csv(options.input, options.csv)
    else:
        csv_to_csv(options.input, options.csv)


if __name__ == "__main__":
    main()
