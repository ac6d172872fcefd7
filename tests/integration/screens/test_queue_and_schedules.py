"""The queue part and the Schedules screen, run whole as some user: what each role sees, and what its buttons do."""

from __future__ import annotations

import pytest

from console import jobs, presets, schedules, settings, users
from console.schedules import ScheduleDraft
from console.users import Role, User
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.support import HOSTILE, SUCCESS, become, config_of, demote_before, texts

CRON, NAME, SAVE = "schedule--0-cron", "schedule--0-name", "schedule-save"


@pytest.fixture
def admin(screen, fresh) -> User:
    """The super_admin whom the first look at a page creates."""
    screen(fresh, "home")
    return users.find(fresh, "super_admin")


@pytest.fixture
def two(fresh, admin) -> None:
    """A schedule of a preset and one with a configuration of its own."""
    presets.save(fresh, "sales", config_of(fresh), admin)
    schedules.add(fresh, ScheduleDraft("nightly", "30 2 * * *", "Europe/Berlin", preset="sales"), admin)
    schedules.add(fresh, ScheduleDraft("own", "0 6 * * 1-5", "UTC", config=config_of(fresh)), admin)


def keys(app) -> set[str]:
    """The buttons of a page that belong to schedules or the queue."""
    return {button.key for button in app.button if (button.key or "").startswith(("schedule-", "queue-"))}


def test_a_super_admin_sees_all(screen, fresh, two):
    """Each schedule with its words, its owner and its next five times, and a button for everything."""
    app = screen(fresh, "schedules")
    shown = texts(app)
    assert "At 02:30 every day, Europe/Berlin time (30 2 * * *)" in shown
    assert "At 06:00 on Monday through Friday, UTC time (0 6 * * 1-5)" in shown
    assert "data/sales.csv to output/sales.csv, output/sales.parquet" in shown
    assert shown.count("<dd>in ") == 15  # two schedules and the form
    assert keys(app) == {SAVE} | {
        f"schedule-{what}-{name}" for what in ("run", "pause", "edit", "delete-sure") for name in ("nightly", "own")
    }


@pytest.mark.parametrize(("role", "buttons"), [(Role.VIEWER, set()), (Role.OPERATOR, {"schedule-run-nightly"})])
def test_others_see_and_operators_run_presets(screen, fresh, two, role, buttons):
    """Everybody reads the list; an operator may run the schedule of a preset now; nobody else may do anything."""
    app = screen(fresh, "schedules", role)
    assert "At 02:30 every day" in texts(app)
    assert keys(app) == buttons
    assert not app.text_input


@pytest.mark.parametrize(
    ("role", "words"), [(Role.VIEWER, "A super_admin adds"), (Role.SUPER_ADMIN, "no schedule yet")]
)
def test_before_the_first_schedule(screen, fresh, role, words):
    """The empty screen says so, and to whom to turn."""
    app = screen(fresh, "schedules", role)
    assert words in texts(app)
    assert not app.exception


def test_a_schedule_is_added(screen, fresh, admin):
    """An expression is checked as it is typed: words and times, or the reason; then it is saved."""
    presets.save(fresh, "sales", config_of(fresh), admin)
    app = screen(fresh, "schedules")
    app.text_input(key=NAME).set_value("every quarter")
    app.text_input(key=CRON).set_value("99 * * * *").run()
    assert "the minute is wrong" in texts(app)
    assert app.button(key=SAVE).disabled
    app.text_input(key=CRON).set_value("*/15 8-18 * * *").run()
    assert "Every 15 minutes from 08:00 through 18:59, UTC time." in texts(app)
    assert texts(app).count("<dd>in ") == 5
    app.button(key=SAVE).click().run()
    assert not app.exception
    (added,) = schedules.list_schedules(fresh)
    assert (added.name, added.cron, added.preset, added.owner) == (
        "every quarter", "*/15 8-18 * * *", "sales", "super_admin",
    )  # fmt: skip
    assert "every quarter is saved." in texts(app)
    assert app.text_input(key="schedule--1-name").value == ""


def test_a_runs_settings_can_be_scheduled(screen, home):
    """Without a preset the settings of a good run are offered."""
    app = screen(home, "schedules")
    app.text_input(key=NAME).set_value("again").run()
    app.button(key=SAVE).click().run()
    (added,) = schedules.list_schedules(home)
    assert added.preset is None
    assert added.config.inputs == tuple(RunDirectory(home, SUCCESS).config().inputs)


def test_a_taken_name_is_said(screen, fresh, two):
    """What the service refuses stands below the button, and the fields keep what was typed."""
    app = screen(fresh, "schedules")
    app.text_input(key=NAME).set_value("Nightly").run()
    app.button(key=SAVE).click().run()
    assert "There is already a schedule" in texts(app)
    assert app.text_input(key=NAME).value == "Nightly"


def test_a_schedule_is_changed(screen, fresh, two):
    """The form is filled with what it has; a change is saved, and the name stays."""
    app = screen(fresh, "schedules")
    app.button(key="schedule-edit-own").click().run()
    name, cron = app.text_input(key="schedule-own-0-name"), app.text_input(key="schedule-own-0-cron")
    assert (name.value, name.disabled, cron.value) == ("own", True, "0 6 * * 1-5")
    cron.set_value("0 7 * * *").run()
    app.button(key=SAVE).click().run()
    changed = schedules.find(fresh, "own")
    assert changed.cron == "0 7 * * *"
    assert schedules.config_of(fresh, changed).inputs == config_of(fresh).inputs
    assert "schedule-keep" not in {button.key for button in app.button}


def test_pause_resume_run_and_delete(screen, fresh, two):
    """Each button does what it says and the page says what it did."""
    app = screen(fresh, "schedules")
    app.button(key="schedule-pause-own").click().run()
    assert schedules.find(fresh, "own").paused
    assert "own is paused." in texts(app)
    assert app.button(key="schedule-pause-own").label == "Resume"
    app.button(key="schedule-pause-own").click().run()
    assert not schedules.find(fresh, "own").paused
    app.button(key="schedule-run-own").click().run()
    (job,) = jobs.list_queue(fresh)
    assert f"Run {job.run_id} is on the queue." in texts(app)
    app.button(key="schedule-run-own").click().run()
    assert "is not over yet" in texts(app)
    app.button(key="schedule-delete-sure-own").click().run()
    assert [each.name for each in schedules.list_schedules(fresh)] == ["nightly"]


@pytest.mark.parametrize("what", ["run", "pause", "delete-sure"])
def test_a_click_after_a_demotion_is_refused(screen, fresh, two, monkeypatch, what):
    """The page was drawn for a super_admin; the click comes from somebody who is none any more."""
    app = screen(fresh, "schedules")
    users.create(fresh, "low", Role.VIEWER, "correct horse battery", by="test")
    become(monkeypatch, User("low", Role.SUPER_ADMIN))
    app.button(key=f"schedule-{what}-own").click().run()
    assert "you need the role" in texts(app)
    assert jobs.list_queue(fresh) == []
    assert [(each.name, each.paused) for each in schedules.list_schedules(fresh)] == [
        ("nightly", False),
        ("own", False),
    ]


def test_a_save_after_a_demotion_is_refused(screen, fresh, two, monkeypatch):
    """The form is open for long; the service asks again and records whom it refused."""
    app = screen(fresh, "schedules")
    app.text_input(key=NAME).set_value("late").run()
    demote_before(monkeypatch, schedules, "add", fresh)
    app.button(key=SAVE).click().run()
    assert "you need the role super_admin; " in texts(app)
    assert len(schedules.list_schedules(fresh)) == 2
    (refused,) = AuditLog(fresh).search(action="refused")
    assert (refused["target"], refused["detail"]) == ("schedule.add", {"place": "schedules", "address": "127.0.0.1"})


def test_names_are_text(screen, fresh, admin):
    """Markup in a schedule's and in a preset's name is shown and never obeyed."""
    name = HOSTILE[:60]
    presets.save(fresh, name, config_of(fresh), admin)
    schedules.add(fresh, ScheduleDraft(name, "0 6 * * *", "UTC", preset=name), admin)
    for page in ("schedules", "home"):
        shown = texts(screen(fresh, page))
        assert "<img" not in shown
    assert "&lt;img" in texts(screen(fresh, "schedules"))


def test_home_shows_what_comes_next(screen, home):
    """The soonest first; a paused one is left out."""
    screen(home, "home")
    admin = users.find(home, "super_admin")
    for name, cron in (("later", "0 0 1 1 *"), ("soon", "* * * * *"), ("resting", "* * * * *")):
        schedules.add(home, ScheduleDraft(name, cron, "UTC", config=config_of(home)), admin)
    schedules.pause(home, "resting", admin)
    shown = texts(screen(home, "home"))
    assert "Next schedules" in shown
    assert 0 < shown.index("soon · in") < shown.index("later · in")
    assert "resting" not in shown


@pytest.fixture
def line(fresh, admin) -> list[str]:
    """Three runs that wait: the first two a super_admin's, the third an operator's."""
    presets.save(fresh, "sales", config_of(fresh), admin)
    operator = users.create(fresh, "operator", Role.OPERATOR, "correct horse battery", by="test")
    return [jobs.enqueue(fresh, config_of(fresh), user) for user in (admin, admin, operator)]


def waiting(home) -> list[str]:
    """The runs that wait, in their order."""
    return [job.run_id for job in jobs.list_queue(home)]


@pytest.mark.parametrize("page", ["home", "live"])
def test_the_order_is_shown(screen, fresh, line, page):
    """Each waiting run with its place, its input and its user, on Home and on Live."""
    shown = texts(screen(fresh, page))
    places = [shown.index(f"{place} in line") for place in (1, 2, 3)]
    assert places == sorted(places)
    assert "Runs start in this order, 1 at a time. Under way now: 0." in shown
    assert shown.count("sales.csv · super_admin · waiting for") == 2


def test_the_order_is_changed(screen, fresh, line):
    """Up, down and to the front; the ends have no way to go further."""
    app = screen(fresh, "home")
    assert [app.button(key=f"queue-up-{run_id}").disabled for run_id in line] == [True, False, False]
    assert [app.button(key=f"queue-down-{run_id}").disabled for run_id in line] == [False, False, True]
    app.button(key=f"queue-front-{line[2]}").click().run()
    assert waiting(fresh) == [line[2], line[0], line[1]]
    app.button(key=f"queue-down-{line[2]}").click().run()
    assert waiting(fresh) == line[:1] + line[2:] + line[1:2]
    app.button(key=f"queue-cancel-{line[0]}").click().run()
    assert waiting(fresh) == [line[2], line[1]]
    assert f"Run {line[0]} was taken off the queue; nothing was started." in texts(app)
    assert RunDirectory(fresh, line[0]).status() == "cancelled"


def test_who_may_change_it(screen, fresh, line, monkeypatch):
    """A viewer has no button, an operator those of own runs; a click by somebody else is refused."""
    assert keys(screen(fresh, "home", Role.VIEWER)) == set()
    own = keys(screen(fresh, "home", Role.OPERATOR))
    assert own == {f"queue-{what}-{line[2]}" for what in ("up", "down", "front", "cancel")}
    app = screen(fresh, "home")
    become(monkeypatch, User("operator", Role.SUPER_ADMIN))
    app.button(key=f"queue-front-{line[1]}").click().run()
    assert "may move own runs only" in texts(app)
    app = screen(fresh, "home")
    become(monkeypatch, User("operator", Role.SUPER_ADMIN))
    app.button(key=f"queue-cancel-{line[1]}").click().run()
    assert "may cancel own runs only" in texts(app)
    assert waiting(fresh) == line
    refused = [(record["target"], record["detail"]) for record in AuditLog(fresh).search(action="refused")]
    home_page = {"place": "home", "address": "127.0.0.1"}
    assert refused == [("run.cancel", home_page), ("queue.move", home_page)]


def test_an_empty_queue_is_not_shown(screen, fresh, line):
    """When nothing waits there is no part for it."""
    for run_id in line:
        jobs.cancel(fresh, run_id, users.find(fresh, "super_admin"))
    assert "in line" not in texts(screen(fresh, "home"))


def test_launch_says_how_long_to_wait(screen, fresh, line):
    """The click on Launch past the limit is answered with the seconds."""
    settings.put(fresh, "runs_per_hour", 2)
    app = screen(fresh, "launch")
    app.button(key="launch-go").click().run()
    assert "has started 2 runs within the hour, the limit is 2; wait " in texts(app)
    assert len(waiting(fresh)) == 3
