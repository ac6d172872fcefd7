"""History view: every run of the home, filtered and paged, the page of one, and two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.runtime.state import QueryParamsProxy

from etl_batch.errors import UsageError
from etl_batch.runs.history.index import FoundRuns, RunFilter, RunRow, find_runs, open_run, run_ids
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.report.view import pick_run
from etl_batch.ui.runs import wording
from etl_batch.ui.runs.clean_up import show_clean_up
from etl_batch.ui.runs.compare import show_comparison
from etl_batch.ui.runs.details import show_details
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.missing import show_missing
from etl_batch.ui.shared.run_filters import NAMES, Parameters, read_filter, read_page, show_filters, show_place
from etl_batch.ui.shared.run_list import show_run_list

PAGE_SIZE = 50


def show_runs(doors: Doors, parameters: Parameters) -> None:
    """Draw filters and one page of the list; or the run that `run=A` asks for, or the comparison of `compare=A,B`.

    `parameters` are those of the page: filters, `page`, `run`, `compare`. They are written back at every change.
    """
    markup.style("runs.css")
    compared = _compared(parameters)
    if len(compared) == 2:
        show_comparison(doors, compared[0], compared[1], back=_without(parameters, "compare"))
        return
    if compared:
        markup.notice(wording.NOT_TWO, tone="warn")
    wanted = read_filter(parameters)
    found = _find(doors, wanted, parameters)
    run_id = parameters.get("run")
    if run_id and _show_run(doors, run_id, found.rows, parameters):
        return
    if not found.users and not found.total and not any(parameters.get(name) for name in NAMES):
        markup.notice(wording.NO_RUNS)
        return
    show_filters(parameters, wanted, found.users, "runs")
    if found.rows:
        show_run_list(doors, found.rows, title=wording.TITLE, tick=_without(parameters, "compare", "run"))
        show_place(parameters, found.total, PAGE_SIZE, "run", "runs")
    else:
        markup.notice(wording.NONE_FIT, tone="warn")
    if doors.address is None and found.rows:
        _pick(doors, found.rows, parameters)
    if doors.clean_up is not None:
        st.divider()
        show_clean_up(doors.clean_up, doors.home)


def _find(doors: Doors, wanted: RunFilter, parameters: Parameters) -> FoundRuns:
    found = find_runs(doors.home, wanted, PAGE_SIZE, (read_page(parameters, 10**6) - 1) * PAGE_SIZE)
    if not found.rows and found.total:
        # The page lies behind the last one: runs were deleted, or the link is an old one.
        found = find_runs(doors.home, wanted, PAGE_SIZE, (found.total - 1) // PAGE_SIZE * PAGE_SIZE)
    return found


def _compared(parameters: Parameters) -> list[str]:
    """The runs to set side by side, the older one first: of a link, or each of a tick of its own."""
    given = (
        parameters.get_all("compare") if isinstance(parameters, QueryParamsProxy) else [parameters.get("compare", "")]
    )
    named = [run_id for text in given for run_id in text.split(",") if run_id]
    if len(given) > 1 and len(named) == 2:
        named = sorted(named)
        parameters["compare"] = ",".join(named)  # so that the link can be shared
    return named


def _without(parameters: Parameters, *names: str) -> Mapping[str, str]:
    return {key: value for key, value in parameters.items() if key not in names}


def _show_run(doors: Doors, run_id: str, others: Sequence[RunRow], parameters: Parameters) -> bool:
    """The run that the parameters name, whether it fits the filters or not; False when there is none of that name."""
    try:
        run = open_run(doors.home, run_id)
    except UsageError:
        show_missing(doors, Screen.RUNS, run_id, next(iter(run_ids(doors.home)), None))
        return False
    doors.link(wording.ALL_RUNS, Screen.RUNS, _without(parameters, "run"))
    show_details(doors, run, others, parameters)
    return True


def _pick(doors: Doors, rows: Sequence[RunRow], parameters: Parameters) -> None:
    """The way to one run where rows cannot be links."""
    run_id = pick_run(rows, None, key="runs-run")
    if run_id is not None:
        show_details(doors, RunDirectory(doors.home, run_id), rows, parameters)
