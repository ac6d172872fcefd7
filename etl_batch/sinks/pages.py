"""One column of a row group as Parquet has it: its pages, and what the footer and the page index say of them.

Every column may have nulls; where it has none, its definition levels are one run. Numbers of fields, encodings, codecs
and so on are those of Parquet's definition (parquet.thrift).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch import thrift
from etl_batch.parquet_terms import MAGIC, PHYSICAL
from etl_batch.sinks.encodings import DICTIONARY, PACKED, PLAIN, TEXTS
from etl_batch.sinks.footer import ColumnEntry, LooseColumn, Movable
from etl_batch.sinks.values import Extremes, Part, Scratch, Values
from etl_batch.thrift import BINARY, FALSE, I32, I64, LIST, STOP, STRUCT, TRUE

PAGE_ROWS, PAGE_BYTES = 20_000, 1 << 20
"""A page has at most so many rows, and about so many bytes of values: as those of Arrow's writer."""
_RLE = "RLE"
_ENCODINGS = {PLAIN: 0, _RLE: 3, PACKED: 5, TEXTS: 6, DICTIONARY: 8}
_CODECS = {"none": 0, "lz4": 7}
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_HEADER_FIELDS = {_DATA_PAGE: 5, _DICTIONARY_PAGE: 7}
_DATA_OFFSET, _DICTIONARY_OFFSET = 9, 11
_UNORDERED, _ASCENDING, _DESCENDING = 0, 1, 2


class _Page(NamedTuple):
    """One data page."""

    first: int
    """Its first row in the row group."""
    rows: int
    nulls: int
    at: int
    """Where its header begins in the column's bytes."""
    size: int
    """Bytes with the header."""
    extremes: Extremes | None


class ColumnPages:
    """The pages of a column, written behind `body`, and what is said of them."""

    def __init__(self, values: Values, valid: NDArray[np.bool_] | None, name: str, codec: str) -> None:
        """`values` are those that are valid; `valid` says by row which are, None that all."""
        self.values, self.valid, self.name, self.codec = values, valid, name, codec
        self.rows = len(values) if valid is None else len(valid)
        self.size = self.uncompressed = self.first_page = 0
        self.pages: list[_Page] = []

    def write(self, body: bytearray, scratch: Scratch) -> LooseColumn:
        """Append the pages to the body of a row group; returns what the footer of a file with just this says of it."""
        start = len(MAGIC) + len(body)
        if self.values.dictionary is not None:
            self._append(body, _DICTIONARY_PAGE, self.values.distinct, [self.values.dictionary])
        self.first_page = self.size
        count = max(-(-self.rows // PAGE_ROWS), min(-(-self.values.size // PAGE_BYTES), self.rows), 1)
        step, behind = max(-(-self.rows // count), 1), 0
        for first in range(0, max(self.rows, 1), step):
            rows = min(step, self.rows - first)
            here = rows if self.valid is None else int(np.count_nonzero(self.valid[first : first + rows]))
            at, begin, behind = self.size, behind, behind + here
            parts, extremes = self.values.page(begin, behind, scratch)
            self._append(body, _DATA_PAGE, rows, [self._levels(first, rows, here), *parts])
            self.pages.append(_Page(first, rows, rows - here, at, self.size - at, extremes))
        return self._entry(start)

    def _levels(self, first: int, rows: int, here: int) -> bytes:
        """The definition levels of a page behind their length: 1 for a value, 0 for a null."""
        if self.valid is None or here in (0, rows):
            levels = thrift.length(rows << 1) + bytes((here > 0,))
        else:
            bits = np.packbits(self.valid[first : first + rows], bitorder="little").tobytes()
            levels = thrift.length(len(bits) << 1 | 1) + bits
        return len(levels).to_bytes(4, "little") + levels

    def _append(self, body: bytearray, kind: int, count: int, parts: list[Part]) -> None:
        """One more page."""
        whole = packed = sum(map(len, parts))
        if self.codec == "lz4":
            # As bytes: a view of what it would return else has the length that it had at most.
            parts = [_lz4().compress(b"".join(parts), asbytes=True)]
            packed = len(parts[0])
        header = _page_header(kind, whole, packed, count, self.values.encoding)
        body += header
        for part in parts:
            body += part
        self.size += len(header) + packed
        self.uncompressed += len(header) + whole

    def _entry(self, start: int) -> LooseColumn:
        if self.values.dictionary is None:
            between, offsets, last = [], [start], _DATA_OFFSET
        else:
            between, last = [thrift.field(_DICTIONARY_OFFSET - _DATA_OFFSET, I64)], _DICTIONARY_OFFSET
            offsets = [start + self.first_page, start]
        texts = (self._before_offsets(), *between, self._behind_offsets(last))
        others = ColumnEntry(b"", start, self.uncompressed, self.size, self._column_index(), b"")
        return LooseColumn(Movable(texts, tuple(offsets)), self._offset_index(start), others)

    def _before_offsets(self) -> bytes:
        """The ColumnChunk up to where its metadata say where the data pages begin."""
        values = self.values
        sizes = thrift.struct(
            (5, I64, thrift.number(self.rows)),
            (6, I64, thrift.number(self.uncompressed)),
            (7, I64, thrift.number(self.size)),
            before=4,
        ).removesuffix(STOP)
        described = _described(self.name, values.physical, values.encoding, values.dictionary is not None, self.codec)
        return described + sizes + thrift.field(_DATA_OFFSET - 7, I64)

    def _behind_offsets(self, last: int) -> bytes:
        """The rest of the metadata, behind the field `last`."""
        statistics = [(12, STRUCT, self._statistics())] if self.values.ordered else []
        pages = _page_counts(self.values.encoding, self.values.dictionary is not None, len(self.pages))
        return thrift.struct(*statistics, (13, LIST, pages), before=last)

    def _statistics(self) -> bytes:
        """Nulls, and the extremes of all pages that have some."""
        nulls = (3, I64, thrift.number(sum(page.nulls for page in self.pages)))
        found = [page.extremes for page in self.pages if page.extremes]
        if not found:
            return thrift.struct(nulls)
        largest = self.values.as_bytes(max(largest for _, largest in found))
        least = self.values.as_bytes(min(least for least, _ in found))
        exact = ((7, TRUE, b""), (8, TRUE, b""))
        return thrift.struct(nulls, (5, BINARY, thrift.binary(largest)), (6, BINARY, thrift.binary(least)), *exact)

    def _column_index(self) -> bytes:
        """The extremes by page; empty where a page with values has none, such as one of NaN alone."""
        if not self.values.ordered or any(not page.extremes and page.nulls < page.rows for page in self.pages):
            return b""
        found = [page.extremes for page in self.pages if page.extremes]
        least, largest = (
            [thrift.binary(self.values.as_bytes(page.extremes[at]) if page.extremes else b"") for page in self.pages]
            for at in (0, 1)
        )
        without = b"".join(bytes((FALSE if page.extremes else TRUE,)) for page in self.pages)
        return thrift.struct(
            (1, LIST, thrift.listed(TRUE, [without[at : at + 1] for at in range(len(without))])),
            (2, LIST, thrift.listed(BINARY, least)),
            (3, LIST, thrift.listed(BINARY, largest)),
            (4, I32, thrift.number(_order_of(found))),
            (5, LIST, thrift.listed(I64, [thrift.number(page.nulls) for page in self.pages])),
        )

    def _offset_index(self, start: int) -> Movable:
        """Where each page is, how long, and its first row."""
        texts, head = [], thrift.field(1, LIST) + thrift.listed(STRUCT, [b""] * len(self.pages))
        for page in self.pages:
            texts.append(head + thrift.field(1, I64))
            size, row = thrift.number(page.size), thrift.number(page.first)
            head = thrift.field(1, I32) + size + thrift.field(1, I64) + row + STOP
        return Movable((*texts, head + STOP), tuple(start + page.at for page in self.pages))


def _page_header(kind: int, whole: int, packed: int, count: int, encoding: str) -> bytes:
    """What stands before a page of so many bytes before and after compression."""
    sizes = ((2, I32, thrift.number(whole)), (3, I32, thrift.number(packed)))
    inside = (_HEADER_FIELDS[kind], STRUCT, _page_values(kind, count, encoding))
    return thrift.struct((1, I32, thrift.number(kind)), *sizes, inside)


# The columns of a row group mostly have pages of as many rows, and those of one column most else in common.


@lru_cache(maxsize=256)
def _page_values(kind: int, count: int, encoding: str) -> bytes:
    """What a page's header says of its values."""
    values = (1, I32, thrift.number(count))
    if kind == _DICTIONARY_PAGE:
        return thrift.struct(values, (2, I32, thrift.number(_ENCODINGS[PLAIN])))
    levels = thrift.number(_ENCODINGS[_RLE])
    return thrift.struct(values, (2, I32, thrift.number(_ENCODINGS[encoding])), (3, I32, levels), (4, I32, levels))


@lru_cache(maxsize=256)
def _described(name: str, physical: str, encoding: str, dictionary: bool, codec: str) -> bytes:
    """The ColumnChunk up to where its metadata say how many values there are."""
    encodings = [PLAIN, _RLE, encoding] if dictionary else [_RLE, encoding]
    metadata = thrift.struct(
        (1, I32, thrift.number(PHYSICAL[physical])),
        (2, LIST, thrift.listed(I32, [thrift.number(_ENCODINGS[each]) for each in encodings])),
        (3, LIST, thrift.listed(BINARY, [thrift.binary(name.encode())])),
        (4, I32, thrift.number(_CODECS[codec])),
    ).removesuffix(STOP)
    # Where the metadata stand a second time: nowhere.
    return thrift.field(2, I64) + thrift.number(0) + thrift.field(1, STRUCT) + metadata


@lru_cache(maxsize=256)
def _page_counts(encoding: str, dictionary: bool, count: int) -> bytes:
    """How many pages of each kind and encoding there are."""
    kinds = [(_DICTIONARY_PAGE, PLAIN, 1)] if dictionary else []
    return thrift.structs(
        [
            thrift.struct(
                (1, I32, thrift.number(kind)),
                (2, I32, thrift.number(_ENCODINGS[way])),
                (3, I32, thrift.number(pages)),
            )
            for kind, way, pages in [*kinds, (_DATA_PAGE, encoding, count)]
        ]
    )


def _order_of(extremes: Sequence[Extremes]) -> int:
    """Whether both the least and the largest of the pages rise, or fall."""
    least, largest = [pair[0] for pair in extremes], [pair[1] for pair in extremes]
    for order, down in ((_ASCENDING, False), (_DESCENDING, True)):
        if extremes and least == sorted(least, reverse=down) and largest == sorted(largest, reverse=down):
            return order
    return _UNORDERED


@cache
def _lz4() -> pa.Codec:
    return pa.Codec("lz4_raw")
