"""Columns as the analytics take them: measures as masked numbers, strata as codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.columns.cells import to_values
from etl_batch.columns.codes import text_codes
from etl_batch.columns.schema import with_nulls
from etl_batch.questions import NUMBER_PATTERN

MAX_EXACT_PRECISION = 18
"""Decimals of at most this many digits fit a 64-bit integer."""


def is_numeric(kind: pa.DataType) -> bool:
    """Whether a column of this type can be measured."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )


def measure_values(column: pa.Array) -> tuple[np.ndarray[Any, Any], int]:
    """A measure's values, masked where null, and its scale: a decimal comes as unscaled integers.

    Of a text column those cells count that are numbers; the others are null.
    """
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    kind = column.type
    if pa.types.is_string(kind):
        column = _numbers(column)
    elif pa.types.is_decimal(kind):
        if kind.precision > MAX_EXACT_PRECISION:
            column = pc.cast(column, pa.float64())
        else:
            # Decimals come 4 to 32 bytes wide, whatever their precision.
            column = pc.cast(column, pa.decimal128(MAX_EXACT_PRECISION, kind.scale))
            return _masked(_unscaled(column), column), int(kind.scale)
    elif pa.types.is_boolean(kind):
        column = pc.cast(column, pa.uint8())
    values = column.fill_null(0) if column.null_count else column
    return _masked(values.to_numpy(zero_copy_only=False), column), 0


def join_values(parts: list[tuple[np.ndarray[Any, Any], int]]) -> tuple[np.ndarray[Any, Any], int]:
    """The values of a chunk's batches as one array of one scale."""
    if len({scale for _, scale in parts}) > 1:  # the column was widened within the chunk
        parts = [(values / 10**scale, 0) for values, scale in parts]
    arrays, scale = [values for values, _ in parts], parts[0][1]
    kinds = {array.dtype for array in arrays}
    if kinds == {np.dtype(np.int64), np.dtype(np.uint64)}:  # NumPy makes doubles of them; none is negative
        arrays = [array.astype(np.uint64) for array in arrays]
    if len(arrays) == 1:
        return arrays[0], scale
    if not any(isinstance(array, np.ma.MaskedArray) for array in arrays):
        return np.concatenate(arrays), scale
    joined: np.ndarray[Any, Any] = np.ma.concatenate(arrays)  # type: ignore[no-untyped-call]
    return joined, scale


def _masked(values: np.ndarray[Any, Any], column: pa.Array) -> np.ndarray[Any, Any]:
    if not column.null_count:
        return values
    return np.ma.masked_array(values, column.is_null().to_numpy(zero_copy_only=False))


def _unscaled(column: pa.Array) -> np.ndarray[Any, Any]:
    words = np.frombuffer(column.buffers()[1], np.int64).reshape(-1, 2)
    low: np.ndarray[Any, Any] = words[column.offset : column.offset + len(column), 0]
    return low


def _numbers(cells: pa.StringArray) -> pa.Array:
    filled = with_nulls(cells)
    try:
        values = pc.cast(filled, pa.float64())
    except pa.ArrowInvalid:
        values = None
    # Arrow takes `nan` and `inf` for numbers: they would count beside numbers, and not in a chunk with other words.
    if values is not None and pc.all(pc.is_finite(values)).as_py() is not False:
        return values
    numbers = pc.match_substring_regex(filled, NUMBER_PATTERN)
    return pc.cast(pc.if_else(numbers, filled, pa.scalar(None, pa.string())), pa.float64())


def stratum_codes(parts: list[pa.Array]) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """Each row's place among the distinct values of a chunk's stratum column (missing is a value), and the values.

    The values stand in the order in which they first appear.
    """
    chunks = [
        pc.cast(part, part.type.value_type) if pa.types.is_dictionary(part.type) and part.null_count else part
        for part in parts
    ]
    if len({chunk.type for chunk in chunks}) > 1:
        chunks = [pc.cast(chunk, pa.string()) for chunk in chunks]
    if pa.types.is_string(chunks[0].type):
        found = text_codes(chunks)
        if found is not None:
            return found
    whole = pa.chunked_array(chunks)
    if pa.types.is_dictionary(whole.type):
        encoded = whole.unify_dictionaries()
    else:
        encoded = whole.dictionary_encode(null_encoding="encode")
    indices = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    return np.concatenate(indices), to_values(encoded.chunk(encoded.num_chunks - 1).dictionary)
