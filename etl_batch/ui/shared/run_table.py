"""A table of runs in which lines are ticked: which run that chooses, kept in the page's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import pandas as pd
import streamlit as st

from etl_batch.ui.shared import markup
from etl_batch.ui.shared.run_filters import Parameters
from etl_batch.ui.shared.tables import Written, in_figures

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig


def show_run_table(
    parameters: Parameters,
    data: pd.DataFrame,
    ids: Sequence[str],
    *,
    screen: str,
    title: str,
    pixels: int,
    columns: dict[str, ColumnConfig],
    mode: Literal["single-row", "multi-row"],
    written: Mapping[str, Written] | None = None,
) -> list[str]:
    """Draw the table and return the ticked runs; a single ticked one becomes the parameter `run`.

    `ids` are the runs of the lines, `screen` keeps the tables of two screens apart, `written` is for `in_figures`.
    """
    key = _key(parameters, ids, screen)
    chosen = st.dataframe(
        in_figures(data, written),
        hide_index=True,
        height=markup.table_height(len(ids), pixels),
        on_select=lambda: _pick(parameters, key, ids, screen),
        selection_mode=mode,
        key=key,
        column_config=columns,
        alt=title,
    )
    return [ids[line] for line in chosen["selection"]["rows"] if line < len(ids)]


def _key(parameters: Parameters, ids: Sequence[str], screen: str) -> str:
    """The table's name. Ticks belong to one list: another list, or a link to a run, begins without any."""
    shown = (ids[0], ids[-1], len(ids))
    state = st.session_state.setdefault(f"{screen}-table", {"shown": shown, "run": parameters.get("run"), "number": 0})
    if state["shown"] != shown or state["run"] != parameters.get("run"):
        state |= {"shown": shown, "run": parameters.get("run"), "number": state["number"] + 1}
    return f"{screen}-table-{state['number']}"


def _pick(parameters: Parameters, key: str, ids: Sequence[str], screen: str) -> None:
    """The table's callback: one ticked line is the run whose details are shown."""
    lines = st.session_state[key]["selection"]["rows"]
    if len(lines) == 1 and lines[0] < len(ids):
        parameters["run"] = st.session_state[f"{screen}-table"]["run"] = ids[lines[0]]
