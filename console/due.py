"""Due schedules: each due time is claimed and its run queued in one transaction, so that it happens exactly once."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from console import cron, schedules, sentences, users
from console.database import reading, transaction
from console.schedules import Missed, Schedule
from console.users import Role
from etl_batch.errors import EtlError, UsageError

LOGGER = logging.getLogger(__name__)
LATE_SECONDS = 60.0
"""A due time that is found so much later was missed: no console was running."""


def start_due(home: Path, now: float) -> list[str]:
    """Queue a run for every schedule that is due, or note why there is none; returns the new runs.

    Several consoles may do this at the same moment. `now` is in seconds since the epoch.
    """
    with reading(home) as connection:
        rows = connection.execute(
            "SELECT name FROM schedules WHERE NOT paused AND next_at <= ? ORDER BY next_at, name", (now,)
        ).fetchall()
    started = [_start(home, row["name"], now) for row in rows]
    return [run_id for run_id in started if run_id is not None]


def align(home: Path, now: float) -> list[str]:
    """Bring forward each time that is further off than the expression says, and return whose it was.

    Such a time was found before the clock was set back: a schedule of every minute would sleep until then.
    """
    early = []
    with reading(home) as connection:
        rows = connection.execute("SELECT * FROM schedules WHERE NOT paused AND next_at > ?", (now,)).fetchall()
    for row in rows:
        moment = _next_after(row, now)
        if moment is not None and moment < row["next_at"]:
            early.append((moment, row["name"], row["next_at"], row["cron"], row["zone"]))
    if early:
        query = "UPDATE schedules SET next_at = ? WHERE name = ? AND next_at = ? AND cron = ? AND zone = ?"
        with transaction(home) as connection:
            connection.executemany(query, early)
    return [name for _moment, name, *_rest in early]


def _next_after(row: sqlite3.Row, now: float) -> float | None:
    try:
        return cron.next_after(row["cron"], row["zone"], now)
    except UsageError:
        return None  # a time zone that this machine knows no longer; at its time the schedule will say so


def _start(home: Path, name: str, now: float) -> str | None:
    with transaction(home) as connection:
        row = connection.execute(
            "SELECT * FROM schedules WHERE name = ? AND NOT paused AND next_at <= ?", (name, now)
        ).fetchone()
        if row is None:
            return None  # another supervisor was faster, or it was paused meanwhile
        run_id, word = None, ""
        connection.execute("SAVEPOINT job")
        try:
            schedule = schedules.schedule_of(home, row)
            word = _objection(home, connection, schedule, now)
            if not word:
                run_id = _queue(home, connection, schedule)
        except EtlError as error:
            connection.execute("ROLLBACK TO job")
            word = error.message
        if word:
            LOGGER.warning("Schedule %r started no run: %s", name, word)
        connection.execute(
            "UPDATE schedules SET next_at = ?, last_at = ?, last_run = coalesce(?, last_run), last_word = ?"
            " WHERE name = ?",
            (cron.next_after(row["cron"], row["zone"], now), row["next_at"], run_id, word, name),
        )
    return run_id


def _queue(home: Path, connection: sqlite3.Connection, schedule: Schedule) -> str:
    owner = users.find(home, schedule.owner)
    assert owner is not None  # `_objection` has seen the owner inside this transaction
    return schedules.insert(connection, home, schedule, owner)


def _objection(home: Path, connection: sqlite3.Connection, schedule: Schedule, now: float) -> str:
    """Why a due time starts no run, in a sentence; empty when it does."""
    owner = users.find(home, schedule.owner)
    if owner is None:
        return sentences.OWNER_GONE.format(owner=schedule.owner)
    if owner.disabled:
        return sentences.OWNER_DISABLED.format(owner=owner.name)
    if owner.role is not Role.SUPER_ADMIN:
        return sentences.OWNER_DEMOTED.format(owner=owner.name, role=owner.role)
    still = schedules.unfinished(connection, schedule.name)
    if still is not None:
        return sentences.SKIPPED_STILL_RUNNING.format(run_id=still)
    late = now - (schedule.next_at or now)
    if late > LATE_SECONDS and schedule.missed is Missed.SKIP:
        return sentences.SKIPPED_NO_CONSOLE.format(late=cron.span(late))
    return ""
