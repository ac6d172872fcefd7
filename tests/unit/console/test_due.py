"""Due schedules: each time starts one run, however many consoles look, and what is not started is told why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from console import due, jobs, presets, schedules, settings, users
from console.database import transaction
from console.schedules import Missed, Schedule, ScheduleDraft
from console.users import Role, User
from etl_batch.config import RunConfig
from etl_batch.security.audit import AuditLog

HOUR = 3600.0


@pytest.fixture
def config(home) -> RunConfig:
    """A configuration that an engine could run."""
    return RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)


@pytest.fixture
def admin(people) -> User:
    """The super_admin."""
    return people[Role.SUPER_ADMIN]


@pytest.fixture
def add(home, config, admin):
    """Adds a schedule that comes next at a moment of the test's choice."""

    def add_schedule(next_at: float, name: str = "s", expression: str = "0 * * * *", **parts: object) -> Schedule:
        draft = ScheduleDraft(**{"name": name, "cron": expression, "zone": "UTC", "config": config, **parts})
        schedules.add(home, draft, admin)
        with transaction(home) as connection:
            connection.execute("UPDATE schedules SET next_at = ? WHERE name = ?", (next_at, name))
        return schedules.find(home, name)

    return add_schedule


def over(home) -> None:
    """Let every job of the queue be over."""
    with transaction(home) as connection:
        connection.execute("UPDATE queue SET state = 'done'")


def test_not_before_its_time(home, add):
    """A second early nothing happens; at the time one run is queued, and once only."""
    add(7200.0)
    assert due.start_due(home, 7199.0) == []
    (run_id,) = due.start_due(home, 7200.0)
    assert due.start_due(home, 7200.0) == due.start_due(home, 7201.0) == []
    (job,) = jobs.list_queue(home)
    assert (job.run_id, job.user, job.schedule) == (run_id, "super_admin", "s")
    assert job.config.unattended
    schedule = schedules.find(home, "s")
    assert (schedule.next_at, schedule.last_at, schedule.last_run, schedule.last_word) == (10800.0, 7200.0, run_id, "")
    assert AuditLog(home).tail(1)[0]["detail"]["schedule"] == "s"


def test_many_consoles_start_it_once(home, add):
    """Eight supervisors find three due schedules at the same moment: three runs."""
    for name in "abc":
        add(7200.0, name)
    with ThreadPoolExecutor(8) as pool:
        found = [run_id for started in pool.map(lambda _: due.start_due(home, 7200.0), range(16)) for run_id in started]
    assert len(found) == 3
    assert sorted(job.schedule for job in jobs.list_queue(home)) == ["a", "b", "c"]
    assert {each.last_word for each in schedules.list_schedules(home)} == {""}


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        # the night of 29 March 2026 has no 02:30, the one of 25 October has two
        ("2026-03-29", "Europe/Berlin", ["2026-03-29T03:00+02:00"]),
        ("2026-10-25", "Europe/Berlin", ["2026-10-25T02:30+02:00"]),
        ("2026-03-08", "America/New_York", ["2026-03-08T03:00-04:00"]),
        ("2026-11-01", "America/New_York", ["2026-11-01T02:30-05:00"]),
        ("2026-06-01", "Europe/Berlin", ["2026-06-01T02:30+02:00"]),
    ],
)
def test_a_nightly_run_comes_once_a_night(home, add, day, zone, expected):
    """A console that looks every ten minutes over both changes of the clock starts one run a night, on time."""
    tz = ZoneInfo(zone)
    midnight = datetime.fromisoformat(day).replace(tzinfo=tz).timestamp()
    add(midnight - 21.5 * HOUR, expression="30 2 * * *", zone=zone)
    due.start_due(home, midnight - HOUR)  # the night before is long past; its next time follows from here
    over(home)
    started = []
    for minute in range(-50, 20 * 60, 10):
        now = midnight + 60 * minute
        if due.start_due(home, now):
            started.append(datetime.fromtimestamp(now, tz).isoformat(timespec="minutes"))
            over(home)
    assert started == expected


@pytest.mark.parametrize(("policy", "runs"), [(Missed.SKIP, 0), (Missed.ONCE, 1)])
def test_times_missed_while_no_console_ran(home, add, policy, runs):
    """After five hours the policy says none or one run; the next time lies ahead of now, and the reason is told."""
    add(7200.0, missed=policy)
    assert len(due.start_due(home, 7200.0 + 5 * HOUR + 600)) == runs
    schedule = schedules.find(home, "s")
    assert schedule.next_at == 7200.0 + 6 * HOUR
    assert schedule.last_word == (
        "" if runs else "Skipped: no console was running then; it was found 5 hours 10 minutes late."
    )
    assert due.start_due(home, 7200.0 + 5 * HOUR + 601) == []


def test_a_little_late_is_not_missed(home, add):
    """A tick that comes up to a minute late runs what is due."""
    add(7200.0)
    assert len(due.start_due(home, 7260.0)) == 1


def test_the_last_run_is_not_over(home, add):
    """A time that comes while the run before waits or runs is skipped, and said; when it is over the next one runs."""
    add(7200.0)
    (run_id,) = due.start_due(home, 7200.0)
    for now in (10800.0, 14400.0):
        assert due.start_due(home, now) == []
        assert schedules.find(home, "s").last_word == f"Skipped: its run {run_id} was not over yet."
        jobs.take(home, now)
    assert schedules.find(home, "s").last_run == run_id
    over(home)
    assert len(due.start_due(home, 18000.0)) == 1
    assert schedules.find(home, "s").last_word == ""


def test_its_owner_must_be_a_super_admin_now(home, add, admin):
    """The runs of an owner who was disabled do not start, and those of one who is so again do."""
    add(7200.0)
    users.create(home, "other", Role.SUPER_ADMIN, "correct horse battery", "test")
    users.disable(home, admin.name, "test")
    assert due.start_due(home, 7200.0) == []
    assert schedules.find(home, "s").last_word.startswith("Its owner 'super_admin' is disabled.")
    users.enable(home, admin.name, "test")
    assert len(due.start_due(home, 10800.0)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE users SET role = 'operator' WHERE name = 'super_admin'", "is operator and no super_admin any more"),
        ("DELETE FROM users WHERE name = 'super_admin'", "has no account any more"),
    ],
)
def test_an_owner_who_is_none_any_more(home, add, config, admin, change, words):
    """A demoted owner's schedule does not run, not even one of a preset; nor does that of one who is gone."""
    presets.save(home, "sales", config, admin)
    add(7200.0, config=None, preset="sales")
    with transaction(home) as connection:
        connection.execute(change)
    assert due.start_due(home, 7200.0) == []
    assert words in schedules.find(home, "s").last_word
    assert jobs.list_queue(home) == []


def test_a_preset_that_is_gone(home, add, config, admin):
    """The reason is told, the next time stands, and other schedules run."""
    presets.save(home, "sales", config, admin)
    add(7200.0, "a", config=None, preset="sales")
    add(7200.0, "b")
    presets.delete(home, "sales", admin)
    assert len(due.start_due(home, 7200.0)) == 1
    broken = schedules.find(home, "a")
    assert "no preset 'sales' any more" in broken.last_word
    assert (broken.next_at, broken.last_at) == (10800.0, 7200.0)
    assert schedules.find(home, "b").last_word == ""


def test_a_paused_one_rests(home, add, admin):
    """Its time passes without a run and without a word."""
    add(7200.0)
    schedules.pause(home, "s", admin)
    assert due.start_due(home, 7200.0) == []
    assert schedules.find(home, "s").last_word == ""


def test_the_limit_of_its_owner(home, add, config, admin):
    """A run past the owner's limit is skipped with the sentence that says how long to wait."""
    settings.put(home, "runs_per_hour", 2)
    for _ in range(2):
        jobs.enqueue(home, config, admin)
    add(7200.0)
    assert due.start_due(home, 7200.0) == []
    assert "the limit is 2; wait" in schedules.find(home, "s").last_word


def test_what_cannot_be_recorded_does_not_run(home, add):
    """With the audit log out of order no job is left behind on the queue, and the schedule says why."""
    add(7200.0)
    log = home / ".secrets" / "etl_audit.log"
    log.rename(log.with_suffix(".away"))
    log.mkdir()
    assert due.start_due(home, 7200.0) == []
    assert jobs.list_queue(home) == []
    assert "cannot be recorded" in schedules.find(home, "s").last_word


@pytest.mark.parametrize("days", [1, 30, 400])
def test_a_clock_set_back_lets_no_schedule_sleep(home, add, days):
    """A time that was found by the wrong clock is found anew; one that is right stays, and so does a paused one's."""
    now = 1_800_000_000.0
    add(now + days * 86_400, "late", "* * * * *")
    add(1_800_000_000.0 + 3600, "right", "0 * * * *")
    add(now + days * 86_400, "paused", "* * * * *")
    schedules.pause(home, "paused", users.find(home, "super_admin"))
    assert due.align(home, now) == ["late"]
    assert due.align(home, now) == []
    late, right, paused = (schedules.find(home, name).next_at for name in ("late", "right", "paused"))
    assert 0 < late - now <= 60
    assert (right, paused) == (now + 3600, now + days * 86_400)


def test_aligning_changes_no_time_that_is_right(home, add):
    """Around the changes to and from summer time the next time is the same whenever it is asked for."""
    zone = ZoneInfo("Europe/Berlin")
    for begin in (datetime(2026, 3, 29, 0, 30, tzinfo=zone), datetime(2026, 10, 25, 0, 30, tzinfo=zone)):
        for number, expression in enumerate(("30 2 * * *", "*/7 * * * *", "0 * * * *", "15 1,2,3 * * *")):
            name = f"s{begin.month}-{number}"
            moment = due.cron.next_after(expression, "Europe/Berlin", begin.timestamp())
            add(moment, name, expression, zone="Europe/Berlin")
            for minutes in range(0, 240, 3):
                asked = begin.timestamp() + minutes * 60
                if asked < schedules.find(home, name).next_at:
                    assert name not in due.align(home, asked)
