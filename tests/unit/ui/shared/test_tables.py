"""Tables on screens write numbers as cards do, and keep them numbers, by which they are sorted."""

from __future__ import annotations

import math

import pandas as pd

from etl_batch.reporting.formatting import NOTHING, duration, quantity, rounded
from etl_batch.ui.shared.tables import in_figures


def shown(table: pd.DataFrame, **written) -> dict[str, list[str]]:
    """The cells by column as Streamlit reads them from a styled table."""
    styled = in_figures(table, written)
    styled._compute()
    body = styled._translate(False, False)["body"]
    cells = [[cell["display_value"] for cell in row if cell["type"] == "td"] for row in body]
    return {name: [row[place] for row in cells] for place, name in enumerate(table.columns)}


def test_numbers_are_those_of_the_cards() -> None:
    """Thin spaces between thousands, whole numbers whole, nothing where there is none; text stays as it is."""
    table = pd.DataFrame(
        {"name": ["a", "b"], "rows": [3740028078, 2], "value": [721735053.5, math.nan], "time": [1.15, 125.0]}
    )
    assert shown(table, value=rounded, time=duration) == {
        "name": ["a", "b"],
        "rows": [quantity(3740028078), "2"],
        "value": [rounded(721735053.5), NOTHING],
        "time": [duration(1.15), duration(125.0)],
    }
    assert list(table["rows"]) == [3740028078, 2]


def test_a_table_without_numbers_or_rows() -> None:
    """Nothing is written otherwise."""
    assert shown(pd.DataFrame({"name": ["x"]})) == {"name": ["x"]}
    assert shown(pd.DataFrame({"rows": []}, dtype="int64")) == {"rows": []}
