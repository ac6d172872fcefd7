"""What a run measures, and the estimates made from the sample that its pass has collected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch.analytics.analyse import Drawn, analyse
from etl_batch.analytics.choose import ColumnSummary, choose_measures, choose_stratum
from etl_batch.analytics.largest import rows_taken_whole
from etl_batch.analytics.sampling import Bounds, candidate_bounds
from etl_batch.analytics.strata import ALL_ROWS, plain_value
from etl_batch.analytics.tally import MAX_STRATA, StratumTally
from etl_batch.config import RunConfig
from etl_batch.errors import UsageError
from etl_batch.model import Analytics
from etl_batch.readers import text_forms
from etl_batch.stages.finish import Ingested
from etl_batch.stages.measure import is_numeric, measure_values, stratum_codes
from etl_batch.stages.plan import Plan, check_column, frequencies
from etl_batch.stages.sample import Measuring
from etl_batch.writers.delimited import to_cells

_UNIQUE_SHARE = 0.5


def choose_measuring(plan: Plan, config: RunConfig) -> Measuring:
    """Stratum and measures: the user's, else the layout's, else chosen from the planning sample and said.

    Raises `UsageError` when the user names a column that there is not.
    """
    layout = plan.layout
    summaries = [ColumnSummary(s.name, str(s.type), s.distinct, s.rows, s.nulls, s.monotonic) for s in plan.samples]
    notes: list[str] = []
    if config.stratum is not None:
        stratum: str | None = check_column(config.stratum, "--stratum", plan.names)
    elif layout is not None and layout.stratum is not None:
        stratum = layout.stratum
    else:
        stratum, note = choose_stratum(summaries)
        notes.append(note)
    if config.measures:
        measures = tuple(_check_measure(name, plan) for name in dict.fromkeys(config.measures))
    elif layout is not None and layout.measures:
        measures = layout.measures
    else:
        measures, note = choose_measures(summaries, stratum)
        notes.append(note)
    if stratum is not None and _nearly_unique(plan, stratum):
        notes.append(
            f"Column {stratum!r} has a value of its own in nearly every row; all rows make one stratum instead."
        )
        stratum = None
    return Measuring(
        stratum,
        measures,
        _bounds(plan, config, stratum),
        config.seed,
        rows_taken_whole(config.sample_frac, plan.rows_estimate),
        tuple(notes),
    )


def _check_measure(name: str, plan: Plan) -> str:
    """The name of a column that holds numbers, at least some in the planning sample; raises `UsageError`."""
    check_column(name, "--measure", plan.names)
    column = plan.columns[plan.names.index(name)]
    numeric = is_numeric(column.type)
    if pa.types.is_string(column.type):
        plain = [to_cells(array) for array in plan.sample[name]]
        numeric = not plain or any((~np.ma.getmaskarray(measure_values(cells)[0])).any() for cells in plain)
    if not numeric:
        raise UsageError(f"--measure: column {name!r} holds no numbers ({column.type}); name a numeric column.")
    return name


def may_measure(name: str, plan: Plan) -> bool:
    """Whether a column may be named as a measure: it holds numbers, as far as the planning sample can tell."""
    try:
        _check_measure(name, plan)
    except UsageError:
        return False
    return True


def _nearly_unique(plan: Plan, stratum: str) -> bool:
    """Whether a column has so many values that its strata would be the rows, and the tally as large as the input."""
    sample = next(s for s in plan.samples if s.name == stratum)
    return plan.rows_estimate > MAX_STRATA and sample.distinct > _UNIQUE_SHARE * sample.rows


def _bounds(plan: Plan, config: RunConfig, stratum: str | None) -> Bounds:
    if stratum is None:
        seen: dict[Any, int] = {ALL_ROWS: plan.sample_rows}
        return candidate_bounds(config.sample_frac, plan.rows_estimate, seen, plan.sample_rows)
    column = plan.columns[plan.names.index(stratum)]
    form = text_forms.pick(column.forms)
    arrays = plan.sample[stratum]
    if form and column.typed is None:
        arrays = [text_forms.parse(array, form) for array in arrays]
    counts, rows = frequencies(arrays)
    return candidate_bounds(
        config.sample_frac, plan.rows_estimate, {plain_value(v): n for v, n in counts.items()}, rows
    )


def estimate(ingested: Ingested, measuring: Measuring, config: RunConfig) -> tuple[Analytics, pa.Table]:
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
    marked = [part.largest for part in ingested.candidates]
    analytics, drawn = analyse(
        keys=keys,
        codes=codes,
        values=values,
        measures=measures,
        tally=tally,
        frac=config.sample_frac,
        seed=config.seed,
        stratum=measuring.stratum,
        largest=np.concatenate(marked or [np.zeros(0, bool)]),
        kept_largest=measuring.largest,
        bounds=measuring.bounds,
    )
    return analytics, _sample(rows, keys, codes, values, drawn)


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
    drawn: Drawn,
) -> pa.Table:
    table = rows.take(pa.array(drawn.rows))
    names = [None if (plain := plain_value(value)) is None else str(plain) for value in values]
    strata = pa.array(names, pa.string()).take(pa.array(codes[drawn.rows]))
    table = table.add_column(0, "_whole", pa.array(drawn.whole))
    table = table.add_column(0, "_stratum", strata)
    return table.add_column(0, "_key", pa.array(keys[drawn.rows], pa.uint64()))
