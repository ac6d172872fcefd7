"""How often the explorer's intervals hold, by simulation: samples drawn again and again as a run draws them."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from etl_batch.analytics.explore import answer
from etl_batch.questions import Aggregate, Condition, Operator, Question
from tests.unit.analytics.explored import run_sample

ROWS, REPETITIONS, FRACTION = 12_000, 400, 0.1


def population(heavy: bool) -> pa.Table:
    """Five strata, and four groups that lean on them; the measure is log-normal, or even with a level by stratum."""
    rng = np.random.default_rng(21)
    strata = rng.choice(5, ROWS, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    groups = np.where(rng.random(ROWS) < 0.5, strata % 4, rng.choice(4, ROWS, p=[0.4, 0.3, 0.2, 0.1]))
    value = rng.lognormal(3, 1, ROWS) if heavy else rng.uniform(0, 10, ROWS) * (1 + strata)
    return pa.table({"stratum": strata.astype(str), "group": groups, "value": value, "part": rng.random(ROWS)})


def truths(rows: pa.Table, aggregate: Aggregate) -> dict[int, float]:
    """The exact answer for each group of the rows that the question is about."""
    inside = rows["part"].to_numpy() > 0.2
    groups, value = rows["group"].to_numpy()[inside], rows["value"].to_numpy()[inside]
    found = {}
    for group in range(4):
        y = np.sort(value[groups == group])
        median = y[math.ceil(0.5 * y.size) - 1]
        found[group] = {"sum": y.sum(), "mean": y.mean(), "count": y.size, "quantile": median}[aggregate]
    return found


@pytest.mark.parametrize("heavy", [False, True], ids=["even", "heavy tails"])
def test_certified_intervals_hold_about_95_times_in_a_hundred(heavy):
    """Of the certified intervals of sums, means, counts and medians by group, 92 to 98 % hold the truth."""
    rows = population(heavy)
    kept = (Condition(3, Operator.MORE, "0.2"),)
    exact = {aggregate: truths(rows, aggregate) for aggregate in Aggregate}
    certified, held = dict.fromkeys(Aggregate, 0), dict.fromkeys(Aggregate, 0)
    for seed in range(REPETITIONS):
        sample = run_sample(rows, FRACTION, seed, heavy=["value"] if heavy else [])
        for aggregate in Aggregate:
            found = answer(sample, Question("group", aggregate, "value", filters=kept))
            truth = np.array([exact[aggregate][value] for value in found.values.to_pylist()])
            certified[aggregate] += int(found.certified.sum())
            held[aggregate] += int((found.certified & (found.ci_low <= truth) & (truth <= found.ci_high)).sum())
    for aggregate in Aggregate:
        assert certified[aggregate] >= 300, f"too few certified {aggregate}s to judge by"
        assert 0.92 <= held[aggregate] / certified[aggregate] <= 0.98, aggregate


def test_a_thinned_sample_holds_as_well():
    """The smaller fraction is a simple random sample in each stratum still: its intervals hold as often."""
    rows = population(heavy=True)
    truth = float(rows["value"].to_numpy().mean())
    held = certified = 0
    estimates = []
    for seed in range(REPETITIONS):
        sample = run_sample(rows, 0.2, seed, heavy=["value"])
        group = answer(sample, Question(None, Aggregate.MEAN, "value", sample_frac=0.08)).groups()[0]
        estimates.append(group.estimate)
        certified += group.certified
        held += group.certified and group.ci_low <= truth <= group.ci_high
    assert certified >= 200
    assert 0.92 <= held / certified <= 0.98
    error = np.std(estimates) / math.sqrt(REPETITIONS)
    assert abs(np.mean(estimates) - truth) < 4 * error, "no bias comes from the rows that went back"
