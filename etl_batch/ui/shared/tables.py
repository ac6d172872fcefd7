"""Tables whose numbers are written as everywhere else, and sorted by what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from etl_batch.reporting.formatting import NOTHING, quantity

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

Written = Callable[[object], str]


def in_figures(table: pd.DataFrame, written: Mapping[str, Written] | None = None) -> Styler:
    """The table for `st.dataframe`: every column of numbers by `quantity`, and those named as is said of them.

    Streamlit's own formats follow the browser's language, and would write one number in two ways on one screen.
    """
    numbers = dict.fromkeys(table.select_dtypes("number").columns, quantity)
    return table.style.format(numbers | dict(written or {}), na_rep=NOTHING)
