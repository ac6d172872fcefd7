"""When the interval of an estimated total can be trusted: a conservative rule, with the reason in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.estimators import Floats, Integers, Moments, Total, error_variances

MIN_ROWS = 50
"""Fewer sampled rows say too little of a tail: the ten largest would be most of what is seen."""
MAX_SKEWNESS = 0.2
"""Of an estimated total: Cochran's n > 25 G1**2 says |G1| / sqrt(n) < 1/5."""
MIN_TAIL_INDEX = 2.0
"""A tail that falls off no faster than x**-2 has no variance to estimate."""
_MIN_TAIL_ROWS = 10


def distrust(
    total: Total, sizes: Integers, sampled: Integers, moments: Moments, codes: NDArray[np.integer[Any]]
) -> str | None:
    """Why the interval of `total` is not certified, in one sentence; None when it is.

    Certified means: every stratum has two rows or was taken whole; at least `MIN_ROWS` rows were drawn from those that
    were not, and they differ; Cochran's rule holds; the tail is light enough for a variance to exist. `codes` are the
    sampled rows' strata. The rule looks at the sample alone, never at the exact total beside it.
    """
    if total.reason is not None:
        return total.reason
    open_ = sampled < sizes
    rows = int(sampled[open_].sum())
    if not open_.any():
        return None
    if rows < MIN_ROWS:
        return f"{rows} sampled rows are too few to judge the spread (at least {MIN_ROWS}); take a larger fraction."
    if not total.std_error:
        return "All sampled values of each stratum are equal, which tells nothing of the rows that were left out."
    skewness = skewness_of_total(error_variances(sizes, sampled, moments.variances), sampled, moments.skewness)
    if skewness >= MAX_SKEWNESS:
        needed = math.ceil(rows * (skewness / MAX_SKEWNESS) ** 2)
        return (
            f"The sampled values are too skewed for {rows} rows: Cochran's rule (n > 25 G1^2) asks for about {needed}; "
            "take a larger fraction."
        )
    # One row's part in the error of the total; rows of strata taken whole have none.
    weights = np.sqrt(sizes.astype(np.float64) * (sizes - sampled)) / np.maximum(sampled, 1)
    index = tail_index(moments.deviations * weights[codes])
    if not (math.isfinite(skewness) and index > MIN_TAIL_INDEX):
        return (
            "The largest sampled values lie too far out (a heavy tail), so rare rows that the sample missed may decide "
            "the total; read the exact total beside it."
        )
    return None


def skewness_of_total(parts: Floats, sampled: Integers, skewness: Floats) -> float:
    """Bound on the skewness of the estimated total, from each stratum's `error_variances`, rows and sample skewness.

        sum (v_h / v)**1.5 |G1_h| / sqrt(n_h)

    which is the skewness of a sum of independent means, signs dropped so that strata cannot excuse each other. With one
    stratum, below 1/5 it is Cochran's rule n > 25 G1**2 (Sampling Techniques, 1977, section 2.15).
    """
    moving = parts > 0
    if not moving.any():
        return 0.0
    shares = parts[moving] / parts[moving].sum()
    return float((shares**1.5 * np.abs(skewness[moving]) / np.sqrt(sampled[moving])).sum())


def tail_index(deviations: Floats) -> float:
    """Hill's estimate of the exponent a of a tail P(|X| > x) ~ x**-a, from the sqrt(n) largest sizes (ten at least).

    A sample that missed the rare large values looks little skewed, and so passes Cochran's rule just when it is most
    wrong; the way its largest values thin out still shows the tail. Infinite when they are all equal.
    Source: Hill (1975), "A simple general approach to inference about the tail of a distribution", Annals of
    Statistics 3(5).
    """
    count = min(max(_MIN_TAIL_ROWS, round(math.sqrt(deviations.size))), deviations.size - 1)
    largest = np.sort(np.abs(deviations))[: -count - 2 : -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = float(np.log(largest[:-1] / largest[-1]).mean())
    return math.inf if excess == 0.0 else 1.0 / excess
