"""Whether the fields of a record cover each of its bytes exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from etl_batch import sentences
from etl_batch.layouts.layout import LayoutColumn

Span = tuple[int, int, str]
"""First byte, byte after the last, name."""


def coverage_problems(columns: Sequence[LayoutColumn], record_size: int) -> Iterator[tuple[str, str | None]]:
    """What is wrong with the places of the fields, and the field each sentence is about.

    Fields may share bytes only when all of them take `bits`, and then no bit may be taken twice.
    """
    yield from _shared_bits(columns)
    plain = [(column.offset, column.offset + column.size, column.name) for column in columns if column.bits is None]
    spans = sorted(plain + _bit_groups(columns), key=lambda span: span[:2])
    covered = 0
    for first, end, name in spans:
        if first > covered:
            yield _gap(covered, first), name
        elif first < covered:
            yield sentences.problems.OVERLAPS.format(first=first, covered=covered), name
        if end > record_size:
            yield sentences.problems.PAST_THE_RECORD.format(end=end, record_size=record_size), name
        covered = max(covered, end)
    if covered < record_size:
        yield _gap(covered, record_size), None


def _gap(first: int, end: int) -> str:
    return sentences.problems.GAP.format(first=first, last=end - 1, size=end - first)


def _bit_groups(columns: Sequence[LayoutColumn]) -> list[Span]:
    """Runs of bytes that `bits` fields share, each counted once."""
    groups: list[Span] = []
    for column in sorted((column for column in columns if column.bits is not None), key=lambda column: column.offset):
        end = column.offset + column.size
        if groups and column.offset < groups[-1][1]:
            first, last, name = groups.pop()
            groups.append((first, max(last, end), name))
        else:
            groups.append((column.offset, end, column.name))
    return groups


def _shared_bits(columns: Sequence[LayoutColumn]) -> Iterator[tuple[str, str]]:
    owners: dict[tuple[int, int], str] = {}
    for column in columns:
        for bit in _bits_of(column):
            if bit in owners:
                yield sentences.problems.BIT_TAKEN.format(bit=bit[1], byte=bit[0], owner=owners[bit]), column.name
                break
            owners[bit] = column.name


def _bits_of(column: LayoutColumn) -> Iterator[tuple[int, int]]:
    """The bits of the record that a `bits` field takes, as byte and bit (0: the lowest)."""
    start, length = column.bits or (0, 0)
    for position in range(start, start + length):
        byte = position // 8 if column.endian == "little" else column.size - 1 - position // 8
        yield column.offset + byte, position % 8
