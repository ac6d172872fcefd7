"""The design of a sample: which rows are taken whole, what is sampled together, and how the rows are shared out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.allocation import MINIMUM_PER_STRATUM, allocate, allocation_weights, targets
from etl_batch.analytics.certification import MIN_ROWS, ErrorShape, error_shape, skewness, trusted
from etl_batch.analytics.estimators import error_variances, half_width, interval, satterthwaite
from etl_batch.analytics.largest import HEAVY, LEVELS, SHARE, largest_rows
from etl_batch.analytics.moments import CentralMoments, Floats, Integers, nine_digits
from etl_batch.analytics.pooling import Groups, pool
from etl_batch.analytics.sampling import MAX_SAMPLE_ROWS, sample_size
from etl_batch.model import Allocation, TargetScope

ASSURANCE = 2.0
"""Standard deviations of the interval's own width by which a wanted error is undercut."""
AT_CHANCE = 1.004
"""The largest design effect of a total: 1, that of a simple random sample, to two digits.

Whole numbers of rows cost a part of it. The rest lets the few largest rows of another measure in, which that one's
total may hang on.
"""
MIX_STEPS = 16
"""How finely the way from the rule to proportional shares is gone."""
_RAISED = 0.05
"""Of the sample: what strata below their minimum may take from the others before they are pooled."""
_STRIDE = 3
"""Of the numbers of rows that may be taken whole the first and every third are tried, then those around the best."""
_COARSER = (MINIMUM_PER_STRATUM, 4, 8, 16, 32, np.inf)
"""Rows below which a stratum is pooled: the first that is no worse than chance; the last is a simple random sample."""


@dataclass(frozen=True, slots=True)
class WantedSample:
    """What the sample is to be: a share of the rows, or as many as an error needs (then the share is not used)."""

    frac: float
    rule: Allocation = Allocation.SQRT
    target: float | None = None
    """Half width of the 95 % interval in parts of the exact total, such as 0.01."""
    scope: TargetScope = TargetScope.MEASURE


@dataclass(frozen=True, eq=False)
class Rest:
    """What is drawn from when some rows are taken whole. An entry a stratum; the moments' first axis are the measures.

    `whole` marks those rows among the population's marked ones.
    """

    whole: NDArray[np.bool_]
    sizes: Integers
    moments: CentralMoments


@dataclass(frozen=True, eq=False)
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
    _rests: dict[int, Rest] = field(default_factory=dict, init=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The measures."""
        return tuple(self.rests)

    @cached_property
    def rows(self) -> int:
        """Rows in all."""
        return int(self.counts.sum())

    @cached_property
    def overall(self) -> CentralMoments:
        """Of all rows as one stratum: an entry a measure, and one of the one stratum."""
        strata = np.arange(self.counts.size)
        return self.rest(0).moments.joined(strata, strata[:1])

    @cached_property
    def heavy(self) -> tuple[str, ...]:
        """The measures with heavy tails: an excess kurtosis above `HEAVY`, over all rows and whatever the fraction."""
        if not self.kept or not self.names:
            return ()
        return tuple(name for name, tail in zip(self.names, self.overall.kurtosis[:, 0], strict=True) if tail > HEAVY)

    def rest(self, count: int) -> Rest:
        """What is left when the `count` largest rows of the heavy measures together are taken whole."""
        if count not in self._rests:
            self._rests[count] = self._without(count)
        return self._rests[count]

    def _without(self, count: int) -> Rest:
        whole = np.zeros(self.marked.size, dtype=bool)
        if count:
            heavy = self.heavy
            whole = largest_rows([self.largest[name] for name in heavy], min(count, self.kept) // len(heavy))
        back = np.flatnonzero(~whole)
        strata = self.counts.size
        sizes = self.counts - np.bincount(self.marked[whole], minlength=strata)
        parts = [
            rest + CentralMoments.of(self.marked[back], self.largest[name][back], strata) if back.size else rest
            for name, rest in self.rests.items()
        ]
        none = CentralMoments(sizes, *(np.zeros((0, strata)) for _ in range(5)))
        return Rest(whole, sizes, CentralMoments.stacked(parts) if parts else none)

    def chance(self, rows: int) -> Floats:
        """The variance of each measure's total under simple random sampling of so many rows."""
        return error_variances(np.array([self.rows]), np.array([rows]), self.overall.variances)[:, 0]


@dataclass(frozen=True, eq=False)
class Design:
    """A sample before it is drawn.

    `sizes` are the rows of each group of strata that are left when some are taken whole, `sampled` how many of them are
    drawn.
    """

    names: tuple[str, ...]
    rest: Rest
    groups: Groups
    sizes: Integers
    sampled: Integers
    mix: float = 0.0
    """How far the shares lie from those of the rule towards proportional ones."""

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Marks those of the population's marked rows that are taken whole."""
        return self.rest.whole

    @cached_property
    def rows(self) -> int:
        """Rows of the sample."""
        return int(self.whole.sum() + self.sampled.sum())

    @cached_property
    def moments(self) -> CentralMoments:
        """The groups' moments, the measures as the first axis."""
        return self.groups.joined(self.rest.moments)

    @cached_property
    def _shape(self) -> ErrorShape:
        """Of each measure's total, group by group."""
        return error_shape(self.sizes, self.sampled, self.groups.joined(self.rest.moments, powers=3))

    @cached_property
    def rests(self) -> dict[str, CentralMoments]:
        """The moments of each measure."""
        return dict(zip(self.names, self.moments.split(), strict=True))

    @cached_property
    def parts(self) -> Floats:
        """What each group adds to the variance of each measure's total: the measures are the first axis."""
        lonely = (self.sampled < self.sizes) & (self.sampled < MINIMUM_PER_STRATUM)
        return np.where(lonely, np.nan, self._shape.variance)

    @cached_property
    def skewed(self) -> Floats:
        """Of each measure's estimated total."""
        return skewness(self._shape.summed())

    @cached_property
    def certain(self) -> NDArray[np.bool_]:
        """Which measures' totals will be certified."""
        return trusted(self.sizes, self.sampled, self.parts.sum(axis=-1), self.skewed)

    def effects(self, population: Population) -> Floats:
        """The design effect of each measure's total: its variance in those of a simple random sample of this size.

        Nought where nothing is left to chance, infinite where the error cannot be told and by chance it could, NaN
        where it could not either. Source: Kish (1965), Survey Sampling, section 8.2.
        """
        chance, own = population.chance(self.rows), self.parts.sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            told = np.where(np.isfinite(own), own / chance, np.where(np.isfinite(chance), np.inf, np.nan))
        return nine_digits(np.where(own == 0.0, 0.0, told))


Caps = Callable[[NDArray[np.bool_], Groups, Integers], Integers]
"""From the mark of the rows taken whole, the groups and their sizes: how many rows of each group can be drawn."""


def all_of(_whole: NDArray[np.bool_], _groups: Groups, sizes: Integers) -> Integers:
    """Every row can be drawn."""
    return sizes


def make_design(
    population: Population, wanted: WantedSample, caps: Caps = all_of, cap: int = MAX_SAMPLE_ROWS
) -> Design:
    """The sample that is wanted, of at most `cap` rows; one that is to reach an error is the smallest that does."""
    most = min(cap, population.rows)
    if wanted.target is None:
        return share_out(population, sample_size(wanted.frac, population.rows, cap), wanted.rule, caps)
    if wanted.scope is TargetScope.STRATUM:
        return _for_strata(population, wanted.target, most, wanted.rule, caps)

    def reaches(n: int) -> bool:
        return _reaches(population, share_out(population, n, wanted.rule), wanted.target or 0.0)

    # the smallest n that reaches it lies above `low`; `high` is the answer when none does
    low, high = min(MIN_ROWS, most) - 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return share_out(population, high, wanted.rule, caps)


def share_out(population: Population, n: int, rule: Allocation, caps: Caps = all_of) -> Design:
    """`n` rows: how many of the largest are taken whole, which strata are pooled, and how the rest is shared out.

    Only what does no worse than a simple random sample of as many rows, for the total of any measure, is taken (a
    design effect of at most `AT_CHANCE`). Of that, with shares in proportion to the sizes, the one that pools least,
    then certifies most totals, then has the least variances (their product over the measures). From there the shares
    go towards those of the rule as far as all this stays true. It hangs on the population alone, never on which rows
    are drawn.
    """
    level, least = _choose(population, n, rule)
    if rule is Allocation.PROPORTIONAL:
        return _shared(population, n, rule, level, least, 0.0, caps)
    sure = _shared(population, n, rule, level, least, 1.0).certain

    def fair(steps: int) -> bool:
        design = _shared(population, n, rule, level, least, steps / MIX_STEPS)
        return _is_fair(design, population) and bool(design.certain[sure].all())

    low, high = -1, 0 if fair(0) else MIX_STEPS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fair(middle) else (middle, high)
    return _shared(population, n, rule, level, least, high / MIX_STEPS, caps)


def _choose(population: Population, n: int, rule: Allocation) -> tuple[int, float]:
    """How many rows are taken whole, and below how many rows a stratum is pooled."""
    most = min(int(SHARE * n), population.kept) if population.heavy else 0
    levels = [level for level in LEVELS if level <= most]
    for least in _COARSER[:-1]:
        merit = cache(partial(_merit, population, n, rule, least))
        near = levels.index(max([*levels[:_STRIDE], *levels[_STRIDE::_STRIDE]], key=merit))
        best = max(levels[max(near - _STRIDE + 1, 0) : near + _STRIDE], key=merit)
        if merit(best)[0]:
            return best, least
    return 0, _COARSER[-1]


def _is_fair(design: Design, population: Population) -> bool:
    return not (design.effects(population) > AT_CHANCE).any()


def _merit(population: Population, n: int, rule: Allocation, least: float, level: int) -> tuple[bool, int, float]:
    """Of proportional shares: whether they are no worse than chance, how many totals they certify, and how narrowly."""
    design = _shared(population, n, rule, level, least, 1.0)
    effects = np.maximum(np.nan_to_num(design.effects(population), nan=1.0), 1e-12)
    return _is_fair(design, population), int(design.certain.sum()), round(-float(np.log(effects).sum()), 9)


def _shared(
    population: Population,
    n: int,
    rule: Allocation,
    level: int,
    least: float,
    mix: float,
    caps: Caps = all_of,
) -> Design:
    """`n` rows with `level` of them taken whole, strata below `least` rows pooled, and shares as `mix` says."""
    rest = population.rest(level)
    left = n - int(rest.whole.sum())
    shares = (1.0 - mix) * targets(rest.sizes, left, allocation_weights(rule, rest.sizes, rest.moments.split()))
    if mix:
        shares = shares + mix * targets(rest.sizes, left, rest.sizes.astype(np.float64))
    groups = _pooled(rest.sizes, shares, least, left)
    sizes, weights = groups.total(rest.sizes), groups.summed(shares)
    enough = np.minimum(sizes, MINIMUM_PER_STRATUM).sum() <= left
    minimum = MINIMUM_PER_STRATUM if enough else left // groups.number
    sampled = allocate(sizes, left, minimum, caps(rest.whole, groups, sizes), weights)
    return Design(population.names, rest, groups, sizes, sampled, mix)


def _pooled(sizes: Integers, shares: Floats, least: float, n: int) -> Groups:
    if np.isinf(least):
        return Groups.one(sizes.size)
    lacking = np.maximum(np.minimum(sizes, MINIMUM_PER_STRATUM) - shares, 0.0)
    if least == MINIMUM_PER_STRATUM and lacking.sum() <= _RAISED * n:
        return Groups.each(sizes.size)
    return pool(sizes, shares, least)


def _reaches(population: Population, design: Design, target: float) -> bool:
    """Whether every measure's interval will surely be as narrow as `target`; one whose total is nought has no say."""
    for name, reach in zip(population.names, np.maximum(*expected_reach(design, ASSURANCE)), strict=True):
        total = abs(float(population.totals[name].sum()))
        if 0.0 < total < np.inf and not reach <= target * total:
            return False
    return True


def expected_reach(design: Design, assurance: float = 0.0) -> tuple[Floats, Floats]:
    """How far each measure's 95 % interval will reach down and up on average; NaN where there will be none.

        t(0.975, df) sqrt(v),  v = sum N_h (N_h - n_h) / n_h S_h^2

    or what `estimators.interval` makes of it, with the population's own `S_h` where the estimate has the sample's. With
    `assurance` it is that many standard deviations of the width wider: the sample variance of n rows has a relative
    variance of about (kurtosis + 2) / n (Cochran 1977, section 2.15, from Fisher's k-statistics), and the width has
    half its relative deviation.
    """
    variances, halves = design.parts.sum(axis=-1), np.zeros(len(design.names))
    df = np.maximum(design.sampled - 1.0, 1.0)
    for place, parts in enumerate(design.parts):
        variance = variances[place]
        if not np.isfinite(variance) or variance == 0.0:
            halves[place] = 0.0 if variance == 0.0 else np.nan
            continue
        halves[place] = half_width(np.sqrt(variance), satterthwaite(parts, df))
        if assurance:
            relative = _relative_variance(design.moments.kurtosis[place], design.sampled)
            halves[place] *= 1.0 + assurance * np.sqrt(((parts / variance) ** 2 * relative).sum()) / 2.0
    below, above = interval(halves, np.sqrt(variances), design.skewed)
    return below, above


def expected_half_widths(design: Design) -> dict[str, float | None]:
    """Half the width that each measure's 95 % interval will have on average; None where there will be none."""
    below, above = expected_reach(design)
    widths = ((below + above) / 2.0).tolist()
    return {name: width if np.isfinite(width) else None for name, width in zip(design.names, widths, strict=True)}


def _relative_variance(kurtosis: Floats, n: Integers | Floats) -> Floats:
    return np.maximum(np.nan_to_num(kurtosis) + 2.0, 0.0) / np.maximum(n, 1)


def _for_strata(population: Population, target: float, most: int, rule: Allocation, caps: Caps) -> Design:
    """Every stratum as many rows as its own total needs, and all of them in proportion when that is past `most`."""
    kept = min(population.kept, int(SHARE * most)) if population.heavy else 0
    rests = [population.rest(level) for level in LEVELS if level <= kept]
    rest, needed = min(
        ((rest, _needed(population, rest, target)) for rest in rests),
        key=lambda found: int(found[0].whole.sum() + found[1].sum()),
    )
    sizes, groups = rest.sizes, Groups.each(rest.sizes.size)
    free = caps(rest.whole, groups, sizes)
    left = most - int(rest.whole.sum())
    sampled = np.minimum(needed, free)
    if sampled.sum() > left:
        if MINIMUM_PER_STRATUM * sizes.size > left:
            return share_out(population, most, rule, caps)
        sampled = allocate(sizes, left, caps=free, weights=needed.astype(np.float64))
    return Design(population.names, rest, groups, sizes, sampled)


def _needed(population: Population, rest: Rest, target: float) -> Integers:
    """The rows that each stratum has to give, some of the largest aside."""
    needed = np.minimum(rest.sizes, MINIMUM_PER_STRATUM)
    for name, moments in zip(population.names, rest.moments.split(), strict=True):
        widths = np.abs(population.totals[name]) * target
        needed = np.maximum(needed, _rows_needed(rest.sizes, moments, widths))
    return needed


def _rows_needed(sizes: Integers, rest: CentralMoments, widths: Floats) -> Integers:
    """The fewest rows of each stratum with which its half width is surely at most `widths`; 0 where that is nought."""
    asked = (widths > 0) & (rest.variances > 0) & np.isfinite(rest.variances)
    low, high = np.ones(sizes.size, dtype=np.int64), np.maximum(sizes, 1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        spread = np.sqrt(_relative_variance(rest.kurtosis, middle)) * ASSURANCE / 2.0
        error = np.sqrt(error_variances(sizes, middle, rest.variances))
        fits = half_width(error, np.maximum(middle - 1.0, 1.0)) * (1.0 + spread) <= widths
        high, low = np.where(fits, middle, high), np.where(fits, low, middle)
    return np.where(asked, high, 0)
