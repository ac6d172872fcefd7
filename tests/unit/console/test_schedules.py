"""Schedules: what one may be, and who may add, change, pause, run and delete it."""

from __future__ import annotations

import time

import pytest

from console import jobs, presets, schedules, settings, users
from console.schedules import Missed, ScheduleDraft
from console.users import Forbidden, Role, User
from etl_batch.config import RunConfig
from etl_batch.errors import Busy, OutputFailed, UsageError
from etl_batch.security.audit import AuditLog


@pytest.fixture
def config(home) -> RunConfig:
    """A configuration that an engine could run."""
    return RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)


@pytest.fixture
def admin(people) -> User:
    """The super_admin."""
    return people[Role.SUPER_ADMIN]


@pytest.fixture
def nightly(home, config, admin) -> ScheduleDraft:
    """A schedule of a preset, not yet added."""
    presets.save(home, "sales", config, admin)
    return ScheduleDraft("nightly", "30 2 * * *", "Europe/Berlin", preset="sales", missed=Missed.ONCE)


def test_what_is_added_is_found(home, nightly, admin):
    """Every part of the draft is kept, it is the user's, comes next in the future, and the audit log has it."""
    added = schedules.add(home, nightly, admin)
    assert schedules.list_schedules(home) == [added]
    assert schedules.find(home, "NIGHTLY") == added
    assert (added.cron, added.zone, added.preset, added.config) == ("30 2 * * *", "Europe/Berlin", "sales", None)
    assert (added.missed, added.owner, added.paused, added.last_run) == (Missed.ONCE, "super_admin", False, None)
    assert 0 < added.next_at - time.time() <= 25 * 3600
    record = AuditLog(home).tail(1)[0]
    assert (record["user"], record["action"], record["target"]) == ("super_admin", "schedule.add", "nightly")
    assert record["detail"]["preset"] == "sales"


def test_a_configuration_of_its_own(home, config, admin):
    """A schedule may hold a whole configuration, which comes back as it was; a preset's is looked up each time."""
    full = config.changed({"measures": ("a",), "max_rejects": 0, "seed": 7})
    own = schedules.add(home, ScheduleDraft("own", "0 6 * * *", "UTC", config=full), admin)
    assert schedules.config_of(home, own).changed({"user": full.user}) == full
    presets.save(home, "sales", config, admin)
    of_preset = schedules.add(home, ScheduleDraft("p", "0 6 * * *", "UTC", preset="sales"), admin)
    presets.save(home, "sales", full, admin)
    assert schedules.config_of(home, of_preset).seed == 7
    presets.delete(home, "sales", admin)
    with pytest.raises(UsageError, match="no preset 'sales' any more"):
        schedules.config_of(home, of_preset)


@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"name": " "}, "not a name", "name"),
        ({"name": "x" * 65}, "not a name", "name"),
        ({"name": "a\nb"}, "not a name", "name"),
        ({"cron": "0 99 * * *"}, "hour is wrong", "cron"),
        ({"cron": "0 0 31 4 *"}, "day of month is wrong", "cron"),
        ({"zone": "Mars/Olympus"}, "no time zone", "zone"),
        ({"preset": "ghost"}, "no preset 'ghost'", "what"),
        ({"preset": None}, "what to run", "what"),
    ],
)
def test_what_makes_no_sense(home, nightly, admin, changes, words, field):
    """A wrong part is refused in a sentence that names it, and nothing is kept."""
    parts = {name: getattr(nightly, name) for name in ScheduleDraft.__slots__} | changes
    with pytest.raises(UsageError, match=words) as refused:
        schedules.add(home, ScheduleDraft(**parts), admin)
    assert refused.value.field == field
    assert schedules.list_schedules(home) == []


def test_a_name_is_taken_once(home, nightly, admin):
    """Whatever its case."""
    schedules.add(home, nightly, admin)
    with pytest.raises(UsageError, match="already a schedule 'Nightly'"):
        schedules.add(home, ScheduleDraft("Nightly", "0 6 * * *", "UTC", preset="sales"), admin)


def test_a_change_takes_it_over(home, nightly, admin):
    """Whoever saves a schedule owns it; its history stays."""
    schedules.add(home, nightly, admin)
    run_id = schedules.run_now(home, "nightly", admin)
    other = users.create(home, "other", Role.SUPER_ADMIN, "correct horse battery", "test")
    changed = schedules.change(home, ScheduleDraft("nightly", "0 7 * * *", "UTC", preset="sales"), other)
    assert (changed.cron, changed.owner, changed.missed, changed.last_run) == (
        "0 7 * * *",
        "other",
        Missed.SKIP,
        run_id,
    )
    assert [record["action"] for record in AuditLog(home).tail(1)] == ["schedule.change"]
    with pytest.raises(UsageError, match="no schedule 'ghost'"):
        schedules.change(home, ScheduleDraft("ghost", "0 7 * * *", "UTC", preset="sales"), other)


def test_pause_resume_remove(home, nightly, admin):
    """A paused schedule is none that comes next; a resumed one comes again; a removed one is gone."""
    schedules.add(home, nightly, admin)
    schedules.pause(home, "nightly", admin)
    assert (schedules.find(home, "nightly").paused, schedules.coming(home, 5)) == (True, [])
    schedules.resume(home, "nightly", admin)
    assert [each.name for each in schedules.coming(home, 5)] == ["nightly"]
    schedules.remove(home, "nightly", admin)
    assert schedules.list_schedules(home) == []
    actions = [record["action"] for record in AuditLog(home).tail(3)]
    assert actions == ["schedule.remove", "schedule.resume", "schedule.pause"]
    for action in (schedules.pause, schedules.resume, schedules.remove, schedules.run_now):
        with pytest.raises(UsageError, match="no schedule 'nightly'"):
            action(home, "nightly", admin)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_a_super_admin_changes_them(home, nightly, admin, people, role):
    """Whatever role the page believes in: the database's counts."""
    schedules.add(home, nightly, admin)
    for user in (people[role], User(str(role), Role.SUPER_ADMIN)):
        for action in (schedules.pause, schedules.resume, schedules.remove):
            with pytest.raises(Forbidden):
                action(home, "nightly", user)
        with pytest.raises(Forbidden):
            schedules.add(home, ScheduleDraft("mine", "0 6 * * *", "UTC", preset="sales"), user)
        with pytest.raises(Forbidden):
            schedules.change(home, nightly, user)
    assert [(each.name, each.owner, each.paused) for each in schedules.list_schedules(home)] == [
        ("nightly", "super_admin", False)
    ]


def test_who_may_run_one_now(home, nightly, config, admin, people):
    """A super_admin any, an operator those of presets, a viewer none; the run is whoever's asks for it."""
    settings.put(home, "runners", 1)
    schedules.add(home, nightly, admin)
    schedules.add(home, ScheduleDraft("own", "0 6 * * *", "UTC", config=config), admin)
    with pytest.raises(Forbidden, match="you need the role operator"):
        schedules.run_now(home, "nightly", people[Role.VIEWER])
    with pytest.raises(Forbidden, match="schedules of presets only"):
        schedules.run_now(home, "own", people[Role.OPERATOR])
    run_id = schedules.run_now(home, "nightly", people[Role.OPERATOR])
    (job,) = jobs.list_queue(home)
    assert (job.run_id, job.user, job.schedule) == (run_id, "operator", "nightly")
    assert schedules.find(home, "nightly").last_run == run_id
    with pytest.raises(Busy, match=f"Run {run_id} .* not over yet"):
        schedules.run_now(home, "nightly", admin)
    assert schedules.run_now(home, "own", admin)


def test_run_now_keeps_to_the_limit(home, nightly, config, admin):
    """A click on a schedule counts as any other launch."""
    settings.put(home, "runs_per_hour", 2)
    schedules.add(home, nightly, admin)
    for _ in range(2):
        jobs.enqueue(home, config, admin)
    with pytest.raises(Busy, match=r"wait \d+ seconds"):
        schedules.run_now(home, "nightly", admin)
    assert schedules.find(home, "nightly").last_run is None


def test_a_change_is_recorded_or_refused(home, nightly, admin):
    """With the audit log out of order nothing is added, changed, paused, run or removed."""
    before = schedules.add(home, nightly, admin)
    log = home / ".secrets" / "etl_audit.log"
    log.rename(log.with_suffix(".away"))
    log.mkdir()
    for action in (schedules.pause, schedules.resume, schedules.remove, schedules.run_now):
        with pytest.raises(OutputFailed):
            action(home, "nightly", admin)
    with pytest.raises(OutputFailed):
        schedules.change(home, ScheduleDraft("nightly", "0 7 * * *", "UTC", preset="sales"), admin)
    with pytest.raises(OutputFailed):
        schedules.add(home, ScheduleDraft("more", "0 7 * * *", "UTC", preset="sales"), admin)
    assert schedules.list_schedules(home) == [before]
    assert jobs.list_queue(home) == []
