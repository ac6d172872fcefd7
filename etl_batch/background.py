"""Long readings in the background: one daemon thread each, found again by what they read, with their progress."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from etl_batch import sentences
from etl_batch.errors import EtlError

KEPT_TASKS = 16
_AT_ONCE = threading.BoundedSemaphore(2)
_LOCK = threading.Lock()
_TASKS: OrderedDict[Hashable, Task[Any]] = OrderedDict()
T = TypeVar("T")


class Task(Generic[T]):
    """One reading: how far it is, and what came of it. `done` and `total` are bytes."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self.result: T | None = None
        """What came of it; work that is of use half done puts it here early."""
        self.error: str | None = None
        self.dropped = False
        """Set when nobody will ask for the result any more; the work should end early."""
        self._finished = threading.Event()

    @property
    def finished(self) -> bool:
        """Whether it is over; then there is a result or an error."""
        return self._finished.is_set()

    @property
    def fraction(self) -> float:
        """Share of the bytes that were read, 1.0 for an empty file."""
        return min(1.0, self.done / self.total) if self.total else 1.0

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, at most so long; returns whether it is."""
        return self._finished.wait(seconds)

    def run(self, work: Callable[[Task[T]], T]) -> None:
        """Do the work in this thread and keep its result, or in one sentence why there is none."""
        try:
            self.result = work(self)
        except EtlError as error:
            self.error = error.message
        except OSError as error:
            self.error = sentences.inputs.FILE_UNREADABLE.format(reason=error.strerror)
        finally:
            self._finished.set()


def find(key: Hashable) -> Task[Any] | None:
    """The reading that was started for this key and is still remembered."""
    with _LOCK:
        return _TASKS.get(key)


def start(key: Hashable, total: int, work: Callable[[Task[T]], T]) -> Task[T]:
    """The reading for this key: the one under way or done before, else a new one in a thread of its own.

    At most two read at a time and a few are remembered; the oldest ones are dropped. One that failed is tried again.
    """
    with _LOCK:
        known = _TASKS.get(key)
        if known is not None and known.error is None:
            _TASKS.move_to_end(key)
            return known
        task: Task[T] = Task(total)
        _TASKS[key] = task
        _TASKS.move_to_end(key)
        while len(_TASKS) > KEPT_TASKS:
            _TASKS.popitem(last=False)[1].dropped = True
    threading.Thread(target=_in_turn, args=(task, work), name="background-reading", daemon=True).start()
    return task


def _in_turn(task: Task[T], work: Callable[[Task[T]], T]) -> None:
    with _AT_ONCE:
        task.run(work)
