"""The strata of all frames under one list of values, and the cells of each frame in its terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch.analytics.clusters import ClusterCells
from etl_batch.analytics.moments import sums_by_stratum
from etl_batch.analytics.strata import MAX_STRATA, OTHER, StratumValue, as_text, plain_value, value_order
from etl_batch.analytics.tally import StratumTally
from etl_batch.columns import text_forms
from etl_batch.columns.cells import to_values
from etl_batch.columns.schema import OutputColumn
from etl_batch.probing.sample import Sampled
from etl_batch.probing.tally import FrameSums


def share_strata(
    samples: Sequence[Sampled], column: OutputColumn | None
) -> tuple[list[StratumValue], list[FrameSums], StratumTally | None]:
    """The stratum values, the most frequent first, what each frame holds of them, and their exact sums if all was read.

    Past `MAX_STRATA` the rest are one stratum, `(other)`.
    """
    named = [_final_values(sampled, column) for sampled in samples]
    union: dict[StratumValue, int] = {}
    moves = [np.array([union.setdefault(value, len(union)) for value in values], np.int64) for values in named]
    # Rows as the frames estimate them: a frame of few blocks stands for more than its own.
    weights = np.zeros(len(union))
    for sampled, to in zip(samples, moves, strict=True):
        share = sampled.frame.size / max(float(sampled.sums.sizes.sum()), 1.0)
        np.add.at(weights, to[sampled.sums.cells.stratum], sampled.sums.rows * share)
    values = list(union)
    ranked = sorted(
        (place for place in range(len(values)) if weights[place]),
        key=lambda place: (-weights[place], value_order(values[place])),
    )
    kept = ranked if len(ranked) <= MAX_STRATA else [at for at in ranked[:MAX_STRATA] if values[at] != OTHER]
    final = [values[place] for place in kept] + ([OTHER] if len(kept) < len(ranked) else [])
    order = np.full(len(values), max(len(final) - 1, 0), np.int64)
    order[kept] = np.arange(len(kept))
    shared = [_moved(s.sums, order[to], max(len(final), 1)) for s, to in zip(samples, moves, strict=True)]
    exact = [
        s.sums.exact.renamed([final[order[place]] for place in to])
        for s, to in zip(samples, moves, strict=True)
        if s.sums.exact is not None and final
    ]
    return final, shared, sum(exact, StratumTally()) if len(exact) == len(samples) else None


def _final_values(sampled: Sampled, column: OutputColumn | None) -> list[StratumValue]:
    """The values as they stand in the column's type, where the sources had them as text or in a narrower one."""
    values = sampled.sums.values
    if column is None:
        return values
    if column.typed is None:
        cells = pa.array(["" if value is None else value for value in values], pa.string())
        form = text_forms.pick(column.forms & text_forms.forms(cells, column.forms)) if values else text_forms.TEXT
        return [plain_value(v) for v in to_values(text_forms.parse(cells, form))] if form else values
    if pa.types.is_string(column.type):
        return [value if value is None or isinstance(value, str) else as_text(value) for value in values]
    return values


def _moved(sums: FrameSums, to: NDArray[np.int64], strata: int) -> FrameSums:
    """The cells with stratum h at `to[h]`; those that meet are joined."""
    places = to[sums.cells.stratum]
    sums = replace(sums, spread=sums.spread.moved(to, strata))
    if not len(to) or np.bincount(to).max() == 1:
        return replace(sums, cells=ClusterCells(sums.cells.cluster, places, strata))
    keys = sums.cells.cluster * strata + places
    found, at = np.unique(keys, return_inverse=True)

    def add_up(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return sums_by_stratum(at, weights, len(found))

    cluster, stratum = np.divmod(found, strata)
    measures = {name: add_up(values) for name, values in sums.measures.items()}
    return replace(sums, cells=ClusterCells(cluster, stratum, strata), rows=add_up(sums.rows), measures=measures)
