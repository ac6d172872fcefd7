"""Whether the answer for a group can be trusted: a rule over the sample itself, and the reason in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.certification import MAX_SKEWNESS, MIN_ROWS
from etl_batch.analytics.explore_design import DomainDesign
from etl_batch.analytics.explore_domains import GroupErrors, Places
from etl_batch.analytics.moments import Floats, Integers

Bools = NDArray[np.bool_]


class TrustVerdict(IntEnum):
    """What can be said of a group's answer; the first two can be trusted."""

    EXACT = 0
    CERTIFIED = 1
    ODD = 2
    TOO_FEW = 3
    LONELY = 4
    ALIKE = 5
    NARROW_BASE = 6
    SKEWED = 7
    UNSEEN = 8
    FAR_OUT = 9
    TOO_LARGE = 10
    TAILS = 11


@dataclass(frozen=True)
class Evidence:
    """What a verdict is reached from; an entry a group."""

    errors: GroupErrors
    own: GroupErrors | None
    """Of the values about the mean of the group's own drawn rows; None for counts and quantiles."""
    rows: Integers
    """Sampled rows that were not taken whole."""
    alike: Bools
    """Where the values of all those are equal; nowhere for a count."""
    exact: Bools
    odd: Bools
    unseen: Floats
    """What one row stands for in the thinnest stratum that may hold more of the group and has shown none."""
    fewest: int = MIN_ROWS
    tails: bool = False
    """Whether the run, which has seen all rows, does not certify the measure's total."""


def judge(evidence: Evidence) -> NDArray[np.int8]:
    """The verdict on each group; of several reasons the first in this order.

    A run certifies its totals by moments of all rows; here only the sample is known, so the rule is over the sample:
    30 rows of the group that were not taken whole, and as many that the error really rests on; values that are not all
    alike; skewness of the estimate at most 0.14, as for the totals (`certification`), about the group's mean without
    the rows taken whole too, whose pull would hide it; and no stratum that has shown no row of the group while a single
    one would count for more than a standard error. A sample of heavy tails that by luck holds none of them looks
    harmless: so of sums and means the skewness has twice its own standard error added (sqrt(6 / n) for n values, by
    sqrt(n) for their mean; Kendall and Stuart 1977, section 12.18), and a measure that the run, which has seen all
    rows, does not certify, is not certified here.
    """
    errors = evidence.errors
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        skewness = _skewness(errors)
        if evidence.own is not None:
            skewness = np.maximum(skewness, _skewness(evidence.own)) + 2 * math.sqrt(6) / evidence.rows
        hidden = evidence.unseen * errors.size > np.sqrt(errors.variance)
    verdict = np.full(evidence.rows.size, TrustVerdict.CERTIFIED, dtype=np.int8)
    checks = (
        (TrustVerdict.UNSEEN, hidden),
        (TrustVerdict.SKEWED, ~(skewness <= MAX_SKEWNESS)),
        (TrustVerdict.NARROW_BASE, ~(errors.effective_rows >= evidence.fewest)),
        (TrustVerdict.TAILS, np.full(evidence.rows.size, evidence.tails)),
        (TrustVerdict.ALIKE, evidence.alike | (errors.variance == 0)),
        (TrustVerdict.TOO_LARGE, np.isinf(errors.variance)),
        (TrustVerdict.LONELY, np.isnan(errors.variance)),
        (TrustVerdict.TOO_FEW, evidence.rows < evidence.fewest),
        (TrustVerdict.EXACT, evidence.exact),
        (TrustVerdict.ODD, evidence.odd),
    )
    for word, holds in checks:
        verdict[holds] = word
    return verdict


def _skewness(errors: GroupErrors) -> Floats:
    skewness: Floats = np.abs(errors.third) / errors.variance**1.5
    return np.where((errors.variance == 0) & (errors.third == 0), 0.0, skewness)


def sentence(verdict: TrustVerdict, rows: int, effective: float, least: int = MIN_ROWS) -> str | None:
    """Why a group is not certified; None when it is."""
    text = sentences.estimates.DISTRUST.get(verdict.name)
    base = int(effective) if np.isfinite(effective) else 0
    return None if text is None else text.format(rows=rows, effective=base, least=least)


def thinnest_unseen(strata: Places, groups: Places, rows: Floats, number: int, design: DomainDesign) -> Floats:
    """For each group, what one drawn row stands for in the thinnest open stratum that has none of the group's; 0: none.

    The strata are ranked, the thinnest first. A group's cells by rank are 0, 1, 2 ... as long as it has rows in all the
    thinnest, so the first rank it misses is the number of cells whose rank is their place.
    """
    weights = np.where(design.sampled < design.sizes, design.weights, 0.0)
    ranked = np.argsort(-weights, kind="stable")
    rank_of = np.empty(ranked.size, dtype=np.intp)
    rank_of[ranked] = np.arange(ranked.size)
    held = np.flatnonzero(rows > 0)
    ranks, owners = rank_of[strata[held]], groups[held]
    order = np.lexsort((ranks, owners))
    ranks, owners = ranks[order], owners[order]
    counts = np.bincount(owners, minlength=number)
    places = np.arange(owners.size) - np.repeat(np.cumsum(counts) - counts, counts)
    missed = np.bincount(owners[ranks == places], minlength=number)
    return np.append(weights[ranked], 0.0)[missed]


def fewer_than(design: DomainDesign) -> float:
    """How many rows a group of which the sample has none may have: 3 N_h / n_h of the thinnest stratum, at 95 %.

    A group with a share p_h of each stratum shows no row with a chance of about exp(-sum p_h n_h); of all groups of M
    rows that is greatest when they are all where a row stands for most, and falls to 5 % at M = 3 N_h / n_h. Nought
    where every row is in the sample. Source: the rule of three, Hanley and Lippman-Hand (1983), JAMA 249(13).
    """
    open_ = design.sampled < design.sizes
    bounds = np.minimum(3.0 * design.weights, design.sizes)
    unknown = design.sizes[open_ & (design.sampled == 0)].sum()
    return float(max(bounds[open_].max(initial=0.0), unknown))
