"""How the columns of the Parquet file are encoded, by their types and by what a sample of them said (see `savings`).

Numbers are kept as packed differences, texts as their lengths and all of their bytes, other values as they are, and
values that repeat in a dictionary.

Doubles are kept as they are. Splitting their bytes helps only where all digits are used; where they are few, as in most
files, LZ4 makes more of whole doubles (3.0 against 3.8 MB of prices, 1.4 against 2.6 of rates).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch.columns.schema import OutputColumn, value_type

PLAIN, DICTIONARY, PACKED, TEXTS = "PLAIN", "RLE_DICTIONARY", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY"
"""The encodings in the words of Parquet's definition."""
OLD_DICTIONARY = "PLAIN_DICTIONARY"
"""What the oldest readers call a dictionary."""
_PACKED = ("INT32", "INT64")
"""Physical types that differences are packed of: integers, dates, times, timestamps, decimals of up to 18 digits."""
_LATEST: dict[str, Any] = {"store_decimal_as_integer": True, "write_page_index": True}
_OLDEST: dict[str, Any] = {"version": "1.0"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column as Parquet has it: an output column, or one value of a nested one."""

    path: str
    physical: str
    column: int
    """Which output column it belongs to."""


class Way(NamedTuple):
    """How a leaf is kept."""

    path: str
    physical: str
    encoding: str
    """In the words of Parquet's definition."""
    codec: str
    """In Arrow's."""

    def __str__(self) -> str:
        """In the words of Parquet's definition."""
        return f"{self.encoding}, {self.codec.upper().replace('NONE', 'UNCOMPRESSED')}"


@dataclass(frozen=True, slots=True)
class Encodings:
    """How the columns of an output are encoded, whatever types they turn out to have. It crosses process borders."""

    columns: tuple[OutputColumn, ...]
    compat: bool = False
    """Only what the oldest readers take."""

    @property
    def format(self) -> dict[str, Any]:
        """What Arrow's writer is told whatever the columns are."""
        return _OLDEST if self.compat else _LATEST

    def ways(self, schema: pa.Schema) -> list[list[Way]]:
        """By column, how its leaves are kept when it has this type."""
        found: list[list[Way]] = [[] for _ in self.columns]
        codecs = [self._codec(column, kind) for column, kind in zip(self.columns, schema.types, strict=True)]
        for leaf in _leaves(schema, self.compat):
            way = Way(leaf.path, leaf.physical, self._encoding(leaf), codecs[leaf.column])
            found[leaf.column].append(way)
        return found

    def describe(self, schema: pa.Schema) -> dict[str, str]:
        """Encoding and compression of each leaf, in the words of Parquet's definition."""
        return {way.path: str(way) for ways in self.ways(schema) for way in ways}

    def _encoding(self, leaf: Leaf) -> str:
        column, number = self.columns[leaf.column], leaf.physical in _PACKED
        if number and column.packed and not self.compat:
            return PACKED
        if column.dictionary and leaf.physical != "BOOLEAN":
            return OLD_DICTIONARY if self.compat else DICTIONARY
        return PLAIN if self.compat or leaf.physical != "BYTE_ARRAY" else TEXTS

    def _codec(self, column: OutputColumn, kind: pa.DataType) -> str:
        if self.compat:
            return "snappy"
        # What was measured is measured of the planned type: a column that became another one is compressed.
        measured = column.type == value_type(kind)
        return "none" if measured and not column.compressed else "lz4"


def arrow_options(ways: Sequence[Way]) -> dict[str, Any]:
    """What Arrow's writer is told so that it keeps the leaves of a column in these ways."""
    encodings = {way.path: {other.encoding for other in ways if other.path == way.path} for way in ways}
    # Names with points in them may make one path of two leaves: what is not for both is for neither.
    only = {path: found.pop() for path, found in encodings.items() if len(found) == 1}
    dictionaries = [path for path, encoding in only.items() if encoding in (DICTIONARY, OLD_DICTIONARY)]
    return {
        "use_dictionary": dictionaries or False,
        "column_encoding": {path: encoding for path, encoding in only.items() if path not in dictionaries} or None,
        "compression": {way.path: way.codec for way in ways},
    }


def empty_file(schema: pa.Schema, form: dict[str, Any]) -> memoryview:
    """A file of these columns without rows."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema, **form):
        pass
    return memoryview(sink.getvalue())


@lru_cache(maxsize=8)
def _leaves(schema: pa.Schema, compat: bool) -> tuple[Leaf, ...]:
    """The leaves of a schema in Parquet's order, as the writer itself makes them."""
    whole = empty_file(schema, _OLDEST if compat else _LATEST)
    found = pq.read_metadata(pa.BufferReader(whole)).schema
    owners = [index for index, kind in enumerate(schema.types) for _ in range(leaf_count(kind))]
    leaves = (found.column(at) for at in range(len(found)))
    return tuple(Leaf(leaf.path, leaf.physical_type, owner) for leaf, owner in zip(leaves, owners, strict=True))


def leaf_count(kind: pa.DataType) -> int:
    """How many leaves a column of a type has: one when it is not nested."""
    if not pa.types.is_nested(kind):
        return 1
    return sum(leaf_count(kind.field(index).type) for index in range(kind.num_fields))
