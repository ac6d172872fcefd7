"""Arrays of as many elements as an earlier field says (OCCURS DEPENDING ON): checked, and their counts bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from etl_batch import sentences
from etl_batch.layouts.kinds import Family
from etl_batch.layouts.layout import LayoutColumn


def counted_problems(columns: Sequence[LayoutColumn], *, variable: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with counted arrays, and the field each sentence is about; an array is told once."""
    told: set[str] = set()
    for column in columns:
        if column.counted_by is None or column.counted_by[0] in told:
            continue
        name, _ = column.counted_by
        told.add(name)
        count = count_field(columns, column)
        if count is None:
            yield sentences.problems.NO_COUNT_FIELD.format(name=name), column.name
        elif count.family not in (Family.INTEGER, Family.DIGITS) or count.type != count.stored_type:
            yield sentences.problems.COUNT_FIELD_TYPE.format(name=name), column.name
        # Shorter arrays move what stands behind them, so that it has no place that a layout could name.
        behind = [other for other in columns if _stands_behind(other, column)] if variable else []
        if behind:
            yield sentences.problems.BEHIND_COUNTED.format(name=behind[0].name), column.name


def count_field(columns: Sequence[LayoutColumn], counted: LayoutColumn) -> LayoutColumn | None:
    """The field before an element of a counted array that says how many there are; None when there is none."""
    name = counted.counted_by[0] if counted.counted_by else None
    found = [column for column in columns if column.name == name and column.offset < counted.offset]
    return next((column for column in found if column.when in (None, counted.when) and not column.counted_by), None)


def with_counts(columns: Sequence[LayoutColumn]) -> list[LayoutColumn]:
    """The fields, those that count an array within the limits of what it has room for."""
    most: dict[str, int] = {}
    for column in columns:
        if column.counted_by is not None:
            name, index = column.counted_by
            most[name] = max(most.get(name, 0), index + 1)
    return [_bounded(column, most[column.name]) if column.name in most else column for column in columns]


def _bounded(count: LayoutColumn, most: int) -> LayoutColumn:
    low = 0 if count.minimum is None else max(count.minimum, 0)
    return replace(count, minimum=low, maximum=most if count.maximum is None else min(count.maximum, most))


def _stands_behind(other: LayoutColumn, counted: LayoutColumn) -> bool:
    together = None in (other.when, counted.when) or bool(set(other.when or ()) & set(counted.when or ()))
    return together and other.offset > counted.offset and other.counted_by is None
