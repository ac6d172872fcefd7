"""Rows as CSV bytes: UTF-8, comma, LF, RFC 4180 with quotes only where they are needed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa

from etl_batch.columns.conventions import signed_numbers
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.files.staging import Staged, opened
from etl_batch.kernels import csv_text
from etl_batch.kernels.kernel import Bytes
from etl_batch.model import Escapes
from etl_batch.sinks.csv_cells import cell_column, first_escaped, lines_as_csv, rows_as_csv, text_way
from etl_batch.sinks.sink import Encoded, FinalColumns, PlacedChunk, Sink, SinkEncoder, cannot_write

if TYPE_CHECKING:
    from etl_batch.config import RunConfig


@dataclass(frozen=True)
class CsvSink(Sink):
    """The merged CSV."""

    name: ClassVar[str] = "csv"

    guarded: bool = True
    """Whether the cells that a spreadsheet would run are escaped."""

    @classmethod
    def staged(cls, file: Staged, config: RunConfig, input_bytes: int) -> CsvSink:  # noqa: ARG003 - one file of any size
        """As `--no-escape` says."""
        return cls(file, not config.no_escape)

    @classmethod
    def target(cls, config: RunConfig) -> Path | None:
        """`--output-csv`."""
        return config.output_csv

    def begin(self, columns: Sequence[OutputColumn]) -> int:
        """The header record."""
        return self.write_start(header_line([column.name for column in columns], guarded=self.guarded))

    def encoder(self, columns: Sequence[OutputColumn]) -> SinkEncoder:  # noqa: ARG002 - a row's bytes depend on it alone
        """Rows as CSV records, their own bytes where those are already right."""
        return _CsvEncoder(self.guarded)

    def escapes(self, cells: int, names: Sequence[str]) -> bool:
        """By the count, or because a name begins like a formula."""
        return cells > 0 or header_line([*names], guarded=self.guarded) != header_line([*names], guarded=False)

    def close(self, chunks: Sequence[PlacedChunk], final: FinalColumns) -> int:  # noqa: ARG002 - nothing stands behind the rows
        """Nothing more is written."""
        try:
            with opened(self.file) as descriptor:
                return os.fstat(descriptor).st_size
        except OSError as error:
            raise cannot_write(self.file.target, error) from error


class _CsvEncoder(SinkEncoder):
    def __init__(self, guarded: bool) -> None:
        self.encoded = Encoded()
        self.guarded = guarded

    def add(self, rows: CleanRows) -> None:
        """The rows as they stand in their text, as far as they may; else column by column."""
        # A cell that has a form is a plain number, a date or a boolean, which nothing is done to; not so one that is
        # written by conventions of its own: `-1.234,50` may need quotes, and begins like a formula.
        forms = (0,) * len(rows.forms) if rows.written.declared else rows.forms
        spared = self._spared(rows)
        if rows.lines is not None and not spared:
            known = zip(rows.typed.columns, forms, rows.bare, strict=True)
            ways = [text_way(column, form, rows.lines, bare, guarded=self.guarded) for column, form, bare in known]
            written, escaped = lines_as_csv(rows.lines, ways)
            self.encoded.parts.append(written)
        else:
            known = zip(rows.cells, forms, rows.from_text, strict=True)
            columns = [
                cell_column(cells, self._way(form, from_text), spared.get(index))
                for index, (cells, form, from_text) in enumerate(known)
            ]
            parts, escaped = rows_as_csv(columns, rows.typed.num_rows)
            self.encoded.parts += parts
        self._note(rows, escaped, spared)

    def _way(self, form: int, from_text: bool) -> int | None:
        if from_text and form:
            return csv_text.PLAIN
        if not self.guarded:
            return csv_text.UNGUARDED
        return csv_text.CLOSELY if from_text else None

    def _spared(self, rows: CleanRows) -> dict[int, Bytes]:
        """By column, marks of the cells that are numbers by their own conventions, though they begin like a formula."""
        if not self.guarded or not rows.written.numbers:
            return {}
        texts = (index for index, from_text in enumerate(rows.from_text) if from_text)
        found = {index: signed_numbers(rows.cells[index], rows.written) for index in texts}
        return {index: marks for index, marks in found.items() if marks is not None}

    def _note(self, rows: CleanRows, escaped: Sequence[int], spared: Mapping[int, Bytes]) -> None:
        """Count the escaped cells by column, and keep one of each."""
        for index, count in enumerate(escaped):
            if count:
                former = self.encoded.escapes.get(index)
                found = Escapes(count, "" if former else first_escaped(rows.cells[index], spared.get(index)))
                self.encoded.escapes[index] = former + found if former else found

    def finish(self) -> Encoded:
        """The chunk's records."""
        return self.encoded


def header_line(names: list[str], *, guarded: bool = True) -> bytes:
    """The header record. Names are text like any other: quoted and escaped where they need it."""
    way = csv_text.CLOSELY if guarded else csv_text.UNGUARDED
    parts, _ = rows_as_csv([cell_column(pa.array([name], pa.string()), way) for name in names], 1)
    return b"".join(parts)
