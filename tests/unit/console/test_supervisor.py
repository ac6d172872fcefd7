"""The supervisor: the order in which runs start, how they are looked after, and what a restart finds again."""

from __future__ import annotations

import logging
import os
import time
from functools import partial
from itertools import count

import psutil
import pytest

from console import database, jobs, schedules, settings, supervisor
from console.schedules import ScheduleDraft
from console.supervisor import Supervisor
from console.users import Role
from etl_batch.config import RunConfig
from etl_batch.errors import OutputFailed
from etl_batch.model import RunStatus
from etl_batch.runs.processes import spawning, tree
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.waiting import until

ENGINE = """
import json, os, sys
from pathlib import Path
_verb, run_id, _flag, home = sys.argv[1:]
run = Path(home, "output", "runs", run_id)
with Path(home, "order").open("a") as order:
    print(run.name, file=order)
with Path(home, "go").open() as gate:
    gate.read()
(run / "metadata.json").write_text(json.dumps({"status": "success"}))
"""


@pytest.fixture
def config(home) -> RunConfig:
    """A configuration that an engine could run."""
    return RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)


@pytest.fixture
def spawn(home, tmp_path):
    """Starts a stand-in engine that notes the order of the runs and waits at the FIFO `go` before it succeeds."""
    engine = tmp_path / "engine.py"
    engine.write_text(ENGINE)
    os.mkfifo(home / "go")
    yield partial(spawning.spawn, engine=engine)
    for run in (home / "output" / "runs").glob("2*"):
        for left in tree.run_processes(RunDirectory(home, run.name)):
            left.kill()


def release(home) -> None:
    """Let the engine that waits go on to its end."""
    (home / "go").write_text("")


def settle(home, run_id: str) -> None:
    """Poll until no process of the run is left, and nobody waits for one."""
    until(lambda: not RunDirectory(home, run_id).alive())


def states(home) -> list[str]:
    """The states of the jobs on the queue."""
    return [job.state for job in jobs.list_queue(home)]


def test_jobs_run_in_order_one_at_a_time(home, people, config, spawn):
    """The second starts when the first has ended."""
    runs = [jobs.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(2)]
    worker = Supervisor(home, spawn)
    worker.tick()
    worker.tick()
    assert states(home) == ["running", "queued"]
    release(home)
    settle(home, runs[0])
    worker.tick()
    assert [job.run_id for job in jobs.list_queue(home)] == [runs[1]]
    release(home)
    settle(home, runs[1])
    worker.tick()
    assert states(home) == []
    assert (home / "order").read_text().split() == runs
    assert {RunDirectory(home, run_id).status() for run_id in runs} == {RunStatus.SUCCESS}


def test_more_runners_run_more_at_a_time(home, people, config, spawn):
    """The setting says how many; two supervisors together do not start more, nor one job twice."""
    settings.put(home, "runners", 2)
    for _ in range(3):
        jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    for worker in (Supervisor(home, spawn), Supervisor(home, spawn)):
        worker.tick()
    assert states(home) == ["running", "running", "queued"]


def test_a_restart_finds_its_runs_again(home, people, config, spawn):
    """A new supervisor neither starts a running job anew nor loses its end."""
    run_id = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    Supervisor(home, spawn).tick()
    after = Supervisor(home, spawn)
    after.tick()
    assert states(home) == ["running"]
    release(home)
    settle(home, run_id)
    after.tick()
    assert states(home) == []
    assert (home / "order").read_text().split() == [run_id]


def test_a_run_killed_while_nobody_looked_is_failed(home, people, config, spawn):
    """After a restart a run without its process gets its last word, and the queue goes on."""
    runs = [jobs.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(2)]
    Supervisor(home, spawn).tick()
    RunDirectory(home, runs[0]).engine().kill()
    settle(home, runs[0])
    after = Supervisor(home, spawn)
    while (runs[0], "running") in [(job.run_id, job.state) for job in jobs.list_queue(home)]:
        after.tick()  # whoever waits for the engine may write its last word just now
    assert RunDirectory(home, runs[0]).metadata().error.kind == "killed"
    assert [(job.run_id, job.state) for job in jobs.list_queue(home)] == [(runs[1], "running")]


def test_a_job_lost_between_queue_and_process_is_told(home, people, config):
    """When the console died just before it started an engine, the run fails in words instead of waiting for ever."""
    run_id, now = jobs.enqueue(home, config, people[Role.SUPER_ADMIN]), [1_000_000_000.0]
    Supervisor(home, spawn=lambda *_: 0, clock=lambda: now[0]).tick()
    worker = Supervisor(home, spawn=lambda *_: 0, clock=lambda: now[0])
    now[0] += 20
    worker.tick()
    assert states(home) == ["running"]
    now[0] += 20
    worker.tick()
    assert states(home) == []
    assert "run it again" in RunDirectory(home, run_id).metadata().error.message


def test_an_engine_that_cannot_be_started_is_told(home, people, config):
    """The run fails with the reason and the next job is not held up."""

    def no_memory(_config, _run_id):
        raise OutputFailed("No memory.")

    run_id = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    Supervisor(home, no_memory).tick()
    assert RunDirectory(home, run_id).metadata().error.message == "No memory."
    assert states(home) == []


def test_a_hanging_engine_is_stopped(home, people, config, spawn):
    """An engine that has overrun its own timeout by a minute is stopped and the run has timed out."""
    run_id = jobs.enqueue(home, config.changed({"timeout": 100.0}), people[Role.SUPER_ADMIN])
    now = [1_000_000_000.0]
    worker = Supervisor(home, spawn, clock=lambda: now[0])
    worker.tick()
    now[0] += 159
    worker.tick()
    assert states(home) == ["running"]
    now[0] += 2
    worker.tick()
    assert RunDirectory(home, run_id).status() is RunStatus.TIMED_OUT
    assert RunDirectory(home, run_id).metadata().error.kind == "timed_out"
    assert states(home) == []


def test_cancelling_a_running_job_proves_it(home, people, config, spawn):
    """No process is left, the run is cancelled, and the queue is free."""
    run_id = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    Supervisor(home, spawn).tick()
    report = jobs.cancel(home, run_id, people[Role.SUPER_ADMIN])
    assert (report.signalled, report.processes_left, report.outputs_intact) == (True, 0, True)
    assert RunDirectory(home, run_id).status() is RunStatus.CANCELLED
    assert states(home) == []


def test_cancelled_between_taken_and_started(home, people, config, spawn):
    """A job cancelled in the instant before its engine starts does not run after all."""
    run_id = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])

    def cancel_then_spawn(job_config, job_run_id):
        jobs.cancel(home, job_run_id, people[Role.SUPER_ADMIN])
        return spawn(job_config, job_run_id)

    Supervisor(home, cancel_then_spawn).tick()
    assert tree.run_processes(RunDirectory(home, run_id)) == []
    assert RunDirectory(home, run_id).status() is RunStatus.CANCELLED


def test_stopping_the_supervisor_leaves_runs_alone(home, people, config, spawn):
    """The thread works the queue, stops when told, and the engine goes on."""
    run_id = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    worker = Supervisor(home, spawn)
    worker.start()
    until((home / "order").exists)
    worker.stop()
    engine = RunDirectory(home, run_id).engine()
    assert engine is not None
    assert engine.status() != psutil.STATUS_ZOMBIE


def test_trouble_does_not_end_the_supervisor(home, people, config, spawn, monkeypatch, caplog):
    """While the database cannot be read it says so once; when it can be again, the queue goes on."""
    monkeypatch.setattr(supervisor, "TICK_SECONDS", 0.001)
    reading, broken = database.reading, count()

    def sometimes(where):
        if next(broken) < 20:
            raise OutputFailed("The disk is full.")
        return reading(where)

    jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    monkeypatch.setattr(jobs, "reading", sometimes)
    worker = Supervisor(home, spawn)
    with caplog.at_level(logging.ERROR):
        worker.start()
        until((home / "order").exists)
        worker.stop()
    assert len([record for record in caplog.records if "queue cannot go on" in record.message]) == 1


class TwoClocks:
    """The clock on the wall, which is set, and the machine's own, which is not."""

    def __init__(self) -> None:
        self.wall, self.steady = time.time(), 1_000.0

    def supervisor(self, home, spawn) -> Supervisor:
        """A supervisor that goes by them."""
        return Supervisor(home, spawn, clock=lambda: self.wall, steady=lambda: self.steady)

    def pass_by(self, seconds: float) -> None:
        """Let time go by."""
        self.wall, self.steady = self.wall + seconds, self.steady + seconds


def every_minute(home, people, config) -> None:
    """A schedule that comes every minute."""
    draft = ScheduleDraft(name="minutely", cron="* * * * *", zone="UTC", config=config)
    schedules.add(home, draft, people[Role.SUPER_ADMIN])


def started(home) -> int:
    """How many runs were queued; each is over at once."""
    with database.transaction(home) as connection:
        connection.execute("UPDATE queue SET state = 'done'")
        return connection.execute("SELECT count(*) FROM queue").fetchone()[0]


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("days", [-30, -400])
def test_a_clock_set_back_is_survived(home, people, config, days, restarted):
    """A schedule of every minute goes on within one, the console running meanwhile or not; the step is told once."""
    clocks = TwoClocks()
    worker = clocks.supervisor(home, lambda *_: 0)
    every_minute(home, people, config)
    for _ in range(3):
        clocks.pass_by(60)
        worker.tick()
    before = started(home)
    assert before >= 2
    clocks.wall += days * 86_400
    worker = clocks.supervisor(home, lambda *_: 0) if restarted else worker
    for _ in range(6):
        clocks.pass_by(20)
        worker.tick()
        started(home)
    assert started(home) >= before + 1
    steps = AuditLog(home).search(action="clock.step")
    assert len(steps) == (0 if restarted else 1)


def test_a_clock_set_by_a_month_stops_no_run(home, people, config, spawn):
    """Neither forwards nor backwards: how long an engine has been at work is not the clock's to say."""
    run_id, clocks = jobs.enqueue(home, config.changed({"timeout": 100.0}), people[Role.SUPER_ADMIN]), TwoClocks()
    worker = clocks.supervisor(home, spawn)
    worker.tick()
    for days in (30, -60):
        clocks.wall += days * 86_400
        clocks.pass_by(10)
        worker.tick()
        assert states(home) == ["running"]
    clocks.pass_by(141)
    worker.tick()
    assert RunDirectory(home, run_id).status() is RunStatus.TIMED_OUT


def test_reconciling_goes_on_where_the_clock_is_set_back(home, people, config, monkeypatch):
    """Runs are looked after every second of the machine's own."""
    looks, clocks = [], TwoClocks()
    monkeypatch.setattr(supervisor, "reconcile_all", lambda home: looks.append(home) or {})
    worker = clocks.supervisor(home, lambda *_: 0)
    worker.tick()
    clocks.wall -= 30 * 86_400
    for _ in range(4):
        clocks.pass_by(1.0)
        worker.tick()
    assert len(looks) == 5
