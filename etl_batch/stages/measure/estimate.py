"""The estimates of a run, made from the sample that its pass has collected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.analytics.analyse import DrawnRows, analyse
from etl_batch.analytics.largest import surely_largest
from etl_batch.analytics.strata import ALL_ROWS, plain_value
from etl_batch.analytics.tally import StratumTally
from etl_batch.columns.cells import to_cells
from etl_batch.columns.measures import measure_values, stratum_codes
from etl_batch.model import Analytics
from etl_batch.stages.finish import Ingested
from etl_batch.stages.measure.measuring import Measuring


def estimate(ingested: Ingested, measuring: Measuring) -> tuple[Analytics, pa.Table]:
    """The run's analytics, and the sample: the drawn rows with `_key`, `_stratum` and `_whole` before their columns."""
    rows = ingested.candidate_rows()
    keys = np.concatenate([part.keys for part in ingested.candidates] or [np.zeros(0, np.uint64)])
    tally = ingested.tally
    if measuring.stratum is None or not rows.num_rows:
        codes, values = np.zeros(rows.num_rows, np.int32), [ALL_ROWS]
    else:
        codes, values = stratum_codes(rows.column(measuring.stratum).chunks)
        tally = _as_final(tally, rows.schema.field(measuring.stratum).type)
    measures = {name: _unscaled(rows.column(name).combine_chunks(), name, tally) for name in measuring.measures}
    largest = np.concatenate([part.largest for part in ingested.candidates] or [np.zeros(0, bool)])
    analytics, drawn = analyse(
        keys=keys,
        codes=codes,
        values=values,
        measures=measures,
        tally=tally,
        wanted=measuring.wanted,
        seed=measuring.seed,
        stratum=measuring.stratum,
        largest=largest,
        kept_largest=_kept_largest(ingested, measuring),
        bounds=measuring.bounds,
    )
    return replace(analytics, reason=_reason(analytics, measuring)), _sample(rows, keys, codes, values, drawn)


def _kept_largest(ingested: Ingested, measuring: Measuring) -> int:
    """How many of the largest rows of each measure are surely there."""
    if not ingested.candidates:
        return measuring.largest
    sizes = [
        np.abs(np.concatenate([part.largest_values(name) for part in ingested.candidates]))
        for name in measuring.measures
    ]
    return surely_largest(sizes, measuring.floors, measuring.largest)


def _reason(analytics: Analytics, measuring: Measuring) -> str | None:
    """Why there are no estimates, or others than were asked for."""
    if analytics.population_rows and measuring.reason is not None:
        return measuring.reason
    if measuring.stratum is not None and [stratum.value or "" for stratum in analytics.strata] == [""]:
        return sentences.estimates.EMPTY_COLUMN.format(name=measuring.stratum)
    return analytics.reason


def _as_final(tally: StratumTally, kind: pa.DataType) -> StratumTally:
    """The tally under the stratum values of the column's final type, where some chunks had a narrower one."""
    if not pa.types.is_string(kind) or all(value is None or isinstance(value, str) for value in tally.values):
        return tally
    return tally.renamed(
        [
            value if value is None or isinstance(value, str) else to_cells(pa.array([value]))[0].as_py()
            for value in tally.values
        ]
    )


def _unscaled(column: pa.Array, name: str, tally: StratumTally) -> np.ndarray[Any, Any]:
    """A measure's candidates in the tally's units: integers of 10**-scale."""
    values, scale = measure_values(column)
    wanted = tally.measures[name].scale if name in tally.measures else 0
    scaled: np.ndarray[Any, Any] = values * 10.0 ** (wanted - scale) if wanted != scale else values
    return scaled


def _sample(
    rows: pa.Table,
    keys: np.ndarray[Any, Any],
    codes: np.ndarray[Any, Any],
    values: list[Any],
    drawn: DrawnRows,
) -> pa.Table:
    table = rows.take(pa.array(drawn.rows))
    names = [None if (plain := plain_value(value)) is None else str(plain) for value in values]
    strata = pa.array(names, pa.string()).take(pa.array(codes[drawn.rows]))
    table = table.add_column(0, "_whole", pa.array(drawn.whole))
    table = table.add_column(0, "_stratum", strata)
    return table.add_column(0, "_key", pa.array(keys[drawn.rows], pa.uint64()))
