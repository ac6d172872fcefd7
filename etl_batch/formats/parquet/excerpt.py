"""An excerpt of a Parquet file: a small file in memory, with the pages of the large one that hold some rows.

A chunk is some of the rows of a row group, and Arrow's reader begins a row group at its first row: whoever wants the
last rows decodes all of them. So its pages are looked up (`pages`), copied as they are behind each other, and given a
footer with the large file's schema, in which each group of columns that has just these rows is a row group. Arrow reads
that; nothing but the footer is made here. What cannot be had so is not `picked`, and is left to be read from the start.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from etl_batch import memory, thrift
from etl_batch.formats.opened import OpenContent
from etl_batch.formats.parquet.footer import ColumnChunk, OddFooter, column_chunks, footer
from etl_batch.formats.parquet.pages import ColumnPages, OddPages, Page
from etl_batch.parquet_terms import MAGIC, PHYSICAL, closed
from etl_batch.thrift import BINARY, I32, I64, LIST, STRUCT, Walker

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_SCHEMA = 2
_CODECS = {0, 1, 2, 4, 6}
"""None, Snappy, gzip, Brotli, Zstandard. LZ4 is not among them: two codecs have this name."""
_MOST_ENTRIES = 1 << 18
"""Each row group has an entry for each column of the schema: many columns with pages of different rows are too many."""
_kept = threading.local()


@dataclass(frozen=True, slots=True)
class Picked:
    """The pages of one leaf that hold the wanted rows."""

    leaf: int
    chunk: ColumnChunk
    dictionary: Page | None
    """None where they do not need it: Arrow's writer gives up on a dictionary that becomes too large."""
    pages: tuple[Page, ...]

    @property
    def rows(self) -> tuple[int, int]:
        """The first row of the row group that they hold, and the one behind the last."""
        return self.pages[0].first, self.pages[-1].first + self.pages[-1].values

    @property
    def coded(self) -> int:
        """How many values the dictionary has that all its cells are taken from; 0 where some are not."""
        return self.dictionary.values if self.dictionary and all(page.coded for page in self.pages) else 0

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The bytes of the file that are wanted."""
        data = (self.pages[0].start, self.pages[-1].end)
        return [(self.dictionary.start, self.dictionary.end), data] if self.dictionary else [data]


class PagedGroup:
    """The pages of one row group of an open file. Raises `OddPages` when the footer does not tell where they are."""

    def __init__(self, opened: OpenContent, metadata: pq.FileMetaData, number: int) -> None:
        self.schema = metadata.schema
        try:
            self.chunks = column_chunks(opened, number)
        except OddFooter as error:
            raise OddPages from error
        if len(self.chunks) != metadata.num_columns:
            raise OddPages
        self.leaves = {self.schema.column(leaf).path: leaf for leaf in range(metadata.num_columns)}
        self.columns: dict[int, ColumnPages] = {}

    def pick(self, opened: OpenContent, leaf: int, first: int, last: int) -> Picked | None:
        """The pages of a leaf that hold the rows `[first, last)`; None where they cannot be told or copied."""
        chunk = self.chunks[leaf]
        single = self.schema.column(leaf).max_repetition_level == 0
        if not single or chunk.codec not in _CODECS or chunk.physical not in PHYSICAL.values() or chunk.begin <= 0:
            return None
        try:
            column = self.columns.setdefault(leaf, ColumnPages(chunk.begin))
            pages = column.covering(opened, first, last)
        except (OddPages, OSError):
            return None
        return Picked(leaf, chunk, column.dictionary if any(page.coded for page in pages) else None, tuple(pages))


def paged_group(path: str, opened: OpenContent, metadata: pq.FileMetaData, number: int) -> PagedGroup:
    """Of the file that is open; the thread's last one is kept, since the next chunk is most likely of it too."""
    key = (path, number, *opened.key())
    if getattr(_kept, "key", None) != key:
        _kept.group = PagedGroup(opened, metadata, number)
        _kept.key = key
    group: PagedGroup = _kept.group
    return group


def grouped(picked: Sequence[Picked], columns: int) -> list[list[Picked]]:
    """Those that hold the same rows together. Raises `OddPages` when these are too many groups for so many columns."""
    groups: dict[tuple[int, int], list[Picked]] = {}
    for one in picked:
        groups.setdefault(one.rows, []).append(one)
    if len(groups) * columns > _MOST_ENTRIES:
        raise OddPages
    return list(groups.values())


def build_excerpt(opened: OpenContent, metadata: pq.FileMetaData, groups: Sequence[Sequence[Picked]]) -> bytearray:
    """The excerpt of an open file's row group: each of the groups as a row group. Raises `OddPages`."""
    size = sum(end - start for group in groups for one in group for start, end in one.spans)
    if size > opened.size:
        raise OddPages
    if size > memory.DECODING * memory.row_bytes():
        raise MemoryError
    content, at = bytearray(len(MAGIC) + size), len(MAGIC)
    content[:at] = MAGIC
    row_groups = []
    for group in groups:
        chunks = {}
        for one in group:
            places = []
            for start, end in one.spans:
                if opened.read_into(memoryview(content)[at : at + end - start], start) < end - start:
                    raise OddPages
                places.append(at)
                at += end - start
            chunks[one.leaf] = _chunk(one, places)
        row_groups.append(_row_group(chunks, metadata.num_columns, group[0].rows))
    content += closed(_footer(_schema(opened), metadata, row_groups))
    return content


def _schema(opened: OpenContent) -> bytes:
    """The footer of a file up to the end of the schema."""
    whole = footer(opened)
    walker = Walker(whole)
    try:
        for number, kind in walker.fields():
            walker.skip(kind)
            if number == _SCHEMA:
                return whole[: walker.at]
    except (IndexError, KeyError) as error:
        raise OddPages from error
    raise OddPages


def _chunk(picked: Picked, places: Sequence[int]) -> bytes:
    """The ColumnChunk of pages that stand at these places: the dictionary's, where there is one, and the data's."""
    pages = [*([picked.dictionary] if picked.dictionary else []), *picked.pages]
    first, last = picked.rows
    chunk = picked.chunk
    metadata = thrift.struct(
        (1, I32, thrift.number(chunk.physical)),
        (2, LIST, thrift.listed(I32, [thrift.number(0)])),
        (3, LIST, thrift.listed(BINARY, list(map(thrift.binary, chunk.path)))),
        (4, I32, thrift.number(chunk.codec)),
        (5, I64, thrift.number(last - first)),
        (6, I64, thrift.number(sum(page.uncompressed for page in pages))),
        (7, I64, thrift.number(sum(end - start for start, end in picked.spans))),
        (9, I64, thrift.number(places[-1])),
        *([(11, I64, thrift.number(places[0]))] if picked.dictionary else []),
    )
    return thrift.struct((2, I64, thrift.number(0)), (3, STRUCT, metadata))


def _row_group(chunks: dict[int, bytes], columns: int, rows: tuple[int, int]) -> bytes:
    """A RowGroup with some of the columns; the others are there by name alone."""
    absent = thrift.struct((2, I64, thrift.number(0)))
    return thrift.struct(
        (1, LIST, thrift.structs([chunks.get(leaf, absent) for leaf in range(columns)])),
        (2, I64, thrift.number(0)),
        (3, I64, thrift.number(rows[1] - rows[0])),
    )


def _writer_of(metadata: pq.FileMetaData) -> bytes:
    """Who wrote the file, by which Arrow knows of faults; nobody when that is no text."""
    try:
        return (metadata.created_by or "").encode()
    except UnicodeDecodeError:
        return b""


def _footer(schema: bytes, metadata: pq.FileMetaData, row_groups: Sequence[bytes]) -> bytes:
    keys = [
        thrift.struct((1, BINARY, thrift.binary(key)), (2, BINARY, thrift.binary(value)))
        for key, value in (metadata.metadata or {}).items()
    ]
    return schema + thrift.struct(
        (3, I64, thrift.number(metadata.num_rows)),
        (4, LIST, thrift.structs(row_groups)),
        (5, LIST, thrift.structs(keys)),
        (6, BINARY, thrift.binary(_writer_of(metadata))),
        before=_SCHEMA,
    )
