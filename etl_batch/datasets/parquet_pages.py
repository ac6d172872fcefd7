"""Pages of a Parquet file: DuckDB reads the row groups that hold them and no other."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch import sentences
from etl_batch.datasets import find
from etl_batch.datasets.duck import source_of
from etl_batch.datasets.files import OpenFile
from etl_batch.datasets.find import MOST_COLUMNS, FoundRows, RowSearch
from etl_batch.datasets.page import PagePlace, TablePage
from etl_batch.errors import FormatRefused
from etl_batch.questions import Column, Condition, kind_of

PAGE_SECONDS = 15.0


def columns_of(file: OpenFile) -> tuple[Column, ...]:
    """The columns by the file's schema."""
    return _question(file)[0].columns


def read_page(file: OpenFile, place: PagePlace, count: int) -> TablePage:
    """Rows by their number; always exact."""
    question, rows = _question(file)
    first = max(0, min(place.row, rows - 1))
    found = find.between(question, file.descriptor, first, count, PAGE_SECONDS) if rows else []
    shown = question.columns[:MOST_COLUMNS]
    return TablePage(shown, tuple(found), first, True, rows, True, PagePlace(first + len(found)), len(question.columns))


def find_rows(file: OpenFile, conditions: Sequence[Condition], limit: int, seconds: float) -> FoundRows:
    """The first rows that fit."""
    return find.fitting(_question(file)[0], file.descriptor, conditions, limit, seconds)


def count_rows(file: OpenFile, conditions: Sequence[Condition], seconds: float) -> int:
    """How many rows fit."""
    return find.count(_question(file)[0], file.descriptor, conditions, seconds)


def _question(file: OpenFile) -> tuple[RowSearch, int]:
    try:
        with pq.ParquetFile(source_of(file.descriptor)) as parquet:
            schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise FormatRefused(sentences.data.NO_WHOLE_PARQUET.format(name=file.path.name)) from error
    columns = tuple(Column(field.name, kind_of(str(field.type))) for field in schema)
    names = ", ".join([*(f"c{place}" for place in range(len(columns))), "n"])
    source = f"read_parquet(?, file_row_number = true, hive_partitioning = false) AS t({names})"
    return RowSearch(source, columns, typed=True), rows
