"""What would make numbers and dates of text: said of columns that look like them, and of no others."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from etl_batch.columns import conventions
from etl_batch.columns.conventions import AS_WRITTEN, Conventions
from etl_batch.columns.schema import OutputColumn
from etl_batch.stages.suggested import said_of_values, suggestion_note, suggestions
from tests.unit.engine_parts import config_of


def said_of(cells: list[str], written: Conventions = AS_WRITTEN) -> str:
    """The sentences about one column of these cells."""
    array = pa.array(cells, pa.string())
    column = OutputColumn("c", conventions.forms(array, written), None, written=written)
    return " ".join(suggestion_note(each) for each in suggestions([column], {"c": [array]}))


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["2.554,94", "12,50"], "With --decimal , --thousands . they"),
        (["12,50", "-3,10"], "With --decimal , they"),
        (["1,234", "5,678"], "With --decimal , or --thousands , they"),
        (["1,234.5", "7"], "With --thousands , they"),
        (["1 234,5", "7,1"], "With --decimal , --thousands ' ' they"),
        (["1'234", "7"], 'With --thousands "\'" they'),
        (["13.06.2024", "01.06.2024"], "With --date-order dmy they"),
        (["1/2/2024", "3/4/2024"], "With --date-order dmy or --date-order mdy they"),
        (["1", "NA", "3"], "With --null NA they"),
        (["1,5", "n/a", "3,5"], "With --decimal , --null n/a they"),
    ],
)
def test_what_would_help(cells: list[str], options: str) -> None:
    """The plainest options under which all cells have a type; where two ways of reading fit, both."""
    assert f"numbers or dates: 'c'. {options}" in said_of(cells)


@pytest.mark.parametrize(
    "cells", [["a", "b"], ["1,5", "word"], ["1.5", "2"], ["", ""], ["NA", "NA"], ["1-2", "3-4"], ["01.06.24"], []]
)
def test_of_what_nothing_is_said(cells: list[str]) -> None:
    """Words, what has a type already, and what no option would read."""
    assert said_of(cells) == ""


def test_what_is_declared_is_not_suggested_again() -> None:
    """Other signs than those declared would contradict them."""
    assert said_of(["1,234.5"], Conventions(",", ".")) == ""
    assert "--date-order" in said_of(["13.06.2024"], Conventions(",", "."))


def test_what_the_settings_mean(tmp_path: Path) -> None:
    """No guard in a CSV, and a wish that finds nothing to do."""
    assert said_of_values(config_of(tmp_path), []) == []
    assert len(said_of_values(config_of(tmp_path, no_escape=True, normalise=True), [])) == 2
    assert said_of_values(config_of(tmp_path, no_escape=True, output_csv=None, normalise=True, decimal=","), []) == []
