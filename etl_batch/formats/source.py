"""One input file as the readers know it: its format, its columns and where its records begin."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count

import pyarrow as pa

from etl_batch.layouts import Layout
from etl_batch.model import Dialect, FileFormat, Reject


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a source. `text` marks cells that come from a text file and have no type of their own yet."""

    name: str
    type: pa.DataType
    text: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One input file. `ordinal` is its place in the input order, from 0."""

    ordinal: int
    path: str
    format: FileFormat
    size_bytes: int
    columns: tuple[SourceColumn, ...]
    start: int = 0
    """Byte offset of the first record (after a header record, a byte order mark, a file header)."""
    layout: Layout | None = None
    dialect: Dialect | None = None

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in file order."""
        return [column.name for column in self.columns]


@dataclass(frozen=True, slots=True)
class Chunk:
    """One task of a worker: a piece of one source that ends on a record boundary.

    `offset` and `length` are bytes, or for Parquet the first row and the number of rows of `row_group`.
    """

    number: int
    source: Source
    offset: int
    length: int
    exact_quotes: bool = False
    """Quotes stand in bare fields: records must be found one by one, never by counting quotes."""
    row_group: int = -1
    trailing: bool = False
    """Not records: the bytes that are left after the last whole record of a binary file."""
    cost_bytes: int = 0
    """Input bytes this chunk stands for in the progress."""


@dataclass(slots=True)
class Slab:
    """A cache-sized run of records of a chunk: good rows as columns, bad ones as rejects, in input order.

    `clean_text` holds the very bytes of the rows when they are already in the output's form (UTF-8, comma, LF, no
    quotes); such a slab can be placed as it is. `records` counts every record, the blank ones (`skipped`) included. The
    rejects are numbered from the first record of the chunk.
    """

    batch: pa.RecordBatch
    records: int
    skipped: int = 0
    rejects: list[Reject] = field(default_factory=list)
    clean_text: memoryview | None = None


def unique_names(names: list[str]) -> list[str]:
    """The names with `_2`, `_3`, ... behind those that come again; an empty one becomes `column_<its number>`."""
    unique: list[str] = []
    for number, given in enumerate(names, 1):
        name = base = given or f"column_{number}"
        for suffix in count(2):
            if name not in unique:
                break
            name = f"{base}_{suffix}"
        unique.append(name)
    return unique


def renumber(rejects: list[Reject], by: int) -> list[Reject]:
    """The rejects with their record numbers moved on by the number of records before the chunk."""
    return [replace(reject, record=reject.record + by) for reject in rejects] if by else rejects
