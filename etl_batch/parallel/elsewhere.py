"""Small jobs that workers do for whoever cuts the input, beside the chunks: they look through files far from here.

None of them has an effect but its answer. One that a worker does not come back with is done here: so nothing hangs on
them, and what is wrong with a file is said as if it had been looked through here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from etl_batch.errors import EtlError, WorkerLost
from etl_batch.parallel.executor import Pool

AHEAD = 2
"""Jobs that are handed out before their answers are needed, beside one for each worker."""
_LOOK_SECONDS, _PATIENCE_SECONDS = 0.25, 60.0

Answer = TypeVar("Answer")
_Waiting: TypeAlias = "tuple[tuple[Any, ...], Future[Answer] | None]"


class Elsewhere:
    """The workers, as far as there are some at the moment."""

    def __init__(self, workers: int, look: Callable[[], None]) -> None:
        """`look`: several times a second while an answer is waited for; may raise."""
        self.ahead, self.look = workers + AHEAD, look
        self.pool: Pool | None = None

    def each(self, work: Callable[..., Answer], jobs: Iterator[tuple[Any, ...]]) -> Iterator[Answer]:
        """The answers to all jobs, in their order; the arguments of a job are made when it is handed out.

        The first is handed out at once, others as soon as an answer is asked for.
        """
        waiting: deque[_Waiting[Answer]] = deque()
        self._hand_out(work, jobs, waiting, 1)
        return self._answers(work, jobs, waiting)

    def _answers(
        self, work: Callable[..., Answer], jobs: Iterator[tuple[Any, ...]], waiting: deque[_Waiting[Answer]]
    ) -> Iterator[Answer]:
        while True:
            self._hand_out(work, jobs, waiting, self.ahead)
            if not waiting:
                return
            job, answer = waiting.popleft()
            yield work(*job) if answer is None else self._answer(work, job, answer)

    def _hand_out(
        self,
        work: Callable[..., Answer],
        jobs: Iterator[tuple[Any, ...]],
        waiting: deque[_Waiting[Answer]],
        most: int,
    ) -> None:
        for job in islice(jobs, most - len(waiting)):
            answer = None
            if self.pool is not None:
                with suppress(BrokenProcessPool, RuntimeError):  # it has no worker any more, or is being closed
                    answer = self.pool.executor.submit(work, *job)
            waiting.append((job, answer))

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
        else:
            self.pool = None  # until there are others: who stands still here holds up whoever would notice it
        return work(*job)
