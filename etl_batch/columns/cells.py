"""Typed columns as the text of their cells, and as values of Python."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.columns.moments import counts, outside
from etl_batch.columns.plain_types import as_plain, plain_type


def to_cells(column: pa.Array) -> pa.StringArray:
    """A typed column as the text of its cells: shortest floats, ISO dates, lower-case booleans, bytes as hex digits.

    What a type of times counts and is no moment (see `columns.moments`) is the number that stands there.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return to_cells(pc.cast(column, kind.value_type))
    if pa.types.is_string(kind):
        return column
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if value is None else value.hex() for value in column.to_pylist()], pa.string())
    if pa.types.is_nested(kind):
        return pa.array([None if value is None else _json(value) for value in _json_values(column)], pa.string())
    cells = pc.cast(column, pa.string())
    beyond = outside(column)
    return cells if beyond is None else pc.if_else(pa.array(beyond), pc.cast(counts(column), pa.string()), cells)


def to_values(column: pa.Array) -> list[Any]:
    """A column as values of Python; moments that Python does not have, as their text."""
    if outside(column) is not None:
        texts: list[Any] = to_cells(column).to_pylist()
        return texts
    if not pa.types.is_timestamp(column.type) or column.type.unit != "ns":
        values: list[Any] = column.to_pylist()
        return values
    numbers, texts = pc.cast(column, pa.int64()).to_pylist(), to_cells(column).to_pylist()
    moments = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False).to_pylist()
    return [
        text.replace(" ", "T", 1) if count is not None and count % 1000 else moment
        for count, text, moment in zip(numbers, texts, moments, strict=True)
    ]


def _json_values(column: pa.Array) -> list[Any]:
    """A column as values that JSON has: times and decimals as text, as Python cannot hold them all; maps as pairs."""
    kind = plain_type(column.type)
    column = as_plain(column, kind)
    if pa.types.is_struct(kind):
        names, parts = [field.name for field in kind], [_json_values(part) for part in column.flatten()]
        rows = zip(*parts, strict=True) if parts else [()] * len(column)
        return [
            dict(zip(names, row, strict=True)) if valid else None
            for row, valid in zip(rows, column.is_valid().to_pylist(), strict=True)
        ]
    if pa.types.is_map(kind):
        pairs = pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)]))
        lists = _json_values(pc.cast(column, pairs))
        return [None if pairs is None else [list(pair.values()) for pair in pairs] for pairs in lists]
    if pa.types.is_nested(kind):
        items = iter(_json_values(column.flatten()))
        return [
            None if length is None else [next(items) for _ in range(length)]
            for length in pc.list_value_length(column).to_pylist()
        ]
    return _json_leaves(column)


def _json_leaves(column: pa.Array) -> list[Any]:
    kind = column.type
    if not (pa.types.is_temporal(kind) or pa.types.is_decimal(kind)):
        values: list[Any] = column.to_pylist()
        return values
    cells: list[Any] = to_cells(column).to_pylist()
    beyond = outside(column)
    if beyond is None:
        return cells
    return [int(cell) if strange else cell for cell, strange in zip(cells, beyond.tolist(), strict=True)]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_leaf)


def _leaf(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
