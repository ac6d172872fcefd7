"""Stratified totals: worked by hand, against every possible sample, and by simulation."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest

from etl_batch.analytics.allocation import allocate
from etl_batch.analytics.estimators import half_width, sample_moments, stratified_total
from etl_batch.analytics.sampling import draw, sample_keys

COVERAGE_DRAWS = 2000


def test_two_strata_by_hand() -> None:
    """T = 250 + 700; v = 2400 * 5/3 + 450 * 10 = 8500; df = 8500**2 / (4000**2/3 + 4500**2/4) = 6.94990."""
    codes = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1])
    values = np.array([1.0, 2, 3, 4, 10, 12, 14, 16, 18])
    sizes, sampled = np.array([100, 50]), np.array([4, 5])
    moments = sample_moments(codes, values, sampled)
    assert moments.means.tolist() == [2.5, 14.0]
    assert moments.variances == pytest.approx([5 / 3, 10.0])
    total = stratified_total(sizes, sampled, moments.means, moments.variances)
    assert total.estimate == 950.0
    assert total.std_error == pytest.approx(92.19544457)
    assert total.df == pytest.approx(6.94989980)
    assert total.ci_low == pytest.approx(950 - 2.36808418 * 92.19544457)
    assert total.ci_high == pytest.approx(950 + 2.36808418 * 92.19544457)
    assert total.reason is None


@pytest.mark.parametrize(("df", "quantile"), [(1, 12.706205), (3, 3.182446), (10, 2.228139), (math.inf, 1.959964)])
def test_quantile_is_that_of_the_tables(df: float, quantile: float) -> None:
    """t(0.975, df) as printed in any table."""
    assert half_width(1.0, df) == pytest.approx(quantile, abs=1e-6)


def test_every_possible_sample() -> None:
    """Over all 10 * 6 samples of a small population, T averages to the true total and v to the variance of T."""
    population = (np.array([1.0, 3, 4, 8, 20]), np.array([2.0, 2, 7, 100]))
    sizes, sampled = np.array([5, 4]), np.array([3, 2])
    totals, errors = [], []
    for one, two in product(combinations(population[0], 3), combinations(population[1], 2)):
        moments = sample_moments(np.array([0, 0, 0, 1, 1]), np.array([*one, *two]), sampled)
        total = stratified_total(sizes, sampled, moments.means, moments.variances)
        totals.append(total.estimate)
        errors.append(total.std_error**2)
    assert np.mean(totals) == pytest.approx(36 + 111)
    assert np.mean(errors) == pytest.approx(np.var(totals))


@pytest.mark.parametrize(
    ("sizes", "sampled", "variances", "std_error"),
    [
        pytest.param([3, 5], [3, 5], [4.0, 9.0], 0.0, id="all taken whole: no error"),
        pytest.param([3, 10], [3, 5], [4.0, 9.0], math.sqrt(10 * 5 / 5 * 9), id="a whole stratum adds nothing"),
        pytest.param([1, 10], [1, 5], [math.nan, 9.0], math.sqrt(90), id="a stratum of one row, taken"),
        pytest.param([7, 10], [1, 5], [math.nan, 9.0], None, id="one row of seven: no error, not zero"),
        pytest.param([0, 10], [0, 5], [math.nan, 9.0], math.sqrt(90), id="an empty stratum"),
    ],
)
def test_whole_and_lonely_strata(
    sizes: list[int], sampled: list[int], variances: list[float], std_error: float | None
) -> None:
    """A complete stratum has no error, a single row of several makes the error unknown."""
    total = stratified_total(np.array(sizes), np.array(sampled), np.array([2.0, 3.0]), np.array(variances))
    assert total.estimate == 2.0 * sizes[0] + 3.0 * sizes[1]
    assert total.std_error == (None if std_error is None else pytest.approx(std_error))
    assert (total.reason is None) == (std_error is not None)
    if std_error is None:
        assert (total.df, total.ci_low, total.ci_high) == (None, None, None)


def test_unsampled_stratum_and_overflow_give_no_number() -> None:
    """What cannot be told is None with a reason, never NaN or infinity."""
    unsampled = stratified_total(np.array([5, 5]), np.array([0, 2]), np.array([np.nan, 1]), np.array([np.nan, 1]))
    assert unsampled.estimate is None
    assert "no sampled row" in str(unsampled.reason)
    huge = stratified_total(np.array([500]), np.array([5]), np.array([1e307]), np.array([1.0]))
    assert huge.estimate is None
    wild = stratified_total(np.array([500]), np.array([5]), np.array([1e200]), np.array([math.inf]))
    assert (wild.estimate, wild.std_error) == (5e202, None)


def test_equal_values_have_no_variance_at_all() -> None:
    """0.1 is not a binary fraction, yet equal values have a variance of exactly 0."""
    moments = sample_moments(np.zeros(7, int), np.full(7, 0.1), np.array([7]))
    assert (moments.means[0], moments.variances[0]) == (0.1, 0.0)


def test_interval_covers_as_often_as_it_says() -> None:
    """Normal data in three strata: of 2,000 samples, 95 % of the intervals hold the true total, to three deviations."""
    rng = np.random.default_rng(11)
    sizes = np.array([900, 400, 100])
    codes = np.repeat(np.arange(3), sizes)
    population = rng.normal(np.array([10.0, 50.0, 200.0])[codes], np.array([2.0, 9.0, 30.0])[codes])
    sampled = allocate(sizes, 60)
    assert sampled.tolist() == [30, 20, 10]
    covered = 0
    for seed in range(COVERAGE_DRAWS):
        chosen = draw(sample_keys(seed, 0, np.arange(codes.size)), codes, sampled)
        moments = sample_moments(codes[chosen], population[chosen], sampled)
        total = stratified_total(sizes, sampled, moments.means, moments.variances)
        covered += total.ci_low <= population.sum() <= total.ci_high
    assert covered / COVERAGE_DRAWS == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / COVERAGE_DRAWS))
