"""When the interval of a total can be trusted: a rule over what the pass has seen, and the reason in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.estimators import TRANSFORMED_UP_TO
from etl_batch.analytics.moments import CentralMoments, Floats, Integers, nine_digits

MIN_ROWS = 30
"""Fewer sampled rows leave the expansion below to chance."""
MAX_SKEWNESS = TRANSFORMED_UP_TO
"""Of the estimated total."""


@dataclass(frozen=True)
class ErrorShape:
    """Variance and third cumulant of the error of each stratum's total: arrays that add up to those of the sum."""

    variance: Floats
    third: Floats

    def summed(self) -> ErrorShape:
        """Of the sum over the strata, the last axis."""
        return ErrorShape(self.variance.sum(axis=-1), self.third.sum(axis=-1))


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


def skewness(shape: ErrorShape) -> Floats:
    """Of each error, to nine digits; nought where there is none, NaN past the range of doubles."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        each = np.where(shape.variance > 0, shape.third / shape.variance**1.5, 0.0)
    return nine_digits(np.where(np.isfinite(shape.variance), each, np.nan))


def trusted(sizes: Integers, sampled: Integers, variances: Floats, skewed: Floats) -> NDArray[np.bool_]:
    """Whether totals over all these strata will be certified, by their variances and skewness: see `distrust`."""
    open_ = sampled < sizes
    alike = (variances == 0.0) & (sampled[open_] > 0).all()
    enough = sampled[open_].sum() >= MIN_ROWS
    return np.asarray(alike | (enough & np.isfinite(variances) & (np.abs(skewed) <= MAX_SKEWNESS)))


def distrust(shape: ErrorShape, sizes: Integers, sampled: Integers) -> str | None:
    """Why the interval of the total over these strata is not certified, in one sentence; None when it is.

    The shape comes from all rows, so the answer depends on the data and on how many rows are drawn, never on which:
    certified intervals cover as often as all intervals of the design do.
    """
    open_ = sampled < sizes
    if not open_.any() or (shape.variance.sum() == 0.0 and (sampled[open_] > 0).all()):
        return None  # taken whole, or the rows that are left out are all alike
    return _doubt(int(sampled[open_].sum()), float(skewness(shape.summed())))


def distrust_each(shape: ErrorShape, sizes: Integers, sampled: Integers) -> list[str | None]:
    """`distrust` of each stratum by itself."""
    doubtful = (sampled < sizes) & ((shape.variance != 0.0) | (sampled == 0))
    each = skewness(shape)
    doubtful &= (sampled < MIN_ROWS) | ~(np.abs(each) <= MAX_SKEWNESS)
    reasons: list[str | None] = [None] * sizes.size
    for at in np.flatnonzero(doubtful).tolist():
        reasons[at] = _doubt(int(sampled[at]), float(each[at]))
    return reasons


def _doubt(rows: int, skewed: float) -> str | None:
    """What speaks against an estimate from so many rows, whose error has this skewness."""
    if rows < MIN_ROWS:
        return sentences.estimates.FEW_ROWS.format(rows=rows, least=MIN_ROWS)
    if not math.isfinite(skewed):
        return sentences.estimates.SPREAD_PAST_DOUBLE
    return sentences.estimates.SKEWED_ROWS.format(rows=rows) if abs(skewed) > MAX_SKEWNESS else None
