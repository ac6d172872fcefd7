"""Where the column chunks of a Parquet file stand, by its footer.

Arrow checks some of a column's metadata only when it is asked for it, and what contradicts the schema ends the process
there instead of raising. So the few numbers that are needed are found by walking over the footer (parquet.thrift), and
Arrow's own metadata is asked for nothing below the row group.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from etl_batch.formats.opened import OpenContent
from etl_batch.parquet_terms import MAGIC, TAIL_BYTES, footer_bytes
from etl_batch.thrift import BINARY, I32, I64, LIST, STRUCT, Walker

_ROW_GROUPS, _COLUMNS, _METADATA = 4, 1, 3
_TYPE, _PATH, _CODEC, _VALUES, _UNCOMPRESSED, _COMPRESSED, _DATA, _DICTIONARY = 1, 3, 4, 5, 6, 7, 9, 11
_NUMBERS = {_TYPE: I32, _CODEC: I32} | dict.fromkeys((_VALUES, _UNCOMPRESSED, _COMPRESSED, _DATA, _DICTIONARY), I64)
_SCHEMA = 2
_PARSED, _NAME_BYTES = 16, 1500
"""How much longer a footer becomes when it is parsed, and what a column of a schema becomes; both were measured."""
_START_BYTES = 1 << 10
_kept = threading.local()


class OddFooter(Exception):
    """The footer does not say where the columns of a row group are."""


@dataclass(frozen=True, slots=True)
class ColumnChunk:
    """The values of one column in one row group. Physical type and codec are numbers as parquet.thrift has them."""

    physical: int
    codec: int
    path: tuple[bytes, ...]
    compressed: int
    """Bytes in the file."""
    begin: int
    """Where its first page is, of the dictionary or of data."""
    values: int
    """How many it has, nulls and those of lists included."""
    uncompressed: int
    """Bytes of its pages when they are decompressed."""


def column_chunks(opened: OpenContent, number: int) -> list[ColumnChunk]:
    """The column chunks of a row group, by leaf. The thread's last footer is kept. Raises `OddFooter`."""
    key = opened.key()
    try:
        if getattr(_kept, "key", None) != key:
            _kept.footer, _kept.number = footer(opened), None
            _kept.places = _group_places(_kept.footer)
            _kept.key = key
        if _kept.number != number:
            _kept.chunks, _kept.number = _chunks(Walker(_kept.footer, _kept.places[number])), number
    except (IndexError, KeyError, RecursionError) as error:
        raise OddFooter from error
    chunks: list[ColumnChunk] = _kept.chunks
    return chunks


def footer_memory(opened: OpenContent) -> int:
    """About what the footer takes when it is parsed: by its length, and by the number of names in the schema."""
    tail = opened.read(TAIL_BYTES, opened.size - TAIL_BYTES)
    length = footer_bytes(tail)
    if not tail.endswith(MAGIC) or length > opened.size:
        return 0  # no footer at all, as will be said when it is parsed
    start = opened.read(min(length, _START_BYTES), max(opened.size - TAIL_BYTES - length, 0))
    walker, names = Walker(start), 0
    try:
        for number, kind in walker.fields():
            if (number, kind) == (_SCHEMA, LIST):
                names = walker.list_header()[0]
                break
            walker.skip(kind)
    except (IndexError, KeyError, RecursionError):
        names = 0
    return max(length * _PARSED, names * _NAME_BYTES)


def footer(opened: OpenContent) -> bytes:
    """The bytes of the footer."""
    length = footer_bytes(opened.read(TAIL_BYTES, opened.size - TAIL_BYTES))
    return opened.read(length, opened.size - TAIL_BYTES - length)


def _group_places(data: bytes) -> list[int]:
    """Where each row group's metadata begins in a footer."""
    walker, places = Walker(data), []
    for number, kind in walker.fields():
        if (number, kind) != (_ROW_GROUPS, LIST):
            walker.skip(kind)
            continue
        size, inner = walker.list_header()
        for _ in range(size):
            places.append(walker.at)
            walker.skip(inner)
    return places


def _chunks(walker: Walker) -> list[ColumnChunk]:
    chunks = []
    for number, kind in walker.fields():
        if (number, kind) != (_COLUMNS, LIST):
            walker.skip(kind)
            continue
        size, inner = walker.list_header()
        if inner != STRUCT:
            raise KeyError(inner)
        chunks += [_chunk(walker) for _ in range(size)]
    return chunks


def _chunk(walker: Walker) -> ColumnChunk:
    """Walk over one ColumnChunk. Raises `KeyError` for one without its metadata."""
    found: dict[int, Any] = {}
    for number, kind in walker.fields():
        if (number, kind) == (_METADATA, STRUCT):
            found = _metadata(walker)
        else:
            walker.skip(kind)
    offsets = [found[_DATA], found.get(_DICTIONARY, 0)]
    begin = min(offset for offset in offsets if offset) if any(offsets) else 0
    sizes = (found.get(number, 0) for number in (_VALUES, _UNCOMPRESSED))
    return ColumnChunk(found[_TYPE], found[_CODEC], found[_PATH], found[_COMPRESSED], begin, *sizes)


def _metadata(walker: Walker) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for number, kind in walker.fields():
        if _NUMBERS.get(number) == kind:
            found[number] = walker.integer()
        elif (number, kind) == (_PATH, LIST):
            size, inner = walker.list_header()
            if inner != BINARY:
                raise KeyError(inner)
            found[number] = tuple(walker.binary() for _ in range(size))
        else:
            walker.skip(kind)
    return found
