"""The stage that cleans: slabs of one source under the columns of the outputs, text cells typed as far as all allow."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from etl_batch.columns import text_forms
from etl_batch.columns.codes import coded
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn, empty_column
from etl_batch.columns.text_cells import TextCells
from etl_batch.formats.source import AnySource, Slab
from etl_batch.model import Reject


class Cleaner:
    """Cleans the slabs of one chunk in order, and counts what is in them.

    `forms` holds, by output column, the forms that every text cell so far satisfies: they only ever become fewer, so a
    column is parsed by one form until a cell breaks it, and from there on by the next.
    """

    def __init__(self, columns: Sequence[OutputColumn], source: AnySource) -> None:
        self.columns = columns
        place = {column.name: index for index, column in enumerate(source.columns)}
        self.places = [place.get(column.name) for column in columns]
        self.from_text = tuple(at is not None and source.columns[at].text for at in self.places)
        self.forms = [
            column.forms if text else text_forms.ALL for column, text in zip(columns, self.from_text, strict=True)
        ]
        self.same_columns = self.places == list(range(len(source.columns)))
        self.rejects: list[Reject] = []
        self.records = self.skipped = self.rows = 0

    def clean(self, slab: Slab) -> CleanRows | None:
        """The slab's good rows; None when it has none."""
        self.rejects += slab.rejects
        self.records += slab.records
        self.skipped += slab.skipped
        self.rows += slab.rows
        if not slab.rows:
            return None
        cells = tuple(
            empty_column(slab.rows, column.type) if place is None else slab.columns[place]
            for column, place in zip(self.columns, self.places, strict=True)
        )
        typed = [self._typed(index, column) for index, column in enumerate(cells)]
        batch = pa.RecordBatch.from_arrays([array for array, _ in typed], [column.name for column in self.columns])
        lines = slab.lines if self.same_columns else None
        return CleanRows(batch, tuple(form for _, form in typed), cells, self.from_text, lines)

    def _typed(self, index: int, cells: pa.Array | TextCells) -> tuple[pa.Array, int]:
        """A column by the best form that all its cells so far satisfy, and that form."""
        if not self.from_text[index]:
            return cells, text_forms.TEXT
        if self.columns[index].dictionary and not self.forms[index] and isinstance(cells, TextCells):
            repeated = coded(cells)
            if repeated is not None:
                return repeated, text_forms.TEXT
        array, form, self.forms[index] = text_forms.typed(cells, self.forms[index])
        return array, form
