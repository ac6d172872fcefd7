"""C types and where a compiler puts the members of a struct: the rules of the System V ABI with 64-bit longs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl_batch import sentences
from etl_batch.layouts.importers.parts import (
    MAX_ELEMENTS,
    Field,
    Spot,
    bit_container,
    fields_of,
    refusal,
    repeated,
    skipped,
)
from etl_batch.layouts.spec import Endian


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, a truth value or a character."""

    kind: str
    """The type in a layout; `char` for a character, which in an array is text."""
    size: int
    endian: Endian | None = None

    @property
    def align(self) -> int:
        """Its natural alignment in bytes."""
        return self.size


@dataclass(frozen=True, slots=True)
class Record:
    """A struct whose members have their places."""

    spots: tuple[Spot, ...]
    size: int
    align: int
    weight: int
    """Fields that it takes to write it down, those of its inner records included."""

    @property
    def fields(self) -> list[Field]:
        """As a layout file writes them: with an `offset` where a field does not follow the last one."""
        return fields_of(self.spots)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A type that a layout cannot express; whoever uses it is told why."""

    reason: str


Type = Scalar | Record | Unusable


@dataclass(frozen=True, slots=True)
class Member:
    """One member as it is declared."""

    name: str | None
    type: Scalar | Record
    dimensions: tuple[int, ...]
    line: int
    bits: int | None = None
    packed: bool = False
    pack: int | None = None
    """What `#pragma pack` allows at most."""

    @property
    def align(self) -> int:
        """Its alignment in bytes, packing counted."""
        # Of bit-fields GCC asks for the pragma first, and for the attribute only without one.
        if self.packed and (self.bits is None or self.pack is None):
            return 1
        return min(self.type.align, self.pack or self.type.align)

    @property
    def elements(self) -> int:
        """How many values it has."""
        count = 1
        for dimension in self.dimensions:
            count *= dimension
        return count


@dataclass(frozen=True, slots=True)
class _Placed:
    """A member and its first bit."""

    member: Member
    bit: int

    @property
    def end(self) -> int:
        """The bit after its last."""
        member = self.member
        return self.bit + (8 * member.type.size * member.elements if member.bits is None else member.bits)


def lay_out(members: Sequence[Member], line: int, endian: Endian) -> Record:
    """The record that these members make. Raises `LayoutError` for one that no layout expresses."""
    placed, end, align = _place(members)
    if not placed:
        raise refusal(sentences.imports.NO_MEMBERS, line)
    size = _up(_up(end, 8) // 8, align)
    if endian == "big" and any(member.bits is not None for member in members):
        raise refusal(sentences.imports.BIG_BITS, next(member.line for member in members if member.bits is not None))
    weight = sum(_weight(member) for member in members)
    if weight > MAX_ELEMENTS:
        raise refusal(sentences.imports.TOO_MANY_FIELDS.format(most=MAX_ELEMENTS), line)
    return Record(tuple(_spots(placed, size)), size, align, weight)


def _weight(member: Member) -> int:
    """Fields that a member takes: the outer dimensions of an array are written out."""
    inner = 1 + (member.type.weight if isinstance(member.type, Record) else 0)
    return inner * max(member.elements // (member.dimensions or (1,))[-1], 1)


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


def _place(members: Sequence[Member]) -> tuple[list[_Placed], int, int]:
    """Each member at its first bit, the bit after the last, and the alignment of the whole."""
    placed: list[_Placed] = []
    cursor, align = 0, 1
    for member in members:
        step = 8 * member.align
        if member.bits is None:
            cursor = _up(cursor, step)
        elif member.bits == 0:
            cursor = _up(cursor, 8 * member.type.align)
        elif _crosses(member, cursor % step, step):
            cursor = _up(cursor, step)
        where = _Placed(member, cursor)
        cursor = where.end
        if member.bits is None or member.name is not None:
            align = max(align, member.align)
        if member.bits != 0:
            placed.append(where)
    return placed, cursor, align


def _crosses(member: Member, start: int, step: int) -> bool:
    """Whether a bit-field would reach over more of its type's units than one, which only packing allows."""
    if member.packed or member.pack is not None:
        return False
    return (start + (member.bits or 0) + step - 1) // step > 8 * member.type.size // step


def _spots(placed: Sequence[_Placed], size: int) -> Iterator[Spot]:
    """The fields of a record of `size` bytes with their places, padding included."""
    covered = index = 0
    while index < len(placed):
        first = placed[index]
        if first.member.bits is None:
            offset = first.bit // 8
            if offset > covered:
                yield Spot(covered, offset - covered, skipped(offset - covered))
            yield from _plain(first.member, offset)
            covered = first.end // 8
            index += 1
            continue
        run = []
        while index < len(placed) and placed[index].member.bits is not None:
            run.append(placed[index])
            index += 1
        end = placed[index].bit // 8 if index < len(placed) else size
        yield from _bits(run, covered, end)
        covered = end
    if covered < size:
        yield Spot(covered, size - covered, skipped(size - covered))


def _plain(member: Member, offset: int) -> Iterator[Spot]:
    kind, dimensions = member.type, list(member.dimensions)
    if isinstance(kind, Record):
        if member.name is None:
            # Where nothing has a name, the members inside belong to the record around it.
            yield from (Spot(each.offset + offset, each.size, each.field) for each in kind.spots)
            return
        fields = repeated({"name": member.name, "fields": kind.fields}, dimensions)
    elif kind.kind == "char":
        *outer, length = dimensions or [1]
        fields = repeated({"name": member.name, "type": "char", "size": length}, outer)
    else:
        order = {} if kind.endian is None else {"endian": kind.endian}
        fields = repeated({"name": member.name, "type": kind.kind, **order}, dimensions)
    each = kind.size * member.elements // len(fields)
    yield from (Spot(offset + number * each, each, field) for number, field in enumerate(fields))


def _bits(run: Sequence[_Placed], first: int, end: int) -> Iterator[Spot]:
    """Bit-fields side by side, each in an integer that lies within the bytes they have to themselves."""
    taken: set[int] = set()
    for each in run:
        member, width = each.member, each.member.bits or 0
        if member.name is None:
            continue
        found = bit_container(each.bit, width, (first, end))
        if found is None:
            raise refusal(sentences.imports.BITS_ACROSS, member.line, member.name)
        offset, size = found
        taken |= set(range(offset, offset + size))
        kind = member.type.kind if isinstance(member.type, Scalar) else ""
        name = kind if kind == "bool" else f"{'u' if kind[0] == 'u' else 'i'}{8 * size}"
        bits = {"start": each.bit - 8 * offset, "len": width}
        yield Spot(offset, size, {"name": member.name, "type": name, "bits": bits})
    for byte in range(first, end):
        if byte not in taken:
            yield Spot(byte, 1, skipped(1))
