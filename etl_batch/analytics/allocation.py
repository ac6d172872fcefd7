"""How many rows each stratum gives to the sample: allocation in proportion to weights, within bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.moments import CentralMoments, Floats, nine_digits
from etl_batch.model import Allocation

MINIMUM_PER_STRATUM = 2
"""Fewer rows have no variance."""
_LEAST = 1e-9
"""Of the largest weight: a stratum in which all values are alike gives its minimum, and more only when all others are
full."""

Counts = NDArray[np.int64] | Sequence[int]


def allocation_weights(rule: Allocation, sizes: Counts, spreads: Sequence[CentralMoments] = ()) -> Floats:
    """What the rows of each stratum are in proportion to; `spreads` are each measure's moments, used by Neyman alone.

        sqrt            sqrt(N_h)
        proportional    N_h
        Neyman          N_h sqrt(sum_m S_hm^2 / V_m),  V_m = (sum_h N_h S_hm)^2

    With one measure the last is N_h S_h, which gives the total its least variance for the rows drawn; V_m / n is that
    variance (without the finite population's correction), so that with several the sum of the variances, each in units
    of the least it could have, is as small as can be. Where no measure varies it is N_h.
    Sources: Bankier (1988), "Power allocations", The American Statistician 42(3), with power 1/2 and equal
    coefficients of variation; Cochran (1977), Sampling Techniques, sections 5.5 and 5A.4.
    """
    rows: Floats = np.asarray(sizes, dtype=np.float64)
    if rule is Allocation.SQRT:
        return np.sqrt(rows)
    if rule is Allocation.NEYMAN:
        squares = np.zeros(rows.size)
        for moments in spreads:
            deviations = np.sqrt(np.where(np.isfinite(moments.variances), moments.variances, 0.0))
            whole = float((rows * deviations).sum())
            squares += (deviations / whole) ** 2 if whole > 0 else 0.0
        if squares.any():
            rows = nine_digits(rows * np.sqrt(squares))
    return rows


def targets(sizes: Counts, n: int, weights: Floats) -> Floats:
    """Shares of `n` rows in proportion to `weights`, none above a stratum's size, fractions of rows included."""
    high = np.asarray(sizes, dtype=np.int64)
    if n >= high.sum():
        return high.astype(np.float64)
    if n <= 0:
        return np.zeros(high.size)
    weights = _above_nought(weights)
    level = _level(weights, np.zeros_like(high), high, n)
    shares: Floats = np.minimum(level * weights, high)
    return shares


def _above_nought(weights: Floats) -> Floats:
    positive: Floats = np.maximum(weights, _LEAST * weights.max(initial=0.0))
    return positive


def allocate(
    sizes: Counts,
    n: int,
    minimum: int = MINIMUM_PER_STRATUM,
    caps: Counts | None = None,
    weights: Floats | None = None,
) -> NDArray[np.int64]:
    """Rows to draw from each stratum, proportional to `weights` (None: the square root of its size).

    With `low_h = min(N_h, minimum)` and `high_h = N_h` (or `caps`, which lowers `low_h` too), the answer is
    `clip(c * w_h, low_h, high_h)` with the one `c` for which it sums to `n`, made whole by the largest remainder (ties:
    the earlier stratum). What a full stratum cannot take goes to the others, in the same proportion.

    The sum is `n` unless the bounds forbid it: where the minimums alone exceed `n` the minimums win, and where `n`
    exceeds all there is, everything is taken.
    """
    rows = np.asarray(sizes, dtype=np.int64)
    high = rows if caps is None else np.minimum(rows, np.asarray(caps, dtype=np.int64))
    low = np.minimum(high, minimum)
    if n <= low.sum():
        return low.copy()
    if n >= high.sum():
        return high.copy()
    weights = np.sqrt(rows.astype(np.float64)) if weights is None else _above_nought(weights)
    target = np.clip(_level(weights, low, high, n) * weights, low, high)
    return _make_whole(target, low, high, n)


def _level(weights: NDArray[np.float64], low: NDArray[np.int64], high: NDArray[np.int64], n: int) -> float:
    """The `c` with `sum(clip(c * weights, low, high)) == n`, for `sum(low) < n < sum(high)`.

    The sum is piecewise linear in `c`: a stratum starts to grow at `low / weight` and stops at `high / weight`. Mostly
    no stratum is at either end.
    """
    within = n / weights.sum()
    if ((low <= within * weights) & (within * weights <= high)).all():
        return float(within)
    open_ = high > low
    starts, stops = low[open_] / weights[open_], high[open_] / weights[open_]
    corners = np.concatenate([starts, stops])
    slopes = np.concatenate([weights[open_], -weights[open_]])
    order = np.argsort(corners, kind="stable")
    corners, slopes = corners[order], np.cumsum(slopes[order])
    reached = low.sum() + np.concatenate([[0.0], np.cumsum(slopes[:-1] * np.diff(corners))])
    corner = int(np.searchsorted(reached, n, side="right")) - 1
    # Past the last corner, or between two corners that rounding has made flat, there is nothing left to add.
    slope = slopes[corner]
    return float(corners[corner] + (n - reached[corner]) / slope) if slope > 0 else float(corners[corner])


def _make_whole(
    target: NDArray[np.float64], low: NDArray[np.int64], high: NDArray[np.int64], n: int
) -> NDArray[np.int64]:
    """Whole numbers next to `target` that sum to `n` and stay within the bounds."""
    whole = np.clip(np.floor(target).astype(np.int64), low, high)
    while (missing := n - int(whole.sum())) != 0:
        # Rounding of `c` can leave the floors one above n; then the smallest remainder gives back.
        step = 1 if missing > 0 else -1
        movable = np.flatnonzero(whole < high if step > 0 else whole > low)
        order = np.argsort(-step * (target - whole)[movable], kind="stable")
        whole[movable[order[: abs(missing)]]] += step
    return whole
