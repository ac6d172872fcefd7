"""Columns in memory as cells of a CSV: what each kind takes of a row, and how it writes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.columns.cells import to_cells
from etl_batch.columns.text_cells import TextCells, TextLines, bytes_of
from etl_batch.kernels import csv_rows, csv_text
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, Longs

BLOCK_ROWS = 1 << 14
"""Rows that are written column by column: their lines stay in the cache from the first column to the last."""
_COMMA, _LF, _QUOTE = ord(","), ord("\n"), ord('"')
_NONE = np.zeros(0, np.uint8)
_DECIMAL_PLACES = range(1, 7)
"""With more of them Arrow writes small numbers with an exponent, and those stay as they are."""
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31 in days since 1970."""


class CellColumn(ABC):
    """One column of some rows on its way into a CSV."""

    escaped = 0
    """Cells that get an apostrophe, known once the column has been measured."""

    @abstractmethod
    def measure(self, lengths: Longs) -> None:
        """Add to each row's length what the column takes of it, the separator included."""

    @abstractmethod
    def put(self, first: int, separator: int, cursors: Longs, out: Bytes) -> None:
        """Write the cells of the rows from `first` on at the cursors, and move these behind the separator."""


def rows_as_csv(columns: Sequence[CellColumn], rows: int) -> tuple[memoryview, int]:
    """The rows as CSV records, and how many cells were escaped."""
    lengths = np.zeros(rows, np.int64)
    for column in columns:
        column.measure(lengths)
    empty = np.flatnonzero(lengths == 1)  # a lone empty cell, which would read as a blank line
    lengths[empty] += 2
    ends = np.cumsum(lengths)
    cursors, out = ends - lengths, np.empty(int(ends[-1]) if rows else 0, np.uint8)
    for place in (cursors[empty], cursors[empty] + 1):
        out[place] = _QUOTE
    cursors[empty] += 2
    for first in range(0, rows, BLOCK_ROWS):
        block = cursors[first : first + BLOCK_ROWS]
        for number, column in enumerate(columns, 1):
            column.put(first, _LF if number == len(columns) else _COMMA, block, out)
    return out.data, sum(column.escaped for column in columns)


def lines_as_csv(lines: TextLines, ways: Sequence[int]) -> tuple[memoryview, int]:
    """Rows that came as text, and how many cells were escaped: their very bytes, when nothing in them has to change.

    `ways`: how the cells of each column are taken (see `kernels.csv_text`).
    """
    looked = [column for column, way in enumerate(ways) if way != csv_text.KEPT]
    columns, how = np.array(looked, np.int32), np.array([ways[column] for column in looked], np.uint8)
    if lines.own is not None and not csv_text.any_escape(lines.data, lines.marks, lines.rows, columns, how):
        return lines.own, 0
    size = int(lines.marks[-1, lines.rows - 1]) - int(lines.marks[0, 0])
    out, escaped = np.empty(2 * size + 4 * lines.rows * len(ways) + PADDING, np.uint8), np.zeros(1, np.int64)
    text = lines.data, ord(lines.delimiter), ord(lines.quote), lines.marks, lines.rows
    used = csv_text.copy_rows(*text, columns, how, int(lines.quoted), out, escaped)
    return out[:used].data, int(escaped[0])


def text_way(column: pa.Array, form: int, lines: TextLines, bare: bool) -> int:
    """How the cells of a column are taken that came as text and stand in lines. `bare`: none stands in quotes.

    One that has a form holds numbers, dates or booleans, which are never touched.
    """
    if form:
        return csv_text.KEPT if bare else csv_text.PLAIN
    if bare and pa.types.is_dictionary(column.type):
        cells = _Text(column.dictionary, csv_text.CLOSELY)
        cells.measure(np.zeros(len(column.dictionary), np.int64))
        if not cells.ways.any():
            return csv_text.KEPT
    return csv_text.CLOSELY if lines.closely else csv_text.TEXT


def cell_column(column: pa.Array | TextCells, way: int | None = None) -> CellColumn:
    """The column as it is written. Numbers, dates and booleans are never touched; nulls become empty cells.

    `way`: how cells of text are taken (see `kernels.csv_text`), where more is known of them than their type.
    """
    if isinstance(column, TextCells):
        column = column.to_arrow()
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _Coded(column)
    if pa.types.is_signed_integer(kind):
        return _Integers(column, column.cast(pa.int64()))
    if pa.types.is_unsigned_integer(kind):
        return _Words(column)
    if pa.types.is_decimal128(kind) and kind.precision <= 18 and kind.scale in _DECIMAL_PLACES:
        return _Decimals(column)
    if pa.types.is_date32(kind) and _has_written_years(column):
        return _Dates(column)
    if way is None:
        way = csv_text.CLOSELY if pa.types.is_string(kind) or _is_written_as_text(kind) else csv_text.PLAIN
    return _Text(to_cells(column), way)


def _is_written_as_text(kind: pa.DataType) -> bool:
    binary = pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_large_binary(kind)
    return bool(binary or pa.types.is_nested(kind))


def _has_written_years(column: pa.Array) -> bool:
    """Whether all years have four digits."""
    days = pc.min_max(column.cast(pa.int32())).as_py()
    return days["min"] is None or (days["min"] >= _FIRST_DAY and days["max"] <= _LAST_DAY)


def _missing(column: pa.Array) -> Bytes:
    """Marks of the nulls; none at all when there is none."""
    if not column.null_count:
        return _NONE
    marks: Bytes = column.is_null().to_numpy(zero_copy_only=False).astype(np.uint8)
    return marks


def _buffer(column: pa.Array, dtype: str, width: int = 1) -> np.ndarray[Any, Any]:
    """The values of a column as they stand in memory, `width` numbers a row; those of nulls mean nothing."""
    data = column.buffers()[1]
    if data is None:
        return np.zeros(len(column) * width, dtype)
    return np.frombuffer(data, dtype, (column.offset + len(column)) * width)[column.offset * width :]


class _Integers(CellColumn):
    def __init__(self, column: pa.Array, whole: pa.Array) -> None:
        self.values, self.missing = _buffer(whole, "i8"), _missing(column)

    def measure(self, lengths: Longs) -> None:
        csv_rows.measure_integers(self.values, self.missing, lengths)

    def put(self, first: int, separator: int, cursors: Longs, out: Bytes) -> None:
        csv_rows.put_integers(self.values, self.missing, first, separator, cursors, out)


class _Words(CellColumn):
    def __init__(self, column: pa.Array) -> None:
        self.values, self.missing = _buffer(column.cast(pa.uint64()), "u8"), _missing(column)

    def measure(self, lengths: Longs) -> None:
        csv_rows.measure_words(self.values, self.missing, lengths)

    def put(self, first: int, separator: int, cursors: Longs, out: Bytes) -> None:
        csv_rows.put_words(self.values, self.missing, first, separator, cursors, out)


class _Decimals(CellColumn):
    def __init__(self, column: pa.Array) -> None:
        self.values = np.ascontiguousarray(_buffer(column, "i8", 2)[::2])
        self.missing, self.places = _missing(column), column.type.scale

    def measure(self, lengths: Longs) -> None:
        csv_rows.measure_decimals(self.values, self.places, self.missing, lengths)

    def put(self, first: int, separator: int, cursors: Longs, out: Bytes) -> None:
        csv_rows.put_decimals(self.values, self.places, self.missing, first, separator, cursors, out)


class _Dates(CellColumn):
    WIDTH = len("2024-02-29,")

    def __init__(self, column: pa.Array) -> None:
        self.values, self.missing = _buffer(column, "i4"), _missing(column)

    def measure(self, lengths: Longs) -> None:
        lengths += self.WIDTH
        if self.missing.size:
            lengths -= self.missing * np.int64(self.WIDTH - 1)

    def put(self, first: int, separator: int, cursors: Longs, out: Bytes) -> None:
        csv_rows.put_dates(self.values, self.missing, first, separator, cursors, out)


class _Text(CellColumn):
    def __init__(self, cells: pa.StringArray, way: int) -> None:
        self.data, self.offsets = bytes_of(cells)
        self.missing, self.way = _missing(cells), way
        self.ways = np.empty(len(cells), np.uint8)

    def measure(self, lengths: Longs) -> None:
        self.escaped = csv_rows.measure_text(self.data, self.offsets, self.way, self.missing, lengths, self.ways)

    def put(self, first: int, separator: int, cursors: Longs, out: Bytes) -> None:
        csv_rows.put_text(self.data, self.offsets, self.missing, first, self.ways, separator, cursors, out)


class _Coded(CellColumn):
    """Few values that many rows share: the cell of each is made once."""

    def __init__(self, column: pa.DictionaryArray) -> None:
        self.codes, self.missing = _buffer(column.indices.fill_null(0).cast(pa.int32()), "i4"), _missing(column)
        cells = cell_column(column.dictionary)
        lengths = np.zeros(len(column.dictionary), np.int64)
        cells.measure(lengths)
        ends = np.cumsum(lengths)
        written = np.empty(int(lengths.sum()), np.uint8)
        cells.put(0, _COMMA, ends - lengths, written)
        self.data = np.delete(written, ends - 1)
        self.offsets = np.concatenate([[0], np.cumsum(lengths - 1)]).astype(np.int32)
        self.ways = cells.ways if isinstance(cells, _Text) else np.zeros(len(lengths), np.uint8)

    def measure(self, lengths: Longs) -> None:
        self.escaped = csv_rows.measure_codes(self.codes, self.offsets, self.ways, self.missing, lengths)

    def put(self, first: int, separator: int, cursors: Longs, out: Bytes) -> None:
        csv_rows.put_codes(self.data, self.offsets, self.codes, self.missing, first, separator, cursors, out)
