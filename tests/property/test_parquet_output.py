"""Random tables, cut into row groups as workers would, are one Parquet file to every reader, and its offsets hold."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl_batch.columns.rows import CleanRows
from etl_batch.columns.schema import OutputColumn, value_type
from etl_batch.columns.text_forms import ALL
from etl_batch.files.beneath import Place
from etl_batch.files.staging import stage
from etl_batch.sinks import pages, parquet_file
from etl_batch.sinks.footer import footer_of
from etl_batch.sinks.parquet_file import ParquetSink
from etl_batch.sinks.sink import FinalColumns
from etl_batch.thrift import BINARY, LIST, STRUCT, Walker
from tests.unit.engine_parts import typed_rows, write_chunks

SOME = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
KINDS = [
    *(getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)),
    pa.float32(),
    pa.float64(),
    pa.bool_(),
    pa.string(),
    pa.binary(),
    pa.dictionary(pa.int32(), pa.string()),
    pa.decimal128(5, 2),
    pa.decimal128(18, 4),
    pa.decimal128(30, 3),
    pa.date32(),
    pa.timestamp("ms"),
    pa.timestamp("us"),
    pa.time32("ms"),
    pa.list_(pa.int32()),
    pa.struct([("a", pa.int64()), ("b", pa.string())]),
    pa.list_(pa.struct([("a", pa.decimal128(9, 1)), ("b", pa.list_(pa.string()))])),
]


def value_of(kind: pa.DataType, draw: random.Random) -> Any:
    """Any value of a type, often a null, one of few values or one of the extremes."""
    if draw.random() < 0.1 and not pa.types.is_struct(kind):  # readers differ on what a struct of nulls is
        return None
    if pa.types.is_list(kind):
        return [value_of(kind.value_type, draw) for _ in range(draw.choice([0, 1, 3]))]
    if pa.types.is_struct(kind):
        return {field.name: value_of(field.type, draw) for field in kind}
    if pa.types.is_dictionary(kind):
        return draw.choice(["ä", "b", "c" * 50])
    if pa.types.is_integer(kind):
        least = 0 if pa.types.is_unsigned_integer(kind) else -(2 ** (kind.bit_width - 1))
        return draw.choice([least, least + 2**kind.bit_width - 1, 1, 2, draw.randint(least, ~least if least else 200)])
    if pa.types.is_decimal(kind):
        digits = draw.choice([1, kind.precision])
        return Decimal(draw.randint(1 - 10**digits, 10**digits - 1)).scaleb(-kind.scale)
    if pa.types.is_date(kind):
        return dt.date(1, 1, 1) + dt.timedelta(draw.choice([0, draw.randrange(3_000_000), 730_000]))
    if pa.types.is_timestamp(kind):
        return dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=draw.randint(-(2**45), 2**45))  # noqa: DTZ001
    if pa.types.is_time(kind):
        return dt.time(draw.randrange(24), draw.randrange(60), draw.randrange(60), 1000 * draw.randrange(1000))
    if pa.types.is_boolean(kind):
        return draw.random() < 0.5
    if pa.types.is_floating(kind):
        return draw.choice([0.5, -0.0, 0.0, -(2.0**100), draw.randrange(2**20) / 64])
    text = draw.choice(["", "x", "é" * draw.randrange(40), str(draw.random())])
    return text.encode() if pa.types.is_binary(kind) else text


@st.composite
def outputs(draw: st.DrawFn) -> tuple[list[OutputColumn], list[list[CleanRows]]]:
    """Columns of any kind, encoded in any way that a plan could say, and chunks of slabs of them."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=24))
    flags = st.tuples(st.booleans(), st.booleans(), st.booleans())
    columns = [
        OutputColumn(f"c{at}", ALL, value_type(kind), *(draw(flags) if not pa.types.is_nested(kind) else ()))
        for at, kind in enumerate(kinds)
    ]
    seed = random.Random(draw(st.integers(0, 2**32)))
    sizes = draw(st.lists(st.lists(st.sampled_from([1, 2, 30, 300]), max_size=3), max_size=4))
    return columns, [[slab(columns, kinds, rows, seed) for rows in chunk] for chunk in sizes]


def slab(columns: list[OutputColumn], kinds: list[pa.DataType], rows: int, seed: random.Random) -> CleanRows:
    """That many rows."""
    arrays = (pa.array([value_of(kind, seed) for _ in range(rows)], value_type(kind)) for kind in kinds)
    return typed_rows(
        {
            column.name: array.dictionary_encode() if pa.types.is_dictionary(kind) else array
            for column, kind, array in zip(columns, kinds, arrays, strict=True)
        }
    )


@SOME
@given(outputs(), st.booleans(), st.sampled_from([1, 5_000, 1 << 24]), st.sampled_from([1, 29, 20_000]))
def test_any_table_is_read_back(
    output: tuple[list[OutputColumn], list[list[CleanRows]]], compat: bool, limit: int, page_rows: int
) -> None:
    """By pyarrow, DuckDB and Polars, whatever the encodings; every offset of the footer leads where it should."""
    columns, chunks = output
    # Format 1.0 has no unsigned number of 32 bits.
    oldest = {pa.uint32(): pa.int64()} if compat else {}
    schema = pa.schema([(column.name, column.type) for column in columns])
    kept = pa.schema([(field.name, oldest.get(field.type, field.type)) for field in schema])
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(parquet_file, "ROW_GROUP_BYTES", limit)
        patch.setattr(pages, "PAGE_ROWS", page_rows)
        sink = ParquetSink(stage(Place.of(Path(folder) / "x.parquet"), "run"), compat)
        write_chunks(sink, chunks, FinalColumns(tuple(columns), schema, (0,) * len(columns)))
        path = sink.file.staged
        rows = [row for chunk in chunks for each in chunk for row in each.typed.to_pylist()]
        table = pq.read_table(path)
        table.validate(full=True)
        assert table.schema == kept
        assert table.to_pylist() == rows
        with duckdb.connect() as connection:
            assert connection.sql(f"SELECT * FROM read_parquet('{path}')").arrow().read_all().to_pylist() == rows
        assert pl.read_parquet(path).to_dicts() == rows
        whole = memoryview(path.read_bytes())
        assert sum(group_rows(whole)) == len(rows)


def group_rows(whole: memoryview) -> Iterator[int]:
    """The rows of each row group, after a look at everything that its columns' offsets lead to."""
    end = 4
    for group in value_at(Walker(footer_of(whole)), STRUCT)[4]:
        assert group[5] == end == first_page(group[1][0])
        assert group[6] == sum(chunk[3][7] for chunk in group[1])
        for chunk in group[1]:
            assert first_page(chunk) == end
            end += chunk[3][7]
            if 4 in chunk:
                check_index(whole, chunk, group[3])
        yield group[3]


def first_page(chunk: dict[int, Any]) -> int:
    """Offset of a column's first page: its dictionary's, if it has one."""
    return int(chunk[3].get(11) or chunk[3][9])


def check_index(whole: memoryview, chunk: dict[int, Any], rows: int) -> None:
    """The offset index leads to the headers of all data pages, one behind the other, and the column index fits it."""
    pages = value_at(Walker(bytes(whole[chunk[4] : chunk[4] + chunk[5]])), STRUCT)[1]
    assert pages[0][1] == chunk[3][9]
    assert [page[3] for page in pages] == sorted({page[3] for page in pages})
    assert 0 <= pages[-1][3] < rows
    at = pages[0][1]
    for page in pages:
        walker = Walker(bytes(whole[at : at + page[2]]))
        header = value_at(walker, STRUCT)
        assert (page[1], page[2]) == (at, walker.at + header[3])
        at += page[2]
    if 6 in chunk:
        assert len(value_at(Walker(bytes(whole[chunk[6] : chunk[6] + chunk[7]])), STRUCT)[2]) == len(pages)


def value_at(walker: Walker, kind: int) -> Any:
    """A value of the compact protocol: structs as fields by number, what does not matter here as None."""
    if kind == STRUCT:
        return {number: value_at(walker, inner) for number, inner in walker.fields()}
    if kind == LIST:
        size, inner = walker.list_header()
        if inner in (1, 2):
            walker.at += size
            return [None] * size
        return [value_at(walker, inner) for _ in range(size)]
    if kind == BINARY:
        size = walker.length()
        walker.at += size
        return None
    if kind in (4, 5, 6):
        return walker.integer()
    walker.skip(kind)
    return None
