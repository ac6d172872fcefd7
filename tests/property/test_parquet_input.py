"""Parquet files of any types, however they are written: what Arrow reads of one is what the engine writes."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from etl_batch.columns.moments import limits
from etl_batch.formats.look import Reading, look_at
from etl_batch.formats.parquet.source import ParquetSource
from etl_batch.formats.source import Claim
from etl_batch.sinks.csv_file import header_line
from tests.property.test_engine_roundtrip import run

FEW = settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
SOME = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


def whole(bits: int, signed: bool = True) -> st.SearchStrategy[int]:
    """Numbers of so many bits."""
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else st.integers(0, 2**bits - 1)


def plain(kind: pa.DataType, values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[pa.DataType, Any]]:
    """Columns of a type, as what makes arrays of lists of values."""
    return st.just((kind, values))


def counted(kind: pa.DataType) -> st.SearchStrategy[tuple[pa.DataType, Any]]:
    """Columns of counts, well within what cells can show, and Python."""
    low, high = limits(kind) or (-(2**50), 2**50)
    return plain(kind, st.integers(low // 2, high // 2))


DECIMALS = [pa.decimal32(9, 2), pa.decimal64(18, 0), pa.decimal128(38, 9), pa.decimal256(76, 30), pa.decimal128(5, 5)]
COUNTED = [pa.date32(), pa.time32("ms"), pa.time64("us"), pa.time64("ns"), pa.duration("ms"), pa.duration("ns")]
COUNTED += [pa.timestamp(unit, zone) for unit in ("ms", "us", "ns") for zone in (None, "UTC", "Asia/Kolkata")]
LEAVES = st.one_of(
    *(plain(getattr(pa, f"int{bits}")(), whole(bits)) for bits in (8, 16, 32, 64)),
    *(plain(getattr(pa, f"uint{bits}")(), whole(bits, signed=False)) for bits in (8, 16, 32, 64)),
    *(plain(kind, st.floats(width=width)) for kind, width in ((pa.float32(), 32), (pa.float64(), 64))),
    plain(pa.float16(), st.floats(width=16)),
    plain(pa.bool_(), st.booleans()),
    *(plain(kind, st.text(max_size=5)) for kind in (pa.string(), pa.large_string(), pa.string_view())),
    *(plain(kind, st.binary(max_size=5)) for kind in (pa.binary(), pa.large_binary(), pa.binary_view())),
    plain(pa.binary(3), st.binary(min_size=3, max_size=3)),
    *(plain(kind, st.decimals(-9, 9, places=kind.scale).filter(lambda d: abs(d) < 1)) for kind in DECIMALS),
    *(counted(kind) for kind in COUNTED),
    plain(pa.null(), st.none()),
    plain(pa.uuid(), st.uuids().map(lambda value: value.bytes)),
    plain(pa.json_(), st.sampled_from(["{}", '{"a":[1]}', "1.50"])),
    plain(pa.bool8(), st.integers(0, 2)),
)
STORED = {pa.uuid(): pa.binary(16), pa.json_(): pa.string(), pa.bool8(): pa.int8()}


def array(kind: pa.DataType, values: list[Any]) -> pa.Array:
    """The values, counts as what they count."""
    if kind in STORED:
        return pa.ExtensionArray.from_storage(kind, pa.array(values, STORED[kind]))
    if pa.types.is_temporal(kind):
        return pa.array(values, pa.int32() if kind.bit_width == 32 else pa.int64()).view(kind)
    return pa.array(values, kind)


@st.composite
def columns(draw: st.DrawFn, rows: int) -> pa.Array:
    """A column: values, or lists, large lists, lists of one size, maps or structs of them; some under a dictionary."""
    kind, values = draw(LEAVES)
    shape = draw(st.sampled_from(["leaf", "leaf", "dictionary", "list", "large", "fixed", "view", "map"]))
    cells = st.none() | values
    # Of lists of nothing Arrow makes arrays that it does not hold for valid itself.
    if shape in ("leaf", "dictionary") or pa.types.is_null(kind):
        made = array(kind, draw(st.lists(cells, min_size=rows, max_size=rows)))
        can = shape == "dictionary" and (pa.types.is_string(kind) or pa.types.is_binary(kind))
        return made.dictionary_encode() if can else made
    sizes = [2] * rows if shape == "fixed" else draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows))
    items = array(kind, draw(st.lists(cells, min_size=sum(sizes), max_size=sum(sizes))))
    places = [sum(sizes[:at]) for at in range(rows + 1)]
    if shape == "fixed":
        return pa.FixedSizeListArray.from_arrays(items, 2)
    if shape == "map":
        keys = pa.array([f"k{at}" for at in range(len(items))], pa.string())
        return pa.MapArray.from_arrays(pa.array(places, pa.int32()), keys, items)
    if shape == "view":
        return pa.ListViewArray.from_arrays(pa.array(places[:-1], pa.int32()), pa.array(sizes, pa.int32()), items)
    if shape == "large":
        return pa.LargeListArray.from_arrays(pa.array(places, pa.int64()), items)
    return pa.ListArray.from_arrays(pa.array(places, pa.int32()), items)


TABLES = st.integers(0, 12).flatmap(
    lambda rows: st.lists(columns(rows), min_size=1, max_size=4).map(
        lambda made: pa.Table.from_arrays(made, [f"c{at}" for at in range(len(made))])
    )
)
WAYS = st.fixed_dictionaries(
    {
        "compression": st.sampled_from(["none", "snappy", "gzip", "brotli", "lz4", "zstd"]),
        "use_dictionary": st.booleans(),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "row_group_size": st.sampled_from([1, 5, 100]),
        "data_page_size": st.sampled_from([1, 1 << 20]),
        "write_batch_size": st.sampled_from([1, 1024]),
        "write_statistics": st.booleans(),
        "write_page_index": st.booleans(),
        "use_byte_stream_split": st.booleans(),
        "store_schema": st.booleans(),
    }
)


def write(table: pa.Table, path: Path, way: dict[str, Any]) -> None:
    """The file, some of whose choices exclude others.

    Of lists on the smallest pages Arrow writes files in which it finds no row itself: those are none to be read.
    """
    split = way["use_byte_stream_split"] and not way["use_dictionary"]
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type) and field.type.bit_width > 16]
    pq.write_table(table, path, **(way | {"use_byte_stream_split": floats if split else False}))
    try:
        assume(pq.read_table(path).num_rows == table.num_rows)
    except pa.ArrowInvalid:
        assume(False)


def values_of(table: pa.Table) -> list[list[str]]:
    """What Arrow says is in the columns, but for their types."""
    return [[repr(_plain(value)) for value in _storage(column).to_pylist()] for column in table.columns]


def _storage(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Counts instead of moments, which Python does not have all of."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time64(kind):
        return pa.chunked_array([chunk.view(pa.int64()) for chunk in column.chunks], pa.int64())
    return column


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value


@SOME
@given(TABLES, WAYS, st.integers(1, 300))
def test_any_file_is_read(table: pa.Table, way: dict[str, Any], chunk_bytes: int) -> None:
    """Value by value, wherever chunks end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.parquet"
        write(table, path, way)
        source = ParquetSource.detect(look_at(path, 0, Reading({})), Claim.SIGNED)
        assert source is not None
        batches = []
        for piece in source.cut(chunk_bytes):
            for slab in source.read(piece.place, 0):
                assert not slab.rejects
                batches.append(slab.batch(source.column_names))
        schema = pa.schema([(column.name, column.type) for column in source.columns])
        plain = [batch.cast(schema) for batch in batches]
        assert values_of(pa.Table.from_batches(plain, schema)) == values_of(pq.read_table(path))


@FEW
@given(TABLES, WAYS, st.integers(1, 300))
def test_any_file_is_written(table: pa.Table, way: dict[str, Any], chunk_bytes: int) -> None:
    """And comes out of both outputs with as many rows and the same values."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        source = home / "data" / "in.parquet"
        write(table, source, way)
        record = run(home, source, chunk_bytes=chunk_bytes)
        assert (record.counts.written, record.counts.rejected) == (table.num_rows, 0)
        written, read = pq.read_table(home / "output" / "x.parquet"), pq.read_table(source)
        assert values_of(written) == values_of(read)
        assert (home / "output" / "x.csv").read_bytes().startswith(header_line(table.column_names))
