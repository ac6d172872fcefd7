"""The comparison of two runs: on real runs with one knob changed, and verdicts worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etl_batch import service
from etl_batch.config import RunConfig
from etl_batch.demo import write_sales_csv
from etl_batch.record.run import RunRecord
from etl_batch.runs.history.compare import Comparison, Part, RunTotal, Verdict, compare_runs, judge
from tests.records import record


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with one dirty input."""
    home = tmp_path_factory.mktemp("compare")
    for name in ("data", "output", "report"):
        (home / name).mkdir()
    write_sales_csv(home / "data" / "sales.csv", 6000, seed=1, dirt=True)
    return home


def run(home: Path, **changes: Any) -> RunRecord:
    """Record of a real run, with these settings changed."""
    values = {"inputs": (str(home / "data" / "sales.csv"),), "output_csv": home / "output" / "sales.csv", "home": home}
    values |= {"workers": 1, "stratum": "note", "measures": ("value",), "sample_frac": 0.05, "user": "ada"}
    return service.execute(RunConfig(**{**values, **changes}))


@pytest.fixture(scope="module")
def first(home) -> RunRecord:
    """The run that the others are compared with."""
    return run(home)


def differing(comparison: Comparison) -> dict[Part, list[str]]:
    """Names of what differs, by part; speed is another one in every run."""
    return {
        lines.part: [line.name for line in lines.differing]
        for lines in comparison.parts
        if lines.differing and lines.part is not Part.SPEED
    }


def test_a_run_that_repeats_another_differs_in_nothing(home, first):
    """Same settings, same input: every part but speed is equal, and every total is the same."""
    comparison = compare_runs(first, run(home, user="bob"))
    assert differing(comparison) == {}
    assert {line.verdict for line in comparison.totals} == {Verdict.SAME}
    assert {line.exact_same for line in comparison.totals} == {True}
    equal = {lines.part: len(lines.equal) for lines in comparison.parts}
    assert min(equal[part] for part in Part if part is not Part.SPEED) >= 1


def test_another_fraction(home, first):
    """The one changed setting is the one that differs; totals differ within their intervals, exact ones do not."""
    comparison = compare_runs(first, run(home, sample_frac=0.2))
    assert differing(comparison) == {Part.SETTINGS: ["sample_frac"], Part.SAMPLE: ["sample_rows"]}
    (line,) = comparison.parts[0].differing
    assert (line.before, line.after) == (0.05, 0.2)
    assert {line.verdict for line in comparison.totals} <= {Verdict.WITHIN, Verdict.SAME, Verdict.DIFFERS}
    assert comparison.totals[0].exact_same is True
    overall = next(line for line in comparison.totals if line.group is None)
    assert overall.verdict is Verdict.WITHIN
    assert overall.before.exact == overall.after.exact == first.analytics.measures["value"].exact


def test_another_input(home, first):
    """A grown file shows in its size, in the counts, the rejects, the outputs and the exact totals."""
    copy = home / "data" / "grown" / "sales.csv"
    copy.parent.mkdir()
    write_sales_csv(copy, 9000, seed=2, dirt=True)
    comparison = compare_runs(first, run(home, inputs=(str(copy),)))
    found = differing(comparison)
    assert found[Part.SETTINGS] == ["inputs"]
    assert {"records_in", "written", "rejected"} <= set(found[Part.COUNTS])
    assert found[Part.REJECTS]
    assert {"bytes", "rows", "sha256"} <= set(found[Part.OUTPUTS])
    assert set(found[Part.INPUTS]) == {"size_bytes", "records", "format"}, "each path is a line of its own"
    assert comparison.totals[0].exact_same is False


def test_columns_that_come_and_go(home, first):
    """A column that only one run has, or has with another type, is a difference of the schema."""
    other = home / "data" / "other.csv"
    other.write_text("id,quantity,city\n" + "".join(f"{number},{number}.5,Rome\n" for number in range(50)))
    comparison = compare_runs(first, run(home, inputs=(str(other),), stratum="city", measures=("quantity",)))
    schema = next(lines for lines in comparison.parts if lines.part is Part.SCHEMA)
    types = {line.name: (line.before, line.after) for line in schema.differing}
    assert types.keys() == {"timestamp", "value", "product", "code", "note", "quantity", "city"}
    assert types["city"] == (None, "string")
    assert types["quantity"] == ("int64", "double")
    assert [line.name for line in schema.equal] == ["id"]


def total(low: float | None, high: float | None, exact: float | None = None) -> RunTotal:
    """A total in the middle of its interval."""
    return RunTotal(None if low is None or high is None else (low + high) / 2, low, high, exact)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (total(1, 3), total(1, 3), Verdict.SAME),
        (total(1, 3), total(2, 4), Verdict.WITHIN),
        (total(2, 4), total(1, 3), Verdict.WITHIN),
        (total(1, 9), total(2, 3), Verdict.WITHIN),
        (total(1, 3), total(3, 5), Verdict.WITHIN),
        (total(1, 3), total(3.01, 5), Verdict.DIFFERS),
        (total(3.01, 5), total(1, 3), Verdict.DIFFERS),
        (total(-5, -3), total(-2, 1), Verdict.DIFFERS),
        (total(7, 7), total(7 + 1e-12, 7 + 1e-12), Verdict.WITHIN),
        (total(7, 7), total(8, 8), Verdict.DIFFERS),
        (total(None, None), total(1, 3), Verdict.UNKNOWN),
        (None, total(1, 3), Verdict.ONE_SIDED),
        (total(1, 3), None, Verdict.ONE_SIDED),
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
        ("b", Verdict.WITHIN),
        ("c", Verdict.DIFFERS),
        ("new", Verdict.ONE_SIDED),
        ("gone", Verdict.ONE_SIDED),
        (None, Verdict.WITHIN),
        ("a", Verdict.SAME),
    ]


def test_groups_of_another_column_are_not_compared():
    """Groups are compared only when both runs group by the same column; the totals of all rows always are."""
    before, after = analytics(every=(0, 10, 5), a=(1, 2, 1)), analytics(every=(0, 10, 5), a=(1, 2, 1))
    after["analytics"]["stratum"] = "another"
    assert [line.group for line in compare_runs(record(before), record(after)).totals] == [None]


@pytest.mark.parametrize("broken", [{}, {"status": "failed"}, {"config": 5, "analytics": [1], "outputs": "x"}])
def test_runs_without_much_can_be_compared(first, broken):
    """A run that failed early, or metadata with values of other kinds, compares without an error and has no totals."""
    comparison = compare_runs(first, record(broken))
    assert comparison.totals == ()
    assert Part.SETTINGS in differing(comparison)
    assert compare_runs(record(broken), first).after.run_id == first.run_id


def test_a_reason_that_only_one_run_has_counts_from_nought():
    """No reject of a reason is 0, so that the difference can be told."""
    lines = compare_runs(record(rejects_by_reason={"a": 2}), record(rejects_by_reason={"b": 3})).parts[4]
    assert [(line.name, line.before, line.after) for line in lines.differing] == [("b", 0, 3), ("a", 2, 0)]
