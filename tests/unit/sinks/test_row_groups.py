"""Row groups that were encoded alone, placed anywhere, are one Parquet file under one footer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.sinks.row_groups import (
    MAGIC,
    RowGroup,
    build_footer,
    encode_column,
    encode_rows,
    load_format,
    read_column,
)

BATCH = pa.record_batch(
    {
        "n": pa.array([1, None, 3]),
        "k": pa.array(["a", None, "ü" * 300]),
        "d": pa.array([Decimal("1.50"), None, Decimal("-2.25")]),
        "t": pa.array([dt.date(2024, 2, 29), None, None]),
        "b": pa.array([True, None, False]),
        "l": pa.array([[1, 2], None, []]),
    }
)


def row_group(batches: list[pa.RecordBatch], start: int, *dictionary: str) -> tuple[RowGroup, bytes]:
    """A row group placed at byte `start`, and its body."""
    encoded = encode_rows(batches, list(dictionary))
    rows = sum(batch.num_rows for batch in batches)
    types = tuple(batches[0].schema.types)
    group = RowGroup(types, (0,) * len(types), rows, encoded.entry, (), len(encoded.body))
    return group.placed(start), bytes(encoded.body)


@pytest.mark.parametrize("dictionary", [(), ("k",), ("n", "k", "d")])
@pytest.mark.parametrize("gap", [0, 1, 1000, 3 << 20])
def test_row_groups_stand_anywhere(tmp_path: Path, gap: int, dictionary: tuple[str, ...]) -> None:
    """With nothing or with megabytes of unused bytes between them they are read back by pyarrow, statistics and all."""
    path, content, groups = tmp_path / "x", bytearray(MAGIC), []
    for batches in ([BATCH], [BATCH.slice(1), BATCH], [BATCH.slice(0, 1)]):
        content += bytes(gap)
        group, body = row_group(batches, len(content), *dictionary)
        content += body
        groups.append(group)
    path.write_bytes(bytes(content) + build_footer(BATCH.schema, groups, {}))
    table = pq.read_table(path)
    table.validate(full=True)
    assert table.equals(pa.Table.from_batches([BATCH, BATCH.slice(1), BATCH, BATCH.slice(0, 1)]))
    meta = pq.ParquetFile(path).metadata
    assert (meta.num_rows, meta.num_row_groups) == (9, 3)
    assert [meta.row_group(at).num_rows for at in range(3)] == [3, 5, 1]
    assert meta.row_group(0).column(0).statistics.max == 3
    assert [meta.row_group(0).column(1).dictionary_page_offset is not None] == ["k" in dictionary]
    for at, group in enumerate(groups):
        begin = group.position + len(MAGIC)
        column = meta.row_group(at).column(0)
        assert begin <= (column.dictionary_page_offset or column.data_page_offset) < begin + group.size


def test_no_row_groups_are_an_empty_table(tmp_path: Path) -> None:
    """The schema stands in the footer alone."""
    load_format()
    path = tmp_path / "x"
    path.write_bytes(MAGIC + build_footer(BATCH.schema, [], {}))
    assert pq.read_table(path).equals(BATCH.schema.empty_table())


@pytest.mark.parametrize("dictionary", [False, True])
def test_a_column_that_was_encoded_again(tmp_path: Path, dictionary: bool) -> None:
    """A patch puts its pages, wherever they stand, in the place of the narrower ones; the others stay."""
    path, content = tmp_path / "x", bytearray(MAGIC)
    narrow = pa.record_batch({"n": pa.array([1, None, 3]), "k": ["a", "b", "c"]})
    wide = pa.schema([("n", pa.string()), ("k", pa.string())])
    groups = []
    for _ in range(2):
        group, body = row_group([narrow], len(content))
        groups.append(group)
        content += body
    content += b"unused"
    body, entry = encode_column(pa.array(["1", "", "x"]), "n", dictionary, len(content))
    content += bytes(body)
    others, other = encode_column(pa.array(["4", "5", "6"]), "n", dictionary, len(content))
    content += bytes(others)
    footer = build_footer(wide, groups, {(0, 0): entry, (1, 0): other})
    path.write_bytes(bytes(content) + footer)
    assert pq.read_table(path).to_pydict() == {"n": ["1", "", "x", "4", "5", "6"], "k": list("abcabc")}


@pytest.mark.parametrize("index", range(BATCH.num_columns))
def test_a_column_is_read_from_a_file_without_a_footer(tmp_path: Path, index: int) -> None:
    """Of the second of two row groups, whatever stands behind it."""
    path, content = tmp_path / "x", bytearray(MAGIC)
    _, body = row_group([BATCH.slice(2)], len(content))
    content += body
    group, body = row_group([BATCH, BATCH], len(content), "k")
    path.write_bytes(bytes(content) + body + b"more")
    column = pa.concat_arrays(read_column(path, group, BATCH.schema.names, index))
    assert column.equals(pa.concat_arrays([BATCH.column(index)] * 2))
