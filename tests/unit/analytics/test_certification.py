"""When an interval is certified: worked by hand, and held against repeated samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.coverage_study import study
from etl_batch.analytics.certification import MAX_SKEWNESS, ErrorShape, distrust, distrust_each, error_shape
from etl_batch.analytics.estimators import PLAIN_UP_TO, half_width, interval
from etl_batch.analytics.moments import CentralMoments


def judge(values: np.ndarray, sampled: int) -> str | None:
    """Why the interval from a sample of one stratum is not certified."""
    moments = CentralMoments.of(np.zeros(values.size, int), values, 1)
    sizes, drawn = np.array([values.size]), np.array([sampled])
    return distrust(error_shape(sizes, drawn, moments), sizes, drawn)


def share(rows: int, ones: int) -> np.ndarray:
    """A population of noughts and ones."""
    return np.repeat([0.0, 1.0], [rows - ones, ones])


@pytest.mark.parametrize(
    ("values", "sampled", "reason"),
    [
        # A tenth of ones has G1 = (1 - 2p) / sqrt(p (1 - p)) = 8/3: 8/3 / sqrt(n) is 0.4 at n = 44.4.
        pytest.param(share(10**6, 10**5), 44, "too skewed for a sample of 44", id="44 rows are too few"),
        pytest.param(share(10**6, 10**5), 45, None, id="45 rows are enough"),
        pytest.param(share(10**6, 10**5) * 1e70, 45, None, id="whatever the unit"),
        pytest.param(share(10**6, 100), 45, "too skewed", id="a rare value"),
        pytest.param(np.arange(1000.0), 29, "too few", id="29 rows"),
        pytest.param(np.arange(1000.0), 30, None, id="30 rows"),
        pytest.param(share(100, 10), 100, None, id="all rows: nothing to doubt"),
        pytest.param(np.full(1000, 0.1), 10, None, id="all alike: nothing to miss"),
        pytest.param(np.repeat([0.0, 1e200], [900, 100]), 100, "double precision", id="past the range"),
    ],
)
def test_the_rule(values: np.ndarray, sampled: int, reason: str | None) -> None:
    """An interval is certified by the shape of the rows that are sampled from, and the reason says what would do."""
    said = judge(values, sampled)
    assert said is None if reason is None else reason in str(said)


def test_cumulants_by_hand() -> None:
    """1, 2 and 6 with 2 of 3 rows drawn: f = 2/3, S^2 = 7, m3 = 6."""
    moments = CentralMoments.of(np.zeros(3, int), np.array([1.0, 2.0, 6.0]), 1)
    shape = error_shape(np.array([3]), np.array([2]), moments)
    f = 2 / 3
    assert shape.variance[0] == pytest.approx(9 * (1 - f) * 7 / 2)
    assert shape.third[0] == pytest.approx(27 * (1 - f) * (1 - 2 * f) * 6 / 4)


def test_the_variance_is_that_of_all_samples() -> None:
    """All 10 samples of 2 out of 5 rows, written out: their totals have the second and third cumulant that is said."""
    values = np.array([0.0, 1.0, 1.0, 4.0, 9.0])
    totals = np.array([5 / 2 * (values[a] + values[b]) for a in range(5) for b in range(a)])
    moments = CentralMoments.of(np.zeros(5, int), values, 1)
    shape = error_shape(np.array([5]), np.array([2]), moments)
    assert shape.variance[0] == pytest.approx(totals.var())
    # To the leading order in 1/N: the exact factor is N^2 / ((N - 1) (N - 2)) = 25/12.
    assert shape.third[0] * 25 / 12 == pytest.approx(((totals - totals.mean()) ** 3).mean())


def test_the_skewness_of_a_plain_interval_costs_a_quarter_of_a_percent() -> None:
    """Where the plain interval ends the expansion's loss of coverage is a quarter of a percent, to two digits."""
    z = stats.norm.ppf(0.975)
    loss = 2 * z * stats.norm.pdf(z) * PLAIN_UP_TO**2 * (z**4 + 2 * z**2 - 3) / 18
    assert loss == pytest.approx(0.0025, abs=0.0001)


def test_the_interval_that_knows_the_skewness_undoes_hall_s_transformation() -> None:
    """Put back into the transformation its ends are the quantiles; the longer tail is where the skewness points."""

    def transformed(t: float, g: float) -> float:
        return t + g * t**2 / 3 + g**2 * t**3 / 27 + g / 6

    for g in (0.11, -0.25, MAX_SKEWNESS):
        below, above = interval(2.0 * 1.5, 1.5, g)
        assert transformed(float(below) / 1.5, g) == pytest.approx(2.0)
        assert transformed(-float(above) / 1.5, g) == pytest.approx(-2.0)
        assert (above > below) == (g > 0)
        assert above + below < 6.0 * 1.25
    assert interval(3.0, 1.5, PLAIN_UP_TO) == (3.0, 3.0)
    assert interval(0.0, 0.0, 0.3) == (0.0, 0.0)
    assert interval(3.0, 1.5, 1.01) == interval(3.0, 1.5, float("nan")) == (3.0, 3.0)


@pytest.mark.parametrize("skewness", [0.2, 0.38])
def test_that_interval_holds_where_the_plain_one_does_not(skewness: float) -> None:
    """Means of gamma values whose shape gives them the skewness: 95 % by one, and too few by the other."""
    rng, rows, draws = np.random.default_rng(8), 60, 20_000
    shape = 4 / (skewness**2 * rows)
    values = rng.gamma(shape, 1.0, (draws, rows))
    errors = values.std(axis=1, ddof=1) / math.sqrt(rows)
    halves = half_width(errors, np.full(draws, rows - 1.0))
    means = values.mean(axis=1)
    below, above = interval(halves, errors, np.full(draws, skewness))
    held = float(((means - below <= shape) & (shape <= means + above)).mean())
    plain = float((np.abs(means - shape) <= halves).mean())
    assert 0.94 <= held <= 0.965
    assert plain < held - 0.002


@pytest.mark.parametrize(
    ("population", "fraction", "certified", "low", "high"),
    [
        ("normal", 0.05, True, 0.9, 0.99),
        ("log-normal, sigma 1", 0.2, True, 0.9, 0.99),
        ("log-normal, sigma 2", 0.01, False, 0.5, 0.97),
        ("constant", 0.001, True, 1.0, 1.0),
    ],
)
def test_certified_intervals_hold(population: str, fraction: float, certified: bool, low: float, high: float) -> None:
    """A small, seeded part of the coverage study: certified intervals hold, heavy tails are not certified."""
    cell = study(population, fraction, repetitions=200, rows=10_000)
    assert cell.certified == float(certified)
    assert low <= cell.covered <= high


def test_strata_judged_together_are_judged_alike() -> None:
    """Each stratum gets the reason that it would get by itself: too few, too skewed, past the range, whole."""
    rng = np.random.default_rng(6)
    populations = [share(2000, int(ones)) * unit for ones in rng.integers(0, 60, 40) for unit in (1.0, 1e160)]
    codes = np.repeat(np.arange(80), 2000)
    rest = CentralMoments.of(codes, np.concatenate(populations), 80)
    sizes, sampled = np.full(80, 2000), rng.choice([0, 5, 29, 30, 400, 1999, 2000], 80)
    shape = error_shape(sizes, sampled, rest)
    one_by_one = [
        distrust(ErrorShape(shape.variance[one], shape.third[one]), sizes[one], sampled[one])
        for one in (slice(at, at + 1) for at in range(80))
    ]
    assert distrust_each(shape, sizes, sampled) == one_by_one
    assert len({str(reason)[:12] for reason in one_by_one}) >= 3
