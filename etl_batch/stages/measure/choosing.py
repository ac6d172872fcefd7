"""What a run measures and how many rows it keeps for its sample: settled before the pass, from the planning rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.analytics.allocation import allocation_weights
from etl_batch.analytics.design import Population, WantedSample, make_design
from etl_batch.analytics.largest import planned_floor, rows_taken_whole
from etl_batch.analytics.moments import CentralMoments, Floats, Integers
from etl_batch.analytics.numbers import real_values
from etl_batch.analytics.sampling import MAX_SAMPLE_ROWS, KeyBounds, candidate_bounds, sample_size
from etl_batch.analytics.strata import ALL_ROWS, MAX_STRATA, StratumValue, as_text, plain_value
from etl_batch.columns import text_forms
from etl_batch.columns.cells import to_cells
from etl_batch.columns.measures import join_values, measure_values, stratum_codes
from etl_batch.config import RunConfig
from etl_batch.model import Allocation, TargetScope
from etl_batch.stages.measure.choice import choose_columns, nearly_unique
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.plan import Plan

_PLAN_SLACK = 2.0
"""By how much a sample that is to reach an error is planned larger: the planning rows only guess at the spread."""


def choose_measuring(plan: Plan, config: RunConfig) -> Measuring:
    """Stratum and measures: the user's, else the layout's, else chosen from the planning sample and said.

    A column that cannot be what it was named for is not measured, and all is one stratum in its place: `unfit` says so.
    """
    choice = choose_columns(plan, config.stratum, config.measures)
    stratum, measures, reasons = choice.stratum, choice.measures, [*choice.missing, *choice.unfit]
    skipped = bool(choice.missing) or (bool(choice.unfit) and not measures)
    if skipped:
        stratum, measures = None, ()
    if stratum is not None and nearly_unique(plan, stratum):
        reasons.append(sentences.estimates.UNIQUE.format(name=stratum))
        stratum = None
    wanted = WantedSample(config.sample_frac, config.allocation, config.target_error, config.target_per)
    planned = _plan_strata(plan, stratum, measures if _needs_spread(wanted) else ())
    rows = planned.sample_rows(wanted)
    whole = rows_taken_whole(rows)
    return Measuring(
        stratum,
        measures,
        planned.bounds(wanted, rows),
        config.seed,
        wanted,
        whole,
        _plan_floors(plan, measures, whole),
        (*choice.notes, *reasons),
        " ".join(reasons) or None,
        " ".join([*choice.missing, *choice.unfit]) or None,
        skipped,
    )


def _plan_floors(plan: Plan, measures: tuple[str, ...], count: int) -> tuple[float, ...]:
    """What the largest rows of each measure lie farther from nought than.

    In a column that grows from row to row each chunk's own are the largest so far: planning rows from behind rule them
    out before they come.
    """
    numbers = [_planning_numbers(plan, name) for name in measures]
    return tuple(0.0 if values is None else planned_floor(values, count) for values in numbers)


def _needs_spread(wanted: WantedSample) -> bool:
    return wanted.target is not None or wanted.rule is Allocation.NEYMAN


@dataclass(frozen=True)
class _Strata:
    """What the planning rows say of the strata: how often each value was seen, and the moments of the measures."""

    frequencies: Mapping[StratumValue, int]
    seen: int
    rows_estimate: int
    moments: Mapping[str, CentralMoments]

    @property
    def sizes(self) -> Integers:
        """Rows of each stratum in the whole input, as far as these tell."""
        each = max(self.rows_estimate / self.seen, 1.0) if self.seen else 1.0
        return np.ceil(np.array(list(self.frequencies.values()), dtype=np.float64) * each).astype(np.int64)

    @property
    def population(self) -> Population:
        """The whole input, as far as these tell."""
        sizes = self.sizes
        return Population(sizes, {name: sizes * m.mean for name, m in self.moments.items()}, self.moments)

    def sample_rows(self, wanted: WantedSample) -> int:
        """Rows to plan for: what is wanted, with slack where the spread decides."""
        if wanted.target is None or not self.frequencies:
            return sample_size(wanted.frac, self.rows_estimate)
        rows = int(make_design(self.population, wanted).rows * _PLAN_SLACK)
        return min(max(rows, 1), MAX_SAMPLE_ROWS, max(self.rows_estimate, 1))

    def bounds(self, wanted: WantedSample, rows: int) -> KeyBounds:
        """Up to which keys each stratum's rows are kept as candidates."""
        weights: Floats | None = None
        if wanted.target is not None and wanted.scope is TargetScope.STRATUM and self.frequencies:
            weights = make_design(self.population, wanted).sampled.astype(np.float64)
        elif wanted.rule is not Allocation.SQRT:
            weights = allocation_weights(wanted.rule, self.sizes, list(self.moments.values()))
        frac = min(rows / self.rows_estimate, 1.0) if self.rows_estimate else 1.0
        return candidate_bounds(frac, self.rows_estimate, self.frequencies, self.seen, weights=weights)


def _plan_strata(plan: Plan, stratum: str | None, measures: tuple[str, ...]) -> _Strata:
    """The planning rows by stratum; of very many values the most frequent."""
    codes, values = _planning_codes(plan, stratum)
    counts = Counter(dict(zip(range(len(values)), np.bincount(codes, minlength=len(values)).tolist(), strict=True)))
    places = sorted(counts, key=lambda place: (-counts[place], as_text(values[place])))[:MAX_STRATA]
    order = np.full(len(values), -1, dtype=np.intp)
    order[places] = np.arange(len(places))
    at = order[codes]
    moments = {}
    for name in measures:
        numbers = _planning_numbers(plan, name)
        if numbers is not None and numbers.size == codes.size:
            moments[name] = CentralMoments.of(at[at >= 0], numbers[at >= 0], len(places))
    frequencies = {plain_value(values[place]): counts[place] for place in places}
    return _Strata(frequencies, codes.size, plan.rows_estimate, moments if len(frequencies) == len(places) else {})


def _planning_codes(plan: Plan, stratum: str | None) -> tuple[np.ndarray[Any, Any], list[Any]]:
    if stratum is None:
        return np.zeros(plan.sample_rows, np.int32), [ALL_ROWS]
    column, arrays = plan.columns[plan.names.index(stratum)], plan.sample[stratum]
    form = text_forms.pick(column.forms)
    if form and column.typed is None:
        arrays = [text_forms.parse(array, form) for array in arrays]
    return stratum_codes(arrays) if arrays else (np.zeros(0, np.int32), [])


def _planning_numbers(plan: Plan, name: str) -> Floats | None:
    """A measure of the planning rows; None when they hold none."""
    arrays = [to_cells(array) if pa.types.is_dictionary(array.type) else array for array in plan.sample[name]]
    return real_values(*join_values([measure_values(array) for array in arrays])) if arrays else None
