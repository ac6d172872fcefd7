"""Liveness: whether the console can do its work, told without an account and without writing anything.

What is told to anybody names no path. Each question is answered within seconds, whoever holds a lock.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from console import sentences
from console.database import reading
from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import file_size
from etl_batch.runs.record.resources import engine_version

FOLDERS = ("data", "output", "report", ".secrets")
LEAST_BYTES = 1_000_000
"""Less free than this is as good as nothing: a commit of the database may take more."""
LOCK_SECONDS = 2.0
"""A database whose lock is not to be had for so long cannot be written."""


def health(home: Path) -> dict[str, Any]:
    """The body of `/healthz`: `status` is "ok" exactly when `problems` is empty; sizes in bytes, None for unknown."""
    problems = list(_full_disks(home))
    queue = {"queued": None, "running": None} | _queue(home, problems)
    return {
        "status": "failing" if problems else "ok",
        "version": engine_version(),
        "queue": queue,
        "disk": _disk(home),
        "problems": problems,
    }


def queue_states(home: Path) -> dict[str, int]:
    """How many jobs wait and run."""
    with reading(home) as connection:
        return _states(connection)


def _states(connection: sqlite3.Connection) -> dict[str, int]:
    rows = connection.execute("SELECT state, count(*) FROM queue WHERE state <> 'done' GROUP BY state").fetchall()
    return {"queued": 0, "running": 0} | {row[0]: row[1] for row in rows}


def _queue(home: Path, problems: list[str]) -> dict[str, int]:
    """The queue; adds to the problems when it cannot be read, or nothing can be put into it."""
    found: dict[str, int] = {}
    try:
        with reading(home) as connection:
            connection.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000:.0f}")
            found = _states(connection)
            # To take the write lock and give it back writes nothing, and fails where a write would.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except EtlError as error:
        sentence = sentences.DATABASE_NOT_WRITTEN if found else sentences.DATABASE_NOT_READ
        problems.append(sentence.format(reason=_reason(error)))
    return found


def _reason(error: EtlError) -> str:
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    return (isinstance(cause, OSError) and cause.strerror) or error.kind


def _disk(home: Path) -> dict[str, int | None]:
    try:
        usage = shutil.disk_usage(home)
    except OSError:
        return {"free_bytes": None, "total_bytes": None}
    return {"free_bytes": usage.free, "total_bytes": usage.total}


def _full_disks(home: Path) -> Iterator[str]:
    """What is wrong with the file systems of the home's folders, each named by the first folder on it."""
    seen = set()
    for name in FOLDERS:
        try:
            device, state = (home / name).stat().st_dev, os.statvfs(home / name)
        except OSError as error:
            yield sentences.FOLDER_NOT_THERE.format(folder=name, reason=error.strerror)
            continue
        if device in seen:
            continue
        seen.add(device)
        if state.f_flag & os.ST_RDONLY:
            yield sentences.DISK_NOT_WRITTEN.format(folder=name)
        elif state.f_bavail * state.f_frsize < LEAST_BYTES:
            yield sentences.DISK_FULL.format(folder=name, free=file_size(state.f_bavail * state.f_frsize))
        elif state.f_files and not state.f_favail:
            yield sentences.DISK_WITHOUT_FILES.format(folder=name)
