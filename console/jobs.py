"""The queue: runs that wait and runs that are under way, their order, and who may add, move and cancel them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from console import presets, sentences, settings
from console.actions import act, may
from console.clock import Moment
from console.database import reading, transaction
from console.users import Forbidden, User
from etl_batch.cli.launched import configuration_of
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import UsageError
from etl_batch.language import spoken
from etl_batch.model import utc_now
from etl_batch.record.originals import noted_name
from etl_batch.recovering import recover
from etl_batch.retrying import LONGEST_PAUSE_SECONDS
from etl_batch.runs.history.rate_limit import limit_of_environment, refuse_when_limited
from etl_batch.runs.processes import cancellation
from etl_batch.runs.processes.cancellation import CancelReport
from etl_batch.runs.processes.interruption import interrupt, resumable
from etl_batch.runs.processes.reconciliation import reconcile
from etl_batch.runs.record.directory import RunDirectory, new_run_id
from etl_batch.security.audit import AuditLog


class Move(StrEnum):
    """Where a waiting job may be moved to."""

    UP = "up"
    DOWN = "down"
    FRONT = "front"


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One waiting or running job of the queue."""

    run_id: str
    user: str
    state: str
    enqueued_at: str
    config: RunConfig
    schedule: str | None = None
    """The schedule it comes from."""


def enqueue(home: Path, config: RunConfig, user: User | None) -> str:
    """Put a run at the end of the queue and return its id; it shows as queued at once.

    Raises `Forbidden` for an operator when the configuration is no preset's, and `Busy` when the user has started too
    many runs within the hour.
    """
    with transaction(home) as connection, act(home, "run.launch", user) as now:
        return insert(connection, home, config, now)


def enqueue_preset(home: Path, name: str, user: User | None) -> str:
    """Put a run of a preset, as it stands now, at the end of the queue and return its id; raises as `enqueue` does."""
    with transaction(home) as connection, act(home, "preset.launch", user) as now:
        config = presets.find(home, name)
        if config is None:
            raise UsageError(sentences.PRESET_DELETED)
        return insert(connection, home, config, now, unattended=True)


def insert(
    connection: sqlite3.Connection,
    home: Path,
    config: RunConfig,
    user: User,
    schedule: str | None = None,
    *,
    unattended: bool = False,
    retries: int | None = None,
) -> str:
    """As `enqueue`, inside the caller's transaction; `user` is as the database has them now.

    `unattended`: of a preset or a schedule, whose file may have changed since. `retries`: in place of the
    configuration's, of a schedule.
    """
    if not may(user, "run.launch", within=config.replay_of is None and presets.is_preset(home, config)):
        raise Forbidden(sentences.OPERATOR_MAY_NOT_SAVE.format(name=user.name))
    again = {} if retries is None else {"retries": retries}
    language = config.language or user.language or spoken()
    config = config.changed({"user": user.name, "home": home, "unattended": unattended, "language": language, **again})
    run = RunDirectory(home, new_run_id())
    refuse_when_limited(home, user.name, run.run_id, runs_per_hour(home))
    connection.execute(
        "INSERT INTO queue (run_id, user_name, config, state, enqueued_at, position, schedule)"
        " VALUES (?, ?, ?, 'queued', ?, (SELECT coalesce(max(position), 0) + 1 FROM queue), ?)",
        (run.run_id, user.name, json.dumps(config.to_json()), utc_now(), schedule),
    )
    origin: dict[str, object] = {} if schedule is None else {"schedule": schedule}
    origin |= {} if config.replay_of is None else {"replay_of": config.replay_of}
    uploads = [name for each in config.inputs if (name := noted_name(home, each))]
    origin |= {"original_names": uploads} if uploads else {}
    detail = {"inputs": list(config.inputs), **origin}
    AuditLog(home).append(user=user.name, action="run.enqueue", target=run.run_id, detail=detail)
    run.create().write("config.json", config.to_json())
    return run.run_id


def runs_per_hour(home: Path) -> int:
    """Runs that a user may start within an hour, 0 for no limit: the setting or the environment's, the stricter one.

    Engines know the environment's only, so they never refuse what was allowed here.
    """
    return min(filter(None, (settings.get(home, "runs_per_hour"), limit_of_environment())), default=0)


def cancel(home: Path, run_id: str, user: User | None, grace_seconds: float = 10.0) -> CancelReport:
    """Take a waiting job off the queue, or stop a running one with its whole tree; an operator an own one only."""
    with act(home, "run.cancel", user) as now:
        config = _run_of(home, run_id).config()
        owner = config.user if config else None
        if not may(now, "run.cancel", within=owner == now.name):
            raise Forbidden(sentences.MAY_NOT_CANCEL.format(run_id=run_id, owner=owner, name=now.name))
        AuditLog(home).append(user=now.name, action="run.cancel", target=run_id)
    with transaction(home) as connection:
        # A waiting job leaves at once, so that nothing starts it; a running one keeps its runner until it is gone.
        connection.execute(
            "UPDATE queue SET cancelled = 1, state = CASE state WHEN 'queued' THEN 'done' ELSE state END"
            " WHERE run_id = ?",
            (run_id,),
        )
    report = cancellation.cancel(home, run_id, grace_seconds, by=now.name)
    if not report.processes_left:
        finish(home, run_id)
    return report


def resume(home: Path, run_id: str, user: User | None) -> None:
    """Put a run that was cut off at the end of the queue, to be gone on with; an operator an own one only.

    Raises `UsageError` for one that was not cut off, and `Busy` for one that goes on, or waits for it already.
    """
    with act(home, "run.resume", user) as now:
        run = _run_of(home, run_id)
        config = run.config()
        owner = config.user if config else ""
        if not may(now, "run.resume", within=owner == now.name):
            raise Forbidden(sentences.MAY_NOT_RESUME.format(run_id=run_id, owner=owner, name=now.name))
        recover(home)
        reconcile(home, run_id)
        resumable(run)
        values = configuration_of(run)
        AuditLog(home).append(user=now.name, action="run.resume", target=run_id, detail={"owner": owner})
    with transaction(home) as connection:
        connection.execute(
            "INSERT INTO queue (run_id, user_name, config, state, enqueued_at, position)"
            " VALUES (?, ?, ?, 'queued', ?, (SELECT coalesce(max(position), 0) + 1 FROM queue))"
            " ON CONFLICT (run_id) DO UPDATE SET state = 'queued', cancelled = 0, not_before = 0,"
            " enqueued_at = excluded.enqueued_at, position = excluded.position",
            (run_id, owner, json.dumps(values.to_json()), utc_now()),
        )
        # Whoever was told of its end is told of the next one too.
        connection.execute("DELETE FROM ended_runs WHERE run_id = ?", (run_id,))
        interrupt(run)  # the second of two who ask at once is refused here, and has changed nothing


def try_again(home: Path, run_id: str, moment: float) -> bool:
    """Have a job whose engine went away wait to be gone on with from a moment on; False when it was cancelled."""
    with transaction(home) as connection:
        changed = connection.execute(
            "UPDATE queue SET state = 'queued', not_before = ?, enqueued_at = ?"
            " WHERE run_id = ? AND state = 'running' AND NOT cancelled",
            (moment, utc_now(), run_id),
        )
        if changed.rowcount:
            interrupt(RunDirectory(home, run_id))
        return bool(changed.rowcount)


def _run_of(home: Path, run_id: str) -> RunDirectory:
    run = RunDirectory(home, run_id)
    if not run.path.is_dir():
        raise UsageError(sentences.NO_RUN.format(run_id=run_id))
    return run


def move(home: Path, run_id: str, where: Move, user: User | None) -> None:
    """Change the place of a waiting job: a super_admin among all of them, an operator an own one among their own.

    The places of an operator's jobs stay the same as a whole, so nobody else's job waits longer for it. Raises
    `Forbidden`, or `UsageError` for a job that does not wait any more.
    """
    with transaction(home) as connection, act(home, "queue.move", user) as now:
        rows = connection.execute(
            "SELECT run_id, user_name, position FROM queue WHERE state = 'queued' ORDER BY position, id"
        ).fetchall()
        owner = next((row["user_name"] for row in rows if row["run_id"] == run_id), None)
        if owner is None:
            raise UsageError(sentences.RUN_NOT_WAITING.format(run_id=run_id))
        movable = [row for row in rows if may(now, "queue.move", within=row["user_name"] == now.name)]
        before = [row["run_id"] for row in movable]
        if run_id not in before:
            raise Forbidden(sentences.MAY_NOT_MOVE.format(run_id=run_id, owner=owner, name=now.name))
        after = reordered(before, run_id, where)
        if after == before:
            return
        places = [row["position"] for row in movable]
        AuditLog(home).append(user=now.name, action="queue.move", target=run_id, detail={"where": str(where)})
        connection.executemany("UPDATE queue SET position = ? WHERE run_id = ?", list(zip(places, after, strict=True)))


def reordered(run_ids: list[str], run_id: str, where: Move) -> list[str]:
    """The list with one of its members moved; at the end it is moved to already nothing changes."""
    place = run_ids.index(run_id)
    target = {Move.UP: max(place - 1, 0), Move.DOWN: place + 1, Move.FRONT: 0}[where]
    rest = [other for other in run_ids if other != run_id]
    return [*rest[:target], run_id, *rest[target:]]


def list_queue(home: Path) -> list[QueuedJob]:
    """Running jobs, then the waiting ones in the order they will run."""
    with reading(home) as connection:
        rows = connection.execute(
            "SELECT * FROM queue WHERE state <> 'done' ORDER BY state = 'queued', position, id"
        ).fetchall()
    return [
        QueuedJob(
            row["run_id"],
            row["user_name"],
            row["state"],
            row["enqueued_at"],
            build_config(json.loads(row["config"])),
            row["schedule"],
        )
        for row in rows
    ]


def take(home: Path, now: float | Moment) -> tuple[str, str] | None:
    """The next waiting job, marked as running in one transaction, while a runner is free: its run and configuration."""
    runners = settings.get(home, "runners")
    with transaction(home) as connection:
        if connection.execute("SELECT count(*) FROM queue WHERE state = 'running'").fetchone()[0] >= runners:
            return None
        moment = Moment.of(now)
        # A moment that is further off than any wait was set before the clock was set back.
        row = connection.execute(
            "SELECT run_id, config FROM queue WHERE state = 'queued' AND (not_before <= ? OR not_before > ?)"
            " ORDER BY position, id",
            (moment.wall, moment.wall + LONGEST_PAUSE_SECONDS),
        ).fetchone()
        if row is None:
            return None
        connection.execute(
            "UPDATE queue SET state = 'running', taken_at = ?, taken_steady = ?, taken_boot = ? WHERE run_id = ?",
            (moment.wall, moment.steady, moment.boot, row["run_id"]),
        )
    return row["run_id"], row["config"]


def running(home: Path, now: float | Moment | None = None) -> list[tuple[str, str, float]]:
    """Run, configuration and the seconds since it was taken, of every job that is under way."""
    moment = Moment.of(now)
    with reading(home) as connection:
        rows = connection.execute("SELECT * FROM queue WHERE state = 'running'").fetchall()
    ages = [moment.since(Moment(row["taken_at"], row["taken_steady"], row["taken_boot"])) for row in rows]
    return [(row["run_id"], row["config"], age) for row, age in zip(rows, ages, strict=True)]


def wanted(home: Path, run_id: str) -> bool:
    """Whether a job that was taken is still to run: nobody has cancelled it since."""
    with reading(home) as connection:
        query = "SELECT count(*) FROM queue WHERE run_id = ? AND state = 'running' AND NOT cancelled"
        return bool(connection.execute(query, (run_id,)).fetchone()[0])


def finish(home: Path, run_id: str) -> None:
    """Take a job off the queue; its run's directory says how it ended."""
    with transaction(home) as connection:
        connection.execute("UPDATE queue SET state = 'done' WHERE run_id = ?", (run_id,))


def unfinished(home: Path) -> set[str]:
    """The runs that the queue holds: their end is none yet."""
    with reading(home) as connection:
        return {row["run_id"] for row in connection.execute("SELECT run_id FROM queue WHERE state <> 'done'")}


def schedules_of(home: Path, run_ids: Sequence[str]) -> dict[str, str]:
    """Those of some runs that come from a schedule, with its name."""
    query = (
        "SELECT run_id, schedule FROM queue WHERE schedule IS NOT NULL AND run_id IN (SELECT value FROM json_each(?))"
    )
    with reading(home) as connection:
        rows = connection.execute(query, (json.dumps(list(run_ids)),)).fetchall()
    return {row["run_id"]: row["schedule"] for row in rows}


def strays(home: Path, run_ids: Collection[str]) -> dict[str, bool]:
    """Those of some runs that the queue does not hold, and whether somebody has cancelled them."""
    waiting = unfinished(home)
    left = [run_id for run_id in run_ids if run_id not in waiting]
    with reading(home) as connection:
        query = "SELECT count(*) FROM queue WHERE run_id = ? AND cancelled"
        return {run_id: bool(connection.execute(query, (run_id,)).fetchone()[0]) for run_id in left}
