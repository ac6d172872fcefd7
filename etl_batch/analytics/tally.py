"""Exact counts and sums of every stratum, added up over the chunks of one pass."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.exact import ExactSums, sum_floats, sum_integers, sums_of_distances
from etl_batch.analytics.moments import CentralMoments, Floats
from etl_batch.analytics.numbers import Numbers
from etl_batch.analytics.strata import (
    MAX_STRATA,
    MAX_TOLD_APART,
    OTHER,
    RowsByStratum,
    StratumValue,
    joined_places,
    moved_apart,
    plain_values,
    told_apart,
    value_order,
)
from etl_batch.kernels import tallies


@dataclass(frozen=True)
class MeasureTally:
    """One measure's exact sums: arrays of one entry a stratum. A sum is of `sums / 10**scale`."""

    sums: ExactSums
    non_null: NDArray[np.int64]
    not_finite: NDArray[np.int64]
    """NaN and infinities, which the sums leave out."""
    rest: CentralMoments
    """Of the rows that are not among the largest, a null or a value that is not finite as nought, in real units."""
    scale: int = 0
    integral: bool = True
    """Whether every chunk held integers: then totals are ints."""

    @classmethod
    def zeros(cls, strata: int) -> MeasureTally:
        """What adds nothing."""
        return cls.of_nothing(CentralMoments.zeros(strata))

    @classmethod
    def of_nothing(cls, rest: CentralMoments, scale: int = 0) -> MeasureTally:
        """What adds nothing but to the rest."""
        none = np.zeros(rest.rows.size, dtype=np.int64)
        return cls(ExactSums.zeros(rest.rows.size), none, none, rest, scale)

    def moved(self, places: NDArray[np.intp], strata: int) -> MeasureTally:
        """Stratum h goes to `places[h]` of `strata`."""
        return MeasureTally(
            self.sums.moved(places, strata),
            _moved(self.non_null, places, strata),
            _moved(self.not_finite, places, strata),
            self.rest.moved(places, strata),
            self.scale,
            self.integral,
        )

    @classmethod
    def beside(cls, parts: Sequence[MeasureTally]) -> MeasureTally:
        """The strata of several one behind the other; sums of different scales meet at the largest."""
        scale = max(part.scale for part in parts)
        return cls(
            ExactSums.beside(
                [part.sums if part.scale == scale else part.sums.times(10 ** (scale - part.scale)) for part in parts]
            ),
            np.concatenate([part.non_null for part in parts]),
            np.concatenate([part.not_finite for part in parts]),
            CentralMoments.beside([part.rest for part in parts]),
            scale,
            all(part.integral for part in parts),
        )

    def totals(self) -> list[int | float | None]:
        """The exact total of each stratum: int for integers, else the nearest double (None past its range)."""
        return [self._typed(number) for number in self.sums.numbers(self.scale)]

    def total(self) -> int | float | None:
        """The exact total over all strata."""
        return self._typed(self.sums.total(self.scale))

    def _typed(self, number: int | float | None) -> int | float | None:
        if number is None or (self.integral and not self.scale):
            return number
        try:
            return float(number)
        except OverflowError:
            return None


@dataclass(frozen=True)
class StratumTally:
    """Rows and measures by stratum value. `+` is exact: any order and any slicing give the same `ordered()`.

    `capped` bounds its memory on the way; `ordered` reports the largest strata at the end, when they are known.
    """

    values: tuple[StratumValue, ...] = ()
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    measures: dict[str, MeasureTally] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows in all."""
        return int(self.counts.sum())

    def __add__(self, other: StratumTally) -> StratumTally:
        """The tally of both inputs; a measure that one side lacks counts as null there."""
        return StratumTally.joined([self, other])

    @classmethod
    def joined(cls, parts: Sequence[StratumTally]) -> StratumTally:
        """The tally of several inputs, added up at once: of many small ones that is quicker than one by one."""
        nothing = [MeasureTally.zeros(len(part.values)) for part in parts]
        names = dict.fromkeys(name for part in parts for name in part.measures)
        measures = {
            name: MeasureTally.beside(
                [part.measures.get(name, none) for part, none in zip(parts, nothing, strict=True)]
            )
            for name in names
        }
        values = tuple(value for part in parts for value in part.values)
        return cls(values, np.concatenate([part.counts for part in parts]), measures).renamed(values)

    def _moved(self, places: NDArray[np.intp], values: tuple[StratumValue, ...]) -> StratumTally:
        measures = {name: measure.moved(places, len(values)) for name, measure in self.measures.items()}
        return StratumTally(values, _moved(self.counts, places, len(values)), measures)

    def grouped(self, places: NDArray[np.intp], groups: int) -> StratumTally:
        """Stratum h goes to group `places[h]`, whose value is its number."""
        return self._moved(places, tuple(range(groups)))

    def renamed(self, values: Sequence[StratumValue]) -> StratumTally:
        """The tally under other values, place by place; strata that get the same value are joined."""
        union = tuple(dict.fromkeys(values))
        places: dict[StratumValue, int] = {value: place for place, value in enumerate(union)}
        return self._moved(np.array([places[value] for value in values], dtype=np.intp), union)

    def capped(self, named: Container[str], most: int = MAX_TOLD_APART) -> StratumTally:
        """The tally with the strata past the limit of `told_apart` joined to `(other)`."""
        marks = told_apart(self.values, named, most)
        if marks is None:
            return self
        places, values = joined_places(self.values, marks)
        return self._moved(places, tuple(values))

    def ordered(self, limit: int = MAX_STRATA) -> StratumTally:
        """The strata that have rows, largest first, then by value; those past `limit` joined in a last one, `(other)`.

        A value that is itself named `(other)` goes into that last stratum when there is one.
        """
        ranked = sorted(
            (place for place in range(len(self.values)) if self.counts[place]),
            key=lambda place: (-int(self.counts[place]), value_order(self.values[place])),
        )
        kept = ranked if len(ranked) <= limit else [at for at in ranked[:limit] if self.values[at] != OTHER]
        values = tuple(self.values[place] for place in kept) + ((OTHER,) if len(kept) < len(ranked) else ())
        # Values without a row have nothing to move, so that any place will do for them.
        places = np.full(len(self.values), max(len(values) - 1, 0), dtype=np.intp)
        places[kept] = np.arange(len(kept))
        return self._moved(places, values) if values else StratumTally()


def tally_chunk(
    codes: NDArray[np.integer[Any]],
    values: Sequence[StratumValue],
    measures: Mapping[str, NDArray[Any]],
    scales: Mapping[str, int] | None = None,
    largest: NDArray[np.bool_] | None = None,
) -> StratumTally:
    """One chunk's tally.

    `codes` give each row's place in `values` (0 <= code < len(values); a missing value has a code of its own, for
    None); the values are distinct. A measure is an integer, bool or float array of the chunk's rows, masked where it is
    null: a null adds nothing to the sum. A decimal column comes as unscaled integers with its `scales[name]` digits.
    The rows marked as `largest` are left out of the moments of the rest.
    """
    scales = scales or {}
    numbers = {name: Numbers.of(array, scales.get(name, 0)) for name, array in measures.items()}
    return tally_numbers(codes, values, numbers, largest)


def tally_numbers(
    codes: NDArray[np.integer[Any]],
    values: Sequence[StratumValue],
    measures: Mapping[str, Numbers],
    largest: NDArray[np.bool_] | None = None,
) -> StratumTally:
    """`tally_chunk` of measures that are at hand as numbers."""
    rows = RowsByStratum.of(codes, len(values), None if largest is None or not largest.any() else largest)
    known = _sum_integers(rows, {name: numbers for name, numbers in measures.items() if numbers.data.dtype == np.int64})
    measured = {
        name: _tally_measure(rows, numbers, *(known.get(name) or _sums_and_rest(rows, numbers)))
        for name, numbers in measures.items()
    }
    return StratumTally(plain_values(values), rows.counts, measured)


def add_to_rest(
    codes: NDArray[np.integer[Any]], values: Sequence[StratumValue], measures: Mapping[str, Floats]
) -> StratumTally:
    """What rows add that were left out as the largest and are not among them after all: to the rest, and only there."""
    strata = len(values)
    moments = {name: CentralMoments.of(codes, array, strata) for name, array in measures.items()}
    added = {name: MeasureTally.of_nothing(rest) for name, rest in moments.items()}
    return StratumTally(plain_values(values), np.zeros(strata, dtype=np.int64), added)


def _tally_measure(rows: RowsByStratum, numbers: Numbers, sums: ExactSums, rest: CentralMoments) -> MeasureTally:
    counts, strata = rows.counts, rows.ends.size
    nulls, odd = numbers.nulls, numbers.not_finite
    return MeasureTally(
        sums,
        counts if nulls is None else counts - np.bincount(rows.codes[nulls], minlength=strata),
        np.zeros(strata, np.int64) if odd is None else np.bincount(rows.codes[odd], minlength=strata),
        rest,
        numbers.scale,
        numbers.whole,
    )


def _sums_and_rest(rows: RowsByStratum, numbers: Numbers) -> tuple[ExactSums, CentralMoments]:
    """Of doubles, and of integers past the range of those with a sign."""
    strata = rows.ends.size
    sums = sum_integers(rows, numbers.data) if numbers.whole else sum_floats(rows.codes, numbers.data, strata)
    return sums, CentralMoments.of_rows(rows, numbers.reals())


def _sum_integers(rows: RowsByStratum, measures: Mapping[str, Numbers]) -> dict[str, tuple[ExactSums, CentralMoments]]:
    """Sums and rest of integers with a sign, of all measures together: each is walked through once."""
    many, strata = len(measures), rows.ends.size
    anchors, others = np.zeros((many, strata)), np.zeros((many, strata, 2))
    powers = np.zeros((many, strata, tallies.POWERS))
    for numbers, *own in zip(measures.values(), anchors, powers, others, strict=True):
        tallies.sum_powers_of_integers(rows.order, rows.starts, rows.ends, numbers.data, *own)
    exact = sums_of_distances(rows.counts, anchors, [(rows.left, powers), (rows.counts - rows.left, others)])
    units = np.array([[10.0**numbers.scale] for numbers in measures.values()])
    rests = CentralMoments.about(rows.left, anchors, powers).in_units(units).split() if many else []
    return {
        name: (sums or sum_integers(rows, numbers.data), rest)
        for (name, numbers), sums, rest in zip(measures.items(), exact, rests, strict=True)
    }


def _moved(counts: NDArray[np.int64], places: NDArray[np.intp], strata: int) -> NDArray[np.int64]:
    moved = np.zeros(strata, dtype=np.int64)
    if moved_apart(places):
        moved[places] = counts
    else:
        np.add.at(moved, places, counts)
    return moved
