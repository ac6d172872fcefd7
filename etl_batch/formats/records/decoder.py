"""Fixed-record binary: whole records to a record batch and dead letters, without a Python step per good record."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.errors import EtlError, InputRefused
from etl_batch.kernels.kernel import Longs
from etl_batch.layouts.cell_types import Array, ColumnValues, Mask
from etl_batch.layouts.cells import UNKNOWN_RECORD_TYPE, read_fields, with_nulls
from etl_batch.layouts.kinds import Family
from etl_batch.layouts.layout import Layout, LayoutColumn
from etl_batch.model import Reject

# Arrow's string offsets are 32 bits wide, and a string in UTF-8 may take three times its bytes in the file.
MAX_BYTES = 512 * 1024 * 1024
DAMAGED_WORD = "damaged_word"
REASONS = (*sentences.rejects.UNREADABLE, "const_mismatch", "out_of_range", "pattern_mismatch", DAMAGED_WORD)
"""All words that a reject's `reason` can be."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a block of records holds: the good ones in order, which they were, and the others."""

    batch: pa.RecordBatch
    """Columns named as in `layout.schema`; a string column may be a dictionary of int32 indices."""
    kept: Mask | None
    """Which records of the block are in the batch; None: all of them."""
    rejects: list[Reject]
    """The others in order, one each, for the first field that is wrong."""


@dataclass(frozen=True, slots=True)
class Records:
    """Whole records, and where they stand in their file, to say where a bad one is."""

    source: str
    offset: int
    """Where the file's bytes `data` begin."""
    first_record: int
    data: Array
    rows: Array
    """Shape (records, record_size)."""
    starts: Longs
    """Where each one begins in `data`, with the word before it, if there is one."""
    sizes: Longs
    """How many bytes it has there."""
    lengths: Longs | None = None
    """How many of a row's bytes are the record's; None: all."""
    numbers: Longs | None = None
    """Each one's number, counted from the first; None: its place."""

    def number(self, row: int) -> int:
        """The number of a record in its file."""
        return self.first_record + (row if self.numbers is None else int(self.numbers[row]))


def decode(layout: Layout, raw: memoryview | bytes | Array, *, source: str, offset: int, first_record: int) -> Decoded:
    """Decode whole records of one length, at most `MAX_BYTES` of them.

    `raw` may be reused as soon as this returns. `offset` is the byte offset in `source` of the first record and
    `first_record` its number. Beside `raw`, memory grows by the batch, by the numbers in `raw` and by the largest other
    field's share of it.
    Raises `InputRefused` for a wrong value in a field whose `on_error` is `fail`.
    """
    rows = _rows(layout, raw)
    size = layout.record_size
    starts = np.arange(0, len(rows) * size, size, dtype=np.int64)
    sizes = np.broadcast_to(np.int64(size), len(rows))
    return decode_records(layout, Records(source, offset, first_record, rows.reshape(-1), rows, starts, sizes))


def decode_records(layout: Layout, records: Records) -> Decoded:
    """The same for records that are side by side already."""
    rows = records.rows
    arrays: list[pa.Array] = []
    bad = np.zeros(len(rows), bool)
    found: list[tuple[int, Reject]] = []
    for column, values in read_fields(layout, rows, _needed, records.lengths):
        array = values.array
        for failure in values.failures:
            # An unknown record type is the record's own fault, whatever the field's policy is.
            if column.on_error == "null" and failure.reason != UNKNOWN_RECORD_TYPE:
                array = with_nulls(array, failure.mask)
                continue
            fresh = np.flatnonzero(failure.mask & ~bad)
            if column.on_error == "fail" and len(fresh):
                raise _refusal(layout, records, column, failure.reason, values, int(fresh[0]))
            bad |= failure.mask
            found += [(row, _reject(records, column, failure.reason, values, row)) for row in fresh.tolist()]
        if not column.skip:
            arrays.append(array)
    batch = pa.RecordBatch.from_arrays(arrays, names=[column.name for column in layout.columns])
    if not found:
        return Decoded(batch, None, [])
    found.sort(key=lambda item: item[0])
    return Decoded(batch.filter(pa.array(~bad)), ~bad, [reject for _, reject in found])


def _needed(column: LayoutColumn) -> bool:
    return not column.skip or column.constrained


def _rows(layout: Layout, raw: memoryview | bytes | Array) -> Array:
    """The records as a matrix of bytes, shape (records, record_size), over the caller's memory."""
    data: Array = np.frombuffer(raw, np.uint8)
    if len(data) % layout.record_size or len(data) > MAX_BYTES:
        raise EtlError(
            sentences.inputs.NOT_WHOLE_RECORDS.format(size=len(data), record_size=layout.record_size, most=MAX_BYTES)
        )
    return data.reshape(-1, layout.record_size)


def _reject(records: Records, column: LayoutColumn, reason: str, values: ColumnValues, row: int) -> Reject:
    """The dead letter of one record."""
    start, size = int(records.starts[row]), int(records.sizes[row])
    return Reject(
        source=records.source,
        offset=records.offset + start,
        record=records.number(row),
        reason=reason,
        field=column.name,
        detail=_detail(column, reason, values, records.rows, row),
        raw=base64.b64encode(records.data[start : start + size].tobytes()).decode("ascii"),
        raw_encoding="base64",
    )


def _refusal(
    layout: Layout, records: Records, column: LayoutColumn, reason: str, values: ColumnValues, row: int
) -> InputRefused:
    """The error that ends the run, for a field that must not fail."""
    reject = _reject(records, column, reason, values, row)
    return InputRefused(
        sentences.inputs.RECORD_FAILS.format(
            record=reject.record + 1,
            source=records.source,
            offset=reject.offset,
            detail=reject.detail,
            layout=layout.name,
        ),
        source=records.source,
        offset=reject.offset,
        record=reject.record,
        reason=reason,
        field=column.name,
        detail=reject.detail,
    )


def _detail(column: LayoutColumn, reason: str, values: ColumnValues, rows: Array, row: int) -> str:
    """One sentence on what is wrong with a field of one record."""
    cell = rows[row, column.offset : column.offset + column.size].tobytes()
    shown = cell[:32].hex(" ") + (" ..." if len(cell) > 32 else "")
    if reason == "out_of_range":
        value, low, high = values.array[row].as_py(), column.minimum, column.maximum
        limits = sentences.rejects.OUT_OF_RANGE
        sentence = limits["below"] if high is None else limits["above"] if low is None else limits["outside"]
        return sentence.format(name=column.name, value=value, shown=shown, low=low, high=high)
    if reason == "pattern_mismatch":
        return sentences.rejects.PATTERN_MISMATCH.format(name=column.name, value=values.array[row].as_py())
    if reason == "const_mismatch":
        return sentences.rejects.CONST_MISMATCH.format(name=column.name, shown=shown, const=_shown_const(column))
    sentence = sentences.rejects.UNREADABLE[reason]
    return sentence.format(name=column.name, shown=shown, encoding=column.encoding, kind=column.kind)


def _shown_const(column: LayoutColumn) -> Any:
    if column.family is Family.BYTES:
        return f"the bytes {column.const.hex(' ')}"
    return repr(column.const)
