"""The same work with Polars: lazy scans and sinks for CSV, a numpy view turned into a frame for binary records."""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

RECORD = [("id", "<u4"), ("timestamp", "<u8"), ("quantity", "<u4"), ("value", "<i8"), ("product", "S32")]


def binary_frame(source: Path) -> pl.DataFrame:
    """All records of the file as a frame with decoded strings."""
    # Only this work needs it: the others must not pay for its import.
    import numpy as np

    records = np.frombuffer(source.read_bytes(), RECORD)
    columns = {name: pl.Series(name, np.ascontiguousarray(records[name])) for name, _ in RECORD}
    # numpy drops the padding of an S column, so the bytes only need their encoding checked.
    return pl.DataFrame({**columns, "product": columns["product"].cast(pl.String)})


def main() -> None:
    """Choose the work by the input's suffix and the outputs that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("input", type=Path)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--parquet", type=Path)
    options = parser.parse_args()
    if options.input.suffix == ".bin":
        frame = binary_frame(options.input)
        if options.csv:
            frame.write_csv(options.csv)
        if options.parquet:
            frame.write_parquet(options.parquet)
    elif options.parquet:
        pl.scan_csv(options.input).sink_parquet(options.parquet)
    else:
        # Without type inference the text is kept, which is what our CSV promises, and it is the faster way.
        pl.scan_csv(options.input, infer_schema=False).sink_csv(options.csv)


if __name__ == "__main__":
    main()
