"""The footer and its page index: taken apart by a worker, moved by any distance, put together by the parent."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.parquet_terms import MAGIC
from etl_batch.sinks.footer import GroupEntry, LooseColumn, Movable, build_footer, footer_of, take_apart

TABLE = pa.table(
    {
        "n": pa.array(range(50_000)),
        "k": pa.array([f"k{number % 7}" for number in range(50_000)]),
        "s": pa.array([{"a": number, "b": [str(number)] * (number % 3)} for number in range(50_000)]),
    }
)
WIDE = pa.table({f"c{number}": pa.array([number, None]) for number in range(40)})


def encoded(table: pa.Table, **options: Any) -> memoryview:
    """The table as a file with one row group, written by pyarrow."""
    sink = pa.BufferOutputStream()
    usual = {"use_dictionary": ["k"], "write_page_index": True, "store_schema": False}
    pq.write_table(table, sink, **{**usual, **options})
    return memoryview(sink.getvalue())


def offsets_of(meta: pq.FileMetaData) -> list[list[int | None]]:
    """All offsets of all pages, by row group and column."""
    names = ("file_offset", "data_page_offset", "dictionary_page_offset")
    groups = (meta.row_group(at) for at in range(meta.num_row_groups))
    columns = (group.column(at) for group in groups for at in range(group.num_columns))
    return [[getattr(column, name) for name in names] for column in columns]


def moved(offsets: list[list[int | None]], distance: int) -> list[list[int | None]]:
    """The offsets that there are, so much larger."""
    return [[value + distance if value else value for value in column] for column in offsets]


def placed(columns: tuple[LooseColumn, ...], rows: int, distance: int) -> GroupEntry:
    """A row group in its place."""
    return GroupEntry(rows, [column.placed(distance) for column in columns])


def read_footer(tail: bytes) -> pq.FileMetaData:
    """What pyarrow reads of it."""
    return pq.read_metadata(io.BytesIO(MAGIC + tail))


@pytest.mark.parametrize("table", [TABLE, WIDE], ids=["nested", "wide"])
@pytest.mark.parametrize("distance", [0, 1, 60, 8_000, 2**20, 2**31 - 5, 2**31, 2**32 + 7, 2**45])
def test_every_offset_moves(table: pa.Table, distance: int) -> None:
    """However many bytes the larger number takes; all that is no offset stays."""
    whole = encoded(table)
    body, columns = take_apart(whole)
    before = pq.read_metadata(pa.BufferReader(whole))
    position = len(MAGIC) + len(body) + distance
    after = read_footer(build_footer(footer_of(whole), [placed(columns, table.num_rows, distance)], position))
    assert offsets_of(after) == moved(offsets_of(before), distance)
    assert after.schema.equals(before.schema)
    assert (after.num_rows, after.created_by) == (before.num_rows, before.created_by)
    for at in range(before.row_group(0).num_columns):
        old, new = before.row_group(0).column(at), after.row_group(0).column(at)
        for name in ("statistics", "encodings", "compression", "num_values", "total_compressed_size", "path_in_schema"):
            assert getattr(new, name) == getattr(old, name)
        assert (new.has_offset_index, new.has_column_index) == (old.has_offset_index, old.has_column_index)
    assert after.row_group(0).total_byte_size == before.row_group(0).total_byte_size


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"write_page_index": False},
        {"write_statistics": ["n", "c3"]},
        {"bloom_filter_options": {"n": {"ndv": 100, "fpp": 0.1}}},
        {"version": "1.0", "compression": "snappy"},
    ],
)
@pytest.mark.parametrize("table", [TABLE, WIDE], ids=["nested", "wide"])
def test_at_its_old_place_it_is_the_same_file(table: pa.Table, options: dict[str, Any]) -> None:
    """Body and footer without a distance are byte by byte what pyarrow wrote, page index and all."""
    whole = encoded(table, **options)
    body, columns = take_apart(whole)
    end = len(MAGIC) + len(body)
    tail = build_footer(footer_of(whole), [placed(columns, table.num_rows, 0)], end)
    assert MAGIC + bytes(body) + tail == bytes(whole)


def test_the_page_index_tells_where_pages_stand() -> None:
    """Page locations move with the pages: what stands between two of them is a page header of the size it says."""
    whole = encoded(TABLE, max_rows_per_page=10_000, compression="none", use_dictionary=False)
    _, columns = take_apart(whole)
    index = columns[0].offset_index
    assert len(index.offsets) == 5
    assert index.moved(0) in bytes(whole)
    assert index.offsets[0] == columns[0].others.start
    steps = {after - before for before, after in zip(index.offsets, index.offsets[1:], strict=False)}
    assert all(80_000 < step < 81_000 for step in steps)


def test_nought_is_no_offset() -> None:
    """A column whose file offset is not given keeps saying so, wherever it is put."""
    _, columns = take_apart(encoded(TABLE))
    assert all(0 not in column.chunk.offsets for column in columns)


@pytest.mark.parametrize("groups", [1, 14, 15, 300])
def test_many_row_groups(groups: int) -> None:
    """Their list is as long as it has to be."""
    whole = encoded(WIDE)
    body, columns = take_apart(whole)
    entries = [placed(columns, 2, number * len(body)) for number in range(groups)]
    content = MAGIC + bytes(body) * groups
    content += build_footer(footer_of(whole), entries, len(content))
    assert pq.read_table(io.BytesIO(content)).equals(pa.concat_tables([WIDE] * groups))
    assert pq.read_metadata(io.BytesIO(content)).row_group(groups - 1).num_rows == 2


def test_moving_makes_numbers_longer() -> None:
    """What stands between two offsets is kept as it is."""
    text = Movable((b"a", b"bc", b""), (1, 100))
    assert text.moved(0) == b"a\x02bc\xc8\x01"
    assert text.moved(2**35) != text.moved(2**35 + 1)
    assert text.size == len(text.moved(0))
    assert Movable((b"all",), ()).moved(7) == b"all"
