"""Columns in memory as cells of a CSV: what each kind takes of a row, and how it writes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.columns.cells import to_cells
from etl_batch.columns.text_cells import TextCells, TextLines, bytes_of
from etl_batch.kernels import csv_rows, csv_text, text
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, Ints, Longs
from etl_batch.security.escaping import PLAIN_NUMBER, RISKY

_BLOCK_BYTES, _PART_BYTES = 1 << 18, 1 << 20
"""Room for rows that are written column by column, and for as many of them as are handed on together."""
_NONE, _NO_INTS = np.zeros(0, np.uint8), np.zeros(0, np.int32)
_DECIMAL_PLACES = range(1, 7)
"""With more of them Arrow writes small numbers with an exponent, and those stay as they are."""
_EXAMPLE_LENGTH = 60
_SHORT = 128
"""Bytes of a text for which there is room in each row, without looking which rows have it."""
_DECADE, _MOST_DAYS = 3_652, 1 << 17
"""Days by which their texts are made, and between the first and the last for which they are: some three centuries."""


class CellColumn(ABC):
    """One column of some rows on its way into a CSV."""

    room = 0
    """The most bytes that a cell takes beside twice its text, the separator included."""
    escaped = 0
    """Cells that get an apostrophe, as far as that is known before they are written."""

    @property
    @abstractmethod
    def line(self) -> list[int]:
        """What `csv_rows.write_rows` is to know of the column; the addresses in it are of what this object holds."""


def rows_as_csv(columns: Sequence[CellColumn], rows: int) -> tuple[list[memoryview], list[int]]:
    """The rows as CSV records, in parts, and how many cells of each column were escaped."""
    lines = np.array([column.line for column in columns], np.int64)
    room = sum(column.room for column in columns)
    block, state = np.empty((3, csv_rows.BLOCK_ROWS), np.int64), np.zeros(csv_rows.ESCAPES + len(columns), np.int64)
    starts, cursors, words = block[0], block[1], block[2].view(np.uint64)
    parts, written, first = [], np.empty(_BLOCK_BYTES, np.uint8), 0
    while first < rows:
        wanted = int(state[csv_rows.WANTED])
        if wanted > written.size:
            written = np.empty(wanted, np.uint8)
        out = np.empty(max(_PART_BYTES, wanted), np.uint8)
        used = csv_rows.write_rows(lines, first, rows, room, starts, cursors, words, written, out, state)
        if used:
            parts.append(out[:used].data)
        first = int(state[csv_rows.ROWS])
    written_so = state[csv_rows.ESCAPES :].tolist()
    return parts, [column.escaped + count for column, count in zip(columns, written_so, strict=True)]


def lines_as_csv(lines: TextLines, ways: Sequence[int]) -> tuple[memoryview, list[int]]:
    """Rows that came as text, and how many cells of each column were escaped.

    They are their very bytes, when nothing in them has to change.

    `ways`: how the cells of each column are taken (see `kernels.csv_text`).
    """
    looked = [column for column, way in enumerate(ways) if way != csv_text.KEPT]
    columns, how = np.array(looked, np.int32), np.array([ways[column] for column in looked], np.uint8)
    if lines.own is not None and not csv_text.any_escape(lines.data, lines.marks, lines.rows, columns, how):
        return lines.own, [0] * len(ways)
    size = int(lines.marks[-1, lines.rows - 1]) - int(lines.marks[0, 0])
    out, escaped = np.empty(2 * size + 4 * lines.rows * len(ways) + PADDING, np.uint8), np.zeros(len(looked), np.int64)
    text = lines.data, ord(lines.delimiter), ord(lines.quote), lines.marks, lines.rows
    used = csv_text.copy_rows(*text, columns, how, int(lines.quoted), out, escaped)
    counts = dict(zip(looked, escaped.tolist(), strict=True))
    return out[:used].data, [counts.get(column, 0) for column in range(len(ways))]


def text_way(column: pa.Array, form: int, lines: TextLines, bare: bool, *, guarded: bool = True) -> int:
    """How the cells of a column are taken that came as text and stand in lines. `bare`: none stands in quotes.

    One that has a form holds numbers, dates or booleans, which are never touched. `guarded`: whether what a spreadsheet
    would run is escaped.
    """
    if not guarded and not form:
        return csv_text.UNGUARDED
    if form:
        return csv_text.KEPT if bare else csv_text.PLAIN
    is_few = bare and pa.types.is_dictionary(column.type)
    if is_few and not _written(column.dictionary, csv_text.CLOSELY).ways.any():
        return csv_text.KEPT
    return csv_text.CLOSELY if lines.closely else csv_text.TEXT


def cell_column(column: pa.Array | TextCells, way: int | None = None, spared: Bytes | None = None) -> CellColumn:
    """The column as it is written. Numbers, dates and booleans are never touched; nulls become empty cells.

    `way`: how cells of text are taken (see `kernels.csv_text`), where more is known of them than their type; `spared`:
    marks of those that are never escaped.
    """
    if isinstance(column, TextCells):
        column = column.to_arrow()
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _few(column, _way(kind.value_type) if way is None else way)
    if spared is not None:
        return _guarded(column, spared)
    if pa.types.is_integer(kind) and not _is_beyond_longs(column):
        return _Numbers(_buffer(column.cast(pa.int64()), "i8"), _missing(column))
    if pa.types.is_decimal128(kind) and kind.precision <= 18 and kind.scale in _DECIMAL_PLACES:
        return _Numbers(np.ascontiguousarray(_buffer(column, "i8", 2)[::2]), _missing(column), kind.scale)
    if pa.types.is_date32(kind):
        return _dates(column)
    return _Text(to_cells(column), _way(kind) if way is None else way)


def first_escaped(cells: pa.Array | TextCells, spared: Bytes | None = None) -> str:
    """The beginning of the first cell of a column that a spreadsheet would run, and that is not spared."""
    texts = cells.to_arrow() if isinstance(cells, TextCells) else to_cells(cells)
    risky = pc.and_not(pc.match_substring_regex(texts, RISKY), pc.match_substring_regex(texts, PLAIN_NUMBER))
    risky = risky if spared is None else pc.and_not(risky, pa.array(spared.astype(bool)))
    return str(texts[pc.index(risky, True).as_py()].as_py())[:_EXAMPLE_LENGTH]


def _way(kind: pa.DataType) -> int:
    """How the cells of a column are taken of which nothing but the type is known."""
    binary = pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_large_binary(kind)
    is_text = pa.types.is_string(kind) or binary or pa.types.is_nested(kind)
    return csv_text.CLOSELY if is_text else csv_text.PLAIN


def _is_beyond_longs(column: pa.Array) -> bool:
    """Whether a number has no place among the signed ones of 64 bits."""
    most = pc.max(column).as_py() if pa.types.is_uint64(column.type) else None
    return most is not None and most >= 2**63


def _guarded(cells: pa.StringArray, spared: Bytes) -> CellColumn:
    """Cells of text that are escaped beforehand, but for those that are spared."""
    data, offsets = bytes_of(cells)
    places, out = np.empty(len(cells) + 1, np.int32), np.empty(int(offsets[-1] - offsets[0]) + len(cells), np.uint8)
    count = text.guard(data, offsets, spared, places, out)
    guarded = pa.StringArray.from_buffers(len(cells), pa.py_buffer(places), pa.py_buffer(out))
    return _Text(guarded, csv_text.UNGUARDED, count)


def _few(column: pa.DictionaryArray, way: int) -> CellColumn:
    """A dictionary; one with long texts as the text that it stands for, whose rows then have room by their length."""
    cells = to_cells(column.dictionary)
    texts = _written(cells.fill_null("") if cells.null_count else cells, way)
    if texts.longest > _SHORT:
        return _Text(to_cells(column), way)
    return _Few(texts, _buffer(column.indices.cast(pa.int32()), "i4"), 0, _missing(column))


def _dates(column: pa.Array) -> CellColumn:
    """Days, whose texts are looked up where they are not too far apart."""
    days = _buffer(column, "i4")
    first, last = pc.min_max(column.cast(pa.int32())).as_py().values()
    if first is None or last - first > _MOST_DAYS:
        return _Text(to_cells(column), csv_text.PLAIN)
    # Whole decades, which are the same for the next rows and for other columns.
    begin, end = max(first // _DECADE * _DECADE, -(2**31)), min((last // _DECADE + 1) * _DECADE, 2**31)
    return _Few(_written_days(begin, end), days, begin, _missing(column))


@lru_cache(maxsize=4)
def _written_days(begin: int, end: int) -> _Texts:
    """Days since 1970 from one up to another."""
    days = pa.array(np.arange(begin, end, dtype=np.int32), pa.date32())
    return _written(to_cells(days), csv_text.PLAIN)


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


class _Numbers(CellColumn):
    """Whole numbers, or multiples of the last of so many decimal places."""

    room = len("-9223372036854775.808,")

    def __init__(self, values: Longs, missing: Bytes, places: int = 0) -> None:
        self.values, self.missing, self.places = values, missing, places

    @property
    def line(self) -> list[int]:
        return _line(csv_rows.NUMBERS, self.missing, values=self.values, how=self.places)


class _Text(CellColumn):
    room = csv_rows.TEXT_ROOM

    def __init__(self, cells: pa.StringArray, way: int, escaped: int = 0) -> None:
        self.data, self.offsets = bytes_of(cells)
        self.missing, self.way, self.escaped = _missing(cells), way, escaped

    @property
    def line(self) -> list[int]:
        return _line(csv_rows.TEXT, self.missing, offsets=self.offsets, data=self.data, how=self.way)


class _Few(CellColumn):
    """Few texts that many rows share; code `lowest` stands for the first."""

    def __init__(self, texts: _Texts, codes: Ints, lowest: int, missing: Bytes) -> None:
        self.texts, self.codes, self.lowest, self.missing = texts, codes, lowest, missing
        self.room = texts.longest
        self.escaped = self._escaped()

    @property
    def line(self) -> list[int]:
        few, marks = self.texts, self.missing
        return _line(csv_rows.FEW, marks, values=self.codes, offsets=few.offsets, data=few.data, how=self.lowest)

    def _escaped(self) -> int:
        escaped = self.texts.ways & csv_text.ESCAPED
        if not escaped.any():
            return 0
        codes = self.codes[self.missing == 0] if self.missing.size else self.codes
        return int(escaped[codes].sum())


def _line(
    kind: int,
    missing: Bytes,
    *,
    values: Ints | Longs = _NO_INTS,
    offsets: Ints = _NO_INTS,
    data: Bytes = _NONE,
    how: int,
) -> list[int]:
    """See `csv_rows.KIND`."""
    marks = missing.ctypes.data if missing.size else 0
    texts = offsets.ctypes.data, len(offsets) - 1, data.ctypes.data, len(data)
    return [kind, marks, values.ctypes.data, *texts, how]


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """Cells as they are written, a separator behind each."""

    data: Bytes
    offsets: Ints
    ways: Bytes

    @property
    def longest(self) -> int:
        """Bytes of the longest one."""
        return int(np.diff(self.offsets).max(initial=1))


def _written(cells: pa.StringArray, way: int) -> _Texts:
    """The cells of texts without nulls."""
    data, offsets = bytes_of(cells)
    room = 2 * int(offsets[-1] - offsets[0]) + csv_rows.TEXT_ROOM * len(cells) + csv_rows.OVERRUN
    ways, places, out = np.empty(len(cells), np.uint8), np.empty(len(cells) + 1, np.int32), np.empty(room, np.uint8)
    used = csv_rows.write_texts(data, offsets, way, ways, places, out)
    return _Texts(out[: used + csv_rows.OVERRUN], places, ways)
