"""Sums by stratum: exact ones, and those of the powers of the distance from a value near the mean.

A stratum's exact sum lies in several integers, far enough apart that no chunk overflows them: it is the same in any
order. `analytics.exact` and `analytics.moments` make of these sums what adds up over chunks.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from etl_batch.kernels.kernel import (
    Bytes,
    Ints,
    Longs,
    OutInts,
    OutLongGrid,
    OutLongs,
    OutRealGrid,
    OutReals,
    Reals,
    Word,
    Words,
    inner,
    kernel,
)

LIMB = 32
"""Bits between two integers of a sum. They have 31 more, for the carries of 2**30 rows."""
LOWEST_LIMB = -34
"""`2**(32 * -34)` lies below the last bit of the smallest double."""
ABOVE_LOWEST = 13
"""What the last bit of a double lies above that, less its exponent field: 34 * 32 - 1075."""
NOT_FINITE = 0x7FF
"""The exponent field of NaN and infinities."""

_MASK = np.int64(0xFFFFFFFF)
_FRACTION, _IMPLIED = np.uint64((1 << 52) - 1), np.uint64(1 << 52)
_EXPONENT_AT, _SIGN_AT = np.uint64(52), np.uint64(63)
_NOT_FINITE = np.uint64(NOT_FINITE)
_NONE, _ONE, _TWO = np.uint64(0), np.uint64(1), np.uint64(2)

POWERS = 4
_BLOCK = np.uint64(1 << 14)
_Sums: TypeAlias = tuple[float, float, float, float]


@kernel
def count_rows(codes: Ints, counts: OutLongs) -> None:
    """Add the rows of each stratum to `counts`."""
    for row in range(codes.size):
        counts[np.uint64(codes[row])] += 1


@kernel
def exponents_of(words: Words, found: OutLongs) -> None:
    """Least exponent field of doubles, as words, that are not nought (2047: none is), and the greatest of all."""
    least, greatest = _NOT_FINITE, _NONE
    for row in range(words.size):
        word = words[row]
        exponent = (word >> _EXPONENT_AT) & _NOT_FINITE
        is_nought = (word << _ONE) == _NONE
        least = min(least, _NOT_FINITE if is_nought else exponent)
        greatest = max(greatest, exponent)
    found[0], found[1] = least, greatest


@kernel
def order_rows(codes: Ints, behind: Bytes, cursors: OutLongs, order: OutInts) -> None:
    """Write each row to where a cursor of its stratum stands, which moves on by that.

    A stratum has two: the second one, next to the first, is for the rows that `behind` marks with 1 and not with 0.
    """
    for row in range(codes.size):
        cursor = (np.uint64(codes[row]) << _ONE) + np.uint64(behind[row])
        place = cursors[cursor]
        order[np.uint64(place)] = row
        cursors[cursor] = place + 1


@kernel
def add_integers(order: Ints, starts: Longs, values: Longs, upper_bits: int, sums: OutLongGrid) -> None:
    """Sum the lower and the upper half of the values of each stratum, whose rows are `order[starts[h]:starts[h + 1]]`.

    `upper_bits` are those of the upper half that count: all, or the lower 32 of unsigned values.
    """
    for stratum in range(sums.shape[0]):
        lower, upper = np.int64(0), np.int64(0)
        for at in range(starts[stratum], starts[stratum + 1]):
            value = values[np.uint64(order[np.uint64(at)])]
            lower += value & _MASK
            upper += (value >> LIMB) & upper_bits
        sums[stratum, 0], sums[stratum, 1] = lower, upper


@kernel
def add_reals(codes: Ints, words: Words, lowest: int, sums: OutLongGrid) -> None:
    """Add doubles, as words, to the sums of their strata: the 53 bits of each lie in three neighbours.

    The first sum of a stratum counts `2**(32 * (LOWEST_LIMB + lowest))`. NaN and infinities are left out.
    This is the small superaccumulator of Neal (2015), "Fast exact summation using small and large superaccumulators".
    """
    for row in range(words.size):
        word = words[row]
        exponent = (word >> _EXPONENT_AT) & _NOT_FINITE
        digits = np.int64((word & _FRACTION) | _IMPLIED)
        if exponent == _NONE:
            digits, exponent = np.int64(word & _FRACTION), _ONE  # less than the smallest normal double
            if digits == 0:
                continue  # nought, whose place may be below the first sum's
        elif exponent == _NOT_FINITE:
            continue
        place = np.int64(exponent) + ABOVE_LOWEST
        at, shift = np.uint64((place >> 5) - lowest), place & (LIMB - 1)
        lower, upper = (digits & _MASK) << shift, (digits >> LIMB) << shift
        sign = -np.int64(word >> _SIGN_AT)  # to flip all bits and add one is to take the opposite
        stratum = np.uint64(codes[row])
        sums[stratum, at] += ((lower & _MASK) ^ sign) - sign
        sums[stratum, at + _ONE] += (((lower >> LIMB) + (upper & _MASK)) ^ sign) - sign
        sums[stratum, at + _TWO] += ((upper >> LIMB) ^ sign) - sign


@kernel
def sum_powers(order: Ints, starts: Longs, ends: Longs, values: Reals, anchors: OutReals, powers: OutRealGrid) -> None:
    """Sum the first four powers of the distance from an anchor, of each stratum over its rows `order[starts:ends]`.

    An anchor is the mean but for what rounding does to it, and the very value where all are equal.
    """
    for stratum in range(anchors.size):
        begin, end = np.uint64(starts[stratum]), np.uint64(ends[stratum])
        if begin == end:
            continue
        first = values[np.uint64(order[begin])]
        total = _sum_of_powers(order, begin, end, values, first)[0]
        anchors[stratum] = first + total / float(end - begin)
        sums = _sum_of_powers(order, begin, end, values, anchors[stratum])
        for power in range(POWERS):
            powers[stratum, power] = sums[power]


@inner
def _sum_of_powers(order: Ints, begin: Word, end: Word, values: Reals, anchor: float) -> _Sums:
    """Two rows at a time, whose sums do not wait for each other; by blocks, so that rounding does not grow."""
    whole = (0.0, 0.0, 0.0, 0.0)
    while begin < end:
        stop = min(begin + _BLOCK, end)
        sums = (0.0, 0.0, 0.0, 0.0)
        others = sums
        while begin + _ONE < stop:
            sums = _with_distance(sums, values[np.uint64(order[begin])] - anchor)
            others = _with_distance(others, values[np.uint64(order[begin + _ONE])] - anchor)
            begin += _TWO
        if begin < stop:
            sums = _with_distance(sums, values[np.uint64(order[begin])] - anchor)
            begin += _ONE
        whole = _added(whole, _added(sums, others))
    return whole


@inner
def _with_distance(sums: _Sums, distance: float) -> _Sums:
    square = distance * distance
    return sums[0] + distance, sums[1] + square, sums[2] + square * distance, sums[3] + square * square


@inner
def _added(one: _Sums, two: _Sums) -> _Sums:
    return one[0] + two[0], one[1] + two[1], one[2] + two[2], one[3] + two[3]
