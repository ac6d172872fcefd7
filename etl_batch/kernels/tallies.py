"""Sums by stratum: exact ones, and those of the powers of the distance from a value near the mean.

A stratum's exact sum lies in several integers, far enough apart that no chunk overflows them: it is the same in any
order. `analytics.exact` and `analytics.moments` make of these sums what adds up over chunks.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.kernel import (
    Bytes,
    Ints,
    Longs,
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
_NONE, _ONE, _TWO, _THREE = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)

POWERS, ANCHOR, SEEN, LINE = 4, 4, 5, 8
"""A stratum's line of 64 bytes: sums of the powers, the anchor that comes off first, and how many values made it."""
_LINE, _ANCHOR = np.uint64(LINE), np.uint64(ANCHOR)
_BLOCK_ROWS = 1 << 14


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
def add_integers(codes: Ints, values: Longs, upper_bits: int, sums: OutLongGrid) -> None:
    """Add the lower and the upper half of each value to its stratum's two sums.

    `upper_bits` are those of the upper half that count: all, or the lower 32 of unsigned values.
    """
    for row in range(values.size):
        stratum = np.uint64(codes[row])
        value = values[row]
        sums[stratum, 0] += value & _MASK
        sums[stratum, 1] += (value >> LIMB) & upper_bits


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
def place_anchors(codes: Ints, values: Reals, without: Bytes, step: int, rows: Longs, lines: OutRealGrid) -> None:
    """Make the mean of every `step`-th row of a stratum its anchor: exactly their value, where all are equal.

    `rows` says how many rows each stratum has but those marked in `without`. The anchor of one that has no such row is
    its first value.
    """
    for row in range(0, values.size, step):
        if without[row]:
            continue
        stratum = np.uint64(codes[row])
        if lines[stratum, SEEN] == 0.0:
            lines[stratum, ANCHOR] = values[row]
        lines[stratum, SEEN] += 1.0
        lines[stratum, 0] += values[row] - lines[stratum, ANCHOR]
    missing = 0
    for line in range(lines.shape[0]):
        if lines[line, SEEN] > 0.0:
            lines[line, ANCHOR] += lines[line, 0] / lines[line, SEEN]
            lines[line, 0] = 0.0
        elif rows[line] > 0:
            missing += 1
    for row in range(values.size):
        if missing == 0:
            break
        stratum = np.uint64(codes[row])
        if lines[stratum, SEEN] == 0.0 and not without[row]:
            lines[stratum, ANCHOR] = values[row]
            lines[stratum, SEEN] = 1.0
            missing -= 1


@kernel
def add_powers(codes: Ints, values: Reals, without: Bytes, lines: OutReals, powers: OutRealGrid) -> None:
    """Add the first four powers of the distance from the anchors; the rows marked in `without` have no part in them.

    Blocks are added up by themselves, so that rounding does not grow with the rows. `lines` are those of the strata,
    one behind another, so that the place of a stratum is a shift away.
    """
    step = max(_BLOCK_ROWS, 4 * powers.shape[0])
    for begin in range(0, values.size, step):
        for row in range(begin, min(begin + step, values.size)):
            if not without[row]:
                _add_distance(lines, np.uint64(codes[row]) * _LINE, values[row])
        for stratum in range(powers.shape[0]):
            for power in range(POWERS):
                powers[stratum, power] += lines[stratum * LINE + power]
                lines[stratum * LINE + power] = 0.0


@inner
def _add_distance(lines: OutReals, at: Word, value: float) -> None:
    """All four are read before any is written: a processor then adds them at once."""
    distance = value - lines[at + _ANCHOR]
    square = distance * distance
    first, second = lines[at] + distance, lines[at + _ONE] + square
    third, fourth = lines[at + _TWO] + square * distance, lines[at + _THREE] + square * square
    lines[at], lines[at + _ONE], lines[at + _TWO], lines[at + _THREE] = first, second, third, fourth
