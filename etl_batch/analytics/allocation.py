"""How many rows each stratum gives to the sample: square-root allocation within bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MINIMUM_PER_STRATUM = 10

Counts = NDArray[np.int64] | Sequence[int]


def allocate(
    sizes: Counts, n: int, minimum: int = MINIMUM_PER_STRATUM, caps: Counts | None = None
) -> NDArray[np.int64]:
    """Rows to draw from each stratum, proportional to the square root of its size.

    With `low_h = min(N_h, minimum)` and `high_h = N_h` (or `caps`, which also lowers `low_h`), the answer is
    `clip(c * sqrt(N_h), low_h, high_h)` with the one `c` for which it sums to `n`, made whole by the largest remainder
    (ties: the earlier stratum). So what a full stratum cannot take goes to the others, in the same proportion.

    The sum is `n` unless the bounds forbid it: where the minimums alone exceed `n` the minimums win, and where `n`
    exceeds all there is, everything is taken.
    Source: Bankier (1988), "Power allocations", The American Statistician 42(3), with power 1/2 and equal coefficients
    of variation.
    """
    rows = np.asarray(sizes, dtype=np.int64)
    high = rows if caps is None else np.minimum(rows, np.asarray(caps, dtype=np.int64))
    low = np.minimum(high, minimum)
    if n <= low.sum():
        return low.copy()
    if n >= high.sum():
        return high.copy()
    weights = np.sqrt(rows.astype(np.float64))
    target = np.clip(_level(weights, low, high, n) * weights, low, high)
    return _make_whole(target, low, high, n)


def _level(weights: NDArray[np.float64], low: NDArray[np.int64], high: NDArray[np.int64], n: int) -> float:
    """The `c` with `sum(clip(c * weights, low, high)) == n`, for `sum(low) < n < sum(high)`.

    The sum is piecewise linear in `c`: a stratum starts to grow at `low / weight` and stops at `high / weight`.
    """
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
