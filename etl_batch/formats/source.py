"""What every format is to the engine: a source that is told from others, looked at, cut, read and probed.

A format is one subclass of `Source` in a package of its own and one entry in the registry (`formats.registry`). The
rest of the engine knows sources, chunks and slabs; what a place in a file is, a range of bytes or of rows, is the
format's own affair.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import pyarrow as pa

from etl_batch.columns.text_cells import TextCells, TextLines
from etl_batch.model import Dialect, Reject

if TYPE_CHECKING:
    from etl_batch.formats.blocks import BlockPlan
    from etl_batch.formats.look import Look
    from etl_batch.layouts import Layout

Place = TypeVar("Place")


class Claim(IntEnum):
    """On what grounds a format may claim a file. All formats are asked on one ground before any is on the next."""

    NAMED = 0
    """The user has said how the file is to be read."""
    SIGNED = 1
    """Magic bytes, or a pattern for names, speak for it."""
    CONTENT = 2
    """Its content can be read so."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a source. `text` marks cells that come from a text file and have no type of their own yet."""

    name: str
    type: pa.DataType
    text: bool = False


@dataclass(frozen=True, slots=True)
class Piece(Generic[Place]):
    """A stretch of whole records: its place, in the format's own terms, and the input bytes that it stands for."""

    place: Place
    cost_bytes: int


@dataclass(frozen=True, slots=True)
class SampledRows:
    """Records from somewhere in a source, and the bytes of it that they stand for."""

    batch: pa.RecordBatch
    bytes: int


@dataclass(slots=True)
class Slab:
    """A run of records of a chunk: good rows as columns, bad ones as rejects, in input order.

    `records` counts every record, the blank ones (`skipped`) included. The rejects are numbered from the first record
    of the chunk. `lines`: the rows as they stand in the text, from which a CSV can be copied.
    """

    columns: Sequence[pa.Array | TextCells]
    rows: int
    records: int
    skipped: int = 0
    rejects: list[Reject] = field(default_factory=list)
    lines: TextLines | None = None

    @classmethod
    def of(cls, batch: pa.RecordBatch, records: int, skipped: int = 0, rejects: Sequence[Reject] = ()) -> Slab:
        """A slab of columns that are in memory as Arrow has them."""
        return cls(batch.columns, batch.num_rows, records, skipped, list(rejects))

    def batch(self, names: Sequence[str]) -> pa.RecordBatch:
        """The columns under these names; those of text are copied out of it."""
        arrays = [column.to_arrow() if isinstance(column, TextCells) else column for column in self.columns]
        return pa.RecordBatch.from_arrays(arrays, list(names))


@dataclass(frozen=True)
class Source(ABC, Generic[Place]):
    """One input file of some format. `ordinal` is its place in the input order, from 0.

    It crosses process borders with every chunk, so a subclass holds plain data, and what it does is found by its class.
    """

    format: ClassVar[str]
    """The format's name in metadata, `detect` and reports."""
    title: ClassVar[str]
    """What a person calls it."""
    shows_bytes: ClassVar[bool] = True
    """Whether a reject's record stands at its offset in the file as it is."""

    ordinal: int
    path: str
    size_bytes: int
    columns: tuple[SourceColumn, ...]

    @classmethod
    @abstractmethod
    def detect(cls, look: Look, claim: Claim) -> AnySource | None:
        """The source when the file is of this format on those grounds; else None, with what was tried in the look.

        Raises `FormatRefused` or `InputRefused` for a file that is of this format and cannot be read.
        """

    def surveyed(self) -> Source[Place]:
        """This source with all that only a pass over the whole of it can tell: a run asks for it, a probe does not."""
        return self

    @abstractmethod
    def sample(self) -> Iterator[SampledRows]:
        """Records from places spread evenly over the file; what cannot be read is left out."""

    @abstractmethod
    def cut(self, chunk_bytes: int) -> Iterator[Piece[Place]]:
        """The whole file in order, in pieces of about `chunk_bytes` input bytes that end where a record ends."""

    @abstractmethod
    def read(self, place: Place, retries: int) -> Iterator[Slab]:
        """The records of one piece. Transient read errors are tried again `retries` times."""

    @classmethod
    @abstractmethod
    def probe(cls, sources: Sequence[Any], fraction: float, record_bytes: float) -> BlockPlan:
        """The blocks that sources of this format are made of, of which a sample is drawn instead of reading it all.

        `fraction`: the share of their bytes to read; `record_bytes`: about the length of a record.
        """

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in file order."""
        return [column.name for column in self.columns]

    @property
    def data_bytes(self) -> int:
        """Bytes of the file that hold records."""
        return self.size_bytes

    @property
    def notes(self) -> tuple[str, ...]:
        """Guesses about the file that could have gone another way, a sentence each."""
        return ()

    @property
    def record_layout(self) -> Layout | None:
        """The record layout, where the format has one."""
        return None

    @property
    def text_dialect(self) -> Dialect | None:
        """How the text is written, where the format is one."""
        return None


AnySource = Source[Any]
"""A source of whatever format."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One task of a worker: a piece of one source that ends on a record boundary, and its turn in the run."""

    number: int
    source: AnySource
    place: Any
    cost_bytes: int
    """Input bytes this chunk stands for in the progress."""


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
