"""Sums by stratum against Python's own integers and fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from etl_batch.kernels import tallies

STRATA = 3
FINITE = st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.tuples(st.integers(0, STRATA - 1), FINITE), min_size=1, max_size=50)


def codes_of(rows):
    """The strata of the rows."""
    return np.array([stratum for stratum, _ in rows], np.int32)


def in_order(codes, strata=STRATA):
    """The rows stratum by stratum, and where each begins."""
    starts = np.searchsorted(np.sort(codes), np.arange(strata + 1)).astype(np.int64)
    return np.argsort(codes, kind="stable").astype(np.int32), starts


def as_fraction(parts, lowest, bits=tallies.LIMB):
    """What the integers of one stratum's sum say together."""
    return sum(int(part) * Fraction(2) ** (bits * (lowest + at)) for at, part in enumerate(parts))


@given(st.lists(st.tuples(st.integers(0, STRATA - 1), st.integers(-(2**63), 2**63 - 1))))
def test_integers(rows):
    """Halves add up to Python's sums."""
    sums = np.zeros((STRATA, 2), np.int64)
    order, starts = in_order(codes_of(rows))
    tallies.add_integers(order, starts, np.array([value for _, value in rows], np.int64), -1, sums)
    expected = [sum(value for stratum, value in rows if stratum == at) for at in range(STRATA)]
    assert [as_fraction(parts, 0) for parts in sums] == expected


@given(arrays.arrays(np.uint64, st.integers(0, 40), elements=st.integers(0, 2**64 - 1)))
def test_unsigned_integers(values):
    """Of those the upper half has no sign."""
    sums = np.zeros((1, 2), np.int64)
    rows = np.arange(values.size, dtype=np.int32)
    tallies.add_integers(rows, np.array([0, values.size]), values.view(np.int64), 2**32 - 1, sums)
    assert as_fraction(sums[0], 0) == sum(values.tolist())


@given(ROWS)
@example([(0, 5e-324), (0, -1.7976931348623157e308), (1, 2.0**-1022), (2, 0.0)])
@example([(0, 0.1)] * 10 + [(0, -1.0)])
def test_reals(rows):
    """No digit of a double is lost, from the smallest to the largest, and a word of each is in no other's way."""
    words = np.array([value for _, value in rows]).view(np.uint64)
    found = np.zeros(2, np.int64)
    tallies.exponents_of(words, found)
    fields = [int(word) >> 52 & 0x7FF for word in words.tolist() if word << 1 & (2**64 - 1)]
    assert found.tolist() == [min(fields, default=2047), max(int(word) >> 52 & 0x7FF for word in words.tolist())]
    lowest, highest = (max(int(field), 1) + tallies.ABOVE_LOWEST >> 5 for field in (min(fields, default=1), found[1]))
    sums = np.zeros((STRATA, highest - lowest + 3), np.int64)
    tallies.add_reals(codes_of(rows), words, lowest, sums)
    for at in range(STRATA):
        expected = sum(Fraction(value) for stratum, value in rows if stratum == at)
        assert as_fraction(sums[at], tallies.LOWEST_LIMB + lowest) == expected


def test_what_is_not_finite_is_left_out():
    """NaN and infinities add nothing, and are seen by their exponent."""
    values, found = np.array([1.0, np.nan, np.inf, -np.inf, 2.0]), np.zeros(2, np.int64)
    tallies.exponents_of(values.view(np.uint64), found)
    assert found.tolist() == [1023, tallies.NOT_FINITE]
    lowest = 1023 + tallies.ABOVE_LOWEST >> 5
    sums = np.zeros((1, 4), np.int64)
    tallies.add_reals(np.zeros(5, np.int32), values.view(np.uint64), lowest, sums)
    assert as_fraction(sums[0], tallies.LOWEST_LIMB + lowest) == 3


def test_counts():
    """Rows are added to what was counted before."""
    counts = np.array([5, 0, 1])
    tallies.count_rows(np.array([2, 0, 2], np.int32), counts)
    assert counts.tolist() == [6, 0, 3]


@given(st.lists(st.tuples(st.integers(0, STRATA - 1), st.booleans())))
def test_rows_in_order(rows):
    """By stratum, those that are marked behind the others, each part in the order in which it came."""
    codes, behind = codes_of(rows), np.array([mark for _, mark in rows], bool)
    keys = codes * 2 + behind
    expected, starts = in_order(keys, 2 * STRATA)
    order = np.full(len(rows), -1, np.int32)
    tallies.order_rows(codes, behind.view(np.uint8), starts[:-1].copy(), order)
    assert order.tolist() == expected.tolist()


@given(ROWS.filter(lambda rows: all(abs(value) < 1e60 for _, value in rows)), st.data())
def test_powers(rows, data):
    """Powers of the distance from the anchors, which lie near the means of the rows before the end."""
    codes, values = codes_of(rows), np.array([value for _, value in rows])
    order, starts = in_order(codes)
    ends = np.array([data.draw(st.integers(*each)) for each in pairwise(starts)], np.int64)
    anchors, powers = np.zeros(STRATA), np.zeros((STRATA, tallies.POWERS))
    tallies.sum_powers(order, starts, ends, values, anchors, powers)
    for at in range(STRATA):
        own = values[order[starts[at] : ends[at]]].tolist()
        if not own:
            assert (anchors[at], powers[at].tolist()) == (0, [0, 0, 0, 0])
            continue
        assert anchors[at] == pytest.approx(float(np.mean(own)), abs=1e-12 * max(map(abs, own)))  # of few rows all
        for power, found in enumerate(powers[at].tolist(), 1):
            parts = [(value - anchors[at]) ** power for value in own]
            assert found == pytest.approx(sum(parts), rel=1e-12, abs=1e-12 * sum(map(abs, parts)))


def integer_powers(codes, values, ends):
    """What the kernel makes of integers: anchors, powers, and those of the rows behind the ends."""
    order, starts = in_order(codes)
    anchors, powers, others = np.zeros(STRATA), np.zeros((STRATA, tallies.POWERS)), np.zeros((STRATA, 2))
    tallies.sum_powers_of_integers(order, starts, ends, values, anchors, powers, others)
    return anchors, powers, others


@given(
    st.lists(st.tuples(st.integers(0, STRATA - 1), st.integers(-1000, 1000)), max_size=600)
    | st.lists(st.tuples(st.integers(0, STRATA - 1), st.integers(-(2**63), 2**63 - 1)), max_size=50),
    st.data(),
)
@example([(0, 0)] * 300 + [(0, 10**6)] * 5 + [(1, 7)] * 3, None)
def test_powers_of_integers(rows, data):
    """About whole anchors near the mean, exact while all numbers are small, of the other rows as well."""
    codes, values = codes_of(rows), np.array([value for _, value in rows], np.int64)
    order, starts = in_order(codes)
    ends = np.array([data.draw(st.integers(*each)) if data else each[1] for each in pairwise(starts)], np.int64)
    anchors, powers, others = integer_powers(codes, values, ends)
    for at in range(STRATA):
        own = values[order[starts[at] : ends[at]]].tolist()
        behind = values[order[ends[at] : starts[at + 1]]].tolist()
        anchor = int(anchors[at])
        assert anchor == anchors[at]
        for power, found in enumerate(powers[at].tolist(), 1):
            parts = [Fraction(float(value) - anchor) ** power for value in own]
            assert found == pytest.approx(float(sum(parts)), rel=1e-12, abs=1e-12 * float(sum(map(abs, parts))))
        for power, found in enumerate(others[at].tolist(), 1):
            parts = [Fraction(float(value) - anchor) ** power for value in behind]
            assert found == pytest.approx(float(sum(parts)), rel=1e-12, abs=1e-12 * float(sum(map(abs, parts))))
        small = all(abs(value) <= 10**6 for value in own)
        if own and small:
            assert powers[at, 0] == sum(own) - anchor * len(own)
            distance, square = abs(powers[at, 0] / len(own)), powers[at, 1]
            assert distance <= 1 or 8 * len(own) * distance**2 <= square * (1 + 1e-9)
        if own and len(set(own)) == 1 and small:
            assert (anchors[at], powers[at].tolist()) == (own[0], [0, 0, 0, 0])


@pytest.mark.parametrize("rows", [16_384, 50_001, 99_998])
def test_powers_of_many_blocks(rows):
    """Blocks add up, and equal values have no powers whatever block they stand in."""
    values = np.where(np.arange(rows) % 2, 0.1, np.arange(rows) / 7)
    order, starts = in_order(np.arange(rows) % 2, 2)
    anchors, powers = np.zeros(2), np.zeros((2, tallies.POWERS))
    tallies.sum_powers(order, starts, starts[1:].copy(), values, anchors, powers)
    own = values[::2] - anchors[0]
    for power, found in enumerate(powers[0], 1):
        assert found == pytest.approx((own**power).sum(), rel=1e-9, abs=1e-9 * (np.abs(own) ** power).sum())
    assert (anchors[1], powers[1].tolist()) == (0.1, [0, 0, 0, 0])
