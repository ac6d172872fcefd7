"""What past runs tell of the next one: how fast a format is read here, and how large its outputs become."""

from __future__ import annotations

import heapq
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from statistics import median

from etl_batch.model import RunStatus
from etl_batch.record.run import RunRecord
from etl_batch.record.values import read_object

STARTUP_SECONDS = 1.5
"""What every run takes, however small its input: starting, and writing estimates and report."""
DEFAULT_RATES = {"binary": 60e6, "csv": 45e6, "jsonl": 40e6, "parquet": 40e6}
"""Input bytes per second and worker, measured on two cores; used until this machine has runs of its own."""
_SMALLEST_BYTES = 1_000_000
_LOOK_BACK = 60
_ENOUGH = 5


@dataclass(frozen=True, slots=True)
class PastRun:
    """What one successful run took and made."""

    formats: tuple[tuple[str, str | None], ...]
    """Format and layout of its inputs, each once, sorted."""
    workers: int
    input_bytes: int
    seconds: float
    csv_bytes: int | None
    parquet_bytes: int | None


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates for one kind of input. The output ratios are bytes per input byte, None when no run has told."""

    bytes_per_worker_second: float
    csv_ratio: float | None
    parquet_ratio: float | None
    runs: int
    """Past runs behind the rate; 0: a rate measured elsewhere."""


def recent_runs(home: Path) -> list[PastRun]:
    """The successful ones of the newest runs, newest first. Their number is bounded; each file is parsed once."""
    root = home / "output" / "runs"
    try:
        with os.scandir(root) as entries:
            newest = heapq.nlargest(_LOOK_BACK, (entry.name for entry in entries if entry.name[0] != "."))
    except OSError:
        return []
    return [run for name in newest if (run := _past_run(root / name / "metadata.json")) is not None]


def rates_for(kinds: Sequence[tuple[str, str | None]], cores: int, runs: Sequence[PastRun]) -> Rates:
    """Rates for inputs of these formats and layouts: from runs over the same kinds, else the defaults."""
    wanted = tuple(sorted(set(kinds), key=str))
    same = [run for run in runs if run.formats == wanted]
    # Small inputs say more about starting up than about reading.
    timed = [run for run in same if run.input_bytes >= _SMALLEST_BYTES][:_ENOUGH]
    default = min((DEFAULT_RATES.get(kind, min(DEFAULT_RATES.values())) for kind, _ in wanted), default=40e6)
    return Rates(
        bytes_per_worker_second=median(_rate(run, cores) for run in timed) if timed else default,
        csv_ratio=_ratio([(run.csv_bytes, run.input_bytes) for run in same]),
        parquet_ratio=_ratio([(run.parquet_bytes, run.input_bytes) for run in same]),
        runs=len(timed),
    )


def _rate(run: PastRun, cores: int) -> float:
    return run.input_bytes / max(run.seconds - STARTUP_SECONDS, 0.1) / max(min(run.workers, cores), 1)


def _ratio(pairs: Sequence[tuple[int | None, int]]) -> float | None:
    known = [made / taken for made, taken in pairs if made is not None and taken]
    return median(known[:_ENOUGH]) if known else None


def _past_run(path: Path) -> PastRun | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _parsed(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1024)
def _parsed(
    path: Path,
    changed: int,  # noqa: ARG001  part of the cache's key, as the size is
    size: int,  # noqa: ARG001
) -> PastRun | None:
    record = RunRecord.from_json(read_object(path))
    try:
        took = datetime.fromisoformat(record.finished_at) - datetime.fromisoformat(record.started_at)
    except (TypeError, ValueError):
        return None  # another version's metadata
    if record.status is not RunStatus.SUCCESS:
        return None
    csv, parquet = record.outputs.get("csv"), record.outputs.get("parquet")
    return PastRun(
        formats=tuple(sorted({(each.format, each.layout) for each in record.inputs}, key=str)),
        workers=record.config.workers,
        input_bytes=sum(each.size_bytes for each in record.inputs),
        seconds=took.total_seconds(),
        csv_bytes=csv.bytes if csv else None,
        parquet_bytes=parquet.bytes if parquet else None,
    )
