"""What may be asked of the rows of a table: conditions and aggregates, picked from lists and typed, never SQL."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from etl_batch import sentences
from etl_batch.errors import UsageError

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
NUMBER_PATTERN = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
"""A cell of a text column that counts as a number: the pass measures by the same rule."""


class ColumnKind(StrEnum):
    """What the cells of a column are compared as."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


class Operator(StrEnum):
    """What a condition asks of a cell; the value is what a person reads."""

    CONTAINS = "contains"
    STARTS = "starts with"
    IS = "is"
    IS_NOT = "is not"
    MORE = "is more than"
    LEAST = "is at least"
    LESS = "is less than"
    MOST = "is at most"
    EMPTY = "is empty"
    FILLED = "is not empty"

    @property
    def takes_value(self) -> bool:
        """Whether there is something to compare with."""
        return self not in (Operator.EMPTY, Operator.FILLED)


ORDERED = (Operator.MORE, Operator.LEAST, Operator.LESS, Operator.MOST)
_TEXT = (Operator.CONTAINS, Operator.STARTS, Operator.IS, Operator.IS_NOT, Operator.EMPTY, Operator.FILLED)
OPERATORS: dict[ColumnKind, tuple[Operator, ...]] = {
    ColumnKind.TEXT: _TEXT,
    ColumnKind.NUMBER: (*ORDERED, Operator.IS, Operator.IS_NOT, Operator.EMPTY, Operator.FILLED, Operator.CONTAINS),
    ColumnKind.TIME: (*ORDERED, *_TEXT),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its name and what its cells are."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on the cells of a column, which is named by its place."""

    column: int
    operator: Operator
    value: str = ""


class Aggregate(StrEnum):
    """What is asked about each group; the value is what a person reads."""

    SUM = "sum"
    MEAN = "mean"
    COUNT = "count"
    QUANTILE = "quantile"


@dataclass(frozen=True, slots=True)
class Question:
    """One question about the rows of a run.

    `group_by`: a column, each of whose values is a group of its own, a missing one too; None: all rows are one group.
    `measure`: a numeric column; a count needs none. `quantile`: the share of rows at or below the answer, above 0 and
    below 1. `filters`: a row must fit all. `sample_frac`: answer as a run with this smaller fraction would have; None:
    the whole sample.
    """

    group_by: str | None = None
    aggregate: Aggregate = Aggregate.COUNT
    measure: str | None = None
    quantile: float = 0.5
    filters: tuple[Condition, ...] = ()
    sample_frac: float | None = None

    def __post_init__(self) -> None:
        if self.aggregate is not Aggregate.COUNT and self.measure is None:
            raise UsageError(sentences.estimates.NEEDS_NUMBERS.format(aggregate=self.aggregate))
        if not 0 < self.quantile < 1:
            raise UsageError(sentences.estimates.NO_QUANTILE.format(quantile=self.quantile))
        if self.sample_frac is not None and not 0 < self.sample_frac <= 1:
            raise UsageError(sentences.estimates.NO_FRACTION.format(sample_frac=self.sample_frac))


def kind_of(type_name: str) -> ColumnKind:
    """The kind of a column by the name of its Arrow type."""
    if type_name.startswith(("int", "uint", "float", "double", "halffloat", "decimal")):
        return ColumnKind.NUMBER
    return ColumnKind.TIME if type_name.startswith(("timestamp", "date")) else ColumnKind.TEXT


def number_of(text: str, column: Column) -> int | float:
    """The number that was typed for a column; raises `UsageError` when it is none."""
    plain = text.strip().replace("\N{NARROW NO-BREAK SPACE}", "")
    if _WHOLE.fullmatch(plain):
        return int(plain)
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(sentences.estimates.NO_NUMBER.format(text=text, name=column.name))
    return number


def time_of(text: str, column: Column) -> datetime:
    """The moment that was typed for a column, in UTC and without a zone; raises `UsageError` when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(sentences.estimates.NO_TIME.format(text=text, name=column.name)) from None
    moment = moment if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(tzinfo=None)
