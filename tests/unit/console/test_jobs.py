"""The queue: who may put, move and cancel what, in which order, and how many runs an hour somebody may start."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from console import database, jobs, presets, settings, users
from console.jobs import Move
from console.users import Forbidden, Role, User
from etl_batch.config import RunConfig
from etl_batch.errors import Busy, OutputFailed, UsageError
from etl_batch.model import RunStatus
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog


@pytest.fixture
def config(home) -> RunConfig:
    """A configuration that an engine could run."""
    return RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)


def test_a_queued_run_shows_at_once(home, people, config):
    """Its directory says queued, its configuration names the user, and the audit log who asked."""
    run_id = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    run = RunDirectory(home, run_id)
    assert run.status() is RunStatus.QUEUED
    assert run.config().user == "super_admin"
    job = jobs.list_queue(home)[0]
    assert (job.run_id, job.user, job.state) == (run_id, "super_admin", "queued")
    assert job.config == config.changed({"user": "super_admin", "language": "en"})
    record = AuditLog(home).tail(1)[0]
    assert (record["user"], record["action"], record["target"]) == ("super_admin", "run.enqueue", run_id)


def test_who_may_launch_what(home, people, config):
    """A super_admin anything, an operator exactly what a preset says, a viewer nothing."""
    other = config.changed({"sample_frac": 0.5})
    with pytest.raises(Forbidden, match="you need the role operator"):
        jobs.enqueue(home, config, people[Role.VIEWER])
    with pytest.raises(Forbidden, match="presets only"):
        jobs.enqueue(home, config, people[Role.OPERATOR])
    presets.save(home, "nightly", config, people[Role.SUPER_ADMIN])
    assert jobs.enqueue(home, config, people[Role.OPERATOR])
    with pytest.raises(Forbidden, match="presets only"):
        jobs.enqueue(home, other, people[Role.OPERATOR])
    with pytest.raises(Forbidden, match="presets only"):
        jobs.enqueue(home, config.changed({"replay_of": "20260101T000000Z-aaaaaa"}), people[Role.OPERATOR])
    assert jobs.enqueue(home, other, people[Role.SUPER_ADMIN])


def test_what_the_page_believes_does_not_count(home, people, config):
    """The role is the database's: a claimed, a demoted, a disabled and an unknown user are all refused."""
    with pytest.raises(Forbidden):
        jobs.enqueue(home, config, User("viewer", Role.SUPER_ADMIN))
    with pytest.raises(Forbidden):
        jobs.enqueue(home, config, User("ghost", Role.SUPER_ADMIN))
    users.create(home, "second", Role.SUPER_ADMIN, "correct horse battery", "test")
    users.disable(home, "super_admin", "test")
    with pytest.raises(Forbidden):
        jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    assert jobs.list_queue(home) == []


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
        jobs.enqueue(home, config, people[Role.OPERATOR])
    with pytest.raises(UsageError, match="no preset 'nightly'"):
        presets.delete(home, "nightly", people[Role.SUPER_ADMIN])


def test_who_may_cancel_what(home, people, config):
    """A super_admin any run, an operator their own, a viewer none."""
    presets.save(home, "nightly", config, people[Role.SUPER_ADMIN])
    own = jobs.enqueue(home, config, people[Role.OPERATOR])
    others = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    with pytest.raises(Forbidden, match="you need the role operator"):
        jobs.cancel(home, own, people[Role.VIEWER])
    with pytest.raises(Forbidden, match="own runs only"):
        jobs.cancel(home, others, people[Role.OPERATOR])
    assert [job.run_id for job in jobs.list_queue(home)] == [own, others]
    jobs.cancel(home, own, people[Role.OPERATOR])
    jobs.cancel(home, others, people[Role.SUPER_ADMIN])
    assert jobs.list_queue(home) == []
    assert {RunDirectory(home, run_id).status() for run_id in (own, others)} == {RunStatus.CANCELLED}
    with pytest.raises(UsageError, match="no run 'ghost'"):
        jobs.cancel(home, "ghost", people[Role.SUPER_ADMIN])


def test_a_job_is_recorded_or_refused(home, people, config):
    """With the audit log out of order nothing is put on the queue."""
    log = home / ".secrets" / "etl_audit.log"
    log.unlink()
    log.mkdir()
    with pytest.raises(OutputFailed):
        jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    with sqlite3.connect(database.database_path(home)) as connection:
        assert connection.execute("SELECT count(*) FROM queue").fetchone()[0] == 0
    assert not (home / "output" / "runs").exists()


def test_the_configuration_on_the_queue_is_complete(home, people, config):
    """What comes off the queue is what was put on it, every field."""
    full = config.changed({"measures": ("a", "b"), "stratum": "p", "max_rejects": 0, "rerun_of": "r0", "seed": 2**62})
    jobs.enqueue(home, full, people[Role.SUPER_ADMIN])
    job = jobs.list_queue(home)[0]
    assert job.config == full.changed({"user": "super_admin", "language": "en"})
    assert json.dumps(job.config.to_json())


def waiting(home) -> list[str]:
    """The runs that wait, in their order."""
    return [job.run_id for job in jobs.list_queue(home) if job.state == "queued"]


@pytest.mark.parametrize(("where", "expected"), [(Move.UP, "acbd"), (Move.DOWN, "abdc"), (Move.FRONT, "cabd")])
def test_a_super_admin_moves_any_job(home, people, config, where, expected):
    """Up, down and to the front; the others keep their order, and the audit log says who moved what."""
    runs = [jobs.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(4)]
    names = dict(zip(runs, "abcd", strict=True))
    jobs.move(home, runs[2], where, people[Role.SUPER_ADMIN])
    assert "".join(names[run_id] for run_id in waiting(home)) == expected
    record = AuditLog(home).tail(1)[0]
    assert (record["action"], record["target"], record["detail"]) == ("queue.move", runs[2], {"where": where})


def test_at_the_end_already(home, people, config):
    """The first cannot go up nor the last down: nothing changes and nothing is recorded."""
    runs = [jobs.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(2)]
    for run_id, where in ((runs[0], Move.UP), (runs[0], Move.FRONT), (runs[1], Move.DOWN)):
        jobs.move(home, run_id, where, people[Role.SUPER_ADMIN])
    assert waiting(home) == runs
    assert AuditLog(home).search(action="queue.move") == []


def test_an_operator_moves_own_jobs_among_own(home, people, config):
    """An operator's jobs change places with one another; nobody else's job waits longer for it."""
    presets.save(home, "nightly", config, people[Role.SUPER_ADMIN])
    who = [Role.OPERATOR, Role.SUPER_ADMIN, Role.OPERATOR, Role.SUPER_ADMIN, Role.OPERATOR]
    first, other, second, another, third = [jobs.enqueue(home, config, people[role]) for role in who]
    jobs.move(home, third, Move.FRONT, people[Role.OPERATOR])
    assert waiting(home) == [third, other, first, another, second]
    jobs.move(home, second, Move.UP, people[Role.OPERATOR])
    assert waiting(home) == [third, other, second, another, first]
    with pytest.raises(Forbidden, match="own runs only"):
        jobs.move(home, other, Move.DOWN, people[Role.OPERATOR])
    with pytest.raises(Forbidden, match="you need the role operator"):
        jobs.move(home, third, Move.DOWN, people[Role.VIEWER])
    assert waiting(home) == [third, other, second, another, first]


def test_what_runs_cannot_be_moved(home, people, config):
    """A job that was taken meanwhile, and one that never was, are told so."""
    run_id = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    assert jobs.take(home, 0.0)[0] == run_id
    for name in (run_id, "ghost"):
        with pytest.raises(UsageError, match="does not wait any more"):
            jobs.move(home, name, Move.FRONT, people[Role.SUPER_ADMIN])


def test_moved_jobs_are_taken_in_the_new_order(home, people, config):
    """The order that is shown is the order that runs, and a new job comes behind all."""
    settings.put(home, "runners", 9)
    runs = [jobs.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(3)]
    jobs.move(home, runs[2], Move.FRONT, people[Role.SUPER_ADMIN])
    last = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    shown = waiting(home)
    assert [jobs.take(home, 0.0)[0] for _ in range(4)] == shown == [runs[2], runs[0], runs[1], last]
    assert jobs.take(home, 0.0) is None


def test_many_takers_take_each_job_once(home, people, config):
    """Eight supervisors at the same moment never take one job twice, nor more than there are runners."""
    settings.put(home, "runners", 5)
    runs = [jobs.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(7)]
    with ThreadPoolExecutor(8) as pool:
        taken = [found[0] for found in pool.map(lambda _: jobs.take(home, 0.0), range(16)) if found]
    assert sorted(taken) == sorted(runs[:5])


def test_cancelled_while_queued(home, people, config):
    """The run says cancelled, nothing was started for it, and it leaves the queue and the user's hour."""
    settings.put(home, "runs_per_hour", 2)
    runs = [jobs.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(2)]
    report = jobs.cancel(home, runs[0], people[Role.SUPER_ADMIN])
    run = RunDirectory(home, runs[0])
    assert (report.signalled, report.processes_left) == (False, 0)
    assert (run.status(), run.launched()) == (RunStatus.CANCELLED, False)
    assert waiting(home) == runs[1:]
    assert jobs.enqueue(home, config, people[Role.SUPER_ADMIN])


def test_the_limit_of_a_user(home, people, config):
    """The third run within the hour is refused with the seconds to wait; another user is not concerned."""
    presets.save(home, "nightly", config, people[Role.SUPER_ADMIN])
    settings.put(home, "runs_per_hour", 2)
    runs = [jobs.enqueue(home, config, people[Role.SUPER_ADMIN]) for _ in range(2)]
    with pytest.raises(Busy, match=r"super_admin has started 2 runs .* wait \d+ seconds\.") as refused:
        jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
    assert 0 < refused.value.wait <= 3600
    assert waiting(home) == runs
    assert len(list((home / "output" / "runs").iterdir())) == 2
    assert jobs.enqueue(home, config, people[Role.OPERATOR])


@pytest.mark.parametrize(
    ("setting", "variable", "limit"), [(0, None, 0), (5, None, 5), (0, "7", 7), (5, "7", 5), (7, "5", 5)]
)
def test_the_stricter_limit_counts(home, monkeypatch, setting, variable, limit):
    """The setting or the environment's: so no engine, which knows the latter only, refuses what the queue allowed."""
    settings.put(home, "runs_per_hour", setting)
    monkeypatch.delenv("ETL_RUNS_PER_HOUR", raising=False)
    if variable is not None:
        monkeypatch.setenv("ETL_RUNS_PER_HOUR", variable)
    assert jobs.runs_per_hour(home) == limit


def test_presets_ask_the_database(home, people, config):
    """A claimed, a demoted and a disabled super_admin can neither save nor delete one."""
    presets.save(home, "nightly", config, people[Role.SUPER_ADMIN])
    users.create(home, "second", Role.SUPER_ADMIN, "correct horse battery", "test")
    users.disable(home, "super_admin", "test")
    for user in (people[Role.SUPER_ADMIN], User("operator", Role.SUPER_ADMIN), User("ghost", Role.SUPER_ADMIN)):
        with pytest.raises(Forbidden):
            presets.save(home, "mine", config, user)
        with pytest.raises(Forbidden):
            presets.delete(home, "nightly", user)
    assert list(presets.list_presets(home)) == ["nightly"]
    assert presets.find(home, "NIGHTLY") == config
    assert presets.find(home, "mine") is None
