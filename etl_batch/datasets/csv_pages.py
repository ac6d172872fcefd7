"""Pages of a CSV file: the bytes of the page are read and no others, however deep inside it lies."""

from __future__ import annotations

from collections.abc import Sequence

from etl_batch import background, sentences
from etl_batch.background import Task
from etl_batch.datasets import csv_index, find
from etl_batch.datasets.csv_index import CsvIndex
from etl_batch.datasets.files import OpenFile, reopened
from etl_batch.datasets.find import MOST_COLUMNS, FoundRows, RowSearch
from etl_batch.datasets.page import PagePlace, TablePage
from etl_batch.datasets.records import Span, cells_of, guess_start, read_spans
from etl_batch.errors import FormatRefused
from etl_batch.questions import Column, ColumnKind, Condition, kind_of

PAGE_BYTES = 4 << 20
SCAN_BYTES = 64 << 20
SMALL_BYTES = 32 << 20
"""Files up to this size are indexed before their first deep page is shown."""
SMALL_SECONDS = 5.0
COLUMNS_LIMIT = 100_000


def columns_of(file: OpenFile, types: Sequence[str] | None) -> tuple[Column, ...]:
    """The columns by the file's header; their kinds by the types of its run, when those are as many."""
    return _header(file, types)[0]


def read_page(
    file: OpenFile, place: PagePlace, count: int, known_rows: int | None, types: Sequence[str] | None
) -> TablePage:
    """The rows from a place on; fewer than `count` when they are very long, and cells by their beginning."""
    columns, first_record = _header(file, types)
    estimate = known_rows if known_rows is not None else _estimate(file, first_record)
    index = _index(file, first_record) if place.row > 0 else None
    total, total_exact = estimate, known_rows is not None
    if index is not None and index.result is not None and index.result.whole:
        total, total_exact = index.result.rows, True
    row = max(0, min(place.row, total - 1))
    wanted = PagePlace(row, place.offset if row == place.row else None, place.exact)
    begin, skip, exact = _where(file, wanted, index.result if index else None, len(columns), first_record, total)
    spans = read_spans(file.descriptor, begin, skip, count, PAGE_BYTES, SCAN_BYTES)
    rows = tuple(_row(span, len(columns)) for span in spans)
    end = spans[-1].end + 1 if spans else begin
    after = PagePlace(row + len(rows), end, exact)
    indexed = 1.0 if index is None else index.fraction
    return TablePage(columns[:MOST_COLUMNS], rows, row, exact, total, total_exact, after, len(columns), indexed)


def _where(
    file: OpenFile, place: PagePlace, index: CsvIndex | None, columns: int, first_record: int, total: int
) -> tuple[int, int, bool]:
    """The byte to read from, how many records to pass over there, and whether this is the row for certain."""
    if place.row == 0:
        return first_record, 0, True
    mark = index.before(place.row) if index is not None else None
    if mark is not None:
        return mark.offset, place.row - mark.row, True
    if place.offset is not None:
        return place.offset, 0, place.exact
    share = place.row / total if total else 0.0
    position = first_record + int((file.size - first_record) * share)
    return guess_start(file.descriptor, position, columns), 0, False


def _index(file: OpenFile, first_record: int) -> Task[CsvIndex]:
    """The index of a file, begun when there is none; a small file's is waited for."""

    def work(task: Task[CsvIndex]) -> CsvIndex:
        with reopened(file) as again:
            # Of use while it grows: pages it has passed already are exact.
            task.result = CsvIndex(first_record)
            return csv_index.fill(task.result, again.descriptor, first_record, file.size, task)

    task = background.start(("csv", file.key), file.size, work)
    if file.size <= SMALL_BYTES:
        task.wait(SMALL_SECONDS)
    return task


def find_rows(
    file: OpenFile, conditions: Sequence[Condition], limit: int, seconds: float, types: Sequence[str] | None
) -> FoundRows:
    """The first rows that fit."""
    return find.fitting(_question(file, types), file.descriptor, conditions, limit, seconds)


def count_rows(file: OpenFile, conditions: Sequence[Condition], seconds: float, types: Sequence[str] | None) -> int:
    """How many rows fit."""
    return find.count(_question(file, types), file.descriptor, conditions, seconds)


def _question(file: OpenFile, types: Sequence[str] | None) -> RowSearch:
    """All cells as text, in the one dialect that outputs are written in."""
    columns = _header(file, types)[0]
    names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(columns)))
    reading = (
        f"read_csv(?, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', new_line = '\\n',"
        f" columns = {{{names}}})"
    )
    source = f"(SELECT row_number() OVER () - 1 AS n, * FROM {reading})"  # noqa: S608 - nothing in it is a person's
    return RowSearch(source, columns, typed=False, unnumbered=reading)


def _header(file: OpenFile, types: Sequence[str] | None) -> tuple[tuple[Column, ...], int]:
    spans = read_spans(file.descriptor, 0, 0, 1, PAGE_BYTES, SCAN_BYTES)
    names = cells_of(spans[0].content) if spans else []
    if not names or len(names) > COLUMNS_LIMIT:
        raise FormatRefused(sentences.data.NO_HEADER.format(name=file.path.name))
    kinds = map(kind_of, types) if types is not None and len(types) == len(names) else [ColumnKind.TEXT] * len(names)
    columns = tuple(Column(name, kind) for name, kind in zip(names, kinds, strict=True))
    return columns, min(spans[0].end + 1, file.size)


def _estimate(file: OpenFile, first_record: int) -> int:
    """How many rows there are, by the length of the first ones."""
    spans = read_spans(file.descriptor, first_record, 0, 1000, PAGE_BYTES, PAGE_BYTES)
    if not spans:
        return 0
    read = spans[-1].end + 1 - first_record
    return max(len(spans), round((file.size - first_record) / read * len(spans)))


def _row(span: Span, columns: int) -> tuple[str, ...]:
    """As many cells as there are columns shown; what is missing is empty."""
    shown = min(columns, MOST_COLUMNS)
    cells = cells_of(span.content)[:shown]
    return tuple(cells + [""] * (shown - len(cells)))


def counting(file: OpenFile) -> float | None:
    """Share of the file that the index has read; None when it is done or was not begun."""
    task = background.find(("csv", file.key))
    return None if task is None or task.finished else task.fraction
