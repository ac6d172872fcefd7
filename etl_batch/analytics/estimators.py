"""Stratified totals with their error."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.moments import Floats, Integers
from etl_batch.analytics.student import t_quantiles
from etl_batch.model import CONFIDENCE


@dataclass(frozen=True, slots=True)
class Total:
    """An estimated total; what the sample cannot tell is None, and `reason` says why."""

    estimate: float | None
    std_error: float | None
    df: float | None
    ci_low: float | None
    ci_high: float | None
    reason: str | None = None

    def plus(self, known: float) -> Total:
        """The total with something added that is known without error."""
        moved = {
            name: None if (value := getattr(self, name)) is None else value + known
            for name in ("estimate", "ci_low", "ci_high")
        }
        return replace(self, **moved)


@dataclass(frozen=True, slots=True)
class Moments:
    """Sample moments of one measure, an entry a stratum."""

    means: Floats
    variances: Floats
    """With divisor n - 1; NaN below two rows."""


def sample_moments(codes: NDArray[np.integer[Any]], values: Floats, sampled: Integers) -> Moments:
    """Mean and variance of `values` in each stratum; `sampled` are the rows of each stratum, and none gives nought.

    Deviations are taken from a value of the stratum first, so that equal values have a variance of exactly zero.
    """
    strata = len(sampled)
    anchors = np.zeros(strata)
    anchors[codes] = values
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shifted = values - anchors[codes]
        offsets = np.bincount(codes, weights=shifted, minlength=strata) / np.maximum(sampled, 1)
        deviations = shifted - offsets[codes]
        squares = np.bincount(codes, weights=deviations**2, minlength=strata)
        variances = np.where(sampled > 1, squares / (sampled - 1), np.nan)
    return Moments(anchors + offsets, variances)


def error_variances(sizes: Integers, sampled: Integers, variances: Floats) -> Floats:
    """What each stratum adds to the variance of the total: `N_h (N_h - n_h) / n_h * s_h**2`; 0 when taken whole.

    NaN where it cannot be told: fewer than two rows of a stratum that was not taken whole.
    """
    whole = sampled >= sizes
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        weights = sizes.astype(np.float64) * (sizes - sampled) / sampled
        return np.where(whole, 0.0, np.where(sampled > 1, weights * variances, np.nan))


def satterthwaite(parts: Floats, df: NDArray[Any]) -> float:
    """Degrees of freedom of a sum of independent variance estimates: `v^2 / sum(v_h^2 / df_h)` where they are above 0.

    Source: Satterthwaite (1946), Biometrics Bulletin 2(6). In shares of the sum: the squares may be past the range.
    """
    moving = parts > 0
    shares = parts[moving] / parts.sum()
    return float(1.0 / (shares**2 / df[moving]).sum())


def half_width(std_error: float | Floats, df: float | Floats, confidence: float = CONFIDENCE) -> Any:
    """`t((1 + confidence) / 2, df) * std_error`, elementwise; NaN where df is none."""
    each = t_quantiles((1.0 + confidence) / 2.0, np.asarray(df, dtype=np.float64))
    with np.errstate(invalid="ignore", over="ignore"):
        return each * std_error


PLAIN_UP_TO = 0.1
"""Skewness of an estimate up to which the plain interval is given.

To second order a two-sided 95 % t-interval loses 2 z phi(z) skewness^2 (z^4 + 2 z^2 - 3) / 18 of its coverage, a
quarter of a percent here. Source: Hall (1992), The Bootstrap and Edgeworth Expansion, section 2.6, on the studentized
mean.
"""


TRANSFORMED_UP_TO = 0.4
"""Up to it the transformed interval holds as often as it says, and is at most a fifth wider than the plain one.

From about 0.48 on it has no lower end. Past the limit the plain one is given again, and is not certified.
"""


def interval(half: Any, error: Any, skewed: Any) -> tuple[Any, Any]:
    """How far below and above the estimate the interval reaches, elementwise.

    `half`: the plain half width `t sqrt(v)`; `error`: `sqrt(v)`; `skewed`: the skewness g of the estimate, over all
    rows. Up to `PLAIN_UP_TO` that is the half width itself. Past it Hall's transformation of the studentized estimate,

        h(t) = t + g t^2 / 3 + g^2 t^3 / 27 + g / 6,        h^-1(x) = 3 / g ((1 + g (x - g / 6))^(1/3) - 1)

    whose distribution is symmetric to second order, gives `T - sqrt(v) h^-1(+-t)`: with a long tail above, the interval
    reaches farther up than down. Past `TRANSFORMED_UP_TO` it is the half width again. Here g is that of the population,
    which the pass has seen, and no estimate.
    Source: Hall (1992), "On the removal of skewness by transformation", JRSS B 54(1), section 2.
    """
    half, error, g = (np.asarray(each, dtype=np.float64) for each in (half, error, skewed))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        x = np.where(error > 0, half / error, 0.0)
        below, above = (3.0 / g * (np.cbrt(1.0 + g * (s * x - g / 6.0)) - 1.0) * error for s in (1.0, -1.0))
        plain = ~((np.abs(g) > PLAIN_UP_TO) & (np.abs(g) <= TRANSFORMED_UP_TO))
        return np.where(plain, half, below), np.where(plain, half, -above)


def stratified_total(
    sizes: Integers,
    sampled: Integers,
    means: Floats,
    variances: Floats,
    skewed: float = 0.0,
    confidence: float = CONFIDENCE,
) -> Total:
    """The total over all strata, from each one's size, sampled rows, sample mean and variance (divisor n - 1).

        T = sum N_h ybar_h        v = sum g_h s_h**2, g_h = N_h (N_h - n_h) / n_h
        T +- t(0.975, df) sqrt(v)        df = v**2 / sum((g_h s_h**2)**2 / (n_h - 1))

    and past it, where the skewness `skewed` of T asks for it, the limits of `interval`. Assumes a simple random sample
    without replacement within each stratum, drawn independently, and a T that is near enough to normal, or whose
    skewness is known (see `certification`). A stratum taken whole adds nothing to v; one with a single row of several
    has no variance, and then no error is given, never a zero.
    Source: Cochran (1977), Sampling Techniques, 3rd ed., section 5.4, theorems 5.3 and 5.5 and equation 5.16 (where
    the degrees of freedom are those of Satterthwaite (1946), Biometrics Bulletin 2(6)).
    """
    sizes, sampled = np.asarray(sizes, dtype=np.int64), np.asarray(sampled, dtype=np.int64)
    held = sizes > 0
    if (held & (sampled == 0)).any():
        return Total(None, None, None, None, None, sentences.estimates.STRATUM_WITHOUT_ROWS)
    with np.errstate(over="ignore", invalid="ignore"):
        estimate = float((sizes[held] * np.asarray(means)[held]).sum())
    if not math.isfinite(estimate):
        return Total(None, None, None, None, None, sentences.estimates.TOTAL_PAST_DOUBLE)
    parts = error_variances(sizes, sampled, np.asarray(variances))[held]
    lonely = int(np.isnan(parts).sum())
    if lonely:
        reason = sentences.estimates.LONELY_STRATA.format(lonely=lonely, strata=parts.size)
        return Total(estimate, None, None, None, None, reason)
    error = float(np.sqrt(parts.sum()))
    if not math.isfinite(error):
        return Total(estimate, None, None, None, None, sentences.estimates.VARIANCE_PAST_DOUBLE)
    if error == 0.0:
        return Total(estimate, 0.0, None, estimate, estimate)
    df = satterthwaite(parts, sampled[held] - 1.0)
    below, above = interval(half_width(error, df, confidence), error, skewed)
    return Total(estimate, error, df, estimate - float(below), estimate + float(above))
