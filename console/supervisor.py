"""The supervisor: takes jobs from the queue in order, starts their engines, finds its runs again after a restart."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console import presets, settings, users
from console.database import reading, transaction
from console.users import Forbidden, Role, User
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import EtlError, UsageError
from etl_batch.model import RunStatus
from etl_batch.runs import process
from etl_batch.runs.directory import RunDirectory, new_run_id
from etl_batch.runs.process import CancelReport
from etl_batch.security.audit import AuditLog

LOGGER = logging.getLogger(__name__)
TICK_SECONDS = 0.5
START_SECONDS = 30.0
"""A job that was taken and has no process after so long was lost between the two, when the console died."""
OVERTIME_SECONDS = 60.0
"""The engine stops itself at its timeout; so much later it hangs and is stopped from here."""
Spawn = Callable[[RunConfig, str], int]


@dataclass(frozen=True, slots=True)
class Job:
    """One waiting or running job of the queue."""

    run_id: str
    user: str
    state: str
    enqueued_at: str
    config: RunConfig


def enqueue(home: Path, config: RunConfig, user: User) -> str:
    """Put a run at the end of the queue and return its id; it shows as queued at once.

    Raises `Forbidden` unless the user, as the database has them now, is a super_admin, or an operator and the
    configuration is a preset's.
    """
    now = _present(home, user, Role.OPERATOR, "launch a run")
    if now.role is not Role.SUPER_ADMIN and not presets.is_preset(home, config):
        raise Forbidden(f"{now.name!r} is an operator and may launch presets only; ask a super_admin to save this one.")
    config = config.model_copy(update={"user": now.name, "home": home})
    run = RunDirectory(home, new_run_id())
    with transaction(home) as connection:
        connection.execute(
            "INSERT INTO queue (run_id, user_name, config, state, enqueued_at)"
            " VALUES (?, ?, ?, 'queued', strftime('%Y-%m-%dT%H:%M:%fZ'))",
            (run.run_id, now.name, json.dumps(config.to_json())),
        )
        AuditLog(home).append(
            user=now.name, action="run.enqueue", target=run.run_id, detail={"inputs": list(config.inputs)}
        )
        run.create().write("config.json", config.to_json())
    return run.run_id


def cancel(home: Path, run_id: str, user: User, grace_seconds: float = 10.0) -> CancelReport:
    """Take a waiting job off the queue, or stop a running one with its whole tree.

    Raises `Forbidden` unless the user is a super_admin, or an operator and the run is their own.
    """
    now = _present(home, user, Role.OPERATOR, "cancel a run")
    run = RunDirectory(home, run_id)
    if not run.path.is_dir():
        raise UsageError(f"There is no run {run_id!r}; the Runs screen lists those there are.")
    owner = (run.config() or {}).get("user")
    if now.role is not Role.SUPER_ADMIN and owner != now.name:
        raise Forbidden(f"Run {run_id} belongs to {owner!r}; {now.name!r} may cancel own runs only.")
    AuditLog(home).append(user=now.name, action="run.cancel", target=run_id)
    # Off the queue first, so that no supervisor starts it while it is being cancelled.
    _finish(home, run_id)
    return process.cancel(home, run_id, grace_seconds)


def _present(home: Path, user: User, needed: Role, action: str) -> User:
    """The user as the database has them now: a page may have been open since before a demotion."""
    return users.check_role(users.find(home, user.name), needed, action)


def list_queue(home: Path) -> list[Job]:
    """Running and waiting jobs in the order they run."""
    with reading(home) as connection:
        rows = connection.execute("SELECT * FROM queue WHERE state <> 'done' ORDER BY id").fetchall()
    return [
        Job(row["run_id"], row["user_name"], row["state"], row["enqueued_at"], build_config(json.loads(row["config"])))
        for row in rows
    ]


def _finish(home: Path, run_id: str) -> None:
    with transaction(home) as connection:
        connection.execute("UPDATE queue SET state = 'done' WHERE run_id = ?", (run_id,))


class Supervisor:
    """Works the queue of one home; several at once, in several processes, share it without starting a job twice."""

    def __init__(self, home: Path, spawn: Spawn = process.spawn, clock: Callable[[], float] = time.time) -> None:
        self.home, self.spawn, self.clock = home, spawn, clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work in a thread until `stop`."""
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop working; runs go on, and the next supervisor finds them."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        trouble = ""
        while not self._stop.is_set():
            try:
                self.tick()
                trouble = ""
            except Exception as error:
                # A full disk, or a bug that one run brings out, must not end the supervisor; say it once.
                if str(error) != trouble:
                    LOGGER.exception("The queue stands still.")
                trouble = str(error)
            self._stop.wait(TICK_SECONDS)

    def tick(self) -> None:
        """Look after every running job once, then start as many waiting ones as there are free runners."""
        for row in self._running():
            self._look_after(*row)
        while (taken := self._take()) is not None:
            self._launch(*taken)

    def _running(self) -> list[tuple[str, str, float]]:
        with reading(self.home) as connection:
            rows = connection.execute("SELECT run_id, config, taken_at FROM queue WHERE state = 'running'").fetchall()
        return [(row["run_id"], row["config"], row["taken_at"]) for row in rows]

    def _look_after(self, run_id: str, config_text: str, taken_at: float) -> None:
        run, age = RunDirectory(self.home, run_id), self.clock() - taken_at
        status = process.reconcile(self.home, run_id)
        if status is RunStatus.RUNNING and age > json.loads(config_text)["timeout"] + OVERTIME_SECONDS:
            process.cancel(self.home, run_id, status=RunStatus.TIMED_OUT)
            status = run.status()
        if status is RunStatus.QUEUED and age > START_SECONDS:
            self._refuse(run_id, "The console stopped while it was starting this run; run it again.")
        elif status.final:
            _finish(self.home, run_id)

    def _take(self) -> tuple[str, str] | None:
        """The next waiting job, marked as running in one transaction, while a runner is free."""
        runners = settings.get(self.home, "runners")
        with transaction(self.home) as connection:
            if connection.execute("SELECT count(*) FROM queue WHERE state = 'running'").fetchone()[0] >= runners:
                return None
            row = connection.execute("SELECT run_id, config FROM queue WHERE state = 'queued' ORDER BY id").fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE queue SET state = 'running', taken_at = ? WHERE run_id = ?", (self.clock(), row["run_id"])
            )
        return row["run_id"], row["config"]

    def _launch(self, run_id: str, config_text: str) -> None:
        try:
            self.spawn(build_config(json.loads(config_text)), run_id)
        except EtlError as error:
            self._refuse(run_id, error.message)
            return
        if not self._wanted(run_id):
            # Cancelled between being taken and being started.
            process.cancel(self.home, run_id)

    def _wanted(self, run_id: str) -> bool:
        with reading(self.home) as connection:
            row = connection.execute("SELECT state FROM queue WHERE run_id = ?", (run_id,)).fetchone()
        return row is not None and row["state"] == "running"

    def _refuse(self, run_id: str, sentence: str) -> None:
        LOGGER.error("Run %s could not be started: %s", run_id, sentence)
        process.fail(self.home, run_id, sentence)
        _finish(self.home, run_id)
