"""The stopwatch: laps that add up, iterators whose items are laps, and a watch that reads no clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from etl_batch.stopwatch import STILL, Stopwatch, Watch, start_watch


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that has gone for a while before the watch starts."""
    return Clock()


def counting(clock: Clock, costs: list[float], end: float) -> Iterator[int]:
    """Items that cost so much each, and what it costs to find out that there is none left."""
    for number, cost in enumerate(costs):
        clock.now += cost
        yield number
    clock.now += end


def test_laps_add_up(clock: Clock) -> None:
    """Each lap reaches from the one before; parts stand in the order in which they came, and lose nothing."""
    watch = Stopwatch(clock)
    for part, seconds in [("read", 2.0), ("clean", 1.0), ("read", 0.5)]:
        clock.now += seconds
        watch.lap(part)
    watch.add("digests", 4.0)
    watch.add("digests", 1.0)
    assert list(watch.cpu.items()) == [("read", 2.5), ("clean", 1.0), ("digests", 5.0)]


def test_the_wall_is_another_clock(clock: Clock) -> None:
    """Waiting costs time by the clock on the wall and no CPU seconds; another thread's seconds have none."""
    watch = Stopwatch(clock)
    before = time.monotonic()
    while time.monotonic() == before:
        pass
    watch.lap("wait")
    watch.add("digests", 1.0)
    assert watch.cpu["wait"] == 0.0
    assert watch.wall["wait"] > 0.0
    assert "digests" not in watch.wall


def test_making_items_is_a_lap(clock: Clock) -> None:
    """Of the items alone: what is done with them is the caller's lap; the end, which has no item, counts too."""
    watch = Stopwatch(clock)
    seen = []
    for item in watch.each("read", counting(clock, [1.0, 2.0], 0.25)):
        seen.append(item)
        clock.now += 10.0
        watch.lap("clean")
    assert seen == [0, 1]
    assert watch.cpu == {"read": 3.25, "clean": 20.0}


def test_what_goes_by_between_items(clock: Clock) -> None:
    """With a name for it, the caller's time is a lap of that name."""
    watch = Stopwatch(clock)
    for _ in watch.each("cut", counting(clock, [1.0, 2.0], 0.25), before="hand out"):
        clock.now += 10.0
    assert watch.cpu == {"hand out": 20.0, "cut": 3.25}


def test_an_error_passes_through(clock: Clock) -> None:
    """It is the iterator's, and its time is counted."""

    def failing() -> Iterator[int]:
        clock.now += 3.0
        yield 1
        clock.now += 1.0
        raise ValueError("odd")

    watch = Stopwatch(clock)
    items = watch.each("read", failing())
    assert next(items) == 1
    with pytest.raises(ValueError, match="odd"):
        next(items)
    assert watch.cpu == {"read": 4.0}


def test_a_watch_that_stands_still() -> None:
    """It reads no clock, keeps nothing, and hands the very same iterator back."""

    def forbidden() -> float:
        raise AssertionError("a clock was read")

    watch = start_watch(False, forbidden)
    items = iter([1, 2])
    assert watch.each("read", items, before="hand out") is items
    watch.lap("read")
    watch.add("digests", 1.0)
    assert (watch.cpu, watch.wall) == ({}, {})
    assert watch is STILL


@pytest.mark.parametrize("clock", [time.process_time, time.thread_time])
def test_a_watch_that_goes(clock: Callable[[], float]) -> None:
    """It has the clock that it was given, and what is worked for is counted."""
    watch: Watch = start_watch(True, clock)
    until = clock() + 0.002
    while clock() < until:
        pass
    watch.lap("work")
    assert watch.cpu["work"] >= 0.002
