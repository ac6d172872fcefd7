"""The sample of one run, made ready for questions: strata, and each column as codes, as numbers or as a mask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.explore_columns import Coded, Numbers, code, fitting, is_measurable, numbers
from etl_batch.analytics.explore_design import DomainDesign, Drawing, thinned
from etl_batch.analytics.moments import Integers
from etl_batch.analytics.strata import OTHER, as_text
from etl_batch.errors import FormatRefused, UsageError
from etl_batch.model import Analytics, StratumEstimate
from etl_batch.questions import Column, Condition, Question, kind_of

OWN_COLUMNS = ("_key", "_stratum", "_whole")
_KEPT = 16
"""Answers to parts of questions that are remembered: a column of a million rows takes 4 to 17 MB."""
T = TypeVar("T")
Bools = NDArray[np.bool_]


class Columns(Protocol):
    """Where columns come from: a table in memory, or a file of which only the columns asked for are read."""

    @property
    def schema(self) -> pa.Schema:
        """Names and types."""

    def column(self, place: int) -> pa.ChunkedArray:
        """One column."""


@dataclass(frozen=True, slots=True)
class StratumGroups:
    """The pairs of a stratum and a group that occur: each row's cell, and each cell's stratum and group."""

    of_row: NDArray[np.int32]
    stratum: NDArray[np.intp]
    group: NDArray[np.intp]


class Sample:
    """The rows of `sample.parquet` under the strata of `metadata.json`; nothing of it changes once it is made."""

    def __init__(self, columns: Columns, analytics: Analytics) -> None:
        names = tuple(columns.schema.names)
        first = next((place for place, own in enumerate(OWN_COLUMNS) if names[place : place + 1] != (own,)), 3)
        if first < 2 or analytics.allocation is None:
            raise FormatRefused(sentences.estimates.NOT_OURS)
        self._columns, self._first = columns, first
        self._kept: dict[Any, Any] = {}
        self._lock = threading.Lock()
        fields = [columns.schema.field(place) for place in range(first, len(names))]
        self.types: tuple[pa.DataType, ...] = tuple(_plain_type(field.type) for field in fields)
        self.columns = tuple(
            Column(field.name, kind_of(str(kind))) for field, kind in zip(fields, self.types, strict=True)
        )
        self.stratum = analytics.stratum
        self.population_rows = analytics.population_rows
        strata = analytics.strata
        groups = _groups(strata)
        number = int(groups.max(initial=-1)) + 1
        self.rows: Integers = np.zeros(number, dtype=np.int64)
        """Of each stratum as it was sampled: those that were pooled are one, behind the others."""
        np.add.at(self.rows, groups, [row.rows for row in strata])
        self.named: Bools = np.zeros(number, dtype=bool)
        """Those of one value of the stratum column; the others hold the values past the limit, or are pools."""
        self.named[groups] = [row.value != OTHER and row.pool is None for row in strata]
        self.counted = {as_text(row.value): row.rows for row in strata if row.value != OTHER}
        """The rows of each value of the stratum column, as text."""
        own = _place(columns.column(1), strata)
        self.codes = groups[own].astype(np.int32)
        keys = columns.column(0).to_numpy()
        whole = columns.column(2).to_numpy().astype(bool) if first == 3 else np.zeros(keys.size, dtype=bool)
        self.totals = analytics.measures
        """What the run says of its measures' totals."""
        self.measured = tuple(analytics.measures)
        self.doubted = frozenset(name for name, total in analytics.measures.items() if not total.certified)
        """Measures whose totals the run does not certify."""
        self._heavy = [name for name in analytics.heavy if name in self.names]
        self._drawing = Drawing(keys, self.codes, whole, self.rows)
        _check(strata, own, whole)

    def __len__(self) -> int:
        return int(self.codes.size)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order; a condition names its column by its place among them."""
        return tuple(column.name for column in self.columns)

    @property
    def measures(self) -> tuple[str, ...]:
        """The columns that can be added up: numbers, and text columns that the run has measured."""
        pairs = zip(self.columns, self.types, strict=True)
        return tuple(column.name for column, kind in pairs if is_measurable(kind) or column.name in self.measured)

    def place(self, name: str) -> int:
        """Where a column stands; raises `UsageError` when there is none of that name."""
        if name not in self.names:
            raise UsageError(sentences.estimates.SAMPLE_LACKS_COLUMN.format(name=name))
        return self.names.index(name)

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` gives, remembered; the oldest is forgotten. Two people at once may make the same thing twice."""
        found = self._kept.get(key)
        if found is None:
            found = make()
            with self._lock:
                while len(self._kept) >= _KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = found
        result: T = found
        return result

    def _column(self, place: int) -> pa.ChunkedArray:
        column = self._columns.column(self._first + place)
        return pc.cast(column, self.types[place]) if pa.types.is_dictionary(column.type) else column

    def coded(self, place: int) -> Coded:
        """A column as codes; a missing value has one of its own."""
        return self._once(("codes", place), lambda: code(self._column(place)))

    def numbers(self, name: str) -> Numbers:
        """A measure's values; raises `UsageError` for a column without numbers."""
        place = self.place(name)
        if name not in self.measures:
            raise UsageError(sentences.estimates.SAMPLE_HAS_NO_NUMBERS.format(name=name))
        return self._once(("numbers", place), lambda: numbers(self._column(place)))

    def ascending(self, name: str, group_by: str | None) -> NDArray[np.intp]:
        """All rows group by group, and within one by their value of a measure."""

        def sort() -> NDArray[np.intp]:
            by_value = np.argsort(self.numbers(name).values, kind="stable")
            if group_by is None:
                return by_value
            groups = self.coded(self.place(group_by))
            codes = groups.codes[by_value]
            # Of 16 bits the sort is by radix, several times as fast.
            codes = codes.astype(np.uint16) if len(groups.values) <= 1 << 16 else codes
            return np.asarray(by_value[np.argsort(codes, kind="stable")])

        return self._once(("ascending", name, group_by), sort)

    def cells(self, group_by: str | None) -> StratumGroups:
        """The pairs of stratum and group that occur."""
        if group_by is None:
            strata = np.arange(self.rows.size)
            return StratumGroups(self.codes.astype(np.int32), strata, np.zeros(strata.size, dtype=np.intp))
        place = self.place(group_by)
        return self._once(("cells", place), lambda: _cells(self.codes, self.rows.size, self.coded(place)))

    def fits(self, conditions: Sequence[Condition]) -> Bools | None:
        """Which rows fit all conditions; None: all. Raises `UsageError` for one that does not suit its column."""
        mask: Bools | None = None
        for condition in conditions:
            one = self._fits(condition)
            mask = one if mask is None else mask & one
        return mask

    def _fits(self, condition: Condition) -> Bools:
        if not 0 <= condition.column < len(self.columns):
            raise UsageError(sentences.estimates.NO_SUCH_COLUMN)
        column = self.columns[condition.column]
        make = lambda: fitting(condition, column, self._column(condition.column), self.coded)  # noqa: E731
        return self._once(condition, make)

    def design(self, frac: float | None) -> DomainDesign:
        """The sample as a run with a smaller fraction would have had it; None: as it is."""
        heavy = [self.numbers(name).values for name in self._heavy] if frac is not None else []
        return self._once(("design", frac), lambda: thinned(self._drawing, heavy, frac, self.population_rows))

    def by_stratum_alone(self, question: Question) -> bool:
        """Whether the filters ask of the stratum column and of nothing else."""
        return all(self.names[condition.column] == self.stratum for condition in question.filters)


def _groups(strata: Sequence[StratumEstimate]) -> NDArray[np.intp]:
    """Of each stratum, the place of what it was sampled as: itself, or its pool, behind those."""
    alone = sum(row.pool is None for row in strata)
    places = iter(range(alone))
    return np.array([next(places) if row.pool is None else alone + row.pool for row in strata], dtype=np.intp)


def _check(strata: Sequence[StratumEstimate], codes: NDArray[np.int32], whole: Bools) -> None:
    """Whether the rows are those that the metadata counts; raises `FormatRefused`."""
    sampled, taken = [row.sampled for row in strata], [row.taken_whole for row in strata]
    for some, said in ((codes, sampled), (codes[whole], taken)):
        if not np.array_equal(np.bincount(some, minlength=len(strata)), np.array(said, dtype=np.int64)):
            raise FormatRefused(sentences.estimates.NOT_OURS)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _place(column: pa.ChunkedArray, strata: Sequence[StratumEstimate]) -> NDArray[np.int32]:
    """Each row's place in `strata`; a value that is not among them is in the one that holds all others."""
    values = [None if row.value is None else str(row.value) for row in strata]
    place_of = {value: place for place, value in enumerate(values)}
    other = place_of.get(OTHER, -1)
    coded = code(column)
    places = np.array([place_of.get(value, other) for value in coded.values.to_pylist()], dtype=np.int32)
    if (places < 0).any():
        raise FormatRefused(sentences.estimates.NOT_OURS)
    return places[coded.codes]


_DENSE = 1 << 22
"""Pairs of strata and groups up to which a table of all of them is quicker than a sort of those that occur."""


def _cells(strata: NDArray[np.int32], number: int, groups: Coded) -> StratumGroups:
    width = len(groups.values)
    pairs = strata.astype(np.int64) * width + groups.codes
    if number * width <= _DENSE:
        occurs = np.flatnonzero(np.bincount(pairs, minlength=number * width))
        cell_of = np.zeros(number * width, dtype=np.int32)
        cell_of[occurs] = np.arange(occurs.size, dtype=np.int32)
        of_row = cell_of[pairs]
    else:
        occurs, inverse = np.unique(pairs, return_inverse=True)
        of_row = inverse.astype(np.int32)
    return StratumGroups(of_row, occurs // max(width, 1), occurs % max(width, 1))
