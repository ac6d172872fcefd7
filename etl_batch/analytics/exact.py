"""Sums without rounding: one exact number per stratum, whatever the order and the slicing of the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.strata import RowsByStratum, as_codes, moved_apart
from etl_batch.kernels import tallies

_LIMB = tallies.LIMB
_MASK = (1 << _LIMB) - 1
_SAFE, _SAFE_SQUARES, _SAFE_SUM = 2.0**52, 2.0**104, 2.0**61
"""Bounds below which doubles hold a whole number, one that is the root of the second, and 64 bits a sum."""


@dataclass(frozen=True)
class ExactSums:
    """One fixed-point number per stratum: `sum over l of limbs[l, h] * 2**(32 (low + l))`.

    Kept in one canonical form (limbs from 0 to 2**32 - 1, the top one signed, no idle limb), so equal sums have equal
    arrays. `+` is exact and vectorised; about four limbs of 8 bytes a stratum hold an ordinary measure.
    """

    low: int
    limbs: NDArray[np.int64]

    @classmethod
    def zeros(cls, strata: int) -> ExactSums:
        """A zero for each of `strata` strata."""
        return cls(0, np.zeros((1, strata), dtype=np.int64))

    @classmethod
    def beside(cls, parts: Sequence[ExactSums]) -> ExactSums:
        """The strata of several one behind the other."""
        low = min(part.low for part in parts)
        height = max(part.low + len(part.limbs) for part in parts) - low
        limbs = np.zeros((height + 1, sum(part.limbs.shape[1] for part in parts)), dtype=np.int64)
        begin = 0
        for part in parts:
            end = begin + part.limbs.shape[1]
            limbs[part.low - low : part.low - low + len(part.limbs), begin:end] = part.limbs
            begin = end
        return _canonical(low, limbs)

    def __add__(self, other: ExactSums) -> ExactSums:
        """Stratum by stratum."""
        strata = self.limbs.shape[1]
        return ExactSums.beside([self, other]).moved(np.tile(np.arange(strata), 2), strata)

    def __eq__(self, other: object) -> bool:
        """Whether all sums are equal as numbers."""
        return isinstance(other, ExactSums) and self.low == other.low and np.array_equal(self.limbs, other.limbs)

    def moved(self, places: NDArray[np.intp], strata: int) -> ExactSums:
        """Stratum h goes to `places[h]` of `strata`; those that meet are added."""
        limbs = np.zeros((len(self.limbs), strata), dtype=np.int64)
        if moved_apart(places):
            limbs[:, places] = self.limbs
            return ExactSums(self.low, limbs)
        for target, limb in zip(limbs, self.limbs, strict=True):
            np.add.at(target, places, limb)
        return _canonical(self.low, limbs)

    def times(self, factor: int) -> ExactSums:
        """Each sum times a whole number."""
        return _from_integers(self.low, [number * factor for number in self._integers])

    def numbers(self, scale: int = 0) -> list[int | float | None]:
        """Each sum divided by `10**scale`, as `ratio` gives it."""
        if self.low >= 0 and not scale:
            return [integer << _LIMB * self.low for integer in self._integers]
        return [self._number(integer, scale) for integer in self._integers]

    def total(self, scale: int = 0) -> int | float | None:
        """The sum over all strata divided by `10**scale`."""
        return self._number(sum(self._integers), scale)

    @cached_property
    def _integers(self) -> list[int]:
        """The sums in units of the lowest limb."""
        values = np.zeros(self.limbs.shape[1], dtype=object)
        for limb in self.limbs[::-1]:
            values = values * (1 << _LIMB) + limb.astype(object)
        return [int(value) for value in values]

    def _number(self, integer: int, scale: int) -> int | float | None:
        shift = _LIMB * self.low
        return ratio(integer << max(shift, 0), 10**scale << max(-shift, 0))


def ratio(numerator: int, denominator: int) -> int | float | None:
    """A fraction as an int when whole, else as the nearest double; None past the range of doubles."""
    quotient, rest = divmod(numerator, denominator)
    if not rest:
        return quotient
    try:
        return numerator / denominator
    except OverflowError:
        return None


def sums_of_distances(
    counts: NDArray[np.int64],
    anchors: NDArray[np.float64],
    parts: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> list[ExactSums | None]:
    """Exact sums of several measures, integers, from those of their distances from whole anchors: a row a measure.

    `counts` are a stratum's rows in all. Of each of its parts there are the rows, and the sums S1 and S2 of the first
    and second powers as the last axis. The distances of any n of a part's rows add up to at most sqrt(n S2), by Cauchy
    and Schwarz, and each is at most sqrt(S2): while these are below 2**52, and the anchors too, doubles hold them all.
    Where they are not a sum may have been rounded, and None stands in the place of that measure's.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        reach = np.abs(anchors)
        exact = reach * counts < _SAFE_SUM
        sums = anchors.astype(np.int64) * counts
        for rows, powers in parts:
            second = powers[..., 1]
            exact &= (rows * second < _SAFE_SQUARES) & (reach + np.sqrt(second) < _SAFE)
            sums += powers[..., 0].astype(np.int64)
    return [_of_longs(own) if sure.all() else None for own, sure in zip(sums, exact, strict=True)]


def sum_integers(rows: RowsByStratum, values: NDArray[np.integer[Any]]) -> ExactSums:
    """Exact sums of an integer array of any width, by stratum. No row is left out."""
    unsigned = values.dtype == np.uint64
    wide = np.ascontiguousarray(values).view(np.int64) if unsigned else np.ascontiguousarray(values, np.int64)
    sums = np.zeros((rows.ends.size, 2), dtype=np.int64)
    tallies.add_integers(rows.order, rows.starts, wide, _MASK if unsigned else -1, sums)
    return _canonical(0, sums.T)


def sum_floats(places: NDArray[np.integer[Any]], values: NDArray[np.float64], strata: int) -> ExactSums:
    """Exact sums of finite doubles, by stratum.

    The digits of a double go where its exponent says, so that only the integers between the least and the greatest
    exponent are there: three or four a stratum for an ordinary measure.
    """
    words = np.ascontiguousarray(values, np.float64).view(np.uint64)
    found = np.empty(2, dtype=np.int64)
    tallies.exponents_of(words, found)
    if found[0] == tallies.NOT_FINITE:  # nought is all there is
        return ExactSums.zeros(strata)
    lowest, highest = (int(place) >> 5 for place in np.maximum(found, 1) + tallies.ABOVE_LOWEST)
    sums = np.zeros((strata, highest - lowest + 3), dtype=np.int64)
    tallies.add_reals(as_codes(places, strata), words, lowest, sums)
    return _canonical(lowest + tallies.LOWEST_LIMB, sums.T)


def _from_integers(low: int, integers: list[int]) -> ExactSums:
    """Python integers in units of `2**(32 low)` as limbs."""
    height = max((number.bit_length() for number in integers), default=0) // _LIMB + 1
    limbs = [[number >> _LIMB * level & _MASK for number in integers] for level in range(height)]
    limbs.append([number >> _LIMB * height for number in integers])
    return _canonical(low, np.array(limbs, dtype=np.int64).reshape(height + 1, len(integers)))


def _of_longs(sums: NDArray[np.int64]) -> ExactSums:
    """Sums of 64 bits as limbs: what `_canonical` makes of them, but for those that need it."""
    lower, upper = sums & _MASK, sums >> _LIMB
    if not (upper - _sign(lower)).any():
        return ExactSums(0, sums[np.newaxis])
    limbs = np.array([lower, upper])
    return ExactSums(0, limbs) if lower.any() else _canonical(0, limbs)


def _canonical(low: int, limbs: NDArray[np.int64]) -> ExactSums:
    """Carry, then drop limbs that say nothing. The top limb keeps the sign."""
    rows = list(limbs)
    level = 0
    while level < len(rows) - 1 or ((rows[level] + (1 << _LIMB - 1)) >> _LIMB).any():
        carry = rows[level] >> _LIMB
        rows[level] = rows[level] & _MASK
        if level + 1 == len(rows):
            rows.append(carry)
        else:
            rows[level + 1] = rows[level + 1] + carry
        level += 1
    while len(rows) > 1 and not (rows[-1] - _sign(rows[-2])).any():
        top = rows.pop()
        rows[-1] = rows[-1] + (top << _LIMB)
    while len(rows) > 1 and not rows[0].any():
        del rows[0]
        low += 1
    return ExactSums(low if rows[-1].any() or len(rows) > 1 else 0, np.array(rows))


def _sign(limb: NDArray[np.int64]) -> NDArray[np.int64]:
    """What a top limb above this one would say if it only repeated its sign: 0 or -1."""
    return -(limb >> _LIMB - 1)
