"""The blocks that files are cut into, those that are drawn, and what was found in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch.analytics.moments import Integers
from etl_batch.analytics.sampling import sample_keys
from etl_batch.columns.schema import OutputColumn

BLOCKS_WANTED = 768
"""More blocks of the same bytes in all say more, and cost a reading each: past this the gain is small."""
LEAST_BYTES = 1 << 20
"""At least this much is read, whatever the fraction: finding out what a file is takes as much."""
SMALLEST_BLOCK, LARGEST_BLOCK = 1 << 10, 1 << 20
RECORDS_A_BLOCK = 8
"""A block holds about as many records at least; smaller ones would read most bytes behind their end."""
BATCH_BYTES = 8 << 20
"""Bytes of blocks that are parsed together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read of each record. `exact`: everything is read, and sums must not round."""

    stratum: OutputColumn | None
    measures: tuple[OutputColumn, ...]
    exact: bool = False

    @property
    def names(self) -> list[str]:
        """Names of the columns that are needed, each once."""
        columns = (*((self.stratum,) if self.stratum else ()), *self.measures)
        return list(dict.fromkeys(column.name for column in columns))


@dataclass(slots=True)
class Reads:
    """What reading the blocks has cost, and the blocks whose records could not be told."""

    bytes: int = 0
    left_out: int = 0


@dataclass(slots=True)
class BlockBatch:
    """Some blocks that were read: an entry a block in `sizes`, `written` and `rejected`, an entry a row in the rest."""

    sizes: NDArray[Any]
    """Bytes of the records that begin in the block, or the number of its records."""
    written: Integers
    """Rows that a run would write."""
    rejected: Integers
    places: Integers
    """Each row's block, counted from the batch's first."""
    stratum: pa.ChunkedArray | None = None
    measures: dict[str, tuple[NDArray[Any], int]] = field(default_factory=dict)
    """Each measure's values, masked where null, and its scale (see `stages.measure.measure_values`)."""


def block_bytes(data_bytes: int, fraction: float, record_bytes: float) -> int:
    """Size of the blocks of text files with so many bytes of records in all: a power of two."""
    wanted = max(data_bytes * fraction, LEAST_BYTES) / BLOCKS_WANTED
    wanted = min(max(wanted, record_bytes * RECORDS_A_BLOCK, SMALLEST_BLOCK), LARGEST_BLOCK)
    return int(1 << round(np.log2(wanted)))


def blocks_to_draw(data_bytes: int, fraction: float, each: int, blocks: int) -> int:
    """How many of the blocks are read."""
    return min(-(-int(max(data_bytes * fraction, LEAST_BYTES)) // each), blocks)


def draw_blocks(counts: Sequence[int], ordinals: Sequence[int], draw: int, seed: int) -> list[Integers]:
    """A simple random sample of `draw` blocks over files of `counts` blocks: for each file its block numbers, rising.

    The blocks with the smallest keys (see `sampling.sample_keys`): the same for the same seed, and with the same block
    size a smaller sample is part of a larger one.
    """
    if draw >= sum(counts):
        return [np.arange(count, dtype=np.int64) for count in counts]
    keys = [sample_keys(seed, ordinal, 0, count) for ordinal, count in zip(ordinals, counts, strict=True)]
    every = np.concatenate(keys)
    chosen = np.sort(np.argpartition(every, draw - 1)[:draw])
    edges = np.concatenate([[0], np.cumsum(counts)])
    cuts = np.searchsorted(chosen, edges)
    return [chosen[cuts[place] : cuts[place + 1]] - edges[place] for place in range(len(counts))]
