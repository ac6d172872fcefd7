"""The columns of the outputs: the union of the sources' columns by name, and the type that holds every value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.columns import text_forms
from etl_batch.columns.cells import to_cells
from etl_batch.columns.conventions import AS_WRITTEN, Conventions, canonical
from etl_batch.columns.text_cells import TextCells

_DIGITS_128 = 38
"""Digits that a decimal of 128 bits holds."""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of the outputs as planned from a sample; later chunks may widen it."""

    name: str
    forms: int
    """Forms that the sampled text cells satisfy; `text_forms.ALL` when no source has the column as text."""
    typed: pa.DataType | None
    """Type that holds the values of the sources that have types; None when all are text."""
    dictionary: bool = False
    """Whether its values repeat so much that Parquet's dictionary encoding pays."""
    packed: bool = True
    """Whether its numbers are kept as packed differences all the same, a dictionary being hardly smaller."""
    compressed: bool = True
    """Whether its values become so much smaller by LZ4 that it pays."""
    declared: pa.DataType | None = None
    """The type that a schema gives it; no value widens that."""
    written: Conventions = AS_WRITTEN
    """What was declared of its text cells."""

    @property
    def read(self) -> Conventions:
        """By what its text cells are read. One that is text in the sample keeps its cells: they may be remarks."""
        return self.written if self.forms else self.written.for_text()

    @property
    def type(self) -> pa.DataType:
        """The type as it stands."""
        return self.settled(self.forms)

    def settled(self, forms: int) -> pa.DataType:
        """The type when all text cells satisfy these forms."""
        return settled_type(forms, self.typed) if self.declared is None else self.declared


def settled_type(forms: int, typed: pa.DataType | None) -> pa.DataType:
    """The type of a column with these text forms and these typed values."""
    if typed is None:
        return text_forms.form_type(text_forms.pick(forms))
    if forms == text_forms.ALL:
        return typed
    return join_types(typed, text_forms.form_type(text_forms.pick(forms)))


def join_all(kinds: Iterable[pa.DataType]) -> pa.DataType | None:
    """The type that holds every value of all the types, in whatever order they come; None for no types."""
    # Floats first: two small integers of unlike sign join to one that is too large for a double, and each alone is not.
    known = sorted(kinds, key=lambda kind: not pa.types.is_floating(kind))
    return reduce(join_types, known) if known else None


def join_types(a: pa.DataType, b: pa.DataType) -> pa.DataType:
    """The narrowest type to which both convert without changing a value; text when there is none."""
    if a == b or pa.types.is_null(b):
        return a
    if pa.types.is_null(a):
        return b
    if pa.types.is_integer(a) and pa.types.is_integer(b):
        return _join_integers(a, b)
    if pa.types.is_floating(a) and pa.types.is_floating(b):
        return pa.float64()
    for whole, real in ((a, b), (b, a)):
        if pa.types.is_integer(whole) and pa.types.is_floating(real) and whole.bit_width <= 32:
            return pa.float64()
    if pa.types.is_decimal(a) and pa.types.is_decimal(b) and a.scale == b.scale:
        precision = max(a.precision, b.precision)
        return pa.decimal128(precision, a.scale) if precision <= _DIGITS_128 else pa.decimal256(precision, a.scale)
    if pa.types.is_timestamp(a) and pa.types.is_timestamp(b) and a.tz == b.tz:
        order = ["s", "ms", "us", "ns"]
        return pa.timestamp(max(a.unit, b.unit, key=order.index), a.tz)
    return pa.string()


def _join_integers(a: pa.DataType, b: pa.DataType) -> pa.DataType:
    if pa.types.is_signed_integer(a) == pa.types.is_signed_integer(b):
        return a if a.bit_width >= b.bit_width else b
    unsigned = b if pa.types.is_signed_integer(a) else a
    return pa.string() if unsigned.bit_width == 64 else pa.int64()


def settle(
    column: pa.Array, form: int, from_text: bool, to: pa.DataType, final_form: int, *, nulls: bool = False
) -> pa.Array:
    """A column as it was encoded (by `form`, when it came `from_text`) converted to its final type, value by value.

    `nulls`: cells without a value stay that in a column of text too.
    """
    if column.type == to:
        return column
    if pa.types.is_string(to):
        if not from_text:
            return to_cells(column)
        cells = text_forms.to_text(column, form)
        return cells if nulls else cells.fill_null("")
    if from_text and pa.types.is_string(column.type):
        return convert(text_forms.parse(column, final_form), to)
    return convert(column, to)


def value_type(kind: pa.DataType) -> pa.DataType:
    """The type a column has in the file: a dictionary's values."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def plain(column: pa.Array) -> pa.Array:
    """A column as plain values, when it came as a dictionary."""
    return pc.cast(column, column.type.value_type) if pa.types.is_dictionary(column.type) else column


def decoded(table: pa.Table) -> pa.Table:
    """The table with its dictionary columns as plain values."""
    for index, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            plain = pc.cast(table.column(index), column.type.value_type)
            table = table.set_column(index, column.name, plain)
    return table


def convert(column: pa.Array, to: pa.DataType) -> pa.Array:
    """A column as another type; dictionaries are kept where only their values change."""
    column = plain(column)
    return column if column.type == to else pc.cast(column, to)


def fits(column: pa.Array, to: pa.DataType | None) -> bool:
    """Whether a typed column converts to the type that others gave it: a finer unit of time does not reach as far."""
    if to is None or not pa.types.is_timestamp(to) or not pa.types.is_timestamp(column.type):
        return True
    try:
        pc.cast(column, to)
    except pa.ArrowInvalid:
        return False
    return True


def empty_column(rows: int, kind: pa.DataType) -> pa.Array:
    """A column of nulls, for a source that does not have it."""
    return pa.nulls(rows, kind)


def as_read(cells: pa.StringArray | TextCells, column: OutputColumn) -> pa.StringArray:
    """Text cells of a column by what was declared of them; as they stand where nothing was."""
    read = canonical(cells, column.read).cells
    text = read.to_arrow() if isinstance(read, TextCells) else read
    return with_nulls(text) if column.written.null_words else text


def with_nulls(cells: pa.Array) -> pa.Array:
    """Text cells, or a dictionary of them, with nulls for the empty ones."""
    if pa.types.is_dictionary(cells.type):
        empty = pc.index(cells.dictionary, pa.scalar("")).as_py()
        codes = pc.if_else(pc.equal(cells.indices, empty), pa.scalar(None, cells.indices.type), cells.indices)
        return pa.DictionaryArray.from_arrays(codes, cells.dictionary) if empty >= 0 else cells
    return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
