"""Conditions on rows, made into SQL with every value as a parameter."""

from __future__ import annotations

from collections.abc import Sequence

from etl_batch import sentences
from etl_batch.errors import UsageError
from etl_batch.questions import (
    Column,
    ColumnKind,
    Condition,
    Operator,
    number_of,
    time_of,
)

_ORDER = {Operator.MORE: ">", Operator.LEAST: ">=", Operator.LESS: "<", Operator.MOST: "<="}


def where(conditions: Sequence[Condition], columns: Sequence[Column], typed: bool) -> tuple[str, list[object]]:
    """All conditions as one SQL expression over columns `c0, c1, ...`, and its parameters.

    `typed`: the cells have their types already; else they are text and those that are no numbers (or no times) never
    fit an order. Raises `UsageError` for a value that does not suit the column.
    """
    parts, values = ["true"], list[object]()
    for condition in conditions:
        if not 0 <= condition.column < len(columns):
            raise UsageError(sentences.data.NO_SUCH_COLUMN)
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
        values: list[object] = [number_of(value, column)]
    elif column.kind is ColumnKind.TIME and operator in _ORDER:
        # Nanoseconds with a zone have no way of their own to a moment without one.
        moment = f"TRY_CAST({name} AS TIMESTAMPTZ)" if typed else name
        compared, parameter = f"TRY_CAST({moment} AS TIMESTAMP)", "CAST(? AS TIMESTAMP)"
        values = [time_of(value, column).isoformat(sep=" ")]
    else:
        compared, parameter, values = f"coalesce({cell}, '')", "?", [value]
    if operator is Operator.IS_NOT:
        return f"({compared} = {parameter}) IS NOT TRUE", values
    return f"{compared} {symbol} {parameter}", values
