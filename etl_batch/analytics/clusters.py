"""Totals from a simple random sample of clusters: blocks of a file, of which each that is drawn is counted whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from etl_batch import sentences
from etl_batch.analytics.moments import Floats, Integers, sums_by_stratum
from etl_batch.analytics.student import t_quantile
from etl_batch.model import CONFIDENCE

MIN_CLUSTERS = 30
"""Fewer blocks leave the rule below to chance (Cochran 1977, section 6.8, for ratio estimates)."""
MIN_HOLDING = 10
"""Of them, those that add something to the total. A high limit would do harm: near it, those samples pass that happened
to draw too many such blocks, and their estimates are too high. The skewness asks for more where it matters."""
MAX_SIZE_VARIATION = 0.1
"""Of the mean size of a sampled block: the bias of a ratio estimate is at most this share of its standard error, and
the variance formula holds (Cochran 1977, sections 6.4 and 6.8)."""
MAX_SKEWNESS = 0.1
"""Of the estimated total, from the sampled blocks, with its standard error added (Cramer 1946, section 27.7). A run
allows 0.14 (`certification`), and knows all rows; here it is estimated, too low where the tail was not drawn."""
_ROUNDING = 1e-11
"""Residuals below this share of the values they are left from are rounding."""


@dataclass(frozen=True)
class Frame:
    """The clusters that a sample is drawn from: `clusters` in all, of size `size` in all (bytes or rows), both known.

    `sizes` are those of the sampled ones, shape (m,): a simple random sample without replacement.
    """

    clusters: int
    size: float
    sizes: Floats

    @property
    def sampled(self) -> int:
        """Number of sampled clusters."""
        return len(self.sizes)

    @property
    def whole(self) -> bool:
        """Whether every cluster was read."""
        return self.sampled >= self.clusters

    @cached_property
    def size_variation(self) -> float:
        """Coefficient of variation of the mean size of the sampled clusters."""
        if self.whole:
            return 0.0
        mean = float(self.sizes.mean()) if self.sampled else 0.0
        if self.sampled < 2 or mean == 0.0:
            return math.inf
        return float(self.sizes.std(ddof=1)) / mean * math.sqrt((1 - self.sampled / self.clusters) / self.sampled)


@dataclass(frozen=True)
class ClusterCells:
    """Which clusters hold what: an entry for each pair of a sampled cluster and a stratum that it has rows of.

    `cluster` and `stratum` are places, 0 <= place < m and 0 <= place < strata; no pair stands twice.
    """

    cluster: Integers
    stratum: Integers
    strata: int


@dataclass(frozen=True)
class ClusterTotals:
    """Estimated totals, an entry a stratum, with the cumulants of their error; they add up over independent samples."""

    estimate: Floats
    variance: Floats
    spread: Floats
    """The variance without the finite population correction: what the skewness is measured in."""
    third: Floats
    """Third cumulant of the error, likewise."""
    squares: Floats
    """Sum of `variance**2 / (m - 1)` over the samples, for the degrees of freedom."""
    held: Integers
    """Sampled clusters that add something to the total."""

    def __add__(self, other: ClusterTotals) -> ClusterTotals:
        """Stratum by stratum."""
        mine, others = vars(self), vars(other)
        return ClusterTotals(**{name: mine[name] + others[name] for name in mine})


@dataclass(frozen=True, slots=True)
class Judged:
    """One total with its interval, and why it is not certified (None: it is)."""

    estimate: float | None
    std_error: float | None
    df: float | None
    ci_low: float | None
    ci_high: float | None
    distrust: str | None = None


def ratio_totals(frame: Frame, cells: ClusterCells, values: Floats) -> ClusterTotals:
    """Totals over all clusters by the ratio to size; `values` has an entry for each of the `cells`.

        R = sum t_i / sum x_i        T = X R        d_i = t_i - R x_i
        v = (X / xbar)^2 (1 - f) s_d^2 / m,   s_d^2 = sum d_i^2 / (m - 1),   f = m / M

    with t_i a cluster's total (nought where it has no entry), x_i its size, X the known size of all M clusters. A drawn
    cluster is counted whole, so this is one-stage sampling: no variance arises within a cluster.
    The third cumulant is that of a mean of m residuals, `(X / xbar)^3 sum d_i^3 / m^3`.

    Assumes a simple random sample of clusters without replacement; T is biased by less than `size_variation` standard
    errors. Source: Cochran (1977), Sampling Techniques, 3rd ed., sections 6.3, 6.4 and 9A.3 to 9A.4; for the factor
    (X / xbar)^2 in place of M^2: Saerndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.6.
    """
    m, sizes = frame.sampled, frame.sizes
    total_size = float(sizes.sum())
    places, own_sizes = cells.stratum, sizes[cells.cluster]

    def by_stratum(weights: Floats) -> Floats:
        return sums_by_stratum(places, weights, cells.strata)

    held = np.bincount(places[values != 0], minlength=cells.strata).astype(np.int64)
    sums = by_stratum(values)
    if total_size == 0.0 or frame.whole:
        none = np.zeros(cells.strata)
        return ClusterTotals(sums, none, none, none, none, held)
    with np.errstate(over="ignore", invalid="ignore"):
        ratio = sums / total_size
        expected = ratio[places] * own_sizes
        residuals = values - expected
        residuals[np.abs(residuals) <= _ROUNDING * np.maximum(np.abs(values), np.abs(expected))] = 0.0
        # Clusters without an entry have the residual -R x: sizes are whole numbers, so that these sums do not round.
        squares, own_squares, residual_squares = sizes * sizes, own_sizes * own_sizes, residuals * residuals
        absent = float(squares.sum()) - by_stratum(own_squares)
        second = by_stratum(residual_squares) + ratio**2 * np.maximum(absent, 0.0)
        absent = float((squares * sizes).sum()) - by_stratum(own_squares * own_sizes)
        third = by_stratum(residual_squares * residuals) - ratio**3 * np.maximum(absent, 0.0)
        scale = frame.size * m / total_size
        spread = scale**2 * second / (m * max(m - 1, 1))
        variance = spread * (1 - m / frame.clusters)
        return ClusterTotals(
            frame.size * ratio, variance, spread, scale**3 * third / m**3, variance**2 / max(m - 1, 1), held
        )


def judge(totals: ClusterTotals, frames: Sequence[Frame], place: int = 0, confidence: float = CONFIDENCE) -> Judged:
    """One total of independent samples with its interval `T +- t(df) sqrt(v)`, `df = v^2 / sum(v_k^2 / (m_k - 1))`.

    Source of the degrees of freedom: Satterthwaite (1946), Biometrics Bulletin 2(6).
    """
    estimate, variance = float(totals.estimate[place]), float(totals.variance[place])
    if not math.isfinite(estimate):
        return Judged(None, None, None, None, None, sentences.estimates.SPREAD_PAST_DOUBLE)
    open_frames = [frame for frame in frames if not frame.whole]
    if not open_frames:
        return Judged(estimate, 0.0, None, estimate, estimate)
    fewest = min(frame.sampled for frame in open_frames)
    if fewest < 2:
        return Judged(
            estimate, None, None, None, None, sentences.estimates.FEW_BLOCKS.format(clusters=fewest, least=MIN_CLUSTERS)
        )
    if not math.isfinite(variance):
        return Judged(estimate, None, None, None, None, sentences.estimates.SPREAD_PAST_DOUBLE)
    distrust = _distrust(totals, open_frames, place, fewest)
    if variance == 0.0:
        return Judged(estimate, 0.0, None, estimate, estimate, distrust)
    df = variance**2 / float(totals.squares[place])
    half = t_quantile((1.0 + confidence) / 2.0, df) * math.sqrt(variance)
    return Judged(estimate, math.sqrt(variance), df, estimate - half, estimate + half, distrust)


def _distrust(totals: ClusterTotals, frames: Sequence[Frame], place: int, fewest: int) -> str | None:
    clusters = sum(frame.sampled for frame in frames)
    held, spread = int(totals.held[place]), float(totals.spread[place])
    if fewest < MIN_CLUSTERS:
        return sentences.estimates.FEW_BLOCKS.format(clusters=fewest, least=MIN_CLUSTERS)
    if max(frame.size_variation for frame in frames) > MAX_SIZE_VARIATION:
        return sentences.estimates.UNEVEN.format(clusters=clusters)
    if held == 0:
        return sentences.estimates.ALL_NOUGHT
    if held < MIN_HOLDING:
        return sentences.estimates.FEW_HOLD_IT.format(held=held, clusters=clusters)
    if spread == 0.0:
        return sentences.estimates.ALL_ALIKE
    skewness: Any = abs(float(totals.third[place])) / np.float64(spread) ** 1.5
    if not math.isfinite(skewness):
        return sentences.estimates.SPREAD_PAST_DOUBLE
    # The sample skewness of m values has a standard error of sqrt(6 / m), which counts against it.
    return (
        sentences.estimates.SKEWED.format(clusters=clusters)
        if skewness + math.sqrt(6.0) / clusters > MAX_SKEWNESS
        else None
    )
