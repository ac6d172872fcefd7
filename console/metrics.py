"""What monitoring sees: the liveness answer and the Prometheus text."""

from __future__ import annotations

import hmac
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from console import settings
from console.database import reading
from etl_batch.model import RunStatus
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.index import run_ids
from etl_batch.runs.resources import engine_version

_succeeded: set[tuple[Path, str]] = set()
"""A success stays one, so its metadata is read once per process; any other run may still be resumed."""


def queue_states(home: Path) -> dict[str, int]:
    """How many jobs wait and run."""
    with reading(home) as connection:
        rows = connection.execute("SELECT state, count(*) FROM queue WHERE state <> 'done' GROUP BY state").fetchall()
    return {"queued": 0, "running": 0} | {row[0]: row[1] for row in rows}


def health(home: Path) -> dict[str, Any]:
    """The body of `/healthz`; sizes in bytes."""
    disk = shutil.disk_usage(home)
    return {
        "status": "ok",
        "version": engine_version(),
        "queue": queue_states(home),
        "disk": {"free_bytes": disk.free, "total_bytes": disk.total},
    }


def run_states(home: Path) -> Counter[RunStatus]:
    """How many runs of the home stand in each state."""
    counts: Counter[RunStatus] = Counter(dict.fromkeys(RunStatus, 0))
    for run_id in run_ids(home):
        known = (home, run_id) in _succeeded
        status = RunStatus.SUCCESS if known else RunDirectory(home, run_id).status()
        if status is RunStatus.SUCCESS:
            _succeeded.add((home, run_id))
        counts[status] += 1
    return counts


def prometheus(home: Path) -> str:
    """The body of `/metrics` in the Prometheus text format, version 0.0.4."""
    disk = shutil.disk_usage(home)
    lines = [
        "# HELP etl_info Version of the console.",
        "# TYPE etl_info gauge",
        f'etl_info{{version="{engine_version()}"}} 1',
        "# HELP etl_queue_jobs Jobs of the queue by state.",
        "# TYPE etl_queue_jobs gauge",
        *(f'etl_queue_jobs{{state="{state}"}} {count}' for state, count in queue_states(home).items()),
        "# HELP etl_runs Runs in the history by status.",
        "# TYPE etl_runs gauge",
        *(f'etl_runs{{status="{status}"}} {count}' for status, count in run_states(home).items()),
        "# HELP etl_disk_free_bytes Free bytes on the disk of the home.",
        "# TYPE etl_disk_free_bytes gauge",
        f"etl_disk_free_bytes {disk.free}",
    ]
    return "\n".join(lines) + "\n"


def bearer_token_good(home: Path, authorization: str) -> bool:
    """Whether an Authorization header carries the token of `ETL_METRICS_TOKEN` or of the settings."""
    token = os.environ.get("ETL_METRICS_TOKEN") or settings.get(home, "metrics_token")
    scheme, _space, given = authorization.partition(" ")
    if not token or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode(), token.encode())
