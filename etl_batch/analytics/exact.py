"""Sums without rounding: one exact number per stratum, whatever the order and the slicing of the input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LIMB = 32
_MASK = (1 << _LIMB) - 1
# A block's digits add up in a double without rounding: 2**16 rows of 37 bits, like 2**20 rows of 32, stay below 2**53.
_FLOAT_BLOCK, _FLOAT_DIGIT = 1 << 15, 37
_INTEGER_BLOCK = 1 << 20


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

    def __add__(self, other: ExactSums) -> ExactSums:
        """Stratum by stratum."""
        low = min(self.low, other.low)
        height = max(part.low + len(part.limbs) for part in (self, other)) - low
        limbs = np.zeros((height, self.limbs.shape[1]), dtype=np.int64)
        for part in (self, other):
            limbs[part.low - low : part.low - low + len(part.limbs)] += part.limbs
        return _canonical(low, limbs)

    def __eq__(self, other: object) -> bool:
        """Whether all sums are equal as numbers."""
        return isinstance(other, ExactSums) and self.low == other.low and np.array_equal(self.limbs, other.limbs)

    def moved(self, places: NDArray[np.intp], strata: int) -> ExactSums:
        """Stratum h goes to `places[h]` of `strata`; those that meet are added."""
        limbs = np.zeros((len(self.limbs), strata), dtype=np.int64)
        for target, limb in zip(limbs, self.limbs, strict=True):
            np.add.at(target, places, limb)
        return _canonical(self.low, limbs)

    def times(self, factor: int) -> ExactSums:
        """Each sum times a whole number."""
        return _from_integers(self.low, [number * factor for number in self._integers()])

    def numbers(self, scale: int = 0) -> list[int | float | None]:
        """Each sum divided by `10**scale`, as `ratio` gives it."""
        return [self._number(integer, scale) for integer in self._integers()]

    def total(self, scale: int = 0) -> int | float | None:
        """The sum over all strata divided by `10**scale`."""
        return self._number(sum(self._integers()), scale)

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


def sum_integers(places: NDArray[np.intp], values: NDArray[np.integer], strata: int) -> ExactSums:
    """Exact sums of an integer array of any width, by stratum.

    Halves of 32 bits are summed as doubles, block by block, none of which can round.
    """
    whole = np.zeros((2, strata), dtype=np.int64)
    for start in range(0, values.size, _INTEGER_BLOCK):
        block, at = values[start : start + _INTEGER_BLOCK], places[start : start + _INTEGER_BLOCK]
        if int(block.min()) >= -_MASK and int(block.max()) <= _MASK:
            whole[0] += _bincount(at, block.astype(np.float64), strata)
            continue
        wide = block if block.dtype == np.uint64 else block.astype(np.int64, copy=False)
        whole[0] += _bincount(at, (wide & wide.dtype.type(_MASK)).astype(np.float64), strata)
        whole[1] += _bincount(at, (wide >> wide.dtype.type(_LIMB)).astype(np.float64), strata)
    return _from_words({0: whole[0], _LIMB: whole[1]}, strata)


def sum_floats(places: NDArray[np.intp], values: NDArray[np.float64], strata: int) -> ExactSums:
    """Exact sums of finite doubles, by stratum.

    Each value is cut into digits of 37 bits on a grid that hangs from the largest value (the first pass of Demmel and
    Nguyen (2015), "Parallel reproducible summation", carried on until nothing is left). Two digits hold nearly every
    value of an ordinary measure; only the rows with something left go on to the next.
    """
    if not values.size:
        return ExactSums.zeros(strata)
    top = _exponent(values)
    words: dict[int, NDArray[np.int64]] = {}
    for start in range(0, values.size, _FLOAT_BLOCK):
        stop = start + _FLOAT_BLOCK
        _add_digits(words, top, places[start:stop], values[start:stop], strata)
    return _from_words(words, strata)


def _exponent(values: NDArray[np.float64]) -> int:
    """The least e with all values below 2**e in size."""
    return int(np.frexp(max(float(values.max()), -float(values.min())))[1])


def _add_digits(
    words: dict[int, NDArray[np.int64]], top: int, at: NDArray[np.intp], rest: NDArray[np.float64], strata: int
) -> None:
    """Add the digits of one block to `words`, which maps the exponent of a digit's unit to the sums of that digit."""
    while True:
        # The grid hangs from `top`, so that blocks share digits; empty digits of widely spread values are skipped.
        level = (top - _exponent(rest)) // _FLOAT_DIGIT + 1
        unit = top - _FLOAT_DIGIT * level
        digits = np.trunc(_scaled(rest, -unit))
        if unit not in words:
            words[unit] = np.zeros(strata, dtype=np.int64)
        words[unit] += _bincount(at, digits, strata)
        rest = rest - _scaled(digits, unit)
        left = np.flatnonzero(rest)
        if not left.size:
            return
        if left.size < rest.size // 2:
            rest, at = rest[left], at[left]


def _scaled(values: NDArray[np.float64], exponent: int) -> NDArray[np.float64]:
    """`values * 2**exponent`; the slower `ldexp` only where the factor itself is no normal double."""
    if abs(exponent) > 1000:
        return np.ldexp(values, exponent)
    return values * 2.0**exponent


def _bincount(at: NDArray[np.intp], weights: NDArray[np.float64], strata: int) -> NDArray[np.int64]:
    return np.bincount(at, weights=weights, minlength=strata).astype(np.int64)


def _from_words(words: dict[int, NDArray[np.int64]], strata: int) -> ExactSums:
    """Sums of `words[e] * 2**e`: each 64-bit word is shifted onto the limbs and spread over three of them."""
    if not words:
        return ExactSums.zeros(strata)
    low = min(words) // _LIMB
    limbs = np.zeros((max(words) // _LIMB - low + 4, strata), dtype=np.int64)
    for exponent, word in words.items():
        limb, shift = exponent // _LIMB - low, exponent % _LIMB
        lower, upper = (word & _MASK) << shift, (word >> _LIMB) << shift
        limbs[limb] += lower & _MASK
        limbs[limb + 1] += (lower >> _LIMB) + (upper & _MASK)
        limbs[limb + 2] += upper >> _LIMB
    return _canonical(low, limbs)


def _from_integers(low: int, integers: list[int]) -> ExactSums:
    """Python integers in units of `2**(32 low)` as limbs."""
    height = max((number.bit_length() for number in integers), default=0) // _LIMB + 1
    limbs = [[number >> _LIMB * level & _MASK for number in integers] for level in range(height)]
    limbs.append([number >> _LIMB * height for number in integers])
    return _canonical(low, np.array(limbs, dtype=np.int64).reshape(height + 1, len(integers)))


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
