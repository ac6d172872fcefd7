"""Blocks of cells that are short numbers, taken without a branch on their length.

Most numbers have at most 16 bytes. These are read here a block at a time, after `cells.take_tails`, integers and
decimals several at once; no more ways of writing are known than `kernels.numbers` knows, and a block in which one is
not known is left to that, which goes cell by cell.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import leading_zeros
from etl_batch.kernels.cells import last_digits, no_digits, value_of_eight, value_of_sixteen
from etl_batch.kernels.kernel import OutBytes, OutReals, OutWords, Word, Words, inner

EXACT_DIGITS = 15
"""Decimals of that many digits and doubles are one to one."""
REAL_POWERS = np.array([10.0**k for k in range(EXACT_DIGITS)])

_MINUS, _POINT, _ZERO = 45, 46, 48
_ONE, _NONE = np.uint64(1), np.uint64(0)
_TWO, _THREE, _FOUR, _SEVEN, _EIGHT, _SIXTEEN = (np.uint64(k) for k in (2, 3, 4, 7, 8, 16))
_TO_TOP, _BYTE = np.uint64(56), np.uint64(255)
_MINUSES, _POINT_AS_DIGIT = np.uint64((_MINUS ^ _ZERO) * 0x0101010101010101), np.uint64(_POINT ^ _ZERO)
_POINTS_AS_DIGITS, _NO_SIGNS = np.uint64((_POINT ^ _ZERO) * 0x0101010101010101), np.uint64(0x7F7F7F7F7F7F7F7F)


@inner
def with_sign(value: Word, minus: Word) -> Word:
    """A magnitude with its sign, 0 or 1, in two's complement."""
    sign = _NONE - np.uint64(minus)
    return (value ^ sign) - sign


@inner
def _behind_minus(scratch: Words, place: Word, long: bool) -> tuple[Word, Word, Word, Word, Word]:
    """A cell's digits in two words, as `last_digits` has them but for a minus before them.

    And whether there is a cell at all, whether it has a minus, and whether its first digit is a nought.
    """
    low, high, head_before, head = last_digits(scratch, place, long)
    full = np.uint64(scratch[place] != _NONE)
    other = ((high ^ _MINUSES) & head) | ((low ^ _MINUSES) & head_before)
    minus = full & np.uint64(other == _NONE)
    sign = _NONE - minus
    low, high = low & ~(head_before & sign), high & ~(head & sign)
    step = minus << _THREE
    head_before, head = head_before << step, (head << step) | (head_before >> _TO_TOP & sign)
    return low, high, full, minus, np.uint64((high & head) | (low & head_before) == _NONE)


@inner
def short_integers(
    scratch: Words, first: Word, count: Word, long: bool, out: OutWords, valid: OutBytes
) -> tuple[Word, Word, Word]:
    """The integers of cells that `take_tails` took, none longer than 16 bytes, or than 8 unless `long`.

    Returns whether one is no integer or has a nought before it (0: none; then the others count), whether one has a
    minus, and the numbers of digits.
    """
    wrong, negative, digits = _NONE, _NONE, _NONE
    for place in range(count):
        low, high, full, minus, leading = _behind_minus(scratch, place, long)
        number = scratch[place] - minus
        wrong |= no_digits(low, high) | (full & leading & (minus | np.uint64(number != _ONE)))
        value = value_of_sixteen(low, high) if long else value_of_eight(high)
        row = first + place
        out[row], valid[row] = with_sign(value, minus), np.uint8(full)
        negative |= minus
        digits |= _ONE << number
    return wrong, negative, digits & ~_ONE


@inner
def short_decimals(
    scratch: Words, first: Word, count: Word, places: Word, long: bool, out: OutWords, valid: OutBytes
) -> tuple[Word, Word, Word, Word]:
    """The same of decimals of 1 to 7 `places`; returns also whether one has a zero at its end, before the digits."""
    wrong, negative, zeros, digits = _NONE, _NONE, _NONE, _NONE
    to_point = _EIGHT * (_SEVEN - places)
    before_point = (_ONE << to_point) - _ONE
    for place in range(count):
        low, high, full, minus, leading = _behind_minus(scratch, place, long)
        number = scratch[place] - minus - full
        wrong |= full & np.uint64((high >> to_point) & _BYTE != _POINT_AS_DIGIT)
        wrong |= full & np.uint64(number <= places) | (number >> _FOUR)
        wrong |= full & leading & np.uint64(number != places + _ONE)
        high = (high >> to_point >> _EIGHT << _EIGHT << to_point) | ((high & before_point) << _EIGHT)
        if long:
            high |= low >> _TO_TOP
            low <<= _EIGHT
        wrong |= no_digits(low, high)
        value = value_of_sixteen(low, high) if long else value_of_eight(high)
        wrong |= minus & np.uint64(value == _NONE)
        row = first + place
        out[_TWO * row], out[_TWO * row + _ONE] = with_sign(value, minus), _NONE - minus
        valid[row] = np.uint8(full)
        negative |= minus
        zeros |= full & np.uint64(high >> _TO_TOP == _NONE)
        digits |= _ONE << (number & _SIXTEEN - _ONE)
    return wrong, negative, zeros, digits & ~_ONE


@inner
def short_reals(
    scratch: Words, first: Word, count: Word, pointed: Word, out: OutReals, valid: OutBytes
) -> tuple[Word, Word, Word, Word, Word]:
    """The same of numbers of 0 to 7 decimals, at most 15 digits; `pointed` is 1 where each is to have a decimal.

    Returns also the numbers of decimals, and for zeros at ends those that are the only decimal of a pointed one.
    """
    wrong, negative, zeros, digits, decimals = _NONE, _NONE, _NONE, _NONE, _NONE
    for place in range(count):
        low, high, full, minus, leading = _behind_minus(scratch, place, True)
        other = high ^ _POINTS_AS_DIGITS
        points = ~(((other & _NO_SIGNS) + _NO_SIGNS) | other | _NO_SIGNS)
        point = np.uint64(points != _NONE)
        places = (np.uint64(leading_zeros(points)) >> _THREE) & _SEVEN
        number = scratch[place] - minus - point
        wrong |= full & np.uint64(number <= places) | (number >> _FOUR) | (point & np.uint64(places == _NONE))
        wrong |= full & pointed & ~point
        wrong |= full & leading & np.uint64(number != places + _ONE)
        # What stands before the point moves on by a byte where there is one.
        to_point, step = _TO_TOP - (places << _THREE), point << _THREE
        before_point = (_ONE << to_point) - _ONE | (point - _ONE)
        above = high & ~before_point & ~(point * _BYTE << to_point)
        high = above | ((high & before_point) << step) | ((low >> _TO_TOP) & (_NONE - point))
        low <<= step
        wrong |= no_digits(low, high)
        zero = point & np.uint64(high >> _TO_TOP == _NONE)
        wrong |= zero & ~(pointed & np.uint64(places == _ONE))
        scaled = value_of_sixteen(low, high)
        wrong |= minus & np.uint64(scaled == _NONE)
        value = np.float64(np.int64(scaled)) / REAL_POWERS[places]
        row = first + place
        out[row], valid[row] = -value if minus else value, np.uint8(full)
        negative |= minus
        zeros |= zero
        digits |= _ONE << (number & _SIXTEEN - _ONE)
        decimals |= full << places
    return wrong, negative, zeros, digits & ~_ONE, decimals
