"""What more workers and larger inputs cost the engine: seconds by the number of workers, and peak memory."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.commands import BOTH, OURS, check_rows, command, environment
from benchmarks.comparison import in_turns
from benchmarks.inputs import BINARY, CSV, Input, Place, Sizes, best_place, on_disk, prepared
from benchmarks.measure import Usage, peak_bytes, usage
from etl_batch.settings import SETTINGS

WORKERS = (1, 2, 16)
MEMORY_WORKERS = (2, 8)
MEMORY_RUNS = 3
FIXED_BYTES = 300_000_000


@dataclass(slots=True)
class Scaled:
    """One number of workers."""

    workers: int
    usages: list[Usage] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """Median seconds by the clock."""
        return statistics.median(each.wall for each in self.usages)

    @property
    def cpu(self) -> float:
        """Median CPU seconds."""
        return statistics.median(each.cpu for each in self.usages)


@dataclass(frozen=True, slots=True)
class Scaling:
    """All numbers of workers at one input."""

    size: int
    place: str
    rows: Sequence[Scaled]


@dataclass(frozen=True, slots=True)
class Peak:
    """The largest peak of a few runs."""

    source: str
    size: int
    workers: int
    peak: int


def scale(sizes: Sizes, repeat: int) -> Scaling:
    """Lineitem as CSV to CSV and Parquet by 1, 2 and 16 workers, in turns; the first round only warms the caches."""
    with best_place(prepared(CSV, sizes)) as (place, source):
        rows = [Scaled(workers) for workers in WORKERS]
        _run(place, source, WORKERS[-1])
        for row in in_turns(rows, repeat):
            print(f"{row.workers} workers, {place.name}", file=sys.stderr)
            row.usages.append(_run(place, source, row.workers))
        return Scaling(source.size, place.name, rows)


def _run(place: Place, source: Input, workers: int) -> Usage:
    outputs = place.outputs("scaled", BOTH)
    line = command(OURS, source.path, outputs, workers)
    used = usage(line, environment(place, source), place.folder / "command.log")
    check_rows(OURS, outputs, source.rows)
    return used


def memory(sizes: Sequence[Sizes], repeat: int) -> list[Peak]:
    """The peak of the whole process tree, at each size by 2 and 8 workers, text and records to CSV and Parquet."""
    found = []
    for name in (CSV, BINARY):
        for each in sizes:
            source = prepared(name, each)
            for workers in MEMORY_WORKERS:
                print(f"Memory of {workers} workers at {name}", file=sys.stderr)
                with on_disk() as place:
                    peak = max(_peak(place, source, workers) for _ in range(min(repeat, MEMORY_RUNS)))
                found.append(Peak(name, source.size, workers, peak))
    return found


def _peak(place: Place, source: Input, workers: int) -> int:
    outputs = place.outputs("peak", BOTH)
    line = command(OURS, source.path, outputs, workers)
    return peak_bytes(line, environment(place, source), place.folder / "command.log")


def bound(workers: int) -> int:
    """Bytes that a run may hold at most: two chunks a worker, and a fixed part."""
    chunk = next(setting.default for setting in SETTINGS if setting.name == "chunk_bytes")
    return FIXED_BYTES + 2 * workers * int(chunk)
