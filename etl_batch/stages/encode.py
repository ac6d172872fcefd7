"""The stage that encodes: clean rows of one chunk to the bytes of every sink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.sinks.sink import Encoded, Sink

TypedRows = tuple[pa.RecordBatch, tuple[int, ...]]
"""Rows under the output columns, and the form by which each column's text cells were typed."""


@dataclass(frozen=True, slots=True)
class EncodedChunk:
    """The outputs of one chunk before they have a place."""

    outputs: tuple[Encoded, ...]
    """In the order of the sinks."""
    typed: tuple[TypedRows, ...]
    """The rows once more, for the estimates."""


class Encoder:
    """Hands the slabs of one chunk to every sink in order."""

    def __init__(self, sinks: Sequence[Sink], columns: Sequence[OutputColumn]) -> None:
        self.encoders = [sink.encoder(columns) for sink in sinks]
        self.typed: list[TypedRows] = []

    def add(self, rows: CleanRows) -> None:
        """Take one slab's rows in."""
        for encoder in self.encoders:
            encoder.add(rows)
        self.typed.append((rows.typed, rows.forms))

    def finish(self) -> EncodedChunk:
        """The outputs of the chunk."""
        return EncodedChunk(tuple(encoder.finish() for encoder in self.encoders), tuple(self.typed))
