"""Report view: the HTML report of one run, in the page, in a tab of its own, or as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from etl_batch.reporting.formatting import visible
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.index import RunRow, list_runs
from etl_batch.ui import markup
from etl_batch.ui.doors import Doors

TITLE, LEAD = "Report", "What a run read, wrote, refused and estimated, on one page that can be kept and printed."
NO_REPORT = "There is no report yet. Launch a run: its report is written when it ends."
RUN = "Run"
FRAME = "Report of run {run_id}"
DOWNLOAD = "Download the report"
LIMIT = 200
HEIGHT = 1500


def show_report(doors: Doors, chosen: str | None = None) -> None:
    """Draw the choice of runs and the report; `chosen` comes first, else the newest."""
    rows = [row for row in list_runs(doors.home, LIMIT) if RunDirectory(doors.home, row.run_id).report.is_file()]
    run_id = pick_run(rows, chosen, key="report-run")
    if run_id is None:
        markup.notice(NO_REPORT)
        return
    run = RunDirectory(doors.home, run_id)
    if doors.report_url is None or doors.file_url is None:
        offer_report(run)
        return
    url = doors.report_url(run_id)
    markup.show("report_links.html", report_url=url, file_url=doors.file_url(run_id, run.report.name))
    st.iframe(url, height=HEIGHT, alt=FRAME.format(run_id=run_id))


def offer_report(run: RunDirectory) -> None:
    """The report as a download: without a route that sandboxes it, it is not put into somebody else's page."""
    st.download_button(
        DOWNLOAD,
        run.report.read_bytes(),
        file_name=run.report.name,
        mime="text/html",
        on_click="ignore",
        key=f"report-{run.run_id}",
    )


def pick_run(rows: Sequence[RunRow], chosen: str | None, key: str) -> str | None:
    """A box to choose one of the runs in, `chosen` first; None when there are none."""
    if not rows:
        return None
    ids = [row.run_id for row in rows]
    labels = {row.run_id: run_label(row) for row in rows}
    index = ids.index(chosen) if chosen in ids else 0
    picked = st.selectbox(RUN, ids, index=index, format_func=lambda name: labels[name], key=f"{key}-{chosen}")
    return picked or ids[index]


def run_label(row: RunRow) -> str:
    """`20260131T120000Z-abc123, sales.bin, success`."""
    inputs = ", ".join(Path(name).name for name in row.inputs) or "no input"
    return visible(f"{row.run_id} · {inputs} · {markup.status_word(row.status)}", 110)
