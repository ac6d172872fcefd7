"""Parquet files through the whole engine: every type, nested columns, damaged text, name clashes."""

from __future__ import annotations

import base64
import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.parquet import encryption

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


NONE = pa.table({"n": [1], "a": pa.nulls(1)})
OTHERS = [
    (pa.array([1.5]), "1.5"),
    (pa.array([1], pa.timestamp("us")), "1970-01-01 00:00:00.000001"),
    (pa.array([[1]]), "[1]"),
    (pa.array(["x"]), "x"),
    (pa.array([Decimal("1.5")]), "1.5"),
]


@pytest.mark.parametrize("first", ["null", "typed"])
@pytest.mark.parametrize(("column", "cell"), OTHERS, ids=[str(column.type) for column, _ in OTHERS])
def test_null_in_one_file_and_typed_in_the_next(home: Home, column: pa.Array, cell: str, first: str) -> None:
    """The type is that of the file that has values, whichever comes first."""
    tables = [NONE, pa.table({"n": [2], "a": column})]
    for number, table in enumerate(tables if first == "null" else tables[::-1]):
        pq.write_table(table, home.data / f"{number}.parquet")
    home.run("-i", home.data, "-w", 2)
    assert sorted(home.csv().decode().splitlines()[1:]) == ["1,", f"2,{cell}"]
    assert pq.read_table(home.parquet()).schema.field("a").type == column.type


def test_null_everywhere(home: Home) -> None:
    """It is a column of text without any."""
    pq.write_table(NONE, home.data / "in.parquet")
    home.run("-i", home.data)
    assert pq.read_table(home.parquet()).schema.field("a").type == pa.string()


def test_moments_that_a_finer_unit_does_not_reach(home: Home) -> None:
    """Where microseconds of a distant year meet nanoseconds the column becomes text: no value is another."""
    far = pa.array([253_402_300_700_000_000, 1], pa.timestamp("us"))
    pq.write_table(pa.table({"a": far}), home.data / "0.parquet")
    pq.write_table(pa.table({"a": pa.array([5], pa.timestamp("ns"))}), home.data / "1.parquet")
    home.run("-i", home.data, "-w", 2)
    cells = ["9999-12-31 23:58:20.000000", "1970-01-01 00:00:00.000001", "1970-01-01 00:00:00.000000005"]
    assert home.csv().decode().splitlines() == ["a", *cells]
    assert pq.read_table(home.parquet()).column("a").to_pylist() == cells


def test_times_that_are_no_moment(home: Home) -> None:
    """Such a row is a dead letter with field, reason and the number; no sentence stands in a cell."""
    moments = pa.array([0, 253_402_300_800_000, None, 2**62], pa.timestamp("ms"))
    pq.write_table(pa.table({"n": range(4), "at": moments}), home.data / "in.parquet")
    metadata = home.run("-i", home.data)
    assert home.csv() == b"n,at\n0,1970-01-01 00:00:00.000\n2,\n"
    rejects = [(r["record"], r["reason"], r["field"], r["raw"]) for r in home.rejects(metadata)]
    assert rejects == [
        (1, "invalid_timestamp", "at", "253402300800000"),
        (3, "invalid_timestamp", "at", str(2**62)),
    ]


def test_nested_text_that_is_no_utf8(home: Home) -> None:
    """The row is a dead letter, like one of plain text."""
    buffers = [None, pa.py_buffer(np.array([0, 2, 4], np.int32)), pa.py_buffer(b"ok\xff\xfe")]
    texts = pa.Array.from_buffers(pa.string(), 2, buffers)
    lists = pa.ListArray.from_arrays(pa.array([0, 1, 2]), texts)
    pq.write_table(pa.table({"n": [1, 2], "a": lists}), home.data / "in.parquet")
    (reject,) = home.rejects(home.run("-i", home.data))
    assert home.csv() == b'n,a\n1,"[""ok""]"\n'
    assert (reject["record"], reject["reason"], reject["field"], reject["raw"]) == (1, "invalid_text", "a", "//4=")


@pytest.mark.parametrize("plaintext_footer", [False, True])
def test_encrypted(home: Home, plaintext_footer: bool) -> None:
    """It is refused, whether its footer is encrypted too or its columns alone."""

    class Keys(encryption.KmsClient):  # type: ignore[misc]
        def wrap_key(self, key_bytes: bytes, _: str) -> bytes:
            return base64.b64encode(key_bytes)

    factory = encryption.CryptoFactory(lambda _: Keys())
    asked = encryption.EncryptionConfiguration("k", column_keys={"k": ["a"]}, plaintext_footer=plaintext_footer)
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), asked)
    table = pa.table({"a": [1, 2], "b": [3, 4]})
    with pq.ParquetWriter(home.data / "in.parquet", table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    outcome = home.etl("-i", home.data, "-o", home.output / "x.csv", "--json")
    assert outcome.code == 3
    assert "encrypted" in outcome.json["error"]["message"]
