"""What importers share: what the user said, what was found, and the one way to refusal, by line and field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from etl_batch import sentences
from etl_batch.errors import LayoutError
from etl_batch.layouts.spec import Endian

MAX_TEXT_BYTES = 1 << 20
"""A description of a record that is longer is none."""
MAX_ELEMENTS = 10_000
"""Elements of an array; a layout has no more columns than that."""
MAX_DEPTH = 32
"""Levels of nested records."""

Field = dict[str, Any]
"""One field as a layout file writes it."""
Alignment = Literal["packed", "natural"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user says because the file does not; None: the language's own rule."""

    record: str | None = None
    alignment: Alignment | None = None
    encoding: str | None = None
    endian: Endian | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One record of a file: its name there, the layout as a layout file writes it, and what was left out."""

    record: str | None
    layout: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """A field of a record at its place, in bytes; its own `offset` is left to `fields_of`."""

    offset: int
    size: int
    field: Field


def fields_of(spots: Iterable[Spot]) -> list[Field]:
    """Fields as a layout file writes them: with an `offset` where one does not follow the last."""
    fields, cursor = [], 0
    for spot in spots:
        fields.append(spot.field if spot.offset == cursor else {**spot.field, "offset": spot.offset})
        cursor = spot.offset + spot.size
    return fields


def refusal(why: str, line: int, field: str | None = None) -> LayoutError:
    """What to raise for something in a line, and in a field where there is one, that cannot be expressed."""
    said = (
        sentences.imports.IN_LINE.format(line=line, why=why)
        if field is None
        else sentences.imports.IN_FIELD.format(line=line, field=field, why=why)
    )
    return LayoutError(said, line=line, field=field)


def skipped(size: int) -> Field:
    """Bytes that mean nothing."""
    return {"type": "bytes", "size": size, "skip": True}


def repeated(field: Field, counts: list[int]) -> list[Field]:
    """The fields of an array with these dimensions, the last of which varies fastest.

    A layout's arrays have one dimension: the outer ones become fields of their own, `name_0`, `name_1`, ..., so that
    the columns are `name_0_0`, `name_0_1` and so on.
    """
    if not counts:
        return [field]
    names = [field.get("name")]
    for count in counts[:-1]:
        names = [None if name is None else f"{name}_{index}" for name in names for index in range(count)]
    return [{**field, **({} if name is None else {"name": name}), "count": counts[-1]} for name in names]


def pick_record(names: list[str], wanted: str | None, line: int = 1) -> str:
    """The record that was asked for, or the only one there is. Raises `LayoutError`."""
    if wanted is None and len(names) == 1:
        return names[0]
    known = ", ".join(names[:20])
    if wanted is None:
        raise LayoutError(sentences.imports.SEVERAL_RECORDS.format(known=known))
    found = [name for name in names if name == wanted] or [name for name in names if name.lower() == wanted.lower()]
    if len(found) != 1:
        raise LayoutError(sentences.imports.NO_RECORD.format(name=wanted, known=known), line=line)
    return found[0]


def bit_container(first: int, length: int, taken: tuple[int, int]) -> tuple[int, int] | None:
    """Byte and size of the smallest integer that holds some bits and stays within the bytes `taken`; None if none does.

    `first` is the first bit's number from the start of the record's bytes on, `taken` the first byte and the byte
    after the last that bit fields share.
    """
    low, high = first // 8, (first + length - 1) // 8
    for size in (1, 2, 4, 8):
        start = max(taken[0], min(low, taken[1] - size))
        if start <= low and high < start + size <= taken[1]:
            return start, size
    return None
