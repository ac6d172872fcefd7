"""Typed values as the text of their cells: shortest, the same everywhere, nulls kept."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from etl_batch.columns.cells import to_cells

CELLS: list[tuple[pa.Array, list[str | None]]] = [
    (pa.array(["a", "", None]), ["a", "", None]),
    (pa.array(["é\n"], pa.large_string()), ["é\n"]),
    (pa.array(["x", None, "x"]).dictionary_encode(), ["x", None, "x"]),
    (pa.array([1, 2, 1]).dictionary_encode(), ["1", "2", "1"]),
    (pa.array([-128, None], pa.int8()), ["-128", None]),
    (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
    (pa.array([0.1, 3.0, 1e300, 1e-7, None]), ["0.1", "3", "1e+300", "1e-7", None]),
    (pa.array([float("nan"), float("-inf")]), ["nan", "-inf"]),
    (pa.array([0.1], pa.float32()), ["0.1"]),
    (pa.array([True, False, None]), ["true", "false", None]),
    (pa.array([Decimal("-1.50"), None], pa.decimal128(5, 2)), ["-1.50", None]),
    (pa.array([Decimal("9" * 50)], pa.decimal256(50, 0)), ["9" * 50]),
    (pa.array([dt.date(2024, 2, 29), None]), ["2024-02-29", None]),
    (pa.array([1], pa.timestamp("s")), ["1970-01-01 00:00:01"]),
    (pa.array([1], pa.timestamp("us")), ["1970-01-01 00:00:00.000001"]),
    (pa.array([1], pa.timestamp("ms", "UTC")), ["1970-01-01 00:00:00.001Z"]),
    (pa.array([1], pa.time32("s")), ["00:00:01"]),
    (pa.array([7], pa.duration("ms")), ["7"]),
    (pa.array([b"\xff\x01", b"", None]), ["ff01", "", None]),
    (pa.array([b"\x0a"], pa.binary(1)), ["0a"]),
    (pa.array([b"\x0a"], pa.large_binary()), ["0a"]),
    (pa.array([None, None]), [None, None]),
    (pa.array([[1, None], None, []]), ["[1, null]", None, "[]"]),
    (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), ["[1, 2]"]),
    (pa.array([["é"]], pa.large_list(pa.string())), ['["é"]']),
    (pa.array([[dt.date(2024, 1, 1)]]), ['["2024-01-01"]']),
    (pa.array([[2**62]], pa.list_(pa.timestamp("ns"))), ['["2116-02-20 23:53:38.427387904"]']),
    (pa.array([{"a": Decimal("1.5"), "b": [b"\xff"]}]), ['{"a": "1.5", "b": ["ff"]}']),
]


@pytest.mark.parametrize(("column", "cells"), CELLS, ids=[str(column.type) for column, _ in CELLS])
def test_every_type_has_its_cells(column: pa.Array, cells: list[str | None]) -> None:
    """Whatever the type, there is one text for each value, a slice of the column has the same ones."""
    assert to_cells(column).to_pylist() == cells
    assert to_cells(column).type in (pa.string(), column.type)
    assert to_cells(pa.concat_arrays([column, column]).slice(1, len(cells))).to_pylist() == [*cells[1:], cells[0]]
