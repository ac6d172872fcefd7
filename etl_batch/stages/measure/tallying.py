"""Exact counts and sums of a chunk by stratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl_batch.analytics.largest import largest_rows
from etl_batch.analytics.strata import ALL_ROWS, joined_places, told_apart
from etl_batch.analytics.tally import StratumTally, real_values, tally_chunk
from etl_batch.columns.measures import join_values, measure_values, stratum_codes
from etl_batch.stages.encode import TypedRows
from etl_batch.stages.measure.measuring import Measuring


@dataclass(frozen=True, slots=True)
class Tallied:
    """A chunk's exact sums, and of each row its stratum's code, whether it is among the largest, and its measures."""

    tally: StratumTally
    codes: np.ndarray[Any, Any]
    largest: np.ndarray[Any, Any]
    values: dict[str, np.ndarray[Any, Any]]


def tally_rows(measuring: Measuring, typed: Sequence[TypedRows], floors: Sequence[float] | None = None) -> Tallied:
    """Exact counts and sums of the chunk by stratum, and what the choice of candidates needs of each row.

    `floors`: by measure, what a value must lie farther from nought than to be among the largest; see `largest_rows`.
    """
    batches = [batch for batch, _ in typed]
    rows = sum(batch.num_rows for batch in batches)
    if not batches:
        return Tallied(StratumTally(), np.zeros(0, np.int32), np.zeros(0, bool), {})
    if measuring.stratum is None:
        codes, values = np.zeros(rows, np.int32), [ALL_ROWS]
    else:
        codes, values = stratum_codes([batch.column(measuring.stratum) for batch in batches])
        codes, values = join_strata(codes, values, told_apart(values, measuring.bounds.named))
    measures: dict[str, np.ndarray[Any, Any]] = {}
    scales: dict[str, int] = {}
    for name in measuring.measures:
        measures[name], scales[name] = join_values([measure_values(batch.column(name)) for batch in batches])
    real = {name: real_values(array, scales[name]) for name, array in measures.items()}
    largest = largest_rows(list(real.values()), measuring.largest, floors) if real else np.zeros(rows, bool)
    return Tallied(tally_chunk(codes, values, measures, scales, largest, real), codes, largest, real)


def join_strata(
    codes: np.ndarray[Any, Any], values: list[Any], marks: np.ndarray[Any, Any] | None
) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """Codes and values with the strata that are not marked joined to one; as they are when there are no marks."""
    if marks is None:
        return codes, values
    places, left = joined_places(values, marks)
    return places[codes], left
