"""Cells that are numbers: which ways of writing one they all keep to, and their values.

A number is written `-?(0|[1-9][0-9]*)(\\.[0-9]+)?`, with at most 38 digits; every other cell stops a kernel, which
returns its row (the number of rows when none did). What was seen of the others stands in `facts`, three words that add
up with OR: marks, the numbers of digits (bit d: a cell has d of them, a zero before the point included) and those of
decimals.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import digit_mask, equal_mask, multiply_high, trailing_zeros
from etl_batch.kernels.cells import (
    BLOCK,
    POWERS,
    cell_of,
    take_tails,
    value_of,
)
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutReals, OutWords, Word, inner, kernel
from etl_batch.kernels.number_blocks import (
    EXACT_DIGITS,
    REAL_POWERS,
    short_decimals,
    short_integers,
    short_reals,
    with_sign,
)

MARKS, DIGITS, DECIMALS = 0, 1, 2
"""What stands where in `facts`."""
NEGATIVE = 1
"""A cell begins with a minus."""
MINUS_ZERO = 2
"""A cell is `-0`, with or without decimals."""
TRAILING_ZERO = 4
"""The last decimal of a cell is 0."""
TRAILING_ZEROS = 8
"""And is not its only one."""
BEYOND_SIGNED = 16
"""An integer does not fit 64 bits with a sign."""
BEYOND_UNSIGNED = 32
"""Nor 64 bits without one."""
MOST_DIGITS = 38

_MINUS, _POINT, _ZERO = 45, 46, 48
_ONE, _NONE, _ALL = np.uint64(1), np.uint64(0), np.uint64(2**64 - 1)
_EIGHT, _SIXTEEN = np.uint64(8), np.uint64(16)
_SIGNED_MOST = np.uint64(2**63 - 1)
_UNSIGNED_HIGH, _UNSIGNED_LOW = np.uint64((2**64 - 1) // 10**8), np.uint64((2**64 - 1) % 10**8)


@kernel
def census(data: Bytes, before: Ints, ends: Ints, quoted: int, facts: OutWords) -> int:
    """The facts of all cells; returns the row of the first that is no number."""
    marks, digits, decimals = 0, _NONE, _NONE
    for row in range(len(ends)):
        start, end = cell_of(data, before, ends, row, quoted)
        if start >= end:
            continue
        first, whole, behind, seen = _look(data, start, end)
        if whole == 0:
            return row
        if behind == 0:
            seen |= _size(data, first, whole, seen)
        marks |= seen
        digits |= _ONE << np.uint64(whole + behind)
        decimals |= _ONE << np.uint64(behind)
    _tell(facts, marks, digits, decimals)
    return len(ends)


@kernel
def integers(
    data: Bytes,
    before: Ints,
    ends: Ints,
    quoted: int,
    signed: int,
    scratch: OutWords,
    out: OutWords,
    valid: OutBytes,
    facts: OutWords,
) -> int:
    """Integers of 64 bits, negative ones in two's complement; `valid` is 0 where a cell is empty."""
    refused = MINUS_ZERO | (BEYOND_SIGNED if signed else NEGATIVE | BEYOND_UNSIGNED)
    marks, digits = 0, _NONE
    rows, first = np.uint64(len(ends)), _NONE
    while first < rows:
        count = min(BLOCK, rows - first)
        longest = take_tails(data, before, ends, quoted, first, count, scratch)
        wrong, minus, seen_digits = _ONE, _NONE, _NONE
        if longest <= _EIGHT:
            wrong, minus, seen_digits = short_integers(scratch, first, count, False, out, valid)
        elif longest <= _SIXTEEN:
            wrong, minus, seen_digits = short_integers(scratch, first, count, True, out, valid)
        if wrong == _NONE and (signed or minus == _NONE):
            marks |= NEGATIVE * np.int64(minus)
            digits |= seen_digits
            first += count
            continue
        for row in range(np.int64(first), np.int64(first + count)):
            start, end = cell_of(data, before, ends, row, quoted)
            if start >= end:
                out[row], valid[row] = _NONE, 0
                continue
            at, whole, behind, seen = _look(data, start, end)
            if whole == 0 or behind:
                return row
            seen |= _size(data, at, whole, seen)
            if seen & refused:
                return row
            value = value_of(data, at, whole) if whole < 20 else _value_of_twenty(data, at)
            out[row], valid[row] = with_sign(value, seen & NEGATIVE), 1
            marks |= seen
            digits |= _ONE << np.uint64(whole)
        first += count
    _tell(facts, marks, digits, _ONE if digits else _NONE)
    return len(ends)


@kernel
def reals(
    data: Bytes,
    before: Ints,
    ends: Ints,
    quoted: int,
    pointed: int,
    scratch: OutWords,
    out: OutReals,
    valid: OutBytes,
    facts: OutWords,
) -> int:
    """Doubles of at most 15 digits, hence one division of exact numbers; with a point always, or where it is needed."""
    refused = TRAILING_ZEROS if pointed else TRAILING_ZERO | MINUS_ZERO
    marks, digits, decimals = 0, _NONE, _NONE
    rows, first = np.uint64(len(ends)), _NONE
    while first < rows:
        count = min(BLOCK, rows - first)
        wrong, minus, zeros, seen_digits, seen_decimals = _ONE, _NONE, _NONE, _NONE, _NONE
        if take_tails(data, before, ends, quoted, first, count, scratch) <= _SIXTEEN:
            wrong, minus, zeros, seen_digits, seen_decimals = short_reals(
                scratch, first, count, np.uint64(pointed), out, valid
            )
        if wrong == _NONE:
            marks |= NEGATIVE * np.int64(minus) | TRAILING_ZERO * np.int64(zeros)
            digits |= seen_digits
            decimals |= seen_decimals
            first += count
            continue
        for row in range(np.int64(first), np.int64(first + count)):
            start, end = cell_of(data, before, ends, row, quoted)
            if start >= end:
                out[row], valid[row] = 0.0, 0
                continue
            at, whole, behind, seen = _look(data, start, end)
            if whole == 0 or whole + behind > EXACT_DIGITS or seen & refused or (pointed and behind == 0):
                return row
            scaled = value_of(data, at, whole) * POWERS[behind] + value_of(data, at + whole + 1, behind)
            value = np.float64(np.int64(scaled)) / REAL_POWERS[behind]
            out[row], valid[row] = -value if seen & NEGATIVE else value, 1
            marks |= seen
            digits |= _ONE << np.uint64(whole + behind)
            decimals |= _ONE << np.uint64(behind)
        first += count
    _tell(facts, marks, digits, decimals)
    return len(ends)


@kernel
def decimals(
    data: Bytes,
    before: Ints,
    ends: Ints,
    quoted: int,
    places: int,
    most: int,
    scratch: OutWords,
    out: OutWords,
    valid: OutBytes,
    facts: OutWords,
) -> int:
    """Decimals of exactly `places` (0 to 18) decimals and at most `most` digits, in units of the last one.

    Each is two words of `out`, the lower first: an Arrow decimal of 128 bits.
    """
    marks, digits = 0, _NONE
    trailing = TRAILING_ZERO | (TRAILING_ZEROS if places > 1 else 0)
    rows, first = np.uint64(len(ends)), _NONE
    while first < rows:
        count = min(BLOCK, rows - first)
        longest = take_tails(data, before, ends, quoted, first, count, scratch)
        wrong, minus, zeros, seen_digits = _ONE, _NONE, _NONE, _NONE
        short = 1 <= places <= 7 and most >= EXACT_DIGITS
        if short and longest <= _EIGHT and places < 7:
            part = np.uint64(places)
            wrong, minus, zeros, seen_digits = short_decimals(scratch, first, count, part, False, out, valid)
        elif short and longest <= _SIXTEEN:
            part = np.uint64(places)
            wrong, minus, zeros, seen_digits = short_decimals(scratch, first, count, part, True, out, valid)
        if wrong == _NONE:
            marks |= NEGATIVE * np.int64(minus) | trailing * np.int64(zeros)
            digits |= seen_digits
            first += count
            continue
        for row in range(np.int64(first), np.int64(first + count)):
            start, end = cell_of(data, before, ends, row, quoted)
            if start >= end:
                out[2 * row], out[2 * row + 1], valid[row] = _NONE, _NONE, 0
                continue
            at, whole, behind, seen = _look(data, start, end)
            if whole == 0 or behind != places or whole + behind > most or seen & MINUS_ZERO:
                return row
            if places == 0:
                seen |= _size(data, at, whole, seen)
            low, high = _scaled(data, at, whole, behind)
            if seen & NEGATIVE:
                high = ~high + (_ONE if low == _NONE else _NONE)
                low = _NONE - low
            out[2 * row], out[2 * row + 1], valid[row] = low, high, 1
            marks |= seen
            digits |= _ONE << np.uint64(whole + behind)
        first += count
    _tell(facts, marks, digits, _ONE << np.uint64(places) if digits else _NONE)
    return len(ends)


@inner
def _tell(facts: OutWords, marks: int, digits: Word, decimals: Word) -> None:
    facts[MARKS] = np.uint64(marks)
    facts[DIGITS] = digits
    facts[DECIMALS] = decimals


@inner
def _look(data: Bytes, start: int, end: int) -> tuple[int, int, int, int]:
    """Place of the first digit, digits before the point (0: no number), digits behind it, and the cell's marks."""
    negative = np.int64(data[start] == _MINUS)
    first = start + negative
    count = end - first
    if count < 1 or count > MOST_DIGITS + 1:
        return first, 0, 0, 0
    span = _ALL >> np.uint64(64 - count)
    points, zeros = equal_mask(data, first, _POINT) & span, equal_mask(data, first, _ZERO) & span
    whole = trailing_zeros(points | (_ONE << np.uint64(count)))
    behind = max(count - whole - 1, 0)
    wrong = (digit_mask(data, first) & span) | points != span or (points & (points - _ONE)) != _NONE
    if wrong or whole == 0 or whole + 1 == count or whole + behind > MOST_DIGITS:
        return first, 0, 0, 0
    if whole > 1 and zeros & _ONE:
        return first, 0, 0, 0
    marks = negative * NEGATIVE
    if negative and zeros | points == span:
        marks |= MINUS_ZERO
    if behind and zeros >> np.uint64(count - 1):
        marks |= TRAILING_ZERO | (TRAILING_ZEROS if behind > 1 else 0)
    return first, whole, behind, marks


@inner
def _size(data: Bytes, first: int, whole: int, marks: int) -> int:
    """The marks of an integer that does not fit 64 bits."""
    if whole < 19:
        return 0
    if whole > 20:
        return BEYOND_SIGNED | BEYOND_UNSIGNED
    if whole == 20:
        high, low = value_of(data, first, 12), value_of(data, first + 12, 8)
        if high > _UNSIGNED_HIGH or (high == _UNSIGNED_HIGH and low > _UNSIGNED_LOW):
            return BEYOND_SIGNED | BEYOND_UNSIGNED
        return BEYOND_SIGNED
    least = _SIGNED_MOST + np.uint64(marks & NEGATIVE)
    return BEYOND_SIGNED if value_of(data, first, whole) > least else 0


@inner
def _value_of_twenty(data: Bytes, first: int) -> Word:
    return value_of(data, first, 12) * POWERS[8] + value_of(data, first + 12, 8)


@inner
def _scaled(data: Bytes, first: int, whole: int, behind: int) -> tuple[Word, Word]:
    """A decimal's magnitude in units of its last digit: the lower and the upper word."""
    fraction = value_of(data, first + whole + 1, behind)
    if whole + behind < 20:
        return value_of(data, first, whole) * POWERS[behind] + fraction, _NONE
    left = max(whole - 19, 0)
    top = value_of(data, first, left)
    bottom = value_of(data, first + left, whole - left)
    low = top * POWERS[19] + bottom
    high = multiply_high(top, POWERS[19]) + (_ONE if low < bottom else _NONE)
    scaled = low * POWERS[behind] + fraction
    carry = _ONE if scaled < fraction else _NONE
    return scaled, high * POWERS[behind] + multiply_high(low, POWERS[behind]) + carry
