"""When an interval is certified: worked by hand and on known tails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from etl_batch.analytics.certification import distrust, skewness_of_total, tail_index
from etl_batch.analytics.estimators import Moments, sample_moments, stratified_total


def judge(values: np.ndarray, size: int) -> str | None:
    """Why the interval from one stratum's sample is not certified."""
    sizes, sampled = np.array([size]), np.array([values.size])
    moments = sample_moments(np.zeros(values.size, int), values, sampled)
    total = stratified_total(sizes, sampled, moments.means, moments.variances)
    return distrust(total, sizes, sampled, moments, np.zeros(values.size, int))


@pytest.mark.parametrize(
    ("values", "size", "reason"),
    [
        # A share p of ones has G1 = (1 - 2p) / sqrt(p (1 - p)): 8/3 for p = 0.1, so Cochran asks for 177.8 rows.
        pytest.param(np.repeat([0.0, 1.0], [90, 10]), 10**6, "about 178", id="100 rows are too few"),
        pytest.param(np.repeat([0.0, 1.0], [162, 18]), 10**6, None, id="180 rows are enough"),
        pytest.param(np.repeat([0.0, 1.0], [162, 18]) * 1e110, 10**6, None, id="whatever the unit"),
        pytest.param(np.repeat([0.0, 1.0], [90, 10]), 100, None, id="all rows: nothing to doubt"),
        pytest.param(np.ones(50), 10**6, "equal", id="no spread seen"),
        pytest.param(np.arange(49.0), 10**6, "too few", id="49 rows"),
        pytest.param(np.arange(50.0), 10**6, None, id="50 rows"),
        pytest.param(np.ones(1), 10, "one sampled row", id="one row of ten"),
    ],
)
def test_cochrans_rule(values: np.ndarray, size: int, reason: str | None) -> None:
    """An interval is certified when n > 25 G1**2, and the reason against it says how many rows would do."""
    said = judge(values, size)
    assert said is None if reason is None else reason in str(said)


def test_skewness_of_a_total_by_hand() -> None:
    """Equal parts of four strata: 4 * (1/4)**1.5 * 2 / sqrt(100) = 0.1, whatever the signs; whole strata stay out."""
    parts = np.array([9.0, 9.0, 9.0, 9.0, 0.0])
    skewness = skewness_of_total(parts, np.array([100] * 5), np.array([2.0, -2.0, 2.0, 2.0, 50.0]))
    assert skewness == pytest.approx(0.1)
    assert skewness_of_total(parts * 0, np.array([100] * 5), np.ones(5)) == 0.0


def test_moments_that_overflow_are_not_certified() -> None:
    """An unknown skewness never passes for a small one."""
    moments = Moments(np.array([1.0]), np.array([1.0]), np.array([np.nan]), np.arange(60.0))
    sizes, sampled = np.array([100]), np.array([60])
    total = stratified_total(sizes, sampled, moments.means, moments.variances)
    assert distrust(total, sizes, sampled, moments, np.zeros(60, int)) is not None


def test_tail_index_by_hand() -> None:
    """The ten largest of twenty are e times the eleventh: the mean logarithm is 1, and so is the index."""
    deviations = np.concatenate([np.full(10, math.e), -np.ones(10)])
    assert tail_index(deviations) == pytest.approx(1.0)
    assert tail_index(-deviations * 1e300) == pytest.approx(1.0)
    assert tail_index(np.ones(20)) == math.inf
    assert tail_index(np.concatenate([np.ones(10), np.zeros(90)])) == 0.0


@pytest.mark.parametrize(("exponent", "low", "high"), [(1.0, 0.85, 1.15), (3.0, 2.6, 3.4)])
def test_tail_index_of_pareto_values(exponent: float, low: float, high: float) -> None:
    """The quantiles of a Pareto distribution give back its exponent."""
    quantiles = (1 - (np.arange(100_000) + 0.5) / 100_000) ** (-1 / exponent)
    assert low < tail_index(quantiles) < high


def test_a_little_skewed_sample_of_a_heavy_tail_is_refused() -> None:
    """Quantiles of a log-normal without the five largest pass Cochran's rule, and are found out by their tail."""
    scores = stats.norm.ppf((np.arange(1995) + 0.5) / 2000)
    assert "heavy tail" in str(judge(np.exp(2 * scores), 10**7))
    assert judge(np.exp(0.5 * scores), 10**7) is None
