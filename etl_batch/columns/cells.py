"""Typed columns as the text of their cells, and as values of Python."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def to_cells(column: pa.Array) -> pa.StringArray:
    """A typed column as the text of its cells: shortest floats, ISO dates, lower-case booleans, bytes as hex digits."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return to_cells(pc.cast(column, kind.value_type))
    if pa.types.is_string(kind):
        return column
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    if pa.types.is_nested(kind):
        plain = pc.cast(column, _json_type(kind))
        return pa.array([None if value is None else _json(value) for value in plain.to_pylist()], pa.string())
    return pc.cast(column, pa.string())


def to_values(column: pa.Array) -> list[Any]:
    """A column as values of Python; moments between two microseconds, which Python does not have, as their text."""
    if not pa.types.is_timestamp(column.type) or column.type.unit != "ns":
        values: list[Any] = column.to_pylist()
        return values
    counts, texts = pc.cast(column, pa.int64()).to_pylist(), to_cells(column).to_pylist()
    moments = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False).to_pylist()
    return [
        text.replace(" ", "T", 1) if count is not None and count % 1000 else moment
        for count, text, moment in zip(counts, texts, moments, strict=True)
    ]


def _json_type(kind: pa.DataType) -> pa.DataType:
    """A nested type whose leaves JSON has: times and decimals, which Python cannot all hold, become text in Arrow."""
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(inner.name, _json_type(inner.type)) for inner in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.list_(_json_type(kind.value_type))
    return pa.string() if pa.types.is_temporal(kind) or pa.types.is_decimal(kind) else kind


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_leaf)


def _leaf(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
