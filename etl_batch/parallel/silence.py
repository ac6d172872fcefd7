"""Who gives no sign of life: the chunks under way are looked at several times a second.

Time is counted in looks, of which a longer pause is worth no more than a second: when the whole tree was halted, by a
signal or because the machine slept, nobody has been silent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from etl_batch.parallel.turns import Turns

_LONGEST_LOOK_SECONDS = 1.0


class Silence:
    """How long the workers of one pool have been silent."""

    def __init__(self, turns: Turns, clock: Callable[[], float] = time.monotonic) -> None:
        self.turns, self.clock = turns, clock
        self.looked_at = clock()
        self.passed = self.moved_at = 0.0
        self.signs: dict[int, tuple[int, float]] = {}
        """By chunk its last sign, and when that was new."""
        self.former: Sequence[int] = ()

    def seconds(self, running: Sequence[int]) -> float:
        """Of the chunks under way, how long the most silent one has been; or all together, where none has begun."""
        now = self.clock()
        self.passed += min(now - self.looked_at, _LONGEST_LOOK_SECONDS)
        self.looked_at = now
        known, self.signs = self.signs, {}
        for number in running:
            sign = self.turns.sign(number)
            before = known.get(number)
            if before is None or before[0] != sign:
                self.moved_at = self.passed
                before = sign, self.passed
            self.signs[number] = before
        if running != self.former:
            self.former, self.moved_at = running, self.passed
        begun = [since for sign, since in self.signs.values() if sign]
        return self.passed - min([*begun, self.moved_at]) if running else 0.0
