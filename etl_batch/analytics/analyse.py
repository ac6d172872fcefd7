"""The estimates of one run: allocate, draw, estimate, and set the exact totals beside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.design import Caps, Design, Population, WantedSample, make_design
from etl_batch.analytics.estimating import Drawn, Estimates, Values, estimate_all
from etl_batch.analytics.foretelling import ALL_ROWS, Foretelling
from etl_batch.analytics.moments import Floats, Integers
from etl_batch.analytics.numbers import real_values
from etl_batch.analytics.pooling import Groups
from etl_batch.analytics.sampling import KEEP_PER_STRATUM, MAX_SAMPLE_ROWS, KeyBounds, draw
from etl_batch.analytics.strata import MAX_STRATA, OTHER, StratumValue, plain_value
from etl_batch.analytics.tally import StratumTally
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
METHOD = "largest values whole, the rest stratified by {rule} allocation{mixed}{pooled}, bottom-k by hash"
MIXED = ", {mix:.0%} of the way to proportional"
POOLED = ", small strata pooled"
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
    foretell: bool = True,
) -> tuple[Analytics, DrawnRows]:
    """Estimates from the candidates of the whole input, and which candidates were drawn.

    `keys`, `codes` (places in `values`) and each measure hold one entry a candidate, in input order; a null is masked,
    a decimal is in the tally's unscaled integers. `bounds` are those the candidates were selected with; None says that
    every row is a candidate. `tally` is the whole input's: it gives the population sizes, the exact totals, and the
    moments of all rows but the candidates marked as `largest` (None: of all); those are the `kept_largest` of each
    measure at least. `limit` is the most strata that are told apart. `foretell`: say what other
    samples would tell as well, which takes longer than all the rest.

    A null adds nothing to a total, so it counts as zero; a value that is not finite does too, and its measure is not
    certified. Raises `EtlError` when candidates are missing that the bounds promise.
    """
    tally = tally.ordered(limit)
    method, rows = METHOD.format(rule=_RULES[wanted.rule], mixed="", pooled=""), tally.rows
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
    chosen = _draw_rest(keys, places, whole, design)
    foretelling = Foretelling(population, wanted.rule, cap)
    estimates = estimate_all(
        Drawn(design, places[chosen], places[whole]),
        {name: Values(array[chosen], array[whole]) for name, array in real.items()},
        tally,
        lambda name: _cure(foretelling.enough(name, design), cap) if foretell else "",
    )
    drawn = np.sort(np.concatenate([chosen, np.flatnonzero(whole)]))
    foretold = tuple(ExpectedError(*each) for each in foretelling.expected_errors(design)) if foretell else ()
    found = replace(_describe(nothing, population, wanted, design, estimates), expected_errors=foretold)
    return found, DrawnRows(drawn, whole[drawn])


def _cure(enough: float | None, cap: int) -> str:
    """Which fraction would do."""
    if enough is None:
        return sentences.estimates.NO_SAMPLE_DOES.format(most=cap)
    words = sentences.estimates.ALL_WOULD_DO if enough == ALL_ROWS else sentences.estimates.WOULD_DO
    return words.format(fraction=enough)


def _describe(
    nothing: Analytics, population: Population, wanted: WantedSample, design: Design, estimates: Estimates
) -> Analytics:
    """What was found, in the place of nothing."""
    totals = estimates.totals
    effects = dict(zip(design.names, design.effects(population).tolist(), strict=True))
    return replace(
        nothing,
        status="success" if totals else "skipped",
        method=METHOD.format(
            rule=_RULES[wanted.rule],
            mixed=MIXED.format(mix=design.mix) if design.mix else "",
            pooled=POOLED if estimates.pools else "",
        ),
        reason=None if totals else sentences.estimates.NO_MEASURE,
        sample_rows=design.rows,
        sample_frac_effective=design.rows / population.rows,
        taken_whole=int(design.whole.sum()),
        measures=totals,
        strata=estimates.strata,
        pools=estimates.pools,
        allocation=wanted.rule,
        mix=design.mix,
        design_effects={name: effect for name, effect in effects.items() if math.isfinite(effect)},
        heavy=population.heavy if design.whole.any() else (),
        target_error=_describe_target(wanted, totals, estimates.strata),
    )


def _population(tally: StratumTally, marked: NDArray[np.intp], largest: Mapping[str, Floats], kept: int) -> Population:
    """What the tally and the marked candidates tell of all rows."""
    totals = {name: np.array(exact.totals(), dtype=np.float64) for name, exact in tally.measures.items()}
    rests = {name: exact.rest for name, exact in tally.measures.items()}
    return Population(tally.counts, totals, rests, marked, largest, kept)


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
    if measure.ci_high is None or measure.ci_low is None or measure.estimate is None:
        return True
    reach = max(measure.ci_high - measure.estimate, measure.estimate - measure.ci_low)
    return reach > target * abs(measure.exact)


@dataclass(frozen=True)
class DrawnRows:
    """The sampled candidates, ascending, and which of them were taken whole, not drawn."""

    rows: NDArray[np.int64]
    whole: NDArray[np.bool_]

    @classmethod
    def none(cls) -> DrawnRows:
        """Of no rows."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool))


def _draw_rest(
    keys: NDArray[np.uint64], places: NDArray[np.intp], whole: NDArray[np.bool_], design: Design
) -> NDArray[np.int64]:
    """Draw what is not taken whole."""
    others = np.flatnonzero(~whole)
    groups = design.groups.of[places[others]]
    assured = np.minimum(design.sizes, KEEP_PER_STRATUM)
    if (np.bincount(groups, minlength=assured.size) < assured).any():
        raise EtlError(sentences.estimates.CANDIDATES_LACK)
    return others[draw(keys[others], groups, design.sampled)]


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
    """How many of each group's smallest keys are surely all there, the rows taken whole aside.

    Above its bound a stratum holds what the chunks happened to keep; drawing from that would make the sample depend
    on the slicing. A group is complete below the lowest bound of its strata.
    """

    def caps(whole: NDArray[np.bool_], groups: Groups, sizes: Integers) -> Integers:
        strata = groups.of[places]
        near = keys <= groups.least(cuts)[strata]
        near[marked[whole]] = False
        free: Integers = np.bincount(strata[near], minlength=sizes.size)
        return np.maximum(free, np.minimum(sizes, KEEP_PER_STRATUM))

    return caps
