"""Rows as Parquet row groups, and one Parquet file made of row groups that many processes encoded.

A worker encodes its rows into memory, column by column (`EncodedRows.body`). Placed at any position of the big file
the pages stay valid once the offsets in their footer are moved by the same distance, so the finished file is `PAR1`,
the bodies, and one footer with all row groups (see `footer`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch import sentences
from etl_batch.errors import OutputFailed
from etl_batch.parquet_terms import MAGIC
from etl_batch.sinks import footer
from etl_batch.sinks.encodings import Encodings, Way, arrow_options, empty_file
from etl_batch.sinks.footer import ColumnEntry, GroupEntry, LooseColumn
from etl_batch.sinks.pages import ColumnPages
from etl_batch.sinks.values import Scratch, values_of


@dataclass(frozen=True, slots=True)
class RowGroup:
    """One placed row group: the types and text forms its columns were encoded with, and what the footer says of it."""

    types: tuple[pa.DataType, ...]
    forms: tuple[int, ...]
    """Form of each column that came from text cells (see `columns.forms`), 0 for the others."""
    from_text: tuple[bool, ...]
    """Which columns came as text cells."""
    rows: int
    entries: tuple[tuple[ColumnEntry, ...], ...]
    """By column, the entries of its leaves: one of a column that is not nested."""


@dataclass(frozen=True, slots=True)
class LooseRowGroup:
    """A row group before it has a place; the fields are those of the placed one."""

    types: tuple[pa.DataType, ...]
    forms: tuple[int, ...]
    from_text: tuple[bool, ...]
    rows: int
    entries: tuple[tuple[LooseColumn, ...], ...]
    size: int
    """Bytes of its body."""

    def placed(self, start: int) -> RowGroup:
        """The row group when its body stands at byte `start` of the file."""
        distance = start - len(MAGIC)
        entries = tuple(tuple(leaf.placed(distance) for leaf in leaves) for leaves in self.entries)
        return RowGroup(self.types, self.forms, self.from_text, self.rows, entries)


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Row groups in memory: their data pages, and what describes them."""

    body: memoryview
    entries: tuple[tuple[LooseColumn, ...], ...]


def encode_rows(batches: list[pa.RecordBatch], encodings: Encodings) -> EncodedRows:
    """One row group of the given batches (all of one schema). Raises `OutputFailed` for what the format has no room."""
    schema, body, scratch = batches[0].schema, bytearray(), Scratch()
    entries: list[tuple[LooseColumn, ...]] = []
    for index, (name, ways) in enumerate(zip(schema.names, encodings.ways(schema), strict=True)):
        column = _joined([batch.column(index) for batch in batches])
        pages = None if encodings.compat else _pages(column, name, ways)
        if pages is not None:
            entries.append((pages.write(body, scratch),))
            continue
        whole, leaves = _encode_by_arrow(column, name, ways, encodings)
        entries.append(tuple(leaf.shifted(len(body)) for leaf in leaves))
        body += whole
    return EncodedRows(memoryview(body), tuple(entries))


def _joined(arrays: list[pa.Array]) -> pa.Array:
    if len(arrays) > 1 and pa.types.is_dictionary(arrays[0].type):
        arrays = pa.chunked_array(arrays).unify_dictionaries().chunks
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)


def _pages(column: pa.Array, name: str, ways: list[Way]) -> ColumnPages | None:
    """The column's pages to be; None for nested columns and types that are rare, which are left to Arrow's writer."""
    if pa.types.is_nested(column.type):
        return None
    valid = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else None
    values = values_of(column if valid is None else column.drop_null(), ways[0])
    return None if values is None else ColumnPages(values, valid, name, ways[0].codec)


def _encode_by_arrow(
    column: pa.Array, name: str, ways: list[Way], encodings: Encodings
) -> tuple[memoryview, Sequence[LooseColumn]]:
    """A column as a small file of its own, which is what the oldest readers get of all."""
    table, sink = pa.table([column], [name]), pa.BufferOutputStream()
    options = {**encodings.format, **arrow_options(ways), "write_statistics": not _is_long(column.type)}
    try:
        with pq.ParquetWriter(sink, table.schema, store_schema=False, **options) as writer:
            writer.write_table(table, row_group_size=max(table.num_rows, 1))
    except pa.ArrowInvalid as error:
        if not encodings.compat:
            raise
        # A nanosecond: the oldest readers have no type for it.
        raise OutputFailed(sentences.outputs.NOT_IN_COMPAT.format(reason=error)) from error
    return footer.take_apart(memoryview(sink.getvalue()))


def _is_long(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_nested(kind))


def build_footer(
    schema: pa.Schema,
    encodings: Encodings,
    row_groups: Sequence[RowGroup],
    patches: Mapping[tuple[int, int], tuple[ColumnEntry, ...]],
    position: int,
) -> bytes:
    """The end of the finished file, from byte `position` on: the footer for all row groups and what belongs to it.

    `patches` holds, by (row group, column), the entries of a column that was encoded again.
    """
    groups = []
    for number, group in enumerate(row_groups):
        entries = (patches.get((number, index), leaves) for index, leaves in enumerate(group.entries))
        groups.append(GroupEntry(group.rows, [leaf for leaves in entries for leaf in leaves]))
    return footer.build_footer(footer.footer_of(empty_file(schema, encodings.format)), groups, position)


def encode_column(
    column: pa.Array, name: str, encodings: Encodings, position: int
) -> tuple[memoryview, tuple[ColumnEntry, ...]]:
    """One column of a row group encoded alone: its pages, to be placed at `position`, and its entries."""
    encoded = encode_rows([pa.RecordBatch.from_arrays([column], [name])], encodings)
    return encoded.body, tuple(leaf.placed(position - len(MAGIC)) for leaf in encoded.entries[0])


def read_column(
    descriptor: int, group: RowGroup, names: list[str], encodings: Encodings, index: int
) -> Iterator[pa.Array]:
    """The column of one placed row group of an open file that has no footer yet, read through a footer made for it."""
    schema = pa.schema([pa.field(name, kind) for name, kind in zip(names, group.types, strict=True)])
    size = os.fstat(descriptor).st_size
    tail = build_footer(schema, encodings, [group], {}, size)
    table = pq.ParquetFile(_WithTail(descriptor, size, tail)).read(columns=[names[index]])
    # The oldest format has no types for some, such as unsigned numbers of 32 bits, and keeps them in larger ones.
    column = table.column(0).cast(group.types[index])
    yield from column.chunks or [pa.array([], group.types[index])]


class _WithTail:
    """A file with a footer behind its last byte, readable as one: what pyarrow needs of a Python file."""

    closed = False

    def __init__(self, descriptor: int, size: int, tail: bytes) -> None:
        self.descriptor, self.size, self.tail, self.position = descriptor, size, tail, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self.position, 2: self.size + len(self.tail)}[whence]
        self.position = base + offset
        return self.position

    def tell(self) -> int:
        return self.position

    def read(self, count: int = -1) -> bytes:
        if count < 0:
            count = self.size + len(self.tail) - self.position
        out = os.pread(self.descriptor, min(count, max(self.size - self.position, 0)), self.position)
        rest = self.position + len(out) - self.size
        if len(out) < count and rest >= 0:
            out += self.tail[rest : rest + count - len(out)]
        self.position += len(out)
        return out

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def close(self) -> None:
        """The file belongs to the caller."""
