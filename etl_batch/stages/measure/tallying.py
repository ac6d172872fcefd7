"""Exact counts and sums of a chunk by stratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl_batch.analytics.numbers import Numbers
from etl_batch.analytics.strata import ALL_ROWS, joined_places, told_apart
from etl_batch.analytics.tally import StratumTally, tally_numbers
from etl_batch.columns.measures import join_values, measure_values, stratum_codes
from etl_batch.stages.encode import TypedRows
from etl_batch.stages.measure.measuring import Measuring


@dataclass(frozen=True, slots=True)
class MeasuredRows:
    """A chunk's rows: of each the code of its stratum, a place among `strata`, and the measures."""

    codes: np.ndarray[Any, Any]
    strata: list[Any]
    measures: dict[str, Numbers]


@dataclass(frozen=True, slots=True)
class Tallied:
    """A chunk's exact sums, its rows, and which of them are among the largest: the sums' `rest` leaves those out."""

    tally: StratumTally
    rows: MeasuredRows
    largest: np.ndarray[Any, Any]


def measure_rows(measuring: Measuring, typed: Sequence[TypedRows]) -> MeasuredRows:
    """The stratum and the measures of all rows of a chunk; no measures where there are no rows."""
    batches = [rows.batch for rows in typed]
    if not batches:
        return MeasuredRows(np.zeros(0, np.int32), [], {})
    if measuring.stratum is None:
        codes, values = np.zeros(sum(batch.num_rows for batch in batches), np.int32), [ALL_ROWS]
    else:
        codes, values = stratum_codes([batch.column(measuring.stratum) for batch in batches])
        codes, values = join_strata(codes, values, told_apart(values, measuring.bounds.named))
    measures = {}
    for name in measuring.measures:
        measures[name] = Numbers.of(*join_values([measure_values(batch.column(name)) for batch in batches]))
    return MeasuredRows(codes, values, measures)


def tally_rows(rows: MeasuredRows, largest: np.ndarray[Any, Any]) -> Tallied:
    """Exact counts and sums by stratum, with marks of the rows that are among the largest."""
    return Tallied(tally_numbers(rows.codes, rows.strata, rows.measures, largest), rows, largest)


def join_strata(
    codes: np.ndarray[Any, Any], values: list[Any], marks: np.ndarray[Any, Any] | None
) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """Codes and values with the strata that are not marked joined to one; as they are when there are no marks."""
    if marks is None:
        return codes, values
    places, left = joined_places(values, marks)
    return places[codes], left
