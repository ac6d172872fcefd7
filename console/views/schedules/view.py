"""Schedules view: every schedule with its next times and its last result, and what may be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from console import cron, identity, schedules, screens
from console.actions import may
from console.schedules import Missed, Schedule
from console.users import User
from console.views.schedules.form import EDIT_KEY, PART, show_form
from console.views.schedules.times import FROM_NOW, NEVER, next_times, viewer_zone, when
from console.views.shared.acting import begin, click, say
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Screen
from etl_batch.ui.shared.markup import Tone

TITLE, LEAD = "Schedules", "Runs that start by themselves, and when."
EMPTY = "There is no schedule yet."
EMPTY_VIEWER = "There is no schedule yet. A super_admin adds the first one."
LIST, LIST_LEAD = "All schedules", "Times are those of {zone}, the time zone of your browser."
ACTIVE, PAUSED, ENDED, DID_NOT_RUN = "active", "paused", "over", "did not run"
WHEN, WHAT, OWNER, MISSED, LAST = "When", "Runs", "Owner", "If missed", "Last"
WHEN_WORDS = "{words}, {zone} time"
PRESET, OWN = "preset {name}", "{inputs} to {outputs}"
MISSED_WORDS = {Missed.SKIP: "nothing, the next time is soon enough", Missed.ONCE: "one run when the console is back"}
LAST_WORDS, NO_RUN = "{moment}: {word}", "no run"
NEXT, NEXT_PAUSED = "Next five times", "It is paused: its times pass without a run."
RUN_NOW, RUN_NOW_HELP = "Run now", "Puts a run on the queue at once, in your name."
PAUSE, PAUSE_HELP = "Pause", "Its times pass without a run until you resume it."
RESUME, RESUME_HELP = "Resume", "Goes on with its next time from now."
EDIT, DELETE = "Edit", "Delete"
SURE, SURE_BUTTON = "The schedule goes; runs it has started stay in the history.", "Delete this schedule"
SEE_RUN = "See the last run"
QUEUED = "Run {run_id} is on the queue."
DONE = {PAUSE: "{name} is paused.", RESUME: "{name} goes on.", DELETE: "{name} was deleted."}
MORE = "Page"
UPCOMING, TO_SCHEDULES = "Next schedules", "All schedules"
TICK_SECONDS = 5.0
PAGE_SIZE = 20
UPCOMING_SHOWN = 5


def show_schedules(home: Path, user: User) -> None:
    """Draw the screen for a user who may see it: the form for those who may change schedules, and the list."""
    begin(PART)
    there = bool(schedules.list_schedules(home))
    if may(user, "schedule.add"):
        show_form(home, expanded=not there)
    if not there:
        markup.notice(EMPTY if may(user, "schedule.add") else EMPTY_VIEWER)
    _watch(home)


def show_upcoming(home: Path, user: User) -> None:  # noqa: ARG001  a view is handed its user; everybody may see these
    """Draw the schedules that come next, for the Home screen; without any draw nothing."""
    found = schedules.coming(home, UPCOMING_SHOWN)
    if not found:
        return
    zone, now = viewer_zone(), time.time()
    markup.section(UPCOMING)
    pairs = [
        (when(schedule.next_at, zone), f"{schedule.name} · {FROM_NOW.format(span=cron.span(schedule.next_at - now))}")
        for schedule in found
        if schedule.next_at is not None
    ]
    markup.show("table.html", pairs=pairs)
    st.page_link(screens.PAGES / "schedules.py", label=TO_SCHEDULES, icon=":material/arrow_forward:")


@st.fragment(run_every=TICK_SECONDS)
def _watch(home: Path) -> None:
    """The list, drawn again every few seconds, because its runs start and end by themselves."""
    user = identity.require("schedule.list")
    say(PART, stays=True)
    found = schedules.list_schedules(home)
    if not found:
        return
    markup.section(LIST, LIST_LEAD.format(zone=viewer_zone()))
    pages = (len(found) + PAGE_SIZE - 1) // PAGE_SIZE
    page = int(st.number_input(MORE, 1, pages, key="schedules-page")) if pages > 1 else 1
    for schedule in found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]:
        with st.container(border=True):
            _show(home, schedule)
            _buttons(home, schedule, user)


def _show(home: Path, schedule: Schedule) -> None:
    status, tone = state(schedule)
    markup.show("headline.html", status=status, tone=tone, run_id=schedule.name, facts="")
    zone, now = viewer_zone(), time.time()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        markup.show("table.html", pairs=facts(home, schedule, zone))
        if schedule.last_run is not None and RunDirectory(home, schedule.last_run).path.is_dir():
            final = RunDirectory(home, schedule.last_run).status().final
            screens.link(SEE_RUN, Screen.RUNS if final else Screen.LIVE, {"run": schedule.last_run})
    with right:
        if schedule.paused:
            st.caption(NEXT_PAUSED)
        else:
            st.caption(NEXT)
            markup.show("table.html", pairs=next_times(schedule.cron, schedule.zone, zone, now))


def state(schedule: Schedule) -> tuple[str, Tone]:
    """A schedule's state in a word, and its colour: one that did not run when it should have is not green."""
    if schedule.paused:
        return PAUSED, "warn"
    if schedule.next_at is None:
        return ENDED, "plain"
    return (DID_NOT_RUN, "bad") if schedule.last_word else (ACTIVE, "good")


def facts(home: Path, schedule: Schedule, zone: str) -> list[tuple[str, str]]:
    """What there is to say of a schedule, name by name."""
    words = WHEN_WORDS.format(words=cron.words(schedule.cron), zone=schedule.zone)
    return [
        (WHEN, f"{words} ({schedule.cron})"),
        (WHAT, _what(home, schedule)),
        (OWNER, schedule.owner),
        (MISSED, MISSED_WORDS[schedule.missed]),
        (LAST, _last(home, schedule, zone)),
    ]


def _what(home: Path, schedule: Schedule) -> str:
    if schedule.config is None:
        return PRESET.format(name=schedule.preset)
    outputs = [path for path in (schedule.config.output_csv, schedule.config.output_parquet) if path is not None]
    inputs = ", ".join(_short(home, value) for value in schedule.config.inputs)
    return OWN.format(inputs=inputs, outputs=", ".join(_short(home, str(path)) for path in outputs))


def _short(home: Path, path: str) -> str:
    return path.removeprefix(f"{home}/")


def _last(home: Path, schedule: Schedule, zone: str) -> str:
    if schedule.last_at is None:
        return NEVER
    word = schedule.last_word
    if not word and schedule.last_run is not None:
        run = RunDirectory(home, schedule.last_run)
        word = markup.status_word(run.status()) if run.path.is_dir() else NO_RUN
    return LAST_WORDS.format(moment=when(schedule.last_at, zone), word=word)


def _buttons(home: Path, schedule: Schedule, user: User) -> None:
    may_change, name = may(user, "schedule.change"), schedule.name
    if not may(user, "schedule.run", within=schedule.preset is not None):
        return
    with st.container(horizontal=True):
        st.button(RUN_NOW, key=f"schedule-run-{name}", help=RUN_NOW_HELP, on_click=_run_now, args=(home, name))
        if not may_change:
            return
        label, words, action = (
            (RESUME, RESUME_HELP, schedules.resume) if schedule.paused else (PAUSE, PAUSE_HELP, schedules.pause)
        )
        st.button(label, key=f"schedule-pause-{name}", help=words, on_click=_change, args=(home, name, label, action))
        if st.button(EDIT, key=f"schedule-edit-{name}"):
            st.session_state[EDIT_KEY] = name
            st.rerun()
        with st.popover(DELETE, key=f"schedule-delete-{name}"):
            st.text(SURE)
            st.button(
                SURE_BUTTON,
                key=f"schedule-delete-sure-{name}",
                on_click=_change,
                args=(home, name, DELETE, schedules.remove),
            )


def _run_now(home: Path, name: str) -> None:
    click(lambda user: QUEUED.format(run_id=schedules.run_now(home, name, user)), PART)


def _change(home: Path, name: str, label: str, action: Callable[[Path, str, User | None], None]) -> None:
    def do(user: User | None) -> str:
        action(home, name, user)
        return DONE[label].format(name=name)

    click(do, PART)
