"""Which counts are moments."""

from __future__ import annotations

import pyarrow as pa
import pytest

from etl_batch.columns.cells import to_cells, to_values
from etl_batch.columns.moments import outside

MILLISECONDS = "0001-01-01 00:00:00.000", "9999-12-31 23:59:59.999"
EDGES = [
    (pa.date32(), -719_162, 2_932_896, "0001-01-01", "9999-12-31"),
    (pa.timestamp("s"), -62_135_596_800, 253_402_300_799, "0001-01-01 00:00:00", "9999-12-31 23:59:59"),
    (
        pa.timestamp("ms"),
        -62_135_596_800_000,
        253_402_300_799_999,
        "0001-01-01 00:00:00.000",
        "9999-12-31 23:59:59.999",
    ),
    (
        pa.timestamp("us", "UTC"),
        -62_135_596_800_000_000,
        253_402_300_799_999_999,
        "0001-01-01 00:00:00.000000Z",
        "9999-12-31 23:59:59.999999Z",
    ),
    (pa.time32("ms"), 0, 86_399_999, "00:00:00.000", "23:59:59.999"),
    (pa.time64("ns"), 0, 86_399_999_999_999, "00:00:00.000000000", "23:59:59.999999999"),
]


@pytest.mark.parametrize(("kind", "low", "high", "first", "last"), EDGES, ids=[str(edge[0]) for edge in EDGES])
def test_edges(kind: pa.DataType, low: int, high: int, first: str, last: str) -> None:
    """The first and the last moment are cells; the counts beside them are none, and are shown as numbers."""
    storage = pa.int32() if kind.bit_width == 32 else pa.int64()
    inside = pa.array([low, None, high], storage).view(kind)
    assert outside(inside) is None
    assert to_cells(inside).to_pylist() == [first, None, last]
    beyond = pa.array([low - 1, None, high, high + 1], storage).view(kind)
    marks = outside(beyond)
    assert marks is not None
    assert marks.tolist() == [True, False, False, True]
    assert to_cells(beyond).to_pylist() == [str(low - 1), None, last, str(high + 1)]
    assert to_values(beyond) == [str(low - 1), None, last, str(high + 1)]
    nested = pa.ListArray.from_arrays(pa.array([0, len(beyond)]), beyond)
    assert to_cells(nested).to_pylist() == [f'[{low - 1}, null, "{last}", {high + 1}]']


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.duration("s"), pa.int64()], ids=str)
def test_types_without_edges(kind: pa.DataType) -> None:
    """Every count is one of theirs."""
    assert outside(pa.array([-(2**63), 2**63 - 1], pa.int64()).view(kind)) is None
