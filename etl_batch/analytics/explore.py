"""Answers from a run's sample: sums, means, counts and quantiles of any groups, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.certification import MIN_ROWS
from etl_batch.analytics.estimators import half_width
from etl_batch.analytics.explore_design import DomainDesign
from etl_batch.analytics.explore_domains import (
    GroupErrors,
    Ordered,
    Spread,
    group_errors,
    weighted_sums,
    woodruff,
)
from etl_batch.analytics.explore_sample import Sample, StratumGroups
from etl_batch.analytics.explore_trust import Evidence, TrustVerdict, fewer_than, judge, sentence, thinnest_unseen
from etl_batch.analytics.moments import Floats, Integers
from etl_batch.analytics.strata import as_text
from etl_batch.model import MeasureEstimate
from etl_batch.questions import Aggregate, Question

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """One group's answer; numbers that the sample cannot give are None, and `reason` says why.

    `rows` estimates the rows of the group that fit; `exact`: known without error, for certain.
    """

    value: Any
    estimate: float | None
    std_error: float | None
    df: float | None
    ci_low: float | None
    ci_high: float | None
    sampled: int
    drawn: int
    """Of the sampled rows, those drawn by chance; the others were taken whole."""
    rows: float
    certified: bool
    exact: bool
    reason: str | None


@dataclass(frozen=True)
class Answer:
    """The answer to one question: arrays with an entry a group that the sample has rows of, the largest group first."""

    question: Question
    sample_rows: int
    """Rows that were looked at: of the whole sample, or of the smaller fraction."""
    population_rows: int
    values: pa.Array
    estimate: Floats
    std_error: Floats
    df: Floats
    ci_low: Floats
    ci_high: Floats
    sampled: Integers
    drawn: Integers
    """Of the sampled rows, those that were not taken whole."""
    rows: Floats
    effective_rows: Floats
    verdict: NDArray[np.int8]
    fewest: int = MIN_ROWS
    nothing: str | None = None
    """Why there is no group at all."""
    certified: Bools = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "certified", self.verdict <= TrustVerdict.CERTIFIED)

    def __len__(self) -> int:
        return int(self.verdict.size)

    def groups(self, limit: int | None = None) -> tuple[GroupAnswer, ...]:
        """The largest groups, at most `limit`. One with too few rows has no numbers: they would be guesses."""
        return tuple(self._group(place) for place in range(len(self) if limit is None else min(limit, len(self))))

    def _group(self, at: int) -> GroupAnswer:
        verdict = TrustVerdict(int(self.verdict[at]))
        told = verdict is not TrustVerdict.TOO_FEW
        numbers = (self.estimate, self.std_error, self.df, self.ci_low, self.ci_high)
        estimate, std_error, df, low, high = (_plain(array[at]) if told else None for array in numbers)
        reason = sentence(verdict, int(self.drawn[at]), float(self.effective_rows[at]), self.fewest)
        return GroupAnswer(
            self.values[at].as_py(),
            estimate,
            std_error,
            df,
            low,
            high,
            int(self.sampled[at]),
            int(self.drawn[at]),
            float(self.rows[at]),
            bool(self.certified[at]),
            verdict is TrustVerdict.EXACT,
            reason,
        )


def _plain(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def answer(sample: Sample, question: Question, fewest: int = MIN_ROWS) -> Answer:
    """The answer to a question, with 95 % intervals, from the sample alone.

    A missing value of the group's column is a group. A measure's missing values are left out of a mean and a quantile
    and add nothing to a sum; NaN and infinities are left out too, and the group is then not certified. `fewest` rows
    of a group that were not taken whole are the least that is answered. The formulas stand in `explore_domains`, the
    rule of what is certified in `explore_trust`. Raises `UsageError` for a question that does not suit the sample.
    """
    design = sample.design(question.sample_frac)
    asked = _asked(sample, question, design)
    found = np.flatnonzero(asked.sampled)
    if not found.size:
        return _nothing(sample, question, design, fewest)
    errors, estimate, ends = _ESTIMATORS[question.aggregate](asked)
    values = sample.coded(sample.place(question.group_by)).values if question.group_by is not None else pa.array([None])
    counted = _counted(asked, values)
    exact = _exact(asked) | np.isfinite(counted)
    estimate = np.where(np.isfinite(counted), counted, estimate)
    own_total = _total_of_the_run(sample, question)
    ends = (ends if own_total is None else ends.of(own_total)).where(exact, estimate)
    unseen = np.zeros(asked.number) if asked.confined else asked.unseen()
    own, alike, tails = (None, np.zeros(asked.number, dtype=bool), False) if asked.shares else asked.own()
    verdict = judge(Evidence(errors, own, asked.drawn_rows, alike, exact, asked.odd, unseen, fewest, tails))
    if own_total is not None and own_total.certified and not exact[0]:
        verdict[0] = TrustVerdict.CERTIFIED
    without = ~(np.isfinite(ends.low) & np.isfinite(ends.high))
    verdict[without & np.isin(verdict, (TrustVerdict.CERTIFIED, TrustVerdict.ALIKE))] = TrustVerdict.FAR_OUT
    order = found[np.argsort(-asked.rows[found], kind="stable")]
    return Answer(
        question=question,
        sample_rows=design.rows,
        population_rows=sample.population_rows,
        values=values.take(pa.array(order)),
        estimate=estimate[order],
        std_error=ends.std_error[order],
        df=errors.df[order],
        ci_low=ends.low[order],
        ci_high=ends.high[order],
        sampled=asked.sampled[order],
        drawn=asked.drawn_rows[order],
        rows=asked.rows[order],
        effective_rows=errors.effective_rows[order],
        verdict=verdict[order],
        fewest=fewest,
    )


def _nothing(sample: Sample, question: Question, design: DomainDesign, fewest: int) -> Answer:
    most = fewer_than(design)
    words = (
        sentences.estimates.NOTHING_TO_ASK
        if not sample.population_rows
        else sentences.estimates.NONE_FOUND.format(most=most)
        if most
        else sentences.estimates.NONE_AT_ALL
    )
    none, count = np.zeros(0), np.zeros(0, dtype=np.int64)
    verdict = np.zeros(0, dtype=np.int8)
    numbers = (none, none, none, none, none, count, count, none, none, verdict, fewest, words)
    return Answer(question, design.rows, sample.population_rows, pa.array([], pa.null()), *numbers)


@dataclass(frozen=True)
class _Ends:
    std_error: Floats
    low: Floats
    high: Floats

    def of(self, total: MeasureEstimate) -> _Ends:
        """The interval that the run gives, of the only group."""
        assert total.ci_low is not None
        assert total.ci_high is not None
        return _Ends(self.std_error, np.array([total.ci_low]), np.array([total.ci_high]))

    def where(self, exact: Bools, estimate: Floats) -> _Ends:
        """The same with no error where the answer is exact."""
        low, high = (np.where(exact, estimate, end) for end in (self.low, self.high))
        return _Ends(np.where(exact, 0.0, self.std_error), low, high)


@dataclass(frozen=True)
class _Asked:
    """The rows that a question is about: those that fit its filters and, but for a sum, have a value."""

    sample: Sample
    question: Question
    design: DomainDesign
    cells: StratumGroups
    number: int
    """Of groups."""
    drawn: Bools
    whole: Bools
    spread: Spread
    sampled: Integers
    drawn_rows: Integers
    rows: Floats
    odd: Bools

    def errors(self, spread: Spread) -> GroupErrors:
        """Of each group's total of what `spread` describes."""
        return group_errors(spread, self.cells.stratum, self.cells.group, self.number, self.design)

    def total(self, spread: Spread, whole: Floats) -> Floats:
        """Each group's total; `whole` are the values of the rows taken whole."""
        drawn = weighted_sums(spread, self.cells.stratum, self.cells.group, self.number, self.design)
        groups = self.cells.group[self.cells.of_row[self.whole]]
        return drawn + np.bincount(groups, weights=whole, minlength=self.number)

    def whole_values(self) -> Floats:
        """The measure's values in the rows taken whole."""
        return self.sample.numbers(self.question.measure or "").values[self.whole]

    @property
    def shares(self) -> bool:
        """Whether the question is about numbers of rows, and values do not matter but for their order."""
        return self.question.aggregate in (Aggregate.COUNT, Aggregate.QUANTILE)

    def own(self) -> tuple[GroupErrors, Bools, bool]:
        """The errors about the mean of each group's drawn rows; where those are all alike; and the run's doubt."""
        groups, spread = self.cells.group, self.spread
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.bincount(groups, spread.rows * spread.mean, self.number) / self.drawn_rows
            about = spread.less(np.where(np.isfinite(mean), mean, 0.0)[groups])
        held = spread.rows > 0
        low, high = np.full(self.number, np.inf), np.full(self.number, -np.inf)
        np.minimum.at(low, groups[held], spread.mean[held])
        np.maximum.at(high, groups[held], spread.mean[held])
        alike = (np.bincount(groups, spread.m2, self.number) == 0) & (low == high)
        return self.errors(about), alike, self.question.measure in self.sample.doubted

    def unseen(self) -> Floats:
        """See `thinnest_unseen`."""
        cells = self.cells
        return thinnest_unseen(cells.stratum, cells.group, self.spread.rows, self.number, self.design)

    @property
    def structural(self) -> bool:
        """Whether each value of the stratum column is in the question as a whole or not at all."""
        groups = self.question.group_by in (None, self.sample.stratum)
        return groups and self.sample.by_stratum_alone(self.question)

    @property
    def confined(self) -> bool:
        """Whether a group can have rows in the strata alone where it has shown some."""
        if self.question.group_by is not None:
            return self.question.group_by == self.sample.stratum
        others_open = bool(((self.design.sampled < self.design.sizes) & ~self.sample.named).any())
        return not self.question.filters or (self.structural and not others_open)


def _asked(sample: Sample, question: Question, design: DomainDesign) -> _Asked:
    cells = sample.cells(question.group_by)
    number = int(cells.group.max(initial=-1)) + 1
    fits = sample.fits(question.filters)
    drawn, whole = _and(design.drawn, fits), _and(design.whole, fits)
    odd = np.zeros(number, dtype=bool)
    values: Floats | None = None
    if question.aggregate is not Aggregate.COUNT:
        measure = sample.numbers(question.measure or "")
        if measure.odd is not None:
            odd[cells.group[cells.of_row[(drawn | whole) & measure.odd]]] = True
        if question.aggregate is not Aggregate.SUM:
            drawn, whole = _and(drawn, measure.known), _and(whole, measure.known)
        # A quantile looks at shares of rows, and at values in their order alone.
        values = None if question.aggregate is Aggregate.QUANTILE else measure.values
    rows = np.flatnonzero(drawn)  # taken by their places, rows come several times as fast as by a mask
    spread = Spread.of(cells.of_row.take(rows), None if values is None else values.take(rows), cells.group.size)
    ones = Spread(spread.rows, np.ones(spread.rows.size), spread.m2, spread.m3)
    taken = np.bincount(cells.group[cells.of_row[whole]], minlength=number)
    drawn_rows = np.bincount(cells.group, weights=spread.rows, minlength=number).astype(np.int64)
    estimated = weighted_sums(ones, cells.stratum, cells.group, number, design) + taken
    return _Asked(
        sample, question, design, cells, number, drawn, whole, spread, drawn_rows + taken, drawn_rows, estimated, odd
    )


def _counted(asked: _Asked, values: pa.Array) -> Floats:
    """Numbers of rows that the run has counted: of all, and of each value of its stratum column; NaN for others.

    A pool tells nothing of how many rows each of its strata has, and the run does.
    """
    counted, question = np.full(asked.number, np.nan), asked.question
    if question.aggregate is not Aggregate.COUNT or not asked.structural:
        return counted
    if question.group_by is None:
        return counted if question.filters else np.full(asked.number, float(asked.sample.population_rows))
    known = asked.sample.counted
    held = np.flatnonzero(asked.sampled)
    counted[held] = [known.get(as_text(value), np.nan) for value in values.take(pa.array(held)).to_pylist()]
    return counted


def _total_of_the_run(sample: Sample, question: Question) -> MeasureEstimate | None:
    """What the run says of the very total that is asked for, whose interval knows all rows; None for another one."""
    plain = question.aggregate is Aggregate.SUM and question.group_by is None and not question.filters
    total = sample.totals.get(question.measure or "") if plain and question.sample_frac is None else None
    return total if total is not None and total.ci_low is not None and total.ci_high is not None else None


def _and(rows: Bools, mask: Bools | None) -> Bools:
    return rows if mask is None else rows & mask


def _exact(asked: _Asked) -> Bools:
    """The groups that are known for certain: every row of every stratum they may be in is known."""
    closed = asked.design.sampled >= asked.design.sizes
    if closed.all():
        return np.ones(asked.number, dtype=bool)
    known = closed.copy()
    if asked.question.aggregate is Aggregate.COUNT and asked.structural:
        known |= asked.sample.named
    held = np.bincount(asked.cells.of_row[asked.whole], minlength=asked.cells.group.size) + asked.spread.rows > 0
    doubtful = np.bincount(asked.cells.group[held & ~known[asked.cells.stratum]], minlength=asked.number)
    return np.asarray((doubtful == 0) & asked.confined)


def _symmetric(estimate: Floats, std_error: Floats, df: Floats) -> _Ends:
    with np.errstate(invalid="ignore", over="ignore"):
        half = np.where(std_error == 0, 0.0, half_width(std_error, np.where(std_error == 0, np.inf, df)))
    return _Ends(std_error, estimate - half, estimate + half)


def _sum(asked: _Asked) -> tuple[GroupErrors, Floats, _Ends]:
    counting = asked.question.aggregate is Aggregate.COUNT
    whole = np.ones(int(asked.whole.sum())) if counting else asked.whole_values()
    errors, estimate = asked.errors(asked.spread), asked.total(asked.spread, whole)
    return errors, estimate, _symmetric(estimate, np.sqrt(errors.variance), errors.df)


def _mean(asked: _Asked) -> tuple[GroupErrors, Floats, _Ends]:
    """R = T_y / T_1 with the residuals e = y - R."""
    whole = asked.whole_values()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = asked.total(asked.spread, whole) / asked.rows
        errors = asked.errors(asked.spread.less(np.where(np.isfinite(ratio), ratio, 0.0)[asked.cells.group]))
        return errors, ratio, _symmetric(ratio, np.sqrt(errors.variance) / asked.rows, errors.df)


def _quantile(asked: _Asked) -> tuple[GroupErrors, Floats, _Ends]:
    """Woodruff's interval; the residuals are one at or below the estimate, nought above it, less the share of ones."""
    measure, share = asked.question.measure or "", asked.question.quantile
    rows = asked.sample.ascending(measure, asked.question.group_by)
    rows = rows.take(np.flatnonzero((asked.drawn | asked.whole).take(rows)))
    drawn = asked.drawn.take(rows)
    weights = np.where(drawn, asked.design.weights[asked.sample.codes[rows]], 1.0)
    ordered = Ordered(asked.sample.numbers(measure).values[rows], asked.sampled, np.cumsum(weights))
    estimate = ordered.at(np.full(asked.number, share))
    below = ordered.values <= np.repeat(estimate, asked.sampled)
    reached = rows.take(np.flatnonzero(below & drawn))
    inside = np.bincount(asked.cells.of_row.take(reached), minlength=asked.cells.group.size)
    shares = Spread.of_shares(asked.spread.rows, inside.astype(np.float64))
    whole = (asked.whole_values() <= estimate[asked.cells.group[asked.cells.of_row[asked.whole]]]).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        attained = asked.total(shares, whole) / asked.rows
        errors = asked.errors(shares.less(np.where(np.isfinite(attained), attained, 0.0)[asked.cells.group]))
        share_error = np.sqrt(errors.variance) / asked.rows
        df = np.where(errors.variance == 0, np.inf, errors.df)
        low, high = woodruff(ordered, share, share_error, df)
        std_error = (high - low) / (2 * half_width(1.0, df))
    # Without a row beyond the estimate there is nothing to measure, and no interval.
    none = errors.variance == 0
    return errors, estimate, _Ends(*(np.where(none, np.nan, ends) for ends in (std_error, low, high)))


_ESTIMATORS = {Aggregate.SUM: _sum, Aggregate.COUNT: _sum, Aggregate.MEAN: _mean, Aggregate.QUANTILE: _quantile}
