"""When the interval of a total can be trusted: a rule over what the pass has seen, and the reason in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from etl_batch import sentences
from etl_batch.analytics.moments import CentralMoments, Floats, Integers

MIN_ROWS = 30
"""Fewer sampled rows leave the expansion below to chance."""
MAX_SKEWNESS = 0.14
"""Of the estimated total. Cochran's rule n > 25 G1^2 (Sampling Techniques, 1977, section 2.15) is 0.2.

A two-sided 95 % t-interval loses 2 z phi(z) skewness^2 (z^4 + 2 z^2 - 3) / 18 of its coverage to second order, which is
half a percent here. Source: Hall (1992), The Bootstrap and Edgeworth Expansion, section 2.6, for the studentized mean.
"""


@dataclass(frozen=True)
class ErrorShape:
    """Variance and third cumulant of the error of each stratum's total: arrays that add up to those of the sum."""

    variance: Floats
    third: Floats


def error_shape(sizes: Integers, sampled: Integers, rest: CentralMoments) -> ErrorShape:
    """Cumulants of `N_h ybar_h` under simple random sampling of n of N rows, from the population's own moments.

        N^2 (1-f) S^2 / n        N^3 (1-f) (1-2f) m3 / n^2

    with f = n / N; the second to the leading order in 1/N. Nought for a stratum taken whole.
    Source: Kendall and Stuart (1977), The Advanced Theory of Statistics 1, sections 12.20 to 12.22.
    """
    rows, n = sizes.astype(np.float64), sampled.astype(np.float64)
    open_ = (sampled < sizes) & (sampled > 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        f = n / rows
        variance = rows**2 * (1 - f) * rest.variances / n
        third = rows**3 * (1 - f) * (1 - 2 * f) * (rest.m3 / rows) / n**2
    return ErrorShape(np.where(open_, variance, 0.0), np.where(open_, third, 0.0))


def distrust(shape: ErrorShape, sizes: Integers, sampled: Integers) -> str | None:
    """Why the interval of the total over these strata is not certified, in one sentence; None when it is.

    The shape comes from all rows, so the answer depends on the data and on how many rows are drawn, never on which:
    certified intervals cover as often as all intervals of the design do.
    """
    open_ = sampled < sizes
    variance = float(shape.variance.sum())
    if not open_.any() or (variance == 0.0 and (sampled[open_] > 0).all()):
        return None  # taken whole, or the rows that are left out are all alike
    return _doubt(int(sampled[open_].sum()), variance, float(shape.third.sum()))


def distrust_each(shape: ErrorShape, sizes: Integers, sampled: Integers) -> list[str | None]:
    """`distrust` of each stratum by itself."""
    doubtful = (sampled < sizes) & ((shape.variance != 0.0) | (sampled == 0))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        skewness = np.abs(shape.third) / shape.variance**1.5
    # A power of an array may differ from that of a number in its last digit: what is near the limit is looked at.
    doubtful &= (sampled < MIN_ROWS) | ~(skewness < MAX_SKEWNESS * (1 - 1e-9))
    reasons: list[str | None] = [None] * sizes.size
    for at in np.flatnonzero(doubtful).tolist():
        reasons[at] = _doubt(int(sampled[at]), float(shape.variance[at]), float(shape.third[at]))
    return reasons


def _doubt(rows: int, variance: float, third: float) -> str | None:
    """What speaks against an estimate from so many rows, whose error has these cumulants."""
    if rows < MIN_ROWS:
        return sentences.estimates.FEW_ROWS.format(rows=rows, least=MIN_ROWS)
    with np.errstate(over="ignore", invalid="ignore"):
        skewness = abs(third) / np.float64(variance) ** 1.5
    if not math.isfinite(skewness):
        return sentences.estimates.SPREAD_PAST_DOUBLE
    if skewness > MAX_SKEWNESS:
        needed = math.ceil(rows * (skewness / MAX_SKEWNESS) ** 2)
        return sentences.estimates.SKEWED_ROWS.format(rows=rows, needed=needed)
    return None
