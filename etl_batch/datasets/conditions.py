"""Conditions on rows: picked from lists and typed, made into SQL here with every value as a parameter."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from etl_batch.errors import UsageError

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


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


_ORDER = {Operator.MORE: ">", Operator.LEAST: ">=", Operator.LESS: "<", Operator.MOST: "<="}
_TEXT = (Operator.CONTAINS, Operator.STARTS, Operator.IS, Operator.IS_NOT, Operator.EMPTY, Operator.FILLED)
OPERATORS: dict[ColumnKind, tuple[Operator, ...]] = {
    ColumnKind.TEXT: _TEXT,
    ColumnKind.NUMBER: (*_ORDER, Operator.IS, Operator.IS_NOT, Operator.EMPTY, Operator.FILLED, Operator.CONTAINS),
    ColumnKind.TIME: (*_ORDER, *_TEXT),
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


def kind_of(type_name: str) -> ColumnKind:
    """The kind of a column by the name of its Arrow type."""
    if type_name.startswith(("int", "uint", "float", "double", "halffloat", "decimal")):
        return ColumnKind.NUMBER
    return ColumnKind.TIME if type_name.startswith(("timestamp", "date")) else ColumnKind.TEXT


def where(conditions: Sequence[Condition], columns: Sequence[Column], typed: bool) -> tuple[str, list[object]]:
    """All conditions as one SQL expression over columns `c0, c1, ...`, and its parameters.

    `typed`: the cells have their types already; else they are text and those that are no numbers (or no times) never
    fit an order. Raises `UsageError` for a value that does not suit the column.
    """
    parts, values = ["true"], list[object]()
    for condition in conditions:
        if not 0 <= condition.column < len(columns):
            raise UsageError("The file has no such column any more; choose the column again.")
        part, added = _one(condition, columns[condition.column], typed)
        parts.append(part)
        values += added
    return " AND ".join(parts), values


def _one(condition: Condition, column: Column, typed: bool) -> tuple[str, list[object]]:
    name, operator, value = f"c{condition.column}", condition.operator, condition.value
    cell = f"CAST({name} AS VARCHAR)" if typed else name
    if operator in (Operator.EMPTY, Operator.FILLED):
        return f"coalesce({cell}, '') {'=' if operator is Operator.EMPTY else '<>'} ''", []
    if operator is Operator.CONTAINS:
        return f"contains(lower({cell}), lower(?))", [value]
    if operator is Operator.STARTS:
        return f"starts_with(lower({cell}), lower(?))", [value]
    symbol = _ORDER.get(operator, "=")
    if column.kind is ColumnKind.NUMBER:
        compared, parameter = name if typed else f"TRY_CAST({name} AS DOUBLE)", "?"
        values: list[object] = [_number(value, column)]
    elif column.kind is ColumnKind.TIME and operator in _ORDER:
        compared, parameter = f"TRY_CAST({name} AS TIMESTAMP)", "CAST(? AS TIMESTAMP)"
        values = [_time(value, column)]
    else:
        compared, parameter, values = f"coalesce({cell}, '')", "?", [value]
    if operator is Operator.IS_NOT:
        return f"({compared} = {parameter}) IS NOT TRUE", values
    return f"{compared} {symbol} {parameter}", values


def _number(text: str, column: Column) -> int | float:
    plain = text.strip().replace("\N{NARROW NO-BREAK SPACE}", "")
    if _WHOLE.fullmatch(plain):
        return int(plain)
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{text!r} is not a number, and {column.name!r} holds numbers; type one such as 12.5.")
    return number


def _time(text: str, column: Column) -> str:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is not a time, and {column.name!r} holds times; type one such as 2026-01-31 12:00."
        ) from None
    moment = moment if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(sep=" ")
