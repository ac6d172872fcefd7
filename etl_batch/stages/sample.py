"""The stage that measures: exact sums of a chunk by stratum, and the rows of it that the sample may draw."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch.analytics.design import Wanted
from etl_batch.analytics.largest import largest_rows
from etl_batch.analytics.sampling import Bounds, sample_keys, select_candidates
from etl_batch.analytics.strata import ALL_ROWS, OTHER, as_text, joined_places, told_apart
from etl_batch.analytics.tally import StratumTally, add_to_rest, real_values, tally_chunk
from etl_batch.columns.measures import join_values, measure_values, stratum_codes
from etl_batch.sinks import parquet_file as columnar
from etl_batch.stages.encode import Encoded


@dataclass(frozen=True, slots=True)
class Measuring:
    """What the pass is to measure and sample on the way; `notes` say in words how it was chosen."""

    stratum: str | None
    measures: tuple[str, ...]
    bounds: Bounds
    seed: int
    wanted: Wanted
    largest: int = 0
    """Rows of each measure, those with its largest values, that may be taken whole."""
    notes: tuple[str, ...] = ()
    reason: str | None = None
    """Why the estimates are others than were asked for, or with `skipped` none at all."""
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of one chunk that may be sampled: keys, and their columns as the chunk encoded them."""

    keys: np.ndarray[Any, Any]
    rows: pa.Table
    forms: tuple[int, ...]
    from_text: tuple[bool, ...]
    largest: np.ndarray[Any, Any]
    """Marks the rows that the tally's `rest` leaves out."""
    values: dict[str, np.ndarray[Any, Any]]
    """The measures in real units."""

    def taken(self, rows: np.ndarray[Any, Any], largest: np.ndarray[Any, Any]) -> Candidates:
        """Some of the rows, with marks of their own."""
        values = {name: array[rows] for name, array in self.values.items()}
        return Candidates(self.keys[rows], self.rows.take(pa.array(rows)), self.forms, self.from_text, largest, values)


@dataclass(frozen=True, slots=True)
class Tallied:
    """A chunk's exact sums, and of each row its stratum's code, whether it is among the largest, and its measures."""

    tally: StratumTally
    codes: np.ndarray[Any, Any]
    largest: np.ndarray[Any, Any]
    values: dict[str, np.ndarray[Any, Any]]


def tally_rows(measuring: Measuring, encoded: Encoded) -> Tallied:
    """Exact counts and sums of the chunk by stratum, and what the choice of candidates needs of each row."""
    batches = [batch for batch, _ in encoded.batches]
    if not batches:
        return Tallied(StratumTally(), np.zeros(0, np.int32), np.zeros(0, bool), {})
    if measuring.stratum is None:
        codes, values = np.zeros(encoded.rows, np.int32), [ALL_ROWS]
    else:
        codes, values = stratum_codes([batch.column(measuring.stratum) for batch in batches])
        codes, values = _joined(codes, values, told_apart(values, measuring.bounds.named))
    measures: dict[str, np.ndarray[Any, Any]] = {}
    scales: dict[str, int] = {}
    for name in measuring.measures:
        measures[name], scales[name] = join_values([measure_values(batch.column(name)) for batch in batches])
    real = {name: real_values(array, scales[name]) for name, array in measures.items()}
    largest = largest_rows(list(real.values()), measuring.largest) if real else np.zeros(encoded.rows, bool)
    codes = codes.astype(np.intp, copy=False)
    return Tallied(tally_chunk(codes, values, measures, scales, largest, real), codes, largest, real)


def _joined(
    codes: np.ndarray[Any, Any], values: list[Any], marks: np.ndarray[Any, Any] | None
) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """Codes and values with the strata that are not marked joined to one; as they are when there are no marks."""
    if marks is None:
        return codes, values
    places, left = joined_places(values, marks)
    return places[codes], left


def collect_candidates(
    measuring: Measuring, source: int, encoded: Encoded, tallied: Tallied, first_row: int, from_text: tuple[bool, ...]
) -> tuple[Candidates, ...]:
    """The rows of the chunk that the sample may draw, one set for each way its columns were encoded."""
    if not encoded.rows:
        return ()
    keys = sample_keys(measuring.seed, source, first_row, encoded.rows)
    bounds = measuring.bounds.by_code(tallied.tally.values)
    rows = _candidate_rows(keys, tallied.codes, tallied.largest, bounds)
    out, begin = [], 0
    for batch, forms in encoded.batches:
        end = begin + batch.num_rows
        here = rows[np.searchsorted(rows, begin) : np.searchsorted(rows, end)]
        taken = pa.Table.from_batches([batch.take(pa.array(here - begin))])
        values = {name: array[here] for name, array in tallied.values.items()}
        out.append(Candidates(keys[here], columnar.decoded(taken), forms, from_text, tallied.largest[here], values))
        begin = end
    return _merged(out)


def _candidate_rows(
    keys: np.ndarray[Any, Any], codes: np.ndarray[Any, Any], largest: np.ndarray[Any, Any], bounds: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """The largest rows, and of the others those that the draw may need; ascending."""
    if not largest.any():
        return select_candidates(keys, codes, bounds)
    # With the last of all keys a row is chosen only where its whole stratum is.
    late, chosen = keys.copy(), largest.copy()
    late[largest] = np.uint64(2**64 - 1)
    chosen[select_candidates(late, codes, bounds)] = True
    return np.flatnonzero(chosen)


def thin_candidates(
    parts: list[Candidates], measuring: Measuring, tally: StratumTally
) -> tuple[list[Candidates], StratumTally]:
    """The candidates of the union of several chunks, and what the rows add that are no longer among the largest.

    Each chunk had to keep the smallest keys of its strata and its own largest values; without this the parent would
    hold those of every chunk. What the `tally` of those chunks no longer tells apart is one stratum here too.
    """
    keys = np.concatenate([part.keys for part in parts])
    if measuring.stratum is None:
        codes, values = np.zeros(len(keys), np.int32), [ALL_ROWS]
    else:
        columns = [column for part in parts for column in part.rows.column(measuring.stratum).chunks]
        codes, values = stratum_codes(columns)
        codes, values = _joined(codes, values, _still_told_apart(values, tally))
    measures = {name: np.concatenate([part.values[name] for part in parts]) for name in measuring.measures}
    marked = np.concatenate([part.largest for part in parts])
    largest = np.zeros(len(keys), bool)
    places = np.flatnonzero(marked)
    largest[places] = largest_rows([array[places] for array in measures.values()], measuring.largest)
    fallen = marked & ~largest
    added = add_to_rest(codes[fallen], values, {name: array[fallen] for name, array in measures.items()})
    rows = _candidate_rows(keys, codes, largest, measuring.bounds.by_code(values))
    out, begin = [], 0
    for part in parts:
        end = begin + len(part.keys)
        here = rows[np.searchsorted(rows, begin) : np.searchsorted(rows, end)]
        out.append(part.taken(here - begin, largest[here]))
        begin = end
    return list(_merged(out)), added


def _still_told_apart(values: list[Any], tally: StratumTally) -> np.ndarray[Any, Any] | None:
    """Marks the values that have a stratum of their own in a tally; None when it has joined none."""
    if OTHER not in tally.values:
        return None
    told = {as_text(value) for value in tally.values}
    return np.array([as_text(value) in told for value in values])


def _merged(parts: list[Candidates]) -> tuple[Candidates, ...]:
    """Neighbours that were encoded alike, joined: each run of them at once, so that every row is copied once."""
    groups = groupby(parts, lambda part: (part.forms, part.rows.schema))
    return tuple(_joined_parts(list(group)) for _, group in groups)


def _joined_parts(parts: list[Candidates]) -> Candidates:
    first = parts[0]
    if len(parts) == 1:
        return first
    return Candidates(
        np.concatenate([part.keys for part in parts]),
        pa.concat_tables([part.rows for part in parts]).combine_chunks(),
        first.forms,
        first.from_text,
        np.concatenate([part.largest for part in parts]),
        {name: np.concatenate([part.values[name] for part in parts]) for name in first.values},
    )
