"""A record drawn as blocks of bytes: which field has which bytes, where none has them, and where several do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from etl_batch.layouts.layout import LayoutColumn


class BlockKind(StrEnum):
    """What a block of bytes is."""

    FIELD = "field"
    BITS = "bits"
    """Several fields that all take bits share the bytes."""
    GAP = "gap"
    OVERLAP = "overlap"
    OUTSIDE = "outside"
    """A field's bytes past the end of the record."""


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes `[first, end)` of the record, and the places of their fields among the columns given."""

    first: int
    end: int
    columns: tuple[int, ...]
    kind: BlockKind

    @property
    def size(self) -> int:
        """Bytes of the block."""
        return self.end - self.first


def byte_map(columns: Sequence[LayoutColumn], record_size: int) -> tuple[Block, ...]:
    """The blocks of a record in order, each byte in one of them, also for fields that overlap or leave gaps."""
    starts, ends = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for number, column in enumerate(columns):
        starts[column.offset].append(number)
        ends[column.offset + column.size].append(number)
    edges = sorted({0, record_size, *starts, *ends})
    owners: set[int] = set()
    blocks: list[Block] = []
    for first, end in zip(edges, [*edges[1:], None], strict=True):
        owners.difference_update(ends[first])
        owners.update(starts[first])
        if end is None or (first >= record_size and not owners):
            continue
        kind = BlockKind.OUTSIDE if first >= record_size else _kind(columns, owners)
        block = Block(first, end, tuple(sorted(owners)), kind)
        joins = blocks and (blocks[-1].columns, blocks[-1].kind) == (block.columns, kind)
        blocks[-1:] = [Block(blocks[-1].first, end, block.columns, kind)] if joins else [*blocks[-1:], block]
    return tuple(blocks)


def record_variants(columns: Sequence[LayoutColumn]) -> list[str | None]:
    """The record types that fields belong to, in order; `[None]` for a layout of one type."""
    found = dict.fromkeys(value for column in columns for value in column.when or ())
    return list(found) or [None]


def of_variant(columns: Sequence[LayoutColumn], variant: str | None) -> list[LayoutColumn]:
    """The fields that records of a type have; None: those that all have."""
    return [column for column in columns if column.when is None or variant in column.when]


def _kind(columns: Sequence[LayoutColumn], owners: set[int]) -> BlockKind:
    if not owners:
        return BlockKind.GAP
    if len(owners) == 1:
        return BlockKind.FIELD
    return BlockKind.BITS if all(columns[owner].bits is not None for owner in owners) else BlockKind.OVERLAP
