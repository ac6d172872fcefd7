"""What every output format is to the engine: a sink that is begun, fed slab by slab, placed in its turn and closed.

A sink is one subclass of `Sink` and one entry in the registry (`sinks.registry`). The parent begins and closes it; the
workers encode each chunk on their own and write it where its turn says, so that a sink's file is written once, in input
order, by many processes.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import pyarrow as pa

from etl_batch import sentences
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.errors import OutputFailed
from etl_batch.files import parted
from etl_batch.files.digest import Mark
from etl_batch.files.parted import offset_of, opened_at
from etl_batch.files.staging import Staged, opened, write_all
from etl_batch.model import Escapes

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

Part = memoryview | bytes


@dataclass(slots=True)
class Encoded:
    """One chunk as a sink will write it, before it has a place."""

    parts: list[Part] = field(default_factory=list)
    """Bytes, to be written one after the other."""
    escapes: dict[int, Escapes] = field(default_factory=dict)
    """By the place of the column."""
    entry: object = None
    """What closing the sink needs to know of the chunk: small, and it pickles."""

    @property
    def escaped_cells(self) -> int:
        """Cells that got an apostrophe."""
        return sum(each.cells for each in self.escapes.values())

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(len(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class PlacedChunk:
    """A chunk in its place: bytes `[start, end)` of the sink's file, or places in one of its parts."""

    start: int
    end: int
    entry: object


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished output."""

    bytes: int
    sha256: str
    """Of several parts: of their manifest, which has those of the parts."""
    parts: int = 0
    """How many there are; 0: it is one file."""
    manifest_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FinalColumns:
    """The columns of the outputs after the last chunk: their final types, and the form that all text cells satisfy."""

    columns: tuple[OutputColumn, ...]
    schema: pa.Schema
    forms: tuple[int, ...]


class SinkEncoder(ABC):
    """Encodes the slabs of one chunk in order."""

    @abstractmethod
    def add(self, rows: CleanRows) -> None:
        """Take the next slab's rows in; there is at least one."""

    @abstractmethod
    def finish(self) -> Encoded:
        """The chunk as it is to be written."""


@dataclass(frozen=True)
class Sink(ABC):
    """One output of a run on its way. It crosses process borders with every chunk, so it holds plain data."""

    name: ClassVar[str]
    """Its key in the metadata's `outputs`, and of its offset in the turns."""
    file: Staged

    @classmethod
    @abstractmethod
    def target(cls, config: RunConfig) -> Path | None:
        """Where a configuration wants this output; None when it wants none."""

    @classmethod
    def in_parts(cls, config: RunConfig) -> bool:  # noqa: ARG003 - most are one file, whatever is wished
        """Whether a configuration wants this output as a folder of parts."""
        return False

    @classmethod
    def staged(cls, file: Staged, config: RunConfig, input_bytes: int) -> Self:  # noqa: ARG003 - one with settings asks
        """The sink of a configuration that writes into what is staged, of a run that reads so many bytes."""
        return cls(file)

    @abstractmethod
    def begin(self, columns: Sequence[OutputColumn]) -> int:
        """Write what stands before the first row; returns its length in bytes. Raises `OutputFailed`."""

    @abstractmethod
    def encoder(self, columns: Sequence[OutputColumn]) -> SinkEncoder:
        """What encodes one chunk, in a worker."""

    def begins(self, end: int) -> int:
        """Where a chunk has its place that comes behind one which ends there."""
        return end

    def place(self, parts: Sequence[Part], start: int) -> None:
        """Write a chunk's bytes from a place on, in a worker. Raises `OutputFailed`."""
        if not parts:
            return
        try:
            with opened_at(self.file, start) as descriptor:
                write_all(descriptor, parts, offset_of(start))
        except OSError as error:
            raise not_placed(self.file.target.parent, error) from error

    def settle(self, entry: object, start: int) -> object:  # noqa: ARG002 - most entries do not depend on it
        """What closing needs to know of a chunk that now has its place at byte `start`; in a worker."""
        return entry

    def describe(self, final: FinalColumns) -> Mapping[str, str]:  # noqa: ARG002 - most have nothing to say
        """How each column is kept in the file, in its format's own words."""
        return {}

    def escapes(self, cells: int, names: Sequence[str]) -> bool:  # noqa: ARG002 - only a text can need it
        """Whether the file holds cells or names that got an apostrophe; `cells`: those that did in the run."""
        return False

    @abstractmethod
    def close(self, chunks: Sequence[PlacedChunk], final: FinalColumns) -> int:
        """Write what stands behind the last row; returns the size of the whole in bytes. Raises `OutputFailed`."""

    def seal(self, chunks: Sequence[PlacedChunk], size: int, digests: Sequence[Mark]) -> Sealed:  # noqa: ARG002
        """What has become of it: so many bytes, with these digests. Raises `OutputFailed`."""
        return Sealed(size, digests[0].digest)

    def cut_off(self, end: int) -> None:
        """Forget what stands behind a place: it will be written again. Raises `OutputFailed`."""
        try:
            parted.cut_off(self.file, end)
        except OSError as error:
            raise cannot_write(self.file.target, error) from error

    def write_start(self, start: bytes) -> int:
        """Write the first bytes of the staged file; returns how many."""
        try:
            with opened(self.file) as descriptor:
                os.ftruncate(descriptor, 0)
                write_all(descriptor, [start], 0)
        except OSError as error:
            raise cannot_write(self.file.target, error) from error
        return len(start)


def cannot_write(target: Path, error: OSError) -> OutputFailed:
    """The error of an output that cannot be written."""
    return OutputFailed(sentences.outputs.NO_SPACE.format(path=target, reason=error.strerror))


def not_placed(folder: Path, error: OSError) -> OutputFailed:
    """The error of a chunk that cannot be written where it has its place."""
    return OutputFailed(sentences.outputs.OUTPUT_NOT_WRITTEN.format(folder=folder, reason=error.strerror))
