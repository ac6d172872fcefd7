"""Home view: what runs, what ran, what needs somebody, and how much disk is left."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import counted, file_size, parse_moment, percent, quantity
from etl_batch.runs.history.index import RunRow, list_runs
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.home import wording
from etl_batch.ui.shared import figures, markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.following import redraw_with_theme
from etl_batch.ui.shared.markup import Card, Tone
from etl_batch.ui.shared.progress import pace, pace_words
from etl_batch.ui.shared.resuming import show_resume
from etl_batch.ui.shared.summary import show_headline

RECENT_RUNS, FAILURES_SHOWN, WEEK = 40, 3, timedelta(days=7)
LOW_DISK_BYTES = 5 * 10**9


def show_home(doors: Doors) -> None:
    """Draw the overview, or the way to the first run."""
    rows = list_runs(doors.home, RECENT_RUNS)
    if not rows:
        may_launch = doors.launch_refusal is None
        markup.show(
            "welcome.html",
            title=wording.WELCOME,
            steps=wording.FIRST_STEPS if may_launch else wording.FIRST_STEPS_VIEWER,
        )
        if may_launch and st.button(wording.TO_LAUNCH, type="primary", key="home-launch"):
            doors.go(Screen.LAUNCH, {})
        markup.cards([_disk_card(doors)])
        return
    markup.cards([*home_cards(rows, datetime.now(UTC)), _disk_card(doors)])
    _show_active(doors, rows)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        markup.section(wording.RECENT, wording.RECENT_LEAD.format(number=quantity(len(rows))))
        redraw_with_theme()
        st.plotly_chart(
            figures.recent_runs_figure(rows), theme=None, config=figures.CONFIG, key="recent", alt=wording.RECENT
        )
        doors.link(wording.TO_RUNS, Screen.RUNS, {})
    with right:
        _show_failures(doors, rows)


def home_cards(rows: Sequence[RunRow], now: datetime) -> list[Card]:
    """What is going on, and the outcome of the last seven days among the newest runs."""
    week = [row for row in rows if _within(row, now)]
    active, good = _active(rows), [row for row in week if row.status is RunStatus.SUCCESS]
    bad = failures(rows, now)
    return [
        Card(wording.RUNNING, quantity(len(active)), wording.RIGHT_NOW, "info" if active else "plain"),
        Card(wording.SUCCEEDED, quantity(len(good)), wording.LAST_SEVEN_DAYS, "good" if good else "plain"),
        Card(wording.FAILED, quantity(len(bad)), wording.LAST_SEVEN_DAYS, "bad" if bad else "plain"),
        Card(wording.ROWS_WRITTEN, quantity(sum(row.written for row in good)), wording.LAST_SEVEN_DAYS),
    ]


def _active(rows: Sequence[RunRow]) -> list[RunRow]:
    return [row for row in rows if row.status is RunStatus.RUNNING]


def failures(rows: Sequence[RunRow], now: datetime) -> list[RunRow]:
    """Runs of the last seven days that failed or ran out of time, newest first."""
    return [row for row in rows if row.status in (RunStatus.FAILED, RunStatus.TIMED_OUT) and _within(row, now)]


def _within(row: RunRow, now: datetime) -> bool:
    """Whether a run began in the last seven days. Its id begins with the time when the start was never recorded."""
    moment = parse_moment(row.started_at) or parse_moment(row.run_id.partition("-")[0])
    return moment is not None and moment.tzinfo is not None and now - moment < WEEK


def _disk_card(doors: Doors) -> Card:
    usage = shutil.disk_usage(doors.home)
    tone: Tone = "bad" if usage.free < LOW_DISK_BYTES else "plain"
    return Card(
        wording.DISK_LEFT,
        file_size(usage.free),
        wording.DISK_FREE.format(share=percent(usage.free / usage.total)),
        tone,
    )


def _show_active(doors: Doors, rows: Sequence[RunRow]) -> None:
    markup.section(wording.ACTIVE)
    if _active(rows):
        _tick(doors)
    else:
        st.caption(wording.IDLE)


@st.fragment(run_every=2.0)
def _tick(doors: Doors) -> None:
    """The runs that go on. When the last one ends the whole page is drawn again, without a timer."""
    active = [row for row in list_runs(doors.home, RECENT_RUNS) if doors.status(row.run_id) is RunStatus.RUNNING]
    if not active:
        st.rerun()
    for row in active:
        run = RunDirectory(doors.home, row.run_id)
        with st.container(border=True):
            show_headline(run, row.status)
            progress = run.progress()
            if progress is not None:
                share = pace(progress).fraction
                words = pace_words(progress)
                markup.show("progress.html", fraction=f"{share:.4f}", percent=percent(share), words=words)
            doors.link(wording.WATCH, Screen.LIVE, {"run": row.run_id})


def _show_failures(doors: Doors, rows: Sequence[RunRow]) -> None:
    bad = failures(rows, datetime.now(UTC))
    markup.section(wording.FAILURES, "" if bad else wording.NO_FAILURES)
    for row in bad[:FAILURES_SHOWN]:
        with st.container(border=True):
            run = RunDirectory(doors.home, row.run_id)
            show_headline(run, row.status)
            if row.error:
                markup.notice(row.error, tone="bad")
            show_resume(doors, run)
            doors.link(wording.OPEN, Screen.RUNS, {"run": row.run_id})
    if len(bad) > FAILURES_SHOWN:
        st.caption(wording.OLDER_FAILURES.format(failures=counted(len(bad) - FAILURES_SHOWN, "older failure")))
