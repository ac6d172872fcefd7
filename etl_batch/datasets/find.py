"""Rows that fit conditions, found by DuckDB in one reading that ends as soon as there are enough of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from etl_batch.datasets import duck
from etl_batch.datasets.conditions import where
from etl_batch.questions import Column, Condition

MOST_COLUMNS = 200
CELL_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class FoundRows:
    """Rows that fit, by their numbers from 0; `more`: there are others behind them."""

    columns: tuple[Column, ...]
    numbers: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    more: bool


@dataclass(frozen=True, slots=True)
class RowSearch:
    """A table as DuckDB sees it: a `FROM` with columns `c0, c1, ...` and the row number `n`, and the columns' names."""

    source: str
    columns: tuple[Column, ...]
    typed: bool
    """Whether the cells have their types already; else all are text."""
    unnumbered: str = ""
    """The same without row numbers, where it is faster; empty when there is no difference."""

    def cells(self) -> str:
        """The select list of all shown cells as text, each by its beginning."""
        shown = range(min(len(self.columns), MOST_COLUMNS))
        return ", ".join(f"left(CAST(c{place} AS VARCHAR), {CELL_CHARACTERS})" for place in shown)


def between(question: RowSearch, descriptor: int, first: int, count: int, seconds: float) -> list[tuple[str, ...]]:
    """The rows numbered from `first` on, at most `count`."""
    query = f"SELECT {question.cells()} FROM {question.source} WHERE n >= ? AND n < ? ORDER BY n"  # noqa: S608 - no input
    return [_texts(row) for row in duck.ask(descriptor, query, [first, first + count], seconds)]


def fitting(
    question: RowSearch, descriptor: int, conditions: Sequence[Condition], limit: int, seconds: float
) -> FoundRows:
    """The first `limit` rows that fit."""
    fits, values = where(conditions, question.columns, question.typed)
    # Names and operators come from lists of this program, and every value is a parameter.
    query = f"SELECT n, {question.cells()} FROM {question.source} WHERE {fits} LIMIT {limit + 1}"  # noqa: S608 - no input
    rows = duck.ask(descriptor, query, values, seconds)
    kept = rows[:limit]
    return FoundRows(
        question.columns[:MOST_COLUMNS],
        tuple(int(row[0]) for row in kept),
        tuple(_texts(row[1:]) for row in kept),
        len(rows) > limit,
    )


def count(question: RowSearch, descriptor: int, conditions: Sequence[Condition], seconds: float) -> int:
    """How many rows fit."""
    fits, values = where(conditions, question.columns, question.typed)
    query = f"SELECT count(*) FROM {question.unnumbered or question.source} WHERE {fits}"  # noqa: S608 - no input
    return int(duck.ask(descriptor, query, values, seconds)[0][0])


def _texts(row: Sequence[str | None]) -> tuple[str, ...]:
    return tuple("" if cell is None else cell for cell in row)
