"""Going on with a run that was cut off, from a page, and the tries that a run has had before."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from etl_batch.errors import EtlError
from etl_batch.record.progress import Attempt
from etl_batch.reporting.formatting import moment, visible
from etl_batch.runs.processes.interruption import cut_off
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared import markup, wording
from etl_batch.ui.shared.doors import Doors

REFUSED_KEY = "etl-resume-refused"


def show_resume(doors: Doors, run: RunDirectory) -> None:
    """The button, for a run that was cut off and a user who may go on with it; and why that was refused."""
    refused = st.session_state.get(REFUSED_KEY)
    if refused and refused[0] == run.run_id:
        markup.notice(refused[1], tone="bad")
    record, config = run.metadata(), run.config()
    if cut_off(record) and doors.may_resume(config.user if config else ""):
        st.button(
            wording.RESUME,
            key=f"resume-{run.run_id}",
            type="primary",
            help=wording.RESUME_HELP,
            on_click=_resume,
            args=(doors, run.run_id),
        )


def _resume(doors: Doors, run_id: str) -> None:
    """The button's callback; the door checks the role, and that nobody else was faster."""
    st.session_state.pop(REFUSED_KEY, None)
    try:
        doors.resume(run_id)
    except EtlError as error:
        st.session_state[REFUSED_KEY] = (run_id, error.message)


def show_attempts(attempts: Sequence[Attempt]) -> None:
    """The tries before this one; nothing for a run that has had none."""
    if attempts:
        markup.section(wording.ATTEMPTS, wording.ATTEMPTS_LEAD)
        markup.show(
            "table.html", pairs=[(moment(each.at), visible(markup.said(each.reason), 400)) for each in attempts]
        )
