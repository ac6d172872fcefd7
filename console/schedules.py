"""Schedules: runs that start by themselves. What one is, and what people may do with it; `due` starts the runs.

Who saves a schedule owns it: its runs are the owner's, and start only while the owner is a super_admin.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from console import cron, jobs, presets, sentences
from console.actions import act, may
from console.database import reading, transaction
from console.users import Forbidden, User
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import Busy, UsageError
from etl_batch.model import utc_now
from etl_batch.security.audit import AuditLog
from etl_batch.settings import setting

LONGEST_NAME = 64


class Missed(StrEnum):
    """What happens when a time came while no console was running."""

    SKIP = "skip"
    """Nothing: the next time is soon enough."""
    ONCE = "once"
    """One run, however many times were missed."""


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """What a person says of a schedule: when, and either a preset's name or a configuration of its own."""

    name: str
    cron: str
    zone: str
    preset: str | None = None
    config: RunConfig | None = None
    missed: Missed = Missed.SKIP
    retries: int | None = None
    """How often its runs are tried again; None: as their settings say."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule as the database has it. Moments are seconds since the epoch."""

    name: str
    cron: str
    zone: str
    preset: str | None
    config: RunConfig | None
    missed: Missed
    owner: str
    paused: bool
    next_at: float | None
    last_at: float | None
    """When it last came due or was run by hand."""
    last_run: str | None
    last_word: str
    """Why the last due time started no run; empty when it did."""
    retries: int | None = None
    """How often its runs are tried again; None: as their settings say."""


def list_schedules(home: Path) -> list[Schedule]:
    """All schedules by name."""
    with reading(home) as connection:
        rows = connection.execute("SELECT * FROM schedules ORDER BY name").fetchall()
    return [schedule_of(home, row) for row in rows]


def coming(home: Path, limit: int) -> list[Schedule]:
    """The schedules that come next, soonest first; those that are paused do not."""
    query = "SELECT * FROM schedules WHERE NOT paused AND next_at IS NOT NULL ORDER BY next_at, name LIMIT ?"
    with reading(home) as connection:
        rows = connection.execute(query, (limit,)).fetchall()
    return [schedule_of(home, row) for row in rows]


def find(home: Path, name: str) -> Schedule:
    """The schedule of that name, whatever its case; raises `UsageError` when there is none."""
    with reading(home) as connection:
        return schedule_of(home, _row(connection, name))


def schedule_of(home: Path, row: sqlite3.Row) -> Schedule:
    """The schedule in a row of the table."""
    values: dict[str, Any] = {name: row[name] for name in Schedule.__slots__}
    own = None if row["config"] is None else build_config({**json.loads(row["config"]), "home": home})
    return Schedule(**values | {"config": own, "missed": Missed(row["missed"]), "paused": bool(row["paused"])})


def config_of(home: Path, schedule: Schedule) -> RunConfig:
    """What the schedule runs now: a preset's configuration is looked up each time. Raises `UsageError`."""
    if schedule.preset is None:
        assert schedule.config is not None  # the table holds one of the two
        return schedule.config
    config = presets.find(home, schedule.preset)
    if config is None:
        raise UsageError(sentences.PRESET_OF_SCHEDULE_GONE.format(preset=schedule.preset))
    return config


def insert(connection: sqlite3.Connection, home: Path, schedule: Schedule, user: User) -> str:
    """Put a run of the schedule on the queue, inside the caller's transaction; returns its id."""
    config = config_of(home, schedule)
    return jobs.insert(connection, home, config, user, schedule.name, unattended=True, retries=schedule.retries)


def add(home: Path, draft: ScheduleDraft, user: User | None, by: str | None = None) -> Schedule:
    """Keep a new schedule, owned by a super_admin; `by` is who does it on the audit log when it is not the owner.

    Raises `UsageError` for a draft that makes no sense or a name that is taken.
    """
    with transaction(home) as connection, act(home, "schedule.add", user) as now:
        values = _checked(home, draft)
        if connection.execute("SELECT 1 FROM schedules WHERE name = ?", (values["name"],)).fetchone():
            raise UsageError(sentences.SCHEDULE_EXISTS.format(name=values["name"]), field="name")
        _record(home, by or now.name, "schedule.add", values, now.name)
        _insert(connection, values | {"owner": now.name, "created_at": utc_now()})
        return schedule_of(home, _row(connection, values["name"]))


def change(home: Path, draft: ScheduleDraft, user: User | None) -> Schedule:
    """Replace what the schedule of that name says; whoever saves it owns it from then on. Raises `UsageError`."""
    with transaction(home) as connection, act(home, "schedule.change", user) as now:
        values = _checked(home, draft)
        before = _row(connection, draft.name)
        _record(home, now.name, "schedule.change", values, now.name)
        values |= {"name": before["name"], "owner": now.name, "last_word": ""}
        sets = ", ".join(f"{name} = :{name}" for name in values if name != "name")
        # The names come from the code above, never from a person.
        connection.execute(f"UPDATE schedules SET {sets} WHERE name = :name", values)  # noqa: S608 - no input
        return schedule_of(home, _row(connection, draft.name))


def remove(home: Path, name: str, user: User | None, by: str | None = None) -> None:
    """Forget a schedule; runs it has started stay. Raises `UsageError` when there is none of that name."""
    with transaction(home) as connection, act(home, "schedule.remove", user) as now:
        found = _row(connection, name)["name"]
        AuditLog(home).append(user=by or now.name, action="schedule.remove", target=found)
        connection.execute("DELETE FROM schedules WHERE name = ?", (found,))


def pause(home: Path, name: str, user: User | None) -> None:
    """Let the schedule rest: its times pass without a run and are not made up for."""
    with transaction(home) as connection, act(home, "schedule.pause", user) as now:
        found = _row(connection, name)["name"]
        AuditLog(home).append(user=now.name, action="schedule.pause", target=found)
        connection.execute("UPDATE schedules SET paused = 1 WHERE name = ?", (found,))


def resume(home: Path, name: str, user: User | None) -> None:
    """Let a paused schedule go on with its next time from now."""
    with transaction(home) as connection, act(home, "schedule.resume", user) as now:
        row = _row(connection, name)
        moment = cron.next_after(row["cron"], row["zone"], time.time())
        AuditLog(home).append(user=now.name, action="schedule.resume", target=row["name"])
        connection.execute("UPDATE schedules SET paused = 0, next_at = ? WHERE name = ?", (moment, row["name"]))


def run_now(home: Path, name: str, user: User | None) -> str:
    """Put a run of the schedule on the queue at once, for whoever asks, and return its id.

    A super_admin may run any, an operator those of a preset. Raises `Busy` while its last run still
    waits or runs or the user has started too many runs within the hour.
    """
    with transaction(home) as connection, act(home, "schedule.run", user) as now:
        schedule = schedule_of(home, _row(connection, name))
        if not may(now, "schedule.run", within=schedule.preset is not None):
            raise Forbidden(sentences.OPERATOR_MAY_NOT_SCHEDULE.format(name=now.name))
        still = unfinished(connection, schedule.name)
        if still is not None:
            raise Busy(sentences.SCHEDULE_STILL_RUNS.format(run_id=still))
        AuditLog(home).append(user=now.name, action="schedule.run", target=schedule.name)
        run_id = insert(connection, home, schedule, now)
        connection.execute(
            "UPDATE schedules SET last_run = ?, last_at = ?, last_word = '' WHERE name = ?",
            (run_id, time.time(), schedule.name),
        )
    return run_id


def unfinished(connection: sqlite3.Connection, name: str) -> str | None:
    """The run of a schedule that still waits or runs."""
    row = connection.execute("SELECT run_id FROM queue WHERE schedule = ? AND state <> 'done'", (name,)).fetchone()
    return None if row is None else str(row["run_id"])


def _row(connection: sqlite3.Connection, name: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute("SELECT * FROM schedules WHERE name = ?", (name.strip(),)).fetchone()
    if row is None:
        raise UsageError(sentences.NO_SCHEDULE.format(name=name))
    return row


def _checked(home: Path, draft: ScheduleDraft) -> dict[str, Any]:
    """The columns that a draft fills; raises `UsageError` whose `field` is the part that makes no sense."""
    name = draft.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(sentences.NO_SCHEDULE_NAME.format(name=name, most=LONGEST_NAME), field="name")
    if (draft.preset is None) == (draft.config is None):
        raise UsageError(sentences.NOTHING_SCHEDULED, field="what")
    if draft.preset is not None and presets.find(home, draft.preset) is None:
        raise UsageError(sentences.NO_PRESET_TO_SCHEDULE.format(preset=draft.preset), field="what")
    most = setting("retries").bounds.most or 0
    if draft.retries is not None and not 0 <= draft.retries <= most:
        raise UsageError(sentences.NO_RETRIES.format(given=draft.retries, most=most), field="retries")
    return {
        "name": name,
        "cron": " ".join(draft.cron.split()),
        "zone": draft.zone,
        "preset": draft.preset,
        "config": None if draft.config is None else json.dumps(presets.body(draft.config)),
        "missed": str(draft.missed),
        "retries": draft.retries,
        "next_at": cron.check(draft.cron, draft.zone, time.time()),
    }


def _insert(connection: sqlite3.Connection, values: dict[str, Any]) -> None:
    columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    # The names come from the code above, never from a person.
    connection.execute(f"INSERT INTO schedules ({columns}) VALUES ({places})", values)  # noqa: S608 - no input


def _record(home: Path, by: str, action: str, values: dict[str, Any], owner: str) -> None:
    detail = {name: values[name] for name in ("cron", "zone", "preset", "missed")} | {"owner": owner}
    if values["retries"] is not None:
        detail["retries"] = values["retries"]
    if values["config"] is not None:
        detail["inputs"] = json.loads(values["config"])["inputs"]
    AuditLog(home).append(user=by, action=action, target=values["name"], detail=detail)
