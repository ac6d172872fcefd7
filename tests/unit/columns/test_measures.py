"""Columns as the estimates take them: masked where null, decimals exact, text by its numbers alone."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from etl_batch.columns.measures import is_numeric, join_values, measure_values, stratum_codes

PRICES = [Decimal("1.50"), None, Decimal("-2.25"), Decimal("7.00")]
DECIMALS = [pa.decimal32(5, 2), pa.decimal64(10, 2), pa.decimal128(10, 2), pa.decimal256(10, 2)]
MEASURES: list[tuple[pa.Array, list[Any], int]] = [
    (pa.array([1, None, -3], pa.int8()), [1, None, -3], 0),
    (pa.array([2**64 - 1], pa.uint64()), [2**64 - 1], 0),
    (pa.array([0.5, None]), [0.5, None], 0),
    (pa.array([True, False, None]), [1, 0, None], 0),
    *((pa.array(PRICES, kind), [150, None, -225, 700], 2) for kind in DECIMALS),
    (pa.array(PRICES, pa.decimal128(30, 2)), [1.5, None, -2.25, 7.0], 0),
    (pa.array(PRICES, pa.decimal256(50, 2)), [1.5, None, -2.25, 7.0], 0),
    (pa.array([Decimal("9" * 18)], pa.decimal128(18, 0)), [10**18 - 1], 0),
    (pa.array(["1", "2.5", ""]), [1.0, 2.5, None], 0),
    (pa.array(["+1", "-.5", "1e3", "n/a", "0x10"]), [1.0, -0.5, 1000.0, None, None], 0),
    (pa.array(["", "x"]), [None, None], 0),
]


@pytest.mark.parametrize(("column", "values", "scale"), MEASURES, ids=[str(row[0].type) for row in MEASURES])
def test_values_of_a_measure(column: pa.Array, values: list[Any], scale: int) -> None:
    """Numbers as they are, decimals as whole numbers of their last digit; the same from the middle of a column."""
    assert is_numeric(column.type) != pa.types.is_string(column.type)
    found, digits = measure_values(column)
    assert (np.ma.asarray(found).tolist(), digits) == (values, scale)
    middle = pa.concat_arrays([column, column]).slice(1, len(column))
    assert np.ma.asarray(measure_values(middle)[0]).tolist() == [*values[1:], values[0]]


@pytest.mark.parametrize("cell", ["nan", "-NaN", "inf", "Infinity", "x"])
@pytest.mark.parametrize("beside", ["1", "word"])
def test_a_word_is_no_number_whatever_stands_beside_it(cell: str, beside: str) -> None:
    """Among numbers as among words, `nan` is as much a missing value as any other word."""
    values, _ = measure_values(pa.array([cell, beside, "2"]))
    assert np.ma.asarray(values).tolist() == [None, 1.0 if beside == "1" else None, 2.0]


def test_a_number_past_the_range_of_doubles() -> None:
    """It is a number by its look, and infinite."""
    assert measure_values(pa.array(["1e999"]))[0].tolist() == [math.inf]


@pytest.mark.parametrize("kind", [pa.string(), pa.date32(), pa.timestamp("ms"), pa.binary(), pa.list_(pa.int8())])
def test_what_cannot_be_measured(kind: pa.DataType) -> None:
    """Text, times and nested values are no numbers."""
    assert not is_numeric(kind)


def test_parts_of_a_chunk_join() -> None:
    """Batches of one scale stay exact, masks stay, and a column that was widened on the way comes in real units."""
    plain = join_values([(np.array([1, 2]), 2), (np.array([3]), 2)])
    assert (plain[0].tolist(), plain[1], plain[0].dtype.kind) == ([1, 2, 3], 2, "i")
    masked = np.ma.masked_array([5, 6], [False, True])
    assert join_values([(np.array([1]), 0), (masked, 0)])[0].tolist() == [1, 5, None]
    assert join_values([(masked, 0)])[0] is masked
    widened, scale = join_values([(np.array([150]), 2), (np.array([2.5]), 0)])
    assert (widened.tolist(), scale) == ([1.5, 2.5], 0)
    unsigned, _ = join_values([(np.array([7]), 0), (np.array([2**64 - 1], np.uint64), 0), (masked, 0)])
    assert unsigned.tolist() == [7, 2**64 - 1, 5, None]


STRATA: list[tuple[list[pa.Array], list[Any]]] = [
    ([pa.array(["b", "a", "b"])], ["b", "a", "b"]),
    ([pa.array([1, None]), pa.array([2, 1])], [1, None, 2, 1]),
    ([pa.array(["x", "y"]).dictionary_encode(), pa.array(["y", "z"]).dictionary_encode()], ["x", "y", "y", "z"]),
    ([pa.array(["x", None]).dictionary_encode(), pa.array(["y", "x"]).dictionary_encode()], ["x", None, "y", "x"]),
    ([pa.array([1, 2]), pa.array(["1", "n/a"])], ["1", "2", "1", "n/a"]),
    ([pa.array([], pa.string()), pa.array(["k"])], ["k"]),
    (
        [pa.array([0, None, 1_001], pa.timestamp("ns"))],
        [datetime.fromisoformat("1970-01-01"), None, "1970-01-01T00:00:00.000001001"],
    ),
    ([pa.array(["zero", "b", None, "", "b"]).slice(1), pa.array([None, "c"])], ["b", None, "", "b", None, "c"]),
    ([pa.array([f"{n % 3000}" for n in range(4000)])], [f"{n % 3000}" for n in range(4000)]),
    ([pa.array([f"{n}" for n in range(40_000)] + [None])], [*(f"{n}" for n in range(40_000)), None]),
    ([pa.array(["x" * 3_000_000, "y"])], ["x" * 3_000_000, "y"]),
]


@pytest.mark.parametrize(("parts", "rows"), STRATA, ids=range(len(STRATA)))
def test_strata_as_codes(parts: list[pa.Array], rows: list[Any]) -> None:
    """Each row's code leads to its value, missing ones included, and no value stands there twice."""
    codes, values = stratum_codes(parts)
    assert [values[code] for code in codes] == rows
    assert values == list(dict.fromkeys(rows))
