"""Cancelling a run from a page: a second step that asks, and the proof of what the stop came to."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import moment, quantity, visible
from etl_batch.runs.processes.cancellation import CancelReport, cancel_report
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared import markup, wording
from etl_batch.ui.shared.doors import Doors

ASKED_KEY, CONFIRMED_KEY, REFUSED_KEY = "etl-cancel-asked", "etl-cancel-confirmed", "etl-cancel-refused"


def show_cancel(doors: Doors, run_id: str, *, began: bool = True) -> None:
    """The button, and once it is pressed the question. What was asked outlives every tick of the page."""
    run = RunDirectory(doors.home, run_id)
    if st.session_state.get(CONFIRMED_KEY) == run_id:
        _stop(doors, run_id)
    refused = st.session_state.get(REFUSED_KEY)
    if refused and refused[0] == run_id:
        markup.notice(refused[1], tone="bad")
    config = run.config()
    if not doors.may_cancel(config.user if config else ""):
        return
    if st.session_state.get(ASKED_KEY) != run_id:
        st.button(wording.CANCEL, key=f"cancel-{run_id}", help=wording.CANCEL_HELP, on_click=_ask, args=(run_id,))
        return
    markup.notice(wording.SURE if began else wording.SURE_QUEUED, tone="warn")
    with st.container(horizontal=True):
        st.button(wording.YES, key=f"cancel-yes-{run_id}", type="primary", on_click=_confirm, args=(run_id,))
        st.button(wording.NO, key=f"cancel-no-{run_id}", on_click=_ask, args=(None,))


def _ask(run_id: str | None) -> None:
    st.session_state[ASKED_KEY] = run_id
    st.session_state.pop(REFUSED_KEY, None)


def _confirm(run_id: str) -> None:
    st.session_state[CONFIRMED_KEY] = run_id
    st.session_state.pop(ASKED_KEY, None)


def _stop(doors: Doors, run_id: str) -> None:
    """Stop the run; the door checks the role again. Then draw the page anew, with the proof."""
    # Taken away first: a tick that comes meanwhile must not ask twice.
    del st.session_state[CONFIRMED_KEY]
    with st.spinner(wording.STOPPING):
        try:
            doors.cancel(run_id)
        except EtlError as error:
            st.session_state[REFUSED_KEY] = (run_id, error.message)
    st.rerun()


def show_proof(run: RunDirectory) -> None:
    """What stopping the run came to, read from the run's own events; nothing for a run that nobody stopped."""
    report = cancel_report(run)
    if report is None:
        return
    clean = is_clean(report)
    markup.notice(
        cancel_words(report), tone="good" if clean else "bad", title=wording.STOPPED if clean else wording.NOT_CLEAN
    )
    markup.show("table.html", pairs=proof_pairs(report))


def is_clean(report: CancelReport) -> bool:
    """Whether a stop left no process behind, nothing unfinished, and no output changed."""
    return report.processes_left == 0 and report.outputs_intact and not report.kept


def cancel_words(report: CancelReport) -> str:
    """What a stop came to, in words."""
    said = wording.CAME_TO if report.outputs_intact else wording.CAME_TO_CHANGED
    return said.format(left=_number(report.processes_left), removed=_number(len(report.removed)))


def _number(count: int) -> str:
    return quantity(count) if count else wording.NONE


def proof_pairs(report: CancelReport) -> list[tuple[str, str]]:
    """The proof line by line: who asked, processes, files by name, each output."""
    who = wording.BY_USER.format(user=visible(report.by, 60)) if report.by else wording.CONSOLE
    left = _number(report.processes_left)
    counts = (
        wording.COUNTED.format(left=left, before=quantity(report.processes))
        if report.processes
        else wording.NEVER_BEGAN
    )
    pairs = [(wording.BY, wording.ASKED_AT.format(who=who, moment=moment(report.at))), (wording.PROCESSES, counts)]
    pairs.append((wording.REMOVED, ", ".join(Path(name).name for name in report.removed) or wording.NONE))
    if report.kept:
        pairs.append((wording.KEPT, ", ".join(report.kept)))
    pairs += [
        (wording.OUTPUT_NAME.format(name=visible(Path(one.path).name, 60)), wording.FATES[one.fate])
        for one in report.outputs
    ]
    return pairs
