"""Small jobs that workers do for whoever cuts the input, beside the chunks: they look through files far from here.

None of them has an effect but its answer. One that a worker does not come back with is done here: so nothing hangs on
them, and what is wrong with a file is said as if it had been looked through here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, TypeVar

from etl_batch.errors import EtlError, WorkerLost
from etl_batch.parallel.executor import Pool

AHEAD = 2
"""Jobs that are handed out before their answers are needed, beside one for each worker."""
_LOOK_SECONDS, _PATIENCE_SECONDS = 0.25, 60.0

Answer = TypeVar("Answer")


class Elsewhere:
    """The workers, as far as there are some at the moment."""

    def __init__(self, workers: int, look: Callable[[], None]) -> None:
        """`look`: several times a second while an answer is waited for; may raise."""
        self.ahead, self.look = workers + AHEAD, look
        self.pool: Pool | None = None

    def each(self, work: Callable[..., Answer], jobs: Iterator[tuple[Any, ...]]) -> Iterator[Answer]:
        """The answers to all jobs, in their order; the arguments of a job are made when it is handed out."""
        waiting: deque[tuple[tuple[Any, ...], Future[Answer] | None]] = deque()
        while True:
            for job in islice(jobs, self.ahead - len(waiting)):
                waiting.append((job, self._handed_out(work, job)))
            if not waiting:
                return
            job, answer = waiting.popleft()
            yield work(*job) if answer is None else self._answer(work, job, answer)

    def _handed_out(self, work: Callable[..., Answer], job: tuple[Any, ...]) -> Future[Answer] | None:
        if self.pool is None:
            return None
        try:
            return self.pool.executor.submit(work, *job)
        except (BrokenProcessPool, RuntimeError):  # it has no worker any more, or is being closed
            return None

    def _answer(self, work: Callable[..., Answer], job: tuple[Any, ...], answer: Future[Answer]) -> Answer:
        waited = 0.0
        while waited < _PATIENCE_SECONDS and self.pool is not None and not self.pool.broken:
            try:
                return answer.result(_LOOK_SECONDS)
            except TimeoutError:
                if answer.done():  # what the work itself has raised
                    break
                waited += _LOOK_SECONDS
            except (EtlError, OSError, BrokenProcessPool, CancelledError, MemoryError):
                break
            try:
                self.look()
                self.pool.look()
            except WorkerLost:  # whoever hands out the chunks hears of it as well
                break
        return work(*job)
