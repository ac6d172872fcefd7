"""The rows that the sample may draw: those of a chunk, and fewer of them as chunks come together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from etl_batch.analytics.largest import largest_rows
from etl_batch.analytics.numbers import real_values
from etl_batch.analytics.sampling import Assured, RecordKeys, find_candidates, keys_at, select_candidates
from etl_batch.analytics.strata import ALL_ROWS, OTHER, as_text
from etl_batch.analytics.tally import StratumTally, add_to_rest
from etl_batch.columns.measures import measure_values, stratum_codes
from etl_batch.columns.schema import decoded
from etl_batch.formats.source import Places
from etl_batch.stages.encode import TypedRows
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.measure.tallying import Tallied, join_strata

_MERGED_ROWS = 1 << 15


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of one chunk that may be sampled: keys, and their columns as the chunk encoded them."""

    keys: np.ndarray[Any, Any]
    rows: pa.Table
    forms: tuple[int, ...]
    from_text: tuple[bool, ...]
    largest: np.ndarray[Any, Any]
    """Marks the rows that the tally's `rest` leaves out."""

    def taken(self, rows: np.ndarray[Any, Any], largest: np.ndarray[Any, Any]) -> Candidates:
        """Some of the rows, ascending, with marks of their own."""
        if rows.size == self.keys.size:
            return replace(self, largest=largest)
        return Candidates(self.keys[rows], self.rows.take(pa.array(rows)), self.forms, self.from_text, largest)

    def largest_values(self, name: str) -> np.ndarray[Any, Any]:
        """A measure of the marked rows in real units; a null, NaN and infinities as nought."""
        column = self.rows.column(name).take(pa.array(np.flatnonzero(self.largest)))
        return real_values(*measure_values(column.combine_chunks()))


class Origin(NamedTuple):
    """Where rows come from that follow one another: a source, by its ordinal, and where in it each of them stands."""

    source: int
    places: Sequence[Places]


def collect_candidates(
    measuring: Measuring,
    origins: Sequence[Origin],
    typed: Sequence[TypedRows],
    tallied: Tallied,
    assured: Assured | None = None,
) -> tuple[tuple[Candidates, ...], Assured]:
    """The rows of the chunk that the sample may draw, one set for each way its columns were encoded.

    `origins`: of all its rows. `assured`: what is known of the rows of chunks before. What this chunk adds to that is
    returned as well.
    """
    nothing = Assured.none(measuring.bounds)
    if not typed:
        return (), nothing
    codes, strata = tallied.rows.codes, tallied.tally.values
    bounds, stands = measuring.bounds.by_code(strata), measuring.bounds.places(strata)
    places = [(one.source, each) for one in origins for each in one.places]
    records = [RecordKeys.of_file(measuring.seed, source, each.base, each.offsets) for source, each in places]
    known = (assured or nothing).at(stands)
    rows, keys = find_candidates(records, codes, bounds, tallied.largest, assured=known)
    below = rows[keys <= bounds[codes[rows]]]
    rows = np.sort(np.concatenate([rows, np.flatnonzero(tallied.largest)]))
    keys = keys_at(records, rows)
    out, begin = [], 0
    for batch, forms, from_text in typed:
        end = begin + batch.num_rows
        part = slice(*np.searchsorted(rows, (begin, end)))
        here = rows[part]
        taken = pa.Table.from_batches([batch.take(pa.array(here - begin))])
        out.append(Candidates(keys[part], decoded(taken), forms, from_text, tallied.largest[here]))
        begin = end
    return tuple(_merged(out)), Assured.by(stands[codes[below]], measuring.bounds)


def thin_candidates(
    parts: list[Candidates], measuring: Measuring, tally: StratumTally
) -> tuple[list[Candidates], StratumTally]:
    """The candidates of the union of several chunks, and what the rows add that are no longer among the largest.

    Each chunk had to keep the smallest keys of its strata and its own largest values; without this the parent would
    hold those of every chunk. What the `tally` of those chunks no longer tells apart is one stratum here too. `parts`
    is emptied: each is let go as soon as its rows are copied.
    """
    keys = np.concatenate([part.keys for part in parts])
    if measuring.stratum is None:
        codes, values = np.zeros(len(keys), np.int32), [ALL_ROWS]
    else:
        columns = [column for part in parts for column in part.rows.column(measuring.stratum).chunks]
        codes, values = stratum_codes(columns)
        codes, values = join_strata(codes, values, _still_told_apart(values, tally))
    places = np.flatnonzero(np.concatenate([part.largest for part in parts]))
    measures = {name: np.concatenate([part.largest_values(name) for part in parts]) for name in measuring.measures}
    kept = largest_rows(list(measures.values()), measuring.largest) if measures else np.zeros(0, bool)
    largest = np.zeros(len(keys), bool)
    largest[places[kept]] = True
    added = add_to_rest(codes[places[~kept]], values, {name: array[~kept] for name, array in measures.items()})
    others = np.flatnonzero(~largest)
    chosen = others[select_candidates(keys[others], codes[others], measuring.bounds.by_code(values))]
    rows = np.sort(np.concatenate([chosen, np.flatnonzero(largest)]))
    return list(_merged(_thinned(parts, rows, largest))), added


def _thinned(
    parts: list[Candidates], rows: np.ndarray[Any, Any], largest: np.ndarray[Any, Any]
) -> Iterator[Candidates]:
    """What is left of each part, given the rows that are kept and marks of all; `parts` is emptied."""
    begin = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        end = begin + len(part.keys)
        here = rows[np.searchsorted(rows, begin) : np.searchsorted(rows, end)]
        yield part.taken(here - begin, largest[here])
        begin = end


def _still_told_apart(values: list[Any], tally: StratumTally) -> np.ndarray[Any, Any] | None:
    """Marks the values that have a stratum of their own in a tally; None when it has joined none."""
    if OTHER not in tally.values:
        return None
    told = {as_text(value) for value in tally.values}
    return np.array([as_text(value) in told for value in values])


def _merged(parts: Iterable[Candidates]) -> Iterator[Candidates]:
    """Neighbours that were encoded alike, joined, so many rows at a time that two copies of them are no matter."""
    group: list[Candidates] = []
    for part in parts:
        alike = not group or (part.forms, part.rows.schema) == (group[0].forms, group[0].rows.schema)
        if not alike or sum(len(one.keys) for one in group) >= _MERGED_ROWS:
            yield _joined_parts(group)
            group = []
        group.append(part)
    if group:
        yield _joined_parts(group)


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
    )
