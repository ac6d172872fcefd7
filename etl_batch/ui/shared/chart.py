"""A chart on a screen, and its numbers as CSV."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import pyarrow as pa
import streamlit as st

from etl_batch.security.escaping import escape_cells
from etl_batch.ui.shared import figures, wording


def draw(figure: go.Figure, key: str, words: str) -> None:
    """A figure in its own colours: `theme=None` keeps the surrounding app's from painting over them."""
    st.plotly_chart(figure, theme=None, config=figures.CONFIG, key=key, alt=words)


def offer(table: pd.DataFrame, name: str, words: str | None = None) -> None:
    """A table as a download under that name; `words` say what it is where these numbers are not all."""
    st.download_button(
        words or wording.DOWNLOAD,
        table_csv(table),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        key=f"csv-{name}",
        help=wording.DOWNLOAD_HELP,
    )


def table_csv(table: pd.DataFrame) -> str:
    """A table as CSV that a spreadsheet may open: texts that it would run are escaped as in the outputs."""
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column].dtype):
            texts = [None if pd.isna(value) else str(value) for value in safe[column]]
            safe[column] = _escaped(texts)
    safe.columns = pd.Index(_escaped([str(name) for name in safe.columns]))
    return str(safe.to_csv(index=False, lineterminator="\n"))


def _escaped(texts: list[str | None] | list[str]) -> list[str | None]:
    cells: list[str | None] = escape_cells(pa.array(texts, pa.string()))[0].to_pylist()
    return cells
