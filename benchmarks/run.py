"""The benchmark: the same work by the engine and by its peers, interleaved, in whole-process time and peak memory.

    python benchmarks/run.py --megabytes 512 --repeat 3

writes its tables into docs/performance.md. Every tool reads the same warm file and writes to the same disk; the rows of
each output are counted and must be the input's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pyarrow.parquet as parquet  # noqa: E402 - the root must be on the path first

from benchmarks import report  # noqa: E402
from benchmarks.measure import CommandFailed, peak_bytes, seconds  # noqa: E402
from etl_batch import demo  # noqa: E402

CACHE = ROOT / "build" / "bench"
CSV_ROW_BYTES = 54
"""About; the size that counts is the finished file's."""
PEERS = {"original": "original.py", "Polars": "with_polars.py", "DuckDB": "with_duckdb.py"}


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work: from a file with one suffix to files with others, and who can do it."""

    name: str
    source: str
    outputs: tuple[str, ...]
    peers: tuple[str, ...] = tuple(PEERS)


TASKS = (
    Task("Binary to CSV and Parquet", ".bin", (".csv", ".parquet")),
    Task("Binary to CSV", ".bin", (".csv",)),
    # The original method never wrote Parquet alone.
    Task("CSV to Parquet", ".csv", (".parquet",), peers=("Polars", "DuckDB")),
    Task("CSV to CSV", ".csv", (".csv",)),
)


@dataclass(frozen=True, slots=True)
class Input:
    """A generated file and its rows."""

    path: Path
    rows: int


@dataclass(slots=True)
class Measurement:
    """What one tool did with one task."""

    input_bytes: int
    times: list[float] = field(default_factory=list)
    peak: int = 0

    @property
    def median(self) -> float:
        """Median seconds of the timed runs."""
        return statistics.median(self.times)

    @property
    def rate(self) -> float:
        """Input bytes per second."""
        return self.input_bytes / self.median


def prepared_input(suffix: str, megabytes: int) -> Input:
    """The input file, made once and made again when its size is not the one on record."""
    path, record = CACHE / f"sales-{megabytes}{suffix}", CACHE / f"sales-{megabytes}{suffix}.json"
    if path.exists() and record.exists():
        known = json.loads(record.read_text())
        if known["bytes"] == path.stat().st_size:
            return Input(path, known["rows"])
    print(f"Writing {path}", file=sys.stderr)
    size = megabytes * 1_000_000
    if suffix == ".bin":
        rows = size // demo.RECORD.itemsize
        demo.write_sales_binary(path, rows)
    else:
        rows = size // CSV_ROW_BYTES
        demo.write_sales_csv(path, rows)
    record.write_text(json.dumps({"bytes": path.stat().st_size, "rows": rows}))
    return Input(path, rows)


def command(tool: str, source: Path, outputs: Sequence[Path], workers: int) -> list[str]:
    """The command line by which a tool turns `source` into `outputs`."""
    if tool != "ours":
        script = ROOT / "benchmarks" / "peers" / PEERS[tool]
        flags = [part for path in outputs for part in (f"--{path.suffix[1:]}", str(path))]
        return [sys.executable, str(script), str(source), *flags]
    flags = [part for path in outputs for part in ({".csv": "-o", ".parquet": "-p"}[path.suffix], str(path))]
    if all(path.suffix != ".parquet" for path in outputs):
        flags.append("--no-parquet")
    engine = ROOT / "etl_batch" / "etl_core.py"
    return [sys.executable, str(engine), "-i", str(source), *flags, "-w", str(workers), "--quiet"]


def count_rows(path: Path) -> int:
    """Data rows of an output; the benchmark's CSV has no line breaks inside cells."""
    if path.suffix == ".parquet":
        return int(parquet.read_metadata(path).num_rows)
    with path.open("rb") as data:
        return sum(block.count(b"\n") for block in iter(lambda: data.read(1 << 24), b"")) - 1


def run_once(
    tool: str, task: Task, source: Input, workers: int, measure: Callable[[list[str], Mapping[str, str], Path], float]
) -> float:
    """Measure one tool at one task on fresh outputs, count their rows and remove them."""
    outputs = [CACHE / "out" / f"{tool.lower()}{suffix}" for suffix in task.outputs]
    for path in outputs:
        path.unlink(missing_ok=True)
    # What the previous tool wrote must not reach the disk on this one's time.
    os.sync()
    environment = {**os.environ, "ETL_HOME": str(CACHE / "home"), "ETL_ALLOWED_ROOTS": str(CACHE)}
    figure = measure(command(tool, source.path, outputs, workers), environment, CACHE / "command.log")
    for path in outputs:
        written = count_rows(path)
        if written != source.rows:
            raise CommandFailed(f"{tool} wrote {written} of {source.rows} rows to {path}.")
        path.unlink()
    return figure


def run_task(task: Task, source: Input, tools: Sequence[str], *, repeat: int, workers: int) -> dict[str, Measurement]:
    """One round that samples memory and warms all caches, then `repeat` timed ones, each begun by another tool."""
    results = {tool: Measurement(source.path.stat().st_size) for tool in tools}
    for tool in tools:
        results[tool].peak = int(run_once(tool, task, source, workers, peak_bytes))
    for turn in range(repeat):
        first = turn % len(tools)
        for tool in [*tools[first:], *tools[:first]]:
            results[tool].times.append(run_once(tool, task, source, workers, seconds))
    return results


def arguments() -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=512, help="size of each input (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="timed runs of each command (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="the engine's -w")
    parser.add_argument("--only-peers", action="store_true", help="leave the engine out; writes no report")
    parser.add_argument("--no-report", action="store_true", help="print the tables only")
    return parser.parse_args()


def main() -> int:
    """Run the tasks, print their tables, and write them into docs/performance.md."""
    options = arguments()
    for folder in (CACHE / "out", CACHE / "home"):
        folder.mkdir(parents=True, exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n")
    sections = []
    for task in TASKS:
        tools = task.peers if options.only_peers else ("ours", *task.peers)
        source = prepared_input(task.source, options.megabytes)
        try:
            results = run_task(task, source, tools, repeat=options.repeat, workers=options.workers)
        except CommandFailed as error:
            print(error, file=sys.stderr)
            return 1
        sections.append(report.table(task.name, results))
        print(sections[-1], flush=True)
    if not options.only_peers and not options.no_report:
        command_line = f"make bench BENCH_ARGS='--megabytes {options.megabytes} --repeat {options.repeat}'"
        report.publish(ROOT / "docs" / "performance.md", report.environment(command_line), sections)
        print("Written to docs/performance.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
