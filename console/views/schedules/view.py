"""Schedules view: every schedule with its next times and its last result, and what may be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from console import cron, identity, schedules, screens
from console.actions import may
from console.schedules import Schedule
from console.users import User
from console.views.schedules import wording
from console.views.schedules.form import EDIT_KEY, PART, show_form
from console.views.schedules.times import next_times, viewer_zone, when
from console.views.shared.acting import begin, click, say
from etl_batch.reporting.formatting import counted
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Screen
from etl_batch.ui.shared.markup import Tone

TICK_SECONDS = 5.0
PAGE_SIZE = 20
UPCOMING_SHOWN = 5


def show_schedules(home: Path, user: User) -> None:
    """Draw the screen for a user who may see it: the form for those who may change schedules, and the list."""
    begin(PART)
    # One place whatever is in it: else the list moves when the form is another one, and stands there twice meanwhile.
    with st.container():
        if may(user, "schedule.add"):
            show_form(home, expanded=not schedules.list_schedules(home))
    _watch(home)


def show_upcoming(home: Path, user: User) -> None:  # noqa: ARG001  a view is handed its user; everybody may see these
    """Draw the schedules that come next, for the Home screen; without any draw nothing."""
    found = schedules.coming(home, UPCOMING_SHOWN)
    if not found:
        return
    zone, now = viewer_zone(), time.time()
    markup.section(wording.UPCOMING)
    pairs = [
        (
            when(schedule.next_at, zone),
            f"{schedule.name} · {wording.FROM_NOW.format(span=cron.span(schedule.next_at - now))}",
        )
        for schedule in found
        if schedule.next_at is not None
    ]
    markup.show("table.html", pairs=pairs)
    st.page_link(screens.PAGES / "schedules.py", label=wording.TO_SCHEDULES, icon=":material/arrow_forward:")


@st.fragment(run_every=TICK_SECONDS)
def _watch(home: Path) -> None:
    """The list, drawn again every few seconds, because its runs start and end by themselves."""
    user = identity.require("schedule.list")
    say(PART, stays=True)
    found = schedules.list_schedules(home)
    if not found:
        markup.notice(wording.EMPTY if may(user, "schedule.add") else wording.EMPTY_VIEWER)
        return
    markup.section(wording.LIST, wording.LIST_LEAD.format(zone=viewer_zone()))
    pages = (len(found) + PAGE_SIZE - 1) // PAGE_SIZE
    page = int(st.number_input(wording.MORE, 1, pages, key="schedules-page")) if pages > 1 else 1
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
            screens.link(wording.SEE_RUN, Screen.RUNS if final else Screen.LIVE, {"run": schedule.last_run})
    with right:
        if schedule.paused:
            st.caption(wording.NEXT_PAUSED)
        else:
            st.caption(wording.NEXT)
            markup.show("table.html", pairs=next_times(schedule.cron, schedule.zone, zone, now))


def state(schedule: Schedule) -> tuple[str, Tone]:
    """A schedule's state in a word, and its colour: one that did not run when it should have is not green."""
    if schedule.paused:
        return wording.PAUSED, "warn"
    if schedule.next_at is None:
        return wording.ENDED, "plain"
    return (wording.DID_NOT_RUN, "bad") if schedule.last_word else (wording.ACTIVE, "good")


def facts(home: Path, schedule: Schedule, zone: str) -> list[tuple[str, str]]:
    """What there is to say of a schedule, name by name."""
    words = wording.WHEN_WORDS.format(words=cron.words(schedule.cron), zone=schedule.zone)
    return [
        (wording.WHEN, f"{words} ({schedule.cron})"),
        (wording.WHAT, _what(home, schedule)),
        (wording.OWNER, schedule.owner),
        (wording.MISSED, wording.MISSED_WORDS[schedule.missed]),
        *_retries(schedule),
        (wording.LAST, _last(home, schedule, zone)),
    ]


def _retries(schedule: Schedule) -> list[tuple[str, str]]:
    if schedule.retries is None:
        return []
    return [(wording.RETRIES_SAID, wording.RETRIES_TIMES.format(times=counted(schedule.retries, "time")))]


def _what(home: Path, schedule: Schedule) -> str:
    if schedule.config is None:
        return wording.PRESET.format(name=schedule.preset)
    outputs = [path for path in (schedule.config.output_csv, schedule.config.output_parquet) if path is not None]
    inputs = ", ".join(_short(home, value) for value in schedule.config.inputs)
    return wording.OWN.format(inputs=inputs, outputs=", ".join(_short(home, str(path)) for path in outputs))


def _short(home: Path, path: str) -> str:
    return path.removeprefix(f"{home}/")


def _last(home: Path, schedule: Schedule, zone: str) -> str:
    if schedule.last_at is None:
        return wording.NEVER
    word = schedule.last_word
    if not word and schedule.last_run is not None:
        run = RunDirectory(home, schedule.last_run)
        word = markup.status_word(run.status()) if run.path.is_dir() else wording.NO_RUN
    return wording.LAST_WORDS.format(moment=when(schedule.last_at, zone), word=word)


def _buttons(home: Path, schedule: Schedule, user: User) -> None:
    may_change, name = may(user, "schedule.change"), schedule.name
    if not may(user, "schedule.run", within=schedule.preset is not None):
        return
    with st.container(horizontal=True):
        st.button(
            wording.RUN_NOW, key=f"schedule-run-{name}", help=wording.RUN_NOW_HELP, on_click=_run_now, args=(home, name)
        )
        if not may_change:
            return
        label, words, done, action = (
            (wording.RESUME, wording.RESUME_HELP, wording.RESUMED, schedules.resume)
            if schedule.paused
            else (wording.PAUSE, wording.PAUSE_HELP, wording.PAUSED_DONE, schedules.pause)
        )
        st.button(label, key=f"schedule-pause-{name}", help=words, on_click=_change, args=(home, name, done, action))
        if st.button(wording.EDIT, key=f"schedule-edit-{name}"):
            st.session_state[EDIT_KEY] = name
            st.rerun()
        with st.popover(wording.DELETE, key=f"schedule-delete-{name}"):
            st.text(wording.SURE)
            st.button(
                wording.SURE_BUTTON,
                key=f"schedule-delete-sure-{name}",
                on_click=_change,
                args=(home, name, wording.DELETED, schedules.remove),
            )


def _run_now(home: Path, name: str) -> None:
    click(lambda user: wording.QUEUED.format(run_id=schedules.run_now(home, name, user)), PART)


def _change(home: Path, name: str, done: str, action: Callable[[Path, str, User | None], None]) -> None:
    def do(user: User | None) -> str:
        action(home, name, user)
        return done.format(name=name)

    click(do, PART)
