"""A pass that lasts though workers are lost: what a lost worker was at is done again, at last in ever smaller pieces.

A worker is lost when it dies, runs out of memory, or gives no sign of life. Nobody knows then which of the pieces under
way was the reason, so all of them are done again by fresh workers. When the oldest is lost with them again it is done
alone, when that fails in halves, and what cannot be halved any more is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count, islice
from typing import Generic, Protocol, TypeVar

from etl_batch import sentences, stopping
from etl_batch.errors import WorkerFailed, WorkerLost
from etl_batch.parallel.executor import Pool
from etl_batch.parallel.submission import in_order, worker_deaths

MOST_LOSSES = 200
"""A run that loses more has no bad record, but a machine that cannot run it."""
_ALONE = 2
"""Losses after which a piece is done alone, so that it is known to be the reason of the next one."""

Piece = TypeVar("Piece")
Task = TypeVar("Task")
Task_co = TypeVar("Task_co", covariant=True)
Result = TypeVar("Result")


class Care(Protocol[Piece, Task_co]):
    """What the pass knows of its pieces, and does when a worker is lost."""

    def task(self, piece: Piece, number: int) -> Task_co:
        """A piece as it is handed out, the so-manieth of the pass."""

    def begin_again(self, number: int) -> None:
        """All is to be as it was before this piece; no worker is left."""

    def halves(self, piece: Piece, why: str) -> Sequence[Piece]:
        """A piece in smaller ones, or one that is given up for a reason."""

    def lost(self, error: WorkerLost) -> None:
        """A worker was lost, and what it was at is done again."""


@dataclass(slots=True)
class _Waiting(Generic[Piece]):
    """A piece whose result has not been handed out, and how often it was the oldest of those that were lost."""

    piece: Piece
    losses: int = 0


class Lasting(Generic[Piece, Task, Result]):
    """One pass over pieces by workers."""

    def __init__(
        self,
        open_pool: Callable[[int], AbstractContextManager[Pool]],
        work: Callable[[Task], Result],
        pieces: Iterator[Piece],
        care: Care[Piece, Task],
        workers: int,
        poll: Callable[[Sequence[int]], None],
        done: int = 0,
    ) -> None:
        """`open_pool`: makes so many workers. `poll`: see `in_order`; the numbers are those of the pass. `done`: pieces
        that came before these."""
        self.open_pool, self.work, self.pieces, self.care = open_pool, work, pieces, care
        self.workers, self.poll = workers, poll
        self.waiting: deque[_Waiting[Piece]] = deque()
        self.handed_out = done
        self.losses = 0

    def results(self) -> Generator[Result, None, None]:
        """The results of all pieces in order. Raises what `in_order` raises, `WorkerFailed` after too many losses."""
        while True:
            try:
                if self._alone():
                    with worker_deaths(), self.open_pool(1) as pool:
                        while self._alone():
                            yield from self._some(pool, alone=True)
                with worker_deaths(), self.open_pool(self.workers) as pool:
                    yield from self._some(pool, alone=False)
                return
            except WorkerLost as error:
                self._mend(error)

    def _alone(self) -> bool:
        """Whether the oldest piece is one that may have been the reason again and again."""
        return bool(self.waiting) and self.waiting[0].losses >= _ALONE

    def _more(self) -> bool:
        piece = next(self.pieces, None)
        if piece is not None:
            self.waiting.append(_Waiting(piece))
        return piece is not None

    def _some(self, pool: Pool, *, alone: bool) -> Iterator[Result]:
        """The results of the oldest piece alone, or of all that follow."""
        first = self.handed_out

        def poll(running: Sequence[int]) -> None:
            self.poll([first + number for number in running])

        for result in in_order(pool, self.work, self._tasks(alone=alone), self.workers, poll):
            self.waiting.popleft()
            self.handed_out += 1
            yield result

    def _tasks(self, *, alone: bool) -> Iterator[Task]:
        """The pieces that wait, and those behind them: they are asked for while results are handed out."""
        for number in islice(count(self.handed_out), 1 if alone else None):
            ahead = number - self.handed_out
            if ahead == len(self.waiting) and not self._more():
                return
            yield self.care.task(self.waiting[ahead].piece, number)

    def _mend(self, error: WorkerLost) -> None:
        """Prepare another attempt. Raises `WorkerFailed` when there were too many, and what ends the run."""
        stopping.check()
        self.losses += 1
        if self.losses > MOST_LOSSES:
            sentence = sentences.runs.TOO_MANY_LOST.format(number=self.losses, last=error.message)
            raise WorkerFailed(sentence, passing=True) from error
        self.care.begin_again(self.handed_out)
        self.care.lost(error)
        if not self.waiting:
            return
        oldest = self.waiting[0]
        if oldest.losses >= _ALONE:
            self.waiting.popleft()
            smaller = self.care.halves(oldest.piece, error.reason)
            self.waiting.extendleft(_Waiting(piece, _ALONE) for piece in reversed(smaller))
        else:
            oldest.losses += 1
