"""Live view of one run: polled from its run directory once a second, and its summary when it is over."""

from __future__ import annotations

import streamlit as st

from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import percent, visible
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.index import run_ids
from etl_batch.runs.process import CancelReport
from etl_batch.ui import markup
from etl_batch.ui.doors import Doors
from etl_batch.ui.progress import live_cards, pace, pace_words, stage_marks
from etl_batch.ui.summary import show_headline, show_summary

TICK_SECONDS = 1.0
TITLE, LEAD = "Live run", "The newest run, or the one you chose. Close the browser if you like: the run goes on."
NO_RUN = "Nothing has run yet. Launch a run and it shows up here."
UNKNOWN = "There is no run {run_id!r} here; this is the newest one."
WAITING = "The run waits for its turn and starts by itself."
CANCEL, CANCEL_HELP = "Cancel run", "Stops every process of the run. The outputs of earlier runs stay as they are."
LOG_TITLE = "Log"
LOG_LINES = 60
CANCELLED_KEY = "etl-cancelled"
REFUSED_KEY = "etl-cancel-refused"


def show_live(doors: Doors, run_id: str | None) -> None:
    """Draw a run (None: the newest): with a timer while it goes on, without one when it is over."""
    ids = run_ids(doors.home)
    if run_id not in ids:
        if run_id is not None:
            markup.notice(UNKNOWN.format(run_id=run_id), tone="warn")
        if not ids:
            markup.notice(NO_RUN)
            return
        run_id = ids[0]
    if doors.status(run_id).final:
        _show_finished(doors, run_id)
    else:
        _watch(doors, run_id)


@st.fragment(run_every=TICK_SECONDS)
def _watch(doors: Doors, run_id: str) -> None:
    """One tick. Ends itself by running the whole page again, which then draws no fragment with a timer."""
    run, status = RunDirectory(doors.home, run_id), doors.status(run_id)
    if status.final:
        st.rerun()
    progress = run.progress() or {}
    show_headline(run, status)
    markup.show("stages.html", stages=stage_marks(progress.get("stage", "plan"), status))
    if progress:
        share = pace(progress).fraction
        markup.show("progress.html", fraction=f"{share:.4f}", percent=percent(share), words=pace_words(progress))
        markup.cards(live_cards(progress))
    else:
        markup.notice(WAITING)
    if doors.may_cancel(str((run.config() or {}).get("user", ""))):
        st.button(CANCEL, key=f"cancel-{run_id}", help=CANCEL_HELP, on_click=_cancel, args=(doors, run_id))
    _show_refusal(run_id)
    _show_log(run)


def _cancel(doors: Doors, run_id: str) -> None:
    """The button's callback; the door checks the role again. Its answer outlives the rerun in the session's state."""
    try:
        st.session_state[CANCELLED_KEY] = (run_id, doors.cancel(run_id))
    except EtlError as error:
        st.session_state[REFUSED_KEY] = (run_id, error.message)


def _show_refusal(run_id: str) -> None:
    refused = st.session_state.get(REFUSED_KEY)
    if refused and refused[0] == run_id:
        markup.notice(refused[1], tone="bad")


def _show_finished(doors: Doors, run_id: str) -> None:
    run, status = RunDirectory(doors.home, run_id), doors.status(run_id)
    show_headline(run, status)
    markup.show("stages.html", stages=stage_marks((run.progress() or {}).get("stage", "plan"), status))
    cancelled = st.session_state.get(CANCELLED_KEY)
    if cancelled and cancelled[0] == run_id:
        report: CancelReport = cancelled[1]
        markup.notice(cancel_words(report), tone="good" if is_clean(report) else "bad", title="Stopped.")
    _show_refusal(run_id)
    show_summary(doors, run)
    _show_log(run)


def is_clean(report: CancelReport) -> bool:
    """Whether a stop left no process behind and no output changed."""
    return report.processes_left == 0 and report.outputs_intact


def cancel_words(report: CancelReport) -> str:
    """What a stop came to, in words."""
    left = f"Processes left: {report.processes_left or 'none'}"
    removed = f"unfinished files removed: {len(report.removed) or 'none'}"
    outputs = "outputs intact" if report.outputs_intact else "an output has changed: look at it before you use it"
    return f"{left}; {removed}; {outputs}."


def _show_log(run: RunDirectory) -> None:
    lines = run.log_tail().splitlines()[-LOG_LINES:]
    if lines:
        markup.section(LOG_TITLE)
        markup.show("log.html", title=LOG_TITLE, text="\n".join(visible(line, 500) for line in lines))
