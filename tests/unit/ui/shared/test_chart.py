"""A chart's numbers to take along."""

from __future__ import annotations

import pandas as pd

from etl_batch.ui.shared import chart


def test_a_chart_as_csv_is_safe_to_open():
    """Texts that a spreadsheet would run are escaped, numbers are not touched."""
    table = pd.DataFrame({"=name": ["=1+1", "plain", None], "value": [-1.5, 2.0, None]})
    assert chart.table_csv(table) == "'=name,value\n'=1+1,-1.5\nplain,2.0\n,\n"
