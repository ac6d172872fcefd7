"""Coverage so far: how many of the intervals in a home's history held the exact total."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from etl_batch.runs.history.index import ask_index
from etl_batch.runs.history.intervals import unpack

LOOK_BACK = 10_000
"""Runs that are looked at, the newest first."""


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


def coverage_so_far(home: Path, look_back: int = LOOK_BACK) -> CoverageSoFar:
    """Count the intervals of the newest `look_back` successful runs, from the index and without reading their files."""
    query = "SELECT intervals FROM runs WHERE status = 'success' AND intervals <> '' ORDER BY run_id DESC LIMIT ?"

    def find(connection: sqlite3.Connection) -> list[str]:
        return [text for (text,) in connection.execute(query, [look_back + 1])]

    found = ask_index(home, find, trusting=True)
    seen: set[str] = set()
    sure, others, repeated = Held(), Held(), 0
    for one in (interval for text in found[:look_back] for interval in unpack(text)):
        if one.key in seen:
            repeated += 1
            continue
        seen.add(one.key)
        if one.certified:
            sure = sure.with_one(one.held)
        else:
            others = others.with_one(one.held)
    return CoverageSoFar(sure, others, min(len(found), look_back), repeated, len(found) > look_back)
