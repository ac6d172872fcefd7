"""From the rows that were drawn to the totals: of each measure in all, of each group of strata, and of each stratum."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.certification import ErrorShape, distrust, distrust_each, error_shape, skewness
from etl_batch.analytics.design import Design
from etl_batch.analytics.estimators import (
    Moments,
    Total,
    error_variances,
    half_width,
    interval,
    sample_moments,
    stratified_total,
)
from etl_batch.analytics.moments import Floats, Integers, sums_by_stratum
from etl_batch.analytics.tally import MeasureTally, StratumTally
from etl_batch.model import MeasureEstimate, Pool, StratumEstimate

_SMALLEST = 1e-100
"""Mean values below it have squares, or products of a few, that are nought as doubles."""
Cure = Callable[[str], str]
"""What would help where a measure's total is not certified, in a sentence."""


class Values(NamedTuple):
    """A measure in the sample: of the rows that were drawn, and of those taken whole."""

    drawn: Floats
    whole: Floats


@dataclass(frozen=True, eq=False)
class Drawn:
    """A design, and the strata of the rows that were drawn by it and of those that it takes whole."""

    design: Design
    drawn: NDArray[np.intp]
    whole: NDArray[np.intp]

    @property
    def groups_drawn(self) -> NDArray[np.intp]:
        """The groups of the rows that were drawn."""
        return self.design.groups.of[self.drawn]


@dataclass(frozen=True)
class Estimates:
    """Every measure's total, every stratum's, and every pool's."""

    totals: dict[str, MeasureEstimate]
    strata: tuple[StratumEstimate, ...]
    pools: tuple[Pool, ...]


def estimate_all(drawn: Drawn, measures: Mapping[str, Values], tally: StratumTally, cure: Cure) -> Estimates:
    """The estimates of all measures from their values in the sample; `tally` is the whole input's."""
    design = drawn.design
    groups = design.groups
    grouped = tally.grouped(groups.of, groups.number) if groups.pooled.any() else tally
    rows: list[dict[str, MeasureEstimate]] = [{} for _ in range(groups.number)]
    totals = {}
    for name, exact in grouped.measures.items():
        known = sums_by_stratum(groups.of[drawn.whole], measures[name].whole, groups.number)
        moments = sample_moments(drawn.groups_drawn, measures[name].drawn, design.sampled)
        shape = error_shape(design.sizes, design.sampled, design.rests[name])
        totals[name] = _estimate_total(design, known, moments, shape, exact, partial(cure, name))
        for row, estimate in zip(rows, _estimate_groups(design, known, moments, shape, exact), strict=True):
            row[name] = estimate
    return Estimates(totals, _describe_strata(drawn, tally, rows), _describe_pools(drawn, rows))


def _describe_strata(
    drawn: Drawn, tally: StratumTally, rows: Sequence[dict[str, MeasureEstimate]]
) -> tuple[StratumEstimate, ...]:
    """Each stratum: with the estimates of its group when it has it for itself, else with its exact totals alone."""
    groups, taken = drawn.design.groups, _counts(drawn.whole, len(tally.values))
    sampled = taken + _counts(drawn.drawn, len(tally.values))
    expansions = _expansions(drawn.design)[groups.of]
    exact = {name: measure.totals() for name, measure in tally.measures.items()} if groups.pooled.any() else {}
    found = []
    columns = (each.tolist() for each in (tally.counts, sampled, expansions, taken, groups.of))
    for place, (value, count, seen, expansion, whole, group) in enumerate(zip(tally.values, *columns, strict=True)):
        pool = group - groups.alone if group >= groups.alone else None
        measures = rows[group] if pool is None else {name: _pooled(exact[name][place]) for name in exact}
        found.append(StratumEstimate(value, count, seen, expansion, measures, whole, pool))
    return tuple(found)


def _describe_pools(drawn: Drawn, rows: Sequence[dict[str, MeasureEstimate]]) -> tuple[Pool, ...]:
    design = drawn.design
    groups = design.groups
    taken = _counts(groups.of[drawn.whole], groups.number)
    columns = (groups.strata, design.sizes + taken, design.sampled + taken, _expansions(design), taken)
    lists = zip(*(each.tolist() for each in columns), rows, strict=True)
    return tuple(
        Pool(strata, count, sampled, expansion, measures, whole)
        for strata, count, sampled, expansion, whole, measures in list(lists)[groups.alone :]
    )


def _counts(places: NDArray[np.intp], number: int) -> Integers:
    return np.bincount(places, minlength=number)


def _expansions(design: Design) -> Floats:
    """What one drawn row of each group stands for."""
    return np.where(design.sampled > 0, design.sizes / np.maximum(design.sampled, 1), 1.0)


def _pooled(exact: int | float | None) -> MeasureEstimate:
    return MeasureEstimate(None, None, None, None, None, exact, certified=False, reason=sentences.estimates.POOLED)


def _estimate_total(
    design: Design, known: Floats, moments: Moments, shape: ErrorShape, exact: MeasureTally, cure: Callable[[], str]
) -> MeasureEstimate:
    truth = exact.total()
    reason = _unusable(int(exact.not_finite.sum()), truth, int(design.sizes.sum()))
    if (design.sampled >= design.sizes).all():
        return _taken_whole(truth, reason)
    skewed = float(skewness(shape.summed()))
    total = stratified_total(design.sizes, design.sampled, moments.means, moments.variances, skewed)
    total = total.plus(float(known.sum()))
    doubt = total.reason or distrust(shape, design.sizes, design.sampled)
    return _beside(total, truth, reason or (f"{doubt} {cure()}" if doubt else None))


def _estimate_groups(
    design: Design, known: Floats, moments: Moments, shape: ErrorShape, exact: MeasureTally
) -> list[MeasureEstimate]:
    """Each group by itself: the same formulas as the total's, over arrays."""
    sizes, sampled = design.sizes, design.sampled
    errors = np.sqrt(error_variances(sizes, sampled, moments.variances))
    df = np.maximum(sampled - 1.0, 1.0)
    below, above = interval(half_width(errors, df), errors, skewness(shape))
    with np.errstate(over="ignore", invalid="ignore"):
        estimates = sizes * moments.means + known
    taken = sampled >= sizes
    columns = [each.tolist() for each in (exact.not_finite, sizes, taken, estimates, errors, df, below, above)]
    doubts = distrust_each(shape, sizes, sampled)
    found = []
    for truth, doubt, odd, rows, is_whole, *numbers in zip(exact.totals(), doubts, *columns, strict=True):
        reason = _unusable(odd, truth, rows)
        if is_whole:
            found.append(_taken_whole(truth, reason))
        else:
            total = _group_total(*numbers)
            found.append(_beside(total, truth, reason or total.reason or doubt))
    return found


def _beside(total: Total, truth: int | float | None, reason: str | None) -> MeasureEstimate:
    """The estimate with the exact total beside it."""
    return MeasureEstimate(
        total.estimate, total.std_error, total.df, total.ci_low, total.ci_high, truth, reason is None, reason
    )


def _group_total(estimate: float, error: float, df: float, below: float, above: float) -> Total:
    if not math.isfinite(estimate):
        return Total(None, None, None, None, None, sentences.estimates.TOTAL_PAST_DOUBLE)
    if not math.isfinite(below + above):
        return Total(estimate, None, None, None, None, sentences.estimates.ONE_ROW)
    return Total(estimate, error, df if error else None, estimate - below, estimate + above)


def _taken_whole(truth: int | float | None, reason: str | None) -> MeasureEstimate:
    """All rows are in the sample: the estimate is the exact total, without error."""
    error = None if truth is None else 0.0
    return MeasureEstimate(truth, error, None, truth, truth, truth, reason is None, reason)


def _unusable(not_finite: int, truth: int | float | None, rows: int) -> str | None:
    """What makes the exact total itself unfit to stand beside the estimate."""
    if not_finite:
        return sentences.estimates.SOME_NOT_FINITE.format(values=not_finite)
    if truth is None:
        return sentences.estimates.EXACT_PAST_DOUBLE
    return sentences.estimates.TOO_SMALL if 0.0 < abs(truth) < _SMALLEST * rows else None
