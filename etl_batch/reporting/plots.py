"""Where the parts of a drawing stand, in percent of its width (and height): intervals, and curves on log scales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from etl_batch.reporting.formatting import plain_percent, short_number

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


LEFT, RIGHT, TOP, BOTTOM = 17.0, 96.0, 8.0, 84.0
"""Edges of a curve's field; the labels stand to its left and below it."""
_MOST_TICKS = 6

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the field with its label; `at` is in percent of the width or the height."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class CurvePlot:
    """A curve's points from left to right, and one marked point, in percent of the drawing; height from the top."""

    points: tuple[Pair, ...]
    own: Pair
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]

    @property
    def segments(self) -> list[tuple[Pair, Pair]]:
        """The lines between neighbouring points."""
        return list(zip(self.points, self.points[1:], strict=False))


def plot_curves(curves: Sequence[Sequence[Pair]], own: Sequence[Pair]) -> list[CurvePlot]:
    """Curves of positive shares with a marked point each, all on the same two logarithmic scales."""
    everything = [*own, *(point for curve in curves for point in curve)]
    wide, high = _log_range([x for x, _ in everything]), _log_range([y for _, y in everything])

    def place(point: Pair) -> Pair:
        return (_on_scale(point[0], wide, LEFT, RIGHT), _on_scale(point[1], high, BOTTOM, TOP))

    across = tuple(Tick(_on_scale(share, wide, LEFT, RIGHT), plain_percent(share)) for share in log_ticks(*wide))
    up = tuple(Tick(_on_scale(share, high, BOTTOM, TOP), f"±{plain_percent(share)}") for share in log_ticks(*high))
    return [
        CurvePlot(tuple(map(place, sorted(curve))), place(mine), across, up)
        for curve, mine in zip(curves, own, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class ScatterPlot:
    """Dots with a kind each, and the corners of a line or none, in percent of the drawing; height from the top."""

    dots: tuple[tuple[Pair, str], ...]
    line: tuple[Pair, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]

    @property
    def segments(self) -> list[tuple[Pair, Pair]]:
        """The pieces of the line."""
        return list(zip(self.line, self.line[1:], strict=False))


def plot_scatter(dots: Sequence[tuple[Pair, str]], line: Sequence[Pair]) -> ScatterPlot:
    """Positive pairs with a kind each, on two logarithmic scales; a power law is a straight line there."""
    everything = [*(pair for pair, _ in dots), *line]
    wide, high = _log_range([x for x, _ in everything]), _log_range([y for _, y in everything])

    def place(point: Pair) -> Pair:
        return (_on_scale(point[0], wide, LEFT, RIGHT), _on_scale(point[1], high, BOTTOM, TOP))

    return ScatterPlot(
        dots=tuple((place(pair), kind) for pair, kind in dots),
        line=tuple(map(place, line)),
        across=tuple(Tick(_on_scale(value, wide, LEFT, RIGHT), short_number(value)) for value in log_ticks(*wide)),
        up=tuple(Tick(_on_scale(value, high, BOTTOM, TOP), short_number(value)) for value in log_ticks(*high)),
    )


def _log_range(values: Sequence[float]) -> Pair:
    """From the least to the largest value, at least a factor of two wide, and a little room at both ends."""
    low, high = min(values), max(values)
    slack = max((high / low) ** 0.04, math.sqrt(2 * low / high))
    return low / slack, high * slack


def _on_scale(value: float, ends: Pair, start: float, stop: float) -> float:
    share = math.log(value / ends[0]) / math.log(ends[1] / ends[0])
    return round(start + share * (stop - start), 2)


def log_ticks(low: float, high: float) -> list[float]:
    """Round values between two ends of a logarithmic scale: 1, 2, 5 of each power of ten, or fewer on a long scale."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
        if len(ticks) <= _MOST_TICKS:
            return ticks
    return ticks[:: math.ceil(len(ticks) / _MOST_TICKS)]
