"""Rows as Parquet row groups, and one Parquet file made of row groups that many processes encoded.

A worker encodes its rows into memory as a small Parquet file and keeps the bytes between the leading magic and the
footer (`EncodedRows.body`). Placed at any position of the big file they stay valid once the offsets in their footer
are moved by the same distance, so the finished file is `PAR1`, the bodies, one footer with all row groups.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import thriftpy2
from thriftpy2.protocol.compact import TCompactProtocol
from thriftpy2.transport import TMemoryBuffer

MAGIC = b"PAR1"
_COMPRESSION = "lz4"


@dataclass(frozen=True, slots=True)
class RowGroup:
    """One placed row group: the types and text forms its columns were encoded with, and its footer entry."""

    types: tuple[pa.DataType, ...]
    forms: tuple[int, ...]
    """Form of each column that came from text cells (see `columns.forms`), 0 for the others."""
    rows: int
    entry: bytes
    """The thrift RowGroup, offsets relative to the body it came in."""
    from_text: tuple[bool, ...] = ()
    """Which columns came as text cells."""
    size: int = 0
    """Bytes of the body."""
    position: int = 0
    """What is to be added to those offsets in the finished file."""

    def placed(self, start: int) -> RowGroup:
        """The row group when its body stands at byte `start` of the file."""
        return replace(self, position=start - len(MAGIC))


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Row groups in memory: their data pages, and the footer that describes them."""

    body: memoryview
    entry: bytes


def encode_rows(batches: list[pa.RecordBatch], dictionary_columns: list[str]) -> EncodedRows:
    """One row group of the given batches (all of one schema)."""
    table = pa.Table.from_batches(batches)
    sink = pa.BufferOutputStream()
    statistics = [f.name for f in table.schema if not _is_long(f.type)]
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression=_COMPRESSION,
        use_dictionary=dictionary_columns or False,
        write_statistics=statistics or False,
        store_schema=False,
    ) as writer:
        writer.write_table(table, row_group_size=max(table.num_rows, 1))
    whole = memoryview(sink.getvalue())
    footer = _read_footer(whole)
    return EncodedRows(whole[4 : len(whole) - 8 - _footer_length(whole)], _dump(footer.row_groups[0]))


def _is_long(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_nested(kind))


def build_footer(schema: pa.Schema, row_groups: list[RowGroup], patches: Mapping[tuple[int, int], bytes]) -> bytes:
    """The end of the finished file: the footer for all row groups, its length and the closing magic.

    `patches` holds, by (row group, column), the thrift ColumnChunk of a column that was encoded again, offsets final.
    """
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema):
        pass  # an empty file: its footer has the schema elements, the Arrow schema and the column orders
    footer = _read_footer(memoryview(sink.getvalue()))
    footer.row_groups = [_shifted(group, number, patches) for number, group in enumerate(row_groups)]
    footer.num_rows = sum(group.rows for group in row_groups)
    body = _dump(footer)
    return body + struct.pack("<I", len(body)) + MAGIC


def _shifted(group: RowGroup, number: int, patches: Mapping[tuple[int, int], bytes]) -> Any:
    entry = _load(_idl().RowGroup, group.entry)
    for index, chunk in enumerate(entry.columns):
        patch = patches.get((number, index))
        if patch is not None:
            entry.columns[index] = _load(_idl().ColumnChunk, patch)
        else:
            _shift(chunk, group.position)
    first = entry.columns[0].meta_data
    entry.file_offset = first.dictionary_page_offset or first.data_page_offset
    entry.total_byte_size = sum(chunk.meta_data.total_uncompressed_size for chunk in entry.columns)
    entry.total_compressed_size = sum(chunk.meta_data.total_compressed_size for chunk in entry.columns)
    entry.ordinal = number if number < 2**15 else None
    return entry


def _shift(chunk: Any, distance: int) -> None:
    chunk.file_offset = chunk.file_offset + distance if chunk.file_offset else 0
    meta = chunk.meta_data
    for name in ("data_page_offset", "index_page_offset", "dictionary_page_offset", "bloom_filter_offset"):
        value = getattr(meta, name)
        if value is not None:
            setattr(meta, name, value + distance)


def encode_column(column: pa.Array, name: str, dictionary: bool, position: int) -> tuple[memoryview, bytes]:
    """One column of a row group encoded alone: its pages, to be placed at `position`, and its ColumnChunk."""
    encoded = encode_rows([pa.RecordBatch.from_arrays([column], [name])], [name] if dictionary else [])
    chunk = _load(_idl().RowGroup, encoded.entry).columns[0]
    _shift(chunk, position - len(MAGIC))
    return encoded.body, _dump(chunk)


def read_column(path: Path, group: RowGroup, names: list[str], index: int) -> Iterator[pa.Array]:
    """The column of one placed row group of a file that has no footer yet, read through a footer made for it."""
    schema = pa.schema([pa.field(name, kind) for name, kind in zip(names, group.types, strict=True)])
    tail = build_footer(schema, [group], {})
    with path.open("rb") as data:
        stream = _WithTail(data, path.stat().st_size, tail)
        table = pq.ParquetFile(stream).read(columns=[names[index]])
    yield from table.column(0).chunks or [pa.array([], group.types[index])]


class _WithTail:
    """A file with a footer behind its last byte, readable as one: what pyarrow needs of a Python file."""

    closed = False

    def __init__(self, data: Any, size: int, tail: bytes) -> None:
        self.data, self.size, self.tail, self.position = data, size, tail, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self.position, 2: self.size + len(self.tail)}[whence]
        self.position = base + offset
        return self.position

    def tell(self) -> int:
        return self.position

    def read(self, count: int = -1) -> bytes:
        if count < 0:
            count = self.size + len(self.tail) - self.position
        self.data.seek(self.position)
        out: bytes = self.data.read(min(count, max(self.size - self.position, 0)))
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


def load_format() -> None:
    """Load the format's definition; called once before the workers are forked, so that none of them has to."""
    _idl()


@cache
def _idl() -> Any:
    return thriftpy2.load(str(Path(__file__).with_name("parquet_footer.thrift")), module_name="parquet_footer_thrift")


def _footer_length(whole: memoryview) -> int:
    return int(struct.unpack("<I", whole[-8:-4])[0])


def _read_footer(whole: memoryview) -> Any:
    return _load(_idl().FileMetaData, bytes(whole[len(whole) - 8 - _footer_length(whole) : len(whole) - 8]))


def _load(kind: Any, data: bytes) -> Any:
    value = kind()
    TCompactProtocol(TMemoryBuffer(data)).read_struct(value)
    return value


def _dump(value: Any) -> bytes:
    buffer = TMemoryBuffer()
    TCompactProtocol(buffer).write_struct(value)
    out: bytes = buffer.getvalue()
    return out
