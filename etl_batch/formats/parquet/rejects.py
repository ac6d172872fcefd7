"""Rows of Parquet files that are no rows of an output: text that is no UTF-8, and times that are no moment."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.columns.cells import to_cells
from etl_batch.columns.moments import counts, outside
from etl_batch.columns.schema import plain as as_values
from etl_batch.formats.parquet.int96 import Moments
from etl_batch.formats.source import Places, Slab, SourceColumn
from etl_batch.model import Reject

_Fault = tuple[int, str, str, str, str | None]
"""A row, the reason, the detail, the cell, and how that is encoded."""


def with_rejects(
    arrays: Sequence[pa.Array], columns: Sequence[SourceColumn], path: str, first: int, offset: int, before: int = 0
) -> Slab:
    """The slab of some rows; those that are none become rejects, with the byte offset of their row group.

    Each is rejected once, for the first of its cells. `first`: the number of the first row; `before`: rows of the file
    before that from which they are numbered.
    """
    rows = len(arrays[0])
    bad: dict[int, Reject] = {}
    plain = []
    for column, array in zip(columns, arrays, strict=True):
        for row, reason, detail, raw, encoding in _faults(array, column):
            if row not in bad:
                bad[row] = Reject(path, offset, first + row, reason, column.name, detail, raw, encoding)
        moments = Moments.joined(array) if pa.types.is_struct(array.type) else None
        plain.append(array if moments is None else moments.converted(column.type))
    batch = pa.RecordBatch.from_arrays(plain, [column.name for column in columns])
    good = batch.filter(pa.array([row not in bad for row in range(rows)])) if bad else batch
    numbers = np.setdiff1d(np.arange(rows, dtype=np.int32), np.array([*bad], np.int32), assume_unique=True)

    def origin(row: int) -> Reject:
        """Where a row stands, with its cells by name."""
        one = good.slice(row, 1)
        pairs = zip(good.schema.names, one.columns, strict=True)
        raw = json.dumps({name: to_cells(as_values(cell))[0].as_py() for name, cell in pairs}, ensure_ascii=False)
        return Reject(path, offset, first + int(numbers[row]), "", None, "", raw)

    rejects = [bad[row] for row in sorted(bad)]
    return Slab.of(good, rows, rejects=rejects, origin=origin, places=Places(before + first, numbers))


def is_valid(array: pa.Array) -> bool:
    """Whether the array's values are what its type says; text need not be."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _faults(array: pa.Array, column: SourceColumn) -> Iterator[_Fault]:
    kind = array.type
    if pa.types.is_struct(kind):
        yield from _wide_faults(Moments.joined(array), column)
    elif pa.types.is_temporal(kind):
        yield from _time_faults(array, column)
    elif pa.types.is_string(kind) and not is_valid(array):
        yield from _text_faults(array)
    elif pa.types.is_nested(kind) and not is_valid(array):
        yield from _nested_faults(array)


def _text_faults(array: pa.Array) -> Iterator[_Fault]:
    for row, cell in enumerate(array.cast(pa.binary()).to_pylist()):
        if cell is not None and not _is_utf8(cell):
            raw = base64.b64encode(cell).decode("ascii")
            yield row, "invalid_text", sentences.rejects.CELL_NO_UTF8, raw, "base64"


def _nested_faults(array: pa.Array) -> Iterator[_Fault]:
    for row in range(len(array)):
        try:
            to_cells(array[row : row + 1])
        except UnicodeDecodeError as error:
            raw = base64.b64encode(error.object).decode("ascii")
            yield row, "invalid_text", sentences.rejects.CELL_NO_UTF8, raw, "base64"


def _time_faults(array: pa.Array, column: SourceColumn) -> Iterator[_Fault]:
    beyond = outside(array)
    if beyond is None:
        return
    numbers = counts(array)
    of_day = pa.types.is_time(array.type)
    reason = "invalid_time" if of_day else "invalid_timestamp"
    sentence = sentences.rejects.NO_TIME_OF_DAY if of_day else sentences.rejects.NO_MOMENT
    for row in beyond.nonzero()[0].tolist():
        raw = str(numbers[row].as_py())
        yield row, reason, sentence.format(name=column.name, value=raw, type=array.type), raw, None


def _wide_faults(moments: Moments, column: SourceColumn) -> Iterator[_Fault]:
    for row in (~moments.convertible(column.type)).nonzero()[0].tolist():
        raw = moments.raw(row)
        detail = sentences.rejects.NO_MOMENT.format(name=column.name, value=raw, type=sentences.rejects.SECONDS)
        yield row, "invalid_timestamp", detail, raw, None


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
