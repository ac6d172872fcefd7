"""Rows that are looked for: by sample keys and by size, against sorting all of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from etl_batch.kernels import rows

WORD = st.integers(0, 2**64 - 1)
LAST = 2**64 - 1


def slow_key(state, place):
    """Output `place` of SplitMix64, in Python's integers."""
    word = (state + (place + 1) * 0x9E3779B97F4A7C15) % 2**64
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        word = (word ^ (word >> shift)) * factor % 2**64
    return word ^ (word >> 31)


@given(WORD, st.integers(0, 2**61), st.lists(st.integers(0, 2**31 - 1), max_size=20))
def test_keys(state, base, offsets):
    """Of whichever places, as the generator gives them one by one."""
    keys = np.zeros(len(offsets), np.uint64)
    rows.keys_of(state, base, np.array(offsets, np.int32), keys)
    assert keys.tolist() == [slow_key(state, base + offset) for offset in offsets]


def slow_candidates(keys, codes, without, bounds, keep):
    """Rows at most at their bound, and those at most at the `keep`-th smallest key of their stratum."""
    limits = {}
    for stratum, bound in enumerate(bounds):
        own = sorted(key for key, code, out in zip(keys, codes, without, strict=True) if code == stratum and not out)
        limits[stratum] = max(bound, own[keep - 1] if len(own) >= keep else LAST)
    pairs = enumerate(zip(keys, codes, without, strict=True))
    return [row for row, (key, code, out) in pairs if not out and key <= limits[code]]


CODES = st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=60)
BOUNDS = st.lists(st.one_of(st.just(0), WORD), min_size=3, max_size=3)


@given(CODES, BOUNDS, st.integers(1, 5), WORD, st.integers(0, 60))
def test_candidates_with_keys_made_on_the_way(drawn, bounds, keep, state, edge):
    """The same rows as by sorting the keys of each stratum, of one stretch or two, once the last limits are known."""
    codes, without = [code for code, _ in drawn], np.array([out for _, out in drawn], np.uint8)
    limits, smallest = np.full(3, LAST, np.uint64), np.full((3, keep), LAST, np.uint64)
    found, size, begin = np.zeros(len(codes), np.int64), 0, 0
    places = np.arange(len(codes), dtype=np.int32) * np.int32(5) + np.int32(7)
    for part in (places[:edge], places[edge:]):
        strata, edges = np.array(codes, np.int32), np.array(bounds, np.uint64)
        size = rows.rows_with_keys(state, 2**40, part, begin, strata, without, edges, limits, smallest, found, size)
        begin += len(part)
    keys = [slow_key(state, 2**40 + place) for place in places.tolist()]
    kept = [row for row in found[:size].tolist() if keys[row] <= limits[codes[row]]]
    assert kept == slow_candidates(keys, codes, without, bounds, keep)


@given(CODES, BOUNDS, st.integers(1, 5), st.data())
def test_candidates_with_keys_at_hand(drawn, bounds, keep, data):
    """Keys that are equal, and the last of all keys, among them."""
    codes = [code for code, _ in drawn]
    few = st.sampled_from([0, 1, 5, 6, LAST - 1, LAST])
    keys = data.draw(st.lists(few | WORD, min_size=len(codes), max_size=len(codes)))
    limits, smallest = np.full(3, LAST, np.uint64), np.full((3, keep), LAST, np.uint64)
    found = np.zeros(len(codes), np.int64)
    size = rows.rows_of_keys(
        np.array(keys, np.uint64), np.array(codes, np.int32), np.array(bounds, np.uint64), limits, smallest, found
    )
    assert found[:size].tolist() == slow_candidates(keys, codes, [False] * len(codes), bounds, keep)


ROWS_OF_BLOCKS = st.integers(0, 200)


@given(arrays.arrays(np.float64, ROWS_OF_BLOCKS, elements=st.floats(-50, 50)), st.floats(0, 60))
def test_large_reals(values, least):
    """Those so far from nought, whatever their sign; blocks that are not full too."""
    found = np.zeros(values.size, np.int64)
    size = rows.reals_from(values.view(np.uint64), int(np.float64(abs(least)).view(np.uint64)), found)
    assert found[:size].tolist() == np.flatnonzero(np.abs(values) >= least).tolist()


INTEGERS = st.integers(-50, 50) | st.integers(-(2**63), 2**63 - 1)


@given(arrays.arrays(np.int64, ROWS_OF_BLOCKS, elements=INTEGERS), st.integers(0, 60) | st.integers(0, 2**63 - 1))
def test_large_integers(values, least):
    """The least of all integers among them, which has no opposite."""
    found = np.zeros(values.size, np.int64)
    size = rows.integers_from(values, least, found)
    assert found[:size].tolist() == [row for row, value in enumerate(values.tolist()) if abs(value) >= least]


@given(st.lists(st.integers(0, 2), max_size=40), st.lists(st.integers(0, 6), min_size=3, max_size=3), st.randoms())
def test_drawing(codes, wanted, random):
    """The first of each stratum in the order, and what was wanted and is not there stays wanted."""
    order = list(range(len(codes)))
    random.shuffle(order)
    left, drawn = np.array(wanted), np.zeros(len(codes), np.int64)
    size = rows.draw_in_order(np.array(order, np.int64), np.array(codes, np.int32), left, drawn)
    expected = [
        row for at, row in enumerate(order) if [codes[one] for one in order[:at]].count(codes[row]) < wanted[codes[row]]
    ]
    assert drawn[:size].tolist() == expected
    assert left.tolist() == [max(number - codes.count(code), 0) for code, number in enumerate(wanted)]
