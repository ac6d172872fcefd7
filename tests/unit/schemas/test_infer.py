"""Schemas that are written from files: the files keep to them, whatever is in them."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.source import AnySource
from etl_batch.schemas.infer import infer_schema, type_of
from etl_batch.schemas.spec import Schema, parse_schema
from etl_batch.stages.clean import Cleaner
from etl_batch.stages.plan import plan_columns
from tests.unit.engine_parts import parquet_source, text_source

CELL = st.one_of(
    st.sampled_from(["", "007", "1.50", "-3", "true", "True", "x", "=y", "'", "é", "2024-02-29", "12:30:00", "1e5"]),
    st.integers(-(2**65), 2**65).map(str),
    st.decimals(-1000, 1000, places=2).map(str),
    st.datetimes().map(lambda moment: moment.isoformat(sep=" ", timespec="milliseconds")),
)
COLUMN = st.one_of(st.lists(CELL, min_size=6, max_size=6), CELL.map(lambda cell: [cell] * 6))
VALUES: list[st.SearchStrategy[Any]] = [
    st.integers(-128, 127).map(lambda n: pa.scalar(n, pa.int8())),
    st.integers(0, 2**64 - 1).map(lambda n: pa.scalar(n, pa.uint64())),
    st.floats().map(lambda x: pa.scalar(x, pa.float64())),
    st.decimals(-99, 99, places=2).map(lambda d: pa.scalar(d, pa.decimal128(7, 2))),
    st.dates().map(lambda d: pa.scalar(d, pa.date32())),
    st.datetimes().map(lambda d: pa.scalar(d, pa.timestamp("us"))),
    st.datetimes().map(lambda d: pa.scalar(d.replace(microsecond=0), pa.timestamp("s", "UTC"))),
    st.text(st.characters(codec="utf-8"), max_size=3).map(lambda t: pa.scalar(t, pa.string())),
    st.booleans().map(lambda b: pa.scalar(b, pa.bool_())),
    st.binary(max_size=2).map(lambda b: pa.scalar(b, pa.binary())),
]


def kept_to(source: AnySource, schema: Schema) -> pa.Schema:
    """The types of the rows, all of which must be there."""
    plan = plan_columns([source], schema=schema)
    cleaner = Cleaner(plan.columns, schema)
    cleaner.enter(source)
    kinds = pa.schema([])
    for piece in source.cut(1 << 20):
        for slab in source.read(piece.place, 0):
            rows = cleaner.clean(slab)
            kinds = rows.typed.schema if rows is not None else kinds
    assert cleaner.seen[0].rejects == []
    return kinds


def inferred(source: AnySource, *, ranges: bool) -> Schema:
    """The schema of the file that `schema infer` would write."""
    plan = plan_columns([source])
    return parse_schema(json.dumps(infer_schema(plan.columns, plan.sample, plan.sample_rows, ranges=ranges)))


@given(st.lists(COLUMN, min_size=1, max_size=3), st.booleans())
def test_text_keeps_to_what_was_inferred_from_it(
    tmp_path_factory: pytest.TempPathFactory, columns: list[list[str]], ranges: bool
) -> None:
    """No record is a reject when the sample was all of the file."""
    rows = zip(*columns, ["end"] * 6, strict=True)
    header = ",".join(f"column {number}" for number in range(len(columns) + 1))
    text = header + "\n" + "".join(",".join(row) + "\n" for row in rows)
    source = text_source(tmp_path_factory.mktemp("text"), text)
    schema = inferred(source, ranges=ranges)
    kinds = kept_to(source, schema)
    assert all(
        spec.kind is None or kinds.field(spec.name).type in (spec.kind.arrow, pa.dictionary(pa.int32(), pa.string()))
        for spec in schema.columns
    )


@given(
    st.sampled_from(VALUES).flatmap(lambda one: st.lists(st.one_of(st.none(), one), min_size=1, max_size=6)),
    st.booleans(),
)
def test_parquet_keeps_to_what_was_inferred_from_it(
    tmp_path_factory: pytest.TempPathFactory, values: list[Any], ranges: bool
) -> None:
    """Of every type, nulls and values that are no numbers among them."""
    kind = next((value.type for value in values if value is not None), pa.int64())
    column = pa.array([None if value is None else value.as_py() for value in values], kind)
    source = parquet_source(tmp_path_factory.mktemp("parquet"), pa.table({"c": column}))
    assert kept_to(source, inferred(source, ranges=ranges)).names == ["c"]


@pytest.mark.parametrize(
    ("kind", "declared"),
    [
        (pa.int16(), "integer"),
        (pa.uint64(), "decimal(20,0)"),
        (pa.float32(), "number"),
        (pa.decimal128(7, 2), "decimal(7,2)"),
        (pa.decimal256(50, 2), None),
        (pa.timestamp("s"), "timestamp(ms)"),
        (pa.timestamp("ns", "UTC"), "timestamp_utc(ns)"),
        (pa.timestamp("us", "Europe/Berlin"), None),
        (pa.time32("ms"), "time"),
        (pa.time64("us"), None),
        (pa.date32(), "date"),
        (pa.bool_(), "boolean"),
        (pa.string(), "text"),
        (pa.binary(), None),
        (pa.list_(pa.int8()), None),
    ],
)
def test_types_are_named(kind: pa.DataType, declared: str | None) -> None:
    """Those that a schema can declare; others are left open."""
    assert type_of(kind) == declared
