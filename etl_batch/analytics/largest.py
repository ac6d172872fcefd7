"""The rows that are taken whole: those with the largest values of a measure with heavy tails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.moments import Floats

SHARE = 0.2
"""Of the sample, at most: a fifth of it in the largest values narrows the interval of log-normal data by 40 %."""
MOST_ROWS = 5_000
"""Past so many largest rows a sample is large enough by itself."""
HEAVY = 1.0
"""Excess kurtosis above which a measure has its largest values taken whole: that of a logistic distribution is 1.2."""


def rows_taken_whole(sample_rows: int) -> int:
    """How many rows of a sample may be taken whole at most; grows with the sample, never falls."""
    return min(int(SHARE * sample_rows), MOST_ROWS)


def largest_rows(measures: Sequence[Floats], count: int) -> NDArray[np.bool_]:
    """Marks the `count` rows farthest from nought in each measure; of equal ones the earlier; never a nought itself.

    The mark of a row depends on the rows' values and their order alone, so that the largest of a union are found among
    the largest of its parts.
    """
    marked = np.zeros(len(measures[0]) if measures else 0, dtype=bool)
    for values in measures:
        sizes = np.abs(values)
        if count <= 0 or not sizes.size:
            continue
        if sizes.size <= count:
            marked |= sizes > 0
            continue
        least = np.partition(sizes, sizes.size - count)[sizes.size - count]
        above = sizes > least
        marked |= above
        if least > 0:
            marked[np.flatnonzero(sizes == least)[: count - int(above.sum())]] = True
    return marked
