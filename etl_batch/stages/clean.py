"""The stage that cleans: slabs of one source under the columns of the outputs, text cells typed as far as all allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from etl_batch.columns import text_forms
from etl_batch.columns.codes import coded, coded_bare
from etl_batch.columns.conventions import AS_WRITTEN, canonical
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn, empty_column, fits, value_type, with_nulls
from etl_batch.columns.text_cells import TextCells
from etl_batch.formats.source import AnySource, Places, Slab
from etl_batch.model import NOT_REPLAYED, Counts, Reject, Replayed
from etl_batch.schemas.check import Checker
from etl_batch.schemas.spec import Schema
from etl_batch.schemas.unique import Notes, notes_of


@dataclass(frozen=True, slots=True)
class _Typed:
    """A column by a form. `bare`: it is known that none of its cells stands in quotes."""

    array: pa.Array
    form: int
    bare: bool


@dataclass(slots=True)
class Seen:
    """What was seen of one source: its rejects are numbered from the first record of the part."""

    source: int
    """Its ordinal."""
    records: int = 0
    skipped: int = 0
    rows: int = 0
    rejects: list[Reject] = field(default_factory=list)
    repaired: Counter[str] = field(default_factory=Counter)
    replayed: Replayed = NOT_REPLAYED
    elsewhere: int = 0
    """Records that count in the numbers of others alone."""
    places: list[Places] = field(default_factory=list)
    """By slab, where the rows stand: see `Slab`."""
    unique: list[tuple[int, Mapping[int, pa.Array]]] = field(default_factory=list)
    """By slab, the rows before it and the values that must come once, by the column's place in the schema."""

    @property
    def counts(self) -> Counts:
        """The records by their fate."""
        return Counts(self.records, self.rows, len(self.rejects), self.skipped)


def unique_notes(seen: Sequence[Seen]) -> list[tuple[bool, Notes]]:
    """Notes of what must come once in the run, and whether rows of their source may stand in chunks before."""
    return [
        (number == 0, notes_of(values, place, each.source, before))
        for number, each in enumerate(seen)
        for before, columns in each.unique
        for place, values in columns.items()
    ]


class Cleaner:
    """Cleans the slabs of one chunk in order, and counts what is in them, source by source.

    `forms` holds, by output column, the forms that every text cell so far satisfies: they only ever become fewer, so a
    column is parsed by one form until a cell breaks it, and from there on by the next. A typed column whose values the
    planned type does not hold has no form left either: it becomes text.
    """

    def __init__(self, columns: Sequence[OutputColumn], schema: Schema | None = None) -> None:
        self.columns, self.schema = columns, schema
        self.forms = [column.forms for column in columns]
        self.written = columns[0].written if columns else AS_WRITTEN
        self.in_quotes = [False] * len(columns)
        """Columns whose cells may stand in quotes, as far as is known."""
        self.came_as_text = [False] * len(columns)
        self.seen: list[Seen] = []

    def enter(self, source: AnySource) -> None:
        """The slabs from here on are of this source."""
        given = source.all_columns
        # One that is null throughout is none: its nulls are of the type that other sources give it.
        place = {column.name: index for index, column in enumerate(given) if not pa.types.is_null(column.type)}
        self.places = [place.get(column.name) for column in self.columns]
        self.constants = source.constant_texts
        self.from_text = tuple(at is not None and given[at].text for at in self.places)
        self.came_as_text = [was or text for was, text in zip(self.came_as_text, self.from_text, strict=True)]
        self.same_columns = self.places == list(range(len(source.columns)))
        self.own_columns = source.columns
        self.checker = Checker(self.schema, source, self.written) if self.schema is not None else None
        self.seen.append(Seen(source.ordinal))

    @property
    def satisfied(self) -> tuple[int, ...]:
        """By output column the forms that its text cells satisfy; all of them where it never came as text."""
        pairs = zip(self.forms, self.came_as_text, strict=True)
        return tuple(forms if text else text_forms.ALL for forms, text in pairs)

    def clean(self, slab: Slab) -> CleanRows | None:
        """The slab's good rows; None when it has none."""
        slab = slab.unguarded(self.own_columns)
        declared: Mapping[str, pa.Array] = {}
        if self.checker is not None and slab.rows:
            constants = [TextCells.repeated(text, slab.rows) for text in self.constants]
            slab, declared, unique = self.checker.check(slab, constants)
            self.seen[-1].unique.append((self.seen[-1].rows, unique))
        seen = self.seen[-1]
        seen.rejects += slab.rejects
        seen.records += slab.records
        seen.skipped += slab.skipped
        seen.elsewhere += slab.elsewhere
        seen.replayed += slab.replayed
        seen.repaired.update(slab.repaired)
        seen.rows += slab.rows
        if not slab.rows:
            return None
        seen.places.append(slab.places)
        given = [*slab.columns, *(TextCells.repeated(text, slab.rows) for text in self.constants)]
        cells = tuple(
            empty_column(slab.rows, column.type) if place is None else given[place]
            for column, place in zip(self.columns, self.places, strict=True)
        )
        lines, by = slab.lines if self.same_columns else None, self.written
        read = tuple(self._read(index, column) for index, column in enumerate(cells)) if by.declared else cells
        typed = [self._typed(index, each, declared.get(self.columns[index].name)) for index, each in enumerate(read)]
        if by.declared:
            typed = [self._with_nulls(index, one) for index, one in enumerate(typed)]
        batch = pa.RecordBatch.from_arrays([one.array for one in typed], [column.name for column in self.columns])
        forms, bare = tuple(one.form for one in typed), tuple(one.bare for one in typed)
        if by.everywhere:
            return CleanRows(batch, forms, read, self.from_text, bare)
        if by.declared:
            bare = tuple(one and self._is_bare(column) for one, column in zip(bare, cells, strict=True))
        return CleanRows(batch, forms, cells, self.from_text, bare, lines, by)

    def _read(self, index: int, cells: pa.Array | TextCells) -> pa.Array | TextCells:
        """A column's cells by what was declared of them."""
        if not self.from_text[index]:
            return cells
        read = canonical(cells, self.columns[index].read)
        self.forms[index] &= ~read.barred
        return read.cells

    def _with_nulls(self, index: int, typed: _Typed) -> _Typed:
        """Where there are words for no value, a column of text has nulls for them, as others have."""
        of_text = pa.types.is_string(value_type(typed.array.type))
        if not self.from_text[index] or typed.form or not of_text or not self.written.null_words:
            return typed
        return replace(typed, array=with_nulls(typed.array))

    @staticmethod
    def _is_bare(cells: pa.Array | TextCells) -> bool:
        return not (isinstance(cells, TextCells) and cells.quoted)

    def _typed(self, index: int, cells: pa.Array | TextCells, declared: pa.Array | None) -> _Typed:
        """A column as it was declared, else by the best form that all its cells so far satisfy."""
        if declared is not None:
            return _Typed(declared, text_forms.TEXT, bare=False)
        if not self.from_text[index]:
            if not fits(cells, self.columns[index].typed):
                self.forms[index], self.came_as_text[index] = text_forms.TEXT, True
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
        bare = self._is_bare(cells)
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
