"""Parquet files of moments of 96 bits, whatever they are: Arrow writes only some."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

JULIAN_1970 = 2_440_588
A_DAY = 86_400 * 10**9


def write_int96(path: Path, nanoseconds: Sequence[int], row_group_size: int = 1 << 20) -> None:
    """A file with the row's number and the moment, counted from 1970."""
    fields = [pa.field("n", pa.int64(), nullable=False), pa.field("at", pa.timestamp("ns"), nullable=False)]
    # Each row has a moment of its own that stands nowhere else in the file, and is then overwritten.
    marks = [10**17 + 86_401 * 10**9 * row for row in range(len(nanoseconds))]
    table = pa.table([range(len(marks)), pa.array(marks, pa.timestamp("ns"))], schema=pa.schema(fields))
    pq.write_table(
        table,
        path,
        use_deprecated_int96_timestamps=True,
        use_dictionary=False,
        compression="none",
        row_group_size=row_group_size,
    )
    content = path.read_bytes()
    for mark, moment in zip(marks, nanoseconds, strict=True):
        assert content.count(_stored(mark)) == 1
        content = content.replace(_stored(mark), _stored(moment))
    path.write_bytes(content)


def _stored(nanoseconds: int) -> bytes:
    days, within = divmod(nanoseconds, A_DAY)
    return struct.pack("<Qi", within, days + JULIAN_1970)
