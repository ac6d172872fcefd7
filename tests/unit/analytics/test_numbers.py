"""Measures as numbers for kernels: integers stay integers, and what is no number is nought."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from etl_batch.analytics.numbers import Numbers, real_values

KINDS: list[tuple[Any, type, list[float], list[bool] | None, list[bool] | None]] = [
    (np.array([1, -2], np.int8), np.int64, [1, -2], None, None),
    (np.array([True, False]), np.int64, [1, 0], None, None),
    (np.array([1, 2**63 - 1], np.uint64), np.int64, [1, 2.0**63], None, None),
    (np.array([1, 2**64 - 1], np.uint64), np.uint64, [1, 2.0**64], None, None),
    (np.array([0.5, 2], np.float32), np.float64, [0.5, 2], None, None),
    (np.array([0.5, np.nan, -np.inf]), np.float64, [0.5, 0, 0], None, [False, True, True]),
    (np.ma.masked_array([5, 6], [True, False]), np.int64, [0, 6], [True, False], None),
    (np.ma.masked_array([5.0, np.nan], [True, False]), np.float64, [0, 0], [True, False], [False, True]),
    (np.ma.masked_array([5, 6]), np.int64, [5, 6], None, None),
    (np.zeros(0), np.float64, [], None, None),
]


@pytest.mark.parametrize(("measure", "dtype", "reals", "nulls", "odd"), KINDS)
def test_kinds_of_measures(
    measure: Any, dtype: type, reals: list[float], nulls: list[bool] | None, odd: list[bool] | None
) -> None:
    """Every kind of column, with its nulls and what is not finite marked."""
    found = Numbers.of(measure)
    assert found.data.dtype == dtype
    assert found.whole == (dtype != np.float64)
    assert found.data.flags.c_contiguous
    assert found.reals().tolist() == real_values(measure, 0).tolist() == reals
    assert [marks if marks is None else marks.tolist() for marks in (found.nulls, found.not_finite)] == [nulls, odd]


def test_decimals() -> None:
    """Scaled where real units are asked for, of some rows too."""
    found = Numbers.of(np.array([150, 25, -1]), 2)
    assert (found.data.tolist(), found.reals().tolist()) == ([150, 25, -1], [1.5, 0.25, -0.01])
    assert found.reals(np.array([2, 0])).tolist() == [-0.01, 1.5]


@pytest.mark.parametrize("scale", [0, 1, 18])
@pytest.mark.parametrize("floor", [0.0, 0.3, 1.0, 922.3, 9.3e18, 1e300])
def test_rows_past_a_floor(scale: int, floor: float) -> None:
    """As the values in real units compare, at the ends of the range of integers too."""
    values = np.array([0, 1, -1, 3, -(10**18), 10**18, 10**18 + 1, 2**63 - 1, -(2**63), 922_300_000_000_000_000])
    for numbers in (Numbers.of(values, scale), Numbers.of(values.astype(np.uint64), scale)):
        reals = np.abs(numbers.reals())
        rows, sizes = numbers.farther_than(floor)
        assert rows.tolist() == np.flatnonzero(reals > floor).tolist()
        assert sizes.tolist() == reals[rows].tolist()
