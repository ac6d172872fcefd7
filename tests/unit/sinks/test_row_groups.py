"""Row groups that were encoded alone, placed anywhere, are one Parquet file under one footer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.columns.schema import OutputColumn
from etl_batch.columns.text_forms import ALL
from etl_batch.parquet_terms import MAGIC
from etl_batch.sinks.encodings import Encodings
from etl_batch.sinks.row_groups import (
    LooseRowGroup,
    RowGroup,
    build_footer,
    encode_column,
    encode_rows,
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


def encodings_of(schema: pa.Schema, *dictionary: str, compat: bool = False) -> Encodings:
    """Of columns that came with their types; those of a dictionary are not packed."""
    columns = (OutputColumn(f.name, ALL, f.type, f.name in dictionary, f.name not in dictionary) for f in schema)
    return Encodings(tuple(columns), compat)


def row_group(batches: list[pa.RecordBatch], start: int, encodings: Encodings) -> tuple[RowGroup, bytes]:
    """A row group placed at byte `start`, and its body."""
    encoded = encode_rows(batches, encodings)
    rows = sum(batch.num_rows for batch in batches)
    types = tuple(batches[0].schema.types)
    none, body = (0,) * len(types), bytes(encoded.body)
    group = LooseRowGroup(types, none, (False,) * len(types), rows, encoded.entries, len(body))
    return group.placed(start), body


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("dictionary", [(), ("k",), ("n", "k", "d")])
@pytest.mark.parametrize("gap", [0, 1, 1000, 3 << 20])
def test_row_groups_stand_anywhere(tmp_path: Path, gap: int, dictionary: tuple[str, ...], compat: bool) -> None:
    """With nothing or with megabytes of unused bytes between them they are read back by pyarrow, statistics and all."""
    path, content, groups = tmp_path / "x", bytearray(MAGIC), []
    bounds: list[tuple[int, int]] = []
    encodings = encodings_of(BATCH.schema, *dictionary, compat=compat)
    for batches in ([BATCH], [BATCH.slice(1), BATCH], [BATCH.slice(0, 1)]):
        content += bytes(gap)
        group, body = row_group(batches, len(content), encodings)
        bounds.append((len(content), len(content) + len(body)))
        content += body
        groups.append(group)
    path.write_bytes(bytes(content) + build_footer(BATCH.schema, encodings, groups, {}, len(content)))
    table = pq.read_table(path)
    table.validate(full=True)
    assert table.equals(pa.Table.from_batches([BATCH, BATCH.slice(1), BATCH, BATCH.slice(0, 1)]))
    meta = pq.ParquetFile(path).metadata
    assert (meta.num_rows, meta.num_row_groups) == (9, 3)
    assert [meta.row_group(at).num_rows for at in range(3)] == [3, 5, 1]
    assert meta.row_group(0).column(0).statistics.max == 3
    assert [meta.row_group(0).column(1).dictionary_page_offset is not None] == ["k" in dictionary]
    for at, (begin, end) in enumerate(bounds):
        column = meta.row_group(at).column(0)
        assert begin == (column.dictionary_page_offset or column.data_page_offset) < end
        assert column.has_offset_index is not compat


def test_no_row_groups_are_an_empty_table(tmp_path: Path) -> None:
    """The schema stands in the footer alone."""
    path = tmp_path / "x"
    path.write_bytes(MAGIC + build_footer(BATCH.schema, encodings_of(BATCH.schema), [], {}, len(MAGIC)))
    assert pq.read_table(path).equals(BATCH.schema.empty_table())


@pytest.mark.parametrize("dictionary", [False, True])
def test_a_column_that_was_encoded_again(tmp_path: Path, dictionary: bool) -> None:
    """A patch puts its pages, wherever they stand, in the place of the narrower ones; the others stay."""
    path, content = tmp_path / "x", bytearray(MAGIC)
    narrow = pa.record_batch({"n": pa.array([1, None, 3]), "k": ["a", "b", "c"]})
    wide = pa.schema([("n", pa.string()), ("k", pa.string())])
    groups, encodings = [], encodings_of(wide, *["n"] * dictionary)
    for _ in range(2):
        group, body = row_group([narrow], len(content), encodings)
        groups.append(group)
        content += body
    content += b"unused"
    alone = Encodings(encodings.columns[:1])
    body, entry = encode_column(pa.array(["1", "", "x"]), "n", alone, len(content))
    content += bytes(body)
    others, other = encode_column(pa.array(["4", "5", "6"]), "n", alone, len(content))
    content += bytes(others)
    footer = build_footer(wide, encodings, groups, {(0, 0): entry, (1, 0): other}, len(content))
    path.write_bytes(bytes(content) + footer)
    assert pq.read_table(path).to_pydict() == {"n": ["1", "", "x", "4", "5", "6"], "k": list("abcabc")}


@pytest.mark.parametrize("index", range(BATCH.num_columns))
def test_a_column_is_read_from_a_file_without_a_footer(tmp_path: Path, index: int) -> None:
    """Of the second of two row groups, whatever stands behind it."""
    path, content, encodings = tmp_path / "x", bytearray(MAGIC), encodings_of(BATCH.schema, "k")
    _, body = row_group([BATCH.slice(2)], len(content), encodings)
    content += body
    group, body = row_group([BATCH, BATCH], len(content), encodings)
    path.write_bytes(bytes(content) + body + b"more")
    with path.open("rb") as file:
        column = pa.concat_arrays(read_column(file.fileno(), group, BATCH.schema.names, encodings, index))
    assert column.equals(pa.concat_arrays([BATCH.column(index)] * 2))
