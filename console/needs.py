"""What needs somebody: runs that failed, until somebody has said that they have seen to them.

That is kept for the home, with who said it and when. A run that fails once more after it was gone on with needs
somebody again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from console.actions import act
from console.database import reading, transaction
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog


def acknowledge(home: Path, wanted: Sequence[str], user: User | None, moment: float | None = None) -> None:
    """Say of some runs that they need nobody any more; what is kept of runs that are gone is forgotten with it."""
    now = time.time() if moment is None else moment
    with transaction(home) as connection, act(home, "needs.acknowledge", user) as asked:
        there = set(run_ids(home))
        found = [run_id for run_id in wanted if run_id in there]
        AuditLog(home).append(
            user=asked.name, action="needs.acknowledge", target=", ".join(found), detail={"runs": found}
        )
        rows = [(run_id, asked.name, now) for run_id in found]
        connection.executemany("INSERT OR REPLACE INTO acknowledged VALUES (?, ?, ?)", rows)
        gone = "DELETE FROM acknowledged WHERE run_id NOT IN (SELECT value FROM json_each(?))"
        connection.execute(gone, (json.dumps(sorted(there)),))


def acknowledged(home: Path, wanted: Sequence[str]) -> set[str]:
    """Those of some runs that somebody has seen to since they have ended."""
    with reading(home) as connection:
        query = "SELECT run_id, at FROM acknowledged WHERE run_id IN (SELECT value FROM json_each(?))"
        rows = connection.execute(query, (json.dumps(list(wanted)),)).fetchall()
    return {row["run_id"] for row in rows if row["at"] >= _ended(home, row["run_id"])}


def _ended(home: Path, run_id: str) -> float:
    """When a run's last word was written, in seconds since 1970; nought for one that has none."""
    try:
        return RunDirectory(home, run_id).file("metadata.json").stat().st_mtime
    except (OSError, UsageError):
        return 0.0
