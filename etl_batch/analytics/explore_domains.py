"""Domain estimation: totals, ratios and quantiles of groups that cut across the strata of a sample.

With z = y inside the group and nought outside, over all n_h sampled rows of a stratum:

    T = sum_h N_h / n_h * sum(z)        v = sum_h N_h (N_h - n_h) / n_h * s_zh^2,  s_zh^2 with divisor n_h - 1

so the rows outside the group count, because how many fall into it is itself left to chance. Sources: Cochran (1977),
Sampling Techniques, 3rd ed., sections 5A.13 and 5A.14; Sarndal, Swensson and Wretman (1992), Model Assisted Survey
Sampling, section 10.3. A ratio has e = y - R x in the place of y and is divided by the total of x (Cochran 6.3 and
6.11; Sarndal et al., 5.5 to 5.7). Rows taken whole stand for themselves and add no error.

All is worked out in cells, the pairs of a stratum and a group that occur, by sums over the rows in the group alone: the
noughts outside it come in through n_h.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.estimators import half_width
from etl_batch.analytics.explore_design import DomainDesign
from etl_batch.analytics.moments import CentralMoments, Floats, Integers, sums_by_stratum

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Spread:
    """The drawn rows of each cell that a question is about: number, mean, sums of powers of the distance from it."""

    rows: Floats
    mean: Floats
    m2: Floats
    m3: Floats

    @classmethod
    def of(cls, cells: NDArray[np.integer[Any]], values: Floats | None, number: int) -> Spread:
        """Of some rows by their cells; without values each counts as one."""
        if values is None:
            rows = np.bincount(cells, minlength=number).astype(np.float64, copy=False)
            return cls(rows, np.ones(number), np.zeros(number), np.zeros(number))
        moments = CentralMoments.of(cells, values, number)
        return cls(moments.rows.astype(np.float64), moments.mean, moments.m2, moments.m3)

    @classmethod
    def of_shares(cls, rows: Floats, inside: Floats) -> Spread:
        """Of an indicator that is one in `inside` of the rows of each cell."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(rows > 0, inside / rows, 0.0)
        return cls(rows, share, rows * share * (1 - share), rows * share * (1 - share) * (1 - 2 * share))

    def less(self, centre: Floats) -> Spread:
        """With a number a cell taken off every value: the powers stay."""
        return Spread(self.rows, self.mean - centre, self.m2, self.m3)


@dataclass(frozen=True)
class GroupErrors:
    """The error of each group's total, an entry a group."""

    variance: Floats
    """NaN where a stratum with a row in the group has one sampled row of several, which tells nothing."""
    third: Floats
    """Third cumulant."""
    df: Floats
    """Satterthwaite's; infinite where the variance is nought."""
    effective_rows: Floats
    """Of the group's drawn rows, those that the variance rests on: v^2 / sum(v_c^2 / rows_c) over its cells."""
    size: Floats
    """Root mean square of what the drawn rows add up."""


def group_errors(spread: Spread, strata: Places, groups: Places, number: int, design: DomainDesign) -> GroupErrors:
    """The error of `sum_h N_h / n_h sum(z)` of each of `number` groups; `strata` and `groups` name each cell's.

    With c rows of mean m in the cell, a share s = c / n, and the other n - c nought:

        sum (z - zbar)^2 = M2 + c m^2 (1 - s)
        sum (z - zbar)^3 = M3 + 3 m (1 - s) M2 + c m^3 (1 - s) (1 - 2s)

    The third cumulant is N^3 (1 - f) (1 - 2f) m3 / n^2, as in `certification.error_shape`. The degrees of freedom are
    v^2 / sum(v_h^2 / (n_h - 1)) (Satterthwaite 1946; Cochran 1977, equation 5.16).
    """
    population, drawn = design.sizes.astype(np.float64), design.sampled.astype(np.float64)
    c, mean, n = spread.rows, spread.mean, drawn[strata]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        f = drawn / population
        by_two = np.where(drawn > 1, population * (population - drawn) / drawn / (drawn - 1), np.nan)
        by_three = population**3 * (1 - f) * (1 - 2 * f) / drawn**3
        outside = 1 - c / n
        inside_two = c * mean * mean * outside
        parts = (spread.m2 + inside_two) * by_two[strata]
        third = spread.m3 + 3 * mean * outside * spread.m2 + inside_two * mean * (1 - 2 * c / n)
        third *= by_three[strata]
        closed = (population <= drawn)[strata] | (c == 0)
        parts = np.where(closed, 0.0, np.where(np.isfinite(parts) | (n <= 1), parts, np.inf))
        third = np.where(closed, 0.0, third)
        squares = parts * parts
        variance = sums_by_stratum(groups, parts, number)
        df = variance**2 / sums_by_stratum(groups, np.where(closed, 0.0, squares / (n - 1)), number)
        effective = variance**2 / sums_by_stratum(groups, np.where(closed, 0.0, squares / c), number)
        total = sums_by_stratum(groups, spread.m2 + np.where(c > 0, c * mean * mean, 0.0), number)
        size = np.sqrt(total / sums_by_stratum(groups, c, number))
    return GroupErrors(variance, sums_by_stratum(groups, third, number), df, effective, size)


def weighted_sums(spread: Spread, strata: Places, groups: Places, number: int, design: DomainDesign) -> Floats:
    """`sum_h N_h / n_h sum(z)` of each group, the rows taken whole aside."""
    with np.errstate(over="ignore", invalid="ignore"):
        parts = np.where(spread.rows > 0, design.weights[strata] * spread.rows * spread.mean, 0.0)
        return sums_by_stratum(groups, parts, number)


@dataclass(frozen=True)
class Ordered:
    """Rows of the question, group by group and by value within, with what each stands for."""

    values: Floats
    counts: Integers
    """Rows of each group."""
    reached: Floats
    """Running sum of the weights over all groups."""

    @property
    def first(self) -> Integers:
        """Where each group begins."""
        return np.asarray(np.cumsum(self.counts) - self.counts)

    @cached_property
    def totals(self) -> Floats:
        """The weight of each group."""
        ends = np.concatenate([[0.0], self.reached])
        return np.asarray(ends[self.first + self.counts] - ends[self.first])

    def at(self, shares: Floats) -> Floats:
        """Of each group the least value up to which that share of its weight lies: inf {y: F(y) >= share}.

        NaN where the share is not above 0 and at most 1, or the group has no rows.
        """
        # The running sum is rounded in its last digits; a share that is met exactly must be found met.
        slack = 1e-9 * self.totals + 1e-13 * (self.reached[-1] if self.reached.size else 0.0)
        with np.errstate(invalid="ignore"):
            fine = (shares > 0) & (shares <= 1) & (self.counts > 0)
        first = self.first
        starts = np.concatenate([[0.0], self.reached])[first]
        place = np.searchsorted(self.reached, starts + np.where(fine, shares, 1.0) * self.totals - slack)
        place = np.clip(place, first, first + np.maximum(self.counts, 1) - 1)
        return np.where(fine, self.values[np.minimum(place, self.values.size - 1)], np.nan)


def woodruff(ordered: Ordered, share: float, std_error: Floats, df: Floats) -> tuple[Floats, Floats]:
    """95 % interval of each group's quantile, from the standard error of the share of rows at or below its estimate.

        F^-1(p - t se), F^-1(p + t se)

    NaN at an end where that share leaves 0 to 1: the sample does not reach so far out. Source: Woodruff (1952),
    "Confidence intervals for medians and other position measures", JASA 47(260); Sarndal et al. (1992), section 5.11.
    """
    half = half_width(std_error, df)
    return ordered.at(share - half), ordered.at(np.where(share + half < 1, share + half, np.nan))
