"""Where the parts of a drawn confidence interval stand, in percent of the drawing's width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MARGIN = 4.0
CLIP_FACTOR = 4.0
"""A row that reaches further than this many times the median row is cut and marked, so that it hides no other row."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One estimated total. None where the sample cannot tell, or where nobody counted."""

    estimate: float | int | None
    low: float | int | None
    high: float | int | None
    exact: float | int | None

    @property
    def known(self) -> list[float | int]:
        """Its numbers, without those that are unknown."""
        return [part for part in (self.estimate, self.low, self.high, self.exact) if part is not None]


@dataclass(frozen=True, slots=True)
class IntervalPlot:
    """Positions from 0 (left) to 100 (right); `cut_left` and `cut_right` say that the interval goes on beyond."""

    estimate: float
    left: float | None
    width: float | None
    exact: float | None
    cut_left: bool = False
    cut_right: bool = False


def plot_alone(interval: Interval) -> IntervalPlot | None:
    """One interval on a scale of its own that shows its ends and the exact total; None when there is no estimate."""
    if interval.estimate is None:
        return None
    parts = interval.known
    start, end = min(parts), max(parts)
    middle = start + (end - start) / 2
    return _place(interval, middle, (end - start) / 2)


def plot_together(intervals: Sequence[Interval]) -> tuple[list[IntervalPlot | None], float]:
    """Many intervals on one scale, the distance from the exact total (else from the estimate) as a share of it.

    Returns the plots and the share that half the scale stands for. The exact total stands in the middle of every
    row, so rows of very different size compare at a glance.
    """
    relative = [_relative(interval) for interval in intervals]
    extents = [extent for extent in map(_extent, relative) if extent > 0]
    span = min(max(extents), CLIP_FACTOR * median(extents)) if extents else 0.0
    return [None if interval is None else _place(interval, 0.0, span) for interval in relative], span


def _relative(interval: Interval) -> Interval | None:
    origin = interval.exact or interval.estimate
    if interval.estimate is None or origin is None:
        return None
    if origin == 0:
        # A total of nought has no relative scale: draw it only when there is no error to draw.
        return None if interval.low or interval.high else interval
    scale = abs(origin)

    def share(part: float | int | None) -> float | None:
        return None if part is None else (part - origin) / scale

    return Interval(
        (interval.estimate - origin) / scale, share(interval.low), share(interval.high), share(interval.exact)
    )


def _extent(interval: Interval | None) -> float:
    if interval is None:
        return 0.0
    return max(map(abs, interval.known))


def _place(interval: Interval, middle: float, half: float) -> IntervalPlot:
    """Map `middle - half .. middle + half` onto the drawing; what lies outside is put on its edge."""

    def position(part: float | int) -> float:
        if half == 0:
            return 50.0
        share = min(1.0, max(-1.0, (part - middle) / half))
        return round(50 + share * (50 - MARGIN), 2)

    left = width = None
    if interval.low is not None and interval.high is not None:
        left = position(interval.low)
        width = round(position(interval.high) - left, 2)
    # A hair's breadth of slack: the two ends of a lone interval define the scale and are not cut by rounding.
    reach = half * (1 + 1e-9)
    return IntervalPlot(
        estimate=position(interval.estimate or 0),
        left=left,
        width=width,
        exact=None if interval.exact is None else position(interval.exact),
        cut_left=interval.low is not None and middle - interval.low > reach,
        cut_right=interval.high is not None and interval.high - middle > reach,
    )
