"""Sums by stratum: exact ones, and those of the powers of the distance from a value near the mean.

A stratum's exact sum lies in several integers, far enough apart that no chunk overflows them: it is the same in any
order. `analytics.exact` and `analytics.moments` make of these sums what adds up over chunks.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import LANES, PowerSums, power_sums
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
_WHOLE_LANES = np.uint64(2**64 - LANES)
_ASKED = 8
"""Of 2**8 rows the mean is an anchor: it lies a sixteenth of a standard deviation from that of all, as a rule."""


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

    An anchor lies near the mean, and is the very value where all are equal: about it the sums lose no more than a bit
    to what lies between it and the mean. It stays as it is where there are no rows.
    """
    for stratum in range(anchors.size):
        begin, end = np.uint64(starts[stratum]), np.uint64(ends[stratum])
        if begin == end:
            continue
        anchor = _near_mean(order, begin, end, values)
        sums = _sum_of_powers(order, begin, end, values, anchor)
        if _is_far(sums, float(end - begin), 0.0):
            anchor += sums[0] / float(end - begin)
            sums = _sum_of_powers(order, begin, end, values, anchor)
        anchors[stratum] = anchor
        for power in range(POWERS):
            powers[stratum, power] = sums[power]


@kernel
def sum_powers_of_integers(
    order: Ints,
    starts: Longs,
    ends: Longs,
    values: Longs,
    anchors: OutReals,
    powers: OutRealGrid,
    others: OutRealGrid,
) -> None:
    """`sum_powers` of integers about whole anchors, and the first two powers of a stratum's other rows in `others`.

    Those stand behind its end. A first power is the very sum of the distances where the second one is so small that no
    sum of some of them can have been rounded: see `analytics.exact`.
    """
    for stratum in range(anchors.size):
        begin, end, stop = np.uint64(starts[stratum]), np.uint64(ends[stratum]), np.uint64(starts[stratum + 1])
        if begin == stop:
            continue
        anchor = np.rint(_near_mean(order, begin, end if begin < end else stop, values))
        sums = _sum_of_powers(order, begin, end, values, anchor)
        if _is_far(sums, float(end - begin), 1.0):
            anchor = np.rint(anchor + sums[0] / float(end - begin))
            sums = _sum_of_powers(order, begin, end, values, anchor)
        anchors[stratum] = anchor
        for power in range(POWERS):
            powers[stratum, power] = sums[power]
        sums = _sum_of_powers(order, end, stop, values, anchor)
        others[stratum, 0], others[stratum, 1] = sums[0], sums[1]


@inner
def _near_mean(order: Ints, begin: Word, end: Word, values: Reals | Longs) -> float:
    """The mean of some of a stratum's rows, of all where they are few; the very value where all are equal."""
    first, total, asked = float(values[np.uint64(order[begin])]), 0.0, 0.0
    step = max((end - begin) >> np.uint64(_ASKED), _ONE)
    while begin < end:
        total += float(values[np.uint64(order[begin])]) - first
        asked += 1.0
        begin += step
    return first + total / asked


@inner
def _is_far(sums: PowerSums, rows: float, allowed: float) -> bool:
    """Whether an anchor is farther from the mean than allowed, and than a good third of a standard deviation."""
    distance = sums[0] / rows if rows > 0.0 else 0.0
    return abs(distance) > allowed and 8.0 * sums[0] * distance > sums[1]


@inner
def _sum_of_powers(order: Ints, begin: Word, end: Word, values: Reals | Longs, anchor: float) -> PowerSums:
    """By blocks, so that rounding does not grow."""
    whole = (0.0, 0.0, 0.0, 0.0)
    while begin < end:
        stop = min(begin + _BLOCK, end)
        even = begin + ((stop - begin) & _WHOLE_LANES)
        sums = power_sums(order, begin, even, values, anchor)
        while even < stop:
            sums = _with_distance(sums, float(values[np.uint64(order[even])]) - anchor)
            even += _ONE
        whole = _added(whole, sums)
        begin = stop
    return whole


@inner
def _with_distance(sums: PowerSums, distance: float) -> PowerSums:
    square = distance * distance
    return sums[0] + distance, sums[1] + square, sums[2] + square * distance, sums[3] + square * square


@inner
def _added(one: PowerSums, two: PowerSums) -> PowerSums:
    return one[0] + two[0], one[1] + two[1], one[2] + two[2], one[3] + two[3]
