"""What the union of the sources' columns came to, in a few words however many sources there are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from etl_batch.stages.plan import plan_columns
from etl_batch.stages.union import notes_of_types, notes_of_union
from tests.unit.engine_parts import parquet_source, text_source


def test_columns_that_not_all_sources_have(tmp_path: Path) -> None:
    """Each with the number of files that lack it and the first of them; nothing is said of files that are alike."""
    alike = [text_source(tmp_path, "a\n1\n", ordinal=n, name=f"{n:02}.csv") for n in range(9)]
    assert notes_of_union(plan_columns(alike)) == []
    (note,) = notes_of_union(plan_columns([*alike, text_source(tmp_path, "b\n1\n", ordinal=9, name="b.csv")]))
    assert "the 10 files" in note
    assert "a is missing in 1 (b.csv)" in note
    assert "b is missing in 9 (00.csv, 01.csv, 02.csv, 03.csv, 04.csv and 4 more)" in note


def test_many_columns_are_not_all_named(tmp_path: Path) -> None:
    """Five, and how many more there are."""
    names = ",".join(f"c{n}" for n in range(40))
    sources = [text_source(tmp_path, f"{names}\n{names}\n"), text_source(tmp_path, "x\n1\n", ordinal=1, name="b.csv")]
    (note,) = notes_of_union(plan_columns(sources))
    assert note.count("is missing") == 5
    assert "and 36 more" in note


def test_types_that_were_widened(tmp_path: Path) -> None:
    """From what a source has, or from what the planning sample had, to what the outputs have in the end."""
    sources = [
        parquet_source(tmp_path, {"n": pa.array([1], pa.int8()), "x": [1.5]}),
        parquet_source(tmp_path, {"n": pa.array([1], pa.int32()), "x": [2.5]}, ordinal=1),
    ]
    plan = plan_columns(sources)
    final = pa.schema([("n", pa.int32()), ("x", pa.float64())])
    assert [note.partition(": ")[2] for note in notes_of_types(plan, final)] == ["n from int8 to int32."]
    late = pa.schema([("n", pa.string()), ("x", pa.float64())])
    assert "n from int32, int8 to string" in notes_of_types(plan, late)[0]
