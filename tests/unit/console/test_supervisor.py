"""The supervisor: who may put what on the queue, the order of the runs, and what a restart finds again."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from functools import partial
from itertools import count

import psutil
import pytest

from console import database, presets, settings, supervisor, users
from console.supervisor import Supervisor
from console.users import Forbidden, Role, User
from etl_batch.config import RunConfig
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.model import RunStatus
from etl_batch.runs import process
from etl_batch.runs.directory import RunDirectory
from etl_batch.security.audit import AuditLog

ENGINE = """
import json, os, sys
from pathlib import Path
home = Path(sys.argv[sys.argv.index("--home") + 1])
run = home / "output" / "runs" / os.environ["ETL_RUN_ID"]
with (home / "order").open("a") as order:
    print(run.name, file=order)
with open(home / "go") as gate:
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
    yield partial(process.spawn, engine=engine)
    for run in (home / "output" / "runs").iterdir():
        for left in process.run_processes(RunDirectory(home, run.name)):
            left.kill()


def release(home) -> None:
    """Let the engine that waits go on to its end."""
    (home / "go").write_text("")


def settle(home, run_id: str) -> None:
    """Poll until no process of the run is left."""
    while process.engine_process(RunDirectory(home, run_id)) is not None:
        os.sched_yield()


def states(home) -> list[str]:
    """The states of the jobs on the queue."""
    return [job.state for job in supervisor.list_queue(home)]


def test_a_queued_run_shows_at_once(home, people, config):
    """Its directory says queued, its configuration names the user, and the audit log who asked."""
    run_id = supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    run = RunDirectory(home, run_id)
    assert run.status() is RunStatus.QUEUED
    assert run.config()["user"] == "super_admin"
    job = supervisor.list_queue(home)[0]
    assert (job.run_id, job.user, job.state) == (run_id, "super_admin", "queued")
    assert job.config == config.model_copy(update={"user": "super_admin"})
    record = AuditLog(home).tail(1)[0]
    assert (record["user"], record["action"], record["target"]) == ("super_admin", "run.enqueue", run_id)


def test_who_may_launch_what(home, people, config):
    """A super_admin anything, an operator exactly what a preset says, a viewer nothing."""
    other = config.model_copy(update={"sample_frac": 0.5})
    with pytest.raises(Forbidden, match="takes the role operator"):
        supervisor.enqueue(home, config, people[Role.VIEWER])
    with pytest.raises(Forbidden, match="presets only"):
        supervisor.enqueue(home, config, people[Role.OPERATOR])
    presets.save(home, "nightly", config, people[Role.SUPER_ADMIN])
    assert supervisor.enqueue(home, config, people[Role.OPERATOR])
    with pytest.raises(Forbidden, match="presets only"):
        supervisor.enqueue(home, other, people[Role.OPERATOR])
    assert supervisor.enqueue(home, other, people[Role.SUPER_ADMIN])


def test_what_the_page_believes_does_not_count(home, people, config):
    """The role is the database's: a claimed, a demoted, a disabled and an unknown user are all refused."""
    with pytest.raises(Forbidden):
        supervisor.enqueue(home, config, User("viewer", Role.SUPER_ADMIN))
    with pytest.raises(Forbidden):
        supervisor.enqueue(home, config, User("ghost", Role.SUPER_ADMIN))
    users.create(home, "second", Role.SUPER_ADMIN, "correct horse battery", "test")
    users.disable(home, "super_admin", "test")
    with pytest.raises(Forbidden):
        supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    assert supervisor.list_queue(home) == []


def test_presets_are_the_super_admins(home, people, config):
    """Only a super_admin saves and deletes them; everybody may see them; a deleted one launches nothing."""
    for role in (Role.VIEWER, Role.OPERATOR):
        with pytest.raises(Forbidden):
            presets.save(home, "mine", config, people[role])
    presets.save(home, "nightly", config, people[Role.SUPER_ADMIN])
    assert presets.list_presets(home) == {"nightly": config}
    with pytest.raises(Forbidden):
        presets.delete(home, "nightly", people[Role.OPERATOR])
    presets.delete(home, "nightly", people[Role.SUPER_ADMIN])
    with pytest.raises(Forbidden, match="presets only"):
        supervisor.enqueue(home, config, people[Role.OPERATOR])
    with pytest.raises(UsageError, match="no preset 'nightly'"):
        presets.delete(home, "nightly", people[Role.SUPER_ADMIN])


def test_jobs_run_in_order_one_at_a_time(home, people, config, spawn):
    """The second starts when the first has ended."""
    runs = [supervisor.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(2)]
    worker = Supervisor(home, spawn)
    worker.tick()
    worker.tick()
    assert states(home) == ["running", "queued"]
    release(home)
    settle(home, runs[0])
    worker.tick()
    assert [job.run_id for job in supervisor.list_queue(home)] == [runs[1]]
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
        supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    for worker in (Supervisor(home, spawn), Supervisor(home, spawn)):
        worker.tick()
    assert states(home) == ["running", "running", "queued"]


def test_a_restart_finds_its_runs_again(home, people, config, spawn):
    """A new supervisor neither starts a running job anew nor loses its end."""
    run_id = supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
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
    runs = [supervisor.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(2)]
    Supervisor(home, spawn).tick()
    process.engine_process(RunDirectory(home, runs[0])).kill()
    settle(home, runs[0])
    Supervisor(home, spawn).tick()
    assert RunDirectory(home, runs[0]).metadata()["error"]["kind"] == "killed"
    assert [(job.run_id, job.state) for job in supervisor.list_queue(home)] == [(runs[1], "running")]


def test_a_job_lost_between_queue_and_process_is_told(home, people, config):
    """When the console died just before it started an engine, the run fails in words instead of waiting for ever."""
    run_id = supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    clock = count(1_000_000_000, 20)
    Supervisor(home, spawn=lambda *_: 0, clock=lambda: next(clock)).tick()
    worker = Supervisor(home, spawn=lambda *_: 0, clock=lambda: next(clock))
    worker.tick()
    assert states(home) == ["running"]
    worker.tick()
    assert states(home) == []
    assert "run it again" in RunDirectory(home, run_id).metadata()["error"]["message"]


def test_an_engine_that_cannot_be_started_is_told(home, people, config):
    """The run fails with the reason and the next job is not held up."""

    def no_memory(_config, _run_id):
        raise OutputFailed("No memory.")

    run_id = supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    Supervisor(home, no_memory).tick()
    assert RunDirectory(home, run_id).metadata()["error"]["message"] == "No memory."
    assert states(home) == []


def test_a_hanging_engine_is_stopped(home, people, config, spawn):
    """An engine that has overrun its own timeout by a minute is stopped and the run has timed out."""
    run_id = supervisor.enqueue(home, config.model_copy(update={"timeout": 100.0}), people[Role.SUPER_ADMIN])
    now = [1_000_000_000.0]
    worker = Supervisor(home, spawn, clock=lambda: now[0])
    worker.tick()
    now[0] += 159
    worker.tick()
    assert states(home) == ["running"]
    now[0] += 2
    worker.tick()
    assert RunDirectory(home, run_id).status() is RunStatus.TIMED_OUT
    assert RunDirectory(home, run_id).metadata()["error"]["kind"] == "timed_out"
    assert states(home) == []


def test_who_may_cancel_what(home, people, config):
    """A super_admin any run, an operator their own, a viewer none."""
    presets.save(home, "nightly", config, people[Role.SUPER_ADMIN])
    own = supervisor.enqueue(home, config, people[Role.OPERATOR])
    others = supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    with pytest.raises(Forbidden, match="takes the role operator"):
        supervisor.cancel(home, own, people[Role.VIEWER])
    with pytest.raises(Forbidden, match="own runs only"):
        supervisor.cancel(home, others, people[Role.OPERATOR])
    assert [job.run_id for job in supervisor.list_queue(home)] == [own, others]
    supervisor.cancel(home, own, people[Role.OPERATOR])
    supervisor.cancel(home, others, people[Role.SUPER_ADMIN])
    assert supervisor.list_queue(home) == []
    assert {RunDirectory(home, run_id).status() for run_id in (own, others)} == {RunStatus.CANCELLED}
    with pytest.raises(UsageError, match="no run 'ghost'"):
        supervisor.cancel(home, "ghost", people[Role.SUPER_ADMIN])


def test_cancelling_a_running_job_proves_it(home, people, config, spawn):
    """No process is left, the run is cancelled, and the queue is free."""
    run_id = supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    Supervisor(home, spawn).tick()
    report = supervisor.cancel(home, run_id, people[Role.SUPER_ADMIN])
    assert (report.signalled, report.processes_left, report.outputs_intact) == (True, 0, True)
    assert RunDirectory(home, run_id).status() is RunStatus.CANCELLED
    assert states(home) == []


def test_cancelled_between_taken_and_started(home, people, config, spawn):
    """A job cancelled in the instant before its engine starts does not run after all."""
    run_id = supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])

    def cancel_then_spawn(job_config, job_run_id):
        supervisor.cancel(home, job_run_id, people[Role.SUPER_ADMIN])
        return spawn(job_config, job_run_id)

    Supervisor(home, cancel_then_spawn).tick()
    assert process.run_processes(RunDirectory(home, run_id)) == []
    assert RunDirectory(home, run_id).status() is RunStatus.CANCELLED


def test_stopping_the_supervisor_leaves_runs_alone(home, people, config, spawn):
    """The thread works the queue, stops when told, and the engine goes on."""
    run_id = supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    worker = Supervisor(home, spawn)
    worker.start()
    while not (home / "order").exists():
        os.sched_yield()
    worker.stop()
    engine = process.engine_process(RunDirectory(home, run_id))
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

    supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    monkeypatch.setattr(supervisor, "reading", sometimes)
    worker = Supervisor(home, spawn)
    with caplog.at_level(logging.ERROR):
        worker.start()
        while not (home / "order").exists():
            os.sched_yield()
        worker.stop()
    assert len([record for record in caplog.records if record.message == "The queue stands still."]) == 1


def test_a_job_is_recorded_or_refused(home, people, config):
    """With the audit log out of order nothing is put on the queue."""
    log = home / ".secrets" / "etl_audit.log"
    log.unlink()
    log.mkdir()
    with pytest.raises(OutputFailed):
        supervisor.enqueue(home, config, people[Role.SUPER_ADMIN])
    with sqlite3.connect(database.database_path(home)) as connection:
        assert connection.execute("SELECT count(*) FROM queue").fetchone()[0] == 0
    assert not (home / "output" / "runs").exists()


def test_the_configuration_on_the_queue_is_complete(home, people, config):
    """What comes off the queue is what was put on it, every field."""
    full = config.model_copy(
        update={"measures": ("a", "b"), "stratum": "p", "max_rejects": 0, "rerun_of": "r0", "seed": 2**62}
    )
    supervisor.enqueue(home, full, people[Role.SUPER_ADMIN])
    job = supervisor.list_queue(home)[0]
    assert job.config == full.model_copy(update={"user": "super_admin"})
    assert json.dumps(job.config.to_json())
