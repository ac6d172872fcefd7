"""From the bytes of many records to one column: parse, null, check and convert, all rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.kernels.kernel import Longs
from etl_batch.layouts.cell_types import (
    Array,
    ColumnValues,
    Failure,
    Mask,
    Parsed,
    all_bytes,
    byte_matrix,
    fixed_strings,
    mask_of,
)
from etl_batch.layouts.convert import convert
from etl_batch.layouts.counted import count_field
from etl_batch.layouts.digit_cells import parse_digits
from etl_batch.layouts.gathering import gather_cells, gather_numbers
from etl_batch.layouts.kinds import Family
from etl_batch.layouts.layout import Layout, LayoutColumn
from etl_batch.layouts.text_cells import parse_text
from etl_batch.layouts.values import typed

UNKNOWN_RECORD_TYPE = "unknown_record_type"
WRONG_LENGTH = "wrong_length"


def read_fields(
    layout: Layout, rows: Array, wanted: Callable[[LayoutColumn], bool], lengths: Longs | None = None
) -> Iterator[tuple[LayoutColumn, ColumnValues]]:
    """The wanted fields of whole records, in the layout's order.

    `rows` has shape (records, record_size) and holds bytes (uint8, contiguous); of records of variable length `lengths`
    says how many are each one's own. A field that a record does not have is null: one of other record types, one behind
    its end, and an element of an array past its count.
    """
    types = record_types(layout, rows)
    # What says the record's type is always looked at: that it names none shows nowhere else.
    columns = [column for column in layout.fields if wanted(column) or column.name == layout.discriminator]
    shared = [column for column in columns if types is None or column.when is None]
    gathered = iter(gather_numbers(shared, rows))
    counts = _Counts(layout, rows)
    for column in columns:
        has: Mask | None = None
        if types is None or column.when is None:
            values = read_column(column, rows, next(gathered))
            if types is not None and column.name == layout.discriminator:
                values = replace(values, failures=(*values.failures, Failure(UNKNOWN_RECORD_TYPE, types < 0)))
        else:
            has = np.isin(types, [layout.record_types.index(value) for value in column.when])
            chosen = np.flatnonzero(has)
            values = _scatter(read_column(column, np.ascontiguousarray(rows[chosen])), chosen, len(rows))
        if column.counted_by is not None:
            there = counts.of(column) > column.counted_by[1]
            has = there if has is None else has & there
            values = _without(values, ~has)
        if lengths is not None:
            values = _within(layout, column, values, lengths, has, types)
        yield column, values


class _Counts:
    """How many elements the counted arrays of some records have, each count read once."""

    def __init__(self, layout: Layout, rows: Array) -> None:
        self._layout, self._rows = layout, rows
        self._known: dict[str, Array] = {}

    def of(self, column: LayoutColumn) -> Array:
        """The number of elements of the array that the column is one of, a number a record."""
        count = count_field(self._layout.fields, column)
        if count is None:
            raise AssertionError("a layout is checked for its counts")
        if count.name not in self._known:
            stored = read_column(count, self._rows).array
            self._known[count.name] = pc.fill_null(stored.cast(pa.float64(), safe=False), 0).to_numpy()
        return self._known[count.name]


def _without(values: ColumnValues, absent: Mask) -> ColumnValues:
    """The values with nulls, and nothing wrong, where records do not have the field."""
    if not absent.any():
        return values
    failures = (Failure(failure.reason, failure.mask & ~absent) for failure in values.failures)
    return ColumnValues(with_nulls(values.array, absent), tuple(one for one in failures if one.mask.any()))


def _within(
    layout: Layout, column: LayoutColumn, values: ColumnValues, lengths: Longs, has: Mask | None, types: Array | None
) -> ColumnValues:
    """A field of records that may end before it, null there. Those that end in the middle of it have a wrong length.

    So have records that end before the one that says their type, or before one that a count says they have (`has`), and
    those that are longer than their type.
    """
    short = lengths < column.offset + column.size
    wrong = short & (lengths > column.offset)
    if column.counted_by is not None and has is not None:
        wrong = short & has
    elif has is not None:
        wrong &= has
    if types is not None and column.name == layout.discriminator:
        sizes = np.array([*layout.type_sizes, layout.record_size])
        wrong = short | (lengths > sizes[types])
    values = _without(values, short)
    if not wrong.any():
        return values
    return replace(values, failures=(Failure(WRONG_LENGTH, wrong), *values.failures))


def read_column(column: LayoutColumn, rows: Array, cells: Array | None = None) -> ColumnValues:
    """One field of all records: the column, null where a value means that, and the rows that fail a check.

    The value of a failing row is undefined; `on_error` is left to the caller. `cells`: its own, where they have been
    gathered with others.
    """
    if not len(rows):
        return ColumnValues(pa.array([], column.type))
    if column.is_number and cells is None:
        cells = gather_cells(column, rows)
    parsed = _PARSERS[column.family](column, rows if cells is None else cells)
    values = _finish(column, parsed)
    return values if parsed.indices is None else _expand(values, parsed)


def with_nulls(array: pa.Array, nulls: Mask) -> pa.Array:
    """The array with nulls where the mask is set."""
    if isinstance(array, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(with_nulls(array.indices, nulls), array.dictionary)
    return pc.if_else(pa.array(nulls), pa.scalar(None, array.type), array)


def _parse_integer(column: LayoutColumn, cells: Array) -> Parsed:
    if column.bits is not None:
        start, length = column.bits
        width = 8 * column.size
        # Up to the top and down again: the second shift repeats the sign of a signed type.
        cells = (cells << cells.dtype.type(width - start - length)) >> cells.dtype.type(width - length)
    return Parsed(pa.array(cells))


def _parse_float(column: LayoutColumn, cells: Array) -> Parsed:
    return Parsed(pa.array(cells.astype(np.float32) if column.size == 2 else cells))


def _parse_bool(column: LayoutColumn, cells: Array) -> Parsed:
    parsed = _parse_integer(column, cells)
    wrong = mask_of(pc.greater(parsed.stored, 1))
    return replace(parsed, invalid=wrong if wrong.any() else None, reason="invalid_bool")


def _parse_bytes(column: LayoutColumn, rows: Array) -> Parsed:
    cells = gather_cells(column, rows)
    blank = all_bytes(np.isin(byte_matrix(cells), (0x00, 0x20))) if column.blank_is_null else None
    return Parsed(fixed_strings(cells).cast(pa.binary()), blank=blank)


# Numbers are parsed from their cells, all others from the records.
_PARSERS: dict[Family, Callable[[LayoutColumn, Array], Parsed]] = {
    Family.INTEGER: _parse_integer,
    Family.FLOAT: _parse_float,
    Family.BOOL: _parse_bool,
    Family.TIME: _parse_integer,
    Family.TEXT: parse_text,
    Family.BYTES: _parse_bytes,
    Family.DIGITS: parse_digits,
}


def _finish(column: LayoutColumn, parsed: Parsed) -> ColumnValues:
    """Nulls, checks and conversion, in that order, over the parsed values (of rows, or of dictionary entries)."""
    nulls = _nulls(column, parsed)
    failures = list(_stored_failures(column, parsed))
    if column.enum:
        array, unknown = _labels(column, parsed.stored)
        failures.append(Failure("invalid_enum", unknown))
    else:
        array, beyond = convert(column, parsed.stored)
        failures += [] if beyond is None else [Failure("invalid_timestamp", beyond)]
        failures += _range_failures(column, array)
    if nulls is not None:
        failures = [Failure(failure.reason, failure.mask & ~nulls) for failure in failures]
        array = with_nulls(array, nulls)
    return ColumnValues(array, tuple(failure for failure in failures if failure.mask.any()))


def _nulls(column: LayoutColumn, parsed: Parsed) -> Mask | None:
    """Rows whose stored value means "no value"; None when there are none."""
    if not column.null_values and parsed.blank is None:
        return None
    nulls = np.zeros(len(parsed.stored), bool)
    if column.null_values:
        wanted = pa.array(column.null_values, column.stored_type)
        nulls |= mask_of(pc.is_in(parsed.stored, wanted))
    # A byte that is no truth value may well be the one that means "none".
    if parsed.invalid is not None and column.family is not Family.BOOL:
        nulls &= ~parsed.invalid
    if column.blank_is_null and parsed.blank is not None:
        nulls |= parsed.blank
    return nulls if nulls.any() else None


def _stored_failures(column: LayoutColumn, parsed: Parsed) -> Iterator[Failure]:
    if parsed.invalid is not None:
        yield Failure(parsed.reason, parsed.invalid)
    if column.const is not None:
        wanted = pa.scalar(column.const, column.stored_type)
        yield Failure("const_mismatch", mask_of(pc.not_equal(parsed.stored, wanted)))
    if column.pattern is not None:
        fits = pc.match_substring_regex(parsed.stored, column.pattern)
        yield Failure("pattern_mismatch", mask_of(pc.invert(fits)))


def _range_failures(column: LayoutColumn, array: pa.Array) -> Iterator[Failure]:
    """Rows outside `min` and `max`; a float that is not a number is outside too."""
    if column.minimum is not None:
        inside = pc.greater_equal(array, pa.scalar(column.minimum, column.type))
        yield Failure("out_of_range", mask_of(pc.invert(inside)))
    if column.maximum is not None:
        inside = pc.less_equal(array, pa.scalar(column.maximum, column.type))
        yield Failure("out_of_range", mask_of(pc.invert(inside)))


def _labels(column: LayoutColumn, stored: pa.Array) -> tuple[pa.Array, Mask]:
    """The label of each stored value, and the rows whose value has none."""
    keys = pa.array([key for key, _ in column.enum], column.stored_type)
    # Two values may share a label, but a dictionary must not hold it twice.
    labels = pa.array([label for _, label in column.enum], pa.string()).dictionary_encode()
    places = pc.index_in(stored, keys)
    return pa.DictionaryArray.from_arrays(labels.indices.take(places), labels.dictionary), mask_of(places.is_null())


def _expand(values: ColumnValues, parsed: Parsed) -> ColumnValues:
    """From the entries of a dictionary to the rows: what holds for an entry holds for all rows that have it."""
    indices: Array = parsed.indices  # type: ignore[assignment]
    if parsed.distinct and values.array is parsed.stored:
        array = pa.DictionaryArray.from_arrays(pa.array(indices), values.array, safe=False)
    else:
        entries = values.array if isinstance(values.array, pa.DictionaryArray) else values.array.dictionary_encode()
        # Most often no entry is null or a double, and the rows' own indices stand.
        same = entries.indices.null_count == 0 and np.array_equal(entries.indices.to_numpy(), np.arange(len(entries)))
        rows = pa.array(indices) if same else entries.indices.take(pa.array(indices))
        array = pa.DictionaryArray.from_arrays(rows, entries.dictionary, safe=False)
    return ColumnValues(array, tuple(Failure(failure.reason, failure.mask[indices]) for failure in values.failures))


def record_types(layout: Layout, rows: Array) -> Array | None:
    """The number of each record's type in `layout.record_types`, -1 for none; None for a layout of one type."""
    if layout.discriminator is None:
        return None
    column = next(field for field in layout.fields if field.name == layout.discriminator)
    stored: Any = read_column(column, rows).array
    if isinstance(stored, pa.DictionaryArray):
        stored = stored.dictionary_decode()
    keys = pa.array([typed(value, column.stored_type) for value in layout.record_types], column.stored_type)
    return pc.fill_null(pc.index_in(stored, keys), -1).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _scatter(values: ColumnValues, chosen: Array, records: int) -> ColumnValues:
    """Values of some records as a column of all records, null where a record is not among them."""
    places = np.full(records, -1, np.int64)
    places[chosen] = np.arange(len(chosen))
    failures = []
    for failure in values.failures:
        mask = np.zeros(records, bool)
        mask[chosen] = failure.mask
        failures.append(Failure(failure.reason, mask))
    return ColumnValues(values.array.take(pa.array(places, mask=places < 0)), tuple(failures))
