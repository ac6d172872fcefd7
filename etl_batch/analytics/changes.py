"""Whether a total has changed from run to run: differences of estimates with their error, corrected for looking often.

Consecutive runs are compared by their estimates alone, as if nobody had counted: what is said here about a change would
be said of data that is only sampled. The exact totals stand beside it as a fact.

For runs 1 and 2 with estimates T, standard errors s and degrees of freedom df:

    D = T2 - T1        s_D = sqrt(s1^2 + s2^2)        t = D / s_D        p = 2 P(t_df >= |t|)
    df = (s1^2 + s2^2)^2 / (s1^4 / df1 + s2^4 / df2)

Source: Welch (1938), Biometrika 29(3/4), and Welch (1947), Biometrika 34(1/2); the degrees of freedom are those of
Satterthwaite (1946), Biometrics Bulletin 2(6). All pairs and measures of one history are one family of m comparisons,
and the k-th smallest p counts as a change only when `(m - k + 1) p` and that of all smaller ones is at most 5 %: Holm
(1979), Scandinavian Journal of Statistics 6(2). The chance of one false change or more in the whole history is then at
most 5 %, however the comparisons hang together: two of them share each run in the middle.

What s_D assumes is that the two samples are independent. Runs with the same seed draw the rows of the same places in
the input. Where most rows are the same as before, the two estimates err to the same side (a positive correlation), s_D
is larger than the true error, and the rule is conservative: fewer false changes, and small changes found later. Where
the rows are the same in the opposite order, they may err to opposite sides, and s_D is up to a factor sqrt(2) too
small; runs with seeds of their own have neither. The same seed on the same input draws the same sample: its difference
is exactly nought, there is nothing to test, and the pair is no comparison of the family.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

import numpy as np

from etl_batch import sentences
from etl_batch.analytics.estimators import half_width, satterthwaite
from etl_batch.analytics.student import two_sided_p

FAMILY_ERROR = 0.05
_LARGEST = 1e300
_TOLERANCE = 1e-9
"""Two totals without error that differ by less than this share are the same: an expansion rounds, a count does not."""


class Estimated(Protocol):
    """One run's total as it is compared; None where a run could not tell."""

    @property
    def estimate(self) -> float | int | None:
        """The estimated total."""

    @property
    def std_error(self) -> float | None:
        """Its standard error."""

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the error; None without error."""

    @property
    def exact(self) -> float | int | None:
        """The exact total."""

    @property
    def certified(self) -> bool:
        """Whether the interval can be trusted."""

    @property
    def reason(self) -> str | None:
        """Why it cannot."""

    @property
    def sample(self) -> str:
        """What decides which rows are drawn (input, seed, fraction), as a key; empty when unknown."""


class Finding(StrEnum):
    """What a comparison came to."""

    CHANGED = "changed"
    CHANCE = "no more than chance"
    UNKNOWN = "cannot be told"


@dataclass(frozen=True, slots=True)
class Change:
    """Two consecutive runs and one measure. None where it cannot be told; `p` is None where nothing is tested."""

    finding: Finding
    difference: float | int | None = None
    """Later minus earlier estimate."""
    std_error: float | None = None
    df: float | None = None
    low: float | int | None = None
    """The 95 % interval of this difference alone, which the correction does not widen."""
    high: float | int | None = None
    p: float | None = None
    corrected_p: float | None = None
    """By Holm over the whole family; at most 5 % makes a change."""
    same_sample: bool = False
    """Both runs drew the same rows of the same input: there is nothing to test."""
    exact_difference: float | int | None = None
    """Later minus earlier exact total; None when one of them is unknown."""
    reason: str | None = None
    """Why it cannot be told."""

    @property
    def tested(self) -> bool:
        """Whether it is one of the comparisons that are corrected for."""
        return self.p is not None


def find_changes(
    history: Mapping[str, Sequence[Estimated]], family_error: float = FAMILY_ERROR
) -> dict[str, list[Change]]:
    """For each measure its consecutive runs compared, the earliest pair first, corrected over all of them together."""
    found = {name: [compare(*pair) for pair in pairwise(points)] for name, points in history.items()}
    tested = [change.p for changes in found.values() for change in changes if change.p is not None]
    corrected = iter(holm(tested))
    return {
        name: [_judged(change, next(corrected), family_error) if change.tested else change for change in changes]
        for name, changes in found.items()
    }


def _judged(change: Change, corrected: float, family_error: float) -> Change:
    finding = Finding.CHANGED if corrected <= family_error else Finding.CHANCE
    return replace(change, corrected_p=corrected, finding=finding)


def compare(before: Estimated, after: Estimated) -> Change:
    """Two runs' totals by the formulas above, before any correction."""
    exact = None if before.exact is None or after.exact is None else after.exact - before.exact
    reason = _unfit(before, sentences.estimates.EARLIER) or _unfit(after, sentences.estimates.LATER)
    if reason is not None:
        return Change(Finding.UNKNOWN, exact_difference=exact, reason=reason)
    assert before.estimate is not None
    assert after.estimate is not None
    assert before.std_error is not None
    assert after.std_error is not None
    difference = after.estimate - before.estimate
    error = math.hypot(before.std_error, after.std_error)
    if error == 0:
        return _exactly(before.estimate, after.estimate, exact)
    if _is_same_sample(before, after):
        return Change(Finding.CHANCE, 0, 0.0, None, 0, 0, same_sample=True, exact_difference=exact)
    df = _welch(before, after)
    half = float(half_width(error, df))
    p_value = two_sided_p(difference / error, df)
    ends = difference - half, difference + half
    return Change(Finding.CHANCE, difference, error, df, *ends, p_value, exact_difference=exact)


def _unfit(point: Estimated, which: str) -> str | None:
    """Why a run's total cannot be compared, in a sentence; None when it can."""
    if point.estimate is None or point.std_error is None or (point.std_error > 0 and not point.df):
        return _with_reason(sentences.estimates.NO_ERROR.format(which=which), point)
    if not math.isfinite(point.std_error) or not abs(point.estimate) < _LARGEST:
        return sentences.estimates.RUN_PAST_DOUBLE.format(which=which)
    return None if point.certified else _with_reason(sentences.estimates.NOT_CERTIFIED.format(which=which), point)


def _with_reason(sentence: str, point: Estimated) -> str:
    return f"{sentence} {point.reason}" if point.reason else sentence


def _exactly(before: float, after: float, exact: float | None) -> Change:
    """Two totals without error: no test, a plain comparison."""
    difference = after - before
    if abs(difference) <= _TOLERANCE * max(abs(before), abs(after)):
        difference = 0
    finding = Finding.CHANGED if difference else Finding.CHANCE
    return Change(finding, difference, 0.0, None, difference, difference, exact_difference=exact)


def _is_same_sample(before: Estimated, after: Estimated) -> bool:
    return (
        bool(before.sample)
        and before.sample == after.sample
        and (before.estimate, before.std_error, before.exact) == (after.estimate, after.std_error, after.exact)
    )


def _welch(before: Estimated, after: Estimated) -> float:
    """Degrees of freedom of the difference; a total without error adds nothing to either sum."""
    parts = [(point.std_error, point.df) for point in (before, after) if point.std_error and point.df]
    largest = max(error for error, _ in parts)
    # In units of the largest error: its square may be past the range.
    return satterthwaite(np.array([(error / largest) ** 2 for error, _ in parts]), np.array([df for _, df in parts]))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values in the order given: `max over j <= k of (m - j + 1) p_(j)`, at most 1.

    Rejecting what is at most alpha keeps the chance of one false rejection or more at alpha under any dependence.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for rank, place in enumerate(order):
        reached = max(reached, min(1.0, (len(order) - rank) * p_values[place]))
        adjusted[place] = reached
    return adjusted
