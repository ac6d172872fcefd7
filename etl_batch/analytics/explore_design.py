"""The sample that a smaller fraction would have had, taken from the one there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import MINIMUM_PER_STRATUM, allocate, allocation_weights
from etl_batch.analytics.largest import largest_rows, rows_taken_whole
from etl_batch.analytics.moments import Floats, Integers
from etl_batch.analytics.sampling import sample_size
from etl_batch.model import Allocation

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Drawing:
    """How a run drew its sample: each row's key and stratum, whether it was taken whole, and the strata's sizes."""

    keys: NDArray[np.uint64]
    codes: NDArray[np.int32]
    whole: Bools
    rows: Integers
    allocation: Allocation = Allocation.SQRT

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The rows stratum by stratum, the smallest key first."""
        return np.lexsort((self.keys, self.codes))


@dataclass(frozen=True)
class DomainDesign:
    """A stratified sample: the rows of each stratum that are sampled from, how many were drawn, and which rows.

    `drawn` and `whole` are disjoint; a row of the larger sample that is in neither is not looked at.
    """

    sizes: Integers
    sampled: Integers
    drawn: Bools
    whole: Bools

    @cached_property
    def rows(self) -> int:
        """Rows of the sample."""
        return int(self.drawn.sum() + self.whole.sum())

    @cached_property
    def weights(self) -> Floats:
        """What one drawn row of each stratum stands for."""
        return np.where(self.sampled > 0, self.sizes / np.maximum(self.sampled, 1), 0.0)


def thinned(drawing: Drawing, heavy: Sequence[Floats], frac: float | None, population: int) -> DomainDesign:
    """The sample of `frac` of the population; all of the one there is when that is not smaller.

    `heavy` are the values of the measures whose largest were taken whole. As in a run with that fraction, the rows
    taken whole are the largest, as many as `rows_taken_whole` allows; the others go back to their strata; the rest of
    the rows is shared out anew, and each stratum gives those with the smallest keys. It is not always the very sample
    of such a run: a stratum gives at most the `n_h` rows that were drawn from it, and under Neyman's allocation, whose
    spreads are not kept, the `n_h` fall in proportion.

    Within its stratum it is a simple random sample all the same. Which rows are taken whole, and how many each stratum
    gives, depends on values and sizes alone, never on keys. A stratum's rows that are not taken whole are those of the
    larger sample's population and the few that went back; of the former the `n_h` smallest keys are known, of the
    latter all. So below the `n_h`-th smallest key nothing is missing, and the `m <= n_h` smallest of them together are
    known: the smallest of independent uniform keys, hence a simple random sample of `m`. Smaller samples are nested in
    larger ones but for the rounding of the `n_h`.
    """
    whole = drawing.whole
    if frac is None or sample_size(frac, population) >= whole.size:
        sizes = drawing.rows - np.bincount(drawing.codes[whole], minlength=drawing.rows.size)
        sampled = np.bincount(drawing.codes[~whole], minlength=drawing.rows.size)
        return DomainDesign(sizes, sampled, ~whole, whole)
    wanted = sample_size(frac, population)
    kept = np.zeros(whole.size, dtype=bool)
    if whole.any() and heavy:
        at = np.flatnonzero(whole)
        count = rows_taken_whole(wanted) // len(heavy)
        kept[at] = largest_rows([values[at] for values in heavy], count)
    caps = np.bincount(drawing.codes[~whole], minlength=drawing.rows.size)
    sizes = drawing.rows - np.bincount(drawing.codes[kept], minlength=drawing.rows.size)
    # A stratum of which every row is in the sample hides none.
    caps = np.where(np.bincount(drawing.codes, minlength=caps.size) == drawing.rows, sizes, caps)
    sampled = _allocated(drawing, sizes, caps, wanted - int(kept.sum()))
    return DomainDesign(sizes, sampled, _smallest(drawing, kept, sampled), kept)


def _allocated(drawing: Drawing, sizes: Integers, caps: Integers, n: int) -> Integers:
    rule = drawing.allocation
    weights = caps.astype(np.float64) if rule is Allocation.NEYMAN else allocation_weights(rule, sizes)
    return allocate(sizes, n, MINIMUM_PER_STRATUM, caps, np.maximum(weights, np.finfo(float).tiny))


def _smallest(drawing: Drawing, whole: Bools, sampled: Integers) -> Bools:
    """Marks the rows with the `sampled[h]` smallest keys of each stratum among those not taken whole."""
    order = drawing.order[~whole[drawing.order]]
    counts = np.bincount(drawing.codes[order], minlength=sampled.size)
    starts = np.cumsum(counts) - counts
    near = np.arange(order.size) - np.repeat(starts, counts) < np.repeat(sampled, counts)
    drawn = np.zeros(whole.size, dtype=bool)
    drawn[order[near]] = True
    return drawn
