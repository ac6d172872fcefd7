"""From sources to what their drawn blocks hold: one frame for each format among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from etl_batch.analytics.clusters import Frame
from etl_batch.analytics.sampling import sample_keys
from etl_batch.formats.blocks import BlockBatch, BlockPlan, BlockReader, Integers, Reads, WantedColumns
from etl_batch.formats.source import AnySource
from etl_batch.probing.tally import BlockTally, FrameSums


@dataclass(frozen=True)
class DrawnBlocks:
    """The drawn blocks of one format's files."""

    format: str
    plan: BlockPlan
    readers: tuple[BlockReader, ...]
    """Of those files that have drawn blocks."""

    @property
    def whole(self) -> bool:
        """Whether all blocks were drawn."""
        return self.plan.sampled >= sum(self.plan.counts)


@dataclass(frozen=True)
class Sampled:
    """What the drawn blocks of one format's files hold."""

    drawn: DrawnBlocks
    frame: Frame
    sums: FrameSums
    left_out: int


def draw(sources: Sequence[AnySource], fraction: float, seed: int, record_bytes: float) -> list[DrawnBlocks]:
    """For each format among the sources a simple random sample of blocks over all files of that format.

    `record_bytes`: about the length of a record. Raises `InputRefused` for a file that its format does not fit.
    """
    by_format: dict[type[AnySource], list[AnySource]] = {}
    for source in sources:
        by_format.setdefault(type(source), []).append(source)
    drawn = []
    for kind, members in by_format.items():
        plan = kind.probe(members, fraction, record_bytes)
        numbers = draw_blocks(plan.counts, [source.ordinal for source in members], plan.sampled, seed)
        readers = tuple(plan.reader(place, own) for place, own in enumerate(numbers) if len(own))
        drawn.append(DrawnBlocks(kind.format, plan, readers))
    return drawn


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


def read(drawn: DrawnBlocks, wanted: WantedColumns) -> tuple[Sampled, Reads]:
    """Read the drawn blocks and add up what is in them."""
    reads = Reads()
    stratum = wanted.stratum.name if wanted.stratum else None
    tally = BlockTally(stratum, tuple(column.name for column in wanted.measures), exact=wanted.exact)
    for batch in _batches(drawn, wanted, reads):
        tally.add(batch)
    sums = tally.finish()
    frame = Frame(sum(drawn.plan.counts), float(drawn.plan.size), sums.sizes)
    return Sampled(drawn, frame, sums, reads.left_out), reads


def _batches(drawn: DrawnBlocks, wanted: WantedColumns, reads: Reads) -> Iterator[BlockBatch]:
    for reader in drawn.readers:
        yield from reader.batches(wanted, reads)
