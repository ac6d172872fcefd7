"""The memory of how often intervals held: what was confirmed exactly, run by run, and the sums over all runs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import OutputFailed
from etl_batch.model import utc_now
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.record.directory import RunDirectory

FILE = "confirmations.jsonl"
_MOST_BYTES = 64 * 1024 * 1024
"""Of one run's file that are read; a question has a few kilobytes."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One group of a confirmed question: its interval, the exact answer, and whether the interval held it.

    `held` is None where there was nothing to hold: no interval, or an answer that was known for certain.
    """

    value: str | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    exact: float | None
    certified: bool
    held: bool | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One question with both answers, as a line of the run's file. Times in seconds."""

    question: Mapping[str, object]
    groups: tuple[Confirmed, ...]
    estimate_seconds: float
    exact_seconds: float
    ts: str = field(default_factory=utc_now)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many intervals were confirmed and how many of them held."""

    intervals: int = 0
    held: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.intervals + other.intervals, self.held + other.held)

    @property
    def share(self) -> float | None:
        """Of the intervals, those that held; None without any."""
        return self.held / self.intervals if self.intervals else None


@dataclass(frozen=True, slots=True)
class ConfirmationTally:
    """The questions confirmed so far, each once: its tally of all intervals, and that of the certified ones."""

    every: tuple[Tally, ...] = ()
    certified: tuple[Tally, ...] = ()

    def __add__(self, other: ConfirmationTally) -> ConfirmationTally:
        return ConfirmationTally(self.every + other.every, self.certified + other.certified)

    @property
    def questions(self) -> int:
        """How many questions."""
        return len(self.every)


def effective(tallies: Sequence[Tally]) -> tuple[float, float]:
    """How many held, of how many intervals, as if all were independent; for the interval of a share.

    The intervals of one question come from one sample and may miss together, so their number is divided by the design
    effect: the variance between questions against that of independent intervals, where it is above one. Source: Korn
    and Graubard (1998), "Confidence intervals for proportions with small expected number of positive counts estimated
    from survey data", Survey Methodology 24(2).
    """
    asked = [tally for tally in tallies if tally.intervals]
    total = sum(asked, Tally())
    n, p = float(total.intervals), total.share
    if p is not None and len(asked) > 1 and 0 < p < 1:
        between = sum((tally.held - p * tally.intervals) ** 2 for tally in asked) * len(asked) / (len(asked) - 1)
        n /= max(between / (n * p * (1 - p)), 1.0)
    return (p or 0.0) * n, n


def remember(run: RunDirectory, confirmation: Confirmation) -> None:
    """Append one confirmation to the run's file; raises `OutputFailed` when it cannot be written.

    One writer at a time, and on the disk when this returns. A line that a crash has torn is ended first, so that it
    spoils no other.
    """
    line = json.dumps(asdict(confirmation), ensure_ascii=True, allow_nan=False).encode() + b"\n"
    try:
        descriptor = os.open(run.file(FILE), os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            _write(descriptor, (b"\n" if torn else b"") + line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputFailed(
            sentences.outputs.CONFIRMATION_NOT_KEPT.format(path=run.path, reason=error.strerror)
        ) from error


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def memory_of(run: RunDirectory) -> ConfirmationTally:
    """What was confirmed of one run; a question that was asked again counts as it was answered last."""
    try:
        found = run.file(FILE).stat()
    except OSError:
        return ConfirmationTally()
    return _read(run.file(FILE), found.st_mtime_ns, found.st_size)


def memory_of_all(home: Path) -> ConfirmationTally:
    """What was confirmed of every run of a home."""
    every: list[Tally] = []
    certified: list[Tally] = []
    for run_id in run_ids(home):
        memory = memory_of(RunDirectory(home, run_id))
        every += memory.every
        certified += memory.certified
    return ConfirmationTally(tuple(every), tuple(certified))


@lru_cache(maxsize=4096)
def _read(path: Path, _changed: int, _size: int) -> ConfirmationTally:
    tallies = {key: (every, certified) for key, every, certified in _lines(path)}
    return ConfirmationTally(
        tuple(every for every, _ in tallies.values()), tuple(certified for _, certified in tallies.values())
    )


def _lines(path: Path) -> Iterator[tuple[str, Tally, Tally]]:
    """Each question and its tallies; a line that is torn or from elsewhere is passed over."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES)
    except OSError:
        return
    for line in text.split(b"\n"):
        try:
            read = json.loads(line)
            key = json.dumps(read["question"], sort_keys=True)
            groups = [(bool(group["certified"]), group["held"]) for group in read["groups"]]
        except (ValueError, KeyError, TypeError):
            continue
        judged = [(certified, bool(held)) for certified, held in groups if held is not None]
        sure = [held for certified, held in judged if certified]
        yield key, Tally(len(judged), sum(held for _, held in judged)), Tally(len(sure), sum(sure))
