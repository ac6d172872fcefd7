"""Details of one run of the history: what came of it, what it repeats, who repeats it, and how to do it again."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from etl_batch.command_line import arguments, shell_line
from etl_batch.config import build_config
from etl_batch.errors import UsageError
from etl_batch.record.run import RunRecord
from etl_batch.record.settings import RunSettings
from etl_batch.reporting.formatting import counted, quantity, setting_name, shown, visible, words
from etl_batch.runs.history.index import RunFilter, RunRow, find_runs, summarise
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.settings import is_setting
from etl_batch.ui.report.view import run_label
from etl_batch.ui.runs import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.logs import show_log
from etl_batch.ui.shared.missing import is_there
from etl_batch.ui.shared.proof import show_cancel, show_proof
from etl_batch.ui.shared.run_filters import Parameters
from etl_batch.ui.shared.summary import show_headline, show_summary

MOST_REPEATS = 10


def show_details(doors: Doors, run: RunDirectory, others: Sequence[RunRow], parameters: Parameters) -> None:
    """Draw a run. `others`: runs that it may be compared with, the newest first."""
    status, row = doors.status(run.run_id), summarise(run)
    markup.section(wording.DETAILS)
    show_headline(run, status)
    if not status.final:
        doors.link(wording.WATCH, Screen.LIVE, {"run": run.run_id})
        show_cancel(doors, run.run_id, began=run.launched())
        _show_relatives(doors, row)
        return
    show_proof(run)
    show_summary(doors, run)
    _show_relatives(doors, row)
    _show_compare(row, others, parameters)
    record = run.metadata() or RunRecord(run.run_id)
    if record.rejects_by_reason:
        markup.section(wording.REASONS)
        pairs = [(words(name), quantity(number)) for name, number in record.rejects_by_reason.items()]
        markup.show("table.html", pairs=pairs)
    if record.notes:
        markup.section(wording.NOTES)
        for note in record.notes:
            markup.notice(note)
    _show_configuration(run.config() or record.config)
    show_log(doors, run.run_id, live=False)


def _show_relatives(doors: Doors, row: RunRow) -> None:
    """The run that this one repeats, and those that repeat it."""
    repeats = find_runs(doors.home, RunFilter(rerun_of=row.run_id), MOST_REPEATS, trusting=True)
    if row.rerun_of is None and not repeats.total:
        return
    markup.section(wording.RELATIVES)
    if row.rerun_of is not None:
        # Only what names a directory may become a label: the name itself comes from a file.
        if is_there(doors.home, row.rerun_of) and all(sign.isalnum() or sign == "-" for sign in row.rerun_of):
            doors.link(wording.REPEATS.format(run_id=row.rerun_of), Screen.RUNS, {"run": row.rerun_of})
        else:
            markup.notice(wording.REPEATS_GONE.format(run_id=visible(row.rerun_of, 80)))
    if repeats.total:
        st.caption(wording.REPEATED.format(count=counted(repeats.total, "run")))
        for repeat in repeats.rows:
            label = wording.REPEATED_BY.format(run_id=repeat.run_id, state=markup.status_word(repeat.status))
            doors.link(label, Screen.RUNS, {"run": repeat.run_id})


def _show_compare(row: RunRow, others: Sequence[RunRow], parameters: Parameters) -> None:
    """A way to compare without ticking lines: the repeated run first, else the one before with the same outputs."""
    rows = [other for other in others if other.run_id != row.run_id and other.status.final]
    if not rows:
        return
    labels = {other.run_id: run_label(other) for other in rows}
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    other = left.selectbox(
        wording.COMPARE_WITH,
        list(labels),
        index=likely(row, rows),
        format_func=lambda run_id: labels.get(run_id, run_id),
        key=f"compare-with-{row.run_id}",
        help=wording.COMPARE_HELP,
    )
    if right.button(wording.DETAILS_COMPARE, key=f"compare-{row.run_id}", width="stretch") and other:
        parameters["compare"] = ",".join(sorted((row.run_id, other)))
        st.rerun()


def likely(row: RunRow, others: Sequence[RunRow]) -> int:
    """Place of the run that one would compare with: the repeated one, the one before with the same outputs, or any."""
    for number, other in enumerate(others):
        if other.run_id == row.rerun_of:
            return number
    same = (n for n, other in enumerate(others) if other.run_id < row.run_id and other.outputs == row.outputs)
    return next(same, 0)


def _show_configuration(config: RunSettings) -> None:
    if not config.values:
        return
    with st.expander(wording.CONFIGURATION):
        markup.show("table.html", pairs=[(setting_name(name), shown(value)) for name, value in config.values.items()])
    command = command_line(config)
    if command:
        with st.expander(wording.COMMAND):
            st.code(command, language="bash", wrap_lines=True)


def command_line(config: RunSettings) -> str | None:
    """The command that repeats a run; None for a configuration that this version does not accept any more."""
    known = {name: value for name, value in config.values.items() if is_setting(name)}
    try:
        return shell_line(["python", "etl_batch/etl_core.py", *arguments(build_config(known))])
    except UsageError:
        return None
