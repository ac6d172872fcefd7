"""Two runs side by side in words."""

from __future__ import annotations

from etl_batch.runs.history.compare import (
    ComparedSubject,
    ComparedTotal,
    ComparedValue,
    IntervalVerdict,
    RunTotal,
    Unit,
)
from etl_batch.ui.runs import compare, wording


def test_words_of_a_difference():
    """A number says by how much it differs, text does not, and nought has no share."""
    assert compare.difference(ComparedValue("x", 10, 15, False, Unit.NUMBER)) == "+5 (+50.0\N{NARROW NO-BREAK SPACE}%)"
    assert compare.difference(ComparedValue("x", 0, 2, False, Unit.NUMBER)) == "+2"
    assert compare.difference(ComparedValue("x", 3, 1, False, Unit.NUMBER)).startswith("\N{MINUS SIGN}2")
    assert compare.difference(ComparedValue("x", 3, None, False, Unit.NUMBER)) == ""
    assert compare.difference(ComparedValue("x", "a", "b", False)) == ""
    row = compare.compare_row(ComparedSubject.INPUTS, ComparedValue("size_bytes", 1, 1, True, Unit.BYTES, "/d/a_b.csv"))
    assert (row.name, row.difference) == ("Size of /d/a_b.csv", "")


def test_words_of_a_total():
    """Estimate, interval, exact total and both verdicts; an empty group has a name."""
    row = compare.total_row(ComparedTotal("m", "", RunTotal(5, 4, 6, 5), None, IntervalVerdict.ONE_SIDED, None))
    assert (row.name, row.before, row.before_exact) == ("m, (empty)", "5 (4 to 6)", "exact 5")
    assert (row.after, row.verdict, row.exact) == ("\N{EN DASH}", "in one run only", "")
    every = compare.total_row(
        ComparedTotal("m", None, RunTotal(5), RunTotal(6, 5, 7, 6), IntervalVerdict.UNKNOWN, False)
    )
    assert (every.name, every.before, every.exact, every.exact_tone) == (
        "m, all rows",
        "5",
        wording.EXACT_DIFFERS,
        "bad",
    )
