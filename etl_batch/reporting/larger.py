"""What a larger sample buys: each measure's expected interval against the share of the rows that is sampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from etl_batch.model import Analytics, ExpectedError, MeasureEstimate
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import NAME_LENGTH, percent, plain_percent, quantity, shown
from etl_batch.reporting.plots import CurvePlot, plot_curves

SHOWN_CURVES = 4
MOST_POINTS = 30
_LEAST_WIDTH, _MOST_WIDTH = 1e-12, 1e6
_ABOUT = 0.1
"""Of a width: by so much an interval may differ from the usual one without its being said."""
_TIMES, _ENOUGH = 10, 0.21
"""The sentence speaks of the first listed sample that is so many times as large, and of a fifth of the rows at most."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A sample: its share of the rows, its rows, and half the 95 % interval as a share of the total."""

    fraction: float
    rows: int
    width: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One measure's expected widths by rising fraction, and what the run's own sample came to.

    The sentence looks for a sample that is narrower than this one was expected to be: one that missed the large values
    of a skewed measure has an interval that is too narrow, and no larger sample would seem to help.
    """

    measure: str
    """As the data calls it."""
    points: tuple[CurvePoint, ...]
    own: CurvePoint

    @property
    def drawn(self) -> tuple[CurvePoint, ...]:
        """The points that a logarithmic scale has a place for."""
        return tuple(point for point in self.points if point.width > 0)

    @property
    def now(self) -> float:
        """The width to be expected of the run's own sample; what it came to when that is not listed."""
        return next((point.width for point in self.points if point.rows == self.own.rows), self.own.width)

    @property
    def _now(self) -> str:
        """The run's own width, as it stands beside the estimate, and the usual one where that is another."""
        own, usual = percent(self.own.width), percent(self.now)
        if abs(self.own.width - self.now) <= _ABOUT * self.now:
            return wording.OWN_WIDTH.format(own=own)
        return wording.OWN_AND_USUAL.format(own=own, usual=usual)

    @property
    def step(self) -> CurvePoint | None:
        """The sample that the sentence speaks of; None when no listed one is larger and narrower."""
        larger = [p for p in self.points if p.rows > self.own.rows and p.width < self.now]
        usual = [point for point in larger if point.fraction <= _ENOUGH]
        far = [point for point in usual if point.rows >= _TIMES * self.own.rows]
        best = far[:1] or usual[-1:] or larger[:1]
        return best[0] if best else None

    @property
    def sentence(self) -> str:
        """`5 % of the rows (5 000) would narrow the interval of value from about ±1.2 % to ±0.4 %.`"""
        name = shown(self.measure, NAME_LENGTH)
        now = self._now
        if self.step is None:
            return wording.HARDLY_NARROWER.format(name=name, now=now)
        fraction, rows = plain_percent(self.step.fraction), quantity(self.step.rows)
        if self.step.width == 0:
            return wording.NO_CHANCE.format(fraction=fraction, rows=rows, name=name, now=now)
        then = percent(self.step.width)
        return wording.NARROWER.format(fraction=fraction, rows=rows, name=name, now=now, then=then)


def build_curves(analytics: Analytics | None) -> list[Curve]:
    """A curve for each measure with an interval to narrow; none without `expected_errors`, as in older runs.

    A width is a share of the exact total (of the estimate where that is unknown). A fraction is that of the rows really
    drawn: where the minimum of each stratum alone is more than a fraction asks for, several fractions are one sample,
    and count once.
    """
    if analytics is None or analytics.population_rows < 1 or analytics.sample_rows < 1:
        return []
    population, own_rows = analytics.population_rows, analytics.sample_rows
    curves = []
    for name, measure in analytics.measures.items():
        scale = measure.scale
        points = _points(analytics.expected_errors[:MOST_POINTS], name, scale, population) if scale else ()
        own = _own_width(measure, points, scale, own_rows) if points else None
        if own:
            curves.append(Curve(name, points, CurvePoint(own_rows / population, own_rows, own)))
    return curves


def _points(expected: Sequence[ExpectedError], name: str, scale: float, population: int) -> tuple[CurvePoint, ...]:
    found: dict[int, CurvePoint] = {}
    for entry in expected:
        width = _share(entry.half_widths.get(name), scale)
        if entry.sample_rows >= 1 and width is not None:
            found[entry.sample_rows] = CurvePoint(entry.sample_rows / population, entry.sample_rows, width)
    return tuple(found[size] for size in sorted(found))


def _own_width(measure: MeasureEstimate, points: Sequence[CurvePoint], scale: float, own_rows: int) -> float | None:
    """Half the run's own interval as a share of the total, else what was expected of its sample."""
    if measure.half_width is not None:
        return _share(measure.half_width * scale, scale)
    return next((point.width for point in points if point.rows == own_rows), None)


def _share(half: float | None, scale: float) -> float | None:
    """A half width as a share of the total; nought where it is only rounding, None where it says nothing."""
    if half is None or not 0 <= half < _MOST_WIDTH * scale:
        return None
    return half / scale if half > _LEAST_WIDTH * scale else 0.0


@dataclass(frozen=True, slots=True)
class CurveView:
    """One drawn curve: its measure's name, the sentence, the picture, and the picture in words."""

    name: str
    sentence: str
    plot: CurvePlot
    words: str


@dataclass(frozen=True, slots=True)
class LargerSamples:
    """The whole part: the first few measures, and the sentences of the others."""

    curves: tuple[CurveView, ...]
    others: tuple[str, ...]


def build_larger(analytics: Analytics | None, most: int = 12) -> LargerSamples | None:
    """The part of the report; None when there is nothing to draw."""
    curves = [curve for curve in build_curves(analytics) if len(curve.drawn) > 1][:most]
    if not curves:
        return None
    first = curves[:SHOWN_CURVES]
    plots = plot_curves(
        [[(p.fraction, p.width) for p in curve.drawn] for curve in first],
        [(curve.own.fraction, curve.own.width) for curve in first],
    )
    views = [
        CurveView(shown(curve.measure, NAME_LENGTH), curve.sentence, plot, _in_words(curve))
        for curve, plot in zip(first, plots, strict=True)
    ]
    return LargerSamples(tuple(views), tuple(curve.sentence for curve in curves[SHOWN_CURVES:]))


def _in_words(curve: Curve) -> str:
    points = [
        wording.CURVE_POINT.format(fraction=plain_percent(point.fraction), width=percent(point.width))
        for point in curve.points
    ]
    return wording.CURVE_PICTURE.format(points="; ".join(points))
