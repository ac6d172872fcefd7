"""The Parquet sink: row groups that the workers encode on their own, and one footer that the parent writes for all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa

from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn, settle, value_type
from etl_batch.sinks.row_groups import (
    MAGIC,
    RowGroup,
    build_footer,
    encode_column,
    encode_rows,
    load_format,
    read_column,
)
from etl_batch.sinks.sink import Encoded, FinalColumns, PlacedChunk, Sink, SinkEncoder, cannot_write

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

ROW_GROUP_BYTES = 16 << 20
"""Bytes of columns that go into one row group."""


@dataclass(frozen=True)
class ParquetSink(Sink):
    """The merged Parquet file."""

    name: ClassVar[str] = "parquet"

    @classmethod
    def target(cls, config: RunConfig) -> Path | None:
        """`--output-parquet`."""
        return config.output_parquet

    def begin(self, columns: Sequence[OutputColumn]) -> int:  # noqa: ARG002 - the columns stand in the footer
        """The magic bytes."""
        load_format()
        return self.write_start(MAGIC)

    def encoder(self, columns: Sequence[OutputColumn]) -> SinkEncoder:
        """Row groups of about `ROW_GROUP_BYTES`."""
        return _ParquetEncoder([column.name for column in columns if column.dictionary])

    def close(self, chunks: Sequence[PlacedChunk], final: FinalColumns) -> int:
        """Encode again the few columns of row groups whose type was widened later, append them and the footer.

        The superseded pages stay in the file as unused bytes, so that no byte is written twice.
        """
        try:
            return _close(self.file.staged, list(_placed_groups(chunks)), final, max([len(MAGIC), *_ends(chunks)]))
        except OSError as error:
            raise cannot_write(self.file.target, error) from error


class _ParquetEncoder(SinkEncoder):
    def __init__(self, dictionary_columns: list[str]) -> None:
        self.dictionary_columns = dictionary_columns
        self.encoded = Encoded()
        self.groups: list[RowGroup] = []
        self.pending: list[pa.RecordBatch] = []
        self.pending_bytes = 0
        self.forms: tuple[int, ...] = ()
        self.from_text: tuple[bool, ...] = ()

    def add(self, rows: CleanRows) -> None:
        """Gather rows of one schema until they fill a row group."""
        if self.pending and (rows.typed.schema != self.pending[0].schema or rows.forms != self.forms):
            self._flush()
        self.pending.append(rows.typed)
        self.forms, self.from_text = rows.forms, rows.from_text
        self.pending_bytes += rows.typed.nbytes
        if self.pending_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def finish(self) -> Encoded:
        """The chunk's row groups: their pages as bytes, their footer entries for the end of the file."""
        self._flush()
        self.encoded.entry = tuple(self.groups)
        return self.encoded

    def _flush(self) -> None:
        if not self.pending:
            return
        encoded = encode_rows(self.pending, self.dictionary_columns)
        kinds = tuple(value_type(kind) for kind in self.pending[0].schema.types)
        rows = sum(batch.num_rows for batch in self.pending)
        group = RowGroup(kinds, self.forms, rows, encoded.entry, self.from_text, len(encoded.body))
        self.encoded.parts.append(encoded.body)
        self.groups.append(group)
        self.pending, self.pending_bytes = [], 0


def _ends(chunks: Sequence[PlacedChunk]) -> Iterator[int]:
    return (chunk.end for chunk in chunks)


def _placed_groups(chunks: Sequence[PlacedChunk]) -> Iterator[RowGroup]:
    """The row groups of all chunks in order, each at its place in the file."""
    for chunk in chunks:
        start, groups = chunk.start, chunk.entry
        assert isinstance(groups, tuple)
        for group in groups:
            yield group.placed(start)
            start += group.size


def _close(path: Path, groups: list[RowGroup], final: FinalColumns, end: int) -> int:
    """Write what is missing behind byte `end`; returns the file's size."""
    schema = final.schema
    patches: dict[tuple[int, int], bytes] = {}
    with path.open("r+b") as file:
        for number, group in enumerate(groups):
            for index in _widened(group.types, schema.types):
                column = pa.concat_arrays(read_column(path, group, schema.names, index))
                wide = settle(
                    column, group.forms[index], group.from_text[index], schema.types[index], final.forms[index]
                )
                body, entry = encode_column(wide, schema.names[index], final.columns[index].dictionary, end)
                os.pwrite(file.fileno(), body, end)
                end += len(body)
                patches[number, index] = entry
        footer = build_footer(schema, groups, patches)
        os.pwrite(file.fileno(), footer, end)
    return end + len(footer)


def _widened(encoded: Sequence[pa.DataType], final: Sequence[pa.DataType]) -> list[int]:
    return [index for index, (had, has) in enumerate(zip(encoded, final, strict=True)) if had != has]
