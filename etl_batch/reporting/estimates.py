"""The report's estimates: totals against their exact values with drawn intervals, and the largest strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from etl_batch.model import CONFIDENCE, UNKNOWN, Analytics, MeasureEstimate, StratumEstimate
from etl_batch.reporting import wording
from etl_batch.reporting.coverage import Coverage, build_coverage
from etl_batch.reporting.formatting import (
    NAME_LENGTH,
    SEPARATOR,
    counted,
    percent,
    quantity,
    rounded,
    shown,
    signed_percent,
)
from etl_batch.reporting.larger import LargerSamples, build_larger
from etl_batch.reporting.parts import Fact, Shortened
from etl_batch.reporting.plots import Interval, IntervalPlot, plot_alone, plot_together
from etl_batch.reporting.shares import SharesView, build_shares_view

SHOWN_MEASURES = 12
SHOWN_STRATA = 20
SHOWN_STRATA_MEASURES = 3
_NO_ESTIMATES = Analytics("", "", 0, CONFIDENCE, None, 0, 0, None)


@dataclass(frozen=True, slots=True)
class MeasureView:
    """One measure's total as a card: estimate, interval, exact total, and whether the interval can be trusted."""

    name: str
    estimate: str
    margin: str | None
    """Half the interval as a share of the exact total, in words; None without interval."""
    interval: str | None
    """From where to where; None without interval."""
    exact: str
    deviation: str
    """How far the estimate is from the exact total, as a share of it."""
    inside: bool | None
    """Whether the interval holds the exact total; None when one of them is unknown."""
    certified: bool
    worth: str | None
    """How many rows of a simple random sample would tell as much; None where that is not known."""
    reason: str | None
    """Why it is not certified; of a certified one, what there is to know."""
    plot: IntervalPlot | None


@dataclass(frozen=True, slots=True)
class StratumRow:
    """One stratum and one measure's estimated total in it."""

    value: str
    placeholder: bool
    """The stratum is a missing value or the empty text, and `value` only describes it."""
    rows: str
    sampled: str
    expansion: str
    measure: MeasureView
    plot: IntervalPlot | None
    pooled: bool
    """It was sampled together with others, and has no interval of its own."""


@dataclass(frozen=True, slots=True)
class StrataTable:
    """The largest strata with one measure, drawn on one scale."""

    measure: str
    sentence: str
    """What the drawings show, and how many of the intervals hold the exact total."""
    rows: Shortened[StratumRow]


@dataclass(frozen=True, slots=True)
class Estimates:
    """The whole section; `skipped` is the sentence that says why there are no estimates."""

    skipped: str | None
    confidence: str
    stratum: str
    facts: tuple[Fact, ...]
    sentence: str
    measures: Shortened[MeasureView]
    strata: tuple[StrataTable, ...]
    other_measures: str | None
    """How many measures have no strata table in the report."""
    shares: SharesView | None
    larger: LargerSamples | None
    coverage: Coverage | None


def build_estimates(analytics: Analytics | None) -> Estimates:
    """The section; None for a run that came to no estimates."""
    analytics = analytics or _NO_ESTIMATES
    measures = analytics.measures
    # Without a stratum column there is one stratum, all rows, which the cards show already.
    strata = sorted(analytics.strata, key=lambda stratum: -stratum.rows) if analytics.stratum is not None else []
    views = [_measure(name, value, _worth(analytics, name)) for name, value in list(measures.items())[:SHOWN_MEASURES]]
    tables = [_strata_table(name, strata) for name in list(measures)[:SHOWN_STRATA_MEASURES] if strata]
    return Estimates(
        skipped=_skipped(analytics),
        confidence=percent(analytics.confidence).replace(f".0{SEPARATOR}", SEPARATOR),
        stratum=shown(analytics.stratum),
        facts=_facts(analytics, len(strata)),
        sentence=_coverage(views, wording.TOTALS_INSIDE),
        measures=Shortened.of(views, SHOWN_MEASURES, len(measures)),
        strata=tuple(tables),
        other_measures=quantity(len(measures) - len(tables)) if strata and len(measures) > len(tables) else None,
        shares=build_shares_view(analytics),
        larger=build_larger(analytics, SHOWN_MEASURES),
        coverage=build_coverage(analytics.sample_frac_effective) if measures else None,
    )


def _skipped(analytics: Analytics) -> str | None:
    if analytics.status == "success":
        return None
    return shown(analytics.reason or wording.NO_ESTIMATES, 400)


def _facts(analytics: Analytics, strata: int) -> tuple[Fact, ...]:
    return (
        Fact(wording.METHOD, shown(analytics.method)),
        Fact(wording.STRATUM_COLUMN, shown(analytics.stratum or wording.NO_STRATUM_COLUMN)),
        Fact(wording.STRATA_NUMBER, quantity(strata)),
        Fact(wording.ROWS_IN_ALL, quantity(analytics.population_rows)),
        Fact(wording.ROWS_SAMPLED, quantity(analytics.sample_rows)),
        Fact(wording.TAKEN_WHOLE, quantity(analytics.taken_whole)),
        Fact(wording.SAMPLED_SHARE, percent(analytics.sample_frac_effective)),
        Fact(wording.POOLED_STRATA, quantity(sum(stratum.pool is not None for stratum in analytics.strata))),
        Fact(wording.SEED, shown(analytics.seed)),
    )


def _coverage(views: Sequence[MeasureView], words: Mapping[str, str]) -> str:
    """How many of the intervals that are shown hold the exact total, in words."""
    known = [view.inside for view in views if view.inside is not None]
    if not known:
        return ""
    if all(known):
        return words["every"].format(number=quantity(len(known))) if len(known) > 1 else words["one"]
    return words["some"].format(held=quantity(sum(known)), intervals=counted(len(known), "interval"))


def _interval(measure: MeasureEstimate) -> Interval:
    return Interval(measure.estimate, measure.ci_low, measure.ci_high, measure.exact)


def _worth(analytics: Analytics, name: str) -> str | None:
    """How many rows of a simple random sample would tell as much; None where no number of them would, or all do."""
    effect = analytics.design_effects.get(name)
    if not effect:
        return None
    # The finite population's correction: n' with N (N - n') / n' equal to the effect times N (N - n) / n.
    rows, sampled = analytics.population_rows, analytics.sample_rows
    return counted(round(rows / (1 + effect * (rows - sampled) / sampled)), "row")


def _measure(name: str, measure: MeasureEstimate, worth: str | None = None) -> MeasureView:
    estimate, low, high, exact = measure.estimate, measure.ci_low, measure.ci_high, measure.exact
    margin = measure.half_width
    deviation = None if estimate is None or not exact else (estimate - exact) / abs(exact)
    reason = measure.reason or (None if measure.certified else wording.NO_REASON)
    return MeasureView(
        name=shown(name, NAME_LENGTH),
        estimate=rounded(estimate),
        margin=None
        if margin is None
        else (wording.MARGIN if exact else wording.MARGIN_OF_ITSELF).format(margin=percent(margin)),
        interval=None if low is None or high is None else wording.INTERVAL.format(low=rounded(low), high=rounded(high)),
        exact=quantity(exact),
        deviation=wording.NO_DEVIATION if estimate is not None and estimate == exact else signed_percent(deviation),
        inside=None if low is None or high is None or exact is None else _holds(low, exact, high),
        certified=measure.certified,
        worth=worth,
        reason=shown(reason, 240) if reason else None,
        plot=plot_alone(_interval(measure)),
    )


def _holds(low: float, exact: float, high: float) -> bool:
    # Sums of floats in another order differ in their last digits; that is no miss.
    slack = 1e-12 * abs(exact)
    return low - slack <= exact <= high + slack


def _strata_table(name: str, strata: Sequence[StratumEstimate]) -> StrataTable:
    largest = strata[:SHOWN_STRATA]
    measures = [stratum.measures.get(name, UNKNOWN) for stratum in largest]
    plots, span = plot_together([_interval(measure) for measure in measures])
    table = [
        _stratum_row(stratum, _measure(name, measure), plot)
        for stratum, measure, plot in zip(largest, measures, plots, strict=True)
    ]
    inside = _coverage([row.measure for row in table], wording.STRATA_INSIDE)
    sentence = wording.DRAWN_SPAN.format(span=percent(span), inside=inside) if inside else wording.NONE_DRAWN
    return StrataTable(shown(name, NAME_LENGTH), sentence, Shortened.of(table, SHOWN_STRATA, len(strata)))


def _stratum_row(stratum: StratumEstimate, measure: MeasureView, plot: IntervalPlot | None) -> StratumRow:
    value = stratum.value
    label = shown(value, NAME_LENGTH)
    if value is None:
        label = wording.MISSING_VALUE
    elif value == "":
        label = wording.EMPTY_VALUE
    return StratumRow(
        value=label,
        placeholder=value is None or value == "",
        rows=quantity(stratum.rows),
        sampled=quantity(stratum.sampled),
        expansion=quantity(stratum.expansion),
        measure=measure,
        plot=plot,
        pooled=stratum.pool is not None,
    )
