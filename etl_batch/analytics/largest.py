"""The rows that are taken whole: those with the largest values of a measure with heavy tails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.moments import Floats
from etl_batch.kernels import rows

SHARE = 0.2
"""Of the sample, at most: a fifth of it in the largest values narrows the interval of log-normal data by 40 %."""
MOST_ROWS = 5_000
"""Past so many largest rows a sample is large enough by itself."""
_PROBE_STEP, _PROBE_SLACK = 64, 16
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
        if count <= 0 or not values.size:
            continue
        near = _largest_few(np.ascontiguousarray(values, np.float64), count)
        if near.size > count:
            sizes = np.abs(values[near])
            least = np.partition(sizes, near.size - count)[near.size - count]
            above, equal = near[sizes > least], near[sizes == least]
            near = np.concatenate([above, equal[: count - above.size]])
        marked[near] = True
    return marked


def _largest_few(values: Floats, count: int) -> NDArray[np.int64]:
    """Rows, ascending, that hold all of the `count` largest but noughts; few more as a rule.

    A part of the rows tells about how large the largest are: looking for them among all costs ten times as much.
    """
    step = max(min(_PROBE_STEP, values.size // (4 * count)), 1)
    probe = np.abs(values[::step])
    wanted = min(2 * count // step + _PROBE_SLACK, probe.size)
    about = float(np.partition(probe, probe.size - wanted)[probe.size - wanted])
    near = _at_least(values, about) if about > 0 else np.flatnonzero(values)
    return near if near.size >= count else np.flatnonzero(values)


def _at_least(values: Floats, least: float) -> NDArray[np.int64]:
    places = np.empty(values.size, dtype=np.int64)
    return places[: rows.rows_at_least(values, least, places)]
