"""Live view of one run: polled from its run directory once a second, and its summary when it is over."""

from __future__ import annotations

import streamlit as st

from etl_batch.record.originals import name_of
from etl_batch.record.progress import Progress
from etl_batch.record.settings import RunSettings
from etl_batch.reporting.formatting import duration, moment, percent, quantity, visible
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.processes.reconciliation import Silence, silence, unfinished
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.live import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.logs import show_log
from etl_batch.ui.shared.missing import is_there, show_missing
from etl_batch.ui.shared.progress import host_rows, live_cards, meters, pace, pace_words, stage_marks, worker_rows
from etl_batch.ui.shared.proof import show_cancel, show_proof
from etl_batch.ui.shared.resuming import show_attempts
from etl_batch.ui.shared.summary import link_to_rejects, show_headline, show_limits, show_summary

TICK_SECONDS = 1.0
MOST_CHOICES = 100


def show_live(doors: Doors, run_id: str | None) -> None:
    """Draw a run (None: the newest): with a timer while it goes on, without one when it is over."""
    if run_id is None or not is_there(doors.home, run_id):
        newest = next(iter(run_ids(doors.home)), None)
        if run_id is not None:
            show_missing(doors, Screen.LIVE, run_id, newest)
            return
        if newest is None:
            markup.notice(wording.NO_RUN)
            return
        run_id = newest
    if doors.status(run_id).final:
        _show_finished(doors, run_id)
    else:
        _watch(doors, run_id)
        show_log(doors, run_id, live=True)


@st.fragment(run_every=TICK_SECONDS)
def _watch(doors: Doors, run_id: str) -> None:
    """One tick. Ends itself by running the whole page again, which then draws no fragment with a timer."""
    run, status = RunDirectory(doors.home, run_id), doors.status(run_id)
    if status.final:
        st.rerun()
    _pick(doors, run_id)
    progress = run.progress()
    show_headline(run, status)
    _show_silence(silence(run))
    markup.show("stages.html", stages=stage_marks(progress or Progress(run_id), status))
    before = run.interrupted()
    if progress is None or before is not None:
        waiting = wording.WAITING if before is None else wording.WAITS_TO_GO_ON
        markup.notice(wording.STARTING if run.launched() else waiting)
        show_attempts(before.tried if before is not None else ())
    else:
        _show_numbers(progress)
        if progress.rejected:
            link_to_rejects(doors, run_id)
        show_attempts(progress.attempts)
    show_cancel(doors, run_id, began=run.launched())


def _pick(doors: Doors, run_id: str) -> None:
    """Which of several runs to watch."""
    others = [name for name in unfinished(doors.home)[:MOST_CHOICES] if name != run_id]
    if not others:
        return
    chosen = st.selectbox(
        wording.PICK,
        [run_id, *others],
        format_func=lambda name: _choice(doors, name),
        key=f"live-pick-{run_id}",
        help=wording.PICK_HELP,
    )
    if chosen and chosen != run_id:
        doors.go(Screen.LIVE, {"run": chosen})


def _choice(doors: Doors, run_id: str) -> str:
    """A run of the picker: its id, its inputs and its user."""
    config = RunDirectory(doors.home, run_id).config() or RunSettings()
    inputs = ", ".join(name_of(doors.home, each) for each in config.inputs)
    return visible(" · ".join(filter(None, (run_id, inputs, config.user))), 120)


def _show_silence(found: Silence | None) -> None:
    if found is not None:
        words = wording.PAUSED if found.paused else wording.SILENT
        markup.notice(words, tone="warn", title=wording.SILENT_TITLE.format(since=moment(found.since)))


def _show_numbers(progress: Progress) -> None:
    if progress.attempts:
        title = wording.TRY.format(number=quantity(len(progress.attempts) + 1))
        markup.notice(visible(progress.message, 400), tone="warn", title=title)
    if progress.silent_seconds:
        words = wording.WORKER_SILENT.format(time=duration(progress.silent_seconds))
        markup.notice(words, tone="warn", title=wording.WORKER_SILENT_TITLE)
    if progress.workers_lost:
        title = wording.WORKERS_LOST_TITLE.format(number=quantity(progress.workers_lost))
        markup.notice(wording.WORKERS_LOST, tone="warn", title=title)
    share = pace(progress).fraction
    markup.show("progress.html", fraction=f"{share:.4f}", percent=percent(share), words=pace_words(progress))
    markup.cards(live_cards(progress))
    markup.section(wording.MACHINE)
    markup.show("meters.html", meters=meters(progress))
    show_limits(progress.limits)
    rows = worker_rows(progress)
    if rows:
        markup.section(wording.WORKERS)
        markup.show("workers.html", title=wording.WORKERS, columns=wording.WORKER_COLUMNS, rows=rows)
    if progress.cluster:
        markup.section(wording.CLUSTER)
        markup.show("table.html", pairs=host_rows(progress.cluster))


def _show_finished(doors: Doors, run_id: str) -> None:
    run, status = RunDirectory(doors.home, run_id), doors.status(run_id)
    show_headline(run, status)
    markup.show("stages.html", stages=stage_marks(run.progress() or Progress(run_id), status))
    show_proof(run)
    show_summary(doors, run)
    show_log(doors, run_id, live=False)
