"""Columns as the analytics take them: measures as masked numbers, strata as codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.columns.cells import to_values
from etl_batch.columns.schema import with_nulls
from etl_batch.kernels.codes import GIVEN_UP, SLOT, code_cells
from etl_batch.questions import NUMBER_PATTERN

_CODE_TABLES = ((1 << 12, 1 << 16), (1 << 16, 1 << 21))
"""Places of the tables by which text is coded, and bytes of distinct cells: the first stays in a processor's cache."""
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
        for places, bytes_kept in _CODE_TABLES:
            if (coded := _text_codes(chunks, places, bytes_kept)) is not None:
                return coded
    whole = pa.chunked_array(chunks)
    if pa.types.is_dictionary(whole.type):
        encoded = whole.unify_dictionaries()
    else:
        encoded = whole.dictionary_encode(null_encoding="encode")
    indices = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in encoded.chunks]
    return np.concatenate(indices), to_values(encoded.chunk(encoded.num_chunks - 1).dictionary)


def _text_codes(
    chunks: list[pa.StringArray], places: int, bytes_kept: int
) -> tuple[np.ndarray[Any, Any], list[Any]] | None:
    """`stratum_codes` of text by a table of so many places; None when the distinct cells do not fit."""
    table, kept = np.zeros(places * SLOT, np.uint64), np.empty(bytes_kept, np.uint8)
    offsets = np.zeros(places // 2 + 1, np.int32)
    codes = np.empty(sum(map(len, chunks)), np.int32)
    known, begin, missing_code = 0, 0, None
    for chunk in chunks:
        here = codes[begin : begin + len(chunk)]
        begin += len(chunk)
        nulls = chunk.is_null().to_numpy(zero_copy_only=False) if chunk.null_count else np.zeros(0, bool)
        known = code_cells(*_cells(chunk), nulls.view(np.uint8), known, table, kept, offsets, here)
        if known == GIVEN_UP:
            return None
        if nulls.size:
            missing_code = int(here[np.argmax(nulls)])
    values = pa.StringArray.from_buffers(known, pa.py_buffer(offsets), pa.py_buffer(kept)).to_pylist()
    if missing_code is not None:
        values[missing_code] = None
    return codes, values


def _cells(chunk: pa.StringArray) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The bytes of an array of text and the places where its cells begin and end."""
    _, offsets, data = chunk.buffers()
    if not len(chunk):
        return np.zeros(0, np.uint8), np.zeros(1, np.int32)
    begins = np.frombuffer(offsets, np.int32, len(chunk) + 1, 4 * chunk.offset)
    return np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8), begins
