"""Rows as CSV bytes: UTF-8, comma, LF, RFC 4180 with quotes only where they are needed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from etl_batch.columns.cells import to_cells
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.security.escaping import escape_cells
from etl_batch.sinks.sink import Encoded, FinalColumns, PlacedChunk, Sink, SinkEncoder

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

_BARE = pa_csv.WriteOptions(include_header=False, quoting_style="none", batch_size=1 << 16)
_NEEDS_QUOTES = r'[,"\r\n]'


@dataclass(frozen=True)
class CsvSink(Sink):
    """The merged CSV."""

    name: ClassVar[str] = "csv"

    @classmethod
    def target(cls, config: RunConfig) -> Path | None:
        """`--output-csv`."""
        return config.output_csv

    def begin(self, columns: Sequence[OutputColumn]) -> int:
        """The header record."""
        return self.write_start(header_line([column.name for column in columns]))

    def encoder(self, columns: Sequence[OutputColumn]) -> SinkEncoder:  # noqa: ARG002 - a row's bytes depend on it alone
        """Rows as CSV records, their own bytes where those are already right."""
        return _CsvEncoder()

    def close(self, chunks: Sequence[PlacedChunk], final: FinalColumns) -> int:  # noqa: ARG002 - nothing stands behind the rows
        """Nothing more is written."""
        return self.file.staged.stat().st_size


class _CsvEncoder(SinkEncoder):
    def __init__(self) -> None:
        self.encoded = Encoded()

    def add(self, rows: CleanRows) -> None:
        """Escape what needs it; place the rows' own bytes when nothing did."""
        columns: list[pa.Array] = []
        escaped = 0
        for cells, form, from_text in zip(rows.cells, rows.forms, rows.from_text, strict=True):
            # A cell that has a form is a plain number, a date or a boolean: nothing that could need an escape.
            safe, count = escape_cells(cells) if from_text and not form else (cells, 0)
            columns.append(safe)
            escaped += count
        if rows.text is not None and not escaped:
            self.encoded.parts.append(rows.text)
            return
        text, count = encode_rows(columns, text_escaped=rows.from_text)
        self.encoded.escaped_cells += escaped + count
        self.encoded.parts.append(text)

    def finish(self) -> Encoded:
        """The chunk's records."""
        return self.encoded


def header_line(names: list[str]) -> bytes:
    """The header record. Names are text like any other: quoted and escaped where they need it."""
    cells, _ = escape_cells(pa.array(names, pa.string()))
    return bytes(_join([pa.array([cell], pa.string()) for cell in cells.to_pylist()]))


def encode_rows(columns: list[pa.Array], text_escaped: Sequence[bool] = ()) -> tuple[memoryview, int]:
    """The rows as CSV records, and the number of text cells that were escaped.

    Numbers, dates and booleans are never touched; nulls become empty cells. `text_escaped` marks the text columns that
    have been escaped already.
    """
    cells, count = [], 0
    for column, escaped in itertools.zip_longest(columns, text_escaped, fillvalue=False):
        prepared, risky = _prepare(column, bool(escaped))
        cells.append(prepared)
        count += risky
    if len(cells) > 1:
        try:
            sink = pa.BufferOutputStream()
            batch = pa.RecordBatch.from_arrays(cells, [str(index) for index in range(len(cells))])
            pa_csv.write_csv(batch, sink, _BARE)
            return memoryview(sink.getvalue()), count
        except pa.ArrowInvalid:  # a cell needs quotes
            pass
    return _join([to_cells(cell) for cell in cells]), count


def _prepare(column: pa.Array, escaped: bool) -> tuple[pa.Array, int]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        values, _ = escape_cells(to_cells(column.dictionary))
        changed = pc.not_equal(values, to_cells(column.dictionary))
        count = int(pc.sum(pc.take(changed, column.indices)).as_py() or 0) if pc.any(changed).as_py() else 0
        return pc.take(values, column.indices), count
    if pa.types.is_string(kind) or _is_written_as_text(kind):
        cells = to_cells(column)
        return (cells, 0) if escaped else escape_cells(cells)
    return column, 0


def _is_written_as_text(kind: pa.DataType) -> bool:
    nested = pa.types.is_nested(kind)
    return bool(
        nested or pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_large_binary(kind)
    )


def _join(cells: list[pa.StringArray]) -> memoryview:
    """The general way: quote what needs it, then join cells to lines and lines to bytes, all in Arrow's kernels."""
    if not len(cells[0]):
        return memoryview(b"")
    quoted = [_quote(cell.fill_null("") if cell.null_count else cell) for cell in cells]
    if len(quoted) == 1:  # a lone empty cell would read as a blank line
        quoted = [pc.if_else(pc.equal(quoted[0], ""), '""', quoted[0])]
    lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*quoted, ","), "", "\n")
    offsets = memoryview(lines.buffers()[1]).cast("i")
    return memoryview(lines.buffers()[2])[offsets[lines.offset] : offsets[lines.offset + len(lines)]]


def _quote(cells: pa.StringArray) -> pa.StringArray:
    needed = pc.match_substring_regex(cells, _NEEDS_QUOTES)
    if not pc.any(needed).as_py():
        return cells
    doubled = pc.replace_substring(cells, '"', '""')
    return pc.if_else(needed, pc.binary_join_element_wise('"', doubled, '"', ""), cells)
