"""The console is killed between a run's directory and its job in the queue: no run waits for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from console import jobs, users
from console.supervisor import STRAY_SECONDS, Supervisor
from console.users import Role
from etl_batch.config import RunConfig
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.model import RunStatus
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.processes import reconciliation
from etl_batch.runs.record.directory import RunDirectory

KILLED_QUEUEING = """
import os, sys
from pathlib import Path
from console import jobs, users
from etl_batch.config import RunConfig
from etl_batch.runs.record.directory import RunDirectory

def last_breath(real):
    def call(*arguments, **keywords):
        real(*arguments, **keywords)
        os.kill(os.getpid(), 9)
    return call

home = Path(sys.argv[1])
RunDirectory.write = last_breath(RunDirectory.write)
config = RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)
jobs.enqueue(home, config, users.find(home, "ada"))
"""
KILLED_CANCELLING = """
import os, sys
from pathlib import Path
from console import jobs, users
from etl_batch.runs.processes import cancellation

cancellation.cancel = lambda *arguments, **keywords: os.kill(os.getpid(), 9)
home = Path(sys.argv[1])
jobs.cancel(home, sys.argv[2], users.find(home, "ada"))
"""


def killed(code: str, *words: str) -> None:
    """A console that kills itself at the named moment."""
    ended = subprocess.run(
        [sys.executable, "-c", code, *words], env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)}, check=False
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.fixture
def home(fresh: Path) -> Path:
    """A home with one user."""
    users.create(fresh, "ada", Role.SUPER_ADMIN, "correct horse battery", "test")
    return fresh


def look(home: Path, seconds: float) -> None:
    """What a supervisor does so much later, with nothing that it could start."""

    def spawn(_config: RunConfig, _run_id: str) -> int:
        pytest.fail("a run was started")

    Supervisor(home, spawn, lambda: time.time() + seconds).tick()


def test_killed_before_the_commit(home):
    """The directory is there and the job is not: it waits for a while, then it has failed and says why."""
    killed(KILLED_QUEUEING, str(home))
    (run_id,) = run_ids(home)
    run = RunDirectory(home, run_id)
    assert jobs.list_queue(home) == []
    look(home, STRAY_SECONDS / 2)
    assert run.status() is RunStatus.QUEUED
    look(home, STRAY_SECONDS + 1)
    assert run.status() is RunStatus.FAILED
    assert "queueing this run" in run.metadata().error.message


def test_killed_between_taking_it_off_the_queue_and_the_last_word(home, monkeypatch):
    """A waiting run that somebody was cancelling ends as cancelled."""
    config = RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)
    run_id = jobs.enqueue(home, config, users.find(home, "ada"))
    killed(KILLED_CANCELLING, str(home), run_id)
    assert RunDirectory(home, run_id).status() is RunStatus.QUEUED
    look(home, STRAY_SECONDS + 1)
    assert RunDirectory(home, run_id).status() is RunStatus.CANCELLED


def test_what_waits_in_the_queue_goes_on_waiting(home, monkeypatch):
    """However long it has waited."""
    config = RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)
    run_id = jobs.enqueue(home, config, users.find(home, "ada"))
    monkeypatch.setattr(jobs, "take", lambda _home, _now: None)
    look(home, 1e6)
    assert RunDirectory(home, run_id).status() is RunStatus.QUEUED


def test_without_a_console_nothing_waits(fresh):
    """A home that never had a console has no queue: what an embedded dashboard left before its start has failed."""
    run = RunDirectory(fresh, "20260101T000000Z-abcdef").create()
    run.write("config.json", {"user": "ada"})
    assert reconciliation.reconcile(fresh, run.run_id) is RunStatus.QUEUED
    os.utime(run.path, (0, 0))
    assert reconciliation.reconcile(fresh, run.run_id) is RunStatus.FAILED
