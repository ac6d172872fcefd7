"""The rows that the sample may draw: those of a chunk, and fewer of them as chunks come together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch.analytics.largest import largest_rows
from etl_batch.analytics.sampling import RecordKeys, find_candidates, select_candidates
from etl_batch.analytics.strata import ALL_ROWS, OTHER, as_text
from etl_batch.analytics.tally import StratumTally, add_to_rest
from etl_batch.columns.measures import stratum_codes
from etl_batch.columns.schema import decoded
from etl_batch.stages.encode import TypedRows
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.measure.tallying import Tallied, join_strata


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


def collect_candidates(
    measuring: Measuring,
    source: int,
    typed: Sequence[TypedRows],
    tallied: Tallied,
    first_row: int,
    from_text: tuple[bool, ...],
) -> tuple[Candidates, ...]:
    """The rows of the chunk that the sample may draw, one set for each way its columns were encoded."""
    if not typed:
        return ()
    record_keys = RecordKeys.of_file(measuring.seed, source, first_row)
    bounds = measuring.bounds.by_code(tallied.tally.values)
    rows = find_candidates(record_keys, tallied.codes, bounds, tallied.largest)
    rows = np.sort(np.concatenate([rows, np.flatnonzero(tallied.largest)]))
    keys = record_keys.of(rows)
    out, begin = [], 0
    for batch, forms in typed:
        end = begin + batch.num_rows
        part = slice(*np.searchsorted(rows, (begin, end)))
        here = rows[part]
        taken = pa.Table.from_batches([batch.take(pa.array(here - begin))])
        values = {name: array[here] for name, array in tallied.values.items()}
        out.append(Candidates(keys[part], decoded(taken), forms, from_text, tallied.largest[here], values))
        begin = end
    return _merged(out)


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
        codes, values = join_strata(codes, values, _still_told_apart(values, tally))
    measures = {name: np.concatenate([part.values[name] for part in parts]) for name in measuring.measures}
    marked = np.concatenate([part.largest for part in parts])
    largest = np.zeros(len(keys), bool)
    places = np.flatnonzero(marked)
    largest[places] = largest_rows([array[places] for array in measures.values()], measuring.largest)
    fallen = marked & ~largest
    added = add_to_rest(codes[fallen], values, {name: array[fallen] for name, array in measures.items()})
    others = np.flatnonzero(~largest)
    chosen = others[select_candidates(keys[others], codes[others], measuring.bounds.by_code(values))]
    rows = np.sort(np.concatenate([chosen, np.flatnonzero(largest)]))
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
