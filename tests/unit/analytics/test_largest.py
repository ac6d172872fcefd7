"""The rows that are taken whole: the largest of each measure, found in any pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.analytics.largest import (
    MOST_ROWS,
    LargestSizes,
    find_largest,
    largest_rows,
    planned_floor,
    rows_taken_whole,
    surely_largest,
)
from etl_batch.analytics.numbers import Numbers
from etl_batch.analytics.sampling import sample_size


@pytest.mark.parametrize(
    ("values", "count", "expected"),
    [
        pytest.param([3, -9, 5, 0, 7], 2, [1, 4], id="the farthest from nought, whatever the sign"),
        pytest.param([4, 4, 4, 9], 2, [0, 3], id="of equal ones the earlier"),
        pytest.param([0, 0, 1, 0], 3, [2], id="never a nought"),
        pytest.param([5, 6], 9, [0, 1], id="fewer rows than asked for"),
        pytest.param([1, 2, 3], 0, [], id="none"),
        pytest.param([], 3, [], id="no rows"),
    ],
)
def test_largest_rows(values: list[float], count: int, expected: list[int]) -> None:
    """The marked rows, by hand."""
    assert np.flatnonzero(largest_rows([np.array(values, float)], count)).tolist() == expected


def test_several_measures_give_their_own() -> None:
    """A row is marked when it is among the largest of any measure."""
    first, second = np.array([1.0, 2.0, 3.0, 4.0]), np.array([9.0, 1.0, 1.0, 8.0])
    assert np.flatnonzero(largest_rows([first, second], 1)).tolist() == [0, 3]
    assert largest_rows([], 5).size == 0


def test_the_largest_of_a_union_are_among_those_of_its_parts() -> None:
    """Marked piece by piece and then once more, equal values included, the same rows come out."""
    values = np.random.default_rng(1).integers(-50, 50, 5000).astype(float)
    kept = np.concatenate(
        [at + np.flatnonzero(largest_rows([values[at : at + 900]], 40)) for at in range(0, 5000, 900)]
    )
    again = kept[largest_rows([values[kept]], 40)]
    assert again.tolist() == np.flatnonzero(largest_rows([values], 40)).tolist()


@pytest.mark.parametrize("behind", [1, 4])
@pytest.mark.parametrize("count", [1, 40])
def test_what_earlier_rows_rule_out_is_not_found(count: int, behind: int) -> None:
    """Floors of the pieces so far, even of fewer of them, leave the largest of all where they are, and far fewer rows.

    With equal values, of which the earlier count, and a measure that grows from row to row.
    """
    rng = np.random.default_rng(count)
    measures = [rng.integers(-50, 50, 9000).astype(float), np.arange(9000.0), np.where(np.arange(9000) < 8000, 0.0, -1)]
    sizes, floors = LargestSizes.none(len(measures), count), [(0.0, 0.0, 0.0)] * behind
    kept, plain = [], 0
    for at in range(0, 9000, 300):
        piece = [Numbers.of(values[at : at + 300]) for values in measures]
        found = find_largest(piece, count, floors[-behind])
        exact = find_largest(piece, count).above(floors[-behind])
        assert [rows.tolist() for rows in found.rows] == [rows.tolist() for rows in exact.rows]
        kept.append(at + np.flatnonzero(found.marks(300)))
        plain += int(find_largest(piece, count).marks(300).sum())
        sizes.add(found.sizes)
        floors.append(sizes.floors)
    rows = np.concatenate(kept)
    found_again = rows[largest_rows([values[rows] for values in measures], count)]
    assert found_again.tolist() == np.flatnonzero(largest_rows(measures, count)).tolist()
    assert sizes.floors == tuple(np.sort(np.abs(values))[-count] for values in measures)
    assert rows.size < 0.75 * plain


def slow_largest(values: list[float], count: int, floor: float) -> list[int]:
    """By sorting: the farthest from nought, the earlier of equal ones first."""
    rows = [row for row, value in enumerate(values) if abs(value) > floor]
    return sorted(sorted(rows, key=lambda row: (-abs(values[row]), row))[: max(count, 0)])


@given(
    st.lists(st.integers(-20, 20) | st.integers(-(2**62), 2**62), max_size=300),
    st.integers(-1, 20),
    st.sampled_from([0.0, 0.5, 3.0, 20.0, 1e17]),
    st.sampled_from([0, 2]),
)
def test_largest_by_sorting(values: list[int], count: int, floor: float, scale: int) -> None:
    """Of integers, of decimals, and of the same numbers as doubles."""
    integers = Numbers.of(np.array(values, np.int64), scale)
    reals = integers.reals()
    expected = slow_largest(reals.tolist(), count, floor)
    for numbers in (integers, Numbers.of(reals)):
        found = find_largest([numbers], count, [floor])
        assert found.rows[0].tolist() == expected
        assert found.sizes[0].tolist() == [abs(reals[row]) for row in expected]


def test_floors_of_few_rows() -> None:
    """Below as many rows as are wanted nothing is ruled out, and where none are wanted nothing is kept."""
    sizes = LargestSizes.none(1, 3)
    sizes.add([np.array([5.0, 4.0])])
    assert sizes.floors == (0.0,)
    sizes.add([np.array([4.0, 0.0])])
    assert sizes.floors == (4.0,)
    nothing = LargestSizes.none(1, 0)
    nothing.add([np.array([1.0])])
    assert nothing.floors == (0.0,)


def test_floors_of_a_plan() -> None:
    """Just below the least of so many planning rows; none where there are fewer, or where it is nought."""
    values = np.array([3.0, -9.0, 5.0, 0.0, 7.0])
    for count, least in ((1, 9.0), (2, 7.0), (4, 3.0)):
        floor = planned_floor(values, count)
        assert 0 < least - floor < 1e-14
    assert [planned_floor(values, count) for count in (0, 6)] == [0.0, 0.0]
    assert planned_floor(np.zeros(3), 2) <= 0.0
    assert planned_floor(np.array([5e-324]), 1) == 0.0


def test_how_many_are_surely_there() -> None:
    """All that are wanted, where so many lie past the floor of the plan; else those that do."""
    sizes = [np.array([9.0, 8.0, 7.0]), np.array([1.0, 1.0])]
    assert surely_largest(sizes, [0.0, 0.0], 5) == 5
    assert surely_largest(sizes, [6.0, 0.0], 3) == 3
    assert surely_largest(sizes, [7.0, 0.5], 3) == 2
    assert surely_largest([], [], 4) == 4


def test_more_of_a_larger_sample_is_taken_whole() -> None:
    """Half of the sample, of a small one more, never falling as the fraction grows, and bounded."""
    counts = [rows_taken_whole(sample_size(frac, 10**6)) for frac in (1e-6, 0.001, 0.005, 0.008, 0.5, 1.0)]
    assert counts == [5, 1000, 2500, 4000, MOST_ROWS, MOST_ROWS]
