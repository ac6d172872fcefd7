"""What other samples would tell: the fraction that is named does, and none below it."""

from __future__ import annotations

import numpy as np
import pytest

from etl_batch.analytics.design import Population, WantedSample, make_design
from etl_batch.analytics.foretelling import ALL_ROWS, Foretelling
from etl_batch.analytics.largest import largest_rows, rows_taken_whole
from etl_batch.analytics.moments import CentralMoments
from etl_batch.analytics.sampling import sample_size
from etl_batch.model import Allocation


def population(values: np.ndarray, strata: int, kept: int) -> Population:
    """One measure, `v`, of which the largest are known; the strata have sizes as 1 : 1/2 : 1/3 and so on."""
    shares = 1 / np.arange(1, strata + 1)
    codes = np.random.default_rng(4).choice(strata, values.size, p=shares / shares.sum())
    largest = largest_rows([values], kept)
    rest = CentralMoments.of(codes[~largest], values[~largest], strata)
    totals = np.bincount(codes, weights=values, minlength=strata)
    counts = np.bincount(codes, minlength=strata)
    return Population(counts, {"v": totals}, {"v": rest}, codes[largest], {"v": values[largest]}, kept)


TAILS = {
    "log-normal": lambda rng: rng.lognormal(0, 2, 60_000),
    "Pareto": lambda rng: rng.pareto(1.5, 60_000) + 1,
    "99 % zeros": lambda rng: np.where(rng.random(60_000) < 0.99, 0.0, rng.lognormal(3, 1, 60_000)),
}


@pytest.mark.parametrize("name", TAILS)
@pytest.mark.parametrize("rule", list(Allocation))
def test_the_fraction_that_would_do_does(name: str, rule: Allocation) -> None:
    """A run with that fraction, which keeps more of the largest than this one, certifies the total."""
    values, frac = TAILS[name](np.random.default_rng(3)), 0.0005
    here = population(values, 8, rows_taken_whole(sample_size(frac, values.size)))
    own = make_design(here, WantedSample(frac, rule))
    assert not own.certain[0]
    enough = Foretelling(here, rule).enough("v", own)
    assert enough is not None
    assert frac < enough <= 1.0
    there = population(values, 8, rows_taken_whole(sample_size(enough, values.size)))
    assert make_design(there, WantedSample(enough, rule)).certain[0]
    fewer = population(values, 8, rows_taken_whole(sample_size(enough * 0.7, values.size)))
    assert not make_design(fewer, WantedSample(enough * 0.7, rule)).certain[0]


def test_nothing_but_all_rows() -> None:
    """Forty rows of which one is nearly the whole total: no sample of some is enough, and no fraction is above one."""
    here = population(np.append(np.arange(39.0), 1e9), 2, 0)
    own = make_design(here, WantedSample(0.2))
    assert Foretelling(here, Allocation.SQRT).enough("v", own) == ALL_ROWS
    assert Foretelling(here, Allocation.SQRT, cap=20).enough("v", own) is None


def test_each_size_is_designed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fractions that are the same number of rows are one sample."""
    here = population(np.random.default_rng(1).normal(5, 1, 1_000), 3, 0)
    foretelling = Foretelling(here, Allocation.SQRT)
    found = foretelling.expected_errors(make_design(here, WantedSample(0.01)))
    assert [rows for _, rows, _ in found] == [1, 2, 5, 10, 20, 50, 100, 200, 500]
    assert foretelling.expected_errors(make_design(here, WantedSample(0.01))) == found
    assert foretelling.design.cache_info().currsize == 9
