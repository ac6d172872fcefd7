"""The comparison of two runs: verdicts worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from etl_batch.runs.history.compare import ComparedSubject, IntervalVerdict, RunTotal, compare_runs, judge
from tests.records import record


def total(low: float | None, high: float | None, exact: float | None = None) -> RunTotal:
    """A total in the middle of its interval."""
    return RunTotal(None if low is None or high is None else (low + high) / 2, low, high, exact)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (total(1, 3), total(1, 3), IntervalVerdict.SAME),
        (total(1, 3), total(2, 4), IntervalVerdict.WITHIN),
        (total(2, 4), total(1, 3), IntervalVerdict.WITHIN),
        (total(1, 9), total(2, 3), IntervalVerdict.WITHIN),
        (total(1, 3), total(3, 5), IntervalVerdict.WITHIN),
        (total(1, 3), total(3.01, 5), IntervalVerdict.DIFFERS),
        (total(3.01, 5), total(1, 3), IntervalVerdict.DIFFERS),
        (total(-5, -3), total(-2, 1), IntervalVerdict.DIFFERS),
        (total(7, 7), total(7 + 1e-12, 7 + 1e-12), IntervalVerdict.WITHIN),
        (total(7, 7), total(8, 8), IntervalVerdict.DIFFERS),
        (total(None, None), total(1, 3), IntervalVerdict.UNKNOWN),
        (None, total(1, 3), IntervalVerdict.ONE_SIDED),
        (total(1, 3), None, IntervalVerdict.ONE_SIDED),
    ],
)
def test_verdicts(before, after, verdict):
    """Intervals that touch or overlap leave room for the same total, those that stand apart do not."""
    assert judge(before, after) is verdict


def analytics(**groups: tuple[float, float, float]) -> dict[str, Any]:
    """Metadata with one measure: low, high and exact total of all rows (`every`) and of groups."""
    measures = {
        name: {"m": {"estimate": (low + high) / 2, "ci_low": low, "ci_high": high, "exact": exact}}
        for name, (low, high, exact) in groups.items()
    }
    overall = measures.pop("every")
    strata = [{"value": name, "measures": values} for name, values in measures.items()]
    return {"status": "success", "analytics": {"stratum": "s", "measures": overall, "strata": strata}}


def test_what_differs_most_comes_first():
    """First other exact totals, then intervals apart, then one-sided groups, then those within, then equal ones."""
    before = analytics(every=(0, 10, 5), a=(1, 2, 1), b=(1, 3, 2), c=(1, 2, 1), gone=(1, 2, 1))
    after = analytics(every=(1, 11, 5), a=(1, 2, 1), b=(2, 4, 3), c=(5, 6, 1), new=(1, 2, 1))
    found = [(line.group, line.verdict) for line in compare_runs(record(before), record(after)).totals]
    assert found == [
        ("b", IntervalVerdict.WITHIN),
        ("c", IntervalVerdict.DIFFERS),
        ("new", IntervalVerdict.ONE_SIDED),
        ("gone", IntervalVerdict.ONE_SIDED),
        (None, IntervalVerdict.WITHIN),
        ("a", IntervalVerdict.SAME),
    ]


def test_groups_of_another_column_are_not_compared():
    """Groups are compared only when both runs group by the same column; the totals of all rows always are."""
    before, after = analytics(every=(0, 10, 5), a=(1, 2, 1)), analytics(every=(0, 10, 5), a=(1, 2, 1))
    after["analytics"]["stratum"] = "another"
    assert [line.group for line in compare_runs(record(before), record(after)).totals] == [None]


def test_a_reason_that_only_one_run_has_counts_from_nought():
    """No reject of a reason is 0, so that the difference can be told."""
    lines = compare_runs(record(rejects_by_reason={"a": 2}), record(rejects_by_reason={"b": 3})).parts[4]
    assert [(line.name, line.before, line.after) for line in lines.differing] == [("b", 0, 3), ("a", 2, 0)]


def test_uploads_are_compared_by_the_name_they_had():
    """Each upload is stored under another name; two of one run that had the same name keep apart."""
    inputs = [
        [{"path": "/d/upload-1.csv", "original_name": "a.csv", "size_bytes": 1}, {"path": "/d/b.csv"}],
        [{"path": "/d/upload-2.csv", "original_name": "a.csv", "size_bytes": 2}, {"path": "/d/b.csv"}],
        [{"path": f"/d/upload-{number}.csv", "original_name": "a.csv"} for number in (3, 4)],
    ]
    one, other, both = (record({"inputs": given}) for given in inputs)
    parts = {part.part: part for part in compare_runs(one, other).parts}
    assert [(line.name, line.of) for line in parts[ComparedSubject.INPUTS].differing] == [("size_bytes", "a.csv")]
    assert compare_runs(one, other).before.names == ("a.csv", "b.csv")
    twice = {part.part: part for part in compare_runs(both, both).parts}[ComparedSubject.INPUTS]
    assert {line.of for line in twice.equal} == {"/d/upload-3.csv", "/d/upload-4.csv"}
