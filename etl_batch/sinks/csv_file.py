"""Rows as CSV bytes: UTF-8, comma, LF, RFC 4180 with quotes only where they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa

from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.kernels.csv_text import CLOSELY, PLAIN
from etl_batch.sinks.csv_cells import cell_column, lines_as_csv, rows_as_csv, text_way
from etl_batch.sinks.sink import Encoded, FinalColumns, PlacedChunk, Sink, SinkEncoder

if TYPE_CHECKING:
    from etl_batch.config import RunConfig


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
        """The rows as they stand in their text, as far as they may; else column by column."""
        if rows.lines is not None:
            known = zip(rows.typed.columns, rows.forms, rows.bare, strict=True)
            ways = [text_way(column, form, rows.lines, bare) for column, form, bare in known]
            text, escaped = lines_as_csv(rows.lines, ways)
            self.encoded.parts.append(text)
        else:
            columns = [
                # A cell that has a form is a plain number, a date or a boolean: nothing that could need an escape.
                cell_column(cells, (PLAIN if form else CLOSELY) if from_text else None)
                for cells, form, from_text in zip(rows.cells, rows.forms, rows.from_text, strict=True)
            ]
            parts, escaped = rows_as_csv(columns, rows.typed.num_rows)
            self.encoded.parts += parts
        self.encoded.escaped_cells += escaped

    def finish(self) -> Encoded:
        """The chunk's records."""
        return self.encoded


def header_line(names: list[str]) -> bytes:
    """The header record. Names are text like any other: quoted and escaped where they need it."""
    parts, _ = rows_as_csv([cell_column(pa.array([name], pa.string())) for name in names], 1)
    return b"".join(parts)
