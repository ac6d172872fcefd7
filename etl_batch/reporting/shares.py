"""How the sample was shared out: the rows drawn from each stratum against its size, and the rule behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from etl_batch.model import Allocation, Analytics, Pool, StratumEstimate
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import counted, plain_percent, quantity
from etl_batch.reporting.plots import ScatterPlot, plot_scatter

SHOWN_DOTS = 300
MINIMUM = 2
"""Rows that each stratum gives at least, when it has them."""


class ShareKind(StrEnum):
    """What decided how many rows a stratum gave."""

    SHARE = "share"
    MINIMUM = "minimum"
    WHOLE = "whole"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Share:
    """One stratum, or an average one of a pool: the rows drawn from, those that were drawn, and why so many.

    Rows that were taken whole for their large values stand for themselves, and are in neither number.
    """

    value: str | int | float | None
    """As the data calls it; of a pool how many strata it holds, in words."""
    rows: float
    drawn: float
    kind: ShareKind
    strata: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """The shares of the strata by their size: those of an allocation, and how far from there to proportional ones."""

    allocation: Allocation
    mix: float
    roots: float
    """The sum of the square roots of all strata's rows."""
    rows: float
    """All their rows."""

    def weight(self, size: float) -> float:
        """What the rows of a stratum of that size are in proportion to."""
        mix = 1.0 if self.allocation is Allocation.PROPORTIONAL else self.mix
        return (1.0 - mix) * math.sqrt(size) / self.roots + mix * size / self.rows

    @property
    def words(self) -> str:
        """What a stratum that follows it gave."""
        if self.allocation is Allocation.PROPORTIONAL or not self.mix:
            return wording.GAVE_SHARE[self.allocation]
        if self.mix >= 1.0:
            return wording.GAVE_PROPORTIONAL
        return wording.GAVE_MIXED[self.allocation].format(mix=plain_percent(self.mix))

    @property
    def line(self) -> str:
        """What the drawn line stands for."""
        if self.allocation is Allocation.SQRT and self.mix:
            return wording.LINE_WORDS[Allocation.PROPORTIONAL] if self.mix >= 1.0 else wording.LINE_MIXED
        return wording.LINE_WORDS[self.allocation]


@dataclass(frozen=True, slots=True)
class Shares:
    """The strata with their rule; `factor` is the rule's constant, None when no stratum follows the rule alone."""

    rule: Rule
    strata: tuple[Share, ...]
    factor: float | None

    def expected(self, size: float) -> float | None:
        """Rows that the drawn line gives a stratum of that size."""
        return None if self.factor is None else self.factor * self.rule.weight(size)

    @property
    def drawn(self) -> list[Share]:
        """Those that a logarithmic scale has a place for, the largest first: of a stratum all rows may be whole."""
        return sorted((share for share in self.strata if share.drawn), key=lambda share: -share.rows)

    def line(self, points: int = 24) -> list[tuple[float, float]]:
        """The line from the smallest to the largest of the strata that are shown: size and rows; none without one."""
        low, high = min(share.rows for share in self.strata), max(share.rows for share in self.strata)
        if self.factor is None or low >= high:
            return []
        sizes = [low * (high / low) ** (step / (points - 1)) for step in range(points)]
        return [(size, self.factor * self.rule.weight(size)) for size in sizes]

    @property
    def sentence(self) -> str:
        """How many strata follow the rule, give the minimum, are taken whole or sampled together."""
        count = {kind: sum(share.strata for share in self.strata if share.kind is kind) for kind in ShareKind}
        pools = sum(share.kind is ShareKind.POOL for share in self.strata)
        gave = {
            ShareKind.SHARE: self.rule.words,
            ShareKind.MINIMUM: wording.GAVE_MINIMUM.format(rows=counted(MINIMUM, "row")),
            ShareKind.WHOLE: wording.GAVE_WHOLE,
            ShareKind.POOL: wording.GAVE_POOL.format(pools=counted(pools, "pool")),
        }
        whole = quantity(sum(count.values()))
        parts = [
            wording.STRATA_PART.format(number=quantity(count[kind]), gave=gave[kind])
            for kind in ShareKind
            if count[kind]
        ]
        if len(parts) == 1:
            return wording.ALL_STRATA.format(number=whole, gave=gave[self.strata[0].kind])
        return wording.STRATA_PARTS.format(number=whole, parts="; ".join(parts))


def build_shares(analytics: Analytics | None) -> Shares | None:
    """How the strata of a run shared its sample; None without a stratum column, or with fewer than two strata."""
    if analytics is None or analytics.stratum is None or analytics.allocation is None:
        return None
    alone = [share for share in map(_share, analytics.strata) if share is not None]
    strata = [*alone, *(share for share in map(_pool_share, analytics.pools) if share is not None)]
    if sum(share.strata for share in strata) < 2:
        return None
    if not any(share.rows for share in strata):
        return None
    roots = sum(share.strata * math.sqrt(share.rows) for share in strata)
    rule = Rule(analytics.allocation, analytics.mix, roots, sum(share.strata * share.rows for share in strata))
    free = [share.drawn / rule.weight(share.rows) for share in strata if share.kind is ShareKind.SHARE]
    free = free or [share.drawn / rule.weight(share.rows) for share in strata if share.kind is ShareKind.POOL]
    return Shares(rule, tuple(strata), median(free) if free else None)


def _share(stratum: StratumEstimate) -> Share | None:
    rest, drawn = stratum.rows - stratum.taken_whole, stratum.sampled - stratum.taken_whole
    if stratum.pool is not None or (rest > 0 and drawn < 1):
        return None
    kind = ShareKind.WHOLE if drawn >= rest else ShareKind.MINIMUM if drawn <= MINIMUM else ShareKind.SHARE
    return Share(stratum.value, rest, drawn, kind)


def _pool_share(pool: Pool) -> Share | None:
    rest, drawn = pool.rows - pool.taken_whole, pool.sampled - pool.taken_whole
    if rest < 1 or drawn < 1 or pool.strata < 1:
        return None
    words = counted(pool.strata, "stratum")
    return Share(words, rest / pool.strata, drawn / pool.strata, ShareKind.POOL, pool.strata)


@dataclass(frozen=True, slots=True)
class SharesView:
    """The drawn strata, the largest first, with the sentence and the legend's words."""

    sentence: str
    plot: ScatterPlot
    line: str | None
    """What the line stands for; None when there is none."""
    kinds: tuple[tuple[str, str], ...]
    """Those that occur: the mark's name and what it stands for."""


def build_shares_view(analytics: Analytics | None) -> SharesView | None:
    """The part of the report: rows drawn against the square root of each stratum's rows."""
    shares = build_shares(analytics)
    if shares is None:
        return None
    largest = shares.drawn[:SHOWN_DOTS]
    line = [(math.sqrt(size), rows) for size, rows in replace(shares, strata=tuple(largest)).line()]
    dots = [((math.sqrt(share.rows), float(share.drawn)), str(share.kind)) for share in largest]
    found = {share.kind for share in largest}
    return SharesView(
        sentence=shares.sentence,
        plot=plot_scatter(dots, line),
        line=shares.rule.line if line else None,
        kinds=tuple((str(kind), wording.SHARE_KINDS[kind]) for kind in ShareKind if kind in found),
    )
