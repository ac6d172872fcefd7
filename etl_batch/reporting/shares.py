"""How the sample was shared out: the rows drawn from each stratum against its size, and the rule behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from etl_batch.model import Allocation, Analytics, StratumEstimate
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import quantity
from etl_batch.reporting.plots import ScatterPlot, plot_scatter

SHOWN_DOTS = 300
MINIMUM = 10
"""Rows that each stratum gives at least, when it has them."""


class ShareKind(StrEnum):
    """What decided how many rows a stratum gave."""

    SHARE = "share"
    MINIMUM = "minimum"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Share:
    """One stratum: the rows that were drawn from, those that were drawn, and why so many.

    Rows that were taken whole for their large values stand for themselves, and are in neither number.
    """

    value: str | int | float | None
    """As the data calls it."""
    rows: int
    drawn: int
    kind: ShareKind


@dataclass(frozen=True, slots=True)
class Shares:
    """The strata with their rule; `factor` is the rule's constant, None when no stratum follows the rule alone."""

    rule: Allocation
    strata: tuple[Share, ...]
    factor: float | None

    def expected(self, size: float) -> float | None:
        """Rows that the drawn line gives a stratum of that size."""
        return None if self.factor is None else self.factor * _weight(self.rule, size)

    @property
    def sentence(self) -> str:
        """How many strata follow the rule, give the minimum, or are taken whole."""
        count = {kind: sum(share.kind is kind for share in self.strata) for kind in ShareKind}
        gave = {
            ShareKind.SHARE: wording.GAVE_SHARE[self.rule],
            ShareKind.MINIMUM: wording.GAVE_MINIMUM.format(minimum=quantity(MINIMUM)),
            ShareKind.WHOLE: wording.GAVE_WHOLE,
        }
        whole = quantity(len(self.strata))
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
    strata = [share for share in map(_share, analytics.strata) if share is not None]
    if len(strata) < 2:
        return None
    rule = analytics.allocation
    free = [share.drawn / _weight(rule, share.rows) for share in strata if share.kind is ShareKind.SHARE]
    return Shares(rule, tuple(strata), median(free) if free else None)


def _weight(rule: Allocation, size: float) -> float:
    return size if rule is Allocation.PROPORTIONAL else math.sqrt(size)


def _share(stratum: StratumEstimate) -> Share | None:
    rest, drawn = stratum.rows - stratum.taken_whole, stratum.sampled - stratum.taken_whole
    if rest < 1 or drawn < 1:
        return None
    kind = ShareKind.WHOLE if drawn >= rest else ShareKind.MINIMUM if drawn <= MINIMUM else ShareKind.SHARE
    return Share(stratum.value, rest, drawn, kind)


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
    largest = sorted(shares.strata, key=lambda share: -share.rows)[:SHOWN_DOTS]
    ends = (largest[-1].rows, largest[0].rows)
    first, last = (shares.expected(size) for size in ends)
    drawn = first is not None and last is not None and ends[0] < ends[1]
    line = ((math.sqrt(ends[0]), first or 0.0), (math.sqrt(ends[1]), last or 0.0)) if drawn else None
    dots = [((math.sqrt(share.rows), float(share.drawn)), str(share.kind)) for share in largest]
    found = {share.kind for share in largest}
    return SharesView(
        sentence=shares.sentence,
        plot=plot_scatter(dots, line),
        line=wording.LINE_WORDS[shares.rule] if line else None,
        kinds=tuple((str(kind), wording.SHARE_KINDS[kind]) for kind in ShareKind if kind in found),
    )
