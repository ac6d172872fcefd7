"""The Parquet sink: row groups that the workers encode on their own, and one footer that the parent writes for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa

from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn, settle, value_type
from etl_batch.files.staging import Staged, opened, write_all
from etl_batch.parquet_terms import MAGIC
from etl_batch.sinks.encodings import Encodings
from etl_batch.sinks.footer import ColumnEntry
from etl_batch.sinks.row_groups import (
    LooseRowGroup,
    RowGroup,
    build_footer,
    encode_column,
    encode_rows,
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
    compat: bool = False
    """Only what the oldest readers take."""

    @classmethod
    def staged(cls, file: Staged, config: RunConfig) -> ParquetSink:
        """As `--parquet-compat` says."""
        return cls(file, config.parquet_compat)

    @classmethod
    def target(cls, config: RunConfig) -> Path | None:
        """`--output-parquet`."""
        return config.output_parquet

    def begin(self, columns: Sequence[OutputColumn]) -> int:  # noqa: ARG002 - the columns stand in the footer
        """The magic bytes."""
        return self.write_start(MAGIC)

    def encoder(self, columns: Sequence[OutputColumn]) -> SinkEncoder:
        """Row groups of about `ROW_GROUP_BYTES`."""
        return _ParquetEncoder(Encodings(tuple(columns), self.compat))

    def settle(self, entry: object, start: int) -> object:
        """The chunk's row groups with their final offsets, so that closing only has to join them."""
        groups = []
        assert isinstance(entry, tuple)
        for group in entry:
            groups.append(group.placed(start))
            start += group.size
        return tuple(groups)

    def describe(self, final: FinalColumns) -> Mapping[str, str]:
        """How the columns are encoded and compressed."""
        return Encodings(final.columns, self.compat).describe(final.schema)

    def close(self, chunks: Sequence[PlacedChunk], final: FinalColumns) -> int:
        """Encode again the few columns of row groups whose type was widened later, append them and the footer.

        The superseded pages stay in the file as unused bytes, so that no byte is written twice.
        """
        groups = [group for chunk in chunks for group in _row_groups(chunk)]
        end = max([len(MAGIC), *(chunk.end for chunk in chunks)])
        try:
            with opened(self.file) as descriptor:
                return _close(descriptor, groups, final, Encodings(final.columns, self.compat), end)
        except OSError as error:
            raise cannot_write(self.file.target, error) from error


class _ParquetEncoder(SinkEncoder):
    def __init__(self, encodings: Encodings) -> None:
        self.encodings = encodings
        self.encoded = Encoded()
        self.groups: list[LooseRowGroup] = []
        self.pending: list[pa.RecordBatch] = []
        self.pending_bytes = 0
        self.forms: tuple[int, ...] = ()
        self.from_text: tuple[bool, ...] = ()

    def add(self, rows: CleanRows) -> None:
        """Gather rows of one schema until they fill a row group."""
        alike = (rows.forms, rows.from_text) == (self.forms, self.from_text)
        if self.pending and not (alike and rows.typed.schema == self.pending[0].schema):
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
        encoded = encode_rows(self.pending, self.encodings)
        kinds = tuple(value_type(kind) for kind in self.pending[0].schema.types)
        rows = sum(batch.num_rows for batch in self.pending)
        group = LooseRowGroup(kinds, self.forms, self.from_text, rows, encoded.entries, len(encoded.body))
        self.encoded.parts.append(encoded.body)
        self.groups.append(group)
        self.pending, self.pending_bytes = [], 0


def _row_groups(chunk: PlacedChunk) -> tuple[RowGroup, ...]:
    assert isinstance(chunk.entry, tuple)
    return chunk.entry


def _close(descriptor: int, groups: list[RowGroup], final: FinalColumns, encodings: Encodings, end: int) -> int:
    """Write what is missing behind byte `end` of an open file; returns the file's size."""
    schema = final.schema
    patches: dict[tuple[int, int], tuple[ColumnEntry, ...]] = {}
    for number, group in enumerate(groups):
        for index in _widened(group.types, schema.types):
            column = pa.concat_arrays(read_column(descriptor, group, schema.names, encodings, index))
            wide = settle(
                column,
                group.forms[index],
                group.from_text[index],
                schema.types[index],
                final.forms[index],
                nulls=bool(final.columns[index].written.null_words),
            )
            own = Encodings((final.columns[index],), encodings.compat)
            body, patches[number, index] = encode_column(wide, schema.names[index], own, end)
            write_all(descriptor, [body], end)
            end += len(body)
    footer = build_footer(schema, encodings, groups, patches, end)
    write_all(descriptor, [footer], end)
    return end + len(footer)


def _widened(encoded: Sequence[pa.DataType], final: Sequence[pa.DataType]) -> list[int]:
    return [index for index, (had, has) in enumerate(zip(encoded, final, strict=True)) if had != has]
