"""Which intervals a run's totals had, and whether each held the exact total: what the history counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from etl_batch.model import RunStatus

_LARGEST = 1e300
_TOLERANCE = 1e-9
"""The exact total is one rounding away from an estimate: that is no miss."""


@dataclass(frozen=True, slots=True)
class HeldInterval:
    """One total's interval. `key` is the same for runs that draw the same sample of the same input."""

    key: str
    certified: bool
    held: bool


def sample_key(metadata: Mapping[str, Any]) -> str:
    """What decides which rows a run draws, as a short key: input files with their sizes, seed, fraction and rows."""
    analytics, config = _map(metadata.get("analytics")), _map(metadata.get("config"))
    listed = metadata.get("inputs")
    files = [(_map(one).get("path"), _map(one).get("size_bytes")) for one in listed] if isinstance(listed, list) else []
    drawn = (analytics.get("seed"), config.get("sample_frac"), analytics.get("sample_rows"))
    return _digest([files or config.get("inputs"), *drawn])


def held_intervals(metadata: Mapping[str, Any]) -> Iterator[HeldInterval]:
    """The intervals of a successful run's totals; those without width are left out, because they cannot miss."""
    if metadata.get("status") != RunStatus.SUCCESS:
        return
    sample = sample_key(metadata)
    for name, value in _map(_map(metadata.get("analytics")).get("measures")).items():
        measure = _map(value)
        low, high, exact = (number(measure.get(part)) for part in ("ci_low", "ci_high", "exact"))
        if low is None or high is None or exact is None or low >= high:
            continue
        slack = _TOLERANCE * abs(exact)
        held = low - slack <= exact <= high + slack
        yield HeldInterval(_digest([sample, name, exact]), measure.get("certified") is True, held)


def pack(metadata: Mapping[str, Any]) -> str:
    """A run's intervals as the index keeps them; empty when there are none."""
    found = [[one.key, one.certified, one.held] for one in held_intervals(metadata)]
    return json.dumps(found, separators=(",", ":")) if found else ""


def unpack(text: str) -> list[HeldInterval]:
    """The intervals that `pack` wrote."""
    return [HeldInterval(*one) for one in json.loads(text)] if text else []


def _digest(value: Any) -> str:
    text = json.dumps(value, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def number(value: Any) -> float | int | None:
    """A value when it is a number that double precision has room for, else None."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and -_LARGEST < value < _LARGEST else None
