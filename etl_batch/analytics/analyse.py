"""The estimates of one run: allocate, draw, estimate, and set the exact totals beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import allocate
from etl_batch.analytics.certification import ErrorShape, distrust, error_shape
from etl_batch.analytics.estimators import (
    Moments,
    Total,
    error_variances,
    half_width,
    sample_moments,
    stratified_total,
)
from etl_batch.analytics.largest import HEAVY, largest_rows, rows_taken_whole
from etl_batch.analytics.moments import CentralMoments, Floats, Integers, sums_by_stratum
from etl_batch.analytics.sampling import KEEP_PER_STRATUM, MAX_SAMPLE_ROWS, Bounds, draw, sample_size
from etl_batch.analytics.strata import OTHER, StratumValue, plain_value
from etl_batch.analytics.tally import MAX_STRATA, MeasureTally, StratumTally, real_values
from etl_batch.errors import EtlError
from etl_batch.model import CONFIDENCE, Analytics, MeasureEstimate, StratumEstimate

METHOD = "largest values whole, the rest stratified by sqrt(N) allocation, bottom-k by hash"


def analyse(
    *,
    keys: NDArray[np.uint64],
    codes: NDArray[np.int32],
    values: Sequence[StratumValue],
    measures: Mapping[str, NDArray[Any]],
    tally: StratumTally,
    frac: float,
    seed: int,
    stratum: str | None,
    largest: NDArray[np.bool_] | None = None,
    kept_largest: int = 0,
    bounds: Bounds | None = None,
    cap: int = MAX_SAMPLE_ROWS,
    limit: int = MAX_STRATA,
) -> tuple[Analytics, Drawn]:
    """Estimates from the candidates of the whole input, and which candidates were drawn.

    `keys`, `codes` (places in `values`) and each measure hold one entry a candidate, in input order; a null is masked,
    a decimal is in the tally's unscaled integers. `bounds` are those the candidates were selected with; None says that
    every row is a candidate. `tally` is the whole input's: it gives the population sizes, the exact totals, and the
    moments of all rows but the candidates marked as `largest` (None: of all); those are the `kept_largest` of each
    measure at least.

    A null adds nothing to a total, so it counts as zero; a value that is not finite does too, and its measure is not
    certified. Raises `EtlError` when candidates are missing that the bounds promise.
    """
    tally = tally.ordered(limit)
    rows = tally.rows
    if not rows:
        reason = "There are no rows to estimate from."
        return Analytics("skipped", METHOD, seed, CONFIDENCE, stratum, rows, 0, None, reason=reason), Drawn.none()
    real = {name: real_values(measures[name], exact.scale) for name, exact in tally.measures.items()}
    marked = np.zeros(keys.size, dtype=bool) if largest is None else largest
    places, cuts = _place_candidates(codes, values, tally, bounds or Bounds({}))
    whole, rests = _take_largest(places, real, marked, tally, min(rows_taken_whole(frac, rows), kept_largest))
    split, chosen = _sample_rest(keys, places, whole, tally, cuts, sample_size(frac, rows, cap))
    totals, strata = _estimate_measures(
        split, {name: (array[chosen], array[whole]) for name, array in real.items()}, tally, rests
    )
    drawn = np.sort(np.concatenate([chosen, np.flatnonzero(whole)]))
    result = _result(tally, split, totals, _describe_strata(tally, split, strata), seed, stratum)
    return result, Drawn(drawn, whole[drawn])


def _result(
    tally: StratumTally,
    split: Split,
    totals: dict[str, MeasureEstimate],
    strata: tuple[StratumEstimate, ...],
    seed: int,
    stratum: str | None,
) -> Analytics:
    sample_rows = split.drawn.size + split.whole.size
    return Analytics(
        status="success" if totals else "skipped",
        reason=None if totals else "There is no numeric column to estimate; the strata are counted all the same.",
        method=METHOD,
        seed=seed,
        confidence=CONFIDENCE,
        stratum=stratum,
        population_rows=tally.rows,
        sample_rows=sample_rows,
        sample_frac_effective=sample_rows / tally.rows,
        taken_whole=split.whole.size,
        measures=totals,
        strata=strata,
    )


@dataclass(frozen=True)
class Drawn:
    """The sampled candidates, ascending, and which of them were taken whole, not drawn."""

    rows: NDArray[np.int64]
    whole: NDArray[np.bool_]

    @classmethod
    def none(cls) -> Drawn:
        """Of no rows."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool))


@dataclass(frozen=True)
class Split:
    """The rows of each stratum that are sampled from, how many were drawn, and the strata of the rows in the sample."""

    sizes: Integers
    sampled: Integers
    drawn: NDArray[np.intp]
    whole: NDArray[np.intp]


def _sample_rest(
    keys: NDArray[np.uint64],
    places: NDArray[np.intp],
    whole: NDArray[np.bool_],
    tally: StratumTally,
    cuts: NDArray[np.uint64],
    wanted: int,
) -> tuple[Split, NDArray[np.int64]]:
    """Draw what the rows taken whole leave of the `wanted` ones; how the strata are split, and the rows drawn."""
    sizes = tally.counts - np.bincount(places[whole], minlength=tally.counts.size)
    caps = _complete(keys, places, whole, sizes, cuts)
    sampled = allocate(sizes, wanted - int(whole.sum()), caps=caps)
    others = np.flatnonzero(~whole)
    chosen = others[draw(keys[others], places[others], sampled)]
    return Split(sizes, sampled, places[chosen], places[whole]), chosen


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


def _take_largest(
    places: NDArray[np.intp],
    real: Mapping[str, Floats],
    marked: NDArray[np.bool_],
    tally: StratumTally,
    count: int,
) -> tuple[NDArray[np.bool_], dict[str, CentralMoments]]:
    """Marks the candidates that are taken whole, and gives the moments of all rows but those.

    Whether a measure has heavy tails is judged over all rows, whatever the fraction: the largest rows of a smaller
    sample are then among those of a larger one.
    """
    strata, at = tally.counts.size, np.flatnonzero(marked)
    one = np.zeros(strata, dtype=np.intp)
    heavy = [
        name
        for name, exact in tally.measures.items()
        if (exact.rest + CentralMoments.of(places[at], real[name][at], strata)).moved(one, 1).kurtosis[0] > HEAVY
    ]
    whole = np.zeros(marked.size, dtype=bool)
    if heavy:
        whole[at] = largest_rows([real[name][at] for name in heavy], count // len(heavy))
    back = np.flatnonzero(marked & ~whole)
    rests = {
        name: exact.rest + CentralMoments.of(places[back], real[name][back], strata)
        for name, exact in tally.measures.items()
    }
    return whole, rests


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
    codes: NDArray[np.int32], values: Sequence[StratumValue], tally: StratumTally, bounds: Bounds
) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Each candidate's stratum in `tally`, and the largest key up to which a stratum's candidates are all there.

    A stratum of several values is complete below the lowest bound among them.
    """
    place_of = {value: place for place, value in enumerate(tally.values)}
    other = place_of.get(OTHER, -1)
    by_code = np.array([place_of.get(plain_value(value), other) for value in values], dtype=np.intp)
    used = np.unique(codes)
    places = by_code[codes]
    if (places < 0).any():
        raise EtlError("The sample holds a stratum that was never counted; this is a bug, please report it.")
    cuts = np.full(len(tally.values), np.uint64(2**64 - 1))
    np.minimum.at(cuts, by_code[used], bounds.by_code(values[code] for code in used))
    return places, cuts


def _complete(
    keys: NDArray[np.uint64],
    places: NDArray[np.intp],
    whole: NDArray[np.bool_],
    sizes: Integers,
    cuts: NDArray[np.uint64],
) -> Integers:
    """How many of each stratum's smallest keys are surely all there, the rows taken whole aside.

    Above its bound a stratum holds what the chunks happened to keep; drawing from that would make the sample depend
    on the slicing.
    """
    others = np.flatnonzero(~whole)
    near = others[keys[others] <= cuts[places[others]]]
    assured = np.minimum(sizes, KEEP_PER_STRATUM)
    if (np.bincount(places[others], minlength=sizes.size) < assured).any():
        raise EtlError("A stratum lacks sample candidates that the pass has counted; this is a bug, please report it.")
    return np.maximum(np.bincount(places[near], minlength=sizes.size), assured)


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
    strata = []
    for at, (truth, odd) in enumerate(zip(exact.totals(), exact.not_finite.tolist(), strict=True)):
        reason = _unusable(odd, truth)
        if sampled[at] >= sizes[at]:
            strata.append(_taken_whole(truth, reason))
            continue
        total = _stratum_total(float(estimates[at]), float(errors[at]), float(df[at]), float(halves[at]))
        one = slice(at, at + 1)
        alone = ErrorShape(shape.variance[one], shape.third[one])
        reason = reason or total.reason or distrust(alone, sizes[one], sampled[one])
        strata.append(_beside(total, truth, reason))
    return strata


def _beside(total: Total, truth: int | float | None, reason: str | None) -> MeasureEstimate:
    """The estimate with the exact total beside it."""
    return MeasureEstimate(
        total.estimate, total.std_error, total.df, total.ci_low, total.ci_high, truth, reason is None, reason
    )


def _stratum_total(estimate: float, error: float, df: float, half: float) -> Total:
    if not np.isfinite(estimate):
        return Total(None, None, None, None, None, "The total is past the range of double precision.")
    if not np.isfinite(half):
        return Total(estimate, None, None, None, None, "One sampled row tells nothing of the spread of the others.")
    return Total(estimate, error, df if error else None, estimate - half, estimate + half)


def _taken_whole(truth: int | float | None, reason: str | None) -> MeasureEstimate:
    """All rows are in the sample: the estimate is the exact total, without error."""
    error = None if truth is None else 0.0
    return MeasureEstimate(truth, error, None, truth, truth, truth, reason is None, reason)


def _unusable(not_finite: int, truth: int | float | None) -> str | None:
    """What makes the exact total itself unfit to stand beside the estimate."""
    if not_finite:
        return f"{not_finite} values are NaN or infinite and count as zero; clean them or choose another measure."
    return "The exact total is past the range of double precision." if truth is None else None
