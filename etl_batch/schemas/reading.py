"""Columns as values of a declared type: each cell by itself, so that what it becomes hangs on no other cell."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl_batch.columns import text_forms
from etl_batch.columns.cells import to_cells
from etl_batch.columns.schema import plain
from etl_batch.columns.text_cells import TextCells
from etl_batch.schemas.kinds import Kind

Marks = NDArray[np.bool_]


def values_of(column: pa.Array | TextCells, kind: Kind) -> tuple[pa.Array, Marks]:
    """The values, null for what is empty or is none of the type, and marks of the latter."""
    if isinstance(column, TextCells):
        quick = _by_form(column, kind)
        return (quick, np.zeros(len(column), bool)) if quick is not None else values_of_texts(column.to_arrow(), kind)
    column = plain(column)
    if _always(column.type, kind.arrow):
        return pc.cast(column, kind.arrow), np.zeros(len(column), bool)
    return values_of_texts(texts_of(column), kind)


def texts_of(column: pa.Array | TextCells) -> pa.StringArray:
    """The cells as text; nulls stay nulls."""
    return column.to_arrow() if isinstance(column, TextCells) else to_cells(plain(column))


def values_of_texts(cells: pa.StringArray, kind: Kind) -> tuple[pa.Array, Marks]:
    """The same of cells that are text already, each distinct one read once."""
    if kind.text:
        return cells, np.zeros(len(cells), bool)
    coded = cells.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    read = [kind.read(text) if text else None for text in texts]
    wrong = np.array([bool(text) and value is None for text, value in zip(texts, read, strict=True)], bool)
    values = pa.array(read, kind.arrow).take(coded.indices)
    at = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    bad = (
        wrong[at] & coded.indices.is_valid().to_numpy(zero_copy_only=False)
        if len(wrong)
        else np.zeros(len(cells), bool)
    )
    return values, bad


def _by_form(cells: TextCells, kind: Kind) -> pa.Array | None:
    """The values of cells that are all written by one form of the type; None when they are not."""
    if not kind.forms:
        return None
    array, form, _ = text_forms.typed(cells, kind.forms)
    if not form:
        return None
    try:
        return pc.cast(array, kind.arrow)
    except pa.ArrowInvalid:  # one of them has no place in the type
        return None


def _always(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether every value of a type is one of the other, the same."""
    if given == wanted:
        return True
    if pa.types.is_integer(given) and pa.types.is_int64(wanted):
        return bool(given.bit_width < 64)
    if pa.types.is_floating(given) and pa.types.is_float64(wanted):
        return True
    if pa.types.is_decimal(given) and pa.types.is_decimal(wanted):
        whole = wanted.precision - wanted.scale >= given.precision - given.scale
        return bool(whole and wanted.scale >= given.scale)
    return False
