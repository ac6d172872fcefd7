"""The preview's table."""

from __future__ import annotations

from etl_batch.questions import Column
from etl_batch.ui.data import preview
from tests.support import HOSTILE


def test_columns_of_one_name_are_told_apart():
    """A table in the page must not have two columns of one name, whatever the file has."""
    columns = [Column(name) for name in ("x", "x (2)", "x", "", "", "Row", HOSTILE)]
    table = preview.text_table(columns, ["1"], [["a"] * 7])
    assert len(set(table)) == 8
