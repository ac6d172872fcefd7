"""The Parquet sink: rows gathered into row groups, and columns that were widened late encoded again."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.columns.rows import CleanRows
from etl_batch.errors import OutputFailed
from etl_batch.files.staging import discard
from etl_batch.sinks import parquet_file
from etl_batch.sinks.parquet_file import ParquetSink
from etl_batch.sinks.row_groups import LooseRowGroup
from tests.unit.engine_parts import columns_of, final_of, make_sinks, text_rows, typed_rows, write_chunks


@pytest.fixture
def sink(tmp_path: Path) -> ParquetSink:
    """A sink with an empty staged file."""
    return make_sinks(tmp_path)[1]


def groups_of(sink: ParquetSink, slabs: list[CleanRows]) -> tuple[LooseRowGroup, ...]:
    """The row groups of a chunk."""
    encoder = sink.encoder(columns_of(slabs[0]))
    for slab in slabs:
        encoder.add(slab)
    encoded = encoder.finish()
    assert isinstance(encoded.entry, tuple)
    assert [len(part) for part in encoded.parts] == [group.size for group in encoded.entry]
    return encoded.entry


NUMBERS = text_rows({"n": ["1", "2"]})
WORDS = text_rows({"n": ["1", "x"]})


def test_no_rows_are_no_row_group(sink: ParquetSink) -> None:
    """A chunk of rejects has an entry without groups, and no bytes."""
    encoded = sink.encoder(columns_of(NUMBERS)).finish()
    assert (encoded.entry, encoded.size) == ((), 0)


@pytest.mark.parametrize(
    ("limit", "rows"),
    [(1, [2, 2, 2]), (NUMBERS.typed.nbytes + 1, [4, 2]), (2 * NUMBERS.typed.nbytes, [4, 2]), (1 << 20, [6])],
)
def test_slabs_fill_row_groups(sink: ParquetSink, limit: int, rows: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A row group ends with the slab that brings it to its size."""
    monkeypatch.setattr(parquet_file, "ROW_GROUP_BYTES", limit)
    assert [group.rows for group in groups_of(sink, [NUMBERS] * 3)] == rows


def test_a_type_that_changes_begins_a_row_group(sink: ParquetSink) -> None:
    """Rows of one row group were typed alike; each group knows how."""
    groups = groups_of(sink, [NUMBERS, NUMBERS, WORDS, WORDS, NUMBERS])
    assert [group.rows for group in groups] == [4, 4, 2]
    assert [group.types for group in groups] == [(pa.int64(),), (pa.string(),), (pa.int64(),)]
    assert [group.forms for group in groups] == [NUMBERS.forms, WORDS.forms, NUMBERS.forms]
    assert all(group.from_text == (True,) for group in groups)


def test_one_type_and_two_forms(sink: ParquetSink) -> None:
    """`2.5` and `2.0` are both doubles, and must be told apart on their way back to text."""
    short, point = text_rows({"n": ["2", "2.5"]}), text_rows({"n": ["2.0", "2.5"]})
    assert len(groups_of(sink, [short, point])) == 2
    final = final_of(WORDS, pa.schema([("n", pa.string())]))
    write_chunks(sink, [[short, point]], final)
    assert pq.read_table(sink.file.staged).column("n").to_pylist() == ["2", "2.5", "2.0", "2.5"]


def test_chunks_are_one_file(sink: ParquetSink) -> None:
    """Placed in any order they are read in theirs, and the size that closing says is the file's."""
    slabs = [text_rows({"n": [str(number), ""], "k": ["a", ""]}) for number in range(4)]
    size = write_chunks(sink, [[slabs[0], slabs[1]], [], [slabs[2]], [slabs[3]]], final_of(slabs[0], None, "k"))
    assert size == sink.file.staged.stat().st_size
    table = pq.read_table(sink.file.staged)
    assert table.to_pydict() == {"n": [0, None, 1, None, 2, None, 3, None], "k": ["a", ""] * 4}
    meta = pq.ParquetFile(sink.file.staged).metadata
    assert meta.num_row_groups == 3
    assert [meta.row_group(0).column(at).dictionary_page_offset is None for at in (0, 1)] == [True, False]


def test_no_chunks_are_an_empty_table(sink: ParquetSink) -> None:
    """The final schema with no rows."""
    size = write_chunks(sink, [], final_of(NUMBERS))
    assert size == sink.file.staged.stat().st_size
    assert pq.read_table(sink.file.staged).schema == pa.schema([("n", pa.int64())])


WIDENED: list[tuple[CleanRows, pa.DataType, list[object]]] = [
    (text_rows({"n": ["1", ""]}), pa.string(), ["1", ""]),
    (text_rows({"n": ["1.50", ""]}), pa.string(), ["1.50", ""]),
    (text_rows({"n": ["2024-01-01", ""]}), pa.string(), ["2024-01-01", ""]),
    (text_rows({"n": ["2024-01-01T00:00:00"]}), pa.string(), ["2024-01-01T00:00:00"]),
    (text_rows({"n": ["True", ""]}), pa.string(), ["True", ""]),
    (text_rows({"n": ["1", ""]}), pa.float64(), [1.0, None]),
    (typed_rows({"n": pa.array([1, None], pa.int8())}), pa.int64(), [1, None]),
    (typed_rows({"n": pa.array([1.5, None])}), pa.string(), ["1.5", None]),
    (typed_rows({"n": pa.array(["a", None]).dictionary_encode()}), pa.string(), ["a", None]),
]


@pytest.mark.parametrize("dictionary", [(), ("n",)])
@pytest.mark.parametrize(
    ("early", "kind", "values"), WIDENED, ids=[f"{row[0].typed.schema.types[0]}-{row[1]}" for row in WIDENED]
)
def test_a_column_that_was_widened_late(
    sink: ParquetSink, early: CleanRows, kind: pa.DataType, values: list[object], dictionary: tuple[str, ...]
) -> None:
    """Its early row groups are encoded again with the final type and the very cells; the size counts that in."""
    late = typed_rows({"n": pa.array([None], kind)})
    final = final_of(early, pa.schema([("n", kind)]), *dictionary)
    size = write_chunks(sink, [[early], [late], [early, early]], final)
    assert size == sink.file.staged.stat().st_size
    table = pq.read_table(sink.file.staged)
    table.validate(full=True)
    assert table.schema.field("n").type == kind
    assert table.column("n").to_pylist() == [*values, None, *values, *values]


def test_a_column_widened_behind_nested_ones(sink: ParquetSink) -> None:
    """Those have several leaves in the footer each; the new pages take the place of the right ones."""
    points = pa.array([{"x": 1, "y": "a"}, None])
    early = typed_rows({"p": points, "n": pa.array([1, None], pa.int8()), "q": points, "m": pa.array([3, 4])})
    late = pa.array([None], pa.string())
    kinds = {"p": pa.string(), "n": pa.int64(), "q": points.type, "m": pa.string()}
    rows = typed_rows({"p": late, "n": pa.array([2]), "q": points[:1], "m": late})
    write_chunks(sink, [[early], [rows]], final_of(early, pa.schema(kinds.items())))
    table = pq.read_table(sink.file.staged)
    table.validate(full=True)
    assert table.column("p").null_count == 2
    assert table.select(["n", "q", "m"]).to_pydict() == {
        "n": [1, None, 2],
        "q": [{"x": 1, "y": "a"}, None, {"x": 1, "y": "a"}],
        "m": ["3", "4", None],
    }


def test_old_readers_have_the_widened_columns_too(tmp_path: Path) -> None:
    """In the types that their format has; what it keeps in a larger one comes back as it was, to be widened."""
    sink = ParquetSink(make_sinks(tmp_path)[1].file, compat=True)
    stamps = pa.array([1_000_000, None], pa.timestamp("ns"))
    early = typed_rows({"n": pa.array([1, 2**32 - 1], pa.uint32()), "t": stamps, "k": pa.array(["a", "b"])})
    kinds = {"n": pa.string(), "t": pa.string(), "k": pa.string()}
    late = typed_rows({name: pa.array(["x"]) for name in kinds})
    write_chunks(sink, [[early], [late]], final_of(early, pa.schema(kinds.items()), "k"))
    assert pq.read_table(sink.file.staged).to_pydict() == {
        "n": ["1", "4294967295", "x"],
        "t": ["1970-01-01 00:00:00.001000000", None, "x"],
        "k": ["a", "b", "x"],
    }
    meta = pq.read_metadata(sink.file.staged)
    assert meta.format_version == "1.0"
    assert {meta.row_group(at).column(column).compression for at in (0, 1) for column in (0, 1, 2)} == {"SNAPPY"}


def test_old_readers_know_no_nanoseconds(tmp_path: Path) -> None:
    """A value that would lose some is no row of the file: the run says so, and what to leave out."""
    sink = ParquetSink(make_sinks(tmp_path)[1].file, compat=True)
    rows = typed_rows({"t": pa.array([1_000_001], pa.timestamp("ns"))})
    encoder = sink.encoder(columns_of(rows))
    encoder.add(rows)
    with pytest.raises(OutputFailed, match=r"lose data.*Leave out --parquet-compat"):
        encoder.finish()


def test_it_says_how_columns_are_kept(sink: ParquetSink) -> None:
    """By the final types: a word that came last made the column text."""
    assert sink.describe(final_of(NUMBERS)) == {"n": "DELTA_BINARY_PACKED, LZ4"}
    assert sink.describe(final_of(WORDS, None, "n")) == {"n": "RLE_DICTIONARY, LZ4"}


def test_a_file_that_has_gone(sink: ParquetSink) -> None:
    """Closing says which output it is."""
    discard([sink.file])
    with pytest.raises(OutputFailed, match=r"out\.parquet cannot be written"):
        sink.close([], final_of(NUMBERS))
