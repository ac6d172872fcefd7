"""Central moments: by hand, in any pieces, and of strata that are joined."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from etl_batch.analytics.moments import CentralMoments


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
