"""Where CPU seconds go: a watch whose laps reach from one mark to the next, and one that stands still.

A stage says at its end what the time since the last mark was spent on. A run that does not ask for its profile has the
watch that stands still, which reads no clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


class Watch:
    """A watch that stands still."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        """CPU seconds by what they were spent on, in the order in which it came first."""
        self.wall: dict[str, float] = {}
        """The same by the clock on the wall."""

    def lap(self, part: str) -> None:
        """What has gone by since the last lap was spent on `part`."""

    def add(self, part: str, seconds: float) -> None:
        """CPU seconds that another thread has spent on `part`."""

    def each(self, part: str, items: Iterator[Item], before: str | None = None) -> Iterator[Item]:  # noqa: ARG002
        """The same items: making each is a lap of `part`; what goes by until it is asked for is one of `before`.

        Without `before` whoever asks has ended the lap of its own work.
        """
        return items


class Stopwatch(Watch):
    """A watch that goes. `clock`: the CPU seconds of this process, or of this thread where others work beside it."""

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        super().__init__()
        self.clock = clock
        self.cpu_mark, self.wall_mark = clock(), time.monotonic()

    def lap(self, part: str) -> None:
        """What has gone by since the last lap was spent on `part`."""
        cpu, wall = self.clock(), time.monotonic()
        self.cpu[part] = self.cpu.get(part, 0.0) + cpu - self.cpu_mark
        self.wall[part] = self.wall.get(part, 0.0) + wall - self.wall_mark
        self.cpu_mark, self.wall_mark = cpu, wall

    def add(self, part: str, seconds: float) -> None:
        """CPU seconds that another thread has spent on `part`."""
        self.cpu[part] = self.cpu.get(part, 0.0) + seconds

    def each(self, part: str, items: Iterator[Item], before: str | None = None) -> Iterator[Item]:
        """The same items; see `Watch.each`."""
        while True:
            if before is not None:
                self.lap(before)
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self.lap(part)
            yield item


STILL = Watch()
"""The watch of whoever was given none; nothing is ever written down on it."""


def start_watch(wanted: bool, clock: Callable[[], float] = time.process_time) -> Watch:
    """A watch that goes when a profile is wanted, else one that stands still."""
    return Stopwatch(clock) if wanted else STILL
