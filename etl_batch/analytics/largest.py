"""The rows that are taken whole: those with the largest values of a measure with heavy tails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.moments import Floats
from etl_batch.analytics.numbers import Numbers

SHARE = 0.5
"""Of the sample, at most: past it the rows that are left tell too little of the rest."""
MOST_ROWS = 5_000
"""Past so many largest rows a sample is large enough by itself."""
LEAST_KEPT = 1_000
"""Largest rows that are kept for a small sample too."""
LEVELS = (0, *sorted({round(2 ** (step / 2)) for step in range(1, 25)}))
"""Numbers of rows that may be taken whole, two for each doubling: the design takes what brings most."""
_PROBE_STEP, _PROBE_SLACK = 64, 16
_FEW = 4
"""Of so many times the wanted rows the largest are found by sorting them in two; of more a part is asked first."""
_ROUNDING = 2.0**-50
"""By how much a number that was read in another way may differ, in parts of itself."""
HEAVY = 1.0
"""Excess kurtosis above which a measure has its largest values taken whole: that of a logistic distribution is 1.2."""


def rows_taken_whole(sample_rows: int) -> int:
    """How many of the largest rows a pass that samples so many keeps at most; grows with the sample, never falls.

    More than a small sample may take whole: what larger ones would tell is foretold from them.
    """
    return min(max(int(SHARE * sample_rows), min(LEAST_KEPT, 5 * sample_rows)), MOST_ROWS)


@dataclass(frozen=True, slots=True)
class LargestRows:
    """The rows farthest from nought in each measure, ascending, and how far they lie."""

    rows: tuple[NDArray[np.int64], ...] = ()
    sizes: tuple[Floats, ...] = ()

    @property
    def count(self) -> int:
        """How many there are, a row once for each measure."""
        return sum(rows.size for rows in self.rows)

    def above(self, floors: Sequence[float]) -> LargestRows:
        """Those that lie farther from nought than each measure's floor."""
        kept = [sizes > floor for sizes, floor in zip(self.sizes, floors, strict=True)]
        return LargestRows(
            tuple(rows[mark] for rows, mark in zip(self.rows, kept, strict=True)),
            tuple(sizes[mark] for sizes, mark in zip(self.sizes, kept, strict=True)),
        )

    def marks(self, count: int) -> NDArray[np.bool_]:
        """Marks them among `count` rows."""
        marked = np.zeros(count, dtype=bool)
        for rows in self.rows:
            marked[rows] = True
        return marked


def find_largest(measures: Sequence[Numbers], count: int, floors: Sequence[float] | None = None) -> LargestRows:
    """The `count` rows farthest from nought in each measure; of equal ones the earlier; never a nought itself.

    They depend on the rows' values and their order alone, so that the largest of a union are found among the largest of
    its parts. `floors`: by measure, how far from nought a value has to lie farther than, since as many rows before
    these lie as far (`LargestSizes`).
    """
    if count <= 0:
        return LargestRows((np.zeros(0, np.int64),) * len(measures), (np.zeros(0),) * len(measures))
    found = [
        _largest_of(one, count, floor) for one, floor in zip(measures, floors or [0.0] * len(measures), strict=True)
    ]
    return LargestRows(tuple(rows for rows, _ in found), tuple(sizes for _, sizes in found))


def largest_rows(measures: Sequence[Floats], count: int) -> NDArray[np.bool_]:
    """Marks the rows that `find_largest` gives of any measure."""
    rows = len(measures[0]) if measures else 0
    return find_largest([Numbers.of(values) for values in measures], count).marks(rows)


def _largest_of(values: Numbers, count: int, floor: float) -> tuple[NDArray[np.int64], Floats]:
    near, sizes = values.farther_than(floor)
    if near.size > _FEW * count and (about := _about_as_far(sizes, count)) > 0:
        few = np.flatnonzero(sizes >= about)
        if few.size >= count:
            near, sizes = near[few], sizes[few]
    if near.size <= count:
        return near, sizes
    least = np.partition(sizes, near.size - count)[near.size - count]
    above, equal = np.flatnonzero(sizes > least), np.flatnonzero(sizes == least)
    kept = np.sort(np.concatenate([above, equal[: count - above.size]]))
    return near[kept], sizes[kept]


def _about_as_far(sizes: Floats, count: int) -> float:
    """About what `count` of the sizes reach, and a few more as a rule: a part of them tells."""
    step = max(min(_PROBE_STEP, sizes.size // (_FEW * count)), 1)
    probe = sizes[::step]
    wanted = min(2 * count // step + _PROBE_SLACK, probe.size)
    return float(np.partition(probe, probe.size - wanted)[probe.size - wanted])


def planned_floor(values: Floats, count: int) -> float:
    """What the largest `count` rows of an input lie farther from nought than, as some of its rows tell."""
    if not 0 < count <= values.size:
        return 0.0
    least = float(np.partition(np.abs(values), values.size - count)[values.size - count])
    return float(np.nextafter(least * (1.0 - _ROUNDING), 0.0))


def surely_largest(sizes: Sequence[Floats], floors: Sequence[float], count: int) -> int:
    """How many of the largest rows of each measure are all there, where none was kept up to planned floors.

    Those are `count` when so many lie farther from nought than that: always, but where rows that the plan was made of
    have not come as it had read them.
    """
    reached = [np.count_nonzero(far > floor) for far, floor in zip(sizes, floors, strict=True) if floor > 0]
    return min([count, *map(int, reached)])


@dataclass(frozen=True, slots=True)
class LargestSizes:
    """How far from nought the `count` largest values of each measure lie, of all rows that were added in input order.

    A later row that lies no farther than the last of them cannot be among the largest of all, whatever comes: so many
    rows lie as far already, and of equal ones the earlier count. A row of `sizes` is a measure; noughts stand where
    there are fewer.
    """

    sizes: Floats

    @classmethod
    def none(cls, measures: int, count: int) -> LargestSizes:
        """Of no rows."""
        return cls(np.zeros((measures, count)))

    def add(self, measures: Sequence[Floats]) -> None:
        """Sizes of the next rows, or of those of them that `find_largest` gives."""
        for known, floor, sizes in zip(self.sizes, self.floors, measures, strict=True):
            more = sizes[sizes > floor]
            if more.size and known.size:
                known[:] = np.partition(np.concatenate([known, more]), more.size)[more.size :]

    @property
    def floors(self) -> tuple[float, ...]:
        """By measure, the least of the `count` largest; nought while there are fewer."""
        return tuple(self.sizes.min(axis=1, initial=np.inf).tolist()) if self.sizes.size else (0.0,) * len(self.sizes)
