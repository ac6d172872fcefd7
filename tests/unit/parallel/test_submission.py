"""Ordered submission: results in the order of the tasks, few tasks ahead, and the right reason when one fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from etl_batch.errors import Cancelled, InputRefused, WorkerFailed, WorkerLost
from etl_batch.parallel import submission
from etl_batch.parallel.executor import Pool, open_pool
from etl_batch.parallel.submission import AHEAD, in_order, span
from etl_batch.parallel.turns import Abandoned


class ByHand(Executor):
    """An executor whose tasks end when the test says so."""

    def __init__(self) -> None:
        self.open: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.submitted = self.most = 0

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Take a task in."""
        future: Future[Any] = Future()
        self.open.append((future, lambda: work(*arguments, **keywords)))
        self.submitted += 1
        self.most = max(self.most, len(self.open))
        return future

    def end(self, place: int = 0) -> None:
        """End one of the tasks that are open."""
        future, work = self.open.pop(place)
        future.set_result(work())

    def fail(self, place: int, error: BaseException) -> None:
        """Let one of them fail."""
        self.open.pop(place)[0].set_exception(error)


@pytest.fixture(autouse=True)
def looked_after_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent polls without a pause: tasks end when it does."""
    monkeypatch.setattr(submission, "POLL_SECONDS", 0)


@pytest.mark.parametrize("place", [0, -1, 1])
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("tasks", [0, 1, 2, 20])
def test_results_come_in_the_order_of_the_tasks(tasks: int, workers: int, place: int) -> None:
    """Whichever task ends next, the first, the last or the second; and never more are under way than allowed."""
    hand = ByHand()

    def poll(_running: Sequence[int]) -> None:
        if hand.open:
            hand.end(place if len(hand.open) > 1 else 0)

    found = list(in_order(Pool(hand), lambda task: task * 10, iter(range(tasks)), workers, poll))
    assert found == [task * 10 for task in range(tasks)]
    assert hand.most == min(tasks, workers + AHEAD)


@pytest.mark.parametrize("workers", [1, 3, 40])
def test_no_task_runs_far_ahead_of_one_that_is_awaited(workers: int) -> None:
    """While the first task does not end others do, up to the span; and whoever asks for a task knows what is in."""
    hand, seen = ByHand(), []
    found: list[int] = []

    def tasks() -> Iterator[int]:
        for task in range(100):
            seen.append(task - len(found))
            yield task

    def poll(_running: Sequence[int]) -> None:
        if hand.open:
            hand.end(-1)

    for result in in_order(Pool(hand), abs, tasks(), workers, poll):
        found.append(result)  # noqa: PERF402 - what is in by now is what the tasks look at
    assert found == list(range(100))
    assert max(seen) == span(workers) - 1


def test_tasks_are_cut_when_they_are_wanted() -> None:
    """However many there are, only a few have been asked for when the first result is there."""
    numbers = count()
    with ThreadPoolExecutor(2) as threads:
        results = in_order(Pool(threads), abs, numbers, 2, lambda _: None)
        assert [next(results), next(results)] == [0, 1]
        assert next(numbers) <= 2 * (2 + AHEAD) + 2
        results.close()


def test_a_workers_own_error_comes_before_those_it_stopped() -> None:
    """Of errors that are there together the reason is raised, not what came of it."""
    hand = ByHand()

    def poll(_running: Sequence[int]) -> None:
        hand.fail(2, InputRefused("The disk is gone."))
        hand.fail(0, Abandoned("The run was stopped."))

    with pytest.raises(InputRefused, match="The disk is gone"):
        list(in_order(Pool(hand), abs, iter(range(9)), 2, poll))


def test_a_bug_is_said_to_be_one() -> None:
    """An error that nobody raised on purpose becomes `WorkerFailed` with its kind."""
    with ThreadPoolExecutor(1) as threads, pytest.raises(WorkerFailed, match=r"ZeroDivisionError: .*This is a bug"):
        list(in_order(Pool(threads), lambda task: 1 // task, iter([0]), 1, lambda _: None))


def test_a_worker_without_memory_is_lost() -> None:
    """It is no bug, and the reason says what it was."""

    def starve(_task: int) -> None:
        raise MemoryError

    with ThreadPoolExecutor(1) as threads, pytest.raises(WorkerLost, match="ran out of memory") as lost:
        list(in_order(Pool(threads), starve, iter([0]), 1, lambda _: None))
    assert lost.value.reason == "a worker process ran out of memory"


def test_results_before_the_error_are_handed_out() -> None:
    """What came before in order is there; the error is raised in the place of what follows."""
    hand = ByHand()
    ends = iter([lambda: hand.end(0), lambda: hand.fail(1, InputRefused("Enough."))])
    results = in_order(Pool(hand), abs, iter(range(9)), 1, lambda _: next(ends)())
    assert next(results) == 0
    with pytest.raises(InputRefused, match="Enough"):
        next(results)


def test_a_poll_that_raises_stops_it() -> None:
    """Nothing more is started then."""
    hand = ByHand()

    def poll(_running: Sequence[int]) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        list(in_order(Pool(hand), abs, iter(range(99)), 2, poll))
    assert hand.submitted == 2 + AHEAD


def test_a_worker_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is gone, without a word, is `WorkerLost`; those that are left end with the pool."""
    monkeypatch.setattr(submission, "POLL_SECONDS", 0.25)
    with (
        pytest.raises(WorkerLost, match="a worker process died"),
        open_pool(2) as pool,
    ):
        list(in_order(pool, os._exit, iter([9] * 5), 2, lambda _: None))
    assert [worker.is_alive() for worker in pool.workers] == [False, False]
