"""What the rows of sampled blocks tell of the spread of the measures, and so of the sample that a run would draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.certification import MAX_SKEWNESS
from etl_batch.analytics.design import Design, Population, expected_half_widths, share_out
from etl_batch.analytics.largest import largest_rows, rows_taken_whole
from etl_batch.analytics.moments import CentralMoments, Floats
from etl_batch.analytics.sampling import sample_size
from etl_batch.analytics.strata import RowsByStratum
from etl_batch.model import Allocation
from etl_batch.probing.answer import ExpectedRun, ExpectedTotal

KEPT = 2_000
"""Of the sampled rows so many of the largest of each measure are kept apart."""
_CAUTION = 0.8
"""Of the skewness that a run allows: what some rows tell of it is too low where the largest are not among them."""


@dataclass(frozen=True)
class Spread:
    """The moments of the sampled rows by stratum, all but the largest, and those: strata and measures."""

    rests: dict[str, CentralMoments]
    strata: NDArray[np.int64]
    largest: dict[str, Floats]

    @classmethod
    def none(cls, names: Sequence[str]) -> Spread:
        """Of no rows."""
        nothing = {name: CentralMoments.zeros(0) for name in names}
        return cls(nothing, np.zeros(0, np.int64), {name: np.zeros(0) for name in names})

    def moved(self, places: NDArray[np.intp], strata: int) -> Spread:
        """Stratum h goes to `places[h]` of `strata`; those that meet are joined."""
        rests = {name: rest.moved(places, strata) for name, rest in self.rests.items()}
        return replace(self, rests=rests, strata=places[self.strata])

    def added(self, codes: NDArray[np.int64], measures: Mapping[str, Floats], strata: int) -> Spread:
        """With more rows, of which `codes` give the strata; there are `strata` of them now."""
        if not self.rests:
            return self
        known = self.moved(np.arange(next(iter(self.rests.values())).rows.size), strata)
        every = np.concatenate([known.strata, codes])
        values = {name: np.concatenate([known.largest[name], measures[name]]) for name in known.rests}
        marks = largest_rows(list(values.values()), KEPT)
        rows, at = RowsByStratum.of(every[~marks], strata), np.flatnonzero(~marks)
        rests = {name: rest + CentralMoments.of_rows(rows, values[name][at]) for name, rest in known.rests.items()}
        return Spread(rests, every[marks], {name: array[marks] for name, array in values.items()})

    def blown_up(self, times: float, kept: int) -> Population:
        """The population that the rows stand for when each stands for so many, `kept` of its largest known."""
        each = max(round(times), 1)
        marks = largest_rows(list(self.largest.values()), kept // each)
        back, strata = np.flatnonzero(~marks), next(iter(self.rests.values())).rows.size
        rests = {
            name: _scaled(rest + CentralMoments.of(self.strata[back], self.largest[name][back], strata), times)
            for name, rest in self.rests.items()
        }
        marked = np.repeat(self.strata[marks], each).astype(np.intp)
        largest = {name: np.repeat(array[marks], each) for name, array in self.largest.items()}
        counts = next(iter(rests.values())).rows + np.bincount(marked, minlength=strata)
        totals = {
            name: rest.rows * rest.mean + np.bincount(marked, weights=largest[name], minlength=strata)
            for name, rest in rests.items()
        }
        return Population(counts, totals, rests, marked, largest, kept if marks.any() else 0)


def _scaled(moments: CentralMoments, times: float) -> CentralMoments:
    rows = np.rint(moments.rows * times).astype(np.int64)
    m2, m3, m4 = (each * times for each in (moments.m2, moments.m3, moments.m4))
    return CentralMoments(rows, moments.mean, m2, m3, m4, moments.cut_off)


def joined(populations: Sequence[Population]) -> Population:
    """The population of several that have the same strata."""
    first, *others = populations
    for other in others:
        first = Population(
            first.counts + other.counts,
            {name: total + other.totals[name] for name, total in first.totals.items()},
            {name: rest + other.rests[name] for name, rest in first.rests.items()},
            np.concatenate([first.marked, other.marked]),
            {name: np.concatenate([values, other.largest[name]]) for name, values in first.largest.items()},
            min(first.kept, other.kept),
        )
    return first


def expect(spreads: Sequence[tuple[Spread, float]], frac: float, rule: Allocation) -> ExpectedRun | None:
    """What a run with this fraction will say of each total, as far as the rows tell; None without rows or measures.

    `spreads`: what the blocks of each frame hold, and how many rows each of its rows stands for.
    """
    held = [(spread, times) for spread, times in spreads if spread.rests and _rows(spread)]
    if not held:
        return None
    rows = sum(_rows(spread) * times for spread, times in held)
    kept = rows_taken_whole(sample_size(frac, round(rows)))
    population = joined([spread.blown_up(times, kept) for spread, times in held])
    if not population.rows:
        return None
    design = share_out(population, sample_size(frac, population.rows), rule)
    widths, totals = expected_half_widths(design), population.totals
    return ExpectedRun(
        frac,
        design.rows,
        {
            name: ExpectedTotal(_share(widths[name], float(totals[name].sum())), bool(sure))
            for name, sure in zip(design.names, _surely(design), strict=True)
        },
    )


def _rows(spread: Spread) -> int:
    return int(next(iter(spread.rests.values())).rows.sum()) + spread.strata.size


def _surely(design: Design) -> NDArray[np.bool_]:
    """Which totals will be certified, with some caution."""
    cautious: NDArray[np.bool_] = design.certain & (np.abs(design.skewed) <= _CAUTION * MAX_SKEWNESS)
    return cautious


def _share(width: float | None, total: float) -> float | None:
    return None if width is None or not total else width / abs(total)
