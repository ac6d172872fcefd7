"""Report view: one report in the page, in a tab, or as a file, and all past ones, searched and paged."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from etl_batch.errors import UsageError
from etl_batch.reporting.formatting import moment, quantity, visible
from etl_batch.runs.history.index import RunRow, find_runs, summarise
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.report import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.missing import is_there, show_missing, show_none_of
from etl_batch.ui.shared.run_filters import NAMES, Parameters, read_filter, read_page, show_filters, show_place
from etl_batch.ui.shared.run_list import names_of
from etl_batch.ui.shared.run_table import show_run_table

PAGE_SIZE = 20
TABLE_PIXELS = 250
HEIGHT = 1500
"""Pixels of the frame until its report has been measured."""


def show_report(doors: Doors, parameters: Parameters) -> None:
    """Draw one report, that of the parameter `run`, else the newest that fits the filters, and the list of all."""
    markup.style("runs.css")
    wanted = read_filter(parameters, with_report=True)
    found = find_runs(doors.home, wanted, PAGE_SIZE, (read_page(parameters, 10**6) - 1) * PAGE_SIZE)
    if not found.rows and found.total:
        found = find_runs(doors.home, wanted, PAGE_SIZE, (found.total - 1) // PAGE_SIZE * PAGE_SIZE)
    filtered = any(parameters.get(name) for name in NAMES)
    if not found.total and not filtered:
        markup.notice(wording.NO_REPORT)
        return
    newest = found.rows[0].run_id if found.rows else None
    run = _chosen(doors, parameters, newest)
    if run is None and found.rows and not parameters.get("run"):
        run = RunDirectory(doors.home, found.rows[0].run_id)
    if run is not None:
        _pick(parameters, found.rows, run)
    with st.expander(wording.LIST.format(total=quantity(found.total)), expanded=filtered):
        show_filters(parameters, wanted, found.users, "report")
        if found.rows:
            _show_table(parameters, found.rows)
            show_place(parameters, found.total, PAGE_SIZE, "report", "report")
        else:
            markup.notice(wording.NONE_FIT, tone="warn")
    if run is not None and run.report.is_file():
        _show_one(doors, run)


def _pick(parameters: Parameters, rows: Sequence[RunRow], run: RunDirectory) -> None:
    """A box that names the run whose report is shown, and leads to those of the list."""
    labels = {row.run_id: run_label(row) for row in rows}
    if run.run_id not in labels:
        labels = {run.run_id: run_label(summarise(run)), **labels}
    ids = list(labels)
    # Another run that the page chooses makes another box: what is still said of the one before counts no more.
    key = f"report-pick-{run.run_id}"

    def take() -> None:
        parameters["run"] = st.session_state[key]

    st.selectbox(
        wording.RUN, ids, index=ids.index(run.run_id), format_func=lambda name: labels[name],
        key=key, help=wording.RUN_HELP, on_change=take,
    )  # fmt: skip


def _chosen(doors: Doors, parameters: Parameters, newest: str | None) -> RunDirectory | None:
    """The run that the parameters name, when it has a report."""
    run_id = parameters.get("run")
    if not run_id:
        return None
    try:
        run = RunDirectory(doors.home, run_id)
    except UsageError:
        run = None
    if run is not None and run.report.is_file():
        return run
    if is_there(doors.home, run_id):
        show_none_of(doors, Screen.REPORT, wording.GONE.format(run_id=visible(run_id, 80)), newest)
    else:
        show_missing(doors, Screen.REPORT, run_id, newest)
    return None


def _show_table(parameters: Parameters, rows: Sequence[RunRow]) -> None:
    columns = {
        wording.RUN: st.column_config.TextColumn(width=190),
        wording.BEGAN: st.column_config.TextColumn(width=180),
        wording.STATE: st.column_config.TextColumn(width=90),
        wording.USER: st.column_config.TextColumn(width=100),
    }
    ids = [row.run_id for row in rows]
    show_run_table(
        parameters, report_table(rows), ids,
        screen="report", title=wording.LIST_TABLE, pixels=TABLE_PIXELS, columns=columns, mode="single-row",
    )  # fmt: skip


def report_table(rows: Sequence[RunRow]) -> pd.DataFrame:
    """One line a report; what comes from data is text without anything hidden in it."""
    return pd.DataFrame(
        {
            wording.RUN: [row.run_id for row in rows],
            wording.BEGAN: [moment(row.started_at) for row in rows],
            wording.STATE: [markup.status_word(row.status) for row in rows],
            wording.USER: [visible(row.user, 40) for row in rows],
            wording.INPUT: [names_of(row) for row in rows],
        }
    )


def _show_one(doors: Doors, run: RunDirectory) -> None:
    if doors.report_url is None or doors.file_url is None:
        show_page(run)
        return
    url = doors.report_url(run.run_id)
    markup.show("report_links.html", report_url=url, file_url=doors.file_url(run.run_id, run.report.name))
    with st.container(key="report-frame"):
        watch = markup.render("report_height.html", url=url, sections=wording.SECTIONS)
        st.html(watch, unsafe_allow_javascript=True)
        st.iframe(url, height=HEIGHT, alt=wording.FRAME.format(run_id=run.run_id))


def show_page(run: RunDirectory) -> None:
    """The report as a download and as it stands, for an app that has no address of it."""
    page = run.report.read_bytes()
    st.download_button(
        wording.DOWNLOAD,
        page,
        file_name=run.report.name,
        mime="text/html",
        on_click="ignore",
        key=f"report-{run.run_id}",
    )
    with st.container(key="report-page"):
        st.html(markup.render("report_page.html"), unsafe_allow_javascript=True)
        # Streamlit lets such a frame run scripts in the app's name. The report has none; where another file stands in
        # its place by now, this, which comes before its first byte, forbids them.
        text = markup.render("no_scripts.html") + page.decode("utf-8", "replace")
        st.iframe(text, height=HEIGHT, alt=wording.FRAME.format(run_id=run.run_id))


def pick_run(rows: Sequence[RunRow], chosen: str | None, key: str) -> str | None:
    """A box to choose one of the runs in, `chosen` first; None when there are none."""
    if not rows:
        return None
    ids = [row.run_id for row in rows]
    labels = {row.run_id: run_label(row) for row in rows}
    index = ids.index(chosen) if chosen in ids else 0
    picked = st.selectbox(wording.RUN, ids, index=index, format_func=lambda name: labels[name], key=f"{key}-{chosen}")
    return picked or ids[index]


def run_label(row: RunRow) -> str:
    """`20260131T120000Z-abc123, sales.bin, success`."""
    return visible(f"{row.run_id} · {names_of(row, 60)} · {markup.status_word(row.status)}", 110)
