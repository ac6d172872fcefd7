"""Pages of a table in a file of any size: from row so-and-so on, or the rows that fit conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl_batch.datasets import csv_pages, parquet_pages
from etl_batch.datasets.files import opened
from etl_batch.datasets.find import FoundRows
from etl_batch.datasets.page import PagePlace, TablePage
from etl_batch.questions import Column, Condition

PAGE_ROWS = 100
FOUND_ROWS = 500
FIND_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Table:
    """A file with rows: where it is, how it is written, and what its run says about it.

    `rows` and `types` (of the columns, in order) are None when the file is not known to be as its run wrote it.
    """

    home: Path
    path: Path
    kind: str
    rows: int | None = None
    types: tuple[str, ...] | None = None


def read_page(table: Table, place: PagePlace, count: int = PAGE_ROWS) -> TablePage:
    """The rows from a place on, as text.

    Of a CSV file only the page's own bytes are read: deep inside, where no index has come to yet, the place is found by
    its share of the bytes and `Page.exact` is False, while the index grows in the background.
    """
    with opened(table.path, table.home) as file:
        if table.kind == "parquet":
            return parquet_pages.read_page(file, place, count)
        return csv_pages.read_page(file, place, count, table.rows, table.types)


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns, by the file's own header or schema."""
    with opened(table.path, table.home) as file:
        if table.kind == "parquet":
            return parquet_pages.columns_of(file)
        return csv_pages.columns_of(file, table.types)


def find_rows(table: Table, conditions: Sequence[Condition], seconds: float = FIND_SECONDS) -> FoundRows:
    """The first rows that fit all conditions, with their numbers; reads on until there are enough of them.

    Raises `TimedOut` after so many seconds and `UsageError` for a value that does not suit its column.
    """
    with opened(table.path, table.home) as file:
        if table.kind == "parquet":
            return parquet_pages.find_rows(file, conditions, FOUND_ROWS, seconds)
        return csv_pages.find_rows(file, conditions, FOUND_ROWS, seconds, table.types)


def count_rows(table: Table, conditions: Sequence[Condition], seconds: float = FIND_SECONDS) -> int:
    """How many rows fit all conditions; reads the whole file, and raises as `find_rows` does."""
    with opened(table.path, table.home) as file:
        if table.kind == "parquet":
            return parquet_pages.count_rows(file, conditions, seconds)
        return csv_pages.count_rows(file, conditions, seconds, table.types)


def counting(table: Table) -> float | None:
    """Share of a CSV file that has been counted through; None when that is over, was not begun, or is not needed."""
    if table.kind == "parquet":
        return None
    with opened(table.path, table.home) as file:
        return csv_pages.counting(file)
