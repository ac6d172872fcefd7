"""Stratum values: as plain Python, and in an order of their own."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.kernels import tallies

StratumValue = str | int | float | None
_PLAIN = {str, int, type(None)}

ALL_ROWS = "(all)"
"""The one stratum of data without a stratum column."""
OTHER = "(other)"
"""The stratum that holds the values past the limit."""
MAX_STRATA = 10_000
"""Strata that are reported."""
MAX_TOLD_APART = MAX_STRATA
"""Values that the planning sample did not show and that are strata of their own during the pass."""


def as_codes(codes: NDArray[np.integer[Any]], strata: int) -> NDArray[np.int32]:
    """Codes as kernels take them. Raises `ValueError` when one is no place among so many strata: they do not look."""
    if codes.size and not 0 <= int(codes.min()) <= int(codes.max()) < strata:
        raise ValueError(f"codes from {codes.min()} to {codes.max()} are no places among {strata} strata")
    return np.ascontiguousarray(codes, np.int32)


@dataclass(frozen=True, slots=True)
class RowsByStratum:
    """The rows of a chunk stratum by stratum: those of stratum h are `order[starts[h]:starts[h + 1]]`."""

    codes: NDArray[np.int32]
    """Of each row, its stratum."""
    order: NDArray[np.int32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    """Of each stratum, where its rows end that count for its moments; those that are left out stand behind."""
    counts: NDArray[np.int64]
    """The rows of each stratum."""
    left: NDArray[np.int64]
    """Those of them that are not left out."""

    @classmethod
    def of(
        cls, codes: NDArray[np.integer[Any]], strata: int, without: NDArray[np.bool_] | None = None
    ) -> RowsByStratum:
        """By each row's stratum, 0 <= code < strata, and marks of the rows that are left out."""
        places = as_codes(codes, strata)
        behind = np.zeros(places.size, dtype=np.uint8) if without is None else without.view(np.uint8)
        counts = np.zeros(strata, dtype=np.int64)
        tallies.count_rows(places, counts)
        starts = np.zeros(strata + 1, dtype=np.int64)
        np.cumsum(counts, out=starts[1:])
        ends = starts[1:].copy()
        if without is not None:
            ends -= np.bincount(places[np.flatnonzero(without)], minlength=strata)
        order = np.empty(places.size, dtype=np.int32)
        tallies.order_rows(places, behind, np.stack([starts[:-1], ends], axis=1).ravel(), order)
        return cls(places, order, starts, ends, counts, ends - starts[:-1])


def plain_value(value: Any) -> StratumValue:
    """A stratum value that JSON can hold: numpy scalars unwrapped, NaN and infinities by name, all else as text."""
    if type(value) is str or type(value) is int or value is None:
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def plain_values(values: Sequence[Any]) -> tuple[StratumValue, ...]:
    """Each value as `plain_value` gives it."""
    plain = set(map(type, values)) <= _PLAIN
    return tuple(values) if plain else tuple(plain_value(value) for value in values)


def moved_apart(places: NDArray[np.intp]) -> bool:
    """Whether no two strata that are moved to these places meet."""
    return not places.size or int(np.bincount(places).max()) == 1


def value_order(value: StratumValue) -> tuple[int, Any]:
    """Sort key: numbers, then text, then the missing value."""
    if value is None:
        return 2, 0
    return (1, value) if isinstance(value, str) else (0, value)


def as_text(value: Any) -> str:
    """A stratum value as its cell stands in a text file; a missing one is an empty cell."""
    plain = plain_value(value)
    if plain is None:
        return ""
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def as_texts(values: Sequence[Any]) -> Sequence[str]:
    """Each value as `as_text` gives it."""
    return values if set(map(type, values)) <= {str} else [as_text(value) for value in values]


def told_apart(values: Sequence[Any], named: Container[str], most: int = MAX_TOLD_APART) -> NDArray[np.bool_] | None:
    """Marks the values that stay strata of their own; None when all do.

    Those are the `named` ones (as text) and, of the others, the `most` whose texts have the smallest hashes. Whatever
    is among the smallest of a union is among the smallest of each part that holds it: so a part may join what it does
    not keep, and for any slicing of the input the strata that are left have all their rows.
    """
    if len(values) <= most:
        return None
    texts = [as_text(value) for value in values]
    others = [place for place, text in enumerate(texts) if text not in named and text != OTHER]
    if len(others) <= most:
        return None
    hashes = np.array([_hash(texts[place]) for place in others], dtype=np.uint64)
    marks = np.ones(len(values), dtype=bool)
    marks[np.array(others)[np.argsort(hashes, kind="stable")[most:]]] = False
    return marks


def joined_places(values: Sequence[Any], marks: NDArray[np.bool_]) -> tuple[NDArray[np.intp], list[Any]]:
    """Where each value goes when those that are not marked are joined to `(other)`, and the values that are left."""
    kept = [value for value, mark in zip(values, marks, strict=True) if mark and value != OTHER]
    places = np.full(len(values), len(kept), dtype=np.intp)
    at = [place for place, (value, mark) in enumerate(zip(values, marks, strict=True)) if mark and value != OTHER]
    places[at] = np.arange(len(kept))
    return places, [*kept, OTHER]


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
