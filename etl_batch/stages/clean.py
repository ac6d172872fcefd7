"""The stage that cleans: slabs of one source under the columns of the outputs, text cells typed as far as all allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from etl_batch.columns import text_forms
from etl_batch.columns.codes import coded, coded_bare
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn, empty_column, fits
from etl_batch.columns.text_cells import TextCells
from etl_batch.formats.source import AnySource, Slab
from etl_batch.model import Reject


@dataclass(frozen=True, slots=True)
class _Typed:
    """A column by a form. `bare`: it is known that none of its cells stands in quotes."""

    array: pa.Array
    form: int
    bare: bool


class Cleaner:
    """Cleans the slabs of one chunk in order, and counts what is in them.

    `forms` holds, by output column, the forms that every text cell so far satisfies: they only ever become fewer, so a
    column is parsed by one form until a cell breaks it, and from there on by the next. A typed column whose values the
    planned type does not hold has no form left either: it becomes text.
    """

    def __init__(self, columns: Sequence[OutputColumn], source: AnySource) -> None:
        self.columns = columns
        # One that is null throughout is none: its nulls are of the type that other sources give it.
        place = {column.name: at for at, column in enumerate(source.columns) if not pa.types.is_null(column.type)}
        self.places = [place.get(column.name) for column in columns]
        self.from_text = tuple(at is not None and source.columns[at].text for at in self.places)
        self.forms = [
            column.forms if text else text_forms.ALL for column, text in zip(columns, self.from_text, strict=True)
        ]
        self.in_quotes = [False] * len(columns)
        """Columns whose cells may stand in quotes, as far as is known."""
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
        batch = pa.RecordBatch.from_arrays([one.array for one in typed], [column.name for column in self.columns])
        lines = slab.lines if self.same_columns else None
        forms, bare = tuple(one.form for one in typed), tuple(one.bare for one in typed)
        return CleanRows(batch, forms, cells, self.from_text, bare, lines)

    def _typed(self, index: int, cells: pa.Array | TextCells) -> _Typed:
        """A column by the best form that all its cells so far satisfy."""
        if not self.from_text[index]:
            if not fits(cells, self.columns[index].typed):
                self.forms[index] = text_forms.TEXT
            return _Typed(cells, text_forms.TEXT, bare=True)
        if isinstance(cells, TextCells) and cells.quoted and not self.in_quotes[index]:
            former, found = self.forms[index], self._bare(index, cells)
            if found is not None:
                return found
            found = self._as_it_comes(index, cells)
            # With fewer forms left the next slab may be bare after all.
            self.in_quotes[index] = self.forms[index] == former
            return found
        return self._as_it_comes(index, cells)

    def _as_it_comes(self, index: int, cells: pa.Array | TextCells) -> _Typed:
        """The column, some of whose cells stand in quotes if they may."""
        bare = not (isinstance(cells, TextCells) and cells.quoted)
        if self._repeats(index) and isinstance(cells, TextCells):
            repeated = coded(cells)
            if repeated is not None:
                return _Typed(repeated, text_forms.TEXT, bare)
        array, form, self.forms[index] = text_forms.typed(cells, self.forms[index])
        return _Typed(array, form, bare)

    def _bare(self, index: int, cells: TextCells) -> _Typed | None:
        """The column as if quotes were a part of its cells; None when that cannot be proved to be the same."""
        if self._repeats(index):
            repeated = coded_bare(cells)
            return None if repeated is None else _Typed(repeated, text_forms.TEXT, bare=True)
        # No number, date or boolean has a quote in it.
        found = text_forms.expected(cells.as_bare(), self.forms[index])
        if found is None:
            return None
        array, form, self.forms[index] = found
        return _Typed(array, form, bare=True)

    def _repeats(self, index: int) -> bool:
        return self.columns[index].dictionary and not self.forms[index]
