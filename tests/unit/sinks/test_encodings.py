"""How columns are encoded: what the writer is told by type, what a sample of the values says, what files then hold."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.columns.schema import OutputColumn
from etl_batch.columns.text_forms import ALL, INTEGER
from etl_batch.sinks.encodings import Encodings, leaf_count, measured

DELTA, PLAIN, DICTIONARY = "DELTA_BINARY_PACKED", "PLAIN", "RLE_DICTIONARY"


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
        (pa.string(), PLAIN),
        (pa.binary(), PLAIN),
        (pa.null(), DELTA),
    ],
    ids=str,
)
def test_numbers_are_packed(kind: pa.DataType, encoding: str) -> None:
    """Whatever Parquet keeps as an integer is kept as differences, all other values as they are."""
    assert described(kind, column(kind)) == {"x": f"{encoding}, LZ4"}
    assert described(kind, column(kind, compressed=False)) == {"x": f"{encoding}, UNCOMPRESSED"}
    pq.write_table(
        pa.table({"x": pa.nulls(3, kind)}), io.BytesIO(), **Encodings((column(kind),)).options(pa.schema([("x", kind)]))
    )


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
    assert described(pa.string(), planned) == {"x": f"{PLAIN}, LZ4"}


def test_nested_columns_by_leaf() -> None:
    """Each leaf has a path and an encoding of its own."""
    kind = pa.struct([("n", pa.list_(pa.int32())), ("m", pa.map_(pa.string(), pa.float64()))])
    assert described(kind, column(kind)) == {
        "x.n.list.element": f"{DELTA}, LZ4",
        "x.m.key_value.key": f"{PLAIN}, LZ4",
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
            file = io.BytesIO()
            pq.write_table(table, file, **Encodings(each).options(schema))
            assert pq.read_table(file).equals(table)


ROWS = 3000
NOISE = np.random.default_rng(5)
WIDE_NUMBERS = NOISE.integers(-(2**60), 2**60, 50)
SAMPLES = [
    ("counting", pa.array(range(ROWS)), False, True, True),
    ("runs", pa.array(np.arange(ROWS) // 100), False, True, True),
    ("noise", pa.array(NOISE.integers(0, 2**40, ROWS)), False, True, False),
    ("few small", pa.array(NOISE.integers(0, 50, ROWS)), True, True, False),
    ("few wide", pa.array(WIDE_NUMBERS[NOISE.integers(0, 50, ROWS)]), True, False, False),
    ("days as stamps", pa.array(NOISE.integers(0, 2500, ROWS) * 86_400_000, pa.timestamp("ms")), True, False, False),
    ("prices", pa.array([Decimal(int(n)).scaleb(-2) for n in NOISE.integers(0, 10**7, ROWS)], pa.decimal128(18, 2)),
     False, True, False),
    ("dates", pa.array([dt.date(2000, 1, 1) + dt.timedelta(int(n)) for n in NOISE.integers(0, 2500, ROWS)]), True, True,
     False),
    ("words", pa.array([f"order {n} of the north, carefully packed" for n in range(ROWS)]), False, True, True),
    ("digests", pa.array([NOISE.bytes(20).hex()[:27] for _ in range(ROWS)]), False, True, False),
    ("bytes", pa.array([NOISE.bytes(20) for _ in range(ROWS)]), False, True, False),
    ("codes", pa.array([f"c{n}" for n in NOISE.integers(0, 7, ROWS)]), True, True, False),
    ("long texts that repeat", pa.array([f"{'a long text ' * 20}{n}" for n in NOISE.integers(0, 500, ROWS)]), True,
     True, True),
    ("doubles", pa.array(NOISE.normal(size=ROWS)), False, True, False),
    ("whole doubles", pa.array(NOISE.integers(0, 9999, ROWS).astype(float)), False, True, True),
    ("one row", pa.array(["x"]), False, True, False),
]  # fmt: skip


@pytest.mark.parametrize(("values", "repeats", "packed", "compressed"), [row[1:] for row in SAMPLES],
                         ids=[row[0] for row in SAMPLES])  # fmt: skip
def test_the_costlier_way_must_save_a_quarter(values: pa.Array, repeats: bool, packed: bool, compressed: bool) -> None:
    """A dictionary of numbers where they are few and far apart, LZ4 where it finds something; the same each time."""
    planned = column(values.type, dictionary=repeats)
    (found,) = measured((planned,), pa.table({"x": values}))
    assert (found.packed, found.compressed) == (packed, compressed)
    assert measured((planned, planned), pa.table([values, values], names=["x", "y"]))[0] == found


def test_what_is_said_is_what_is_written() -> None:
    """The encodings that a file's footer names are those of the description."""
    values = {row[0]: row[1] for row in SAMPLES if len(row[1]) == ROWS}
    planned = tuple(OutputColumn(row[0], ALL, row[1].type, row[2]) for row in SAMPLES if row[0] in values)
    table = pa.table(values)
    for encodings in (Encodings(measured(planned, table)), Encodings(planned, compat=True)):
        file = io.BytesIO()
        pq.write_table(table, file, **encodings.options(table.schema))
        group = pq.read_metadata(file).row_group(0)
        for at, words in enumerate(encodings.describe(table.schema).values()):
            encoding, codec = words.split(", ")
            assert encoding in group.column(at).encodings
            assert group.column(at).compression == codec
        assert pq.read_table(file).equals(table)


def test_the_oldest_readers() -> None:
    """Format 1.0, plain values and dictionaries of all types, Snappy throughout, decimals as bytes, no page index."""
    kinds = {"n": pa.int64(), "k": pa.string(), "d": pa.decimal128(18, 2)}
    planned = tuple(OutputColumn(name, ALL, kind, name == "k", compressed=False) for name, kind in kinds.items())
    schema, encodings, file = pa.schema(kinds.items()), Encodings(planned, compat=True), io.BytesIO()
    assert encodings.describe(schema) == {"n": "PLAIN, SNAPPY", "k": "PLAIN_DICTIONARY, SNAPPY", "d": "PLAIN, SNAPPY"}
    pq.write_table(schema.empty_table(), file, **encodings.options(schema))
    meta = pq.read_metadata(file)
    assert meta.format_version == "1.0"
    assert [meta.schema.column(at).physical_type for at in range(3)] == ["INT64", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"]
