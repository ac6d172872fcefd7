"""Central moments of the strata, which add up over the chunks of a pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK_ROWS = 1 << 14
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def sums_by_stratum(places: NDArray[np.integer[Any]], weights: Floats, strata: int) -> Floats:
    """The sum of the weights in each stratum."""
    return np.bincount(places, weights=weights, minlength=strata).astype(np.float64, copy=False)


@dataclass(frozen=True)
class CentralMoments:
    """Rows, mean and the sums of the second to fourth powers of the distance from it; an entry a stratum.

    Sums of rounded numbers: another slicing of the input may change the last digits, so nothing that must be the same
    for any slicing may hang on them.
    """

    rows: Integers
    mean: Floats
    m2: Floats
    m3: Floats
    m4: Floats

    @classmethod
    def zeros(cls, strata: int) -> CentralMoments:
        """No rows."""
        return cls(np.zeros(strata, dtype=np.int64), *(np.zeros(strata) for _ in range(4)))

    @classmethod
    def of(
        cls,
        codes: NDArray[np.integer[Any]],
        values: Floats,
        strata: int,
        without: NDArray[np.intp] | None = None,
    ) -> CentralMoments:
        """Of some rows: `codes` give each row's stratum, 0 <= code < strata; the values are finite.

        The rows at the places `without` are left out.
        """
        places = codes.astype(np.intp, copy=False)
        left_out = np.zeros(0, dtype=np.intp) if without is None else without
        rows = np.bincount(places, minlength=strata) - np.bincount(places[left_out], minlength=strata)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            # A value of the stratum comes off first, so that equal values have powers of exactly nought.
            anchors = np.zeros(strata)
            anchors[places] = values
            sums = _power_sums(places, values, anchors, left_out, 1)
            centers = anchors + np.where(rows > 0, sums[0] / rows, 0.0)
            powers = _power_sums(places, values, centers, left_out, 4)
        return cls(rows, centers, *powers[1:])

    def moved(self, places: NDArray[np.intp], strata: int) -> CentralMoments:
        """Stratum h goes to `places[h]` of `strata`; those that meet are joined.

        With d the distance of a part's mean from the joint one: M2 = sum(M2 + n d^2), M3 = sum(M3 + 3 d M2 + n d^3) and
        M4 = sum(M4 + 4 d M3 + 6 d^2 M2 + n d^4). Source: Pebay (2008), "Formulas for robust, one-pass parallel
        computation of covariances and arbitrary-order statistical moments", Sandia report SAND2008-6212.
        """
        rows = np.bincount(places, weights=self.rows, minlength=strata).astype(np.int64)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            anchors = np.zeros(strata)
            held = self.rows > 0
            anchors[places[held]] = self.mean[held]
            distances = np.where(held, self.mean - anchors[places], 0.0)
            offsets = sums_by_stratum(places, self.rows.astype(np.float64) * distances, strata) / rows
            offsets = np.where(rows > 0, offsets, 0.0)
            d = distances - offsets[places]
            d = np.where(held, d, 0.0)

            m2 = sums_by_stratum(places, self.m2 + self.rows * d**2, strata)
            m3 = sums_by_stratum(places, self.m3 + 3 * d * self.m2 + self.rows * d**3, strata)
            m4 = sums_by_stratum(places, self.m4 + 4 * d * self.m3 + 6 * d**2 * self.m2 + self.rows * d**4, strata)
        return CentralMoments(rows, anchors + offsets, m2, m3, m4)

    def __add__(self, other: CentralMoments) -> CentralMoments:
        """Stratum by stratum."""
        strata = self.rows.size
        pairs = zip(
            (self.rows, self.mean, self.m2, self.m3, self.m4),
            (other.rows, other.mean, other.m2, other.m3, other.m4),
            strict=True,
        )
        both = CentralMoments(*(np.concatenate(pair) for pair in pairs))
        return both.moved(np.tile(np.arange(strata), 2), strata)

    @property
    def variances(self) -> Floats:
        """With divisor N - 1; 0 below two rows."""
        return np.where(self.rows > 1, self.m2 / np.maximum(self.rows - 1, 1), 0.0)

    @property
    def kurtosis(self) -> Floats:
        """Excess kurtosis m4 / m2^2 - 3 with divisor N; 0 where all values are equal."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.where(self.m2 > 0, self.rows * self.m4 / self.m2**2 - 3.0, 0.0)


def _power_sums(
    places: NDArray[np.intp], values: Floats, centers: Floats, left_out: NDArray[np.intp], most: int
) -> NDArray[np.float64]:
    """Sums of the first `most` powers of the distance from the centers, a line a power; some rows are left out."""
    sums = np.zeros((most, centers.size))
    # A block's arrays stay in the second-level cache; with very many strata adding them up would cost more than that.
    step = max(_BLOCK_ROWS, 4 * centers.size)
    edges = np.searchsorted(left_out, range(0, values.size + step, step))
    for number, begin in enumerate(range(0, values.size, step)):
        at = places[begin : begin + step]
        distance = values[begin : begin + step] - centers[at]
        distance[left_out[edges[number] : edges[number + 1]] - begin] = 0.0
        power = distance.copy() if most > 1 else distance
        for line in range(most):
            sums[line] += np.bincount(at, weights=power, minlength=centers.size)
            if line + 1 < most:
                power *= distance
    return sums
