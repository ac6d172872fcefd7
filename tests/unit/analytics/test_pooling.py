"""Pools: which strata are sampled together, and what the groups' numbers are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.analytics.moments import CentralMoments
from etl_batch.analytics.pooling import POOL_ROWS, Groups, pool


def test_who_is_pooled_by_hand() -> None:
    """Fewer than two rows: the strata of shares 1.9 and 0.5; one of a single row gives it, and one of none has none."""
    groups = pool(np.array([900, 500, 100, 1, 0]), np.array([6.0, 1.9, 0.5, 1.0, 0.0]))
    assert groups.pooled.tolist() == [False, True, True, False, False]
    assert (groups.alone, groups.number) == (3, 4)
    assert groups.of.tolist() == [0, 3, 3, 1, 2]
    assert groups.total(np.array([900, 500, 100, 1, 0])).tolist() == [900, 1, 0, 600]
    assert groups.strata.tolist() == [1, 1, 1, 2]
    assert groups.least(np.array([5, 9, 7, 3, 2], dtype=np.uint64)).tolist() == [5, 3, 2, 7]


def test_pools_are_of_neighbours_in_size_and_large_enough() -> None:
    """400 strata of 1.5 rows and less: each pool has its 32 rows, and no stratum of another pool lies among its own."""
    sizes = np.random.default_rng(1).permutation(np.arange(100, 500))
    shares = sizes / 333.0
    groups = pool(sizes, shares, 2)
    rows = groups.summed(shares)[groups.alone :]
    assert rows.min() >= POOL_ROWS * 0.9
    assert groups.number - groups.alone == int(shares[groups.pooled].sum() // POOL_ROWS)
    spans = [sizes[groups.of == each] for each in range(groups.alone, groups.number)]
    assert all(low.max() < high.min() for low, high in itertools.pairwise(spans))


def test_nothing_to_pool() -> None:
    """Then every stratum is a group, and its numbers are its own."""
    moments = CentralMoments.of(np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 5.0, 9.0]), 2)
    groups = pool(np.array([10, 20]), np.array([2.0, 4.0]))
    assert not groups.pooled.any()
    assert groups.joined(moments) is moments
    assert Groups.one(2).joined(moments).variances.tolist() == pytest.approx([np.var([1, 3, 5, 9], ddof=1)])


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 40)), min_size=1, max_size=60))
def test_groups_are_a_partition(strata: list[tuple[int, float]]) -> None:
    """Every stratum is in one group, alone or in a pool; sums over groups are those over strata."""
    sizes = np.array([rows for rows, _ in strata], dtype=np.int64)
    shares = np.array([min(share, rows) for rows, share in strata])
    groups = pool(sizes, shares, 4)
    assert sorted(groups.order.tolist()) == list(range(sizes.size))
    assert groups.strata.sum() == sizes.size
    assert groups.total(sizes).sum() == sizes.sum()
    assert np.bincount(groups.of, weights=shares, minlength=groups.number) == pytest.approx(groups.summed(shares))
    assert not (groups.pooled & (shares >= np.minimum(sizes, 4))).any()
    assert (groups.strata[: groups.alone] == 1).all()


@given(
    st.lists(st.lists(st.floats(-1e6, 1e6), max_size=5), min_size=1, max_size=12),
    st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
def test_joined_moments_are_those_of_the_rows(strata: list[list[float]], where: list[int]) -> None:
    """Of one measure and of several at once, as `moved` joins them; strata without a row among them."""
    codes = np.repeat(np.arange(len(strata)), [len(values) for values in strata])
    values = np.array([value for stratum in strata for value in stratum])
    one, two = (CentralMoments.of(codes, each, len(strata)) for each in (values, values**2 / 1e6))
    _, places = np.unique(np.array(where[: len(strata)]), return_inverse=True)
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    both = CentralMoments.stacked([one, two]).joined(order, starts).split()
    for found, expected in zip(both, (one, two), strict=True):
        wanted = expected.moved(places.astype(np.intp), starts.size)
        assert found.rows.tolist() == wanted.rows.tolist()
        scale = max(float(np.abs(values).max(initial=0.0)), 1e-3)
        for power, name in enumerate(("mean", "m2", "m3", "m4"), 1):
            slack = 1e-8 * scale**power * max(values.size, 1)
            assert getattr(found, name) == pytest.approx(getattr(wanted, name), rel=1e-6, abs=slack)


def test_moments_far_from_nought_keep_their_digits() -> None:
    """1e15 and a spread of 2, in parts put together each way: the powers are those of the distances from 1e15."""
    rng = np.random.default_rng(4)
    near = np.round(rng.normal(0, 2, 30_000))
    codes, parts = rng.integers(0, 6, near.size), np.array_split(np.arange(near.size), 150)
    pieces = [CentralMoments.of(codes[at], 1e15 + near[at], 6) for at in parts]
    added = pieces[0]
    for piece in pieces[1:]:
        added = added + piece
    beside = CentralMoments.beside(pieces)
    moved = beside.moved(np.tile(np.arange(6), len(pieces)), 6)
    order = np.argsort(np.tile(np.arange(6), len(pieces)), kind="stable")
    joined = beside.joined(order, np.arange(6) * len(pieces))
    cents = CentralMoments.beside([piece.in_units(np.array(100.0)) for piece in pieces])
    expected = CentralMoments.of(codes, near, 6)
    for found in (added, moved, joined):
        for name in ("m2", "m3", "m4"):
            assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-11, abs=1e-6)
    in_units = cents.moved(np.tile(np.arange(6), len(pieces)), 6)
    assert in_units.m2 * 1e4 == pytest.approx(expected.m2, rel=1e-11)
