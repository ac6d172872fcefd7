"""The trial of the encodings: what the planning sample says of each column, whatever sources it comes from."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from etl_batch.stages.plan import Plan, plan_columns
from etl_batch.stages.trial import try_encodings
from tests.unit.engine_parts import parquet_source, text_source


def tried(plan: Plan) -> dict[str, tuple[bool, bool]]:
    """Whether each column is packed, and whether it is compressed."""
    found = try_encodings(plan)
    assert found.names == plan.names
    return {column.name: (column.packed, column.compressed) for column in found.columns}


def test_text_cells_are_tried_as_what_they_are(tmp_path: Path) -> None:
    """Numbers in text as numbers, stamps that repeat in a dictionary, words as words; the same each time."""
    lines = (
        f"{n * n * 7919 % 99991},20{n % 50 + 10}-0{n % 9 + 1}-01 00:00:00,the {n}th order of the north\n"
        for n in range(20_000)
    )
    plan = plan_columns([text_source(tmp_path, "n,t,w\n" + "".join(lines))])
    assert tried(plan) == {"n": (True, False), "t": (False, False), "w": (True, True)}
    assert try_encodings(plan) == try_encodings(plan)


def test_nothing_to_try(tmp_path: Path) -> None:
    """Without rows, and for nested values, what is usual stays."""
    assert tried(plan_columns([text_source(tmp_path, "a,b\n")])) == {"a": (True, True), "b": (True, True)}
    source = parquet_source(tmp_path, {"l": [[1, 2], []], "s": [{"a": 1}, None]})
    assert tried(plan_columns([source])) == {"l": (True, True), "s.a": (True, False)}


def test_columns_that_not_all_sources_have(tmp_path: Path) -> None:
    """Each is tried on the rows that have it; one whose blocks have other types than the column stays as usual."""
    first = parquet_source(tmp_path, {"a": list(range(100)), "b": pa.array(range(100), pa.int8())})
    second = parquet_source(tmp_path, {"b": pa.array(range(300), pa.int64()), "c": ["same"] * 300}, ordinal=1)
    third = parquet_source(tmp_path, {"d": pa.array(["x"] * 50).dictionary_encode()}, ordinal=2)
    mixed = parquet_source(tmp_path, {"e": [1.5] * 9}, ordinal=3)
    text = text_source(tmp_path, "e\nx\n", ordinal=4)
    plan = plan_columns([first, second, third, mixed, text])
    assert [str(column.type) for column in plan.columns] == ["int64", "int64", "string", "string", "string"]
    assert set(tried(plan)) == {"a", "b", "c", "d", "e"}
    assert tried(plan)["c"] == (True, False)
