"""Rows of Parquet files that are none: each rejected once, for the first of its cells."""

from __future__ import annotations

import pyarrow as pa

from etl_batch.formats.parquet.int96 import as_struct
from etl_batch.formats.parquet.rejects import is_valid, with_rejects
from etl_batch.formats.source import SourceColumn

BAD_TEXT = pa.Array.from_buffers(
    pa.string(), 3, [None, pa.py_buffer(pa.array([0, 1, 2, 3], pa.int32()).buffers()[1]), pa.py_buffer(b"a\xffb")]
)


def test_the_first_cell_counts() -> None:
    """A row with two is rejected for the one that stands first; the others are as they were."""
    day = pa.array([0, 2**40, 1], pa.timestamp("s"))
    clock = pa.array([0, 90_000_000, 86_400_000], pa.time32("ms"))
    columns = [SourceColumn("day", day.type), SourceColumn("clock", clock.type), SourceColumn("text", pa.string())]
    slab = with_rejects([day, clock, BAD_TEXT], columns, "x", 10, 4)
    assert [column.to_pylist() for column in slab.batch(["a", "b", "c"]).columns][2] == ["a"]
    told = [(reject.record, reject.offset, reject.reason, reject.field, reject.raw) for reject in slab.rejects]
    assert told == [
        (11, 4, "invalid_timestamp", "day", str(2**40)),
        (12, 4, "invalid_time", "clock", "86400000"),
    ]
    assert (slab.rows, slab.records) == (1, 3)


def test_moments_of_96_bits_become_what_the_column_is() -> None:
    """Microseconds where these hold them; what they do not hold is a reject."""
    nanoseconds = pa.array([1_000, 1, None], pa.timestamp("ns"))
    seconds = pa.array([0, 0, None], pa.timestamp("s"))
    columns = [SourceColumn("at", pa.timestamp("us"))]
    slab = with_rejects([as_struct(nanoseconds, seconds)], columns, "x", 0, 4)
    assert slab.batch(["at"]).column(0).equals(pa.array([1, None], pa.timestamp("us")))
    assert [(reject.record, reject.raw) for reject in slab.rejects] == [(1, "1e-9")]


def test_what_is_valid() -> None:
    """Text that is no UTF-8 is not, nested or not."""
    assert is_valid(pa.array(["é", None]))
    assert not is_valid(BAD_TEXT)
    assert not is_valid(pa.ListArray.from_arrays(pa.array([0, 3]), BAD_TEXT))
