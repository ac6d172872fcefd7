"""From sources to what their drawn blocks hold: one frame for each format among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl_batch.analytics.clusters import Frame
from etl_batch.analytics.sampling import sample_keys
from etl_batch.columns.text_cells import TextCells
from etl_batch.formats.blocks import BlockBatch, BlockPlan, BlockReader, Integers, Reads, WantedColumns, text_measure
from etl_batch.formats.source import AnySource
from etl_batch.probing.tally import BlockTally, FrameSums


@dataclass(frozen=True)
class DrawnBlocks:
    """The drawn blocks of one format's files."""

    format: str
    plan: BlockPlan
    readers: tuple[BlockReader, ...]
    """Of those files that have drawn blocks."""
    owners: tuple[AnySource, ...]
    """The files of the readers."""

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
        places = [place for place, own in enumerate(numbers) if len(own)]
        readers = tuple(plan.reader(place, numbers[place]) for place in places)
        drawn.append(DrawnBlocks(kind.format, plan, readers, tuple(members[place] for place in places)))
    return drawn


def draw_blocks(counts: Sequence[int], ordinals: Sequence[int], draw: int, seed: int) -> list[Integers]:
    """A simple random sample of `draw` blocks over files of `counts` blocks: for each file its block numbers, rising.

    The blocks with the smallest keys (see `sampling.sample_keys`): the same for the same seed, and with the same block
    size a smaller sample is part of a larger one.
    """
    if draw >= sum(counts):
        return [np.arange(count, dtype=np.int64) for count in counts]
    keys = [sample_keys(seed, ordinal, np.arange(count)) for ordinal, count in zip(ordinals, counts, strict=True)]
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
    for source, reader in zip(drawn.owners, drawn.readers, strict=True):
        texts = {each.name: each.text for each in source.constants if each.text is not None}
        for batch in reader.batches(wanted, reads):
            yield _with_constants(batch, wanted, texts) if texts else batch


def _with_constants(batch: BlockBatch, wanted: WantedColumns, texts: Mapping[str, str]) -> BlockBatch:
    """The rows with the wanted columns that are not in their file."""
    rows = int(batch.written.sum())
    if wanted.stratum is not None and wanted.stratum.name in texts:
        cells = TextCells.repeated(texts[wanted.stratum.name], rows).to_arrow()
        batch.stratum = pa.chunked_array([cells])
    for column in wanted.measures:
        if column.name in texts:
            batch.measures[column.name] = text_measure(TextCells.repeated(texts[column.name], rows), column)
    return batch
