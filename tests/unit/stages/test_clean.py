"""Cleaning: slabs under the columns of the outputs, each column typed as far as all its cells so far allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from etl_batch.columns import text_forms
from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn
from etl_batch.formats.source import AnySource, Constant, Places, Slab
from etl_batch.model import Reject
from etl_batch.stages.clean import Cleaner
from tests.unit.engine_parts import parquet_source, text_lines, text_source


@pytest.fixture
def source(tmp_path: Path) -> AnySource:
    """A text file with columns `a` and `b`."""
    return text_source(tmp_path, "a,b\n1,x\n")


def slab_of(a: list[str], b: list[str] | None = None, **keys: object) -> Slab:
    """A slab of that source."""
    batch = pa.record_batch({"a": pa.array(a, pa.string()), "b": pa.array(b or ["x"] * len(a), pa.string())})
    return Slab(batch.columns, len(a), **{"records": len(a), "places": counted(len(a)), **keys})


def counted(rows: int) -> Places:
    """Rows that stand one behind the other."""
    return Places(0, np.arange(rows, dtype=np.int32))


def column(name: str, forms: int = text_forms.ALL, typed: pa.DataType | None = None) -> OutputColumn:
    """An output column as the plan has it."""
    return OutputColumn(name, forms, typed)


def entered(columns: Sequence[OutputColumn], source: AnySource) -> Cleaner:
    """A cleaner whose slabs are of this source."""
    cleaner = Cleaner(columns)
    cleaner.enter(source)
    return cleaner


def cleaned(cleaner: Cleaner, slab: Slab) -> CleanRows:
    """The rows of a slab that has some."""
    rows = cleaner.clean(slab)
    assert rows is not None
    return rows


INTEGER, SHORT, POINT, DATE = text_forms.INTEGER, text_forms.SHORT, text_forms.POINT, text_forms.DATE
STEPS: list[tuple[int, list[tuple[list[str], int, pa.DataType]]]] = [
    (text_forms.ALL, [(["1", "2"], INTEGER, pa.int64()), (["3"], INTEGER, pa.int64())]),
    (text_forms.ALL, [(["1"], INTEGER, pa.int64()), (["2.5"], SHORT, pa.float64()), (["3"], SHORT, pa.float64())]),
    (text_forms.ALL, [(["1"], INTEGER, pa.int64()), (["n/a"], 0, pa.string()), (["2"], 0, pa.string())]),
    (text_forms.ALL, [(["2024-01-01"], DATE, pa.date32()), (["1"], 0, pa.string())]),
    (text_forms.ALL, [([""], 0, pa.string()), (["1"], INTEGER, pa.int64())]),
    (INTEGER | SHORT, [(["1.5"], SHORT, pa.float64()), (["1"], SHORT, pa.float64())]),
    (INTEGER, [(["1.5"], 0, pa.string())]),
    (SHORT, [(["1"], SHORT, pa.float64())]),
    (0, [(["1"], 0, pa.string())]),
    (DATE, [(["", ""], DATE, pa.date32())]),
]


@pytest.mark.parametrize(("planned", "steps"), STEPS)
def test_a_late_value_only_widens(
    source: AnySource, planned: int, steps: list[tuple[list[str], int, pa.DataType]]
) -> None:
    """A cell that breaks a form breaks it for the rest of the chunk; no form ever comes back."""
    cleaner = entered([column("a", planned), column("b")], source)
    left = planned
    for cells, form, kind in steps:
        rows = cleaned(cleaner, slab_of(cells))
        assert (rows.forms[0], rows.typed.column(0).type) == (form, kind)
        assert rows.cells[0].to_pylist() == cells
        assert cleaner.forms[0] & ~left == 0
        left = cleaner.forms[0]


def test_columns_come_in_the_order_of_the_outputs(source: AnySource) -> None:
    """A column that the source does not have is nulls of the output's type, and was not text."""
    columns = [column("more", typed=pa.int8()), column("b"), column("other", INTEGER), column("a")]
    cleaner = entered(columns, source)
    rows = cleaned(cleaner, slab_of(["1"], ["x"], lines=text_lines(b"1,x\n", ["a", "b"])))
    assert rows.typed.to_pydict() == {"more": [None], "b": ["x"], "other": [None], "a": [1]}
    assert rows.typed.schema.types == [pa.int8(), pa.string(), pa.int64(), pa.int64()]
    assert rows.from_text == cleaner.from_text == (False, True, False, True)
    assert rows.forms == (0, 0, 0, INTEGER)
    assert rows.lines is None
    assert cleaner.satisfied[2] == text_forms.ALL


@pytest.mark.parametrize(("names", "kept"), [("ab", True), ("ba", False), ("abc", False)])
def test_lines_are_kept_where_the_columns_are_the_same(source: AnySource, names: str, kept: bool) -> None:
    """In another order, or beside a column that is not there, they are not what the CSV would be."""
    lines = text_lines(b"1,x\n", ["a", "b"])
    rows = cleaned(entered([column(name) for name in names], source), slab_of(["1"], lines=lines))
    assert rows.lines is (lines if kept else None)


def test_typed_columns_pass_through(tmp_path: Path) -> None:
    """They have no form, whatever the plan says of the column's text in other sources."""
    source = parquet_source(tmp_path, {"a": pa.array([1], pa.int8()), "b": ["7"]})
    cleaner = entered([column("a", INTEGER, pa.int8()), column("b", INTEGER, pa.string())], source)
    (slab,) = source.read(next(source.cut(100)).place, 0)
    rows = cleaned(cleaner, slab)
    assert rows.typed.schema.types == [pa.int8(), pa.string()]
    assert (rows.forms, rows.from_text) == ((0, 0), (False, False))
    assert cleaner.satisfied == (text_forms.ALL,) * 2


def test_everything_is_counted(source: AnySource) -> None:
    """Records, rows, rejects and blank lines of all slabs, those without rows too."""
    rejects = [Reject("in.csv", n, n, "why", None, "", "") for n in range(3)]
    cleaner = entered([column("a"), column("b")], source)
    cleaner.clean(slab_of(["1", "2"], records=5, skipped=2, rejects=rejects[:1]))
    assert cleaner.clean(slab_of([], records=2, rejects=rejects[1:])) is None
    (seen,) = cleaner.seen
    assert (seen.records, seen.rows, seen.skipped) == (7, 2, 2)
    assert seen.rejects == rejects


def test_sources_of_a_chunk_are_counted_apart(tmp_path: Path) -> None:
    """Each has its own columns and constants; what broke a form in one breaks it in those after."""
    first = text_source(tmp_path, "a,b\n1,x\n")
    second = replace(
        text_source(tmp_path, "b\ny\n", ordinal=1, name="2.csv"), constants=(Constant("c", "=k"), Constant("d", None))
    )
    third = parquet_source(tmp_path, {"a": ["z"]}, ordinal=2)
    cleaner = Cleaner([column("a"), column("b"), column("c"), column("d")])
    found = []
    for source, cells in ((first, [["1"], ["7"]]), (second, [["8.5"]]), (third, [["z"]])):
        cleaner.enter(source)
        arrays = [pa.array(each, pa.string()) for each in cells]
        found.append(cleaned(cleaner, Slab(arrays, 1, 1, places=counted(1))))
    assert [rows.typed.to_pylist() for rows in found] == [
        [{"a": 1, "b": 7, "c": None, "d": None}],
        [{"a": None, "b": 8.5, "c": "=k", "d": None}],
        [{"a": "z", "b": None, "c": None, "d": None}],
    ]
    assert [rows.from_text for rows in found] == [
        (True, True, False, False),
        (False, True, True, False),
        (False, False, False, False),
    ]
    assert [text_forms.pick(forms) for forms in cleaner.satisfied] == [INTEGER, SHORT, 0, 0]
    assert cleaner.satisfied[3] == text_forms.ALL
    assert [(seen.source, seen.rows) for seen in cleaner.seen] == [(0, 1), (1, 1), (2, 1)]


QUOTED = [
    # the cells of both columns as they are written, whether b's values repeat, which columns are bare, the values
    (["1", "-2"], ['"x"', "y"], False, (True, False), ([1, -2], ["x", "y"])),
    (['"1"', "-2"], ['"x"', "y"], True, (False, False), ([1, -2], ["x", "y"])),
    (["1", '"2"'], ["x", "y"], True, (False, True), ([1, 2], ["x", "y"])),
    (['""', "2"], ["x", '"y ""z"""'], True, (False, False), ([None, 2], ["x", 'y "z"'])),
    (["2024-02-29", ""], ['"a,b"', ""], False, (True, False), (["2024-02-29", None], ["a,b", ""])),
]


@pytest.mark.parametrize(("a", "b", "repeats", "bare", "values"), QUOTED)
def test_columns_without_quotes_are_known(
    source: AnySource,
    a: list[str],
    b: list[str],
    repeats: bool,
    bare: tuple[bool, ...],
    values: tuple[list[object], ...],
) -> None:
    """A column is bare when it was proved that no cell of it stands in quotes; values are the same either way."""
    lines = text_lines("".join(f"{one},{other}\n" for one, other in zip(a, b, strict=True)).encode(), ["a", "b"])
    slab = Slab([lines.column(0), lines.column(1)], len(a), len(a), lines=lines, places=counted(len(a)))
    columns = [column("a", DATE if "-02-" in a[0] else INTEGER), OutputColumn("b", 0, None, dictionary=repeats)]
    cleaner = entered(columns, source)
    for _ in range(2):
        rows = cleaned(cleaner, slab)
        assert rows.bare == bare
        found = [[str(value) if hasattr(value, "year") else value for value in one.to_pylist()] for one in rows.typed]
        assert tuple(found) == values
