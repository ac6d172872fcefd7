"""Small jobs for workers: their answers in order, and done here when no worker comes back with one."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from etl_batch.errors import InputRefused, WorkerLost
from etl_batch.parallel import elsewhere as parallel_elsewhere
from etl_batch.parallel.elsewhere import AHEAD, Elsewhere
from etl_batch.parallel.executor import Pool, open_pool


def where(number: int, here: int) -> tuple[int, bool]:
    """The number, and whether a worker has seen it."""
    return number, os.getpid() != here


def dies_elsewhere(number: int, here: int) -> int:
    """Its worker is killed by it."""
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refused_elsewhere(number: int, here: int) -> int:
    """A file that a worker cannot read."""
    if os.getpid() != here:
        raise InputRefused("not there")
    return number


def jobs(number: int) -> Iterator[tuple[int, int]]:
    """So many, and the process that wants them done."""
    return ((each, os.getpid()) for each in range(number))


def nothing() -> None:
    """Nobody wants to stop."""


def test_without_workers_it_is_done_here() -> None:
    """In order, each when it is asked for."""
    assert list(Elsewhere(2, nothing).each(where, jobs(5))) == [(number, False) for number in range(5)]


def test_workers_do_it() -> None:
    """In order, and no more of them are handed out ahead than there is use for."""
    made = count()
    elsewhere = Elsewhere(2, nothing)
    with open_pool(2) as pool:
        elsewhere.pool = pool
        answers = elsewhere.each(where, ((next(made), os.getpid()) for _ in range(20)))
        assert next(answers) == (0, True)
        assert next(made) == 2 + AHEAD
        assert [answer for _, answer in answers] == [True] * 19
        elsewhere.pool = None


@pytest.mark.parametrize("work", [dies_elsewhere, refused_elsewhere])
def test_what_a_worker_does_not_come_back_with(work: object) -> None:
    """Is done here, whatever has become of the worker."""
    elsewhere = Elsewhere(1, nothing)
    with open_pool(1) as pool:
        elsewhere.pool = pool
        assert list(elsewhere.each(work, jobs(4))) == [0, 1, 2, 3]  # type: ignore[arg-type]


def test_who_waits_looks_around() -> None:
    """So a run can be stopped meanwhile; a worker that was lost is no reason to end: others hear of it too."""
    release, looks = threading.Event(), list[int]()

    def slow(number: int, _here: int) -> int:
        release.wait(9)
        return number

    def look() -> None:
        looks.append(1)
        release.set()
        raise WorkerLost("gone")

    elsewhere = Elsewhere(1, look)
    with ThreadPoolExecutor(1) as executor:
        elsewhere.pool = Pool(executor)
        assert list(elsewhere.each(slow, jobs(1))) == [0]
    assert looks == [1]


def test_the_first_is_handed_out_at_once() -> None:
    """So that who has several to go through may begin with those that come next."""
    begun = threading.Event()

    def work(number: int) -> int:
        begun.set()
        return number

    elsewhere = Elsewhere(1, nothing)
    with ThreadPoolExecutor(1) as executor:
        elsewhere.pool = Pool(executor)
        made = count()
        answers = elsewhere.each(work, ((next(made),) for _ in range(9)))
        assert begun.wait(9)
        assert next(made) == 1
        assert next(answers) == 0


def test_workers_that_stand_still_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they have is done here, and the rest is not handed out: whoever waits could not notice that they do."""
    monkeypatch.setattr(parallel_elsewhere, "_PATIENCE_SECONDS", 0.5)
    release = threading.Event()
    asked: list[str] = []

    def stands_still(number: int, _here: int) -> int:
        if threading.current_thread() is not threading.main_thread():
            asked.append("there")
            release.wait(60)
        return number

    elsewhere = Elsewhere(1, nothing)
    with ThreadPoolExecutor(1) as executor:
        elsewhere.pool = Pool(executor)
        assert list(elsewhere.each(stands_still, jobs(9))) == list(range(9))
        release.set()
    assert elsewhere.pool is None
    assert len(asked) <= 1 + AHEAD
