"""What a sample of a column says of the costlier ways to encode it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.columns.schema import OutputColumn
from etl_batch.columns.text_forms import ALL
from etl_batch.sinks.encodings import Encodings
from etl_batch.sinks.savings import measured
from tests.unit.sinks.small_file import small_file

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
    planned = OutputColumn("x", ALL, values.type, repeats)
    (found,) = measured((planned,), pa.table({"x": values}))
    assert (found.packed, found.compressed) == (packed, compressed)
    assert measured((planned, planned), pa.table([values, values], names=["x", "y"]))[0] == found


def test_what_is_said_is_what_is_written() -> None:
    """The encodings that a file's footer names are those of the description."""
    values = {row[0]: row[1] for row in SAMPLES if len(row[1]) == ROWS}
    planned = tuple(OutputColumn(row[0], ALL, row[1].type, row[2]) for row in SAMPLES if row[0] in values)
    table = pa.table(values)
    for encodings in (Encodings(measured(planned, table)), Encodings(planned, compat=True)):
        file = small_file(table, encodings)
        group = pq.read_metadata(file).row_group(0)
        for at, words in enumerate(encodings.describe(table.schema).values()):
            encoding, codec = words.split(", ")
            assert encoding in group.column(at).encodings
            assert group.column(at).compression == codec
        assert pq.read_table(file).equals(table)
