"""Which intervals the totals of the runs had, and how many held the exact total: what the history counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl_batch.model import RunStatus
from etl_batch.record.run import RunRecord
from etl_batch.record.values import Json

LOOK_BACK = 10_000
"""Runs that are looked at, the newest first."""
_TOLERANCE = 1e-9
"""The exact total is one rounding away from an estimate: that is no miss."""


@dataclass(frozen=True, slots=True)
class HeldInterval:
    """One total's interval. `key` is the same for runs that draw the same sample of the same input."""

    key: str
    certified: bool
    held: bool


@dataclass(frozen=True, slots=True)
class Held:
    """So many intervals, and how many of them held the exact total."""

    held: int = 0
    count: int = 0

    def with_one(self, held: bool) -> Held:
        """One interval more."""
        return Held(self.held + held, self.count + 1)


@dataclass(frozen=True, slots=True)
class CoverageSoFar:
    """The intervals of totals in the history, by whether they were certified; `runs` had any, `repeated` are left out.

    Runs over the same input with the same seed and fraction draw the same sample, and hold or miss together: of each
    measure of such runs the newest interval counts, the others are `repeated`.
    """

    certified: Held = Held()
    others: Held = Held()
    runs: int = 0
    repeated: int = 0
    bounded: bool = False
    """Whether there are older runs that were not looked at."""


def sample_key(record: RunRecord) -> str:
    """What decides which rows a run draws, as a short key: input files with their sizes, seed, fraction and rows."""
    analytics, files = record.analytics, [(each.path, each.size_bytes) for each in record.inputs]
    seed, rows = (analytics.seed, analytics.sample_rows) if analytics else (None, None)
    return _digest([files or record.config.inputs, seed, record.config.sample_frac, rows])


def held_intervals(record: RunRecord) -> Iterator[HeldInterval]:
    """The intervals of a successful run's totals; those without width are left out, because they cannot miss."""
    if record.status is not RunStatus.SUCCESS or record.analytics is None:
        return
    sample = sample_key(record)
    for name, measure in record.analytics.measures.items():
        low, high, exact = measure.ci_low, measure.ci_high, measure.exact
        if low is None or high is None or exact is None or low >= high:
            continue
        slack = _TOLERANCE * abs(exact)
        held = low - slack <= exact <= high + slack
        yield HeldInterval(_digest([sample, name, exact]), measure.certified, held)


def pack(record: RunRecord) -> str:
    """A run's intervals as the index keeps them; empty when there are none."""
    found = [[one.key, one.certified, one.held] for one in held_intervals(record)]
    return json.dumps(found, separators=(",", ":")) if found else ""


def unpack(text: str) -> list[HeldInterval]:
    """The intervals that `pack` wrote."""
    return [HeldInterval(*one) for one in json.loads(text)] if text else []


def count(packed: Sequence[str], look_back: int) -> CoverageSoFar:
    """Count the intervals of `look_back` runs, the newest first; one run more says only that there are older ones."""
    seen: set[str] = set()
    sure, others, repeated = Held(), Held(), 0
    for one in (interval for text in packed[:look_back] for interval in unpack(text)):
        if one.key in seen:
            repeated += 1
            continue
        seen.add(one.key)
        if one.certified:
            sure = sure.with_one(one.held)
        else:
            others = others.with_one(one.held)
    return CoverageSoFar(sure, others, min(len(packed), look_back), repeated, len(packed) > look_back)


def _digest(value: Json) -> str:
    text = json.dumps(value, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
