"""What a pass costs, in units of what Arrow takes for work of the same kind: a figure that knows no machine.

    python benchmarks/pass_cost.py

prints, for each input of 8 MB, the CPU time of reading, cleaning, encoding and placing it by one worker, CSV and
Parquet together, over that of Arrow for reading lineitem as CSV and writing it as Parquet in the same process. Each is
the least of several tries in turns: what else the machine does makes a try dearer, never cheaper, and so falls out.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")  # as the engine's own command sets it

import pandas as pd  # noqa: E402, F401 - Arrow imports it, if it can, at the first array: no part of a pass
import pyarrow.csv as arrow_csv  # noqa: E402
import pyarrow.parquet as parquet  # noqa: E402

from benchmarks import lineitem  # noqa: E402
from benchmarks.inputs import BINARY, CSV, PARQUET  # noqa: E402
from benchmarks.passes import plan_pass  # noqa: E402
from etl_batch import demo  # noqa: E402
from etl_batch.parallel.executor import keep_memory  # noqa: E402

MEGABYTES = 8
TRIES = 6


def convert_by_arrow(source: Path, target: Path) -> None:
    """The unit: CSV to Parquet by Arrow's own reader and writer, in one thread."""
    table = arrow_csv.read_csv(source, read_options=arrow_csv.ReadOptions(use_threads=False))
    parquet.write_table(table, target, compression="lz4")


def least_seconds(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least CPU seconds of each way; the first round, in which much is done for the first time, does not count."""
    least = dict.fromkeys(ways, float("inf"))
    for round_number in range(TRIES + 1):
        for name, way in ways.items():
            begun = time.process_time()
            way()
            if round_number:
                least[name] = min(least[name], time.process_time() - begun)
    return least


def costs(folder: Path) -> dict[str, float]:
    """By input, the pass over Arrow's work."""
    inputs = folder / "inputs"
    inputs.mkdir()
    lineitem.write(inputs, MEGABYTES)
    demo.write_sales_binary(inputs / BINARY, MEGABYTES * 1_000_000 // demo.RECORD.itemsize)
    ways: dict[str, Callable[[], object]] = {"arrow": lambda: convert_by_arrow(inputs / CSV, folder / "arrow.parquet")}
    for name in (CSV, PARQUET, BINARY):
        home = folder / name.partition(".")[2]
        home.mkdir()
        ways[name] = plan_pass(inputs / name, home).ingest
    least = least_seconds(ways)
    unit = least.pop("arrow")
    return {name: seconds / unit for name, seconds in least.items()}


if __name__ == "__main__":
    keep_memory()
    with tempfile.TemporaryDirectory() as made:
        print(json.dumps(costs(Path(made))))
