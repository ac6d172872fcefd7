"""The estimates of one run: allocate, draw, estimate, and set the exact totals beside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.certification import ErrorShape, distrust, distrust_each, error_shape
from etl_batch.analytics.design import Caps, Design, Population, WantedSample, expected_errors, make_design
from etl_batch.analytics.estimators import (
    Moments,
    Total,
    error_variances,
    half_width,
    sample_moments,
    stratified_total,
)
from etl_batch.analytics.moments import CentralMoments, Floats, Integers, sums_by_stratum
from etl_batch.analytics.numbers import real_values
from etl_batch.analytics.sampling import KEEP_PER_STRATUM, MAX_SAMPLE_ROWS, KeyBounds, draw
from etl_batch.analytics.strata import MAX_STRATA, OTHER, StratumValue, plain_value
from etl_batch.analytics.tally import MeasureTally, StratumTally
from etl_batch.errors import EtlError
from etl_batch.model import (
    CONFIDENCE,
    Allocation,
    Analytics,
    ExpectedError,
    MeasureEstimate,
    StratumEstimate,
    TargetError,
    TargetScope,
)

_RULES = {Allocation.SQRT: "sqrt(N)", Allocation.NEYMAN: "Neyman", Allocation.PROPORTIONAL: "proportional"}
METHOD = "largest values whole, the rest stratified by {rule} allocation, bottom-k by hash"
_MOST_MISSED = 20


def analyse(
    *,
    keys: NDArray[np.uint64],
    codes: NDArray[np.int32],
    values: Sequence[StratumValue],
    measures: Mapping[str, NDArray[Any]],
    tally: StratumTally,
    wanted: WantedSample,
    seed: int,
    stratum: str | None,
    largest: NDArray[np.bool_] | None = None,
    kept_largest: int = 0,
    bounds: KeyBounds | None = None,
    cap: int = MAX_SAMPLE_ROWS,
    limit: int = MAX_STRATA,
) -> tuple[Analytics, DrawnRows]:
    """Estimates from the candidates of the whole input, and which candidates were drawn.

    `keys`, `codes` (places in `values`) and each measure hold one entry a candidate, in input order; a null is masked,
    a decimal is in the tally's unscaled integers. `bounds` are those the candidates were selected with; None says that
    every row is a candidate. `tally` is the whole input's: it gives the population sizes, the exact totals, and the
    moments of all rows but the candidates marked as `largest` (None: of all); those are the `kept_largest` of each
    measure at least. `limit` is the most strata that are told apart.

    A null adds nothing to a total, so it counts as zero; a value that is not finite does too, and its measure is not
    certified. Raises `EtlError` when candidates are missing that the bounds promise.
    """
    tally = tally.ordered(limit)
    method, rows = METHOD.format(rule=_RULES[wanted.rule]), tally.rows
    nothing = Analytics("skipped", method, seed, CONFIDENCE, stratum, rows, 0, None, reason=sentences.estimates.NO_ROWS)
    if not rows:
        return nothing, DrawnRows.none()
    real = {name: real_values(measures[name], exact.scale) for name, exact in tally.measures.items()}
    marked = np.flatnonzero(np.zeros(keys.size, dtype=bool) if largest is None else largest)
    places, cuts = _place_candidates(codes, values, tally, bounds or KeyBounds({}))
    population = _population(tally, places[marked], {name: array[marked] for name, array in real.items()}, kept_largest)
    design = make_design(population, wanted, _caps(keys, places, marked, cuts), cap)
    whole = np.zeros(keys.size, dtype=bool)
    whole[marked[design.whole]] = True
    split, chosen = _draw_rest(keys, places, whole, design)
    totals, strata = _estimate_measures(
        split, {name: (array[chosen], array[whole]) for name, array in real.items()}, tally, design.rests
    )
    drawn = np.sort(np.concatenate([chosen, np.flatnonzero(whole)]))
    found = _describe(nothing, population, wanted, design, totals, _describe_strata(tally, split, strata))
    foretold = expected_errors(population, wanted.rule, design, cap)
    return replace(found, expected_errors=tuple(ExpectedError(*each) for each in foretold)), DrawnRows(
        drawn, whole[drawn]
    )


def _describe(
    nothing: Analytics,
    population: Population,
    wanted: WantedSample,
    design: Design,
    totals: dict[str, MeasureEstimate],
    strata: tuple[StratumEstimate, ...],
) -> Analytics:
    """What was found, in the place of nothing."""
    return replace(
        nothing,
        status="success" if totals else "skipped",
        reason=None if totals else sentences.estimates.NO_MEASURE,
        sample_rows=design.rows,
        sample_frac_effective=design.rows / population.rows,
        taken_whole=int(design.whole.sum()),
        measures=totals,
        strata=strata,
        allocation=wanted.rule,
        heavy=population.heavy if design.whole.any() else (),
        target_error=_describe_target(wanted, totals, strata),
    )


def _population(tally: StratumTally, marked: NDArray[np.intp], largest: Mapping[str, Floats], kept: int) -> Population:
    """What the tally and the marked candidates tell of all rows."""
    totals = {name: np.array(exact.totals(), dtype=np.float64) for name, exact in tally.measures.items()}
    rests = {name: exact.rest for name, exact in tally.measures.items()}
    joined = tally.values.index(OTHER) if OTHER in tally.values else None
    return Population(tally.counts, totals, rests, marked, largest, kept, joined)


def _describe_target(
    wanted: WantedSample, totals: Mapping[str, MeasureEstimate], strata: Sequence[StratumEstimate]
) -> TargetError | None:
    """What became of the error that was wanted."""
    if wanted.target is None:
        return None
    missed = [name for name, measure in totals.items() if _is_wider(measure, wanted.target)]
    if wanted.scope is TargetScope.STRATUM:
        missed += [
            f"{name} of {stratum.value}"
            for stratum in strata
            for name, measure in stratum.measures.items()
            if _is_wider(measure, wanted.target)
        ]
    return TargetError(wanted.target, wanted.scope, not missed, tuple(missed[:_MOST_MISSED]))


def _is_wider(measure: MeasureEstimate, target: float) -> bool:
    """Whether an interval is wider than wanted; beside a total of nought no width is too wide."""
    if not measure.exact:
        return False
    if measure.ci_high is None or measure.estimate is None:
        return True
    return measure.ci_high - measure.estimate > target * abs(measure.exact)


@dataclass(frozen=True)
class DrawnRows:
    """The sampled candidates, ascending, and which of them were taken whole, not drawn."""

    rows: NDArray[np.int64]
    whole: NDArray[np.bool_]

    @classmethod
    def none(cls) -> DrawnRows:
        """Of no rows."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool))


@dataclass(frozen=True)
class Split:
    """The rows of each stratum that are sampled from, how many were drawn, and the strata of the rows in the sample."""

    sizes: Integers
    sampled: Integers
    drawn: NDArray[np.intp]
    whole: NDArray[np.intp]


def _draw_rest(
    keys: NDArray[np.uint64], places: NDArray[np.intp], whole: NDArray[np.bool_], design: Design
) -> tuple[Split, NDArray[np.int64]]:
    """Draw what is not taken whole; how the strata are split, and the rows drawn."""
    others = np.flatnonzero(~whole)
    assured = np.minimum(design.sizes, KEEP_PER_STRATUM)
    if (np.bincount(places[others], minlength=assured.size) < assured).any():
        raise EtlError(sentences.estimates.CANDIDATES_LACK)
    chosen = others[draw(keys[others], places[others], design.sampled)]
    return Split(design.sizes, design.sampled, places[chosen], places[whole]), chosen


def _describe_strata(
    tally: StratumTally, split: Split, measures: Sequence[dict[str, MeasureEstimate]]
) -> tuple[StratumEstimate, ...]:
    taken = tally.counts - split.sizes
    expansions = np.where(split.sampled > 0, split.sizes / np.maximum(split.sampled, 1), 1.0)
    columns = [column.tolist() for column in (tally.counts, split.sampled + taken, expansions, taken)]
    return tuple(
        StratumEstimate(value, rows, count, expansion, row, certain)
        for value, rows, count, expansion, certain, row in zip(tally.values, *columns, measures, strict=True)
    )


def _estimate_measures(
    split: Split,
    measures: Mapping[str, tuple[Floats, Floats]],
    tally: StratumTally,
    rests: Mapping[str, CentralMoments],
) -> tuple[dict[str, MeasureEstimate], list[dict[str, MeasureEstimate]]]:
    """Every measure's total, and every stratum's measures, from the values of the rows drawn and taken whole."""
    strata: list[dict[str, MeasureEstimate]] = [{} for _ in tally.values]
    totals = {}
    for name, exact in tally.measures.items():
        drawn, whole = measures[name]
        known = sums_by_stratum(split.whole, whole, split.sizes.size)
        moments = sample_moments(split.drawn, drawn, split.sampled)
        shape = error_shape(split.sizes, split.sampled, rests[name])
        totals[name] = _estimate_total(split, known, moments, shape, exact)
        for row, estimate in zip(strata, _estimate_strata(split, known, moments, shape, exact), strict=True):
            row[name] = estimate
    return totals, strata


def _place_candidates(
    codes: NDArray[np.int32], values: Sequence[StratumValue], tally: StratumTally, bounds: KeyBounds
) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Each candidate's stratum in `tally`, and the largest key up to which a stratum's candidates are all there.

    A stratum of several values is complete below the lowest bound among them.
    """
    place_of = {value: place for place, value in enumerate(tally.values)}
    other = place_of.get(OTHER, -1)
    by_code = np.array([place_of.get(plain_value(value), other) for value in values], dtype=np.intp)
    used = np.flatnonzero(np.bincount(codes, minlength=len(values)))
    places = by_code[codes]
    if (places < 0).any():
        raise EtlError(sentences.estimates.STRATUM_NOT_COUNTED)
    cuts = np.full(len(tally.values), np.uint64(2**64 - 1))
    np.minimum.at(cuts, by_code[used], bounds.by_code([values[code] for code in used.tolist()]))
    return places, cuts


def _caps(
    keys: NDArray[np.uint64], places: NDArray[np.intp], marked: NDArray[np.intp], cuts: NDArray[np.uint64]
) -> Caps:
    """How many of each stratum's smallest keys are surely all there, the rows taken whole aside.

    Above its bound a stratum holds what the chunks happened to keep; drawing from that would make the sample depend
    on the slicing.
    """
    near = keys <= cuts[places]
    near_marked, strata = near[marked], places[marked]
    near[marked] = False
    always = np.bincount(places[near], minlength=cuts.size)

    def caps(whole: NDArray[np.bool_], sizes: Integers) -> Integers:
        back = np.bincount(strata[near_marked & ~whole], minlength=cuts.size)
        free: Integers = np.maximum(always + back, np.minimum(sizes, KEEP_PER_STRATUM))
        return free

    return caps


def _estimate_total(
    split: Split, known: Floats, moments: Moments, shape: ErrorShape, exact: MeasureTally
) -> MeasureEstimate:
    truth = exact.total()
    reason = _unusable(int(exact.not_finite.sum()), truth)
    if (split.sampled >= split.sizes).all():
        return _taken_whole(truth, reason)
    total = stratified_total(split.sizes, split.sampled, moments.means, moments.variances).plus(float(known.sum()))
    return _beside(total, truth, reason or total.reason or distrust(shape, split.sizes, split.sampled))


def _estimate_strata(
    split: Split, known: Floats, moments: Moments, shape: ErrorShape, exact: MeasureTally
) -> list[MeasureEstimate]:
    """Each stratum by itself: the same formulas as the total's, over arrays."""
    sizes, sampled = split.sizes, split.sampled
    errors = np.sqrt(error_variances(sizes, sampled, moments.variances))
    df = np.maximum(sampled - 1.0, 1.0)
    halves = half_width(errors, df)
    with np.errstate(over="ignore", invalid="ignore"):
        estimates = sizes * moments.means + known
    columns = [column.tolist() for column in (exact.not_finite, sampled >= sizes, estimates, errors, df, halves)]
    doubts = distrust_each(shape, sizes, sampled)
    strata = []
    for truth, doubt, odd, is_whole, *numbers in zip(exact.totals(), doubts, *columns, strict=True):
        reason = _unusable(odd, truth)
        if is_whole:
            strata.append(_taken_whole(truth, reason))
        else:
            total = _stratum_total(*numbers)
            strata.append(_beside(total, truth, reason or total.reason or doubt))
    return strata


def _beside(total: Total, truth: int | float | None, reason: str | None) -> MeasureEstimate:
    """The estimate with the exact total beside it."""
    return MeasureEstimate(
        total.estimate, total.std_error, total.df, total.ci_low, total.ci_high, truth, reason is None, reason
    )


def _stratum_total(estimate: float, error: float, df: float, half: float) -> Total:
    if not math.isfinite(estimate):
        return Total(None, None, None, None, None, sentences.estimates.TOTAL_PAST_DOUBLE)
    if not math.isfinite(half):
        return Total(estimate, None, None, None, None, sentences.estimates.ONE_ROW)
    return Total(estimate, error, df if error else None, estimate - half, estimate + half)


def _taken_whole(truth: int | float | None, reason: str | None) -> MeasureEstimate:
    """All rows are in the sample: the estimate is the exact total, without error."""
    error = None if truth is None else 0.0
    return MeasureEstimate(truth, error, None, truth, truth, truth, reason is None, reason)


def _unusable(not_finite: int, truth: int | float | None) -> str | None:
    """What makes the exact total itself unfit to stand beside the estimate."""
    if not_finite:
        return sentences.estimates.SOME_NOT_FINITE.format(values=not_finite)
    return sentences.estimates.EXACT_PAST_DOUBLE if truth is None else None
