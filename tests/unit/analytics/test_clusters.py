"""The cluster estimators against numbers worked by hand, and the rule for certified intervals by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etl_batch import sentences
from etl_batch.analytics.clusters import (
    MIN_CLUSTERS,
    ClusterCells,
    Frame,
    judge,
    ratio_totals,
)
from etl_batch.analytics.student import t_quantile


def every(values) -> ClusterCells:
    """One stratum that each cluster has."""
    return ClusterCells(np.arange(len(values)), np.zeros(len(values), np.int64), 1)


def test_worked_by_hand():
    """Four of ten blocks with sizes 10, 12, 8, 10 and totals 21, 24, 15, 20, of 100 bytes in all.

    R = 80/40 = 2, T = 200, d = 1, 0, -1, 0, s^2 = 2/3, v = (100/10)^2 (1 - 0.4) (2/3) / 4 = 10, df = 3.
    """
    frame, values = Frame(10, 100.0, np.array([10.0, 12, 8, 10])), np.array([21.0, 24, 15, 20])
    judged = judge(ratio_totals(frame, every(values), values), [frame])
    assert (judged.estimate, judged.df) == (200.0, 3.0)
    assert judged.std_error == pytest.approx(math.sqrt(10))
    assert judged.ci_low == pytest.approx(200 - 3.182446305 * math.sqrt(10))


def test_blocks_without_the_stratum_count():
    """A stratum in one of four blocks: the other three have the residual -R x; by hand v = 1200, T = 25."""
    frame = Frame(10, 100.0, np.array([10.0, 10, 10, 10]))
    totals = ratio_totals(frame, ClusterCells(np.array([2]), np.array([1]), 2), np.array([10.0]))
    d = np.array([-2.5, -2.5, 7.5, -2.5])
    assert totals.estimate.tolist() == [0.0, 25.0]
    assert totals.variance[1] == pytest.approx(100 * 0.6 * (d**2).sum() / 3 / 4)
    assert totals.third[1] == pytest.approx(1000 * (d**3).sum() / 64)


def test_frames_add_up():
    """Two formats: totals and variances add, degrees of freedom are Satterthwaite's."""
    frames = [Frame(10, 100.0, np.array([10.0, 12, 8, 10])), Frame(20, 60.0, np.array([3.0, 3, 3]))]
    values = [np.array([21.0, 24, 15, 20]), np.array([5.0, 7, 9])]
    one, two = (ratio_totals(frame, every(v), v) for frame, v in zip(frames, values, strict=True))
    judged = judge(one + two, frames)
    v = [10.0, 20**2 * (1 - 3 / 20) * 4 / 3]
    assert judged.estimate == pytest.approx(200 + 140)
    assert judged.std_error == pytest.approx(math.sqrt(sum(v)))
    assert judged.df == pytest.approx(sum(v) ** 2 / (v[0] ** 2 / 3 + v[1] ** 2 / 2))


def test_everything_read_is_exact():
    """With all blocks drawn the width is nought and nothing is doubted, however few they are."""
    frame, values = Frame(3, 7.0, np.array([1.0, 2, 4])), np.array([5.0, 5, 9])
    judged = judge(ratio_totals(frame, every(values), values), [frame])
    assert (judged.estimate, judged.std_error, judged.ci_low, judged.ci_high, judged.distrust) == (19, 0, 19, 19, None)


def test_a_single_block_has_no_error():
    """One block of many tells nothing of the spread: no interval, never one of nought."""
    frame, values = Frame(50, 100.0, np.array([2.0])), np.array([3.0])
    judged = judge(ratio_totals(frame, every(values), values), [frame])
    assert (judged.estimate, judged.std_error, judged.ci_low) == (150.0, None, None)
    assert judged.distrust is not None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.ones(MIN_CLUSTERS - 1), "too few"),
        (np.zeros(100), sentences.estimates.ALL_NOUGHT),
        (np.ones(100), sentences.estimates.ALL_ALIKE),
        (np.r_[np.ones(9), np.zeros(91)], "9 of 100 blocks only"),
        (np.r_[np.ones(10), np.zeros(90)], "too unevenly"),
        (np.r_[np.full(40, 1.0), np.zeros(960)], "too unevenly"),
        (np.r_[np.ones(99), 1000.0], "too unevenly"),
    ],
)
def test_what_is_not_certified(values, words):
    """Few blocks, nothing but noughts, a stratum in few blocks, one block that outweighs the rest."""
    frame = Frame(100_000, 100_000.0, np.ones(len(values)))
    judged = judge(ratio_totals(frame, every(values), values), [frame])
    assert judged.distrust is not None
    assert words in judged.distrust


def test_unequal_blocks_are_not_certified():
    """Where the sampled sizes vary so that the ratio is biased, the interval is not certified."""
    sizes = np.r_[np.full(40, 1.0), 500.0]
    frame = Frame(10_000, 130_000.0, sizes)
    judged = judge(ratio_totals(frame, every(sizes), sizes * 2 + np.arange(41)), [frame])
    assert judged.distrust is not None
    assert "unequal" in judged.distrust


def populations(rng):
    """Totals of 20,000 blocks of a file by name: how its rows may lie."""
    blocks = 20_000
    rows = np.full(blocks, 50.0)
    lengths = np.where(np.arange(blocks) < blocks // 2, 20, 200)  # half of the bytes in short rows
    yield "uniform", rng.uniform(0, 100, (blocks, 50)).sum(1)
    yield "sorted by stratum", np.where(np.arange(blocks) < blocks // 5, rows, 0.0)
    yield "rare in a sorted file", np.where(np.arange(blocks) < blocks // 200, rows, 0.0)
    yield "sorted by measure", np.sort(rng.uniform(0, 1, blocks * 50)).reshape(blocks, 50).sum(1)
    yield "rows of two lengths", 4096 / lengths + rng.normal(0, 0.5, blocks)
    yield "log-normal, sigma 1", rng.lognormal(0, 1, (blocks, 50)).sum(1)
    yield "log-normal, sigma 2", rng.lognormal(0, 2, (blocks, 50)).sum(1)
    yield "Pareto 1.5, sorted", np.sort(rng.pareto(1.5, blocks * 50)).reshape(blocks, 50).sum(1)


NEVER = {"rare in a sorted file", "log-normal, sigma 2", "Pareto 1.5, sorted"}


def test_certified_intervals_hold():
    """400 samples of 500 blocks: certified intervals hold in 92 to 98 %; hopeless ones hardly ever are."""
    rng = np.random.default_rng(20260101)
    for name, totals in populations(rng):
        held = certified = 0
        for _ in range(400):
            values = totals[rng.choice(len(totals), 500, replace=False)]
            frame = Frame(len(totals), 4096.0 * len(totals), np.full(500, 4096.0))
            judged = judge(ratio_totals(frame, every(values), values), [frame])
            if judged.distrust is None:
                certified += 1
                held += judged.ci_low <= totals.sum() <= judged.ci_high
        if name in NEVER:
            assert certified <= 20, name
        else:
            assert certified >= 300, name
            assert 0.92 <= held / certified <= 0.98, name


def test_the_quantile_is_that_of_the_blocks():
    """The half width is the t quantile with one degree of freedom less than blocks, times the error."""
    rng = np.random.default_rng(1)
    values = rng.uniform(1, 2, 40)
    frame = Frame(1000, 1000.0, np.ones(40))
    judged = judge(ratio_totals(frame, every(values), values), [frame])
    assert judged.df == pytest.approx(39)
    assert judged.ci_high - judged.estimate == pytest.approx(t_quantile(0.975, 39) * judged.std_error)
