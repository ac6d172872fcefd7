"""Central moments: by hand, in any pieces, and of strata that are joined."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from etl_batch.analytics.moments import CentralMoments
from etl_batch.analytics.strata import RowsByStratum


def test_by_hand() -> None:
    """1, 2 and 6 lie -2, -1 and 3 from their mean: 14, 18 and 98; a stratum of one row and one of none have nothing."""
    moments = CentralMoments.of(np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 6.0, 5.0]), 3)
    assert moments.rows.tolist() == [3, 1, 0]
    assert moments.mean.tolist() == [3.0, 5.0, 0.0]
    assert (moments.m2.tolist(), moments.m3.tolist(), moments.m4.tolist()) == ([14, 0, 0], [18, 0, 0], [98, 0, 0])
    assert moments.variances.tolist() == [7.0, 0.0, 0.0]
    assert moments.kurtosis.tolist() == [3 * 98 / 14**2 - 3, 0.0, 0.0]


@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_pieces_add_up(shift: float) -> None:
    """Sums over pieces are those of the whole, far from nought too, and agree with scipy."""
    rng = np.random.default_rng(1)
    codes, values = rng.integers(0, 5, 3000), rng.lognormal(0, 1, 3000) + shift
    whole = CentralMoments.of(codes, values, 5)
    added = CentralMoments.zeros(5)
    for at in range(0, 3000, 700):
        added += CentralMoments.of(codes[at : at + 700], values[at : at + 700], 5)
    for name in ("rows", "mean", "m2", "m3", "m4"):
        np.testing.assert_allclose(getattr(added, name), getattr(whole, name), rtol=1e-8)
    own = values[codes == 3]
    assert whole.m3[3] / own.size == pytest.approx(stats.moment(own, 3), rel=1e-8)
    assert whole.kurtosis[3] == pytest.approx(stats.kurtosis(own), rel=1e-8)


def test_joined_strata_are_those_of_their_rows() -> None:
    """Strata that are moved to one place have the moments of all their rows; an empty one disturbs nothing."""
    rng = np.random.default_rng(2)
    codes, values = rng.integers(0, 3, 500), rng.normal(50, 9, 500)
    joined = CentralMoments.of(codes, values, 4).moved(np.array([1, 0, 1, 1]), 2)
    expected = CentralMoments.of(np.where(codes == 1, 0, 1), values, 2)
    for name in ("rows", "mean", "m2", "m3", "m4"):
        np.testing.assert_allclose(getattr(joined, name), getattr(expected, name), rtol=1e-9)


def test_equal_values_have_moments_of_exactly_nought() -> None:
    """0.1 is no binary fraction, yet many of it have no spread, in pieces neither."""
    moments = CentralMoments.zeros(1)
    for _ in range(3):
        moments += CentralMoments.of(np.zeros(7, int), np.full(7, 0.1), 1)
    assert (moments.mean[0], moments.m2[0], moments.m4[0]) == (0.1, 0.0, 0.0)


def exact_moments(values: list[float]) -> list[float]:
    """Mean and sums of the second to fourth powers of the distance from it, by fractions."""
    own = [Fraction(value) for value in values]
    mean = sum(own, Fraction()) / len(own)
    return [float(mean), *(float(sum(((value - mean) ** power for value in own), Fraction())) for power in (2, 3, 4))]


OUTLIER = np.concatenate([[1e9], np.random.default_rng(3).normal(0, 1, 2000)])
HARD = {
    "far from nought": 1e15 + np.random.default_rng(1).integers(-40, 40, 3000) / 8,
    "a small spread": 1e6 + np.random.default_rng(2).normal(0, 1e-3, 3000),
    "one value far off, which comes first": OUTLIER,
    "one value far off, in the middle": np.roll(OUTLIER, 777),
    "a few values of very many": np.where(np.arange(5000) % 1000 == 3, 1e8, 1.0),
    "sorted": np.sort(np.random.default_rng(4).lognormal(0, 2, 3000)),
    "two levels": np.repeat([1e-3, 1e9], [2900, 100]),
    "a first sixteenth apart": np.repeat([1e12, 1.0], [16, 4000]) + np.random.default_rng(5).normal(0, 1, 4016),
}


@pytest.mark.parametrize("strata", [1, 40])
@pytest.mark.parametrize("values", HARD.values(), ids=HARD)
def test_as_good_as_fractions(values: np.ndarray, strata: int) -> None:
    """To eleven digits, wherever the values lie and whichever come first; the third power to those of its scale."""
    codes = np.arange(values.size) % strata
    moments = CentralMoments.of(codes, values, strata)
    for at in range(strata):
        mean, m2, m3, m4 = exact_moments(values[codes == at].tolist())
        assert moments.mean[at] == pytest.approx(mean, rel=1e-13)
        assert moments.m2[at] == pytest.approx(m2, rel=1e-11)
        assert moments.m4[at] == pytest.approx(m4, rel=1e-11)
        assert moments.m3[at] == pytest.approx(m3, rel=1e-11, abs=1e-11 * (m2 * m4) ** 0.5)


def test_rows_that_are_left_out() -> None:
    """Their values have no part, whatever they are; a stratum of nothing else has none."""
    values, without = np.array([1.0, 1e300, 2.0, 6.0, 5.0]), np.array([False, True, False, False, True])
    moments = CentralMoments.of_rows(RowsByStratum.of(np.array([0, 0, 0, 0, 1]), 2, without), values)
    assert (moments.rows.tolist(), moments.mean.tolist()) == ([3, 0], [3.0, 0.0])
    assert (moments.m2.tolist(), moments.m4.tolist()) == ([14, 0], [98, 0])


def test_strata_that_change_places() -> None:
    """Where none meet, each keeps what it has; a place that nobody takes is empty."""
    moments = CentralMoments.of(np.array([0, 0, 1]), np.array([1.0, 3.0, 5.0]), 2).moved(np.array([2, 0]), 3)
    assert (moments.rows.tolist(), moments.mean.tolist()) == ([1, 0, 2], [5, 0, 2])
    assert moments.m2.tolist() == [0, 0, 2]


def test_codes_that_are_no_places() -> None:
    """Refused: the loops that take them do not look where they write."""
    for code in (-1, 2):
        with pytest.raises(ValueError, match="no places among 2 strata"):
            CentralMoments.of(np.array([0, code]), np.array([1.0, 2.0]), 2)
