"""History view: every run of the home, filtered and paged, the details of one, and two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from etl_batch.errors import UsageError
from etl_batch.reporting.formatting import visible
from etl_batch.runs.history.index import RunRow, find_runs, open_run
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.runs import wording
from etl_batch.ui.runs.clean_up import show_clean_up
from etl_batch.ui.runs.compare import show_comparison
from etl_batch.ui.runs.details import show_details
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors
from etl_batch.ui.shared.run_filters import NAMES, Parameters, read_filter, read_page, show_filters, show_place
from etl_batch.ui.shared.run_table import show_run_table

PAGE_SIZE = 50
TABLE_PIXELS = 400


def show_runs(doors: Doors, parameters: Parameters) -> None:
    """Draw filters, one page of the table and the details of a run; or the comparison that `compare=A,B` asks for.

    `parameters` are those of the page: filters, `page`, `run`, `compare`. They are written back at every change.
    """
    pair = parameters.get("compare", "").split(",")
    if len(pair) == 2:
        show_comparison(doors, pair[0], pair[1], back=_without(parameters, "compare"))
        return
    wanted = read_filter(parameters)
    found = find_runs(doors.home, wanted, PAGE_SIZE, (read_page(parameters, 10**6) - 1) * PAGE_SIZE)
    if not found.users and not found.total and not _filtered(parameters):
        markup.notice(wording.NO_RUNS)
        return
    if not found.rows and found.total:
        # The page lies behind the last one: runs were deleted, or the link is an old one.
        found = find_runs(doors.home, wanted, PAGE_SIZE, (found.total - 1) // PAGE_SIZE * PAGE_SIZE)
    show_filters(parameters, wanted, found.users, "runs")
    chosen = _chosen(doors, parameters)
    if found.rows:
        _show_table(parameters, found.rows)
        show_place(parameters, found.total, PAGE_SIZE, "run", "runs")
    else:
        markup.notice(wording.NONE_FIT, tone="warn")
    if chosen is None and found.rows:
        chosen = RunDirectory(doors.home, found.rows[0].run_id)
    if chosen is not None:
        show_details(doors, chosen, found.rows, parameters)
    if doors.clean_up is not None:
        st.divider()
        show_clean_up(doors.clean_up, doors.home)


def _filtered(parameters: Parameters) -> bool:
    return any(parameters.get(name) for name in NAMES)


def _without(parameters: Parameters, name: str) -> Mapping[str, str]:
    return {key: value for key, value in parameters.items() if key != name}


def _chosen(doors: Doors, parameters: Parameters) -> RunDirectory | None:
    """The run that the parameters name, whether it fits the filters or not."""
    run_id = parameters.get("run")
    if not run_id:
        return None
    try:
        return open_run(doors.home, run_id)
    except UsageError:
        markup.notice(wording.UNKNOWN.format(run_id=run_id), tone="warn")
        return None


def _show_table(parameters: Parameters, rows: Sequence[RunRow]) -> None:
    """The table, with a way to compare when two lines are ticked."""
    columns = {
        wording.STATE: st.column_config.TextColumn(width=90),
        wording.RUN: st.column_config.TextColumn(width=190),
        wording.INPUT: st.column_config.TextColumn(width=150),
        wording.WRITTEN: st.column_config.NumberColumn(format="localized", width=100),
        wording.REJECTED: st.column_config.NumberColumn(format="localized", width=85),
        wording.SECONDS: st.column_config.NumberColumn(format="%.2f", width=80),
        wording.USER: st.column_config.TextColumn(width=90),
    }
    ids = [row.run_id for row in rows]
    picked = show_run_table(
        parameters, run_table(rows), ids,
        screen="runs", title=wording.TITLE, pixels=TABLE_PIXELS, columns=columns, mode="multi-row",
    )  # fmt: skip
    if len(picked) == 2:
        st.button(
            wording.COMPARE, type="primary", key="runs-compare", on_click=compare_them, args=(parameters, *picked)
        )
    elif len(picked) > 2:
        st.caption(wording.TOO_MANY)


def compare_them(parameters: Parameters, one: str, other: str) -> None:
    """Ask for the comparison of two runs, the older one on the left."""
    parameters["compare"] = ",".join(sorted((one, other)))


def run_table(rows: Sequence[RunRow]) -> pd.DataFrame:
    """One line a run; what comes from data is text without anything hidden in it."""
    return pd.DataFrame(
        {
            wording.STATE: [markup.status_word(row.status) for row in rows],
            wording.RUN: [row.run_id for row in rows],
            wording.INPUT: [visible(", ".join(Path(name).name for name in row.inputs), 80) for row in rows],
            wording.WRITTEN: [row.written for row in rows],
            wording.REJECTED: [row.rejected for row in rows],
            wording.SECONDS: [row.seconds for row in rows],
            wording.USER: [visible(row.user, 40) for row in rows],
            wording.ERROR: [visible(markup.said(row.error or ""), 200) for row in rows],
        }
    )
