"""A layout's fields as a table and back: nothing is lost, and only what was changed changes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.layouts import check_layout
from etl_batch.ui.layouts.editor import pretty
from etl_batch.ui.layouts.table import COLUMNS, apply_edits, can_be_rows, cell_of, long_form, to_rows, value_of

DOCUMENTED = [
    json.loads(text) for text in re.findall(r"```json\n(.*?)```", (PROJECT_ROOT / "docs/layouts.md").read_text(), re.S)
]
METER: dict[str, Any] = DOCUMENTED[2]["layouts"]["meter"]


def test_no_edit_is_no_change():
    """The documented example comes back as it was, key by key and in order."""
    assert json.dumps(apply_edits(METER["fields"], {})) == json.dumps(METER["fields"])


def test_rows_show_what_is_written():
    """Numbers and text stand in their columns; keys without one are named."""
    rows = to_rows(METER["fields"])
    assert [row["name"] for row in rows][:3] == ["serial", "read_at", "energy"]
    assert (rows[0]["min"], rows[2]["decimals"], rows[6]["skip"], rows[3]["scale"]) == ("1", 3, True, "0.5")
    assert [row["more"] for row in rows] == ["", "", "", "null_values", "bits", "bits, enum", "", "fields", "", ""]
    assert rows[9]["const"] == "0d0a"


def test_edits_change_their_cell_alone():
    """A changed cell changes its key, an emptied one takes it out, rows come and go, and what has no column stays."""
    edits = {
        "edited_rows": {"0": {"min": "5", "type": "u16"}, 5: {"name": "status"}, 6: {"skip": False, "name": "pad"}},
        "deleted_rows": [1],
        "added_rows": [{"name": "extra", "type": "char", "size": 4.0}, {}],
    }
    fields = apply_edits(METER["fields"], edits)
    assert fields[0] == {"name": "serial", "type": "u16", "min": 5}
    assert fields[4] == {**METER["fields"][5], "name": "status"}
    assert fields[5] == {"type": "bytes", "size": 1, "name": "pad"}
    assert fields[-1] == {"name": "extra", "type": "char", "size": 4}
    assert len(fields) == len(METER["fields"])
    assert apply_edits([{"name": "a", "size": 3}], {"edited_rows": {0: {"size": None, "bogus": 1}}}) == [{"name": "a"}]


@pytest.mark.parametrize("number", range(len(DOCUMENTED)))
def test_the_text_is_made_readable_and_means_the_same(number):
    """Indenting a layout keeps every key and value in order."""
    raw = DOCUMENTED[number]
    for layout in raw.get("layouts", {"x": raw}).values():
        assert json.dumps(json.loads(pretty(json.dumps(layout)))) == json.dumps(layout)


@given(st.one_of(st.text(), st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_cell_gives_back_what_it_shows(value):
    """Numbers stay numbers, and a text that looks like a number stays a text."""
    back = value_of(cell_of(value))
    assert (type(back), back) == (type(value), value)


@pytest.mark.parametrize("struct", ["<IQIq32s", ">HBd12s", "<B3xI", "!2sc"])
def test_the_short_form_is_written_out(struct):
    """The long form has the same columns, places and byte order, and keeps the other keys."""
    count = sum(
        1 if code in "sc" else int(times or 1) for times, code in re.findall(r"(\d*)([A-Zabcdefhilqs?])", struct)
    )
    raw = {"struct": struct, "names": [f"c{n}" for n in range(count)], "match": ["*.x"], "description": "Short."}
    written = long_form(raw)
    assert can_be_rows(written)
    assert not can_be_rows(raw)
    short, long = check_layout("x", json.dumps(raw)).layout, check_layout("x", json.dumps(written)).layout
    assert short is not None
    assert long == short
    assert set(written["fields"][0]) <= set(COLUMNS)
