"""Every error the engine raises on purpose, with the exit code each door shows.

    EtlError                      1  a bug when it is raised as itself
    +-- UsageError                2  flags or configuration that make no sense
    |   +-- LayoutError           2  a record layout that cannot be used
    +-- InputRefused              3  an input that will not be read
    |   +-- PathRefused           3  outside the allowed roots, a device, a FIFO, a `..`
    |   +-- FormatRefused         3  content that fits no reader
    +-- TooManyRejects            4  more dead letters than --max-rejects allows, or most records
    +-- OutputFailed              5  an output, or the audit log, could not be written
    |   +-- ClusterLost           5  the scheduler, or the last worker, went away: the run can be gone on with
    +-- TimedOut                  6  --timeout reached
    +-- Cancelled                 7  stopped by a signal or from the console
    +-- Busy                      8  rate limit, or the output is in use by another run
    +-- Tampered                  9  `audit verify` found a record that was changed
    +-- WorkerFailed              1  a worker process raised an unforeseen error
        +-- WorkerLost            1  one died, ran out of memory or hung: its chunk is done again
        +-- Killed                1  the engine went away without a word: the run can be gone on with

Each error keeps its facts as attributes, writes its own sentence (what is wrong, what to do next) and survives
pickling, because most of them are raised in a worker process and shown in the parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from etl_batch.spelling import spelled


class EtlError(Exception):
    """Base of all deliberate errors. `message` is one sentence for a person; the keyword facts become attributes."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "error"

    def __init__(self, message: str, **facts: Any) -> None:
        self.message = spelled(message)  # it names files, whose names hold what they like
        super().__init__(self.message)
        self.facts = facts

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)

    def __reduce__(self) -> tuple[Any, ...]:
        # What it comes from stays behind in the worker: the number goes along.
        number = self.errno
        return _rebuild, (type(self), self.message, self.facts if number is None else {**self.facts, "number": number})

    @property
    def errno(self) -> int | None:
        """The system's number of the error that this one comes from; None when it comes from none."""
        source: BaseException | None = self
        while source is not None:
            if isinstance(source, OSError):
                return source.errno
            if isinstance(source, EtlError) and "number" in source.facts:
                return int(source.facts["number"])
            source = source.__cause__
        return None

    def __str__(self) -> str:
        return self.message


def _rebuild(cls: type[EtlError], message: str, facts: dict[str, Any]) -> EtlError:
    return cls(message, **facts)


class UsageError(EtlError):
    """The command line or a configuration value makes no sense."""

    exit_code, kind = 2, "usage"


class LayoutError(UsageError):
    """A record layout is wrong; `layout` and `field` name the place."""

    kind = "layout"


class InputRefused(EtlError):
    """An input is missing, empty, unreadable, too large, or is also an output."""

    exit_code, kind = 3, "input_refused"

    @property
    def bad_file(self) -> str | None:
        """The file that cannot be read; None when it is no single one, or when it was changed while it was read."""
        path = self.facts.get("source")
        return None if self.facts.get("changed") or isinstance(self, PathRefused) else path


class PathRefused(InputRefused):
    """A path leaves the allowed roots or is not a regular file."""

    kind = "path_refused"


class FormatRefused(InputRefused):
    """The content of a file fits no reader; `tried` lists what was tried."""

    kind = "format_refused"


class TooManyRejects(EtlError):
    """More records were rejected than `--max-rejects` allows, or most of them, or all; nothing was published."""

    exit_code, kind = 4, "too_many_rejects"


class OutputFailed(EtlError):
    """An output, a run file or the audit log could not be written."""

    exit_code, kind = 5, "output_failed"


class ClusterLost(OutputFailed):
    """The scheduler of the cluster does not answer any more, or no worker is left; what is in is kept to go on from."""

    kind = "cluster_lost"


class TimedOut(EtlError):
    """The run took longer than `--timeout`."""

    exit_code, kind = 6, "timed_out"


class Cancelled(EtlError):
    """The run was stopped by a signal or from the console."""

    exit_code, kind = 7, "cancelled"


class Busy(EtlError):
    """The user's rate limit is reached, or another run writes the same output."""

    exit_code, kind = 8, "busy"


class Tampered(EtlError):
    """The audit log does not verify; `seq` is the first bad record."""

    exit_code, kind = 9, "tampered"


class WorkerFailed(EtlError):
    """A worker process raised an unforeseen error or died."""

    exit_code, kind = 1, "worker_failed"


class WorkerLost(WorkerFailed):
    """A worker process died, ran out of memory or gave no sign of life; `reason` says which, as a sentence's part."""


class Killed(WorkerFailed):
    """A run whose engine went away without a final word."""

    kind = "killed"


@contextmanager
def blaming(path: str) -> Iterator[None]:
    """Have a refusal in the block be that of a file."""
    try:
        yield
    except InputRefused as error:
        error.facts.setdefault("source", path)
        raise
