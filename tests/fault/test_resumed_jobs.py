"""Jobs whose engine is killed: gone on with when somebody asks for it, or by the console itself as often as is said."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from console import jobs, schedules, users
from console.chores import Chores
from console.schedules import ScheduleDraft
from console.supervisor import Supervisor
from console.users import Role, User
from etl_batch.config import RunConfig
from etl_batch.errors import Busy, UsageError
from etl_batch.model import RunStatus
from etl_batch.runs.processes import tree
from etl_batch.runs.processes.reconciliation import reconcile
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.fault.test_resume import arguments, metadata, same, source
from tests.integration.engine.conftest import Home
from tests.waiting import until

__all__ = ["source"]
CHUNK_BYTES = 3000
"""Some hundreds of chunks: a run that lasts until it is killed."""


@pytest.fixture
def ada(home: Home) -> User:
    """Who asks."""
    return users.create(home.path, "ada", Role.SUPER_ADMIN, "correct horse battery", "test")


@pytest.fixture
def worker(home: Home) -> Supervisor:
    """Looks after the queue when it is told to."""
    return Supervisor(home.path)


def config_of(home: Home, source: Path, **changes: object) -> RunConfig:
    """A run of many small chunks."""
    values = {"output_csv": home.output / "x.csv", "output_parquet": home.output / "x.parquet", "workers": 2}
    return RunConfig(**{"inputs": (str(source),), "home": home.path, "chunk_bytes": CHUNK_BYTES, **values, **changes})


def kill(worker: Supervisor, run: RunDirectory, chunks: int) -> None:
    """Kill the run's engine once so many chunks are in."""

    def far_enough() -> bool:
        worker.tick()
        progress, engine = run.progress(), run.engine()
        assert run.final() is not RunStatus.SUCCESS, "it was over before it could be killed"
        return bool(progress and engine and progress.pid == engine.pid and progress.chunks_done >= chunks)

    until(far_enough)
    engine = run.engine()
    assert engine is not None
    engine.kill()
    until(lambda: not run.alive())


def ticking(worker: Supervisor, condition: Callable[[], object]) -> None:
    """Look after the queue until something holds."""
    until(lambda: worker.tick() or condition())


def cut_off(home: Home, source: Path, worker: Supervisor, ada: User, chunks: int = 5) -> RunDirectory:
    """A run whose engine was killed."""
    run = RunDirectory(home.path, jobs.enqueue(home.path, config_of(home, source), ada))
    kill(worker, run, chunks)
    ticking(worker, lambda: not jobs.list_queue(home.path))
    found = run.metadata()
    assert found is not None
    assert found.error is not None
    assert found.error.kind == "killed"
    return run


def whole_run(home: Home, source: Path) -> dict[str, object]:
    """The run that nothing has happened to."""
    return home.run(*arguments(home, source, "whole"), "--chunk-bytes", CHUNK_BYTES, name="whole")


def test_one_engine_for_two_clicks(home: Home, source: Path, worker: Supervisor, ada: User) -> None:
    """Four who ask at once have it gone on with once; who asked is on the log, and the end is told again."""
    whole = whole_run(home, source)
    run = cut_off(home, source, worker, ada)
    told: list[str] = []
    chores = Chores(home.path, tell=lambda _home, run_id: told.append(run_id), prune=lambda _home: None)
    chores.tell_ended()
    first = told.count(run.run_id)

    def ask(_number: int) -> type[Exception] | None:
        try:
            jobs.resume(home.path, run.run_id, ada)
        except Busy as error:
            return type(error)
        return None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4)), key=str) == [Busy, Busy, Busy, None]
    assert run.status() is RunStatus.QUEUED
    outcome = home.etl("resume", run.run_id)
    assert (outcome.code, "waits for its turn" in outcome.err) == (8, True), outcome.err
    ticking(worker, lambda: not jobs.list_queue(home.path))
    same(home, run.run_id, whole)
    found = metadata(home, run.run_id)
    (attempt,) = found["attempts"]
    assert "killed" in attempt["reason"]
    assert any("gone on from chunk" in note for note in found["notes"])
    records = [each for each in AuditLog(home.path).tail(100) if each["target"] == run.run_id]
    assert [each["action"] for each in records].count("run.finish") == 1
    assert {each["user"] for each in records if each["action"] == "run.resume"} == {"ada"}
    chores.tell_ended()
    assert told.count(run.run_id) == first + 1
    with pytest.raises(UsageError, match="was not cut off"):
        jobs.resume(home.path, run.run_id, ada)


@pytest.mark.parametrize("moment", ["waiting", "running"])
def test_cancelling_what_is_gone_on_with(home: Home, source: Path, worker: Supervisor, ada: User, moment: str) -> None:
    """In the queue and under way: no process, nothing unfinished, the old output; and it cannot be gone on with."""
    (home.output / "x.csv").write_text("old\n")
    run = cut_off(home, source, worker, ada)
    jobs.resume(home.path, run.run_id, ada)
    if moment == "running":
        ticking(worker, lambda: (engine := run.engine()) and (told := run.progress()) and told.pid == engine.pid)
    report = jobs.cancel(home.path, run.run_id, ada)
    assert (report.processes_left, report.outputs_intact) == (0, True)
    assert (home.output / "x.csv").read_text() == "old\n"
    worker.tick()
    assert (run.status(), jobs.list_queue(home.path)) == (RunStatus.CANCELLED, [])
    assert not [path for path in home.path.rglob("*") if path.name.endswith((".tmp", "interrupted.json"))]
    with pytest.raises(UsageError, match="was not cut off"):
        jobs.resume(home.path, run.run_id, ada)


def test_why_it_cannot_be_gone_on_with(home: Home, source: Path, worker: Supervisor, ada: User) -> None:
    """An input that has changed ends it in the words of the command."""
    run = cut_off(home, source, worker, ada)
    source.write_bytes(source.read_bytes().replace(b"short", b"shirt"))
    jobs.resume(home.path, run.run_id, ada)
    ticking(worker, lambda: not jobs.list_queue(home.path))
    found = metadata(home, run.run_id)
    assert "its input has changed. Start it anew" in found["error"]["message"]
    assert found["status"] == "failed"


def test_an_engine_that_does_not_come_leaves_the_run_as_it_was(
    home: Home, source: Path, worker: Supervisor, ada: User
) -> None:
    """A job that was taken and never started: it can be gone on with all the same, later."""
    run = cut_off(home, source, worker, ada)
    before = metadata(home, run.run_id)
    jobs.resume(home.path, run.run_id, ada)
    now = [1_000_000_000.0]
    idle = Supervisor(home.path, spawn=lambda *_: 0, clock=lambda: now[0])
    idle.tick()
    now[0] += 40
    idle.tick()
    assert (metadata(home, run.run_id), jobs.list_queue(home.path)) == (before, [])


def test_retries_of_the_engine_itself(home: Home, source: Path, worker: Supervisor, ada: User) -> None:
    """Killed twice and gone on with twice, by the console; to the same bytes, with each try on record."""
    whole = whole_run(home, source)
    run = RunDirectory(home.path, jobs.enqueue(home.path, config_of(home, source, retries=2), ada))
    for chunks in (5, 40):
        kill(worker, run, chunks)
        ticking(worker, lambda: run.interrupted() is not None)
        assert reconcile(home.path, run.run_id) is RunStatus.QUEUED
        assert [job.state for job in jobs.list_queue(home.path)] == ["queued"]
    ticking(worker, lambda: not jobs.list_queue(home.path))
    same(home, run.run_id, whole)
    assert ["killed" in each["reason"] for each in metadata(home, run.run_id)["attempts"]] == [True, True]
    said = (run.path / "events.jsonl").read_text()
    assert "Trying again in 1 s (1 of 2): " in said
    assert "Trying again in 2 s (2 of 2): " in said
    actions = [each["action"] for each in AuditLog(home.path).tail(100) if each["target"] == run.run_id]
    assert (actions.count("run.start"), actions.count("run.finish")) == (1, 1)


def test_no_more_tries_than_are_left(home: Home, source: Path, worker: Supervisor, ada: User) -> None:
    """The kill after the last one ends the run; a cancelled one is not tried again at all."""
    run = RunDirectory(home.path, jobs.enqueue(home.path, config_of(home, source, retries=1), ada))
    kill(worker, run, 2)
    kill(worker, run, 4)
    ticking(worker, lambda: not jobs.list_queue(home.path))
    assert len(metadata(home, run.run_id)["attempts"]) == 1
    other = RunDirectory(home.path, jobs.enqueue(home.path, config_of(home, source, retries=1), ada))
    kill(worker, other, 2)
    ticking(worker, lambda: other.interrupted() is not None)
    jobs.cancel(home.path, other.run_id, ada)
    worker.tick()
    assert (other.status(), jobs.list_queue(home.path)) == (RunStatus.CANCELLED, [])


def test_a_schedule_waits_for_its_run_s_next_try(home: Home, source: Path, worker: Supervisor, ada: User) -> None:
    """Its retries are its runs'; while one waits for another try the schedule counts as under way."""
    draft = ScheduleDraft("nightly", "30 2 * * *", "UTC", config=config_of(home, source), retries=3)
    schedules.add(home.path, draft, ada)
    run = RunDirectory(home.path, schedules.run_now(home.path, "nightly", ada))
    config = run.config()
    assert config is not None
    assert config.values["retries"] == 3
    kill(worker, run, 3)
    ticking(worker, lambda: run.interrupted() is not None)
    with pytest.raises(Busy, match=run.run_id):
        schedules.run_now(home.path, "nightly", ada)
    jobs.cancel(home.path, run.run_id, ada)
    assert tree.run_processes(run) == []
