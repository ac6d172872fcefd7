"""Parquet files through the whole engine: every type, nested columns, damaged text, name clashes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.integration.engine.conftest import Home

TYPES = [
    (pa.array([1, None, -3], pa.int8()), "1,,-3"),
    (pa.array([2**64 - 1, 0, None], pa.uint64()), "18446744073709551615,0,"),
    (pa.array([0.1, None, 3.0]), "0.1,,3"),
    (pa.array([Decimal("1.50"), None, Decimal("-2.00")]), "1.50,,-2.00"),
    (pa.array([True, False, None]), "true,false,"),
    (pa.array(["=1", "a,b", None]), '\'=1,"a,b",'),
    (pa.array(["a", "b", "a"]).dictionary_encode(), "a,b,a"),
    (pa.array(["x", None, "y"], pa.large_string()), "x,,y"),
    (pa.array([b"\xff\x01", None, b""]), "ff01,,"),
    (pa.array([dt.date(2024, 2, 29), None, None]), "2024-02-29,,"),
    (
        pa.array([dt.datetime.fromisoformat("2024-01-01T02:03:04"), None, None], pa.timestamp("ms")),
        "2024-01-01 02:03:04.000,,",
    ),
    (pa.array([[1, 2], None, []]), '"[1, 2]",,[]'),
    (pa.array([[b"\xff"], None, None]), '"[""ff""]",,'),
    (pa.array([[2**62], None, None], pa.list_(pa.timestamp("us"))), None),
    (pa.array([[1], None, None], pa.list_(pa.duration("ns"))), '"[""1""]",,'),
]


@pytest.mark.parametrize(("column", "cells"), TYPES, ids=[str(row[0].type) for row in TYPES])
def test_types(home: Home, column: pa.Array, cells: str | None) -> None:
    """The CSV has the cells, the Parquet output the values, three rows of them beside a count."""
    pq.write_table(pa.table({"n": [1, 2, 3], "c": column}), home.data / "in.parquet", row_group_size=2)
    home.run("-i", home.data, "-w", 2)
    if cells is not None:
        lines = home.csv().decode().splitlines()[1:]
        assert ",".join(line.partition(",")[2] for line in lines) == cells
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    written = pq.read_table(home.parquet()).column("c").combine_chunks()
    assert written.cast(plain.type).equals(plain)


def test_structs_and_names_that_meet(home: Home) -> None:
    """A struct becomes `outer.inner`; where that name is taken already, no column is lost."""
    pq.write_table(pa.table({"s": pa.array([{"a": 1, "b": {"c": 2}}]), "s.a": ["x"]}), home.data / "in.parquet")
    home.run("-i", home.data)
    assert home.csv() == b"s.a,s.b.c,s.a_2\n1,2,x\n"
    assert pq.read_table(home.parquet()).to_pydict() == {"s.a": [1], "s.b.c": [2], "s.a_2": ["x"]}


def test_text_that_is_no_utf8(home: Home) -> None:
    """Such a row is a dead letter with its record number, the others are written."""
    buffers = [None, pa.py_buffer(np.array([0, 2, 4, 5], np.int32)), pa.py_buffer(b"ok\xff\xfez")]
    column = pa.Array.from_buffers(pa.string(), 3, buffers)
    pq.write_table(pa.table({"n": [1, 2, 3], "a": column}), home.data / "in.parquet")
    metadata = home.run("-i", home.data)
    assert home.csv() == b"n,a\n1,ok\n3,z\n"
    (reject,) = home.rejects(metadata)
    assert (reject["record"], reject["reason"], reject["field"], reject["raw"]) == (1, "invalid_text", "a", "//4=")


def test_no_columns(home: Home) -> None:
    """A file without columns is refused in a sentence."""
    pq.write_table(pa.table({}), home.data / "in.parquet")
    outcome = home.etl("-i", home.data, "-o", home.output / "x.csv", "--json")
    assert outcome.code == 3
    assert "without columns" in outcome.json["error"]["message"]
