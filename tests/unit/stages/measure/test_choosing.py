"""What is measured and how much is kept for the sample, settled before the pass from the planning rows."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from etl_batch import sentences
from etl_batch.analytics.largest import rows_taken_whole
from etl_batch.analytics.strata import ALL_ROWS
from etl_batch.model import Allocation, TargetScope
from etl_batch.stages.measure import choice
from etl_batch.stages.measure.choosing import choose_measuring
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.plan import Plan, plan_columns
from tests.unit.engine_parts import config_of, parquet_source, text_source

ROWS = 6_000
EVERY_KEY = 2**64 - 1


def measuring(plan: Plan, folder: Path, **changes: Any) -> Measuring:
    """What a run with this configuration would measure."""
    return choose_measuring(plan, config_of(folder, **changes))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Two strata of unlike size and spread: `wide` is one row of six."""
    lines = [("wide", n * n % 997) if n % 6 == 0 else ("even", 5 + n % 2) for n in range(ROWS)]
    return plan_columns([text_source(tmp_path, "k,v\n" + "".join(f"{k},{v}\n" for k, v in lines))])


def test_what_was_asked_for(plan: Plan, tmp_path: Path) -> None:
    """Columns, seed and fraction come through, without a reason to say anything; it crosses process borders."""
    found = measuring(plan, tmp_path, stratum="k", measures=("v",), seed=7, sample_frac=0.1)
    assert (found.stratum, found.measures, found.seed, found.notes, found.reason) == ("k", ("v",), 7, (), None)
    assert found.wanted.frac == 0.1
    assert found.largest == rows_taken_whole(600)
    assert not found.skipped
    assert pickle.loads(pickle.dumps(found)) == found


SKIPPED: list[tuple[dict[str, Any], bool, tuple[str, ...], str | None]] = [
    ({}, False, ("v",), None),
    ({"stratum": "nope"}, True, (), "There is no column 'nope' to stratify by"),
    ({"measures": ("k",)}, True, (), "Column 'k' holds no numbers"),
    ({"measures": ("k", "v")}, False, ("v",), "Column 'k' holds no numbers"),
    ({"stratum": "nope", "measures": ("v",)}, True, (), "There is no column 'nope'"),
]


@pytest.mark.parametrize(("changes", "skipped", "measures", "reason"), SKIPPED)
def test_a_wrong_name_costs_the_estimates(
    plan: Plan, tmp_path: Path, changes: dict[str, Any], skipped: bool, measures: tuple[str, ...], reason: str | None
) -> None:
    """And not the run: the reason says what was wrong, and measures that are left are measured."""
    found = measuring(plan, tmp_path, **changes)
    assert (found.skipped, found.measures) == (skipped, measures)
    assert (found.stratum is None) == skipped
    assert (found.reason or "")[: len(reason or "")] == (reason or "")
    assert (found.reason is None) == (reason is None)
    if reason is not None:
        assert found.notes[-1] in str(found.reason)


def test_a_stratum_of_single_rows(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows are one stratum instead, which is said; the measures stay."""
    monkeypatch.setattr(choice, "MAX_STRATA", 100)
    unique = plan_columns([text_source(tmp_path, "k,v\n" + "".join(f"v{n},{n % 9}\n" for n in range(200)))])
    found = measuring(unique, tmp_path, stratum="k", measures=("v",))
    assert (found.stratum, found.measures, found.skipped) == (None, ("v",), False)
    assert found.reason == sentences.estimates.UNIQUE.format(name="k")
    assert list(found.bounds.named) in ([], [ALL_ROWS])


def shares(plan: Plan, folder: Path, **changes: Any) -> tuple[float, float]:
    """Which share of the keys of `wide` and of `even` are candidates."""
    bounds = measuring(plan, folder, **{"stratum": "k", "measures": ("v",), "sample_frac": 0.02, **changes}).bounds
    return bounds.of("wide") / EVERY_KEY, bounds.of("even") / EVERY_KEY


def test_the_smaller_stratum_keeps_the_larger_share(plan: Plan, tmp_path: Path) -> None:
    """By the square roots of the sizes, or by proportional shares where those ask for more; all are kept at one."""
    wide, even = shares(plan, tmp_path)
    assert 1 > wide > 1.5 * even > 0
    assert shares(plan, tmp_path, allocation=Allocation.PROPORTIONAL) == (wide, even)
    assert shares(plan, tmp_path, sample_frac=1.0) == (1.0, 1.0)


def test_the_wider_stratum_keeps_more_by_its_spread(plan: Plan, tmp_path: Path) -> None:
    """Neyman's rule asks for rows where the values differ."""
    assert shares(plan, tmp_path, allocation=Allocation.NEYMAN)[0] > 1.5 * shares(plan, tmp_path)[0]


def test_a_wanted_error_decides_the_size(plan: Plan, tmp_path: Path) -> None:
    """The smaller the error the more is kept; errors of every stratum put the rows where those are wide."""
    wanted = {"stratum": "k", "measures": ("v",)}
    largest = [measuring(plan, tmp_path, **wanted, target_error=error).largest for error in (0.2, 0.05, 0.02)]
    assert largest == sorted(largest)
    assert largest[0] < largest[-1]
    total, strata = (
        measuring(plan, tmp_path, **wanted, target_error=0.05, target_per=scope).bounds for scope in TargetScope
    )
    assert strata.of("wide") > total.of("wide")
    assert strata.of("even") < total.of("even")


def test_planning_rows_of_several_types(tmp_path: Path) -> None:
    """A stratum that is a number in one file and a word in the next has one bound for either spelling."""
    sources = [
        text_source(tmp_path, "k,v\n" + "7,1\n8,2\n" * 400),
        parquet_source(tmp_path, {"k": ["7"] * 800, "v": [2.5] * 800}, ordinal=1),
    ]
    bounds = measuring(plan_columns(sources), tmp_path, stratum="k", measures=("v",), sample_frac=0.01).bounds
    assert set(bounds.named) == {"7", "8"}
    assert bounds.of(7) == bounds.of("7") < bounds.of("8")


def test_no_rows_at_all(tmp_path: Path) -> None:
    """A header alone: there is nothing to bound."""
    found = measuring(plan_columns([text_source(tmp_path, "k,v\n")]), tmp_path)
    assert (found.stratum, found.measures, dict.fromkeys(found.bounds.named)) == (None, (), {})
