"""The Parquet sinks: row groups that the workers encode on their own, and footers that the parent writes for all.

One file has one footer; of several parts each is a whole Parquet file, with the same columns.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa

from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn, settle, value_type
from etl_batch.files.digest import Mark
from etl_batch.files.parted import MANIFEST, PartFile, PartsManifest, offset_of, opened_at, part_name, part_of, place_in
from etl_batch.files.staging import Staged, names_within, opened, opened_within, remove_staged, write_all
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
from etl_batch.sinks.sink import Encoded, FinalColumns, Part, PlacedChunk, Sealed, Sink, SinkEncoder, cannot_write

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

ROW_GROUP_BYTES = 16 << 20
"""Bytes of columns that go into one row group."""
_PARTS, _LEAST_PART_BYTES, _MOST_PART_BYTES = 64, 4 << 20, 256 << 20
"""A part ends with the chunk that has it be so large: about the input's 64th part, within bounds."""


@dataclass(frozen=True)
class ParquetSink(Sink):
    """The merged Parquet file."""

    name: ClassVar[str] = "parquet"
    compat: bool = False
    """Only what the oldest readers take."""

    @classmethod
    def in_parts(cls, config: RunConfig) -> bool:
        """`--parts`."""
        return config.parts

    @classmethod
    def staged(cls, file: Staged, config: RunConfig, input_bytes: int) -> ParquetSink:
        """As `--parquet-compat` and `--parts` say."""
        if not config.parts:
            return cls(file, config.parquet_compat)
        part_bytes = min(max(input_bytes // _PARTS, _LEAST_PART_BYTES), _MOST_PART_BYTES)
        return ParquetPartsSink(file, config.parquet_compat, part_bytes)

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
        groups, offset = [], offset_of(start)
        assert isinstance(entry, tuple)
        for group in entry:
            groups.append(group.placed(offset))
            offset += group.size
        return tuple(groups)

    def describe(self, final: FinalColumns) -> Mapping[str, str]:
        """How the columns are encoded and compressed."""
        return Encodings(final.columns, self.compat).describe(final.schema)

    def close(self, chunks: Sequence[PlacedChunk], final: FinalColumns) -> int:
        """Encode again the few columns of row groups whose type was widened later, append them and the footer.

        The superseded pages stay in the file as unused bytes, so that no byte is written twice.
        """
        return sum(self._close_part(part, within, final) for part, within in _by_part(chunks))

    def _close_part(self, part: int, chunks: Sequence[PlacedChunk], final: FinalColumns) -> int:
        groups = [group for chunk in chunks for group in _row_groups(chunk)]
        end = max([len(MAGIC), *(offset_of(chunk.end) for chunk in chunks)])
        try:
            with opened_at(self.file, place_in(part, 0)) as descriptor:
                return _close(descriptor, groups, final, Encodings(final.columns, self.compat), end)
        except OSError as error:
            raise cannot_write(self.file.target, error) from error


@dataclass(frozen=True)
class ParquetPartsSink(ParquetSink):
    """A folder of Parquet files, one behind the other, and a manifest that names them."""

    part_bytes: int = _LEAST_PART_BYTES

    def begin(self, columns: Sequence[OutputColumn]) -> int:  # noqa: ARG002 - the columns stand in the footers
        """The magic bytes of the first part, which is there though there may be no row."""
        try:
            with opened(self.file) as folder:
                for name in names_within(self.file):  # of a pass that was given up
                    remove_staged(name, folder)
            with opened_at(self.file, 0) as descriptor:
                write_all(descriptor, [MAGIC], 0)
        except OSError as error:
            raise cannot_write(self.file.target, error) from error
        return len(MAGIC)

    def begins(self, end: int) -> int:
        """In the next part, once one is large enough."""
        return end if offset_of(end) < self.part_bytes else place_in(part_of(end) + 1, len(MAGIC))

    def place(self, parts: Sequence[Part], start: int) -> None:
        """See `Sink`; whoever comes first in a part begins it."""
        if parts and part_of(start) and offset_of(start) == len(MAGIC):
            parts, start = [MAGIC, *parts], place_in(part_of(start), 0)
        super().place(parts, start)

    def seal(self, chunks: Sequence[PlacedChunk], size: int, digests: Sequence[Mark]) -> Sealed:
        """Write the manifest."""
        rows = {
            part: sum(group.rows for chunk in within for group in _row_groups(chunk))
            for part, within in _by_part(chunks)
        }
        parts = tuple(
            PartFile(part_name(self.file, number), offset_of(mark.end), rows[number], mark.digest)
            for number, mark in enumerate(digests)
        )
        text = PartsManifest(self.file.run_id, parts).text.encode()
        try:
            with opened_within(self.file, MANIFEST) as descriptor:
                os.ftruncate(descriptor, 0)
                write_all(descriptor, [text], 0)
        except OSError as error:
            raise cannot_write(self.file.target, error) from error
        return Sealed(size, hashlib.sha256(text).hexdigest(), len(parts), len(text))


def _by_part(chunks: Sequence[PlacedChunk]) -> Iterator[tuple[int, list[PlacedChunk]]]:
    """The chunks that have rows, by the part that they are in; there is one though none has."""
    filled = [chunk for chunk in chunks if chunk.end > chunk.start]
    if not filled:
        yield 0, []
    for part, within in groupby(filled, lambda chunk: part_of(chunk.start)):
        yield part, list(within)


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
