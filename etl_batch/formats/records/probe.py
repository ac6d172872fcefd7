"""Blocks of fixed records: their records to rows, many blocks in one decoding."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from etl_batch.analytics.moments import Integers
from etl_batch.columns.measures import measure_values
from etl_batch.errors import InputRefused
from etl_batch.formats.blocks import BATCH_BYTES, BlockBatch, Reads, Wanted
from etl_batch.formats.records.decoder import decode
from etl_batch.formats.source import Source
from etl_batch.layouts import Extent, Layout

SHORTER = "{path} became shorter while it was read. Look again when it is at rest."


@dataclass(frozen=True, slots=True)
class BinaryBlocks:
    """A file's drawn blocks, to be read: `numbers` of blocks of `each` records."""

    source: Source
    extent: Extent
    numbers: Integers
    each: int

    def batches(self, wanted: Wanted, reads: Reads) -> Iterator[BlockBatch]:
        """The blocks' rows, a few megabytes at a time. Raises `InputRefused` where a field's `on_error` is `fail`."""
        layout = self.source.layout
        assert layout is not None
        step = max(BATCH_BYTES // (self.each * layout.record_size), 1)
        descriptor = os.open(self.source.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for first in range(0, len(self.numbers), step):
                pieces = []
                for number in self.numbers[first : first + step].tolist():
                    records = min(self.each, self.extent.records - number * self.each)
                    offset = self.extent.first + number * self.each * layout.record_size
                    raw = os.pread(descriptor, records * layout.record_size, offset)
                    if len(raw) < records * layout.record_size:
                        raise InputRefused(SHORTER.format(path=self.source.path))
                    pieces.append((offset, raw))
                reads.bytes += sum(len(raw) for _, raw in pieces)
                yield self._decoded(layout, pieces, wanted)
        finally:
            os.close(descriptor)

    def _decoded(self, layout: Layout, pieces: list[tuple[int, bytes]], wanted: Wanted) -> BlockBatch:
        records = np.array([len(raw) // layout.record_size for _, raw in pieces], np.int64)
        places = np.repeat(np.arange(len(pieces)), records)
        try:
            decoded = decode(
                layout, b"".join(raw for _, raw in pieces), source=self.source.path, offset=0, first_record=0
            )
        except InputRefused:
            for offset, raw in pieces:  # the same again, for the place in the file
                first = (offset - self.extent.first) // layout.record_size
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
