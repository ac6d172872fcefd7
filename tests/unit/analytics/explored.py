"""Samples for the explorer's tests: drawn as a run draws them, with the metadata that a run would have written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch.analytics.allocation import allocate
from etl_batch.analytics.explore_sample import Sample
from etl_batch.analytics.largest import largest_rows, rows_taken_whole
from etl_batch.analytics.sampling import draw, sample_keys, sample_size
from tests.records import estimates


def metadata_of(
    strata: Sequence[Any],
    sizes: Sequence[int],
    sampled: Sequence[int],
    whole: Sequence[int] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What `metadata.json` says of a sample, as far as the explorer reads it."""
    taken = whole or [0] * len(strata)
    rows = [
        {"value": value, "rows": size, "sampled": count, "taken_whole": few}
        for value, size, count, few in zip(strata, sizes, sampled, taken, strict=True)
    ]
    return {"stratum": "stratum", "population_rows": int(sum(sizes)), "strata": rows, "measures": {}, **more}


def sample_of(
    columns: Mapping[str, Any], strata: Sequence[Any], metadata: Mapping[str, Any], whole: Sequence[bool] | None = None
) -> Sample:
    """A sample from the values of its rows; `strata` is each row's."""
    count = len(strata)
    own = {
        "_key": pa.array(sample_keys(1, 0, np.arange(count))),
        "_stratum": pa.array([None if value is None else str(value) for value in strata], pa.string()),
        "_whole": pa.array([False] * count if whole is None else list(whole), pa.bool_()),
    }
    table = pa.table([*own.values(), *map(pa.array, columns.values())], names=[*own, *columns])
    return Sample(table, estimates(metadata))


def run_sample(
    population: pa.Table, frac: float, seed: int, *, stratum: str = "stratum", heavy: Sequence[str] = ()
) -> Sample:
    """The sample that a run over these rows would have drawn."""
    count = population.num_rows
    keys = sample_keys(seed, 0, np.arange(count))
    encoded = population.column(stratum).combine_chunks().dictionary_encode()
    codes, values = encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
    wanted = sample_size(frac, count)
    whole = np.zeros(count, dtype=bool)
    if heavy:
        measures = [population.column(name).to_numpy() for name in heavy]
        whole = largest_rows(measures, rows_taken_whole(wanted) // len(heavy))
    counts, taken = (np.bincount(c, minlength=len(values)) for c in (codes, codes[whole]))
    sampled = allocate(counts - taken, wanted - int(whole.sum()))
    others = np.flatnonzero(~whole)
    rows = np.sort(np.concatenate([others[draw(keys[others], codes[others], sampled)], np.flatnonzero(whole)]))
    table = population.take(pa.array(rows))
    table = table.add_column(0, "_whole", pa.array(whole[rows]))
    table = table.add_column(0, "_stratum", population.column(stratum).cast(pa.string()).take(pa.array(rows)))
    table = table.add_column(0, "_key", pa.array(keys[rows]))
    metadata = metadata_of(values, counts.tolist(), (sampled + taken).tolist(), taken.tolist(), heavy=list(heavy))
    return Sample(table, estimates(metadata, stratum=stratum, allocation="sqrt"))
