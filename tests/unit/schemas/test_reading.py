"""Cells as values of declared types: by whole columns as one by one, whatever stands beside them."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.columns.text_cells import TextCells
from etl_batch.schemas.kinds import Kind, kind_named
from etl_batch.schemas.reading import values_of, values_of_texts

TYPES = ["integer", "decimal(6,2)", "decimal(38,9)", "decimal(3,0)", "number", "text", "boolean", "date", "time"]
TYPES += ["timestamp", "timestamp(ms)", "timestamp(ns)", "timestamp_utc", "timestamp_utc(us)"]


def kind_of(name: str) -> Kind:
    """The type of that name."""
    kind = kind_named(name)
    assert kind is not None
    return kind


GOOD: list[tuple[str, str, Any]] = [
    ("integer", "007", 7),
    ("integer", "+3", 3),
    ("integer", "-9223372036854775808", -(2**63)),
    ("decimal(6,2)", "1.500", "1.50"),
    ("decimal(6,2)", "-0012.3", "-12.30"),
    ("decimal(6,2)", "9999", "9999.00"),
    ("number", "1e3", 1000.0),
    ("number", "0.1", 0.1),
    ("boolean", "TRUE", True),
    ("date", "2024-02-29", "2024-02-29"),
    ("time", "23:59:59", "23:59:59"),
    ("timestamp", "2024-02-29T23:59:59.5", "2024-02-29 23:59:59.500000"),
    ("timestamp(ms)", "1969-12-31 23:59:59.999000", "1969-12-31 23:59:59.999000"),
    ("timestamp_utc", "2024-01-01T00:00:00Z", "2024-01-01 00:00:00+00:00"),
]


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_texts_that_are_values(name: str, text: str, value: Any) -> None:
    """Written in any way that means just that value."""
    values, bad = values_of_texts(pa.array([text, "", None]), kind_of(name))
    assert not bad.any()
    found = values[0].as_py()
    assert (found if isinstance(value, bool | int | float) else str(found)) == value
    assert values[1:].null_count == 2


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("integer", ["1.0", "1e3", " 1", "1 ", "9223372036854775808", "٣", "-", "0x1", "1_0"]),
        ("decimal(6,2)", ["1.005", "10000", "1e2", ".5", "5.", "nan"]),
        ("number", ["1e999", "inf", "nan", "1,5", ".5"]),
        ("boolean", ["1", "yes", "tRUE"]),
        ("date", ["2024-02-30", "20240229", "29.02.2024", "0000-01-01", "2024-2-9"]),
        ("time", ["24:00:00", "1:00:00", "12:00"]),
        ("timestamp", ["2024-02-29", "2024-02-29 23:59:60", "2024-01-01T00:00:00Z", "2024-01-01 00:00:00.0000001"]),
        ("timestamp(ns)", ["2300-01-01 00:00:00"]),
        ("timestamp_utc", ["2024-01-01T00:00:00", "2024-01-01T00:00:00+01:00"]),
    ],
)
def test_texts_that_are_none(name: str, texts: list[str]) -> None:
    """Another type, another precision, no such day: null, and marked."""
    values, bad = values_of_texts(pa.array(texts), kind_of(name))
    assert bad.all()
    assert values.null_count == len(texts)


CELL = st.one_of(
    st.sampled_from(["", "7", "007", "-3", "2.50", "12345.67", "1e5", "x", "true", "False", "2024-02-29", "12:00:00"]),
    st.sampled_from(["2024-02-29 12:00:00", "2024-02-29T12:00:00.123", "2024-02-29T12:00:00Z", "0.1", "1.5", "3.0"]),
    st.integers(-(2**70), 2**70).map(str),
    st.decimals(-(10**12), 10**12, places=2).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.dates().map(str),
    st.datetimes().map(str),
)


@given(st.sampled_from(TYPES), st.lists(CELL, min_size=1, max_size=8))
def test_a_cell_is_read_by_itself(name: str, texts: list[str]) -> None:
    """A whole column at once says of each cell what reading it alone says, by the one walk or cell by cell."""
    kind = kind_of(name)
    values, bad = values_of(TextCells.from_arrow(pa.array(texts, pa.string())), kind)
    assert values.type == kind.arrow
    for row, text in enumerate(texts):
        read = kind.read(text) if text else None
        alone = pa.array([read], kind.arrow)[0] if not kind.text else pa.scalar(text)
        assert bad[row] == (bool(text) and read is None)
        found, wanted = values[row].cast(pa.int64()) if "timestamp" in name else values[row], alone
        wanted = wanted.cast(pa.int64()) if "timestamp" in name else wanted
        assert found.equals(wanted), (found, wanted)
        if name == "number" and read is not None:
            assert math.copysign(1, found.as_py()) == math.copysign(1, read)


@pytest.mark.parametrize(
    ("array", "name", "values", "bad"),
    [
        (pa.array([1, None], pa.int8()), "integer", [1, None], []),
        (pa.array([1, 2**63], pa.uint64()), "integer", [1, None], [1]),
        (pa.array([1, 300], pa.int64()), "decimal(2,0)", [1, None], [1]),
        (pa.array([5.0, 5.5]), "integer", [5, None], [1]),
        (pa.array(["7", "x"]), "integer", [7, None], [1]),
        (pa.array(["a", "a"]).dictionary_encode(), "text", ["a", "a"], []),
        (pa.array([7]), "text", ["7"], []),
        (pa.array([True]), "integer", [None], [0]),
        (pa.array([True, False]), "boolean", [True, False], []),
    ],
)
def test_typed_columns(array: pa.Array, name: str, values: list[Any], bad: list[int]) -> None:
    """Taken as they are where each value has its place, else judged by their texts, one by one."""
    found, marks = values_of(array, kind_of(name))
    assert found.to_pylist() == values
    assert marks.nonzero()[0].tolist() == bad
