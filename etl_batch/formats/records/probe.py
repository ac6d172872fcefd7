"""Blocks of fixed records: their records to rows, many blocks in one decoding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.columns.measures import measure_values
from etl_batch.errors import InputRefused
from etl_batch.formats.blocks import (
    BATCH_BYTES,
    BlockBatch,
    BlockPlan,
    Integers,
    Reads,
    WantedColumns,
    block_bytes,
    blocks_to_draw,
)
from etl_batch.formats.records.decoder import decode

if TYPE_CHECKING:
    from etl_batch.formats.records.source import RecordSource


def plan_blocks(sources: Sequence[RecordSource], fraction: float) -> BlockPlan:
    """Blocks of about the same number of bytes, each of whole records."""
    sizes = [source.layout.record_size for source in sources]
    data_bytes = sum(source.extent.records * size for source, size in zip(sources, sizes, strict=True))
    each = block_bytes(data_bytes, fraction, max(sizes))
    records = [max(each // size, 1) for size in sizes]
    counts = tuple(-(-source.extent.records // own) for source, own in zip(sources, records, strict=True))
    sampled = blocks_to_draw(data_bytes, fraction, each, sum(counts))

    def reader(place: int, numbers: Integers) -> RecordBlocks:
        return RecordBlocks(sources[place], numbers, records[place])

    return BlockPlan(counts, sum(source.extent.records for source in sources), sampled, reader, each)


@dataclass(frozen=True, slots=True)
class RecordBlocks:
    """A file's drawn blocks, to be read: `numbers` of blocks of `each` records."""

    source: RecordSource
    numbers: Integers
    each: int

    def batches(self, wanted: WantedColumns, reads: Reads) -> Iterator[BlockBatch]:
        """The blocks' rows, a few megabytes at a time. Raises `InputRefused` where a field's `on_error` is `fail`."""
        layout, extent = self.source.layout, self.source.extent
        step = max(BATCH_BYTES // (self.each * layout.record_size), 1)
        with self.source.content.opened() as file:
            for first in range(0, len(self.numbers), step):
                pieces = []
                for number in self.numbers[first : first + step].tolist():
                    records = min(self.each, extent.records - number * self.each)
                    offset = extent.first + number * self.each * layout.record_size
                    raw = file.read(records * layout.record_size, offset)
                    if len(raw) < records * layout.record_size:
                        raise InputRefused(sentences.inputs.SHORTER_LOOK.format(path=self.source.path))
                    pieces.append((offset, raw))
                reads.bytes += sum(len(raw) for _, raw in pieces)
                yield self._decoded(pieces, wanted)

    def _decoded(self, pieces: list[tuple[int, bytes]], wanted: WantedColumns) -> BlockBatch:
        layout = self.source.layout
        records = np.array([len(raw) // layout.record_size for _, raw in pieces], np.int64)
        places = np.repeat(np.arange(len(pieces)), records)
        try:
            decoded = decode(
                layout, b"".join(raw for _, raw in pieces), source=self.source.path, offset=0, first_record=0
            )
        except InputRefused:
            for offset, raw in pieces:  # the same again, for the place in the file
                first = (offset - self.source.extent.first) // layout.record_size
                decode(layout, raw, source=self.source.path, offset=offset, first_record=first)
            raise
        if decoded.kept is not None:
            places = places[decoded.kept]
        written = np.bincount(places, minlength=len(pieces)).astype(np.int64)
        columns = dict(zip(self.source.column_names, decoded.batch.columns, strict=True))
        stratum = columns.get(wanted.stratum.name) if wanted.stratum else None
        measures = {
            column.name: measure_values(columns[column.name]) for column in wanted.measures if column.name in columns
        }
        return BlockBatch(
            records.astype(np.float64),
            written,
            records - written,
            places,
            None if stratum is None else pa.chunked_array([stratum]),
            measures if len(places) else {},
        )
