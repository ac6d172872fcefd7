"""The rows that are taken whole: the largest of each measure, found in any pieces."""

from __future__ import annotations

import numpy as np
import pytest

from etl_batch.analytics.largest import MOST_ROWS, largest_rows, rows_taken_whole
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


def test_more_of_a_larger_sample_is_taken_whole() -> None:
    """A fifth of the sample, never falling as the fraction grows, and bounded."""
    counts = [rows_taken_whole(sample_size(frac, 10**6)) for frac in (1e-6, 0.001, 0.005, 0.02, 0.5, 1.0)]
    assert counts == [0, 200, 1000, 4000, MOST_ROWS, MOST_ROWS]
