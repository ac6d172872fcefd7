"""The history of the measures: what the runs to the same output estimated, run after run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from etl_batch.model import MeasureEstimate, RunStatus
from etl_batch.record.run import RunRecord
from etl_batch.record.settings import RunSettings
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.history.intervals import sample_key
from etl_batch.runs.record.directory import RunDirectory

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
    like = (RunDirectory(home, run_id).config() or RunSettings()).outputs
    found: dict[str, list[MeasurePoint]] = {}
    runs = 0
    for name in run_ids(home)[:_LOOK_BACK]:
        run = RunDirectory(home, name)
        if (run.config() or RunSettings()).outputs != like:
            continue
        points = _points(run)
        for measure, point in points:
            found.setdefault(measure, []).append(point)
        runs += bool(points)
        if runs == limit:
            break
    return {measure: points[::-1] for measure, points in found.items()}


def _points(run: RunDirectory) -> tuple[tuple[str, MeasurePoint], ...]:
    try:
        found = run.file("metadata.json").stat()
    except OSError:
        return ()
    return _read_points(run.home, run.run_id, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4096)
def _read_points(home: Path, run_id: str, _changed: int, _size: int) -> tuple[tuple[str, MeasurePoint], ...]:
    """A run's few totals: its metadata may be a megabyte of strata, and never changes once the run is over."""
    record = RunDirectory(home, run_id).metadata()
    if record is None or record.status is not RunStatus.SUCCESS or record.analytics is None:
        return ()
    sample = sample_key(record)
    return tuple((name, _point(record, measure, sample)) for name, measure in record.analytics.measures.items())


def _point(record: RunRecord, measure: MeasureEstimate, sample: str) -> MeasurePoint:
    return MeasurePoint(
        run_id=record.run_id,
        started_at=record.started_at,
        estimate=measure.estimate,
        ci_low=measure.ci_low,
        ci_high=measure.ci_high,
        exact=measure.exact,
        certified=measure.certified,
        std_error=measure.std_error,
        df=measure.df,
        reason=measure.reason,
        sample=sample,
    )
