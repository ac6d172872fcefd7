"""The stage that measures: exact sums of a chunk by stratum, and the rows of it that the sample may draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch.analytics.sampling import Bounds, sample_keys, select_candidates
from etl_batch.analytics.strata import ALL_ROWS
from etl_batch.analytics.tally import StratumTally, tally_chunk
from etl_batch.stages.encode import Encoded
from etl_batch.stages.measure import join_values, measure_values, stratum_codes
from etl_batch.writers import columnar


@dataclass(frozen=True, slots=True)
class Measuring:
    """What the pass is to measure and sample on the way; `notes` say in words how it was chosen."""

    stratum: str | None
    measures: tuple[str, ...]
    bounds: Bounds
    seed: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of one chunk that may be sampled: keys, and their columns as the chunk encoded them."""

    keys: np.ndarray[Any, Any]
    rows: pa.Table
    forms: tuple[int, ...]
    from_text: tuple[bool, ...]


def tally_rows(measuring: Measuring, encoded: Encoded) -> tuple[StratumTally, np.ndarray[Any, Any]]:
    """Exact counts and sums of the chunk by stratum, and the stratum code of every row."""
    batches = [batch for batch, _ in encoded.batches]
    if not batches:
        return StratumTally(), np.zeros(0, np.int32)
    if measuring.stratum is None:
        codes, values = np.zeros(encoded.rows, np.int32), [ALL_ROWS]
    else:
        codes, values = stratum_codes([batch.column(measuring.stratum) for batch in batches])
    measures: dict[str, np.ndarray[Any, Any]] = {}
    scales: dict[str, int] = {}
    for name in measuring.measures:
        measures[name], scales[name] = join_values([measure_values(batch.column(name)) for batch in batches])
    return tally_chunk(codes, values, measures, scales), codes


def collect_candidates(
    measuring: Measuring,
    source: int,
    encoded: Encoded,
    codes: np.ndarray[Any, Any],
    tally: StratumTally,
    first_row: int,
    from_text: tuple[bool, ...],
) -> tuple[Candidates, ...]:
    """The rows of the chunk that the sample may draw, one set for each way its columns were encoded."""
    if not encoded.rows:
        return ()
    keys = sample_keys(measuring.seed, source, first_row, encoded.rows)
    rows = select_candidates(keys, codes, measuring.bounds.by_code(tally.values))
    out, begin = [], 0
    for batch, forms in encoded.batches:
        end = begin + batch.num_rows
        here = rows[np.searchsorted(rows, begin) : np.searchsorted(rows, end)]
        taken = pa.Table.from_batches([batch.take(pa.array(here - begin))])
        out.append(Candidates(keys[here], columnar.decoded(taken), forms, from_text))
        begin = end
    return _merged(out)


def thin_candidates(parts: list[Candidates], measuring: Measuring) -> list[Candidates]:
    """The candidates of the union of several chunks: each had to keep the smallest keys of its strata, the union not.

    Without this the parent would hold ten rows of every stratum for every chunk.
    """
    keys = np.concatenate([part.keys for part in parts])
    if measuring.stratum is None:
        codes, values = np.zeros(len(keys), np.int32), [ALL_ROWS]
    else:
        columns = [column for part in parts for column in part.rows.column(measuring.stratum).chunks]
        codes, values = stratum_codes(columns)
    rows = select_candidates(keys, codes, measuring.bounds.by_code(values))
    out, begin = [], 0
    for part in parts:
        end = begin + len(part.keys)
        here = rows[np.searchsorted(rows, begin) : np.searchsorted(rows, end)] - begin
        out.append(Candidates(part.keys[here], part.rows.take(pa.array(here)), part.forms, part.from_text))
        begin = end
    return list(_merged(out))


def _merged(parts: list[Candidates]) -> tuple[Candidates, ...]:
    """Neighbours that were encoded alike, joined."""
    out: list[Candidates] = []
    for part in parts:
        if out and out[-1].forms == part.forms and out[-1].rows.schema == part.rows.schema:
            last = out.pop()
            rows = pa.concat_tables([last.rows, part.rows]).combine_chunks()
            part = Candidates(np.concatenate([last.keys, part.keys]), rows, part.forms, part.from_text)
        out.append(part)
    return tuple(out)
