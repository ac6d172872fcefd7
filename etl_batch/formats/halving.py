"""A stretch of records in smaller ones, by what cuts a file: for records of which one is to be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar


class _Stretch(Protocol):
    """A place that is a stretch of bytes."""

    @property
    def offset(self) -> int:
        """Its first byte."""

    @property
    def length(self) -> int:
        """How many it has."""


Stretch = TypeVar("Stretch", bound=_Stretch)


def halved(cut: Callable[[int, int], Iterator[Stretch]], offset: int, length: int) -> Sequence[Stretch]:
    """A stretch in two or more, by what cuts it in stretches of at least `wanted` bytes from a byte on.

    Where the middle is in the last record the first one is apart. None when there is only one.
    """
    found = tuple(cut(max(length // 2, 1), offset))
    if len(found) > 1:
        return found
    first = next(cut(1, offset))
    behind = first.offset + first.length
    return (first, *cut(length, behind)) if behind < offset + length else ()
