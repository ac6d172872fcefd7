"""A file held against the checksums that the runs noted down: hashed in the background, told in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from etl_batch.background import Task
from etl_batch.datasets import checksum
from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import counted, percent
from etl_batch.runs.history.outputs import Written
from etl_batch.ui.data import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors
from etl_batch.ui.shared.markup import Tone

TICK_SECONDS = 1.0


def show_check(doors: Doors, path: Path, writers: Sequence[Written], label: str, key: str) -> None:
    """A button to begin with, progress meanwhile, and what came of it."""
    st.button(label, key=f"check-{key}", help=wording.CHECK_HELP, on_click=_begin, args=(doors, path, writers, key))
    refused = st.session_state.get(_refusal(key))
    if refused and refused[0] == str(path):
        markup.notice(refused[1], tone="bad")
    task = checksum.checked(path, doors.home)
    if task is None:
        return
    if task.finished:
        text, tone = verdict(task, writers)
        markup.notice(text, tone=tone)
        return
    _watch(doors, task, writers[0].run_id)


@st.fragment(run_every=TICK_SECONDS)
def _watch(doors: Doors, task: Task[str], run_id: str) -> None:
    """One tick. When the file is read the whole page is drawn again, without a timer."""
    doors.status(run_id)
    if task.finished:
        st.rerun()
    share = task.fraction
    markup.show("progress.html", fraction=f"{share:.4f}", percent=percent(share), words=wording.READING)


def verdict(task: Task[str], writers: Sequence[Written]) -> tuple[str, Tone]:
    """What a finished check means, in words."""
    if task.result is None:
        return task.error or "", "bad"
    same = next((written for written in writers if written.sha256 == task.result), None)
    if same is None:
        return wording.DIFFERENT, "bad"
    return wording.SAME.format(run_id=same.run_id, rows=counted(same.rows, "row")), "good"


def _begin(doors: Doors, path: Path, writers: Sequence[Written], key: str) -> None:
    """The button's callback; the door looks the session up again."""
    st.session_state.pop(_refusal(key), None)
    try:
        doors.status(writers[0].run_id)
        checksum.check(path, doors.home)
    except EtlError as error:
        st.session_state[_refusal(key)] = (str(path), error.message)


def _refusal(key: str) -> str:
    return f"etl-check-refused-{key}"
