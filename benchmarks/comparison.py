"""The engine beside its peers: each piece of work by each tool in turns, in memory and on the disk."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.commands import BOTH, OURS, check_rows, command, environment
from benchmarks.inputs import BINARY, CSV, PARQUET, Input, Place, Sizes, in_memory, on_disk, prepared
from benchmarks.measure import Usage, peak_bytes, usage

LOOP = "original loop"
LOOP_BYTES = 256_000_000
"""The loop is given the first records only; its time is taken to grow with their number."""
Figure = TypeVar("Figure")


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work: an input, what is made of it, and the peers that do it too."""

    name: str
    source: str
    outputs: tuple[str, ...]
    goals: Mapping[str, float | None]
    """By peer, the peer's time over ours that is wanted; None where none is."""


TASKS = (
    Task("CSV to Parquet", CSV, (".parquet",), {"Polars": 1.4, "DuckDB": 1.4}),
    Task("CSV to CSV", CSV, (".csv",), {"Polars": 2.0, "DuckDB": 2.0}),
    Task("Parquet to CSV", PARQUET, (".csv",), {"Polars": 1.2, "DuckDB": 1.2}),
    Task("Binary to CSV and Parquet", BINARY, BOTH, {"Polars": 2.5, "DuckDB": 2.5}),
    Task("Binary to CSV", BINARY, (".csv",), {"Polars": None, "DuckDB": None, LOOP: 10.0}),
)


@dataclass(slots=True)
class Measurement:
    """What one tool did with one task."""

    input_bytes: int
    share: float = 1.0
    """Of the task's rows that the tool was given; the figures below are for all of them."""
    usages: list[Usage] = field(default_factory=list)
    peak: int = 0

    @property
    def times(self) -> list[float]:
        """Seconds by the clock, for the whole task."""
        return [each.wall / self.share for each in self.usages]

    @property
    def median(self) -> float:
        """Median of the times."""
        return statistics.median(self.times)

    @property
    def cpu(self) -> float:
        """Median of the CPU seconds, for the whole task."""
        return statistics.median(each.cpu for each in self.usages) / self.share

    @property
    def rate(self) -> float:
        """Input bytes a second."""
        return self.input_bytes / self.median


@dataclass(frozen=True, slots=True)
class Compared:
    """A task as all tools did it; `results` is empty where there was no room for it."""

    task: Task
    size: int
    results: Mapping[str, Measurement]


def in_turns(tools: Sequence[Figure], repeat: int) -> Iterator[Figure]:
    """Every tool once a round, each round begun by another one."""
    for turn in range(repeat):
        first = turn % len(tools)
        yield from (*tools[first:], *tools[:first])


def compare_in_memory(sizes: Sizes, *, repeat: int, workers: int) -> list[Compared]:
    """All tasks in memory; those that have no room there without results."""
    found = []
    for task in TASKS:
        source = prepared(task.source, sizes)
        with in_memory(source) as room:
            if room is None:
                found.append(Compared(task, source.size, {}))
            else:
                found.append(_compare(task, *room, repeat=repeat, workers=workers))
    return found


def compare_on_disk(sizes: Sizes, *, repeat: int, workers: int) -> list[Compared]:
    """All tasks with inputs and outputs on the disk."""
    found = []
    for task in TASKS:
        with on_disk() as place:
            found.append(_compare(task, place, prepared(task.source, sizes), repeat=repeat, workers=workers))
    return found


def _compare(task: Task, place: Place, source: Input, *, repeat: int, workers: int) -> Compared:
    """One round that samples memory and warms all caches, then the timed ones."""
    print(f"{task.name}, {place.name}", file=sys.stderr)
    given = {OURS: source, **dict.fromkeys(task.goals, source)}
    if LOOP in given:
        given[LOOP] = source.head(place.folder / "head.bin", LOOP_BYTES)
    results = {tool: Measurement(source.size, each.rows / source.rows) for tool, each in given.items()}
    for tool, each in given.items():
        results[tool].peak = _run(tool, task, place, each, workers, peak_bytes)
    for tool in in_turns(list(given), repeat):
        results[tool].usages.append(_run(tool, task, place, given[tool], workers, usage))
    return Compared(task, source.size, results)


def _run(
    tool: str,
    task: Task,
    place: Place,
    source: Input,
    workers: int,
    measure: Callable[[Sequence[str], Mapping[str, str], Path], Figure],
) -> Figure:
    """Measure one tool at one task on fresh outputs, count their rows and remove them."""
    outputs = place.outputs("out", task.outputs)
    line = command(tool, source.path, outputs, workers)
    figure = measure(line, environment(place, source), place.folder / "command.log")
    check_rows(tool, outputs, source.rows)
    for path in outputs:
        path.unlink()
    return figure
