"""How columns are encoded: by type and by what was measured of them."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.columns.schema import OutputColumn
from etl_batch.columns.text_forms import ALL, INTEGER
from etl_batch.sinks.encodings import Encodings, leaf_count
from tests.unit.sinks.small_file import small_file

DELTA, PLAIN, DICTIONARY, TEXTS = "DELTA_BINARY_PACKED", "PLAIN", "RLE_DICTIONARY", "DELTA_LENGTH_BYTE_ARRAY"


def column(kind: pa.DataType, **changes: bool) -> OutputColumn:
    """A column that came with its type."""
    return OutputColumn("x", ALL, kind, **changes)


def described(kind: pa.DataType, planned: OutputColumn, *, compat: bool = False) -> dict[str, str]:
    """What is said of a column that turned out to have this type."""
    return Encodings((planned,), compat).describe(pa.schema([("x", kind)]))


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        *((getattr(pa, f"{sign}int{bits}")(), DELTA) for sign in ("", "u") for bits in (8, 16, 32, 64)),
        (pa.date32(), DELTA),
        (pa.date64(), DELTA),
        (pa.time32("ms"), DELTA),
        (pa.time64("us"), DELTA),
        *((pa.timestamp(unit), DELTA) for unit in ("s", "ms", "us", "ns")),
        (pa.duration("ms"), DELTA),
        (pa.decimal128(9, 2), DELTA),
        (pa.decimal128(18, 9), DELTA),
        (pa.decimal128(19, 2), PLAIN),
        (pa.decimal256(40, 2), PLAIN),
        (pa.float32(), PLAIN),
        (pa.float64(), PLAIN),
        (pa.bool_(), PLAIN),
        (pa.string(), TEXTS),
        (pa.binary(), TEXTS),
        (pa.large_string(), TEXTS),
        (pa.binary(3), PLAIN),
        (pa.null(), DELTA),
    ],
    ids=str,
)
def test_numbers_are_packed(kind: pa.DataType, encoding: str) -> None:
    """Whatever Parquet keeps as an integer is kept as differences, all other values as they are."""
    assert described(kind, column(kind)) == {"x": f"{encoding}, LZ4"}
    assert described(kind, column(kind, compressed=False)) == {"x": f"{encoding}, UNCOMPRESSED"}
    nothing = pa.table({"x": pa.nulls(3, kind)})
    assert pq.read_table(small_file(nothing, Encodings((column(kind),)))).column("x").null_count == 3


@pytest.mark.parametrize(
    ("kind", "packed", "encoding"),
    [
        (pa.int64(), True, DELTA),
        (pa.int64(), False, DICTIONARY),
        (pa.string(), True, DICTIONARY),
        (pa.dictionary(pa.int32(), pa.string()), True, DICTIONARY),
        (pa.float64(), True, DICTIONARY),
        (pa.bool_(), True, PLAIN),
    ],
    ids=str,
)
def test_values_that_repeat(kind: pa.DataType, packed: bool, encoding: str) -> None:
    """A dictionary for text and doubles; for numbers only where packing them is no match."""
    assert described(kind, column(kind, dictionary=True, packed=packed)) == {"x": f"{encoding}, LZ4"}


def test_another_type_than_planned() -> None:
    """What was measured of whole numbers says nothing of the text that the column became."""
    planned = OutputColumn("x", INTEGER, None, compressed=False)
    assert described(pa.int64(), planned) == {"x": f"{DELTA}, UNCOMPRESSED"}
    assert described(pa.string(), planned) == {"x": f"{TEXTS}, LZ4"}


def test_nested_columns_by_leaf() -> None:
    """Each leaf has a path and an encoding of its own."""
    kind = pa.struct([("n", pa.list_(pa.int32())), ("m", pa.map_(pa.string(), pa.float64()))])
    assert described(kind, column(kind)) == {
        "x.n.list.element": f"{DELTA}, LZ4",
        "x.m.key_value.key": f"{TEXTS}, LZ4",
        "x.m.key_value.value": f"{PLAIN}, LZ4",
    }
    assert leaf_count(kind) == 3


def test_two_leaves_of_one_path() -> None:
    """A column whose name has a point may be taken for a nested one: what does not fit both is for neither."""
    nested = pa.struct([("b", pa.int64())])
    for kind in (pa.string(), pa.int64()):
        schema = pa.schema([("a", nested), ("a.b", kind)])
        columns = (OutputColumn("a", ALL, nested), OutputColumn("a.b", ALL, kind, dictionary=True))
        for each in (columns, tuple(OutputColumn(c.name, ALL, c.typed) for c in columns)):
            table = pa.table([pa.array([{"b": 1}]), pa.array([1]).cast(kind)], schema=schema)
            assert pq.read_table(small_file(table, Encodings(each))).equals(table)


def test_the_oldest_readers() -> None:
    """Format 1.0, plain values and dictionaries of all types, Snappy throughout, decimals as bytes, no page index."""
    kinds = {"n": pa.int64(), "k": pa.string(), "d": pa.decimal128(18, 2)}
    planned = tuple(OutputColumn(name, ALL, kind, name == "k", compressed=False) for name, kind in kinds.items())
    schema, encodings = pa.schema(kinds.items()), Encodings(planned, compat=True)
    assert encodings.describe(schema) == {"n": "PLAIN, SNAPPY", "k": "PLAIN_DICTIONARY, SNAPPY", "d": "PLAIN, SNAPPY"}
    rows = pa.table({"n": [1], "k": ["a"], "d": [Decimal(1)]}, schema)
    meta = pq.read_metadata(small_file(rows, encodings))
    assert meta.format_version == "1.0"
    assert [meta.schema.column(at).physical_type for at in range(3)] == ["INT64", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"]
