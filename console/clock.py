"""Time that nobody can set: moments by two clocks, how long ago one was, and steps of the wall's clock noticed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from console import sentences
from etl_batch.errors import EtlError
from etl_batch.runs.processes.identity import machine
from etl_batch.security.audit import AuditLog

LOGGER = logging.getLogger(__name__)
SLACK_SECONDS = 60.0
"""A moment of another start of the machine may lie so far ahead: clocks are a little off until they are set."""
STEP_SECONDS = 5.0
"""A smaller difference between the two clocks is no step: clocks are slewed, and processes are halted in between."""
USER = "console"
"""Who it is on the audit log that has noticed a step."""


def steady() -> float:
    """Seconds since the machine's start, its sleep included; setting the clock does not change them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def over(then: float, now: float, seconds: float) -> bool:
    """Whether so many seconds have gone by. A moment that has yet to come was written before the clock was set back."""
    return not 0.0 <= now - then < seconds


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment by both clocks: seconds since 1970, and seconds since the start of the machine that `boot` names."""

    wall: float
    steady: float
    boot: str

    @classmethod
    def of(cls, now: float | Moment | None = None) -> Moment:
        """This moment; tests say what the clock on the wall shows, or what both do."""
        if isinstance(now, Moment):
            return now
        return cls(time.time() if now is None else now, steady(), machine()[1])

    def since(self, then: Moment) -> float:
        """Seconds from an earlier moment to this one, whatever was done to the clock; after a restart as it shows."""
        return self.steady - then.steady if self.boot == then.boot else self.wall - then.wall

    def longest_since(self, then: Moment) -> float:
        """As `since`, by the clock that says more.

        Infinite for a moment ahead of this one that another start of the machine has left: it tells nothing.
        """
        if self.boot == then.boot:
            return max(self.steady - then.steady, self.wall - then.wall)
        return self.wall - then.wall if then.wall <= self.wall + SLACK_SECONDS else float("inf")


class Watch:
    """Notices when the clock on the wall is set, and writes each step down once: in the log and on the audit log."""

    def __init__(self, home: Path, wall: Callable[[], float] = time.time, steady: Callable[[], float] = steady) -> None:
        self.home, self.wall, self.steady = home, wall, steady
        self._last: tuple[float, float] | None = None
        self._untold: list[tuple[float, float]] = []
        self._stepped_at = float("-inf")

    def look(self) -> float:
        """Seconds that the clock was set by since the last look, forwards or backwards; 0.0 for none."""
        wall, steady = self.wall, self.steady
        there, here = wall(), steady()
        before, self._last = self._last, (there, here)
        if before is None:
            return 0.0
        expected = before[0] + here - before[1]
        step = there - expected
        if abs(step) < STEP_SECONDS:
            self._tell()
            return 0.0
        self._stepped_at = here
        self._untold.append((expected, there))
        LOGGER.warning(
            sentences.CLOCK_STEPPED.format(seconds=f"{step:+.0f}", before=_words(expected), now=_words(there))
        )
        self._tell()
        return step

    def settled(self, seconds: float) -> bool:
        """Whether the clock was not set for so long: until then it may have been set wrong, and be set right again."""
        return self.steady() - self._stepped_at >= seconds

    def _tell(self) -> None:
        """Write down what is not on the audit log yet; what cannot be written now is written at a later look."""
        while self._untold:
            expected, there = self._untold[0]
            detail = {"seconds": round(there - expected), "from": _words(expected), "to": _words(there)}
            try:
                AuditLog(self.home).append(user=USER, action="clock.step", target="console", detail=detail)
            except EtlError:
                return
            del self._untold[0]


def _words(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
