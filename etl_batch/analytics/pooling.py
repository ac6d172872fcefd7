"""Strata too small for rows of their own, sampled together: which ones, and the moments of what they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import MINIMUM_PER_STRATUM
from etl_batch.analytics.moments import CentralMoments, Floats, Integers

POOL_ROWS = 32
"""Rows that a pool gives at least, where there are so many: fewer are rounded by more than a part in a thousand."""


@dataclass(frozen=True, eq=False)
class Groups:
    """What is sampled as one: a stratum by itself, or several small ones, behind those.

    `of`: of each stratum, its group. `order`: the strata group by group, `starts`: where each group's begin there.
    """

    of: NDArray[np.intp]
    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    alone: int
    """How many groups are a stratum by itself: the first."""

    @classmethod
    def each(cls, strata: int) -> Groups:
        """Every stratum by itself."""
        places = np.arange(strata)
        return cls(places, places, places, strata)

    @classmethod
    def one(cls, strata: int) -> Groups:
        """All strata together."""
        places = np.arange(strata)
        return cls(np.zeros(strata, dtype=np.intp), places, places[:1], 0)

    @property
    def number(self) -> int:
        """How many groups there are."""
        return int(self.starts.size)

    @cached_property
    def strata(self) -> Integers:
        """How many strata each group holds."""
        return np.diff(np.append(self.starts, self.order.size))

    @cached_property
    def pooled(self) -> NDArray[np.bool_]:
        """Marks the strata that share their group."""
        marks: NDArray[np.bool_] = self.of >= self.alone
        return marks

    def total(self, entries: NDArray[np.int64]) -> Integers:
        """Of each group, the sum of its strata's entries; exact ones of integers."""
        return np.add.reduceat(entries[order], self.starts) if (order := self.order).size else entries[:0]

    def summed(self, entries: Floats) -> Floats:
        """Of each group, the sum of its strata's entries."""
        return np.add.reduceat(entries[order], self.starts) if (order := self.order).size else entries[:0]

    def least(self, entries: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Of each group, the least of its strata's entries."""
        return np.minimum.reduceat(entries[order], self.starts) if (order := self.order).size else entries[:0]

    def joined(self, moments: CentralMoments, powers: int = 4) -> CentralMoments:
        """The groups' moments up to some power, of one measure or of several (the first axis)."""
        return moments.joined(self.order, self.starts, powers) if self.pooled.any() else moments


def pool(sizes: Integers, shares: Floats, least: float = MINIMUM_PER_STRATUM) -> Groups:
    """Pools the strata that would give fewer than `least` rows and have more than they give.

    `shares`: the rows that each would give, fractions of rows included. Pools are made in order of size, each of
    strata that give `POOL_ROWS` together, so that like is with like.
    Source: Cochran (1977), Sampling Techniques, section 5A.12; Wolter (2007), Introduction to Variance Estimation,
    section 2.5, on collapsed strata. These are collapsed before the draw, so that their variance is not biased.
    """
    small = (shares < np.minimum(sizes, least) * (1 - 1e-9)) & (sizes > 0)
    if not small.any():
        return Groups.each(sizes.size)
    alone = np.flatnonzero(~small)
    members = np.flatnonzero(small)
    members = members[np.argsort(sizes[members], kind="stable")]
    taken = np.cumsum(shares[members])
    pools, every = max(int(taken[-1] // POOL_ROWS), 1), max(float(taken[-1]), np.finfo(float).tiny)
    number = np.minimum((taken - shares[members] / 2) / every * pools, pools - 1).astype(np.intp)
    firsts = np.flatnonzero(np.diff(number, prepend=-1))
    of = np.empty(sizes.size, dtype=np.intp)
    of[alone] = np.arange(alone.size)
    of[members] = alone.size + np.cumsum(np.diff(number, prepend=number[0]) > 0)
    starts = np.concatenate([np.arange(alone.size), alone.size + firsts])
    return Groups(of, np.concatenate([alone, members]), starts, alone.size)
