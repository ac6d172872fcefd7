"""The stage that encodes: clean rows of one chunk to the bytes of every sink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.record.profile import encode_stage
from etl_batch.sinks.sink import Encoded, Sink
from etl_batch.stopwatch import STILL, Watch


class TypedRows(NamedTuple):
    """Rows under the output columns."""

    batch: pa.RecordBatch
    forms: tuple[int, ...]
    """The form by which each column's text cells were typed."""
    from_text: tuple[bool, ...]
    """Which columns came as text cells."""


@dataclass(frozen=True, slots=True)
class EncodedChunk:
    """The outputs of one chunk before they have a place."""

    outputs: tuple[Encoded, ...]
    """In the order of the sinks."""
    typed: tuple[TypedRows, ...]
    """The rows once more, for the estimates."""


class Encoder:
    """Hands the slabs of one chunk to every sink in order. `watch`: what each takes is a lap of its own."""

    def __init__(self, sinks: Sequence[Sink], columns: Sequence[OutputColumn], watch: Watch = STILL) -> None:
        self.encoders = [sink.encoder(columns) for sink in sinks]
        self.laps = [encode_stage(sink.name) for sink in sinks]
        self.watch = watch
        self.typed: list[TypedRows] = []

    def add(self, rows: CleanRows) -> None:
        """Take one slab's rows in."""
        for encoder, lap in zip(self.encoders, self.laps, strict=True):
            encoder.add(rows)
            self.watch.lap(lap)
        self.typed.append(TypedRows(rows.typed, rows.forms, rows.from_text))

    def finish(self) -> EncodedChunk:
        """The outputs of the chunk."""
        outputs = []
        for encoder, lap in zip(self.encoders, self.laps, strict=True):
            outputs.append(encoder.finish())
            self.watch.lap(lap)
        return EncodedChunk(tuple(outputs), tuple(self.typed))
