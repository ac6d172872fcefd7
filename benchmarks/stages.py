"""Where the CPU seconds of a run go: its own `--profile`, beside what the same bytes cost at the least.

The limits are measured in this process over the first bytes of the same input, in pieces as large as a chunk.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.commands import BOTH, profiled
from benchmarks.comparison import in_turns
from benchmarks.inputs import BINARY, CSV, PARQUET, Place, Sizes, best_place, prepared
from benchmarks.measure import Usage
from etl_batch.kernels import finding
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, load_kernels
from etl_batch.record.profile import RunProfile
from etl_batch.stages.plan import MAX_CHUNK_BYTES

STARTUP = "outside of the stages: start, imports, end"
LIMIT_BYTES = 256_000_000
LIMIT_RUNS = 3
COLUMNS, LEAST_RECORD_BYTES = 16, 64
"""Of lineitem."""


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of a run by stage, medians of several; the parent's are marked by `parent: `."""

    work: str
    size: int
    seconds: Mapping[str, float]

    @property
    def total(self) -> float:
        """All of them."""
        return sum(self.seconds.values())


@dataclass(frozen=True, slots=True)
class Limit:
    """What a pass over so many bytes costs that does one thing only."""

    name: str
    size: int
    cpu: float


def spend(sizes: Sizes, repeat: int) -> list[Spent]:
    """Profiles of the engine with one worker: text and records to CSV and Parquet, Parquet to CSV."""
    found = []
    works: dict[str, tuple[str, ...]] = {CSV: BOTH, BINARY: BOTH, PARQUET: (".csv",)}
    for name, suffixes in works.items():
        with best_place(prepared(name, sizes)) as (place, source):
            print(f"Profile of {name}, {place.name}", file=sys.stderr)
            runs = [by_stage(*profiled(place, source, suffixes)) for _ in range(repeat)]
            found.append(Spent(name, source.size, medians(runs)))
    return found


def by_stage(used: Usage, profile: RunProfile) -> dict[str, float]:
    """A run's CPU seconds by stage, and what the processes took besides."""
    seconds = dict(profile.together.cpu_seconds)
    seconds |= {f"parent: {name}": value for name, value in profile.parent.items()}
    return {**seconds, STARTUP: max(used.cpu - sum(seconds.values()), 0.0)}


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each stage; a stage that a run has not seen took it nothing."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: statistics.median(run.get(name, 0.0) for run in runs) for name in names}


def limits(sizes: Sizes) -> list[Limit]:
    """The least that a pass over lineitem's bytes can cost, the best of a few tries in turns."""
    load_kernels()
    with best_place(prepared(CSV, sizes)) as (place, source), Head(source.path, place) as head:
        ways: dict[str, Callable[[], None]] = {
            "file read into a buffer": head.read,
            "memory copied": head.copy,
            "every cell found (`find_cells`)": head.find,
            "SHA-256": head.digest,
            f"written to a file {place.name}": head.write,
        }
        best = dict.fromkeys(ways, float("inf"))
        for name in in_turns(list(ways), LIMIT_RUNS):
            begun = time.process_time()
            ways[name]()
            best[name] = min(best[name], time.process_time() - begun)
        return [Limit(name, head.size, cpu) for name, cpu in best.items()]


class Head:
    """The first bytes of a text, in memory; a context."""

    def __init__(self, path: Path, place: Place) -> None:
        self.path, self.target = path, place.folder / "limit.bin"
        self.size = min(path.stat().st_size, LIMIT_BYTES)
        self.data: Bytes = np.empty(self.size + PADDING, np.uint8)
        self.buffer: Bytes = np.empty(MAX_CHUNK_BYTES, np.uint8)

    def __enter__(self) -> Head:
        with self.path.open("rb", buffering=0) as source:
            read = source.readinto(memoryview(self.data)[: self.size]) or 0
        self.size = int(np.flatnonzero(self.data[:read] == ord("\n"))[-1]) + 1  # whole records
        self.buffer[:] = 0  # its pages are there before a clock goes
        self.target.write_bytes(b"")
        self.find()
        return self

    def __exit__(self, *_: object) -> None:
        self.target.unlink()

    def pieces(self) -> Iterator[slice]:
        """Where each piece stands."""
        for begin in range(0, self.size, MAX_CHUNK_BYTES):
            yield slice(begin, min(begin + MAX_CHUNK_BYTES, self.size))

    def read(self) -> None:
        """Every byte out of the system's cache, into the one buffer."""
        with self.path.open("rb", buffering=0) as source:
            for piece in self.pieces():
                os.preadv(source.fileno(), [self.buffer], piece.start)

    def copy(self) -> None:
        """Every byte, into the one buffer."""
        for piece in self.pieces():
            part = self.data[piece]
            self.buffer[: part.size] = part

    def digest(self) -> None:
        """The checksum that the engine takes of each output."""
        told = hashlib.sha256()
        for piece in self.pieces():
            told.update(self.data[piece])

    def write(self) -> None:
        """Every byte into a new file, which is not forced to the disk."""
        with self.target.open("wb", buffering=0) as out:
            for piece in self.pieces():
                out.write(self.data[piece])

    def find(self) -> None:
        """Every cell, as the reader of text has them found; the marks of a piece are written over by the next."""
        state, bad = np.zeros(finding.STATES, np.int64), np.empty((64, 4), np.int64)
        room = MAX_CHUNK_BYTES // LEAST_RECORD_BYTES
        scratch = np.empty((2, finding.scratch_size(COLUMNS)), np.int32)
        marks, numbers = np.empty((COLUMNS + 1, room), np.int32), np.empty(room, np.int32)
        place = 0
        while place < self.size:
            state[:] = 0
            state[finding.NEXT], state[finding.ASTRAY] = place, -1
            until = place + MAX_CHUNK_BYTES
            finding.find_cells(self.data, self.size, until, ord(","), ord('"'), scratch, marks, numbers, bad, state)
            if state[finding.ASTRAY] >= 0 or state[finding.NEXT] == place:
                raise ValueError("The cells of the benchmark's own input cannot be found: write it anew.")
            place = int(state[finding.NEXT])
