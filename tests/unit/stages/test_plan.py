"""The plan: output columns from a sample of the sources, about how many rows, and the chunks in order."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from etl_batch.columns import text_forms
from etl_batch.errors import InputRefused
from etl_batch.stages import plan as planning
from etl_batch.stages.plan import ColumnSample, cut_chunks, plan_columns, plan_run
from tests.unit.engine_parts import config_of, layout_of, parquet_source, record_source, text_source


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_each_byte_is_in_one_chunk(tmp_path: Path, chunk_bytes: int) -> None:
    """Chunks stand in input order and are numbered through all sources, an empty one among them."""
    contents = ["a,b\n1,2\n3,4\n", "a,b\n", "a,b\n5,6\n7"]
    sources = [text_source(tmp_path, text, ordinal=n, name=f"{n}.csv") for n, text in enumerate(contents)]
    chunks = list(cut_chunks(plan_columns(sources), config_of(tmp_path, chunk_bytes=chunk_bytes)))
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    parts = [part for chunk in chunks for part in chunk.parts]
    assert [part.source.ordinal for part in parts] == sorted(part.source.ordinal for part in parts)
    for source, content in zip(sources, contents, strict=True):
        places = [part.place for part in parts if part.source is source]
        assert "".join(content[place.offset :][: place.length] for place in places) == content[source.start :]
    assert sum(chunk.cost_bytes for chunk in chunks) == sum(source.data_bytes for source in sources)


def test_small_sources_share_a_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole ones, one behind the other, until a chunk is full of bytes or of sources; a large one has its own."""
    contents = ["a\n1\n", "a\n2\n", "a\n" + "3\n" * 9, "a\n4\n", "a\n", "a\n5\n", "a\n6\n", "a\n7\n"]
    sources = [text_source(tmp_path, text, ordinal=n, name=f"{n}.csv") for n, text in enumerate(contents)]

    def shared(chunk_bytes: int) -> list[list[int]]:
        chunks = cut_chunks(plan_columns(sources), config_of(tmp_path, chunk_bytes=chunk_bytes))
        return [[part.source.ordinal for part in chunk.parts] for chunk in chunks]

    assert shared(1000) == [[0, 1, 2, 3, 5, 6, 7]]
    assert shared(8) == [[0, 1], [2], [2], [2], [3, 5, 6, 7]]
    assert shared(4) == [[0, 1], [2], [2], [2], [2], [2], [3, 5], [6, 7]]
    monkeypatch.setattr(planning, "MOST_PARTS", 3)
    assert shared(1000) == [[0, 1, 2], [3, 5, 6], [7]]


def test_of_many_sources_some_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of each set of columns, and others all over the input; the rows are estimated for all of them."""
    monkeypatch.setattr(planning, "MOST_SAMPLED", 4)
    contents = ["a\n1\n"] * 9 + ["b\nx\n"] + ["a\n1\n"] * 10
    sources = [text_source(tmp_path, text, ordinal=n, name=f"{n}.csv") for n, text in enumerate(contents)]
    assert [source.ordinal for source in planning.sources_to_sample(sources)] == [0, 6, 9, 13]
    plan = plan_columns(sources)
    assert (plan.names, plan.sample_rows, plan.rows_estimate) == (["a", "b"], 4, 20)
    assert [source.ordinal for source in planning.sources_to_sample(sources[:4])] == [0, 1, 2, 3]
    monkeypatch.setattr(planning, "MOST_SAMPLED", 1)
    assert [source.ordinal for source in planning.sources_to_sample(sources)] == [0]


def test_chunks_have_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for larger ones, the plan cuts at its own limit."""
    monkeypatch.setattr(planning, "MAX_CHUNK_BYTES", 8)
    plan = plan_columns([text_source(tmp_path, "a,b\n1,2\n3,4\n5,6\n7,8\n")])
    assert [chunk.cost_bytes for chunk in cut_chunks(plan, config_of(tmp_path, chunk_bytes=1 << 20))] == [8, 8]
    assert [chunk.cost_bytes for chunk in cut_chunks(plan, config_of(tmp_path, chunk_bytes=1))] == [4] * 4


def test_columns_are_joined_by_name(tmp_path: Path) -> None:
    """In the order in which they come first; each has the type that holds all of its values."""
    sources = [
        text_source(tmp_path, "id,name\n1,x\n2,y\n"),
        text_source(tmp_path, "name;more;id\nz;m;2.5\nw;n;3\n", ordinal=1, name="b.csv"),
        parquet_source(tmp_path, {"more": [7], "size": pa.array([1], pa.int8())}, ordinal=2),
        parquet_source(tmp_path, {"size": pa.array([300], pa.int16())}, ordinal=3),
    ]
    plan = plan_columns(sources)
    assert plan.names == ["id", "name", "more", "size"]
    assert [column.type for column in plan.columns] == [pa.float64(), pa.string(), pa.string(), pa.int16()]
    assert [column.typed for column in plan.columns] == [None, None, pa.int64(), pa.int16()]
    assert plan.columns[3].forms == text_forms.ALL
    assert {name: sum(map(len, arrays)) for name, arrays in plan.sample.items()} == {
        "id": 4,
        "name": 4,
        "more": 3,
        "size": 2,
    }
    assert (plan.sample_rows, plan.rows_estimate) == (6, 6)
    assert plan.total_bytes == sum(source.size_bytes for source in sources)


SAMPLES: list[tuple[list[str], ColumnSample]] = [
    (["1", "2", "3", "4"], ColumnSample("c", pa.int64(), 4, 4, 0, True)),
    (["4", "2", "1", "0"], ColumnSample("c", pa.int64(), 4, 4, 0, True)),
    (["1", "2", "2", "4"], ColumnSample("c", pa.int64(), 3, 4, 0, False)),
    (["1", "", "3", "4"], ColumnSample("c", pa.int64(), 3, 4, 1, False)),
    (["a", "b", "a", ""], ColumnSample("c", pa.string(), 3, 4, 0, False)),
    (["2.5", "2.5", "", ""], ColumnSample("c", pa.float64(), 1, 4, 2, False)),
]


@pytest.mark.parametrize(("cells", "sample"), SAMPLES)
def test_what_the_sample_says_of_a_column(tmp_path: Path, cells: list[str], sample: ColumnSample) -> None:
    """Distinct values, nulls, and whether they only rise or only fall, after the cells have their type."""
    plan = plan_columns([text_source(tmp_path, "c,pad\n" + "".join(f"{cell},x{n}\n" for n, cell in enumerate(cells)))])
    assert plan.samples[0] == sample


@pytest.mark.parametrize(("distinct", "dictionary"), [(1, True), (20, True), (21, False), (100, False)])
def test_where_a_dictionary_pays(tmp_path: Path, distinct: int, dictionary: bool) -> None:
    """Where a fifth of the rows at most have a value of their own."""
    plan = plan_columns([parquet_source(tmp_path, {"k": [f"v{n % distinct}" for n in range(100)]})])
    assert plan.columns[0].dictionary == dictionary


def test_nested_columns_are_no_values_to_count(tmp_path: Path) -> None:
    """A list is taken for a value of its own."""
    (sample,) = plan_columns([parquet_source(tmp_path, {"l": [[1], [1], None]})]).samples
    assert (sample.type, sample.distinct, sample.rows, sample.nulls) == (pa.list_(pa.int64()), 3, 3, 1)


MOST = 2**64 - 1
STEPS = [
    ([1, 2, 3], True),
    ([3, 2, -1], True),
    ([1, 3, 2], False),
    ([1, 1, 2], False),
    ([MOST, 5, 3], True),
    ([MOST, 3, 5], False),
    ([10**30, 10**30 + 1, 10**30 + 2], True),
    ([10**30, 5, 7], False),
]


@pytest.mark.parametrize(("numbers", "monotonic"), STEPS)
def test_what_only_rises_or_falls(tmp_path: Path, numbers: list[int], monotonic: bool) -> None:
    """Whole numbers of any length, with and without a sign."""
    content = "n,x\n" + "".join(f"{number},x\n" for number in numbers)
    assert plan_columns([text_source(tmp_path, content)]).samples[0].monotonic is monotonic


@pytest.mark.parametrize("rows", [0, 1, 500, 60_000])
def test_rows_are_estimated(tmp_path: Path, rows: int) -> None:
    """Exactly where the sample is all of it, else by the bytes that the sampled rows stand for."""
    content = "n,pad\n" + "".join(f"{number},{'x' * 100}\n" for number in range(rows))
    plan = plan_columns([text_source(tmp_path, content)])
    assert plan.rows_estimate == pytest.approx(rows, rel=0.02)
    assert plan.rows_estimate >= plan.sample_rows
    assert (plan.rows_estimate == plan.sample_rows == rows) == (rows <= 500)


def test_a_header_alone_leaves_text(tmp_path: Path) -> None:
    """Columns of which nothing was seen are text, and any value may still be in them."""
    plan = plan_columns([text_source(tmp_path, "a,b\n")])
    assert [(column.type, column.forms) for column in plan.columns] == [(pa.string(), text_forms.ALL)] * 2


def test_an_input_that_is_too_large(tmp_path: Path) -> None:
    """It is refused by the sum of all files, before any is sampled."""
    sources = [text_source(tmp_path, "a\n" + "1\n" * 600, ordinal=n, name=f"{n}") for n in range(2)]
    assert plan_run(sources, config_of(tmp_path, max_size_gb=2404e-9)).total_bytes == 2404
    with pytest.raises(InputRefused, match=r"over --max-size-gb 2\.403e-06"):
        plan_run(sources, config_of(tmp_path, max_size_gb=2403e-9))


def test_the_layout_of_a_plan(tmp_path: Path) -> None:
    """The one that all sources have, and none where they differ."""
    fields: list[dict[str, Any]] = [{"name": "n", "type": "u16"}]
    layout = layout_of(fields)
    records = [record_source(tmp_path, struct.pack("<H", n), layout, ordinal=n) for n in range(2)]
    text = text_source(tmp_path, "n\n1\n", ordinal=2)
    assert plan_columns(records).layout is layout
    assert plan_columns([*records, text]).layout is None
    assert plan_columns([text]).layout is None


def test_files_that_are_far_are_begun_before_they_are_reached(tmp_path: Path) -> None:
    """A few ahead: the first job of each is handed out when the first chunk is asked for, to the same chunks."""
    handed_out: list[str] = []

    def each(work: Callable[..., Any], jobs: Iterator[tuple[Any, ...]]) -> Iterator[Any]:
        first = next(jobs)
        handed_out.append(first[0].path)
        return (work(*job) for job in chain([first], jobs))

    text = "a,b\n" + '1,"x\ny"\n' * 150_000
    sources = [text_source(tmp_path, text, ordinal=number, name=f"{number}.csv") for number in range(12)]
    plan = plan_columns(sources)
    here, far = (config_of(tmp_path, chunk_bytes=1 << 20, cluster=each) for each in (None, "tcp://127.0.0.1:1"))
    chunks = cut_chunks(plan, far, each)
    first = next(chunks)
    assert handed_out == [source.path for source in sources[:8]]
    assert [first, *chunks] == list(cut_chunks(plan, here))
    assert handed_out == [source.path for source in sources]
