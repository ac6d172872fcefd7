"""A record layout as the readers use it: every field at its place, checked and flat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch.layouts.kinds import KINDS, Family

MAX_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """One field of a record after arrays and nested records are laid out; most fields become one column.

    `offset` and `size` are bytes within the record. `null_values`, `const` and the keys of `enum` are values as stored
    (before `scale` and `decimals`), of type `stored_type`; `minimum` and `maximum` are values of the column's `type`.
    """

    name: str
    kind: str
    offset: int
    size: int
    type: pa.DataType
    stored_type: pa.DataType
    endian: str = "little"
    encoding: str = "utf-8"
    strip: str = "null"
    scale: float | None = None
    add: int | float | None = None
    """Added to the value, after `scale`."""
    decimals: int | None = None
    sign: str = "trailing"
    bits: tuple[int, int] | None = None
    unit: str | None = None
    epoch: int = 0
    """Start of the count, in `unit`s after 1970-01-01."""
    enum: tuple[tuple[Any, str], ...] = ()
    null_values: tuple[Any, ...] = ()
    blank_is_null: bool = False
    minimum: Any = None
    maximum: Any = None
    pattern: str | None = None
    const: Any = None
    on_error: str = "dead_letter"
    skip: bool = False
    when: tuple[str, ...] | None = None
    """Discriminator values of the records that have this field; None: all of them."""
    counted_by: tuple[str, int] | None = None
    """The field that says how many elements of an array there are, and which one this is; None: it is always there."""

    @property
    def family(self) -> Family:
        """Which decoder reads it."""
        return KINDS[self.kind].family

    @property
    def is_number(self) -> bool:
        """Whether its bytes are a number as the machine has them, in either order."""
        return bool(KINDS[self.kind].numpy_code)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy type of a number in the file, byte order included; raw bytes for all other types."""
        code = KINDS[self.kind].numpy_code
        if not code:
            return np.dtype(f"V{self.size}")
        order = ">" if self.endian == "big" else "<"
        return np.dtype(f"{order}{code if code[-1].isdigit() else f'{code}{self.size}'}")

    @property
    def checked(self) -> bool:
        """Whether some bytes would be refused, so that a file that is not of this layout shows."""
        refusable = self.family in (Family.TEXT, Family.DIGITS, Family.BOOL)
        return refusable or self.constrained

    @property
    def constrained(self) -> bool:
        """Whether the layout itself names values that are right or wrong."""
        limits = (self.minimum, self.maximum, self.pattern, self.const)
        return bool(self.enum) or any(limit is not None for limit in limits)


@dataclass(frozen=True, slots=True)
class NumberAt:
    """A number that stands in the file: a byte offset (negative: counted from the end) and an integer type."""

    offset: int
    kind: str


@dataclass(frozen=True, slots=True)
class LengthWord:
    """The word before a record or a block that says how long it is: see `spec.LengthWordSpec`."""

    size: int
    offset: int
    width: int
    big: bool
    includes_word: bool
    extended: bool
    """Whether the highest bit, where it is set, means that all 4 bytes are the length."""
    most: int
    """The most bytes, word included, that can stand there."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One record layout. `fields` are all fields in the order of the layout, `columns` those that are written.

    Records are `record_size` bytes long; with `words` at most, which then are the word before each record and, where
    these stand in blocks, the one before each block.
    """

    name: str
    record_size: int
    fields: tuple[LayoutColumn, ...]
    endian: str = "little"
    header_bytes: int | NumberAt = 0
    footer_bytes: int | NumberAt = 0
    record_count: int | NumberAt | None = None
    magic: tuple[int, bytes] | None = None
    match: tuple[str, ...] = ()
    trailing_bytes: str = "dead_letter"
    discriminator: str | None = None
    record_types: tuple[str, ...] = ()
    type_sizes: tuple[int, ...] = ()
    """The bytes of a record of each of these types, where they differ."""
    words: tuple[LengthWord, ...] = ()
    stratum: str | None = None
    measures: tuple[str, ...] = ()
    description: str = ""
    definition: str = field(default="", compare=False, repr=False)
    """The layout as it was written, as JSON: what a run keeps, so that it can be understood after an edit."""

    @property
    def columns(self) -> tuple[LayoutColumn, ...]:
        """The fields that become columns, in order."""
        return tuple(column for column in self.fields if not column.skip)

    @property
    def schema(self) -> pa.Schema:
        """Names and final Arrow types of the columns."""
        return pa.schema([pa.field(column.name, column.type) for column in self.columns])

    def matches(self, filename: str) -> bool:
        """Whether one of the layout's globs fits the file's name (or its path, for a glob that has a `/`)."""
        return fits_globs(self.match, filename)


def fits_globs(globs: Iterable[str], filename: str) -> bool:
    """Whether one of the globs fits a file's name, or its path where the glob has a `/`."""
    name = PurePath(filename).name
    return any(fnmatchcase(filename if "/" in glob else name, glob) for glob in globs)
