"""The history of the measures: what the runs to the same output estimated, run after run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from etl_batch.model import RunStatus
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.history.intervals import number, sample_key
from etl_batch.runs.record.directory import RunDirectory, read_json

_OUTPUTS = ("output_csv", "output_parquet")
_LOOK_BACK = 300
"""Run directories that are looked at for runs of the same series."""
LIMIT = 60
"""Runs that a history has at most."""


@dataclass(frozen=True, slots=True)
class MeasurePoint:
    """One run's total of one measure: estimate, 95 % interval and exact total; None where a run could not tell."""

    run_id: str
    started_at: str
    estimate: float | int | None
    ci_low: float | None
    ci_high: float | None
    exact: float | int | None
    certified: bool
    std_error: float | None = None
    df: float | None = None
    reason: str | None = None
    """Why it is not certified."""
    sample: str = ""
    """The same for runs that draw the same sample of the same input."""


def measure_history(home: Path, run_id: str, limit: int = LIMIT) -> dict[str, list[MeasurePoint]]:
    """Points by measure, the oldest first, of the newest `limit` successful runs that wrote what `run_id` wrote."""
    like = RunDirectory(home, run_id).config() or {}
    found: dict[str, list[MeasurePoint]] = {}
    runs = 0
    for name in run_ids(home)[:_LOOK_BACK]:
        run = RunDirectory(home, name)
        config = run.config() or {}
        if any(config.get(key) != like.get(key) for key in _OUTPUTS):
            continue
        points = _points(run.file("metadata.json"))
        for measure, point in points:
            found.setdefault(measure, []).append(point)
        runs += bool(points)
        if runs == limit:
            break
    return {measure: points[::-1] for measure, points in found.items()}


def _points(path: Path) -> tuple[tuple[str, MeasurePoint], ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return _read_points(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4096)
def _read_points(path: Path, _changed: int, _size: int) -> tuple[tuple[str, MeasurePoint], ...]:
    """A run's few totals: its metadata may be a megabyte of strata, and never changes once the run is over."""
    metadata = read_json(path) or {}
    analytics = metadata.get("analytics") or {}
    if metadata.get("status") != RunStatus.SUCCESS:
        return ()
    sample = sample_key(metadata)
    measures = analytics.get("measures") or {}
    return tuple((name, _point(metadata, measure, sample)) for name, measure in measures.items())


def _point(metadata: dict[str, Any], measure: dict[str, Any], sample: str) -> MeasurePoint:
    numbers = {key: number(measure.get(key)) for key in ("estimate", "ci_low", "ci_high", "exact", "std_error", "df")}
    return MeasurePoint(
        run_id=metadata["run_id"],
        started_at=metadata["started_at"],
        certified=bool(measure.get("certified")),
        reason=str(measure["reason"]) if measure.get("reason") else None,
        sample=sample,
        **numbers,
    )
