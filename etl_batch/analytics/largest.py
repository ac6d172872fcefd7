"""The rows that are taken whole: those with the largest values of a measure with heavy tails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.moments import Floats
from etl_batch.kernels import rows

SHARE = 0.2
"""Of the sample, at most: a fifth of it in the largest values narrows the interval of log-normal data by 40 %."""
MOST_ROWS = 5_000
"""Past so many largest rows a sample is large enough by itself."""
_PROBE_STEP, _PROBE_SLACK = 64, 16
HEAVY = 1.0
"""Excess kurtosis above which a measure has its largest values taken whole: that of a logistic distribution is 1.2."""


def rows_taken_whole(sample_rows: int) -> int:
    """How many rows of a sample may be taken whole at most; grows with the sample, never falls."""
    return min(int(SHARE * sample_rows), MOST_ROWS)


def largest_rows(measures: Sequence[Floats], count: int, floors: Sequence[float] | None = None) -> NDArray[np.bool_]:
    """Marks the `count` rows farthest from nought in each measure; of equal ones the earlier; never a nought itself.

    The mark of a row depends on the rows' values and their order alone, so that the largest of a union are found among
    the largest of its parts. `floors`: by measure, how far from nought a value has to lie farther than, since as many
    rows before these lie as far (`LargestSizes`).
    """
    marked = np.zeros(len(measures[0]) if measures else 0, dtype=bool)
    for values, floor in zip(measures, floors or [0.0] * len(measures), strict=True):
        if count <= 0 or not values.size:
            continue
        near = _largest_few(np.ascontiguousarray(values, np.float64), count, floor)
        if near.size > count:
            sizes = np.abs(values[near])
            least = np.partition(sizes, near.size - count)[near.size - count]
            above, equal = near[sizes > least], near[sizes == least]
            near = np.concatenate([above, equal[: count - above.size]])
        marked[near] = True
    return marked


def _largest_few(values: Floats, count: int, floor: float) -> NDArray[np.int64]:
    """Rows, ascending, that hold all of the `count` largest past the floor; few more as a rule.

    A part of the rows tells about how large the largest are: looking for them among all costs ten times as much.
    """
    if floor > 0:
        return _at_least(values, float(np.nextafter(floor, np.inf)))
    step = max(min(_PROBE_STEP, values.size // (4 * count)), 1)
    probe = np.abs(values[::step])
    wanted = min(2 * count // step + _PROBE_SLACK, probe.size)
    about = float(np.partition(probe, probe.size - wanted)[probe.size - wanted])
    near = _at_least(values, about) if about > 0 else np.flatnonzero(values)
    return near if near.size >= count else np.flatnonzero(values)


def _at_least(values: Floats, least: float) -> NDArray[np.int64]:
    places = np.empty(values.size, dtype=np.int64)
    return places[: rows.rows_at_least(values, least, places)]


class LargestSizes:
    """How far from nought the `count` largest values of each measure lie, of all rows that were added in input order.

    A later row that lies no farther than the last of them cannot be among the largest of all, whatever comes: so many
    rows lie as far already, and of equal ones the earlier count.
    """

    def __init__(self, count: int, measures: int) -> None:
        self.count = count
        self._sizes = [np.empty(0)] * measures

    def add(self, measures: Sequence[Floats]) -> None:
        """The next rows, or those of them that `largest_rows` marks."""
        if not self.count:
            return
        for place, (known, floor, values) in enumerate(zip(self._sizes, self.floors, measures, strict=True)):
            sizes = np.abs(values)
            sizes = np.concatenate([known, sizes[sizes > floor]])
            spare = sizes.size - self.count
            self._sizes[place] = np.partition(sizes, spare)[spare:] if spare > 0 else sizes

    @property
    def floors(self) -> tuple[float, ...]:
        """By measure, the least of the `count` largest; nought while there are fewer."""
        return tuple(float(sizes.min()) if sizes.size == self.count > 0 else 0.0 for sizes in self._sizes)
