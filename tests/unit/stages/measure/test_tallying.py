"""Exact sums of a chunk by stratum, and what the choice of candidates needs of each of its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from etl_batch.analytics.design import WantedSample
from etl_batch.analytics.largest import find_largest
from etl_batch.analytics.sampling import KeyBounds
from etl_batch.analytics.strata import ALL_ROWS, OTHER
from etl_batch.columns.rows import CleanRows
from etl_batch.stages.encode import TypedRows
from etl_batch.stages.measure import tallying
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.measure.tallying import join_strata, measure_rows, tally_rows
from tests.unit.engine_parts import text_rows, typed_rows


def measuring(stratum: str | None, *measures: str, largest: int = 0) -> Measuring:
    """What to measure, with every row a candidate."""
    return Measuring(stratum, measures, KeyBounds({}), 0, WantedSample(1.0), largest)


def tallied(measure: Measuring, *slabs: CleanRows) -> tallying.Tallied:
    """The sums of a chunk of these slabs."""
    rows = measure_rows(measure, [TypedRows(slab.typed, slab.forms, slab.from_text) for slab in slabs])
    return tally_rows(rows, find_largest(list(rows.measures.values()), measure.largest).marks(rows.codes.size))


def totals(found: tallying.Tallied, name: str) -> dict[Any, Any]:
    """Each stratum's total."""
    return dict(zip(found.tally.values, found.tally.measures[name].totals(), strict=True))


FIRST = text_rows({"k": ["a", "b", "a"], "v": ["1.50", "2.25", ""]})
SECOND = text_rows({"k": ["b", "c", ""], "v": ["1.00", "4.00", "0.25"]})


def test_sums_by_stratum() -> None:
    """Over all slabs, in the measure's own digits; a missing stratum is one, a missing value adds nothing."""
    found = tallied(measuring("k", "v"), FIRST, SECOND)
    assert dict(zip(found.tally.values, found.tally.counts.tolist(), strict=True)) == {"a": 2, "b": 2, "c": 1, "": 1}
    assert totals(found, "v") == {"a": 1.5, "b": 3.25, "c": 4.0, "": 0.25}
    assert found.tally.measures["v"].scale == 2
    assert [found.tally.values[code] for code in found.rows.codes] == ["a", "b", "a", "b", "c", ""]
    assert found.rows.measures["v"].reals().tolist() == [1.5, 2.25, 0.0, 1.0, 4.0, 0.25]


def test_without_a_stratum_all_rows_are_one() -> None:
    """Its codes are all the same."""
    found = tallied(measuring(None, "v"), FIRST, SECOND)
    assert totals(found, "v") == {ALL_ROWS: 9.0}
    assert found.rows.codes.tolist() == [0] * 6


def test_a_measure_that_was_widened_on_the_way() -> None:
    """Decimals in one slab and words in the next: what is a number counts, in real units."""
    found = tallied(measuring("k", "v"), FIRST, text_rows({"k": ["a", "b"], "v": ["n/a", "10"]}))
    assert totals(found, "v") == {"a": 1.5, "b": 12.25}
    assert found.tally.measures["v"].non_null.tolist() == [1, 2]


def test_a_stratum_that_was_widened_on_the_way() -> None:
    """Numbers become words where words follow, so that a value is one stratum."""
    found = tallied(
        measuring("k", "v"),
        text_rows({"k": ["7", "8"], "v": ["1", "2"]}),
        text_rows({"k": ["7", "x"], "v": ["4", "8"]}),
    )
    assert totals(found, "v") == {"7": 5, "8": 2, "x": 8}


def test_typed_strata() -> None:
    """Dictionaries, nulls and numbers are values like any other."""
    rows = typed_rows({"k": pa.array(["x", None, "x"]).dictionary_encode(), "v": pa.array([1, 2, None])})
    assert totals(tallied(measuring("k", "v"), rows), "v") == {"x": 1, None: 2}


@pytest.mark.parametrize(("largest", "marked"), [(0, []), (1, [4]), (2, [1, 4]), (9, [0, 1, 3, 4, 5])])
def test_the_largest_are_marked(largest: int, marked: list[int]) -> None:
    """So many rows of the measure, never one that is nought or missing; the rest's moments leave them out."""
    found = tallied(measuring("k", "v", largest=largest), FIRST, SECOND)
    assert np.flatnonzero(found.largest).tolist() == marked
    assert found.tally.measures["v"].rest.rows.sum() == 6 - len(marked)


def test_no_rows() -> None:
    """A chunk of rejects has an empty tally."""
    found = tallied(measuring("k", "v"))
    assert (found.tally.rows, len(found.rows.codes), len(found.largest), found.rows.measures) == (0, 0, 0, {})


def test_no_measures() -> None:
    """Rows are counted all the same."""
    found = tallied(measuring("k"), FIRST)
    assert (found.tally.rows, found.tally.measures, found.largest.tolist()) == (3, {}, [False] * 3)


def test_strata_past_the_limit_are_joined() -> None:
    """Those without a mark become one, last; without marks nothing changes."""
    codes, values = np.array([0, 1, 2, 1, 0]), ["a", "b", "c"]
    joined, left = join_strata(codes, values, np.array([True, False, False]))
    assert ([left[code] for code in joined], left) == (["a", OTHER, OTHER, OTHER, "a"], ["a", OTHER])
    assert join_strata(codes, values, None) == (codes, values)
