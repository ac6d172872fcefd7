"""The Parquet reader: plain columns of every type, ranges of rows, and text that is none as rejects."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from etl_batch.errors import FormatRefused
from etl_batch.formats.parquet import ranges
from etl_batch.formats.parquet.reader import (
    RowRange,
    column_bytes,
    open_parquet,
    parquet_columns,
    plain_type,
    read_row_group,
)
from tests.unit.engine_parts import parquet_source, read_all

TYPES: list[tuple[pa.DataType, pa.DataType]] = [
    (pa.int8(), pa.int8()),
    (pa.dictionary(pa.int32(), pa.string()), pa.string()),
    (pa.dictionary(pa.int8(), pa.large_string()), pa.string()),
    (pa.large_string(), pa.string()),
    (pa.string_view(), pa.string()),
    (pa.large_binary(), pa.binary()),
    (pa.binary_view(), pa.binary()),
    (pa.null(), pa.null()),
    (pa.float16(), pa.float32()),
    (pa.list_(pa.int8()), pa.list_(pa.int8())),
]


@pytest.mark.parametrize(("kind", "plain"), TYPES, ids=[str(kind) for kind, _ in TYPES])
def test_plain_types(kind: pa.DataType, plain: pa.DataType) -> None:
    """How a column is encoded does not show in its type."""
    assert plain_type(kind) == plain


def test_structs_are_taken_apart(tmp_path: Path) -> None:
    """Each leaf is a column, a null struct is nulls, and a name that is taken gets a number."""
    rows = pa.array([{"a": 1, "b": {"c": "x"}}, None, {"a": None, "b": None}])
    table = pa.table({"s": rows, "s.a": ["p", "q", "r"], "t": [1, 2, 3]})
    assert [column.name for column in parquet_columns(table.schema)] == ["s.a", "s.b.c", "s.a_2", "t"]
    found = read_all(parquet_source(tmp_path, table), 1 << 20)
    assert found.rows == [(1, "x", "p", 1), (None, None, "q", 2), (None, None, "r", 3)]


VALUES = [
    pa.array([2**64 - 1, None], pa.uint64()),
    pa.array([Decimal("1.50"), None]),
    pa.array([Decimal("9" * 50), None]),
    pa.array([dt.date(2024, 2, 29), None]),
    pa.array([1, None], pa.timestamp("ns", "UTC")),
    pa.array([b"\xff", None]),
    pa.array([[1], None]),
    pa.array(["x", None]).dictionary_encode(),
    pa.array([True, None]),
]


@pytest.mark.parametrize("column", VALUES, ids=[str(column.type) for column in VALUES])
def test_values(tmp_path: Path, column: pa.Array) -> None:
    """What was written is what is read, under the plain type."""
    source = parquet_source(tmp_path, {"c": column})
    assert source.columns[0].type == plain_type(column.type)
    assert read_all(source, 1 << 20).rows == [(value,) for value in column.to_pylist()]


@pytest.mark.parametrize("slab_rows", [2, 5, 100])
@pytest.mark.parametrize(("first", "rows"), [(0, 3), (1, 5), (4, 6), (9, 1), (0, 10)])
def test_a_range_of_rows(
    tmp_path: Path, first: int, rows: int, slab_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Just those rows of just that row group, whatever batches they come in."""
    monkeypatch.setattr(ranges, "SLAB_ROWS", slab_rows)
    source = parquet_source(tmp_path, {"n": range(20)}, row_group_size=10)
    slabs = list(source.read(RowRange(1, first, rows), 0))
    found = [number for slab in slabs for number in slab.columns[0].to_pylist()]
    assert found == list(range(10 + first, 10 + first + rows))
    assert sum(slab.records for slab in slabs) == rows


def damaged_text(*cells: bytes) -> pa.Array:
    """A string column whose bytes need not be text."""
    offsets = np.cumsum([0, *map(len, cells)]).astype(np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(cells), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(cells) or b"\0")]
    )


@pytest.mark.parametrize("chunk_bytes", [1, 60, 1 << 20])
def test_text_that_is_none(tmp_path: Path, chunk_bytes: int) -> None:
    """Such a row is a reject by its number in the file, once, with the cell's bytes; the others are rows."""
    cells = {"a": (b"ok", b"\xff", b"", b"\xfe\xfe", b"z"), "b": (b"\xff", b"\xff", b"", b"", b"y")}
    table = pa.table({"n": range(5), **{name: damaged_text(*column) for name, column in cells.items()}})
    source = parquet_source(tmp_path, table, row_group_size=3)
    found = read_all(source, chunk_bytes)
    assert found.rows == [(2, "", ""), (4, "z", "y")]
    rejects = [(reject.record, reject.field, base64.b64decode(reject.raw)) for reject in found.rejects]
    assert rejects == [(0, "b", b"\xff"), (1, "a", b"\xff"), (3, "a", b"\xfe\xfe")]
    group = open_parquet(source.content).metadata.row_group(1).column(0)
    assert found.rejects[-1].offset == (group.dictionary_page_offset or group.data_page_offset)


def test_some_columns_of_a_row_group(tmp_path: Path) -> None:
    """In the order asked for, at the cost of their own bytes in the file; leaves of a struct among them."""
    table = pa.table({"n": range(6), "s": pa.array([{"a": i, "b": "x" * 50} for i in range(6)]), "t": ["w"] * 6})
    source = parquet_source(tmp_path, table, row_group_size=3)
    file = open_parquet(source.content)
    found = read_row_group(file, source, 1, ["s.a", "n"])
    assert found.to_pydict() == {"s.a": [3, 4, 5], "n": [3, 4, 5]}
    group = file.metadata.row_group(1)
    sizes = [group.column(index).total_compressed_size for index in range(4)]
    assert column_bytes(file, source, 1, ["s.a", "n"]) == sizes[0] + sizes[1]


def test_a_damaged_page(tmp_path: Path) -> None:
    """It ends the run with the row group's number."""
    source = parquet_source(tmp_path, {"n": range(1000)}, row_group_size=500)
    content = bytearray(Path(source.path).read_bytes())
    at = open_parquet(source.content).metadata.row_group(1).column(0)
    content[at.data_page_offset : at.data_page_offset + 20] = b"\xff" * 20
    Path(source.path).write_bytes(content)
    with pytest.raises(FormatRefused, match="row group 1 cannot be read"):
        list(replace(source, version=None).read(RowRange(1, 0, 500), 0))
