"""The check of slabs: rows that break a rule leave all columns, and are told by their first fault."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.columns.text_cells import TextCells
from etl_batch.formats.source import Constant, Places, Slab
from etl_batch.schemas.check import Checker
from etl_batch.schemas.spec import Schema, parse_schema
from tests.unit.engine_parts import parquet_source, text_source

COLUMNS: list[dict[str, Any]] = [
    {"name": "b", "required": True, "pattern": "[a-c]*x?", "max_length": 3, "min_length": 1},
    {"name": "a", "type": "integer", "min": -5, "max": 50, "values": [1, 7, -3, 50, 99]},
]


def schema_of(columns: list[dict[str, Any]]) -> Schema:
    """A schema of these columns."""
    return parse_schema(json.dumps({"version": 1, "columns": columns}))


def slow_fault(a: str, b: str) -> tuple[str, str] | None:
    """The first fault of a row, by the order of the columns and of the rules."""
    if not b:
        return "schema_required", "b"
    if not 1 <= len(b) <= 3:
        return "schema_length", "b"
    if set(b.removesuffix("x")) - set("abc"):
        return "schema_pattern", "b"
    if not a:
        return None
    if not a.lstrip("+-").isdigit() or len(a) - len(a.lstrip("+-")) > 1:
        return "schema_type", "a"
    if not -5 <= int(a) <= 50:
        return "schema_range", "a"
    return None if int(a) in (1, 7, -3, 50, 99) else ("schema_value", "a")


ROW = st.tuples(
    st.sampled_from(["", "1", "07", "-3", "+7", "99", "-9", "8", "x", "--1", "50"]),
    st.sampled_from(["", "a", "abx", "x", "xa", "abca", "q", "b"]),
)


@given(st.lists(ROW, min_size=1, max_size=9), st.sampled_from([1, 9, 1000]))
def test_rows_are_judged_as_the_slow_way_judges(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], chunk_bytes: int
) -> None:
    """The rows that are left, the faults of the others, and where each stands, however the file is cut."""
    text = "a,b,c\n" + "".join(f"{a},{b},{n}\n" for n, (a, b) in enumerate(rows))
    source = text_source(tmp_path_factory.mktemp("check"), text)
    checker, left, faults = Checker(schema_of(COLUMNS), source), [], []
    for piece in source.cut(chunk_bytes):
        for slab in source.read(piece.place, 0):
            checked = checker.check(slab, [])
            cells = [column.to_arrow().to_pylist() for column in checked.slab.columns]
            left += list(zip(*cells, strict=True))
            assert checked.values["a"].to_pylist() == [int(a) if a else None for a in cells[0]]
            faults += [(each.reason, each.field, each.raw) for each in checked.slab.rejects]
            assert all(text[each.offset :].startswith(each.raw + "\n") for each in checked.slab.rejects)
            assert checked.slab.rows + len(checked.slab.rejects) == slab.records
    judged = [(slow_fault(a, b), (a, b, str(n))) for n, (a, b) in enumerate(rows)]
    assert left == [cells for fault, cells in judged if fault is None]
    assert faults == [(*fault, ",".join(cells)) for fault, cells in judged if fault is not None]


def test_a_slab_that_keeps_to_it_is_left_as_it_is(tmp_path: Path) -> None:
    """The same object, with its lines, from which a CSV can be copied."""
    source = text_source(tmp_path, "a,b\n1,a\n7,b\n")
    slab = next(source.read(next(source.cut(100)).place, 0))
    checked = Checker(schema_of(COLUMNS), source).check(slab, [])
    assert checked.slab is slab
    assert checked.unique == {}


def test_constants_are_held_against_it_too(tmp_path: Path) -> None:
    """A column of the file's place is one like others; columns that are not there are not asked for."""
    source = replace(text_source(tmp_path, "a\n1\n2\n"), constants=(Constant("k", "x"),))
    slab = next(source.read(next(source.cut(100)).place, 0))
    schema = schema_of([{"name": "k", "values": ["y"]}, {"name": "gone", "required": True}])
    checked = Checker(schema, source).check(slab, [TextCells.repeated("x", 2)])
    assert (checked.slab.rows, [each.field for each in checked.slab.rejects]) == (0, ["k", "k"])


def test_a_format_that_does_not_say_where_rows_stand(tmp_path: Path) -> None:
    """The dead letter has the row's cells."""
    source = parquet_source(tmp_path, {"a": [1, 500]})
    slab = Slab([pa.array([1, 500])], 2, 2, places=Places(0, np.arange(2, dtype=np.int32)))
    (reject,) = Checker(schema_of([{"name": "a", "type": "integer", "max": 9}]), source).check(slab, []).slab.rejects
    assert (reject.raw, reject.detail) == ('{"a": "500"}', "a is 500; it must be at most 9.")
