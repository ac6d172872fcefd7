"""What the sections of the report share: a labelled value and a list cut to a readable length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from etl_batch.reporting.formatting import quantity

Item = TypeVar("Item")
Source = TypeVar("Source")


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value, both ready to print."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Shortened(Generic[Item]):
    """The first items of a list, and how many more there are (None: none), ready to print."""

    items: tuple[Item, ...]
    total: int
    more: str | None

    @classmethod
    def made(cls, make: Callable[[Source], Item], sources: Sequence[Source], limit: int) -> Shortened[Item]:
        """What `make` makes of at most `limit` of the sources; the others are only counted."""
        return cls.of([make(source) for source in sources[:limit]], limit, len(sources))

    @classmethod
    def of(cls, items: Sequence[Item], limit: int, total: int | None = None) -> Shortened[Item]:
        """At most `limit` of `items`; `total` when the list itself is only the beginning."""
        kept = tuple(items[:limit])
        whole = len(items) if total is None else total
        return cls(kept, whole, quantity(whole - len(kept)) if whole > len(kept) else None)
