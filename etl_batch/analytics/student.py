"""Student's t, without the half second that importing SciPy takes."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.polynomial import Chebyshev

_POINTS = 25
_TINY = 1e-300
_MOST_STEPS = 500
_EXPANDED_FROM = 500.0
"""Degrees of freedom past which the expansion around the normal quantile is good to 12 digits."""


@lru_cache(maxsize=256)
def t_quantile(probability: float, df: float) -> float:
    """The t with `P(T <= t) = probability`, for `0.5 <= probability < 1` and `df > 0`; relative error below 1e-9.

    Newton's method on the distribution function `1 - I_x(df/2, 1/2) / 2`, `x = df / (df + t^2)`, from the first term of
    Fisher's expansion around the normal quantile on: it is concave from 0 on, so that no step ends above the root. I is
    the regularized incomplete beta function by its continued fraction; with many degrees of freedom four terms of the
    expansion take its place.
    Source: DLMF 8.17.22; Abramowitz and Stegun (1964), 26.5.27, 26.7.1 and 26.7.5.
    """
    if not (0.5 <= probability < 1.0 and df > 0.0):
        raise ValueError(f"no quantile of probability {probability} with {df} degrees of freedom")
    if df > _EXPANDED_FROM:
        return float(_expanded(probability, df))
    scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    z = NormalDist().inv_cdf(probability)
    t = z + (z**3 + z) / (4 * df) if df >= 1.0 else 0.0  # so far from the normal, a step from there may be one below 0
    for _ in range(_MOST_STEPS):
        density = math.exp(scale - (df + 1) / 2 * math.log1p(t * t / df))
        step = (probability - _cdf(t, df)) / density
        t += step
        if abs(step) <= 1e-13 * max(t, 1.0):
            break
    return t


def t_quantiles(probability: float, df: NDArray[np.float64]) -> NDArray[np.float64]:
    """`t_quantile` of each entry, the normal one where df is infinite; NaN where there is none.

    Those of equal degrees of freedom are worked out once, and of very many by a polynomial, right to 11 digits.
    """
    found = np.full(df.shape, np.nan)
    large, small = df > _EXPANDED_FROM, (df > 0) & (df <= _EXPANDED_FROM)
    found[large] = _expanded(probability, df[large])
    few, places = np.unique(df[small], return_inverse=True)
    smooth = (few >= 1.0) & (few.size > _POINTS)
    each = np.empty(few.size)
    each[smooth] = np.exp(_log_quantile(probability)(1.0 / few[smooth])) if smooth.any() else 0.0
    each[~smooth] = [t_quantile(probability, one) for one in few[~smooth].tolist()]
    found[small] = each[places]
    return found


@lru_cache(maxsize=8)
def _log_quantile(probability: float) -> Chebyshev:
    """The logarithm of the quantile as a polynomial in 1 / df through `_POINTS` exact ones, from 1 on."""
    from numpy.polynomial import Chebyshev  # few runs have so many strata, and loading it takes its time

    def exact(inverse: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.log([t_quantile(probability, 1.0 / each) for each in inverse.tolist()])

    return Chebyshev.interpolate(exact, _POINTS - 1, domain=[1.0 / _EXPANDED_FROM, 1.0])


def _expanded(probability: float, df: Any) -> Any:
    """The normal quantile and four terms of the expansion in 1/df; elementwise."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / df**power for power, term in enumerate(terms, 1))


def two_sided_p(t: float, df: float) -> float:
    """`P(|T| >= |t|)`, which is `I_x(df/2, 1/2)` with `x = df / (df + t^2)`; small ones keep their digits."""
    square = t * t
    return _incomplete_beta(df / 2, 0.5, df / (df + square), square / (df + square))


def _cdf(t: float, df: float) -> float:
    """`P(T <= t)` for t at least 0."""
    return 1.0 - 0.5 * two_sided_p(t, df)


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """`I_x(a, b)`; `rest` is 1 - x, given apart so that it keeps its digits."""
    if x <= 0.0 or rest <= 0.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _incomplete_beta(b, a, rest, x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    return math.exp(log_front) / a * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by the method of Lentz (1976).

    Nearly all of a quantile's time goes by here, so what must not be nought is looked at on the spot, without a call.
    """
    c, d = 1.0, 1.0 / ((1.0 - (a + b) * x / (a + 1)) or _TINY)
    value = d
    for m in range(1, _MOST_STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / ((1.0 + term * d) or _TINY)
            c = (1.0 + term / c) or _TINY
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value
