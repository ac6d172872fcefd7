"""Records, estimates and progress for tests, from JSON as a run's files hold it: what is not said has its default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from etl_batch.model import Analytics, MeasureEstimate, Reject
from etl_batch.record.estimates import analytics_from_json
from etl_batch.record.progress import Progress
from etl_batch.record.rejects import reject_from_json
from etl_batch.record.run import RunRecord
from etl_batch.reporting.context import ReportContext, build_context
from etl_batch.reporting.render import render_report
from etl_batch.runs.record.directory import RunDirectory


def record(values: Mapping[str, Any] | None = None, **changes: Any) -> RunRecord:
    """A run's record."""
    return RunRecord.from_json({**(values or {}), **changes})


def estimates(values: Mapping[str, Any] | None = None, **changes: Any) -> Analytics:
    """The estimates of a success, unless it is said otherwise."""
    found = analytics_from_json({"status": "success", **(values or {}), **changes})
    assert found is not None
    return found


def measures(values: Mapping[str, Any]) -> dict[str, MeasureEstimate]:
    """The measures of a run by name."""
    return estimates(measures=values).measures


def progress(values: Mapping[str, Any] | None = None, **changes: Any) -> Progress:
    """A run's progress."""
    return Progress.from_json({**(values or {}), **changes})


def reject(values: Mapping[str, Any]) -> Reject:
    """One reject."""
    found = reject_from_json(json.dumps({"source": "", "reason": "", **values}))
    assert found is not None
    return found


def context_of(
    metadata: Mapping[str, Any],
    rejects: Iterable[Mapping[str, Any]] = (),
    previous: Mapping[str, Any] | None = None,
) -> ReportContext:
    """What the report of a run would say."""
    return build_context(record(metadata), map(reject, rejects), None if previous is None else record(previous))


def report_of(
    metadata: Mapping[str, Any],
    rejects: Iterable[Mapping[str, Any]] = (),
    previous: Mapping[str, Any] | None = None,
) -> str:
    """A run's report."""
    before = None if previous is None else record(previous)
    return render_report(record(metadata), rejects=map(reject, rejects), previous=before)


def json_of(run: RunDirectory, name: str = "metadata.json") -> dict[str, Any]:
    """One of a run's files as it stands there, to be changed by a test."""
    found: dict[str, Any] = json.loads(run.file(name).read_text())
    return found
