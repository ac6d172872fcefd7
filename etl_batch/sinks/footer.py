"""The Parquet footer: found in a small file that a worker encoded, moved, and put together for the whole file.

A worker takes its footer apart at the numbers that depend on where the pages will stand (`take_apart`), and adds the
distance to these once its chunk has a place. So all that is left for the end of the run is to join bytes
(`build_footer`). The page index stands there too, not behind the pages that it is of: readers fetch that of all row
groups as one range, which would be the whole file else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from etl_batch import thrift
from etl_batch.parquet_terms import MAGIC, TAIL_BYTES, closed, footer_bytes
from etl_batch.thrift import I32, I64, LIST, STOP, Walker

# Fields by the numbers that Parquet's definition gives them: of FileMetaData, RowGroup, ColumnChunk, ColumnMetaData,
# OffsetIndex and PageLocation.
_ROWS, _ROW_GROUPS = 3, 4
_COLUMNS = 1
_FILE_OFFSET, _METADATA, _OFFSET_INDEX, _COLUMN_INDEX = 2, 3, 4, 6
_INDEX_PLACE = range(_OFFSET_INDEX, _COLUMN_INDEX + 2)
"""Offset and length of the one, offset and length of the other."""
_UNCOMPRESSED, _COMPRESSED, _DATA_PAGE, _DICTIONARY_PAGE = 6, 7, 9, 11
_PAGE_OFFSETS = {_DATA_PAGE, 10, _DICTIONARY_PAGE, 14}
"""Of the data, the index, the dictionary and the Bloom filter."""
_PAGE_LOCATIONS, _PAGE_OFFSET = 1, 1


class Movable(NamedTuple):
    """Serialised bytes, cut where an offset into the file stood."""

    texts: tuple[bytes, ...]
    offsets: tuple[int, ...]
    """Those between one text and the next, relative to the file that they were encoded in."""

    @property
    def size(self) -> int:
        """Bytes that it had when it was cut."""
        return sum(map(len, self.texts)) + sum(len(thrift.number(offset)) for offset in self.offsets)

    def moved(self, distance: int) -> bytes:
        """The bytes with each offset larger by `distance`."""
        parts = [self.texts[0]]
        for offset, text in zip(self.offsets, self.texts[1:], strict=True):
            parts += (thrift.number(offset + distance), text)
        return b"".join(parts)

    def shifted(self, distance: int) -> Movable:
        """The same with each offset larger by `distance`, still to be moved."""
        return Movable(self.texts, tuple(offset + distance for offset in self.offsets))


class ColumnEntry(NamedTuple):
    """What the footer of the finished file says of one column of a row group, or of a leaf of a nested one."""

    chunk: bytes
    """The ColumnChunk up to its metadata; what follows there tells where the page index is."""
    start: int
    """Offset of its first page."""
    uncompressed: int
    compressed: int
    """Bytes of its pages before and after compression."""
    column_index: bytes
    """Least and largest value of each page; empty without statistics or without a page index."""
    offset_index: bytes
    """Where its pages are; empty without a page index."""


class LooseColumn(NamedTuple):
    """A column entry before its pages have a place in the finished file."""

    chunk: Movable
    offset_index: Movable
    others: ColumnEntry
    """Everything else, offsets relative to the file that it was encoded in."""

    def placed(self, distance: int) -> ColumnEntry:
        """The entry when the pages stand `distance` bytes further on than in the file they were encoded in."""
        chunk, offset_index = self.chunk.moved(distance), self.offset_index.moved(distance)
        return self.others._replace(chunk=chunk, offset_index=offset_index, start=self.others.start + distance)

    def shifted(self, distance: int) -> LooseColumn:
        """The same column when its pages stand `distance` bytes further on in the file that the offsets are of."""
        others = self.others._replace(start=self.others.start + distance)
        return LooseColumn(self.chunk.shifted(distance), self.offset_index.shifted(distance), others)


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """What the footer of the finished file says of one row group."""

    rows: int
    columns: Sequence[ColumnEntry]


def take_apart(whole: memoryview) -> tuple[memoryview, tuple[LooseColumn, ...]]:
    """The pages of a small file with one row group, and what its footer says of the columns."""
    footer = footer_of(whole)
    walker = Walker(footer)
    _walk_to(walker, _ROW_GROUPS)
    walker.list_header()
    _walk_to(walker, _COLUMNS)
    columns = [_take_chunk(walker, whole) for _ in range(walker.list_header()[0])]
    # The page index stands between the last page and the footer.
    index = sum(len(column.others.column_index) + column.offset_index.size for column in columns)
    return whole[len(MAGIC) : len(whole) - TAIL_BYTES - len(footer) - index], tuple(columns)


def _walk_to(walker: Walker, wanted: int) -> int:
    """Step to the value of a field, of the struct that begins here, which has it; returns its type."""
    for number, kind in walker.fields():
        if number == wanted:
            return kind
        walker.skip(kind)
    raise KeyError(wanted)


def _take_chunk(walker: Walker, whole: memoryview) -> LooseColumn:
    """The ColumnChunk that begins here, with its part of the page index."""
    cuts, metadata, index = _Cuts(walker), dict[int, int](), dict[int, int]()
    for number, kind in walker.fields():
        if number == _FILE_OFFSET:
            cuts.offset()
        elif number == _METADATA:
            metadata = _walk_metadata(walker, cuts)
            cuts.end = walker.at
        elif number in _INDEX_PLACE:
            index[number] = walker.integer()
        else:
            walker.skip(kind)
    start = metadata.get(_DICTIONARY_PAGE) or metadata[_DATA_PAGE]  # the dictionary stands before the values
    values, offsets = (_bytes_at(whole, index, number) for number in (_COLUMN_INDEX, _OFFSET_INDEX))
    others = ColumnEntry(b"", start, metadata[_UNCOMPRESSED], metadata[_COMPRESSED], values, b"")
    return LooseColumn(cuts.movable(), _take_offset_index(offsets), others)


def _bytes_at(whole: memoryview, index: dict[int, int], number: int) -> bytes:
    """A part of the page index; the field behind that of its offset is its length."""
    if number not in index:
        return b""
    return bytes(whole[index[number] : index[number] + index[number + 1]])


def _walk_metadata(walker: Walker, cuts: _Cuts) -> dict[int, int]:
    """Its whole numbers by field, the offsets cut out."""
    found = {}
    for number, kind in walker.fields():
        if number in _PAGE_OFFSETS:
            found[number] = cuts.offset()
        elif kind == I64:
            found[number] = walker.integer()
        else:
            walker.skip(kind)
    return found


def _take_offset_index(data: bytes) -> Movable:
    """The list of page locations, each with an offset as its first field; what follows passes through."""
    if not data:
        return Movable((b"",), ())
    walker = Walker(data)
    cuts = _Cuts(walker)
    _walk_to(walker, _PAGE_LOCATIONS)
    for _ in range(walker.list_header()[0]):
        for number, kind in walker.fields():
            if number == _PAGE_OFFSET:
                cuts.offset()
            else:
                walker.skip(kind)
    cuts.end = len(data)
    return cuts.movable()


class _Cuts:
    """Cuts what a walker goes over, from its present place on, at the offsets."""

    def __init__(self, walker: Walker) -> None:
        self.walker, self.begin, self.end = walker, walker.at, walker.at
        self.texts: list[bytes] = []
        self.offsets: list[int] = []

    def offset(self) -> int:
        """Read the offset that comes next and leave it out; nought, where no page can be, says that there is none."""
        at = self.walker.at
        value = self.walker.integer()
        if value:
            self.texts.append(self.walker.data[self.begin : at])
            self.offsets.append(value)
            self.begin = self.walker.at
        return value

    def movable(self) -> Movable:
        """Everything up to `end`."""
        return Movable((*self.texts, self.walker.data[self.begin : self.end]), tuple(self.offsets))


def build_footer(empty: bytes, groups: Sequence[GroupEntry], position: int) -> bytes:
    """Everything behind the last page, from byte `position` on: page index, footer, its length and the closing magic.

    `empty` is the footer of a file with the same columns and no rows: its schema, key values and creator are kept.
    """
    index, chunks = _place_index([column for group in groups for column in group.columns], position)
    following = iter(chunks)
    entries = [_row_group(group, following) for group in groups]
    rows, row_groups = _value_of(empty, _ROWS), _value_of(empty, _ROW_GROUPS)
    parts = (
        empty[: rows.start],
        thrift.number(sum(group.rows for group in groups)),
        empty[rows.stop : row_groups.start],
        thrift.structs(entries),
        empty[row_groups.stop :],
    )
    footer = b"".join(parts)
    return index + closed(footer)


def _value_of(data: bytes, wanted: int) -> slice:
    """Where the value of a field of a struct stands."""
    walker = Walker(data)
    kind = _walk_to(walker, wanted)
    start = walker.at
    walker.skip(kind)
    return slice(start, walker.at)


def _row_group(group: GroupEntry, chunks: Iterator[bytes]) -> bytes:
    columns = group.columns
    parts = (
        thrift.field(_COLUMNS, LIST) + thrift.structs([next(chunks) for _ in columns]),
        thrift.field(1, I64) + thrift.number(sum(column.uncompressed for column in columns)),
        thrift.field(1, I64) + thrift.number(group.rows),
        thrift.field(2, I64) + thrift.number(columns[0].start),
        thrift.field(1, I64) + thrift.number(sum(column.compressed for column in columns)),
        STOP,
    )
    return b"".join(parts)


def _place_index(columns: Sequence[ColumnEntry], position: int) -> tuple[bytes, list[bytes]]:
    """The page index of all columns, the values before the places, and the ColumnChunks that tell where it is."""
    values, offsets = [column.column_index for column in columns], [column.offset_index for column in columns]
    values_at, offsets_at = position, position + sum(map(len, values))
    chunks = []
    for column, value, offset in zip(columns, values, offsets, strict=True):
        chunks.append(column.chunk + _tell(offsets_at, offset, values_at, value))
        values_at, offsets_at = values_at + len(value), offsets_at + len(offset)
    return b"".join((*values, *offsets)), chunks


def _tell(offsets_at: int, offsets: bytes, values_at: int, values: bytes) -> bytes:
    """The end of a ColumnChunk, behind its metadata: where the parts of the page index are that it has."""
    parts, step = [], _OFFSET_INDEX - _METADATA
    for at, data in ((offsets_at, offsets), (values_at, values)):
        if data:
            parts += [thrift.field(step, I64), thrift.number(at), thrift.field(1, I32), thrift.number(len(data))]
            step = 1
    return b"".join((*parts, STOP))


def footer_of(whole: memoryview) -> bytes:
    """The footer of a file in memory."""
    end = len(whole) - TAIL_BYTES
    return bytes(whole[end - footer_bytes(bytes(whole[end:])) : end])
