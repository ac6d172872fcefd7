"""How the columns of the Parquet file are encoded: what a sample of them says, and what pyarrow's writer is told.

Numbers are kept as packed differences, other values as they are or, where they repeat, in a dictionary. The costlier
way must save a quarter of the bytes: a dictionary in place of packed differences, LZ4 in place of nothing. That is
measured on the planning sample, so it is the same for every run over the input.

Doubles are kept as they are. Splitting their bytes helps only where all digits are used; where they are few, as in most
files, LZ4 makes more of whole doubles (3.0 against 3.8 MB of prices, 1.4 against 2.6 of rates).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch.columns.schema import OutputColumn, value_type

_SAVING = 0.25
"""LZ4 makes the encoder two to four times slower on a column (prices as doubles: 5.9 to 21 ms for 29 % less)."""
_DELTA = "DELTA_BINARY_PACKED"
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


@dataclass(frozen=True, slots=True)
class Encodings:
    """How the columns of an output are encoded, whatever types they turn out to have. It crosses process borders."""

    columns: tuple[OutputColumn, ...]
    compat: bool = False
    """Only what the oldest readers take."""

    @property
    def format(self) -> dict[str, Any]:
        """What the writer is told whatever the columns are."""
        return _OLDEST if self.compat else _LATEST

    def options(self, schema: pa.Schema) -> dict[str, Any]:
        """What pyarrow's writer is told for rows of these types."""
        leaves = _leaves(schema, self.compat)
        dictionary = [leaf.path for leaf in leaves if self._has_dictionary(leaf)]
        packed = {leaf.path: _DELTA for leaf in leaves if self._is_packed(leaf) and leaf.path not in dictionary}
        # Two leaves may share a path: a column `a.b`, and `b` of a column `a`.
        packed = {path: way for path, way in packed.items() if all(_is_number(x) for x in leaves if x.path == path)}
        return {
            **self.format,
            "use_dictionary": dictionary or False,
            "column_encoding": packed or None,
            "compression": {leaf.path: self._codec(leaf, schema) for leaf in leaves},
        }

    def describe(self, schema: pa.Schema) -> dict[str, str]:
        """Encoding and compression of each leaf, in the words of Parquet's definition."""
        options = self.options(schema)
        return {
            path: f"{self._encoding(path, options)}, {codec.upper().replace('NONE', 'UNCOMPRESSED')}"
            for path, codec in options["compression"].items()
        }

    def _encoding(self, path: str, options: dict[str, Any]) -> str:
        if path in (options["use_dictionary"] or ()):
            return "PLAIN_DICTIONARY" if self.compat else "RLE_DICTIONARY"
        return str((options["column_encoding"] or {}).get(path, "PLAIN"))

    def _has_dictionary(self, leaf: Leaf) -> bool:
        return self.columns[leaf.column].dictionary and leaf.physical != "BOOLEAN" and not self._is_packed(leaf)

    def _is_packed(self, leaf: Leaf) -> bool:
        return not self.compat and _is_number(leaf) and self.columns[leaf.column].packed

    def _codec(self, leaf: Leaf, schema: pa.Schema) -> str:
        if self.compat:
            return "snappy"
        column = self.columns[leaf.column]
        # What was measured is measured of the planned type: a column that became another one is compressed.
        measured = column.type == value_type(schema.field(leaf.column).type)
        return "none" if measured and not column.compressed else "lz4"


def _is_number(leaf: Leaf) -> bool:
    return leaf.physical in _PACKED


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


def measured(columns: tuple[OutputColumn, ...], rows: pa.Table) -> tuple[OutputColumn, ...]:
    """The columns with what rows of them, not nested ones of the planned types, say of their encoding."""
    packed = _encoded([replace(column, packed=True, compressed=False) for column in columns], rows)
    looked_up = _encoded([replace(column, packed=False, compressed=False) for column in columns], rows)
    columns = tuple(
        replace(column, packed=not column.dictionary or not _saves(packed[at].values, looked_up[at].values))
        for at, column in enumerate(columns)
    )
    compressed = _encoded([replace(column, compressed=True) for column in columns], rows)
    bare = [(packed if column.packed else looked_up)[at] for at, column in enumerate(columns)]
    return tuple(
        replace(column, compressed=_saves(bare[at].whole, compressed[at].whole)) for at, column in enumerate(columns)
    )


def _saves(cheaper: int, costlier: int) -> bool:
    return costlier <= cheaper * (1 - _SAVING)


class _Size(NamedTuple):
    """Bytes of a column of the sample."""

    whole: int
    values: int
    """Those without the dictionary, which stands once for the many more rows of a row group."""


def _encoded(columns: list[OutputColumn], rows: pa.Table) -> list[_Size]:
    sink = pa.BufferOutputStream()
    options = Encodings(tuple(columns)).options(rows.schema)
    with pq.ParquetWriter(sink, rows.schema, write_statistics=False, store_schema=False, **options) as writer:
        writer.write_table(rows)
    group = pq.read_metadata(pa.BufferReader(sink.getvalue())).row_group(0)
    return [_size(group.column(at)) for at in range(group.num_columns)]


def _size(chunk: pq.ColumnChunkMetaData) -> _Size:
    whole = chunk.total_compressed_size
    return _Size(whole, whole - (chunk.data_page_offset - (chunk.dictionary_page_offset or chunk.data_page_offset)))
