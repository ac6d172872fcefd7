"""What a page of a table is, and where one begins."""

from __future__ import annotations

from dataclasses import dataclass

from etl_batch.questions import Column


@dataclass(frozen=True, slots=True)
class PagePlace:
    """Where a page begins: at a row, and when it is known at which byte of a CSV file that row begins."""

    row: int
    offset: int | None = None
    exact: bool = True
    """Whether the byte is the row's for certain."""


@dataclass(frozen=True, slots=True)
class TablePage:
    """Rows of a table as text."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    first: int
    """Number of the first row, from 0."""
    exact: bool
    """False: the number is an estimate by the place in the file."""
    total: int
    total_exact: bool
    after: PagePlace
    """Where the next page begins."""
    columns_in_all: int
    indexed: float = 1.0
    """Share of the file that the index in the background has read."""
