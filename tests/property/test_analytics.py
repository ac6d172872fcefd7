"""Properties of the analytics: allocation within its bounds, tallies in any order, samples for any slicing."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from etl_batch.analytics.allocation import allocate
from etl_batch.analytics.analyse import analyse
from etl_batch.analytics.design import WantedSample
from etl_batch.analytics.exact import ratio
from etl_batch.analytics.largest import largest_rows, rows_taken_whole
from etl_batch.analytics.sampling import KeyBounds, sample_keys, sample_size, select_candidates
from etl_batch.analytics.tally import StratumTally, tally_chunk

SIZES = st.lists(st.one_of(st.integers(0, 50), st.integers(0, 10**13)), min_size=1, max_size=60)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.tuples(st.integers(0, 4), FLOATS, st.integers(-(2**63), 2**63 - 1)), max_size=60)


@given(sizes=SIZES, n=st.integers(0, 10**6), minimum=st.integers(0, 30), data=st.data())
def test_allocation_keeps_its_promises(sizes: list[int], n: int, minimum: int, data: st.DataObject) -> None:
    """The bounds hold, the sum is n where they allow it, and the larger of two free strata never gets fewer rows."""
    caps = data.draw(st.none() | st.lists(st.integers(0, 10**6), min_size=len(sizes), max_size=len(sizes)))
    sampled = allocate(sizes, n, minimum, caps).tolist()
    high = [min(pair) for pair in zip(sizes, caps or sizes, strict=True)]
    low = [min(size, minimum) for size in high]
    assert all(a <= b <= c for a, b, c in zip(low, sampled, high, strict=True))
    assert sum(sampled) == min(max(n, sum(low)), sum(high))
    free = [at for at in range(len(sizes)) if low[at] < sampled[at] < high[at]]
    for one in free:
        for two in free:
            ideal = sampled[two] * math.sqrt(sizes[one] / sizes[two])
            assert abs(sampled[one] - ideal) <= 1 + math.sqrt(sizes[one] / sizes[two]) + 1e-6 * ideal


@given(rows=ROWS, cuts=st.lists(st.integers(0, 60), max_size=5), seed=st.randoms(use_true_random=False))
def test_tally_is_exact_in_any_order(rows: list[tuple[int, float, int]], cuts: list[int], seed: object) -> None:
    """Chunks cut anywhere and added in any order give the sums of fractions."""
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    chunks = [rows[start:stop] for start, stop in itertools.pairwise(edges)]
    tallies = []
    for chunk in chunks:
        values = sorted({value for value, _, _ in chunk}, reverse=len(tallies) % 2 == 0)
        codes = np.array([values.index(value) for value, _, _ in chunk], dtype=np.int32)
        floats = np.array([number for _, number, _ in chunk], dtype=np.float64)
        integers = np.array([number for _, _, number in chunk], dtype=np.int64)
        tallies.append(tally_chunk(codes, values, {"x": floats, "n": integers}))
    seed.shuffle(tallies)
    total = sum(tallies, StratumTally()).ordered()
    for at, value in enumerate(total.values):
        mine = [row for row in rows if row[0] == value]
        fraction = sum((Fraction(number) for _, number, _ in mine), Fraction())
        assert int(total.counts[at]) == len(mine)
        assert total.measures["n"].totals()[at] == sum(number for _, _, number in mine)
        assert total.measures["x"].totals()[at] == as_float(fraction)
    assert sorted(total.values) == sorted({value for value, _, _ in rows})


def as_float(fraction: Fraction) -> float | None:
    """The nearest double, None past their range."""
    number = ratio(*fraction.as_integer_ratio())
    try:
        return None if number is None else float(number)
    except OverflowError:
        return None


@settings(deadline=None)
@given(
    rows=st.integers(1, 600),
    strata=st.integers(1, 15),
    cuts=st.lists(st.integers(1, 599), max_size=8),
    shares=st.lists(st.integers(0, 2**64 - 1), min_size=15, max_size=15),
    frac=st.floats(0.001, 1.0),
    limit=st.integers(1, 16),
)
def test_sample_does_not_depend_on_the_slicing(
    rows: int, strata: int, cuts: list[int], shares: list[int], frac: float, limit: int
) -> None:
    """Whatever the cuts, the bounds and the limit on strata: the rows drawn are those of one piece."""
    codes = (np.arange(rows) ** 2 % strata).astype(np.int32)
    keys, measure = sample_keys(rows, 0, np.arange(rows)), (np.arange(rows) * 7919 % 101) ** 4
    bounds, kept = KeyBounds(dict(enumerate(shares))), rows_taken_whole(sample_size(frac, rows))
    by_code = bounds.by_code(range(strata))
    edges = [0, *sorted(min(cut, rows) for cut in cuts), rows]
    answers = []
    for cut in (edges, [0, rows]):
        candidates, marks, tally = [], [], StratumTally()
        for start, stop in itertools.pairwise(cut):
            piece = slice(start, stop)
            largest = largest_rows([measure[piece].astype(float)], kept)
            tally += tally_chunk(codes[piece], range(strata), {"x": measure[piece]}, largest=largest)
            others = np.flatnonzero(~largest)
            chosen = others[select_candidates(keys[piece][others], codes[piece][others], by_code)]
            here = np.sort(np.concatenate([np.flatnonzero(largest), chosen]))
            candidates.append(start + here)
            marks.append(largest[here])
        at = np.concatenate(candidates)
        result, drawn = analyse(
            keys=keys[at],
            codes=codes[at],
            values=range(strata),
            measures={"x": measure[at]},
            tally=tally,
            wanted=WantedSample(frac),
            seed=rows,
            stratum="s",
            largest=np.concatenate(marks),
            kept_largest=kept,
            bounds=bounds,
            limit=limit,
        )
        answers.append((result, at[drawn.rows].tolist(), at[drawn.rows][drawn.whole].tolist()))
    assert answers[0] == answers[1]
