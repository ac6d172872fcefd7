"""Questions to the past runs: the one to compare with, and how many a user has started."""

from __future__ import annotations

import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl_batch.errors import Busy, UsageError
from etl_batch.model import RunStatus
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.index import run_ids

_LOOK_BACK = 200
_SAME = ("inputs", "output_csv", "output_parquet")
_WINDOW_SECONDS = 3600
_ALWAYS_ALLOWED = 2


def previous_run(home: Path, run_id: str, config: dict[str, Any]) -> dict[str, Any] | None:
    """Metadata of the newest successful run before `run_id` with the same inputs and outputs; None for a first run."""
    older = [name for name in run_ids(home) if name < run_id][:_LOOK_BACK]
    for name in older:
        run = RunDirectory(home, name)
        past = run.config()
        if past is None or any(past.get(key) != config.get(key) for key in _SAME):
            continue
        metadata = run.metadata()
        if metadata is not None and metadata.get("status") == RunStatus.SUCCESS:
            return metadata
    return None


def refuse_when_limited(home: Path, user: str, run_id: str) -> None:
    """Raise `Busy` when the user has started `ETL_RUNS_PER_HOUR` runs within the hour (no limit when it is not set)."""
    setting = os.environ.get("ETL_RUNS_PER_HOUR", "")
    if not setting:
        return
    if not setting.isdigit():
        raise UsageError(f"ETL_RUNS_PER_HOUR is {setting!r}; give a whole number of runs.")
    limit = max(int(setting), _ALWAYS_ALLOWED)
    now = datetime.now(UTC)
    ages = []
    for name in run_ids(home):
        age = _age_seconds(name, now)
        if age is None or name == run_id:
            continue
        if age > _WINDOW_SECONDS:
            break
        config = RunDirectory(home, name).config()
        if config is not None and config.get("user") == user:
            ages.append(age)
    if len(ages) >= limit:
        wait = math.ceil(_WINDOW_SECONDS - ages[limit - 1])
        raise Busy(
            f"{user} has started {len(ages)} runs within the hour, the limit is {limit}; wait {wait} seconds.",
            wait=wait,
        )


def _age_seconds(run_id: str, now: datetime) -> float | None:
    try:
        started = datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (now - started).total_seconds()
