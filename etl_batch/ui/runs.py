"""History view: every run of the home, found by state or text, and the details of one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from etl_batch.config import RunConfig, build_config
from etl_batch.errors import UsageError
from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import quantity, shown, visible, words
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.index import RunRow, list_runs
from etl_batch.runs.process import config_to_argv
from etl_batch.ui import markup
from etl_batch.ui.doors import Doors, Screen
from etl_batch.ui.summary import show_headline, show_summary

TITLE, LEAD = "Runs", "Every run that this home remembers. Choose a line to see what it did."
NO_RUNS = "Nothing has run yet. Launch a run and it shows up here."
STATUS, ANY = "State", "any"
TEXT, TEXT_HELP = "Search", "A part of the run id, an input, the user or the error."
NONE_FIT = "No run fits this filter; take a word out of the search or choose another state."
MORE = "The newest {limit} runs are shown; older ones stay in output/runs/."
DETAILS = "Run"
CONFIGURATION, REASONS, NOTES, COMMAND = "Configuration", "Rejects by reason", "Notes", "The same from the command line"
WATCH = "Watch it live"
LIMIT = 500


def show_runs(doors: Doors, chosen: str | None = None) -> None:
    """Draw filter, table and details. `chosen`: the run whose details to show first."""
    rows = list_runs(doors.home, LIMIT)
    if not rows:
        markup.notice(NO_RUNS)
        return
    left, right = st.columns([1, 3])
    state = left.selectbox(STATUS, [ANY, *map(str, RunStatus)], format_func=words, key="runs-state")
    text = right.text_input(TEXT, help=TEXT_HELP, key="runs-text")
    fitting = filter_runs(rows, None if state in (None, ANY) else RunStatus(state), text)
    if not fitting:
        markup.notice(NONE_FIT, tone="warn")
        return
    picked = _table(fitting)
    if len(rows) == LIMIT:
        st.caption(MORE.format(limit=LIMIT))
    known = {row.run_id for row in rows}
    run_id = picked or (chosen if chosen in known else fitting[0].run_id)
    _details(doors, RunDirectory(doors.home, run_id))


def filter_runs(rows: Sequence[RunRow], status: RunStatus | None, text: str) -> list[RunRow]:
    """The rows of that state (None: of any) that hold every word of the text, whatever its case."""
    needles = text.casefold().split()
    return [
        row
        for row in rows
        if (status is None or row.status is status) and all(needle in _searched(row) for needle in needles)
    ]


def _searched(row: RunRow) -> str:
    return " ".join([row.run_id, row.user, *row.inputs, row.error or "", markup.status_word(row.status)]).casefold()


def _table(rows: Sequence[RunRow]) -> str | None:
    """The table; returns the run of the chosen line."""
    data = pd.DataFrame(
        {
            "state": [markup.status_word(row.status) for row in rows],
            "run": [row.run_id for row in rows],
            "input": [visible(", ".join(Path(name).name for name in row.inputs), 80) for row in rows],
            "written": [row.written for row in rows],
            "rejected": [row.rejected for row in rows],
            "seconds": [row.seconds for row in rows],
            "user": [visible(row.user, 40) for row in rows],
            "error": [visible(row.error or "", 200) for row in rows],
        }
    )
    chosen = st.dataframe(
        data,
        hide_index=True,
        height=markup.table_height(len(rows), 400),
        on_select="rerun",
        selection_mode="single-row",
        key=f"runs-table-{rows[0].run_id}-{len(rows)}",
        column_config={
            "state": st.column_config.TextColumn("State", width=90),
            "run": st.column_config.TextColumn("Run", width=190),
            "input": st.column_config.TextColumn("Input", width=150),
            "written": st.column_config.NumberColumn("Written", format="localized", width=100),
            "rejected": st.column_config.NumberColumn("Rejected", format="localized", width=85),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.2f", width=80),
            "user": st.column_config.TextColumn("User", width=90),
            "error": st.column_config.TextColumn("Error"),
        },
    )
    lines = chosen["selection"]["rows"]
    return rows[lines[0]].run_id if lines and lines[0] < len(rows) else None


def _details(doors: Doors, run: RunDirectory) -> None:
    status = doors.status(run.run_id)
    markup.section(DETAILS)
    show_headline(run, status)
    if not status.final:
        doors.link(WATCH, Screen.LIVE, {"run": run.run_id})
        return
    show_summary(doors, run)
    metadata = run.metadata() or {}
    reasons = metadata.get("rejects_by_reason") or {}
    if reasons:
        markup.section(REASONS)
        markup.show("table.html", pairs=[(words(name), quantity(number)) for name, number in reasons.items()])
    if metadata.get("notes"):
        markup.section(NOTES)
        for note in metadata["notes"]:
            markup.notice(note)
    config = run.config() or metadata.get("config") or {}
    if config:
        with st.expander(CONFIGURATION):
            markup.show("table.html", pairs=[(words(name), shown(value)) for name, value in config.items()])
        command = command_line(config)
        if command:
            with st.expander(COMMAND):
                st.code(command, language="bash", wrap_lines=True)


def command_line(config: dict[str, object]) -> str | None:
    """The command that repeats a run; None for a configuration that this version does not accept any more."""
    known = {name: value for name, value in config.items() if name in RunConfig.model_fields}
    try:
        return shlex.join(["python", "etl_batch/etl_core.py", *config_to_argv(build_config(known))])
    except UsageError:
        return None
