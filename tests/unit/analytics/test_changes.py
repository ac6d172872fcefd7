"""Changes from run to run: worked by hand, and held against samples of populations that do and do not change."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from etl_batch.analytics.changes import Finding, compare, find_changes, holm
from etl_batch.analytics.estimators import stratified_total
from etl_batch.analytics.proportions import wilson
from etl_batch.analytics.sampling import sample_keys


@dataclass(frozen=True)
class Point:
    """One run's total."""

    estimate: float | int | None
    std_error: float | None
    df: float | None = 50.0
    exact: float | int | None = None
    certified: bool = True
    reason: str | None = None
    sample: str = ""


def test_a_difference_by_hand() -> None:
    """100 with error 3 on 10 df against 115 with error 4 on 20 df: D = 15, s = 5, df = 625 / (8.1 + 12.8), t = 3."""
    change = compare(Point(100.0, 3.0, 10, 101), Point(115.0, 4.0, 20, 112))
    assert (change.difference, change.std_error, change.exact_difference) == (15.0, 5.0, 11)
    assert change.df == pytest.approx(625 / (81 / 10 + 256 / 20))
    half = 5 * stats.t.ppf(0.975, change.df)
    assert (change.low, change.high) == pytest.approx((15 - half, 15 + half))
    assert change.p == pytest.approx(2 * stats.t.sf(3, change.df))


def test_it_is_the_test_of_welch() -> None:
    """Two samples' means compared here give the p-value and the degrees of freedom of scipy's unequal-variance test."""
    random = np.random.default_rng(3)
    a, b = random.normal(0, 1, 12), random.normal(1, 3, 30)
    one, two = (Point(v.mean(), v.std(ddof=1) / math.sqrt(v.size), v.size - 1.0) for v in (a, b))
    said = stats.ttest_ind(b, a, equal_var=False)
    change = compare(one, two)
    assert (change.p, change.df) == pytest.approx((said.pvalue, said.df))
    assert (change.low, change.high) == pytest.approx(tuple(said.confidence_interval()))


def test_a_total_without_error_adds_none() -> None:
    """Against an exact total the error and its degrees of freedom are those of the other one alone."""
    change = compare(Point(100, 0.0, None), Point(115.0, 4.0, 20))
    assert (change.std_error, change.df) == (4.0, pytest.approx(20.0))


@pytest.mark.parametrize(
    ("before", "after", "finding", "difference"),
    [
        (10, 10, Finding.CHANCE, 0),
        (10, 11, Finding.CHANGED, 1),
        (2**60, 2**60 + 2**40, Finding.CHANGED, 2**40),
        (0.1 + 0.2, 0.3, Finding.CHANCE, 0),
        (0, 0.0, Finding.CHANCE, 0),
    ],
)
def test_without_errors_the_comparison_is_exact(before, after, finding, difference) -> None:
    """Two totals taken whole are compared as numbers, and count as no test."""
    change = compare(Point(before, 0.0, None), Point(after, 0.0, None))
    assert (change.finding, change.difference, change.low, change.high) == (finding, difference, difference, difference)
    assert not change.tested


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Point(None, None), Point(1.0, 1.0), "The earlier run gives no error."),
        (Point(1.0, 1.0), Point(1.0, None, None, reason="One row."), "The later run gives no error. One row."),
        (Point(1.0, 1.0, None), Point(1.0, 1.0), "The earlier run gives no error."),
        (Point(1.0, 1.0, certified=False, reason="Too skewed."), Point(9.0, 1.0), "earlier run's interval is not cert"),
        (Point(1.0, 1.0), Point(9.0, 1.0, certified=False, reason="Too skewed."), "not certified. Too skewed."),
        (Point(1.0, 1.0), Point(math.inf, 1.0), "past the range"),
        (Point(1.0, math.nan), Point(1.0, 1.0), "past the range"),
        (Point(10**400, 1.0), Point(1, 1.0), "past the range"),
    ],
)
def test_what_cannot_be_told_says_why(before: Point, after: Point, words: str) -> None:
    """Without an error, or without one that can be trusted, nothing is said about a change."""
    change = compare(before, after)
    assert change.finding is Finding.UNKNOWN
    assert words in str(change.reason)
    assert not change.tested


def test_the_same_sample_is_no_comparison() -> None:
    """The same seed on the same input drew the same rows; other data of the same size under that seed is compared."""
    one = Point(10.0, 1.0, exact=11, sample="k")
    same = compare(one, one)
    assert (same.finding, same.same_sample, same.difference, same.tested) == (Finding.CHANCE, True, 0, False)
    assert compare(one, Point(10.5, 1.0, exact=12, sample="k")).tested
    assert compare(Point(10.0, 1.0), Point(10.0, 1.0)).tested


def test_holm_by_hand() -> None:
    """0.01, 0.04, 0.03 and 0.005 of four: times 4, 3, 2, 1 in their order, and never less than a smaller one's."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_all_measures_and_pairs_are_one_family() -> None:
    """A difference that alone would be a change is none among twenty others, and a large one still is."""
    small, large = Point(12.9, 1.0, 1e6), Point(30.0, 1.0, 1e6)
    calm = [Point(10.0, 1.0, 1e6)] * 21
    alone = find_changes({"a": [Point(10.0, 1.0, 1e6), small]})["a"][0]
    assert (alone.finding, alone.corrected_p) == (Finding.CHANGED, alone.p)
    crowd = find_changes({"a": [Point(10.0, 1.0, 1e6), small], "b": calm, "c": [calm[0], large]})
    assert crowd["a"][0].finding is Finding.CHANCE
    assert crowd["a"][0].corrected_p == pytest.approx(21 * alone.p)
    assert {change.finding for change in crowd["b"]} == {Finding.CHANCE}
    assert crowd["c"][0].finding is Finding.CHANGED


SIZES, SAMPLED = np.array([6000, 3000, 1000]), np.array([60, 45, 30])
RUNS, SERIES = 8, 400


def population(seed: int) -> list[np.ndarray]:
    """Two measures of the rows of three strata: one symmetric, one a little skewed that hangs together with it."""
    random = np.random.default_rng(seed)
    strata = []
    for number, size in enumerate(SIZES):
        first = random.normal(50 + 20 * number, 10, size)
        strata.append(np.column_stack([first, first + random.gamma(4, 5, size)]))
    return strata


def drawn(random: np.random.Generator, strata: list[np.ndarray], shift: float = 0.0) -> list[Point]:
    """One run: a fresh stratified sample, and both measures' totals from it; `shift` is added to each row's first."""
    rows = [s[random.choice(len(s), n, replace=False)] for s, n in zip(strata, SAMPLED, strict=True)]
    points = []
    for column, added in ((0, shift), (1, 0.0)):
        means = np.array([part[:, column].mean() + added for part in rows])
        variances = np.array([part[:, column].var(ddof=1) for part in rows])
        total = stratified_total(SIZES, SAMPLED, means, variances)
        points.append(Point(total.estimate, total.std_error, total.df))
    return points


def histories(seed: int, shift: float = 0.0) -> list[dict[str, list[Point]]]:
    """Many histories of two measures over eight runs; the first measure's population moves before the fifth run."""
    random, strata = np.random.default_rng(seed), population(1)
    found = []
    for _ in range(SERIES):
        runs = [drawn(random, strata, shift if number >= RUNS // 2 else 0.0) for number in range(RUNS)]
        found.append({name: [run[place] for run in runs] for place, name in enumerate("ab")})
    return found


def test_what_does_not_change_is_hardly_ever_called_a_change() -> None:
    """Of 400 unchanged histories of 14 comparisons at most about 5 % show any change; uncorrected a third would."""
    every = [find_changes(history) for history in histories(seed=5)]
    flat = [[change for changes in found.values() for change in changes] for found in every]
    assert {len(changes) for changes in flat} == {14}
    share = np.mean([any(change.finding is Finding.CHANGED for change in changes) for changes in flat])
    uncorrected = np.mean([any(change.p <= 0.05 for change in changes) for changes in flat])
    assert 0.005 <= share <= 0.06
    assert uncorrected > 0.3


def test_a_change_of_four_errors_is_found() -> None:
    """A change of 4.2 standard errors of the difference is found in about 90 % of histories, where it happened.

    Among 14 comparisons the first is held against the 0.18 % quantile, 2.91: P(Z > 2.91 - 4.2) = 0.90.
    """
    strata = population(1)
    variance = sum(
        N * (N - n) / n * s[:, 0].var(ddof=1) for N, n, s in zip(SIZES, SAMPLED, strata, strict=True)
    )  # fmt: skip
    shift = 4.2 * math.sqrt(2 * variance) / SIZES.sum()
    found = [find_changes(history)["a"] for history in histories(seed=6, shift=shift)]
    where = RUNS // 2 - 1
    hit = np.mean([changes[where].finding is Finding.CHANGED for changes in found])
    elsewhere = [change for changes in found for at, change in enumerate(changes) if at != where]
    assert 0.84 <= hit <= 0.95
    assert np.mean([change.finding is Finding.CHANGED for change in elsewhere]) < 0.01
    assert all(changes[where].difference > 0 for changes in found)


@pytest.mark.parametrize(
    ("after", "low", "high"),
    [
        (lambda rows: np.where(np.arange(rows.size) % 20 == 0, rows.mean(), rows), 0.0, 0.4),
        (lambda rows: rows[::-1], 1.3, 1.5),
    ],
    ids=["few rows changed", "the same rows turned round"],
)
def test_what_one_seed_for_both_runs_does_to_the_error(after, low: float, high: float) -> None:
    """The true spread of the difference against s_D: far less where most rows stayed, up to sqrt(2) where order turned.

    The rows rise steadily and their places decide which are drawn, so that the second case is the worst there is.
    """
    before = np.arange(2000.0)
    differences, errors = [], []
    for seed in range(400):
        chosen = np.argsort(sample_keys(seed, 0, np.arange(before.size)))[:50]
        totals = [
            stratified_total([rows.size], [50], [rows[chosen].mean()], [rows[chosen].var(ddof=1)])
            for rows in (before, after(before))
        ]
        one, two = (Point(total.estimate, total.std_error, total.df) for total in totals)
        change = compare(one, two)
        differences.append(change.difference)
        errors.append(change.std_error)
    assert low < np.std(differences) / np.mean(errors) < high


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (19, 20, 0.7639, 0.9911),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_intervals(hits: int, count: int, low: float, high: float) -> None:
    """Against published values (81 of 263: Newcombe 1998, Statistics in Medicine 17, table I) and scipy's."""
    assert wilson(hits, count) == pytest.approx((low, high), abs=5e-5)
    if count:
        said = stats.binomtest(hits, count).proportion_ci(method="wilson")
        assert wilson(hits, count) == pytest.approx((said.low, said.high))
