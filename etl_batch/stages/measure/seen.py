"""The largest rows of a chunk beside those of the chunks before it, of which holders of the turn tell one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from etl_batch.analytics.largest import LargestRows, LargestSizes, find_largest
from etl_batch.analytics.numbers import Numbers
from etl_batch.parallel.turns import Turns
from etl_batch.stages.measure.measuring import Measuring

_REAL = np.dtype("<f8")


class LargestSearch:
    """Looks for the rows of a chunk that may be among the largest of all.

    What is found hangs on the chunks before alone, and not on which of them were done when this one began: the same run
    does the same again, to the last digit. Holders of the turn leave, by measure, the floor (see `LargestSizes`), and
    behind the floors the sizes that it is the least of.
    """

    def __init__(self, turns: Turns, measuring: Measuring) -> None:
        self.turns, self.measuring = turns, measuring
        self.found = LargestRows()

    def look(self, measures: Sequence[Numbers]) -> None:
        """Find what may be among the largest, as far as is known at any time before the turn."""
        if measures:  # a chunk without a row has none
            self.found = find_largest(measures, self.measuring.largest, self._floors())

    def take_turn(self) -> None:
        """Keep what the chunks before do not rule out, and leave to those after what this one does. In the turn."""
        if not self.found.count:
            return
        self.found = self.found.above(self._floors())
        if self.found.count:
            sizes = self._sizes()
            sizes.add(self.found.sizes)
            self.turns.leave(sizes.sizes.tobytes(), self._floors_bytes)
            self.turns.leave(np.array(sizes.floors, _REAL).tobytes())

    @property
    def _floors_bytes(self) -> int:
        return len(self.measuring.measures) * _REAL.itemsize

    def _floors(self) -> list[float]:
        """Those of the chunks that have had their turn, and of the plan."""
        left = self.turns.left(self._floors_bytes)
        seen = np.frombuffer(left, _REAL) if left else np.zeros(len(self.measuring.measures))
        floors: list[float] = np.maximum(seen, self.measuring.floors).tolist()
        return floors

    def _sizes(self) -> LargestSizes:
        shape = len(self.measuring.measures), self.measuring.largest
        left = self.turns.left(shape[0] * shape[1] * _REAL.itemsize, self._floors_bytes)
        return LargestSizes(np.frombuffer(left, _REAL).reshape(shape).copy()) if left else LargestSizes.none(*shape)
