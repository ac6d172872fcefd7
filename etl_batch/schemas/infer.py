"""A schema written from what a sample of the input shows: one that the sample itself keeps to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.columns.schema import OutputColumn
from etl_batch.schemas.kinds import MOST_DIGITS, kind_named
from etl_batch.schemas.reading import texts_of, values_of_texts

MOST_VALUES = 20
"""A text column with more distinct values has no list of them."""
_TIMES_EACH = 5
"""Rows that there are for each listed value at least: fewer do not show that there are no others."""
_UINT64_DIGITS = 20


def infer_schema(
    columns: Sequence[OutputColumn], sample: Mapping[str, Sequence[pa.Array]], rows: int, *, ranges: bool = False
) -> dict[str, Any]:
    """The schema as its file has it. `rows`: those of the sample; `ranges`: with the least and the largest values."""
    specs = [_spec(column, sample[column.name], rows, ranges=ranges) for column in columns]
    return {"version": 1, "columns": specs, "extra_columns": "keep"}


def _spec(column: OutputColumn, arrays: Sequence[pa.Array], rows: int, *, ranges: bool) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": column.name}
    declared = type_of(column.type)
    if declared is None:
        return spec
    spec["type"] = declared
    texts = pa.chunked_array([texts_of(array) for array in arrays], pa.string()).combine_chunks()
    full = texts.filter(pc.fill_null(pc.not_equal(texts, ""), False))
    if rows and len(full) == rows:
        spec["required"] = True
    if declared == "text":
        distinct = full.unique()
        if 0 < len(distinct) <= min(MOST_VALUES, len(full) // _TIMES_EACH):
            spec["values"] = sorted(distinct.to_pylist())
    elif ranges and len(full):
        spec |= _range(declared, full)
    return spec


def _range(declared: str, full: pa.StringArray) -> dict[str, str]:
    """The least and the largest value, as the cells that hold them."""
    kind = kind_named(declared)
    assert kind is not None
    values, wrong = values_of_texts(full, kind)
    if not kind.ordered or wrong.any():
        return {}
    order = pc.sort_indices(values)
    return {"min": full[order[0].as_py()].as_py(), "max": full[order[-1].as_py()].as_py()}


def type_of(kind: pa.DataType) -> str | None:
    """The declared type of a column of the outputs; None for one that no schema can declare, such as a nested one."""
    if pa.types.is_decimal(kind) and kind.precision <= MOST_DIGITS and 0 <= kind.scale <= kind.precision:
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind) and kind.tz in (None, "UTC"):
        unit = "ms" if kind.unit == "s" else kind.unit
        return f"timestamp{'_utc' if kind.tz else ''}({unit})"
    if pa.types.is_uint64(kind):
        return f"decimal({_UINT64_DIGITS},0)"
    plain = (
        ("integer", pa.types.is_integer),
        ("number", pa.types.is_floating),
        ("boolean", pa.types.is_boolean),
        ("date", pa.types.is_date32),
        ("time", lambda each: each == pa.time32("ms")),
        ("text", pa.types.is_string),
    )
    return next((name for name, fits in plain if fits(kind)), None)
