"""Columns as the rest of the engine knows them: without the encodings and extensions that their file gave them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

CODED_TEXT = pa.dictionary(pa.int32(), pa.string())
_GROUPS = (4, 2, 2, 2, 6)
"""Bytes of a UUID between its dashes."""
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without its encoding: dictionaries, views, large and narrow variants and extensions become plain types.

    A UUID is text, and a time zone that nobody knows is UTC, in which moments are counted whatever their zone.
    """
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_extension(kind)
    if pa.types.is_large_string(kind) or kind == pa.string_view():
        return pa.string()
    if pa.types.is_large_binary(kind) or kind == pa.binary_view():
        return pa.binary()
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return pa.decimal128(kind.precision, kind.scale)
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_date64(kind):
        return pa.date32()
    if pa.types.is_timestamp(kind) and kind.tz is not None and not _is_zone(kind.tz):
        return pa.timestamp(kind.unit, "UTC")
    if _is_list_view(kind):
        values = _without_views(kind.value_type)
        return kind if values == kind.value_type else pa.list_(values)
    return _without_views(kind) if pa.types.is_nested(kind) else kind


def _is_list_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))


def _without_views(kind: pa.DataType) -> pa.DataType:
    """A nested type whose text and bytes are no views, of which Arrow cannot take some; in all else the same."""
    if kind in (pa.string_view(), pa.binary_view()):
        return plain_type(kind)
    if not pa.types.is_nested(kind) or _is_list_view(kind):
        return kind
    inner = [kind.field(at).with_type(_without_views(kind.field(at).type)) for at in range(kind.num_fields)]
    if inner == [kind.field(at) for at in range(kind.num_fields)]:
        return kind
    if pa.types.is_struct(kind):
        return pa.struct(inner)
    if pa.types.is_map(kind):
        return pa.map_(kind.key_field.with_type(_without_views(kind.key_type)), _without_views(kind.item_type))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(inner[0], kind.list_size)
    return pa.large_list(inner[0]) if pa.types.is_large_list(kind) else pa.list_(inner[0])


def _plain_extension(kind: pa.BaseExtensionType) -> pa.DataType:
    if isinstance(kind, pa.UuidType):
        return pa.string()
    return pa.bool_() if isinstance(kind, pa.Bool8Type) else plain_type(kind.storage_type)


@lru_cache(maxsize=64)
def _is_zone(name: str) -> bool:
    try:
        pc.cast(pa.array([0], pa.timestamp("s", name)), pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def as_plain(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """The column as its plain type; text that is under a dictionary stays so."""
    found = column.type
    if found == kind or (found == CODED_TEXT and pa.types.is_string(kind)):
        return column
    if pa.types.is_run_end_encoded(found):
        return as_plain(pc.run_end_decode(column), kind)
    if pa.types.is_dictionary(found):
        # The values first: of views, and of narrow decimals, Arrow cannot take some.
        values = as_plain(column.dictionary, kind)
        return pa.DictionaryArray.from_arrays(column.indices, values, safe=False).dictionary_decode()
    if isinstance(found, pa.UuidType):
        return _uuid_text(column.storage)
    if isinstance(found, pa.Bool8Type):
        return pc.not_equal(column.storage, pa.scalar(0, pa.int8()))
    if isinstance(found, pa.BaseExtensionType):
        return as_plain(column.storage, kind)
    if pa.types.is_timestamp(found) and pa.types.is_timestamp(kind) and found.unit == kind.unit:
        return column.view(kind)  # a cast would ask for the zone
    if _is_list_view(found):
        column = _as_list(column)
    return pc.cast(column, kind)


def _as_list(column: pa.Array) -> pa.ListArray:
    """A column of views of lists as lists: Arrow's cast takes the lengths of some for ends."""
    lengths = pc.list_value_length(column).fill_null(0).to_numpy()
    places = pa.array(np.cumsum(np.append(0, lengths)), pa.int32())
    return pa.ListArray.from_arrays(places, column.flatten(), mask=column.is_null())


def _uuid_text(column: pa.FixedSizeBinaryArray) -> pa.StringArray:
    """Sixteen bytes each as digits in groups of 8, 4, 4, 4 and 12."""
    rows = len(column)
    stored = np.frombuffer(column.buffers()[1] or b"", np.uint8)[16 * column.offset : 16 * (column.offset + rows)]
    digits = _DIGITS[np.stack([stored >> 4, stored & 15], axis=1)].reshape(rows, 32)
    text, begin = np.full((rows, 36), ord("-"), np.uint8), 0
    for number, size in enumerate(_GROUPS):
        text[:, 2 * begin + number : 2 * (begin + size) + number] = digits[:, 2 * begin : 2 * (begin + size)]
        begin += size
    places = np.arange(0, 36 * (rows + 1), 36, dtype=np.int32)
    array = pa.StringArray.from_buffers(rows, pa.py_buffer(places), pa.py_buffer(text))
    return pc.if_else(column.is_valid(), array, pa.scalar(None, pa.string())) if column.null_count else array
