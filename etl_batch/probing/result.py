"""From what the drawn blocks hold to the answer: totals over all blocks with their intervals, in all and by stratum."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add

import numpy as np

from etl_batch import sentences
from etl_batch.analytics.clusters import ClusterCells, ClusterTotals, Frame, Judged, judge, ratio_totals
from etl_batch.analytics.moments import Floats, sums_by_stratum
from etl_batch.analytics.strata import StratumValue
from etl_batch.formats.blocks import WantedColumns
from etl_batch.model import Allocation, MeasureEstimate
from etl_batch.probing.answer import Blocks, ExpectedRun, ProbedStratum, RowEstimate
from etl_batch.probing.sample import Sampled
from etl_batch.probing.spread import expect
from etl_batch.probing.strata import share_strata
from etl_batch.probing.tally import FrameSums

_MOST_LEFT_OUT = 0.01
"""Share of the drawn blocks that may be left out before no interval is certified."""
_FEW_BLOCKS = 2

Entries = Callable[[FrameSums], Floats]


class Result:
    """The estimates over all frames. Independent samples: totals and variances of the frames add up."""

    def __init__(self, samples: Sequence[Sampled], wanted: WantedColumns, notes: Sequence[str]) -> None:
        self.samples, self.wanted = samples, wanted
        self.chosen_because = notes
        self.frames: list[Frame] = [sampled.frame for sampled in samples]
        self.whole = all(frame.whole for frame in self.frames)
        self.values, self.shared, exact = share_strata(samples, wanted.stratum)
        self.exact = exact if self.whole else None
        self._exact: dict[str, dict[StratumValue, float | int | None]] = {}
        self.sample_rows = sum(int(sampled.sums.written.sum()) for sampled in samples)
        self.left_out = sum(sampled.left_out for sampled in samples)

    def rows(self) -> RowEstimate:
        """Rows that a run would write."""
        judged = self._by_block(lambda sums: sums.written.astype(np.float64))
        known = all(
            frame.whole or (sampled.drawn.plan.counted and not sampled.sums.rejected.any())
            for frame, sampled in zip(self.frames, self.samples, strict=True)
        )
        return self._row_estimate(judged, self.sample_rows, known=known)

    def rejected(self) -> RowEstimate:
        """Records that a run would reject."""
        judged = self._by_block(lambda sums: sums.rejected.astype(np.float64))
        return self._row_estimate(judged, sum(int(sampled.sums.rejected.sum()) for sampled in self.samples))

    def expected(self, frac: float, rule: Allocation) -> ExpectedRun | None:
        """What a run with this fraction will say of the totals."""
        pairs = zip(self.frames, self.shared, strict=True)
        return expect([(sums.spread, f.size / max(float(f.sizes.sum()), 1.0)) for f, sums in pairs], frac, rule)

    def measures(self) -> dict[str, MeasureEstimate]:
        """The total of each measure over all rows."""
        out = {}
        for column in self.wanted.measures:
            exact = self._exact_total(column.name, None) if self.exact else None
            out[column.name] = self._estimate(column.name, self._by_block(_sums_of(column.name)), exact)
        return out

    def strata(self) -> tuple[ProbedStratum, ...]:
        """The strata that were met, the largest first."""
        if not self.values:
            return ()
        rows = self._by_stratum(lambda sums: sums.rows)
        totals = {column.name: self._by_stratum(_cells_of(column.name)) for column in self.wanted.measures}
        sampled = np.zeros(len(self.values))
        for sums in self.shared:
            np.add.at(sampled, sums.cells.stratum, sums.rows)
        return tuple(self._stratum(place, rows, totals, int(sampled[place])) for place in range(len(self.values)))

    def _stratum(
        self, place: int, rows: ClusterTotals, totals: dict[str, ClusterTotals], sampled: int
    ) -> ProbedStratum:
        found = self._row_estimate(judge(rows, self.frames, place), sampled)
        return ProbedStratum(
            value=self.values[place],
            rows=found.estimate,
            sampled=sampled,
            expansion=found.estimate / sampled if sampled else None,
            rows_ci=(found.ci_low, found.ci_high),
            rows_certified=found.certified,
            measures={
                name: self._estimate(
                    name, judge(each, self.frames, place), self._exact_total(name, place) if self.exact else None
                )
                for name, each in totals.items()
            },
        )

    def blocks(self) -> tuple[Blocks, ...]:
        """How much of each frame was read."""
        return tuple(
            Blocks(s.drawn.format, s.frame.clusters, s.frame.sampled, s.left_out, s.drawn.plan.each)
            for s in self.samples
        )

    def notes(self) -> tuple[str, ...]:
        """How the columns were chosen, and what the sample cannot tell."""
        notes = list(self.chosen_because)
        if self.left_out:
            drawn = self.left_out + sum(frame.sampled for frame in self.frames)
            notes.append(sentences.estimates.LEFT_OUT.format(left=self.left_out, drawn=drawn))
        if not self.whole and self.wanted.stratum is not None and self.values:
            few = int((self._by_stratum(lambda sums: sums.rows).held <= _FEW_BLOCKS).sum())
            notes += [sentences.estimates.MAY_MISS.format(few=few)] if few else []
        return tuple(notes)

    def _by_stratum(self, entries: Entries) -> ClusterTotals:
        pairs = zip(self.frames, self.shared, strict=True)
        return reduce(add, (ratio_totals(frame, sums.cells, entries(sums)) for frame, sums in pairs))

    def _by_block(self, entries: Entries) -> Judged:
        """The total over all strata of something that each block has."""
        totals = []
        for frame, sums in zip(self.frames, self.shared, strict=True):
            every = ClusterCells(np.arange(frame.sampled), np.zeros(frame.sampled, np.int64), 1)
            totals.append(ratio_totals(frame, every, entries(sums)))
        return judge(reduce(add, totals), self.frames)

    def _exact_total(self, name: str, place: int | None) -> float | int | None:
        """The exact total of a stratum (None: of all) after everything was read."""
        assert self.exact is not None
        tally = self.exact.measures.get(name)
        if tally is None:
            return 0
        return tally.total() if place is None else self._exact_by_stratum(name).get(self.values[place], 0)

    def _exact_by_stratum(self, name: str) -> dict[StratumValue, float | int | None]:
        assert self.exact is not None
        if name not in self._exact:
            self._exact[name] = dict(zip(self.exact.values, self.exact.measures[name].totals(), strict=True))
        return self._exact[name]

    def _row_estimate(self, judged: Judged, seen: int, *, known: bool = False) -> RowEstimate:
        """Whole rows, at least those that were seen; `known`: the files themselves say how many there are."""
        if judged.estimate is None:
            return RowEstimate(seen, None, None, reason=judged.distrust)
        estimate = max(round(judged.estimate), seen)
        reason = None if known else judged.distrust or self._left_out_reason()
        if known:
            return RowEstimate(estimate, estimate, estimate, seen if self.whole else None, certified=True)
        low = None if judged.ci_low is None else max(math.floor(judged.ci_low), seen)
        high = None if judged.ci_high is None else max(math.ceil(judged.ci_high), seen)
        return RowEstimate(estimate, low, high, seen if self.whole else None, reason is None, reason)

    def _estimate(self, name: str, judged: Judged, exact: float | int | None) -> MeasureEstimate:
        odd = any(name in sampled.sums.not_finite for sampled in self.samples)
        reason = judged.distrust or (sentences.estimates.NOT_FINITE if odd else self._left_out_reason())
        if self.exact is not None:
            if exact is None:
                return MeasureEstimate(None, None, None, None, None, None, False, sentences.estimates.TOTAL_PAST_DOUBLE)
            return MeasureEstimate(exact, 0.0, None, exact, exact, exact, reason is None, reason)
        ends = judged.std_error, judged.df, judged.ci_low, judged.ci_high
        return MeasureEstimate(judged.estimate, *ends, None, reason is None, reason)

    def _left_out_reason(self) -> str | None:
        drawn = self.left_out + sum(frame.sampled for frame in self.frames)
        if self.left_out <= _MOST_LEFT_OUT * drawn:
            return None
        return sentences.estimates.LEFT_OUT.format(left=self.left_out, drawn=drawn)


def _cells_of(name: str) -> Entries:
    return lambda sums: sums.measures[name]


def _sums_of(name: str) -> Entries:
    """A measure's total in each block."""
    return lambda sums: sums_by_stratum(sums.cells.cluster, sums.measures[name], len(sums.sizes))
