"""The history of the measures in words: changes, exact totals, coverage."""

from __future__ import annotations

import pytest

from etl_batch.analytics.changes import Change, Finding, find_changes
from etl_batch.runs.history.intervals import CoverageSoFar, Held
from etl_batch.runs.history.measures import MeasurePoint
from etl_batch.ui.analytics import interval_study, wording
from etl_batch.ui.analytics import measure_history as view


def point(day: int, estimate: float | None, hour: int = 9, exact: float | None = None) -> MeasurePoint:
    """A run of that day with a standard error of 1 % of a thousand."""
    return MeasurePoint(
        "r", f"2026-11-{day:02d}T{hour:02d}:30:00.000Z", estimate, None, None, exact, True, 10.0, 100.0
    )  # fmt: skip


def plain(text: str) -> str:
    """With ordinary spaces and signs."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (1000, 1100, "value rose by 10.0 % (7.21 % to 12.8 %), a change"),
        (1100, 1000, "value fell by 9.09 % (6.56 % to 11.6 %), a change"),
        (-1000, -1100, "value fell by 10.0 % (7.21 % to 12.8 %), a change"),
        (0, 100, "value rose by 100 (72.113 to 127.89), a change"),
        (1000, 1002, "no more than chance: +0.20 % (-2.59 % to +2.99 %)"),
        (1000, 998, "no more than chance: -0.20 % (-2.99 % to +2.59 %)"),
        (0, 2, "no more than chance: +2 (-25.887 to +29.887)"),
    ],
)
def test_findings_in_words(before, after, words):
    """Up and down, shares of the earlier estimate or, where that is nought, the numbers themselves."""
    (change,) = find_changes({"value": [point(21, before), point(22, after)]})["value"]
    assert plain(view.finding_words("value", before, change)) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change(Finding.CHANGED, 5, 0.0, None, 5, 5), "value rose by 5.00 %: both totals are without error"),
        (Change(Finding.CHANCE, 0, 0.0, None, 0, 0), wording.NO_DIFFERENCE),
        (Change(Finding.CHANCE, 0, 0.0, None, 0, 0, same_sample=True), wording.SAME_SAMPLE),
        (
            Change(Finding.UNKNOWN, reason="The {later} run gives no error."),
            "cannot be told. The {later} run gives no error.",
        ),
    ],
)
def test_what_is_not_tested_in_words(change, words):
    """Exact comparisons, one sample drawn twice, and what cannot be told; braces in a reason are no placeholders."""
    assert plain(view.finding_words("value", 100, change)) == words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (100, 100, "the same"),
        (100, 103, "differ by +3 (+3.00 %)"),
        (100, 97, "differ by -3 (-3.00 %)"),
        (0, 7, "differ by +7"),
        (None, 7, "not known"),
    ],
)
def test_exact_totals_in_words(before, after, words):
    """The fact beside the finding."""
    (change,) = find_changes({"v": [point(21, 1, exact=before), point(22, 1, exact=after)]})["v"]
    assert plain(view.exact_words(before, change)) == words


def test_runs_are_named_by_day_and_within_a_day_by_time():
    """Two runs of one day would otherwise read the same."""
    assert view.between(point(21, 1), point(22, 1)) == "2026-11-21 to 2026-11-22"
    assert view.between(point(21, 1), point(21, 1, hour=11)) == "2026-11-21 09:30:00 to 11:30:00"


def test_the_correction_in_words():
    """One or many comparisons, changes and untested pairs, each in its number."""
    tested = Change(Finding.CHANCE, 1, 1.0, 9.0, -1, 3, 0.5, 1.0)
    exact = Change(Finding.CHANCE, 0, 0.0, None, 0, 0)
    assert view.correction_words([tested]).startswith("1 comparison was looked at")
    many = view.correction_words([tested] * 12 + [exact])
    assert many.startswith("12 comparisons were looked at")
    assert "and none is a change" in many
    assert "1 pair drew the same sample" in many
    assert view.correction_words([Change(Finding.UNKNOWN)]) == wording.NONE_LOOKED_AT


def test_coverage_in_words():
    """Shares with their Wilson interval, and what was left out."""
    certified, others, counted = map(
        plain, interval_study.coverage_sentences(CoverageSoFar(Held(38, 40), Held(1, 1), 20, 7, bounded=True))
    )
    assert certified == "Of 40 intervals that were certified, 38 held the exact total: 95.0 % (83.5 % to 98.6 %)."
    assert others.startswith("Of 1 interval that was not certified, 1 held it: 100.0 %")
    assert "(7 left out)" in counted
    assert "Only the newest 10 000 runs" in counted
