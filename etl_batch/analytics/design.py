"""The design of a sample: which rows are taken whole, how the others are shared out, and the error to be expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import MINIMUM_PER_STRATUM, allocate, allocation_weights
from etl_batch.analytics.estimators import error_variances, half_width, satterthwaite
from etl_batch.analytics.largest import HEAVY, largest_rows, rows_taken_whole
from etl_batch.analytics.moments import CentralMoments, Floats, Integers
from etl_batch.analytics.sampling import MAX_SAMPLE_ROWS, sample_size
from etl_batch.model import Allocation, TargetScope

FRACTIONS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Sampling fractions whose error every run foretells."""
_ASSURANCE = 2.0
"""Standard deviations of the interval's own width by which a wanted error is undercut."""


@dataclass(frozen=True, slots=True)
class WantedSample:
    """What the sample is to be: a share of the rows, or as many as an error needs (then the share is not used)."""

    frac: float
    rule: Allocation = Allocation.SQRT
    target: float | None = None
    """Half width of the 95 % interval in parts of the exact total, such as 0.01."""
    scope: TargetScope = TargetScope.MEASURE


@dataclass(frozen=True)
class Population:
    """What the pass knows of all rows. An entry a stratum; values in real units, a null as nought."""

    counts: Integers
    totals: Mapping[str, Floats]
    rests: Mapping[str, CentralMoments]
    """Of all rows but the marked ones."""
    marked: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    """The strata of the rows that are among the largest of a measure."""
    largest: Mapping[str, Floats] = field(default_factory=dict)
    """The measures of those rows."""
    kept: int = 0
    """How many rows of each measure are surely among them."""
    joined: int | None = None
    """The stratum that joins all those past the limit."""

    @property
    def rows(self) -> int:
        """Rows in all."""
        return int(self.counts.sum())

    @cached_property
    def heavy(self) -> tuple[str, ...]:
        """The measures with heavy tails: an excess kurtosis above `HEAVY`, over all rows and whatever the fraction.

        So the largest rows of a smaller sample are among those of a larger one.
        """
        one = np.zeros(self.counts.size, dtype=np.intp)
        return tuple(
            name for name, whole in self.moments.items() if self.kept and whole.moved(one, 1).kurtosis[0] > HEAVY
        )

    @cached_property
    def moments(self) -> dict[str, CentralMoments]:
        """Of all rows."""
        return {name: self._with(name, slice(None)) for name in self.rests}

    def take_largest(
        self, heavy: tuple[str, ...], count: int
    ) -> tuple[NDArray[np.bool_], Integers, dict[str, CentralMoments]]:
        """Marks the `count` largest rows of the heavy measures; the strata's rows and moments without them."""
        whole = np.zeros(self.marked.size, dtype=bool)
        if heavy:
            whole = largest_rows([self.largest[name] for name in heavy], min(count, self.kept) // len(heavy))
        sizes = self.counts - np.bincount(self.marked[whole], minlength=self.counts.size)
        if not whole.any():
            return whole, sizes, self.moments
        back = np.flatnonzero(~whole)
        return whole, sizes, {name: self._with(name, back) for name in self.rests}

    def _with(self, name: str, rows: NDArray[np.intp] | slice) -> CentralMoments:
        """A measure's moments of the rest and of some of the marked rows."""
        values = self.largest.get(name, np.zeros(0))[rows]
        return self.rests[name] + CentralMoments.of(self.marked[rows], values, self.counts.size)


@dataclass(frozen=True)
class Design:
    """A sample before it is drawn: `whole` marks those of the population's marked rows that are taken whole.

    `sizes` are the rows of each stratum that are left, `sampled` how many of them are drawn, `rests` their moments.
    """

    whole: NDArray[np.bool_]
    sizes: Integers
    sampled: Integers
    rests: dict[str, CentralMoments]

    @property
    def rows(self) -> int:
        """Rows of the sample."""
        return int(self.whole.sum() + self.sampled.sum())


Caps = Callable[[NDArray[np.bool_], Integers], Integers]
"""From the mark of the rows taken whole and the sizes of what is left: how many rows of each stratum can be drawn."""


def all_of(_whole: NDArray[np.bool_], sizes: Integers) -> Integers:
    """Every row can be drawn."""
    return sizes


def make_design(
    population: Population, wanted: WantedSample, caps: Caps = all_of, cap: int = MAX_SAMPLE_ROWS
) -> Design:
    """The sample that is wanted, of at most `cap` rows; one that is to reach an error is the smallest that does."""
    most = min(cap, population.rows)
    heavy = population.heavy
    if wanted.target is None:
        return _share_out(population, heavy, sample_size(wanted.frac, population.rows, cap), wanted.rule, caps)
    if wanted.scope is TargetScope.STRATUM:
        return _for_strata(population, heavy, wanted.target, most, caps)

    def reaches(n: int) -> bool:
        return _reaches(population, _share_out(population, heavy, n, wanted.rule, caps), wanted.target or 0.0)

    low, high = 0, most  # the smallest n that reaches it lies above `low`; `high` is the answer when none does
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return _share_out(population, heavy, high, wanted.rule, caps)


def _share_out(population: Population, heavy: tuple[str, ...], n: int, rule: Allocation, caps: Caps) -> Design:
    """`n` rows: the largest of the heavy measures whole, the others allocated."""
    whole, sizes, rests = population.take_largest(heavy, rows_taken_whole(n))
    weights = allocation_weights(rule, sizes, list(rests.values()))
    minimum = np.full(sizes.size, MINIMUM_PER_STRATUM)
    if population.joined is not None:
        # So many strata leave nothing past their minimums, and this one may hold most of the rows.
        minimum[population.joined] = max(MINIMUM_PER_STRATUM, n * weights[population.joined] // weights.sum())
    sampled = allocate(sizes, n - int(whole.sum()), minimum, caps(whole, sizes), weights)
    return Design(whole, sizes, sampled, rests)


def _reaches(population: Population, design: Design, target: float) -> bool:
    """Whether every measure's interval will surely be as narrow as `target`; one whose total is nought has no say."""
    widths = expected_half_widths(design, assurance=_ASSURANCE)
    for name, parts in population.totals.items():
        total, width = abs(float(parts.sum())), widths[name]
        if 0.0 < total < np.inf and (width is None or width > target * total):
            return False
    return True


def expected_half_widths(design: Design, assurance: float = 0.0) -> dict[str, float | None]:
    """Half the width that each measure's 95 % interval will have on average; None where there will be none.

        t(0.975, df) sqrt(v),  v = sum N_h (N_h - n_h) / n_h S_h^2

    with the population's own `S_h` where the estimate has the sample's. With `assurance` it is that many standard
    deviations of the width wider: the sample variance of n rows has a relative variance of about (kurtosis + 2) / n
    (Cochran 1977, section 2.15, from Fisher's k-statistics), and the width has half its relative deviation.
    """
    widths: dict[str, float | None] = {}
    for name, rest in design.rests.items():
        parts = error_variances(design.sizes, design.sampled, rest.variances)
        variance = float(parts.sum())
        if not np.isfinite(variance):
            widths[name] = None
            continue
        if variance == 0.0:
            widths[name] = 0.0
            continue
        half = float(half_width(np.sqrt(variance), satterthwaite(parts, design.sampled - 1.0)))
        spread = float(((parts / variance) ** 2 * _relative_variance(rest.kurtosis, design.sampled)).sum())
        widths[name] = half * (1.0 + assurance * np.sqrt(spread) / 2.0)
    return widths


def _relative_variance(kurtosis: Floats, n: Integers | Floats) -> Floats:
    return np.maximum(np.nan_to_num(kurtosis) + 2.0, 0.0) / np.maximum(n, 1)


def _for_strata(population: Population, heavy: tuple[str, ...], target: float, most: int, caps: Caps) -> Design:
    """Every stratum as many rows as its own total needs, and all of them in proportion when that is past `most`."""
    whole, sizes, rests = population.take_largest(heavy, population.kept)
    needed = np.minimum(sizes, MINIMUM_PER_STRATUM)
    for name, rest in rests.items():
        needed = np.maximum(needed, _rows_needed(sizes, rest, np.abs(population.totals[name]) * target))
    free = caps(whole, sizes)
    left = most - int(whole.sum())
    sampled = np.minimum(needed, free)
    if sampled.sum() > left:
        sampled = allocate(sizes, left, caps=free, weights=needed.astype(np.float64))
    return Design(whole, sizes, sampled, rests)


def _rows_needed(sizes: Integers, rest: CentralMoments, widths: Floats) -> Integers:
    """The fewest rows of each stratum with which its half width is surely at most `widths`; 0 where that is nought."""
    asked = (widths > 0) & (rest.variances > 0) & np.isfinite(rest.variances)
    low, high = np.ones(sizes.size, dtype=np.int64), np.maximum(sizes, 1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        spread = np.sqrt(_relative_variance(rest.kurtosis, middle)) * _ASSURANCE / 2.0
        error = np.sqrt(error_variances(sizes, middle, rest.variances))
        fits = half_width(error, np.maximum(middle - 1.0, 1.0)) * (1.0 + spread) <= widths
        high, low = np.where(fits, middle, high), np.where(fits, low, middle)
    return np.where(asked, high, 0)


def expected_errors(
    population: Population, rule: Allocation, own: Design, cap: int = MAX_SAMPLE_ROWS
) -> list[tuple[float, int, dict[str, float | None]]]:
    """Share, rows and expected half widths (to four digits) of samples of several sizes, this one among them, rising.

    A larger sample than the run's would take more of the largest rows whole than the run knows: its error is then less
    than foretold here.
    """
    heavy = population.heavy
    found = {own.rows: (own.rows / population.rows, own)}
    for frac in FRACTIONS:
        design = _share_out(population, heavy, sample_size(frac, population.rows, cap), rule, all_of)
        found.setdefault(design.rows, (frac, design))
    return [(found[rows][0], rows, _foretold(found[rows][1])) for rows in sorted(found)]


def _foretold(design: Design) -> dict[str, float | None]:
    widths = expected_half_widths(design)
    return {name: None if width is None else float(f"{width:.4g}") for name, width in widths.items()}
