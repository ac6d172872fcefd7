"""Text cells as codes, where they stand in a text and in memory."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.columns import codes
from etl_batch.columns.codes import coded, text_codes
from etl_batch.columns.text_cells import TextCells
from tests.unit.engine_parts import text_lines

CELLS = st.lists(st.text("ab,\né", max_size=12), min_size=1, max_size=40)


@given(CELLS)
def test_cells_in_quotes_are_coded_by_what_they_say(cells):
    """A cell with quotes around it and one without are the same; the dictionary holds them as they first appear."""
    text = "".join(f'"{cell}",{cell if cell.isalnum() else "x"}\n' for cell in cells).encode()
    lines = text_lines(text, ["a", "b"])
    for place, wanted in enumerate((cells, [cell if cell.isalnum() else "x" for cell in cells])):
        array = coded(lines.column(place))
        assert array.to_pylist() == wanted
        assert array.dictionary.to_pylist() == list(dict.fromkeys(wanted))


def test_a_quote_within_quotes_is_not_coded():
    """Its bytes are not what it says: the column stays text."""
    assert coded(text_lines(b'"say ""hi""",x\nb,y\n', ["a", "b"]).column(0)) is None


def test_more_cells_than_a_table_holds(monkeypatch):
    """The next table is tried, and then none."""
    cells = TextCells.from_arrow(pa.array([f"{number}" for number in range(100)]))
    monkeypatch.setattr(codes, "_TABLES", ((1 << 4, 1 << 10), (1 << 8, 1 << 10)))
    assert coded(cells).dictionary.to_pylist() == [f"{number}" for number in range(100)]
    monkeypatch.setattr(codes, "_TABLES", ((1 << 4, 1 << 10),))
    assert coded(cells) is None


@pytest.mark.parametrize("parts", [[["a", None], ["b", None, "a"]], [[None]], [[]], [["", None]]])
def test_nulls_are_a_value(parts):
    """One for all arrays, and none of the empty cells."""
    found, values = text_codes([pa.array(part, pa.string()) for part in parts])
    assert [values[code] for code in found] == [cell for part in parts for cell in part]
    assert len(set(values)) == len(values)
