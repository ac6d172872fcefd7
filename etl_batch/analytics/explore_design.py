"""The sample that a smaller fraction would have had, taken from the one there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import allocate
from etl_batch.analytics.largest import largest_rows
from etl_batch.analytics.moments import Floats, Integers
from etl_batch.analytics.sampling import sample_size

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Drawing:
    """How a run drew its sample: each row's key and stratum, whether it was taken whole, and the strata's sizes."""

    keys: NDArray[np.uint64]
    codes: NDArray[np.int32]
    whole: Bools
    rows: Integers

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

    `heavy` are the values of the measures whose largest were taken whole. All numbers of rows fall in proportion: of
    those taken whole the largest stay and the others go back to their strata; of the rest each stratum gives those
    with the smallest keys, at most the `n_h` that were drawn from it. A run with that fraction would have designed its
    sample anew.

    Within its stratum it is a simple random sample all the same. Which rows are taken whole, and how many each stratum
    gives, depends on values and sizes alone, never on keys. A stratum's rows that are not taken whole are those of the
    larger sample's population and the few that went back; of the former the `n_h` smallest keys are known, of the
    latter all. So below the `n_h`-th smallest key nothing is missing, and the `m <= n_h` smallest of them together are
    known: the smallest of independent uniform keys, hence a simple random sample of `m`. Smaller samples are nested in
    larger ones but for the rounding of the `n_h`.
    """
    whole = drawing.whole
    drawn = np.bincount(drawing.codes[~whole], minlength=drawing.rows.size)
    if frac is None or sample_size(frac, population) >= whole.size:
        sizes = drawing.rows - np.bincount(drawing.codes[whole], minlength=drawing.rows.size)
        return DomainDesign(sizes, drawn, ~whole, whole)
    wanted = sample_size(frac, population)
    kept = np.zeros(whole.size, dtype=bool)
    if whole.any() and heavy:
        at = np.flatnonzero(whole)
        kept[at] = largest_rows([values[at] for values in heavy], at.size * wanted // whole.size // len(heavy))
    sizes = drawing.rows - np.bincount(drawing.codes[kept], minlength=drawing.rows.size)
    # A stratum of which every row is in the sample hides none.
    caps = np.where(np.bincount(drawing.codes, minlength=drawn.size) == drawing.rows, sizes, drawn)
    weights = np.maximum(drawn.astype(np.float64), np.finfo(float).tiny)
    sampled = allocate(sizes, wanted - int(kept.sum()), caps=caps, weights=weights)
    return DomainDesign(sizes, sampled, _smallest(drawing, kept, sampled), kept)


def _smallest(drawing: Drawing, whole: Bools, sampled: Integers) -> Bools:
    """Marks the rows with the `sampled[h]` smallest keys of each stratum among those not taken whole."""
    order = drawing.order[~whole[drawing.order]]
    counts = np.bincount(drawing.codes[order], minlength=sampled.size)
    starts = np.cumsum(counts) - counts
    near = np.arange(order.size) - np.repeat(starts, counts) < np.repeat(sampled, counts)
    drawn = np.zeros(whole.size, dtype=bool)
    drawn[order[near]] = True
    return drawn
