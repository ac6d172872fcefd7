"""The limit of runs per user and hour: one rule for the console's setting and for `ETL_RUNS_PER_HOUR`."""

from __future__ import annotations

import math
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import Busy, UsageError
from etl_batch.model import RunStatus
from etl_batch.runs.record.directory import RunDirectory

VARIABLE = "ETL_RUNS_PER_HOUR"
WINDOW = timedelta(hours=1)
ALWAYS_ALLOWED = 2
"""Two runs in a row are allowed whatever the limit says."""
_STAMP, _STAMP_LENGTH = "%Y%m%dT%H%M%SZ", 16


def limit_of_environment() -> int:
    """Runs per user and hour as the environment has it, 0 for no limit; raises `UsageError` for anything else."""
    setting = os.environ.get(VARIABLE, "")
    if setting and not (setting.isascii() and setting.isdigit()):
        raise UsageError(sentences.command_line.NO_RATE.format(variable=VARIABLE, setting=setting))
    return int(setting or 0)


def refuse_when_limited(home: Path, user: str, run_id: str, limit: int) -> None:
    """Raise `Busy` when the user has started `limit` runs in the hour before this one (0: no limit).

    The hour is counted back from the moment in the run's id. So a run that was allowed onto the queue is not refused
    when its turn comes, however long it has waited.
    """
    if not limit:
        return
    limit = max(limit, ALWAYS_ALLOWED)
    moment = _started(run_id) or datetime.now(UTC)
    names = [name for name in _within_the_hour(home, moment) if name != run_id and _counts(home, name, user)]
    started = sorted(filter(None, map(_started, names)), reverse=True)
    if len(started) >= limit:
        wait = math.ceil((started[limit - 1] + WINDOW - moment).total_seconds())
        raise Busy(
            sentences.runs.TOO_MANY_STARTED.format(user=user, started=len(started), limit=limit, wait=wait),
            wait=wait,
        )


def _within_the_hour(home: Path, moment: datetime) -> list[str]:
    """Runs of that hour. Their names sort by time, and nothing but names is looked at: there may be many thousands."""
    root = home / "output" / "runs"
    first, last = f"{moment - WINDOW:{_STAMP}}", f"{moment:{_STAMP}}"
    if not root.is_dir():
        return []
    with os.scandir(root) as entries:
        return [entry.name for entry in entries if first < entry.name[:_STAMP_LENGTH] <= last]


def _started(run_id: str) -> datetime | None:
    """The moment that a run's id begins with."""
    try:
        return datetime.strptime(run_id.partition("-")[0], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _counts(home: Path, run_id: str, user: str) -> bool:
    """Whether a run is the user's and was started; one that was refused, or cancelled while it waited, was not."""
    run = RunDirectory(home, run_id)
    config, record = run.config(), run.metadata()
    if config is None or config.user != user:
        return False
    if record is not None and record.error is not None and record.error.kind == Busy.kind:
        return False
    return run.launched() or record is None or record.status is not RunStatus.CANCELLED
