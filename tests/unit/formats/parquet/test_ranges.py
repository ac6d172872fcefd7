"""Ranges of rows by the pages that hold them: what Arrow's own reader gives, whatever the pages are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.errors import FormatRefused
from etl_batch.formats.content import Content
from etl_batch.formats.look import Reading
from etl_batch.formats.parquet import excerpt, ranges
from etl_batch.formats.parquet.footer import column_chunks
from etl_batch.formats.parquet.pages import ColumnPages, OddPages
from etl_batch.formats.parquet.reader import RowRange
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource

ROWS = 997


def every_type() -> pa.Table:
    """A column of every kind that takes another way through a reader, with and without nulls."""
    numbers = np.random.default_rng(5).integers(0, 50, ROWS)
    some = numbers % 7 == 3
    return pa.table(
        {
            "whole": pa.array(numbers * 10**9, mask=some),
            "rising": range(ROWS),
            "real": pa.array(numbers / 3, pa.float64()),
            "half": pa.array(numbers / 2, pa.float16()),
            "truth": pa.array(numbers > 25, mask=some),
            "few": pa.array([f"word {number % 5}" for number in numbers], mask=some),
            "many": [f"{number} of {row}" for row, number in enumerate(numbers)],
            "large": pa.array([f"{number % 3}" for number in numbers], pa.large_string()),
            "coded": pa.array([f"c{number % 4}" for number in numbers], mask=some).dictionary_encode(),
            "price": pa.array(numbers, mask=some).cast(pa.decimal128(30, 0)).cast(pa.decimal128(30, 2)),
            "day": pa.array([dt.date(2024, 1, 1) + dt.timedelta(int(number)) for number in numbers]),
            "time": pa.array(numbers, pa.timestamp("ns", "Europe/Lisbon"), mask=some),
            "span": pa.array(numbers, pa.duration("us"), mask=some),
            "raw": pa.array([bytes((number,)) * 3 for number in numbers.tolist()], pa.binary(3), mask=some),
            "list": pa.array([[number] * (number % 3) for number in numbers.tolist()], mask=some),
            "struct": pa.array([{"a": int(number), "b": {"c": str(number)}} for number in numbers], mask=some),
            "none": pa.nulls(ROWS),
        }
    )


TABLE = every_type()
WRITTEN: dict[str, dict[str, Any]] = {
    "small pages": {"data_page_size": 64, "write_batch_size": 8},
    "pages by rows": {"max_rows_per_page": 100},
    "second version of pages": {"data_page_version": "2.0", "max_rows_per_page": 100},
    "no dictionaries": {"use_dictionary": False, "data_page_size": 256, "write_batch_size": 16},
    "dictionaries given up": {"dictionary_pagesize_limit": 200, "data_page_size": 256, "write_batch_size": 16},
    "one row group": {"row_group_size": ROWS},
    "checked": {"write_page_checksum": True, "max_rows_per_page": 50},
    "oldest": {"version": "1.0", "max_rows_per_page": 50, "use_deprecated_int96_timestamps": True},
    "LZ4": {"compression": "lz4", "max_rows_per_page": 50},
    "Zstandard": {"compression": "zstd", "max_rows_per_page": 50},
    "plain bytes": {"compression": "none", "max_rows_per_page": 50},
}


def written(folder: Path, table: pa.Table, **how: Any) -> AnySource:
    """A file of the table as the engine detects it; in whichever version, for some tests damage it then."""
    path = folder / "in.parquet"
    pq.write_table(table, path, **{"row_group_size": 400, **how})
    return replace(detect(path, 0, Reading({})), version=None)


def rows_of(source: AnySource, place: RowRange) -> list[tuple[Any, ...]]:
    """Its rows as Python values."""
    slabs = [slab.batch(source.column_names) for slab in source.read(place, 0)]
    return [row for slab in slabs for row in zip(*(column.to_pylist() for column in slab.columns), strict=True)]


@pytest.mark.parametrize("how", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("slab_rows", [37, 1 << 16])
def test_every_range_is_what_arrow_reads(
    tmp_path: Path, how: dict[str, Any], slab_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the file was written, whichever types it has, and wherever the range begins in its pages."""
    monkeypatch.setattr(ranges, "SLAB_ROWS", slab_rows)
    table = TABLE
    if how.get("version") == "1.0":
        table = table.drop_columns(["time"])  # a time of day without nanoseconds
    source = written(tmp_path, table, **how)
    metadata = pq.ParquetFile(source.path).metadata
    whole = [
        row
        for at in range(metadata.num_row_groups)
        for row in rows_of(source, RowRange(at, 0, metadata.row_group(at).num_rows))
    ]
    flat = pq.read_table(source.path)
    while any(pa.types.is_struct(field.type) for field in flat.schema):
        flat = flat.flatten()
    expected = [column.cast(kept.type).to_pylist() for column, kept in zip(flat.columns, source.columns, strict=True)]
    assert whole == list(zip(*expected, strict=True))
    before = 0
    for at in range(metadata.num_row_groups):
        rows = metadata.row_group(at).num_rows
        for first, last in ((0, 1), (1, 60), (99, 101), (150, 390), (rows - 1, rows)):
            place = RowRange(at, first, min(last, rows) - first)
            assert rows_of(source, place) == whole[before + first : before + min(last, rows)], (at, first, last)
        before += rows


def test_a_row_group_without_rows(tmp_path: Path) -> None:
    """It has no pages, and no slabs."""
    source = written(tmp_path, TABLE.slice(0, 0))
    assert list(source.read(RowRange(0, 0, 0), 0)) == []
    assert list(source.sample()) == list(source.cut(1 << 20)) == []


def test_pages_before_the_range_are_not_read(tmp_path: Path) -> None:
    """Nor those behind it: what they hold may be anything."""
    table = pa.table({"n": np.arange(1000) * 7, "t": [f"text {row}" for row in range(1000)]})
    source = written(tmp_path, table, row_group_size=1000, max_rows_per_page=100, use_dictionary=False)
    content = bytearray(Path(source.path).read_bytes())
    with source.content.opened() as opened:
        pages = [ColumnPages(chunk.begin).covering(opened, 0, 1000) for chunk in column_chunks(opened, 0)]
    assert [len(found) for found in pages] == [10, 10]
    for found in pages:
        for page in (*found[:4], *found[6:]):
            content[page.end - 20 : page.end] = b"\xff" * 20
    Path(source.path).write_bytes(content)
    assert rows_of(source, RowRange(0, 400, 200)) == [(row * 7, f"text {row}") for row in range(400, 600)]
    with pytest.raises(FormatRefused, match="row group 0 cannot be read"):
        rows_of(source, RowRange(0, 300, 200))


@given(data=st.data())
def test_damaged_bytes(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Rows that are those of the file, or a refusal: never another error, never a hang, never more rows."""
    source = written(
        tmp_path_factory.mktemp("damaged"), TABLE.select(["whole", "few", "many", "list"]), max_rows_per_page=64
    )
    content = bytearray(Path(source.path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(4, len(content) // 2))
        content[at] = data.draw(st.integers(0, 255))
    Path(source.path).write_bytes(content)
    try:
        found = rows_of(source, RowRange(0, 100, 250))
    except FormatRefused:
        return
    assert len(found) <= 250


HEADERS = [
    b"",
    b"\x15",
    b"\x15\x00\x15\x10\x15\x10",
    b"\x15\x00\x15\x0f\x15\x10\x2c\x15\x02\x15\x00\x15\x06\x15\x06\x00\x00",
    b"\x15\x00\x15\x10\x15\x10\x2c\x15\x01\x15\x00\x15\x06\x15\x06\x00\x00",
    b"\x15\x08\x15\x10\x15\x10\x00",
    b"\x1c" * 5000,
    b"\x19\xf3\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x1e\x00",
]


@pytest.mark.parametrize("header", HEADERS)
def test_headers_that_are_none(tmp_path: Path, header: bytes) -> None:
    """Cut off, negative sizes and counts, unknown types, structs without end, lists that say they are endless."""
    path = tmp_path / "pages"
    path.write_bytes(b"x" * 4 + header)
    with Content(str(path)).opened() as file, pytest.raises(OddPages):
        ColumnPages(4).covering(file, 0, 10)


def test_too_many_groups_of_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns whose pages hold other rows each are read from the row group's start when they are very many."""
    source = written(tmp_path, TABLE, data_page_size=64, write_batch_size=8)
    expected = rows_of(source, RowRange(0, 150, 200))
    asked: list[int] = []
    monkeypatch.setattr(excerpt, "_MOST_ENTRIES", 20)
    monkeypatch.setattr(ranges, "build_excerpt", lambda *_: asked.append(1))
    assert rows_of(source, RowRange(0, 150, 200)) == expected
    assert not asked


def test_text_that_repeats_comes_under_its_dictionary(tmp_path: Path) -> None:
    """Those values that the rows have, in the order in which they appear, a null being none of them."""
    words = ["unused", *["b", "a", None, "b"] * 50, "late"]
    source = written(tmp_path, pa.table({"w": words}), max_rows_per_page=10)
    (slab,) = source.read(RowRange(0, 1, 200), 0)
    (column,) = slab.columns
    assert column.type == pa.dictionary(pa.int32(), pa.string())
    assert column.dictionary.to_pylist() == ["b", "a"]
    assert column.to_pylist() == words[1:201]


def test_a_damaged_word_of_a_dictionary(tmp_path: Path) -> None:
    """The rows that have it are rejects; the others are not."""
    source = written(tmp_path, pa.table({"w": ["good", "evil"] * 50}), compression="none", max_rows_per_page=10)
    content = Path(source.path).read_bytes()
    Path(source.path).write_bytes(content.replace(b"\x04\0\0\0evil", b"\x04\0\0\0e\xffil", 1))
    slabs = list(source.read(RowRange(0, 11, 4), 0))
    assert [value for slab in slabs for value in slab.columns[0].to_pylist()] == ["good", "good"]
    assert [reject.record for slab in slabs for reject in slab.rejects] == [0, 2]


def test_a_dictionary_with_a_word_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow drops the second one, and the codes behind it mean the next: those columns are read word by word."""
    monkeypatch.setattr(ranges, "SLAB_ROWS", 3)
    words = ["here", "else", "last"]
    source = written(tmp_path, pa.table({"w": words * 50, "n": range(150)}), compression="none", max_rows_per_page=10)
    content = Path(source.path).read_bytes()
    Path(source.path).write_bytes(content.replace(b"\x04\0\0\0else", b"\x04\0\0\0here", 1))
    for first in (0, 11):
        found = [(["here", "here", "last"][row % 3], row) for row in range(first, first + 100)]
        assert rows_of(source, RowRange(0, first, 100)) == found
    assert {slab.columns[0].type for slab in source.read(RowRange(0, 0, 100), 0)} == {pa.string()}


@pytest.mark.parametrize("chunk_bytes", [3000, 9000])
def test_pieces_begin_where_pages_do(tmp_path: Path, chunk_bytes: int) -> None:
    """At the page start of most columns that is nearest to the size asked for."""
    table = pa.table({"a": range(1000), "b": range(1000), "c": [f"{row}" * 20 for row in range(1000)]})
    source = written(tmp_path, table, row_group_size=500, max_rows_per_page=25, use_dictionary=["a"])
    places = [piece.place for piece in source.cut(chunk_bytes)]
    assert {place.first % 25 for place in places} == {0}
    assert sum(place.rows for place in places) == 1000
    each = chunk_bytes * 500 / pq.ParquetFile(source.path).metadata.row_group(0).total_byte_size
    assert all(abs(place.rows - each) <= each / 2 + 1 for place in places if place.first + place.rows < 500)
