"""Bounded, ordered submission: tasks are started in order, a few ahead of the workers, and their results come in order.

So memory stays bounded however many tasks there are, and whoever waits for its turn waits for one that has begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from etl_batch import sentences
from etl_batch.errors import EtlError, WorkerFailed
from etl_batch.parallel.executor import Pool, lost
from etl_batch.parallel.turns import Abandoned

AHEAD = 2
"""Tasks that wait for a worker, so that none is ever idle for want of one."""
POLL_SECONDS = 0.25
_LEAST_SPAN = 8

Task = TypeVar("Task")
Result = TypeVar("Result")


def span(workers: int) -> int:
    """Tasks that are under way at most, from the first whose result is still awaited to the last that was started.

    When a task is asked for, the results of all those before it but the last `span - 1` have been handed out. The same
    number for up to 6 workers: what is made of those results is the same as well then.
    """
    return max(workers + AHEAD, _LEAST_SPAN)


def in_order(
    pool: Pool,
    work: Callable[[Task], Result],
    tasks: Iterator[Task],
    workers: int,
    poll: Callable[[Sequence[int]], None],
) -> Iterator[Result]:
    """`work` of each task, in the order of the tasks.

    `poll` is called several times a second with the numbers, from 0, of the tasks that have no result yet; it may
    raise. Raises what a worker raised, and `WorkerLost` when one died or ran out of memory.
    """
    running: dict[Future[Result], int] = {}
    done: dict[int, Result] = {}
    started, wanted, exhausted = 0, 0, False
    with worker_deaths():
        while True:
            while not exhausted and len(running) < workers + AHEAD and started - wanted < span(workers):
                task = next(tasks, None)
                if task is None:
                    exhausted = True
                else:
                    running[pool.executor.submit(work, task)] = started
                    started += 1
            if not running:
                return
            finished, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            _raise_first(finished)
            for future in finished:
                done[running.pop(future)] = future.result()
            while wanted in done:
                yield done.pop(wanted)
                wanted += 1
            poll(list(running.values()))
            pool.look()


@contextmanager
def worker_deaths() -> Iterator[None]:
    """What the executor says of a dead worker, when it starts or is handed a task, becomes `WorkerLost`."""
    try:
        yield
    except BrokenProcessPool as error:
        raise lost(sentences.runs.DIED) from error


def _raise_first(finished: set[Future[Any]]) -> None:
    """Raise the reason of a failed run: a worker's own error rather than the `Abandoned` of those it stopped."""
    errors = [error for error in (future.exception() for future in finished) if error is not None]
    errors.sort(key=lambda error: isinstance(error, Abandoned))
    if not errors:
        return
    first = errors[0]
    if isinstance(first, EtlError | BrokenProcessPool | OSError):
        raise first  # what a disk refuses is no bug, in whichever process
    if isinstance(first, MemoryError):
        raise lost(sentences.runs.OUT_OF_MEMORY) from first
    raise WorkerFailed(sentences.runs.WORKER_FAILED.format(kind=type(first).__name__, reason=first)) from first
