"""What every format is to the engine: a source that is told from others, looked at, cut, read and probed.

A format is one subclass of `Source` in a package of its own and one entry in the registry (`formats.registry`). The
rest of the engine knows sources, chunks and slabs; what a place in a file is, a range of bytes or of rows, is the
format's own affair.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.columns.text_cells import TextCells, TextLines, without_guards
from etl_batch.formats.content import Content
from etl_batch.formats.objects import relinked
from etl_batch.formats.version import Version
from etl_batch.kernels.kernel import Ints, Longs
from etl_batch.model import NOT_REPLAYED, Dialect, Reject, Replayed

if TYPE_CHECKING:
    from etl_batch.formats.blocks import BlockPlan
    from etl_batch.formats.look import Look
    from etl_batch.layouts import Layout
    from etl_batch.reading_options import ReadingOptions

Place = TypeVar("Place")
Answer = TypeVar("Answer")
Marks = NDArray[np.bool_]
TOO_LONG = "record_too_long"
"""Why a record is rejected of which its reject holds no more than the start."""
UNREADABLE = "unreadable"
"""Why a record is rejected that workers cannot be brought to read."""


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
    guarded: bool = False
    """Whether its cells have the apostrophes of an own output, which stand before what a spreadsheet would run."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A column that is not in the file: one text, or None for null, in all records, as the place of the file says."""

    name: str
    text: str | None


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


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows stand in a file: numbers that rise and that no other row of it has, however the file is cut.

    They are the bytes at which their records begin, or the numbers of rows where a format counts these. Whether a row
    is sampled hangs on its place.
    """

    base: int
    offsets: Ints
    """From there on: half of the memory that is walked through."""

    @classmethod
    def of(cls, places: Longs) -> Places:
        """These numbers."""
        base = int(places[0]) if places.size else 0
        return cls(base, (places - base).astype(np.int32))

    def whole(self) -> Longs:
        """The numbers themselves."""
        return self.offsets + np.int64(self.base)

    def __getitem__(self, rows: Marks | Longs) -> Places:
        return Places(self.base, self.offsets[rows])


NOWHERE = Places(0, np.zeros(0, np.int32))
"""No rows."""

RowOrigin: TypeAlias = "Callable[[int], Reject]"
"""From a row of a slab to a reject that has everything but the reason, the field and the detail."""


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
    repaired: Mapping[str, int] = field(default_factory=dict)
    """Rows that were mended, by how."""
    origin: RowOrigin | None = None
    """Where a row stands: asked for while the slab is, for rows that turn out to be bad. None: there are no rows."""
    numbers: Longs | None = None
    """Of each row the number of its record in the piece, where the format has them at hand."""
    places: Places = NOWHERE
    """Where each row stands."""
    replayed: Replayed = NOT_REPLAYED
    """Of rejects that were read again: what became of them."""
    elsewhere: int = 0
    """Records that another pass over the same piece accounts for: they count in the numbers of records alone."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for rows that stand nowhere: they could not be sampled."""
        if len(self.places.offsets) != self.rows:
            raise ValueError(f"a slab of {self.rows} rows has places for {len(self.places.offsets)}")

    @classmethod
    def of(
        cls,
        batch: pa.RecordBatch,
        records: int,
        skipped: int = 0,
        rejects: Sequence[Reject] = (),
        origin: RowOrigin | None = None,
        places: Places = NOWHERE,
    ) -> Slab:
        """A slab of columns that are in memory as Arrow has them."""
        return cls(batch.columns, batch.num_rows, records, skipped, list(rejects), origin=origin, places=places)

    def arrays(self) -> list[pa.Array]:
        """The columns as Arrow has them; those of text are copied out of it."""
        return [column.to_arrow() if isinstance(column, TextCells) else column for column in self.columns]

    def batch(self, names: Sequence[str]) -> pa.RecordBatch:
        """The same under these names."""
        return pa.RecordBatch.from_arrays(self.arrays(), list(names))

    def unguarded(self, columns: Sequence[SourceColumn]) -> Slab:
        """The slab of an own output as it was before cells were escaped; its lines only where none was."""
        if not self.rows or not any(column.guarded for column in columns):
            return self
        before = [
            without_guards(cells) if column.guarded else cells
            for column, cells in zip(columns, self.columns, strict=True)
        ]
        same = all(one is other for one, other in zip(self.columns, before, strict=True))
        return self if same else replace(self, columns=before, lines=None)


@dataclass(frozen=True, slots=True)
class Reread:
    """What became of some rejects that were read again, each alone: a row, a reject, or else a record to skip."""

    columns: Sequence[pa.Array]
    """Of the rows."""
    rows: Longs
    """Of each row the place of its reject among those that were read; they rise."""
    rejects: Mapping[int, Reject]
    """Those that are rejects again, by their places. One that cannot be read again is what it was."""
    repaired: Mapping[str, int] = field(default_factory=dict)
    """See `Slab`."""
    whole: Mapping[int, Reject] = field(default_factory=dict)
    """Of records that their rejects had cut short the same rejects with all bytes, by their places."""


class Each(Protocol):
    """Has workers do small jobs: the answers in their order. See `parallel.elsewhere`."""

    def __call__(self, work: Callable[..., Answer], jobs: Iterator[tuple[Any, ...]], /) -> Iterator[Answer]:
        """`work` of the arguments of each job."""


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
    version: Version | None = field(default=None, kw_only=True)
    """Which version of the file it is, as the registry saw it; None: whichever stands there when it is read."""
    constants: tuple[Constant, ...] = field(default=(), kw_only=True)
    """What stands behind the columns of the file, the same in every record."""

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

    def cut_elsewhere(self, chunk_bytes: int, each: Each) -> Iterator[Piece[Place]]:  # noqa: ARG002
        """The same for a file that is far from here: what must be looked through may be so by workers, see `Each`."""
        return self.cut(chunk_bytes)

    @abstractmethod
    def read(self, place: Place, retries: int) -> Iterator[Slab]:
        """The records of one piece. Transient read errors are tried again `retries` times."""

    def halves(self, place: Place) -> Sequence[Place]:  # noqa: ARG002
        """A piece in smaller ones, of about half its size; none when it is one record, or cannot be cut."""
        return ()

    def unread(self, place: Place, detail: str) -> Slab:
        """A piece that no worker can read, as one reject that says where it begins. It is not looked at again."""
        offset, length = self.span(place)
        detail = sentences.rejects.UNREAD.format(why=detail, size=length)
        return Slab((), rows=0, records=1, rejects=[Reject(self.path, offset, 0, UNREADABLE, None, detail, "")])

    def first_record(self, place: Place) -> int:  # noqa: ARG002
        """The number in the file of a piece's first record, where rejects are read again by their numbers; else 0."""
        return 0

    def place_of(self, reject: Reject) -> int:
        """Where a row stands that was a reject, which has the number of its record in the file: see `Places`."""
        return reject.offset

    def mended(self, options: ReadingOptions, layouts: Mapping[str, Layout]) -> Source[Place]:  # noqa: ARG002
        """This source as these settings and layouts have its records read: the same table, so what they say of where
        it stands is not asked. Raises `UsageError` and `LayoutError`."""
        return self

    def reread(self, rejects: Sequence[Reject], written: AnySource) -> Reread:  # noqa: ARG002
        """Rejects read again, each as a record of its own. `written`: the source as it was read when they were made.

        A format that cannot leaves them what they are.
        """
        nothing = [pa.nulls(0, column.type) for column in self.columns]
        return Reread(nothing, np.zeros(0, np.int64), dict(enumerate(rejects)))

    @classmethod
    @abstractmethod
    def probe(cls, sources: Sequence[Any], fraction: float, record_bytes: float) -> BlockPlan:
        """The blocks that sources of this format are made of, of which a sample is drawn instead of reading it all.

        `fraction`: the share of their bytes to read; `record_bytes`: about the length of a record.
        """

    @property
    def as_read(self) -> AnySource:
        """The file as a run says of it how it was read."""
        return self

    @property
    def content(self) -> Content:
        """The bytes of the file, of this version."""
        return Content(self.path, self.version)

    def relinked(self) -> Source[Place]:
        """This source as it is sent to a worker: an object of a store by a link that is good for a while."""
        version = relinked(self.path, self.version)
        return self if version is self.version else replace(self, version=version)

    @property
    def compression(self) -> str | None:
        """How the file is compressed: then all offsets and sizes are those of its content."""
        return self.version.packed.compression if self.version and self.version.packed else None

    def supply(self, place: Place) -> tuple[int, bytes] | None:
        """Where a piece of a compressed file begins, and its bytes, for the worker that reads it; else None."""
        if self.compression is None:
            return None
        first, length = self.span(place)
        with self.content.opened() as file:
            return first, file.read(length, first)

    def span(self, place: Any) -> tuple[int, int]:
        """The first byte of a place, and how many are read of it, for formats that can stand in a compressed file."""
        return place.offset, place.length

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in file order."""
        return [column.name for column in self.columns]

    @property
    def all_columns(self) -> tuple[SourceColumn, ...]:
        """The columns of the file and the constants behind them, which are text as the cells of a text file are.

        A null has no cell: for the outputs the source is one that does not have the column.
        """
        constants = (each.name for each in self.constants if each.text is not None)
        return (*self.columns, *(SourceColumn(name, pa.string(), text=True) for name in constants))

    @property
    def constant_texts(self) -> list[str]:
        """The texts of the constants, in the order of `all_columns`."""
        return [each.text for each in self.constants if each.text is not None]

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

    @property
    def text_above(self) -> str | None:
        """What stands above the records, where the format is text."""
        return None


AnySource = Source[Any]
"""A source of whatever format."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a source, to be read."""

    source: AnySource
    place: Any
    supply: tuple[int, bytes] | None = None
    """See `Source.supply`."""
    given_up: str | None = None
    """Why it is not to be read but rejected."""

    def halves(self) -> list[Part]:
        """The part in smaller ones; none when it cannot be cut."""
        smaller = self.source.halves(self.place)
        return [replace(self, place=place) for place in smaller] if len(smaller) > 1 else []


@dataclass(frozen=True, slots=True)
class Chunk:
    """One task of a worker, and its turn in the run: a piece of a source, or some small sources in their order."""

    number: int
    parts: tuple[Part, ...]
    cost_bytes: int
    """Input bytes this chunk stands for in the progress."""

    def halves(self, why: str) -> list[Chunk]:
        """The chunk in smaller ones that stand for it together; itself, given up, when it is one record."""
        middle = len(self.parts) // 2
        parts = [self.parts[:middle], self.parts[middle:]] if middle else [(part,) for part in self.parts[0].halves()]
        if not parts:
            return [replace(self, parts=(replace(self.parts[0], given_up=why),))]
        first, *others = parts
        return [Chunk(self.number, first, self.cost_bytes), *(Chunk(self.number, each, 0) for each in others)]


def unique_names(names: list[str]) -> list[str]:
    """The names with `_2`, `_3`, ... behind those that come again; an empty one becomes `column_<its number>`."""
    unique: dict[str, None] = {}
    tried: dict[str, int] = {}
    for number, given in enumerate(names, 1):
        name = base = given or f"column_{number}"
        for suffix in count(tried.get(base, 2)):
            if name not in unique:
                break
            name, tried[base] = f"{base}_{suffix}", suffix
        unique[name] = None
    return list(unique)


def renumber(rejects: list[Reject], by: int) -> list[Reject]:
    """The rejects with their record numbers moved on by the number of records before the chunk."""
    return [replace(reject, record=reject.record + by) for reject in rejects] if by else rejects


def still_too_long(source: AnySource, reject: Reject) -> Reject:
    """A reject that cannot be read again because its record is cut short in it; said why in a compressed file."""
    if source.compression is None:
        return reject
    return replace(reject, detail=sentences.rejects.CUT_IN_COMPRESSED)
