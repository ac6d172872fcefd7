"""Square-root allocation: hand-worked cases and its bounds."""

from __future__ import annotations

import pytest

from etl_batch.analytics.allocation import allocate


@pytest.mark.parametrize(
    ("sizes", "n", "options", "expected"),
    [
        pytest.param([100, 400, 900], 60, {}, [10, 20, 30], id="roots 10:20:30"),
        pytest.param([400, 400, 400], 100, {}, [34, 33, 33], id="ties go to the earlier stratum"),
        pytest.param([10_000, 16], 100, {"minimum": 10}, [90, 10], id="the minimum lifts 3.8 to 10"),
        pytest.param([1_000_000, 10_000, 10_000], 600, {}, [500, 50, 50], id="10:1:1"),
        pytest.param([10_000, 4], 100, {"minimum": 10}, [96, 4], id="a small stratum gives all it has"),
        pytest.param([900, 100, 25], 400, {}, [281, 94, 25], id="what 25 cannot take goes 3:1 to the others"),
        pytest.param([5, 7], 100, {}, [5, 7], id="more than there is: everything"),
        pytest.param([1000, 1000, 1000], 4, {}, [2, 2, 2], id="the minimums win"),
        pytest.param([1000, 1000], 100, {"caps": [20, 1000]}, [20, 80], id="a cap is a fuller stratum"),
        pytest.param([1000, 1000], 100, {"caps": [3, 1000]}, [3, 97], id="a cap below the minimum"),
        pytest.param([900, 100], 4, {"minimum": 0}, [3, 1], id="no minimum"),
        pytest.param([0, 100], 20, {}, [0, 20], id="an empty stratum"),
        pytest.param([], 20, {}, [], id="no stratum"),
    ],
)
def test_hand_worked(sizes: list[int], n: int, options: dict, expected: list[int]) -> None:
    """The allocation is the one worked out on paper."""
    assert allocate(sizes, n, **options).tolist() == expected


def test_billions_of_rows_in_ten_thousand_strata() -> None:
    """Sizes near the limit of an input keep the sum exact."""
    sizes = [10**12 + 7 * number for number in range(10_000)]
    assert allocate(sizes, 1_000_000).tolist() == [100] * 10_000
