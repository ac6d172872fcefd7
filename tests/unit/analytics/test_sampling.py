"""Sample keys, candidate bounds, selection and the draw."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from etl_batch.analytics.sampling import (
    KEEP_PER_STRATUM,
    KeyBounds,
    RecordKeys,
    candidate_bounds,
    draw,
    find_candidates,
    sample_keys,
    sample_size,
    select_candidates,
)


def test_stream_is_the_published_generator() -> None:
    """The outputs of SplitMix64 for seed 1234567 are those of its reference implementation."""
    assert [int(word) for word in RecordKeys(1234567, 0, np.arange(5, dtype=np.int32)).all()] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_keys_never_change() -> None:
    """Keys of a run made today are found again by any later version: the values are written down."""
    assert [int(key) for key in sample_keys(0, 0, np.arange(2))] == GOLDEN_KEYS[:2]
    assert [int(key) for key in sample_keys(2**63 - 1, 3, np.zeros(1, np.int32), 10**12)] == GOLDEN_KEYS[2:]


GOLDEN_KEYS = [2558736989570252433, 17913671590881668180, 10321138904785195615]


@pytest.mark.parametrize("first", [0, 1, 32_767, 32_768, 100_000])
def test_any_slice_gives_the_same_keys(first: int) -> None:
    """A slice of a file's keys equals the keys of that slice."""
    whole = sample_keys(7, 2, np.arange(200_000))
    assert np.array_equal(whole[first : first + 70_000], sample_keys(7, 2, np.arange(first, first + 70_000)))


@pytest.mark.parametrize(("seed", "file"), [(0, 0), (1, 0), (0, 1), (2**63 - 1, 999)])
def test_keys_are_uniform(seed: int, file: int) -> None:
    """High and low bits fill 256 bins evenly, and no key comes twice."""
    keys = sample_keys(seed, file, np.arange(200_000))
    assert np.unique(keys).size == keys.size
    for byte in (keys >> np.uint64(56), keys & np.uint64(255)):
        assert stats.chisquare(np.bincount(byte.astype(int), minlength=256)).pvalue > 1e-4


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param((0, 0, 0), (0, 0, 1), id="neighbouring records"),
        pytest.param((0, 0, 0), (0, 1, 0), id="neighbouring files"),
        pytest.param((0, 0, 0), (1, 0, 0), id="neighbouring seeds"),
        pytest.param((0, 1, 0), (1, 0, 0), id="seed and file swapped"),
    ],
)
def test_neighbours_are_independent(left: tuple[int, int, int], right: tuple[int, int, int]) -> None:
    """Half the bits differ, and the two keys of a pair fill a 16 by 16 table evenly."""
    one, two = (sample_keys(seed, file, np.arange(first, first + 100_000)) for seed, file, first in (left, right))
    differing = np.bitwise_count(one ^ two)
    assert abs(differing.mean() - 32) < 5 * 4 / np.sqrt(one.size)
    cells = (one >> np.uint64(60)) * np.uint64(16) + (two >> np.uint64(60))
    assert stats.chisquare(np.bincount(cells.astype(int), minlength=256)).pvalue > 1e-4


@pytest.mark.parametrize(
    ("frac", "rows", "cap", "expected"),
    [(0.005, 1000, 100, 5), (0.005, 10, 100, 1), (1.0, 10, 100, 10), (0.5, 1000, 100, 100), (0.5, 0, 100, 0)],
)
def test_sample_size(frac: float, rows: int, cap: int, expected: int) -> None:
    """A fraction of the rows, at least one, at most the cap, never more than there are."""
    assert sample_size(frac, rows, cap) == expected


def test_bounds_by_hand() -> None:
    """Of 612 rows a gets the most in proportion, 600, and b, with a tenth of its root, 50 by the square roots.

    Each bound holds four deviations and two rows more; a stratum that gives less than a row is pooled and holds thrice
    its share.
    """
    frequencies = {"a": 1_000_000, "b": 10_000, None: 10_000, "rare": 20, "rarer": 1}
    rows = sum(frequencies.values())
    bounds = candidate_bounds(612 / rows, rows, frequencies, rows)
    most = 612 * 1_000_000 / rows
    roots = 1_000 + 2 * 100 + 20**0.5 + 1
    few = 612 * 100 / roots
    assert bounds.of("a") == pytest.approx((most + 4 * most**0.5 + 2) / (1_000_000 - 2000) * 2**64)
    assert bounds.of("b") == bounds.of(None) == pytest.approx((few + 4 * few**0.5 + 2) / (10_000 - 200) * 2**64)
    rare = 612 * 20**0.5 / roots
    assert bounds.of("rare") == pytest.approx((rare + 4 * rare**0.5 + 2) / (20 - 2 * 20**0.5) * 2**64)
    assert bounds.of("rarer") == 2**64 - 1


def test_of_half_the_rows_all_are_candidates() -> None:
    """Where strata are exhausted the others are asked for whatever they have."""
    frequencies = {"giant": 970, **{f"s{number}": 1 for number in range(30)}}
    assert candidate_bounds(0.5, 100_000, frequencies, 1_000).by_value == {}
    assert candidate_bounds(0.49, 100_000, frequencies, 1_000).by_value


def test_unseen_values_are_bounded_in_all() -> None:
    """A value not planned for is a candidate generously, but all unseen rows together stay within memory."""
    few = candidate_bounds(0.005, 10**8, {"a": 10**4}, 10**4)
    many = candidate_bounds(0.005, 10**9, {"a": 10**9}, 10**9)
    assert few.of("new") == pytest.approx(24 / 10**4 * 2**64)
    assert many.of("new") == pytest.approx(4 * 1_000_000 / 10**9 * 2**64)


def test_a_value_has_one_bound_as_number_and_as_text() -> None:
    """A chunk that reads a column as numbers selects by the same bounds as one that reads it as text."""
    bounds = candidate_bounds(0.001, 10**7, {7: 4000, 0.5: 3000, True: 2000, None: 1000}, 10**4)
    assert bounds.by_code([7, 0.5, True, None]).tolist() == bounds.by_code(["7", "0.5", "true", ""]).tolist()
    assert len({bounds.of(value) for value in (7, 0.5, True, None, "unseen")}) == 5


@pytest.mark.parametrize("seen", [0, 50])
def test_everything_is_a_candidate_at_fraction_one(seen: int) -> None:
    """When all rows are wanted (or nothing is known), no row is dropped."""
    bounds = candidate_bounds(1.0, 1000, {"a": seen}, seen)
    keys = sample_keys(0, 0, np.arange(1000))
    codes = np.zeros(1000, np.int32)
    assert select_candidates(keys, codes, bounds.by_code(["a"])).tolist() == list(range(1000))


def naive_candidates(keys: np.ndarray, codes: np.ndarray, bounds: np.ndarray, keep: int) -> list[int]:
    """The definition, row by row."""
    chosen = set(np.flatnonzero(keys <= bounds[codes]).tolist())
    for code in range(len(bounds)):
        rows = np.flatnonzero(codes == code)
        chosen |= set(rows[np.argsort(keys[rows], kind="stable")[:keep]].tolist())
    return sorted(chosen)


@pytest.mark.parametrize("strata", [1, 3, 40, 700])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.9])
def test_select_is_the_definition(strata: int, share: float) -> None:
    """The fast selection returns what the definition does, for strata of very different sizes."""
    rng = np.random.default_rng(strata)
    codes = np.minimum(rng.zipf(1.4, 20_000) - 1, strata - 1).astype(np.int32)
    keys = sample_keys(strata, 0, np.arange(codes.size))
    bounds = np.full(strata, int(share * (2**64 - 1)), dtype=np.uint64)
    bounds[::3] = 0
    assert select_candidates(keys, codes, bounds).tolist() == naive_candidates(keys, codes, bounds, KEEP_PER_STRATUM)


def test_select_survives_equal_keys_and_empty_input() -> None:
    """Keys that are all equal, or crowded in the high bits, lose no candidate; no row gives no row."""
    codes = np.repeat(np.arange(5, dtype=np.int32), 100)
    bounds = np.zeros(5, dtype=np.uint64)
    chosen = select_candidates(np.full(500, 2**63, dtype=np.uint64), codes, bounds)
    assert (np.bincount(codes[chosen], minlength=5) >= KEEP_PER_STRATUM).all()
    crowded = np.uint64(2**64 - 501) + np.arange(500, dtype=np.uint64)
    assert set(naive_candidates(crowded, codes, bounds, KEEP_PER_STRATUM)) <= set(
        select_candidates(crowded, codes, bounds).tolist()
    )
    assert select_candidates(crowded[:0], codes[:0], bounds).size == 0


def test_joined_candidates_thin_out_to_those_of_the_whole() -> None:
    """Selecting again from the joined candidates of many chunks gives the candidates of the whole input."""
    keys = sample_keys(5, 0, np.arange(40_000))
    codes = (np.arange(40_000) % 50).astype(np.int32)
    bounds = KeyBounds({}, 2**57).by_code(range(50))
    joined = np.concatenate(
        [at + select_candidates(keys[at : at + 1000], codes[at : at + 1000], bounds) for at in range(0, 40_000, 1000)]
    )
    thinned = joined[select_candidates(keys[joined], codes[joined], bounds)]
    assert joined.size > thinned.size
    assert thinned.tolist() == select_candidates(keys, codes, bounds).tolist()


def test_draw_takes_the_smallest_keys_and_the_earlier_of_equals() -> None:
    """Hand-worked: two of stratum 0, one of stratum 1 where two keys tie, all of stratum 2."""
    keys = np.array([9, 3, 5, 7, 3, 3, 1], dtype=np.uint64)
    codes = np.array([0, 0, 0, 0, 1, 1, 2], dtype=np.int32)
    assert draw(keys, codes, np.array([2, 1, 5])).tolist() == [1, 2, 4, 6]


def test_a_smaller_draw_lies_within_the_larger() -> None:
    """Bottom-k by key: each smaller sample is part of every larger one."""
    keys, codes = sample_keys(1, 0, np.arange(1000)), (np.arange(1000) % 3).astype(np.int32)
    small, large = (set(draw(keys, codes, np.array([n, n, n])).tolist()) for n in (10, 60))
    assert len(small) == 30
    assert small < large


@pytest.mark.parametrize("bound", [0, 2**59, 2**64 - 1])
def test_candidates_of_records_are_those_of_their_keys(bound: int) -> None:
    """Keys made on the way, of one stretch or several, choose the same rows as keys at hand; some are not there."""
    codes, without = (np.arange(5000) % 7).astype(np.int32), np.arange(5000) % 11 == 0
    places = np.arange(900, 5900, dtype=np.int32) * np.int32(3)
    bounds, keys, others = (
        np.full(7, bound, dtype=np.uint64),
        sample_keys(3, 1, places, 2**40),
        np.flatnonzero(~without),
    )
    for edges in ([0, 5000], [0, 1, 2000, 2000, 5000]):
        parts = [RecordKeys.of_file(3, 1, 2**40, places[begin:end]) for begin, end in pairwise(edges)]
        found, known = find_candidates(parts, codes, bounds, without)
        assert found.tolist() == others[select_candidates(keys[others], codes[others], bounds)].tolist()
        assert known.tolist() == keys[found].tolist()
