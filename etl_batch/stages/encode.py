"""The stages that clean and encode: slabs of a chunk to CSV bytes and Parquet row groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from etl_batch.columns import forms as text_forms
from etl_batch.columns.schema import OutputColumn, empty_column
from etl_batch.formats.source import Chunk, Slab
from etl_batch.model import Reject
from etl_batch.security.escaping import escape_cells
from etl_batch.sinks import csv_file as delimited
from etl_batch.sinks import parquet_file as columnar

ROW_GROUP_BYTES = 16 << 20
"""Bytes of columns that go into one Parquet row group."""


@dataclass(slots=True)
class Encoded:
    """The outputs of one chunk before it has a place."""

    csv: list[memoryview | bytes] = field(default_factory=list)
    csv_bytes: int = 0
    bodies: list[columnar.EncodedRows] = field(default_factory=list)
    groups: list[columnar.RowGroup] = field(default_factory=list)
    batches: list[tuple[pa.RecordBatch, tuple[int, ...]]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    records: int = 0
    skipped: int = 0
    rows: int = 0
    escaped: int = 0


class Encoder:
    """Cleans and encodes the slabs of one chunk in order."""

    def __init__(self, columns: Sequence[OutputColumn], chunk: Chunk, *, csv: bool, parquet: bool) -> None:
        self.columns, self.csv, self.parquet = columns, csv, parquet
        place = {column.name: index for index, column in enumerate(chunk.source.columns)}
        self.places = [place.get(column.name) for column in columns]
        self.from_text = tuple(at is not None and chunk.source.columns[at].text for at in self.places)
        self.forms = [
            column.forms if text else text_forms.ALL for column, text in zip(columns, self.from_text, strict=True)
        ]
        self.same_columns = self.places == list(range(len(chunk.source.columns)))
        self.encoded = Encoded()
        self.pending: list[pa.RecordBatch] = []
        self.pending_forms: tuple[int, ...] = ()
        self.pending_bytes = 0

    def add(self, slab: Slab) -> None:
        """Take one slab in."""
        out = self.encoded
        out.rejects += slab.rejects
        out.records += slab.records
        out.skipped += slab.skipped
        out.rows += slab.batch.num_rows
        if not slab.batch.num_rows:
            return
        columns, forms = self._typed(slab.batch)
        if self.csv:
            self._add_csv(slab, forms)
        batch = pa.RecordBatch.from_arrays(columns, [column.name for column in self.columns])
        if self.pending and (batch.schema != self.pending[0].schema or forms != self.pending_forms):
            self._flush()
        self.pending.append(batch)
        self.pending_forms = forms
        self.pending_bytes += slab.batch.nbytes
        if self.pending_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def finish(self) -> Encoded:
        """The outputs of the chunk."""
        self._flush()
        return self.encoded

    def _typed(self, batch: pa.RecordBatch) -> tuple[list[pa.Array], tuple[int, ...]]:
        """The output columns with the types they can have, and the forms they were parsed by."""
        columns: list[pa.Array] = []
        forms: list[int] = []
        for index, column in enumerate(self.columns):
            place = self.places[index]
            form = text_forms.TEXT
            if place is None:
                array = empty_column(batch.num_rows, column.type)
            elif self.from_text[index]:
                array, form = self._parsed(index, batch.column(place))
            else:
                array = batch.column(place)
            columns.append(array)
            forms.append(form)
        return columns, tuple(forms)

    def _parsed(self, index: int, cells: pa.StringArray) -> tuple[pa.Array, int]:
        if not self.forms[index]:
            return cells, text_forms.TEXT
        view = text_forms.Cells(cells)
        self.forms[index] &= view.forms(self.forms[index])
        form = text_forms.pick(self.forms[index])
        return (view.parse(form), form) if form else (cells, form)

    def _add_csv(self, slab: Slab, forms: tuple[int, ...]) -> None:
        out = self.encoded
        columns: list[pa.Array] = []
        escaped = 0
        for index, (column, place) in enumerate(zip(self.columns, self.places, strict=True)):
            if place is None:
                columns.append(empty_column(slab.batch.num_rows, column.type))
                continue
            cells = slab.batch.column(place)
            # A cell that has a form is a plain number, a date or a boolean: nothing that could need an escape.
            if self.from_text[index] and not forms[index]:
                cells, count = escape_cells(cells)
                escaped += count
            columns.append(cells)
        if slab.clean_text is not None and self.same_columns and not escaped:
            out.csv.append(slab.clean_text)
            out.csv_bytes += len(slab.clean_text)
            return
        text, count = delimited.encode_rows(columns, text_escaped=self.from_text)
        out.escaped += escaped + count
        out.csv.append(text)
        out.csv_bytes += len(text)

    def _flush(self) -> None:
        if not self.pending:
            return
        if self.parquet:
            names = [column.name for column in self.columns if column.dictionary]
            encoded = columnar.encode_rows(self.pending, names)
            kinds = tuple(columnar.value_type(kind) for kind in self.pending[0].schema.types)
            rows = sum(batch.num_rows for batch in self.pending)
            self.encoded.bodies.append(encoded)
            self.encoded.groups.append(columnar.RowGroup(kinds, self.pending_forms, rows, encoded.entry))
        self.encoded.batches += [(batch, self.pending_forms) for batch in self.pending]
        self.pending, self.pending_bytes = [], 0
