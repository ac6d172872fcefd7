"""Exact counts and sums by stratum."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from etl_batch.analytics.strata import plain_value
from etl_batch.analytics.tally import StratumTally, tally_chunk


def as_table(tally: StratumTally) -> dict:
    """The tally as plain values, in its order."""
    measures = {name: measure.totals() for name, measure in tally.measures.items()}
    return {
        value: (int(count), *(totals[at] for totals in measures.values()))
        for at, (value, count) in enumerate(zip(tally.values, tally.counts, strict=True))
    }


def test_counts_and_sums_by_hand() -> None:
    """Rows, integer sums as int, float sums to the last bit (0.1 ten times is 1.0, which plain addition misses)."""
    codes = np.array([0] * 10 + [1, 2], dtype=np.int32)
    tally = tally_chunk(
        codes, ["a", None, "b"], {"quantity": np.arange(12), "price": np.array([0.1] * 10 + [2.5, -1.0])}
    )
    assert as_table(tally.ordered()) == {"a": (10, 45, 1.0), "b": (1, 11, -1.0), None: (1, 10, 2.5)}
    assert type(tally.measures["quantity"].total()) is int
    assert tally.measures["price"].total() == 2.5
    assert tally.rows == 12


def test_nulls_and_values_that_are_no_numbers() -> None:
    """A null adds nothing; NaN and infinities are counted apart and left out of the sum."""
    measure = np.ma.masked_array([1.0, 2.0, math.nan, math.inf, math.nan], mask=[0, 1, 0, 0, 1])
    tally = tally_chunk(np.zeros(5, np.int32), ["a"], {"x": measure})
    assert tally.measures["x"].totals() == [1.0]
    assert tally.measures["x"].non_null.tolist() == [4 - 1]
    assert tally.measures["x"].not_finite.tolist() == [2]


def test_decimals_are_exact_and_meet_at_the_larger_scale() -> None:
    """1.10 + 2.20 in cents plus 0.005 in mills is 3.305, not 3.3049999..."""
    cents = tally_chunk(np.zeros(2, np.int32), ["a"], {"x": np.array([110, 220])}, {"x": 2})
    mills = tally_chunk(np.zeros(1, np.int32), ["a"], {"x": np.array([5])}, {"x": 3})
    assert (cents + mills).measures["x"].totals() == [3.305]
    assert (mills + cents).measures["x"].totals() == [3.305]


def test_integers_stay_exact_past_64_bits() -> None:
    """Three times the largest uint64 is told to the unit."""
    tally = tally_chunk(np.zeros(3, np.int32), ["a"], {"x": np.full(3, 2**64 - 1, dtype=np.uint64)})
    assert (tally + tally).measures["x"].total() == 6 * (2**64 - 1)


def test_total_past_the_range_of_doubles_is_none() -> None:
    """A float total that no double holds is None, not infinity."""
    tally = tally_chunk(np.zeros(2, np.int32), ["a"], {"x": np.full(2, 1.7e308)})
    assert tally.measures["x"].total() is None


def test_chunks_with_other_values_and_columns_add_up() -> None:
    """Values are matched by value, not by code; a column missing from one chunk is null there."""
    first = tally_chunk(np.array([0, 1, 1], np.int32), ["a", "b"], {"x": np.array([1, 2, 3])})
    second = tally_chunk(np.array([0, 1], np.int32), ["b", "c"], {"x": np.array([10, 20]), "y": np.array([0.5, 0.25])})
    both = (first + second).ordered()
    assert as_table(both) == {"b": (3, 15, 0.5), "a": (1, 1, 0.0), "c": (1, 20, 0.25)}
    assert both.measures["y"].non_null.tolist() == [1, 0, 1]
    assert as_table((StratumTally() + first).ordered()) == as_table(first.ordered())


def test_largest_strata_stay_and_the_rest_is_named() -> None:
    """Past the limit the smallest strata, later by value among equals, are joined; unused values vanish."""
    codes = np.repeat(np.arange(5, dtype=np.int32), [2, 5, 2, 2, 1])
    tally = tally_chunk(codes, ["d", "a", "c", "b", "e", "unused"], {"x": np.ones(12, int)})
    assert as_table(tally.ordered(2)) == {"a": (5, 5), "b": (2, 2), "(other)": (5, 5)}
    assert list(as_table(tally.ordered())) == ["a", "b", "c", "d", "e"]


def test_a_value_named_like_the_rest_joins_it() -> None:
    """`(other)` as a value does not clash with the remainder."""
    tally = tally_chunk(np.repeat(np.arange(3, dtype=np.int32), [5, 3, 1]), ["(other)", "a", "b"], {})
    assert as_table(tally.ordered(2)) == {"a": (3,), "(other)": (6,)}
    assert as_table(tally.ordered(3)) == {"(other)": (5,), "a": (3,), "b": (1,)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (math.nan, "nan"),
        (date(2026, 1, 2), "2026-01-02"),
        (b"\xffa", "\\xffa"),
        (True, True),
    ],
)
def test_stratum_values_are_plain(value: object, expected: object) -> None:
    """What stands in a column becomes what JSON can hold."""
    plain = plain_value(value)
    assert plain == expected
    assert type(plain) is type(expected)
