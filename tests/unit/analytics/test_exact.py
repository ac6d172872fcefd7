"""Exact sums against Python's own integers and fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.analytics.exact import ExactSums, ratio, sum_floats, sum_integers, sums_of_distances
from etl_batch.analytics.strata import RowsByStratum

RNG = np.random.default_rng(3)
TINY = math.ulp(0.0)

FLOATS = {
    "cents": np.round(RNG.random(70_000) * 1000, 2),
    "both signs": RNG.standard_normal(5000) * 1e6,
    "wide": np.ldexp(RNG.standard_normal(5000), RNG.integers(-1070, 1000, 5000)),
    "cancelling": np.array([1e308, 1.0, -1e308, TINY, 2**53 + 2.0, -1e-300]),
    "tiny": np.array([TINY, -TINY, 3 * TINY, 2.0**-1022]),
    "largest": np.array([1.7976931348623157e308, -1.7976931348623157e308, 1.0]),
    "beyond": np.array([1.7976931348623157e308] * 3 + [-1.7976931348623157e308] * 2),
    "negative zero": np.array([-0.0, 0.0]),
    "none": np.zeros(0),
}


@pytest.mark.parametrize("name", FLOATS)
def test_floats_sum_without_rounding(name: str) -> None:
    """Each stratum's sum is the double nearest to the sum of the values as fractions."""
    values = FLOATS[name]
    places = np.arange(values.size) % 3
    expected = [sum(map(Fraction, values[places == place].tolist()), Fraction()) for place in range(3)]
    got = sum_floats(places, values, 3).numbers()
    assert got == [ratio(*fraction.as_integer_ratio()) for fraction in expected]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64])
def test_integers_sum_without_overflow(dtype: type[np.integer]) -> None:
    """The extremes of every width add up as Python integers do."""
    limits = np.iinfo(dtype)
    values = np.array([limits.max, limits.min, limits.max, 1, 0] * 4000, dtype=dtype)
    places = np.arange(values.size) % 2
    expected = [sum(values[places == place].tolist()) for place in range(2)]
    assert sum_integers(RowsByStratum.of(places, 2), values).numbers() == expected


@given(
    st.lists(st.integers(-(10**7), 10**7) | st.integers(-(2**53), 2**53), max_size=40),
    st.lists(st.integers(-(10**7), 10**7) | st.integers(-(2**62), 2**62), max_size=5),
    st.integers(-(10**7), 10**7) | st.integers(-(2**53), 2**53),
)
def test_sums_of_distances(own: list[int], others: list[int], anchor: int) -> None:
    """Either none or the very sum, in its one form; and never none where the numbers are of ordinary size."""

    def powers(values: list[int]) -> np.ndarray:
        distances = np.array(values, float) - anchor
        return np.array([[[distances.sum(), (distances**2).sum()]]])

    sizes = [np.array([len(part)]) for part in (own, others)]
    parts = list(zip(sizes, map(powers, (own, others)), strict=True))
    (found,) = sums_of_distances(sizes[0] + sizes[1], np.array([[float(anchor)]]), parts)
    values = np.array([*own, *others], dtype=np.int64)
    expected = sum_integers(RowsByStratum.of(np.zeros(values.size, int), 1), values)
    assert found is None or found == expected
    assert found is not None or max(map(abs, [*own, *others, anchor])) > 10**7


def test_slices_add_up_to_the_same_arrays() -> None:
    """The canonical form: the same numbers cut and ordered differently are equal limb for limb."""
    values, places = FLOATS["wide"], np.arange(5000) % 7
    parts = [sum_floats(places[at : at + 700], values[at : at + 700], 7) for at in range(0, 5000, 700)]
    forward, backward = parts[0], parts[-1]
    for part in parts[1:]:
        forward = forward + part
    for part in parts[-2::-1]:
        backward = backward + part
    assert forward == backward == sum_floats(places, values, 7)
    assert forward != sum_floats(places, -values, 7)


def test_opposites_add_up_to_zero() -> None:
    """A sum of zero has the form of zero, whatever it was made of."""
    values, places = FLOATS["wide"], np.zeros(5000, dtype=np.intp)
    assert sum_floats(places, values, 1) + sum_floats(places, -values, 1) == ExactSums.zeros(1)


def test_moved_strata_meet() -> None:
    """Strata sent to one place are added, negative and large sums included."""
    sums = sum_integers(RowsByStratum.of(np.arange(4), 4), np.array([2**62, 2**62, 2**62, -5]))
    assert sums.moved(np.array([1, 1, 1, 0]), 3).numbers() == [-5, 3 * 2**62, 0]
    assert sums.times(10**6).numbers() == [2**62 * 10**6] * 3 + [-5 * 10**6]
    assert sums.total(scale=1) == (3 * 2**62 - 5) / 10
