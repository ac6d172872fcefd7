"""The estimates of one run: allocate, draw, estimate, and set the exact totals beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import allocate
from etl_batch.analytics.certification import distrust
from etl_batch.analytics.estimators import (
    Floats,
    Integers,
    Moments,
    Total,
    error_variances,
    half_width,
    sample_moments,
    stratified_total,
)
from etl_batch.analytics.sampling import KEEP_PER_STRATUM, MAX_SAMPLE_ROWS, Bounds, draw, sample_size
from etl_batch.analytics.strata import OTHER, StratumValue, plain_value
from etl_batch.analytics.tally import MAX_STRATA, MeasureTally, StratumTally
from etl_batch.errors import EtlError
from etl_batch.model import CONFIDENCE, Analytics, MeasureEstimate, StratumEstimate

METHOD = "stratified sqrt(N) allocation, bottom-k by hash"


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
    bounds: Bounds | None = None,
    cap: int = MAX_SAMPLE_ROWS,
    limit: int = MAX_STRATA,
) -> tuple[Analytics, NDArray[np.int64]]:
    """Estimates from the candidates of the whole input, and which candidates were drawn (ascending).

    `keys`, `codes` (places in `values`) and each measure hold one entry a candidate, in input order; a null is masked,
    a decimal is in the tally's unscaled integers. `bounds` are those the candidates were selected with; None says that
    every row is a candidate. `tally` is the whole input's: it gives the population sizes and the exact totals.

    A null adds nothing to a total, so it counts as zero; a value that is not finite does too, and its measure is not
    certified. Raises `EtlError` when candidates are missing that the bounds promise.
    """
    tally = tally.ordered(limit)
    rows = tally.rows
    if not rows:
        reason = "There are no rows to estimate from."
        return Analytics("skipped", METHOD, seed, CONFIDENCE, stratum, rows, 0, None, reason=reason), _none()
    places, complete = _place_candidates(keys, codes, values, tally, bounds or Bounds({}))
    sampled = allocate(tally.counts, sample_size(frac, rows, cap), caps=complete)
    chosen = draw(keys, places, sampled)
    values_drawn = {name: measures[name][chosen] for name in tally.measures}
    totals, strata = _estimate_measures(places[chosen], values_drawn, tally, sampled)
    result = Analytics(
        status="success" if totals else "skipped",
        reason=None if totals else "There is no numeric column to estimate; the strata are counted all the same.",
        method=METHOD,
        seed=seed,
        confidence=CONFIDENCE,
        stratum=stratum,
        population_rows=rows,
        sample_rows=chosen.size,
        sample_frac_effective=chosen.size / rows,
        measures=totals,
        strata=tuple(
            StratumEstimate(value, size, count, size / count, row)
            for value, size, count, row in zip(
                tally.values, tally.counts.tolist(), sampled.tolist(), strata, strict=True
            )
        ),
    )
    return result, chosen


def _estimate_measures(
    drawn: NDArray[np.intp], measures: Mapping[str, NDArray[Any]], tally: StratumTally, sampled: Integers
) -> tuple[dict[str, MeasureEstimate], list[dict[str, MeasureEstimate]]]:
    """Every measure's total, and every stratum's measures, from the sampled rows' strata and values."""
    strata: list[dict[str, MeasureEstimate]] = [{} for _ in tally.values]
    totals = {}
    for name, exact in tally.measures.items():
        moments = sample_moments(drawn, _as_floats(measures[name], exact.scale), sampled)
        totals[name] = _estimate_total(drawn, tally.counts, sampled, moments, exact)
        for row, estimate in zip(strata, _estimate_strata(drawn, tally.counts, sampled, moments, exact), strict=True):
            row[name] = estimate
    return totals, strata


def _none() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


def _place_candidates(
    keys: NDArray[np.uint64],
    codes: NDArray[np.int32],
    values: Sequence[StratumValue],
    tally: StratumTally,
    bounds: Bounds,
) -> tuple[NDArray[np.intp], Integers]:
    """Each candidate's stratum in `tally`, and how many of each stratum's smallest keys are surely all there.

    Above its bound a stratum holds what the chunks happened to keep; drawing from that would make the sample depend
    on the slicing. A stratum of several values is complete below the lowest bound among them.
    """
    strata = len(tally.values)
    place_of = {value: place for place, value in enumerate(tally.values)}
    other = place_of.get(OTHER, -1)
    by_code = np.array([place_of.get(plain_value(value), other) for value in values], dtype=np.intp)
    used = np.unique(codes)
    places = by_code[codes]
    if (places < 0).any():
        raise EtlError("The sample holds a stratum that was never counted; this is a bug, please report it.")
    cuts = np.full(strata, np.uint64(2**64 - 1))
    np.minimum.at(cuts, by_code[used], bounds.by_code(values[code] for code in used))
    below = np.bincount(places[keys <= cuts[places]], minlength=strata)
    assured = np.minimum(tally.counts, KEEP_PER_STRATUM)
    if (np.bincount(places, minlength=strata) < assured).any():
        raise EtlError("A stratum lacks sample candidates that the pass has counted; this is a bug, please report it.")
    return places, np.maximum(below, assured)


def _as_floats(measure: NDArray[Any], scale: int) -> Floats:
    """A measure's sampled values as doubles; nulls, NaN and infinities as zero."""
    data = np.ma.filled(measure, 0).astype(np.float64)
    data[~np.isfinite(data)] = 0.0
    return data / 10.0**scale if scale else data


def _estimate_total(
    drawn: NDArray[np.intp], sizes: Integers, sampled: Integers, moments: Moments, exact: MeasureTally
) -> MeasureEstimate:
    truth = exact.total()
    reason = _unusable(int(exact.not_finite.sum()), truth)
    if (sampled >= sizes).all():
        return _taken_whole(truth, reason)
    total = stratified_total(sizes, sampled, moments.means, moments.variances)
    return _beside(total, truth, reason or distrust(total, sizes, sampled, moments, drawn))


def _estimate_strata(
    drawn: NDArray[np.intp], sizes: Integers, sampled: Integers, moments: Moments, exact: MeasureTally
) -> list[MeasureEstimate]:
    """Each stratum by itself: the same formulas as the total's, over arrays."""
    errors = np.sqrt(error_variances(sizes, sampled, moments.variances))
    df = np.maximum(sampled - 1.0, 1.0)
    halves = half_width(errors, df)
    with np.errstate(over="ignore", invalid="ignore"):
        estimates = sizes * moments.means
    deviations = np.split(moments.deviations[np.argsort(drawn, kind="stable")], np.cumsum(sampled)[:-1])
    strata = []
    for at, (truth, odd) in enumerate(zip(exact.totals(), exact.not_finite.tolist(), strict=True)):
        reason = _unusable(odd, truth)
        if sampled[at] >= sizes[at]:
            strata.append(_taken_whole(truth, reason))
            continue
        total = _stratum_total(float(estimates[at]), float(errors[at]), float(df[at]), float(halves[at]))
        one, rows = slice(at, at + 1), deviations[at]
        alone = Moments(moments.means[one], moments.variances[one], moments.skewness[one], rows)
        reason = reason or distrust(total, sizes[one], sampled[one], alone, np.zeros(rows.size, dtype=np.intp))
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
