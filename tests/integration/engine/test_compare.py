"""The comparison of two real runs with one knob changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etl_batch import service
from etl_batch.config import RunConfig
from etl_batch.demo import write_sales_csv
from etl_batch.record.run import RunRecord
from etl_batch.runs.history.compare import ComparedSubject, Comparison, IntervalVerdict, compare_runs
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


def differing(comparison: Comparison) -> dict[ComparedSubject, list[str]]:
    """Names of what differs, by part; speed is another one in every run."""
    return {
        lines.part: [line.name for line in lines.differing]
        for lines in comparison.parts
        if lines.differing and lines.part is not ComparedSubject.SPEED
    }


def test_a_run_that_repeats_another_differs_in_nothing(home, first):
    """Same settings, same input: every part but speed is equal, and every total is the same."""
    comparison = compare_runs(first, run(home, user="bob"))
    assert differing(comparison) == {}
    assert {line.verdict for line in comparison.totals} == {IntervalVerdict.SAME}
    assert {line.exact_same for line in comparison.totals} == {True}
    equal = {lines.part: len(lines.equal) for lines in comparison.parts}
    assert min(equal[part] for part in ComparedSubject if part is not ComparedSubject.SPEED) >= 1


def test_another_fraction(home, first):
    """The one changed setting is the one that differs; totals differ within their intervals, exact ones do not."""
    comparison = compare_runs(first, run(home, sample_frac=0.2))
    assert differing(comparison) == {ComparedSubject.SETTINGS: ["sample_frac"], ComparedSubject.SAMPLE: ["sample_rows"]}
    (line,) = comparison.parts[0].differing
    assert (line.before, line.after) == (0.05, 0.2)
    assert {line.verdict for line in comparison.totals} <= {
        IntervalVerdict.WITHIN,
        IntervalVerdict.SAME,
        IntervalVerdict.DIFFERS,
    }
    assert comparison.totals[0].exact_same is True
    overall = next(line for line in comparison.totals if line.group is None)
    assert overall.verdict is IntervalVerdict.WITHIN
    assert overall.before.exact == overall.after.exact == first.analytics.measures["value"].exact


def test_another_input(home, first):
    """A grown file shows in its size, in the counts, the rejects, the outputs and the exact totals."""
    copy = home / "data" / "grown" / "sales.csv"
    copy.parent.mkdir()
    write_sales_csv(copy, 9000, seed=2, dirt=True)
    comparison = compare_runs(first, run(home, inputs=(str(copy),)))
    found = differing(comparison)
    assert found[ComparedSubject.SETTINGS] == ["inputs"]
    assert {"records_in", "written", "rejected"} <= set(found[ComparedSubject.COUNTS])
    assert found[ComparedSubject.REJECTS]
    assert {"bytes", "rows", "sha256"} <= set(found[ComparedSubject.OUTPUTS])
    assert set(found[ComparedSubject.INPUTS]) == {"size_bytes", "records", "format"}, "each path is a line of its own"
    assert comparison.totals[0].exact_same is False


def test_columns_that_come_and_go(home, first):
    """A column that only one run has, or has with another type, is a difference of the schema."""
    other = home / "data" / "other.csv"
    other.write_text("id,quantity,city\n" + "".join(f"{number},{number}.5,Rome\n" for number in range(50)))
    comparison = compare_runs(first, run(home, inputs=(str(other),), stratum="city", measures=("quantity",)))
    schema = next(lines for lines in comparison.parts if lines.part is ComparedSubject.SCHEMA)
    types = {line.name: (line.before, line.after) for line in schema.differing}
    assert types.keys() == {"timestamp", "value", "product", "code", "note", "quantity", "city"}
    assert types["city"] == (None, "string")
    assert types["quantity"] == ("int64", "double")
    assert [line.name for line in schema.equal] == ["id"]


@pytest.mark.parametrize("broken", [{}, {"status": "failed"}, {"config": 5, "analytics": [1], "outputs": "x"}])
def test_runs_without_much_can_be_compared(first, broken):
    """A run that failed early, or metadata with values of other kinds, compares without an error and has no totals."""
    comparison = compare_runs(first, record(broken))
    assert comparison.totals == ()
    assert ComparedSubject.SETTINGS in differing(comparison)
    assert compare_runs(record(broken), first).after.run_id == first.run_id
