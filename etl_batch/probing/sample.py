"""From sources to what their drawn blocks hold: one frame for each format among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from etl_batch.analytics.clusters import Frame
from etl_batch.formats.blocks import (
    RECORDS_A_BLOCK,
    BlockBatch,
    Reads,
    Wanted,
    block_bytes,
    blocks_to_draw,
    draw_blocks,
)
from etl_batch.formats.parquet.probe import RowGroups
from etl_batch.formats.parquet.reader import open_parquet
from etl_batch.formats.records.probe import BinaryBlocks
from etl_batch.formats.source import Source
from etl_batch.formats.text.probe import TextBlocks
from etl_batch.layouts import extent
from etl_batch.model import FileFormat
from etl_batch.probing.tally import BlockTally, FrameSums

_LEAST_SLACK = 256
_LEAST_ROWS = 8_000_000
"""Rows of Parquet files that are read at least, in whole row groups and in the needed columns only."""


@dataclass(frozen=True)
class Drawn:
    """The drawn blocks of one format's files. `size` of all blocks: bytes of text, else records."""

    format: FileFormat
    readers: tuple[TextBlocks | BinaryBlocks | RowGroups, ...]
    blocks: int
    size: int
    sampled: int
    each: int | None
    """Bytes of a block; None for row groups."""

    @property
    def whole(self) -> bool:
        """Whether all blocks were drawn."""
        return self.sampled >= self.blocks


@dataclass(frozen=True)
class Sampled:
    """What the drawn blocks of one format's files hold."""

    drawn: Drawn
    frame: Frame
    sums: FrameSums
    left_out: int


def draw(sources: Sequence[Source], fraction: float, seed: int, record_bytes: float) -> list[Drawn]:
    """For each format among the sources a simple random sample of blocks over all files of that format.

    `record_bytes`: about the length of a record. Raises `InputRefused` for a binary file that its layout does not fit.
    """
    drawn = []
    for kind, cut in ((FileFormat.CSV, _text), (FileFormat.BINARY, _binary), (FileFormat.PARQUET, _row_groups)):
        members = [source for source in sources if source.format == kind]
        if members:
            drawn.append(cut(members, fraction, seed, record_bytes))
    return drawn


def read(drawn: Drawn, wanted: Wanted) -> tuple[Sampled, Reads]:
    """Read the drawn blocks and add up what is in them."""
    reads = Reads()
    stratum = wanted.stratum.name if wanted.stratum else None
    tally = BlockTally(stratum, tuple(column.name for column in wanted.measures), exact=wanted.exact)
    for batch in _batches(drawn, wanted, reads):
        tally.add(batch)
    sums = tally.finish()
    return Sampled(drawn, Frame(drawn.blocks, float(drawn.size), sums.sizes), sums, reads.left_out), reads


def _batches(drawn: Drawn, wanted: Wanted, reads: Reads) -> Iterator[BlockBatch]:
    for reader in drawn.readers:
        if len(reader.numbers):
            yield from reader.batches(wanted, reads)


def _text(sources: Sequence[Source], fraction: float, seed: int, record_bytes: float) -> Drawn:
    lengths = [max(source.size_bytes - source.start, 0) for source in sources]
    each = block_bytes(sum(lengths), fraction, record_bytes)
    counts = [-(-length // each) for length in lengths]
    sampled = blocks_to_draw(sum(lengths), fraction, each, sum(counts))
    slack = int(min(max(record_bytes * RECORDS_A_BLOCK, _LEAST_SLACK), each))
    numbers = draw_blocks(counts, [source.ordinal for source in sources], sampled, seed)
    readers = tuple(TextBlocks(s, own, each, slack + slack % 2) for s, own in zip(sources, numbers, strict=True))
    return Drawn(FileFormat.CSV, readers, sum(counts), sum(lengths), sampled, each)


def _binary(sources: Sequence[Source], fraction: float, seed: int, _record_bytes: float) -> Drawn:
    extents, lengths, sizes = [], [], []
    for source in sources:
        assert source.layout is not None
        found = extent(source.layout, source.path, source.size_bytes)
        extents.append(found)
        sizes.append(source.layout.record_size)
        lengths.append(found.records * source.layout.record_size)
    each = block_bytes(sum(lengths), fraction, max(sizes))
    records = [max(each // size, 1) for size in sizes]
    counts = [-(-found.records // own) for found, own in zip(extents, records, strict=True)]
    sampled = blocks_to_draw(sum(lengths), fraction, each, sum(counts))
    numbers = draw_blocks(counts, [source.ordinal for source in sources], sampled, seed)
    readers = tuple(BinaryBlocks(*each_one) for each_one in zip(sources, extents, numbers, records, strict=True))
    return Drawn(FileFormat.BINARY, readers, sum(counts), sum(e.records for e in extents), sampled, each)


def _row_groups(sources: Sequence[Source], fraction: float, seed: int, _record_bytes: float) -> Drawn:
    metadata = [open_parquet(source.path).metadata for source in sources]
    counts, rows = [meta.num_row_groups for meta in metadata], sum(meta.num_rows for meta in metadata)
    groups = sum(counts)
    least = int(np.ceil(groups * _LEAST_ROWS / rows)) if rows > _LEAST_ROWS else groups
    sampled = min(max(int(np.ceil(groups * fraction)), least), groups)
    numbers = draw_blocks(counts, [source.ordinal for source in sources], sampled, seed)
    readers = tuple(RowGroups(source, own) for source, own in zip(sources, numbers, strict=True))
    return Drawn(FileFormat.PARQUET, readers, groups, rows, sampled, None)
