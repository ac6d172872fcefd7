"""The filter of the runs as the address has it."""

from __future__ import annotations

from datetime import date

import pytest

from etl_batch.model import RunStatus
from etl_batch.runs.history.index import RunFilter
from etl_batch.ui.shared import run_filters


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({}, RunFilter()),
        (
            {"status": "timed_out", "user": "a", "input": "b", "text": "c"},
            RunFilter(RunStatus.TIMED_OUT, "a", "b", text="c"),
        ),
        ({"since": "2025-01-02", "until": "2025-02-30"}, RunFilter(since=date(2025, 1, 2))),
        ({"since": "0001-01-01", "status": "SUCCESS"}, RunFilter()),
    ],
)
def test_reading_the_parameters(parameters, wanted):
    """A filter as the address has it; days that are none or out of reach are passed over."""
    assert run_filters.read_filter(parameters) == wanted


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (RunFilter(), "Filters"),
        (RunFilter(RunStatus.FAILED, "ada", "sales"), "Filters: failed, ada, sales"),
        (
            RunFilter(since=date(2025, 1, 2), until=date(2025, 1, 3), text="x"),
            "Filters: x, from 2025-01-02, to 2025-01-03",
        ),
    ],
)
def test_what_is_set_on_one_line(wanted, words):
    """For a telephone, on which the fields are folded away."""
    assert run_filters.filter_words(wanted) == words


@pytest.mark.parametrize(
    ("text", "page"), [("1", 1), ("3", 3), ("9", 5), ("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("9" * 30, 1)]
)
def test_reading_the_page(text, page):
    """The nearest page that there is."""
    assert run_filters.read_page({"page": text}, 5) == page
