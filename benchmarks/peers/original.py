"""The original method: a `struct.iter_unpack` loop with a `csv.writer`, one record at a time in one process."""

from __future__ import annotations

import csv
import struct
from pathlib import Path

from outputs import arguments, force

COLUMNS = ("id", "timestamp", "quantity", "value", "product")
RECORD = struct.Struct("<IQIq32s")
BATCH_ROWS = 100_000


def binary_to_csv(source: Path, target: Path) -> None:
    """The loop."""
    with source.open("rb") as data, target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        while block := data.read(RECORD.size * BATCH_ROWS):
            for identifier, timestamp, quantity, value, product in RECORD.iter_unpack(block):
                writer.writerow((identifier, timestamp, quantity, value, product.rstrip(b"\0").decode("utf-8")))


if __name__ == "__main__":
    options = arguments(__doc__)
    binary_to_csv(options.input, options.csv)
    force(options.csv)
