"""Moments of 96 bits: no other moment comes out, whatever they are, and what no cell can show is a reject."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.columns.cells import to_cells
from etl_batch.errors import FormatRefused
from etl_batch.formats.look import Reading, look_at
from etl_batch.formats.parquet.int96 import Extent, extent
from etl_batch.formats.parquet.reader import open_parquet, read_row_group
from etl_batch.formats.parquet.source import ParquetSource
from etl_batch.formats.source import Claim
from tests.unit.formats.parquet.int96_files import A_DAY, write_int96

YEAR_1, YEAR_10000 = -62_135_596_800 * 10**9, 253_402_300_800 * 10**9
LONG = 2**63
DISTANT = YEAR_10000 - A_DAY
"""The last day of the year 9999."""


def source_of(path: Path, *, sample_bytes: int = 1 << 20) -> ParquetSource:
    """The file as it is detected."""
    source = ParquetSource.detect(look_at(path, 0, Reading({}, sample_bytes=sample_bytes)), Claim.SIGNED)
    assert source is not None
    return source


def written(moment: int, digits: int) -> str:
    """A moment as text, by arithmetic of whole numbers alone."""
    seconds, fraction = divmod(moment, 10**9)
    whole = dt.datetime(1, 1, 1) + dt.timedelta(seconds=seconds - YEAR_1 // 10**9)  # noqa: DTZ001 - files have no zone
    return f"{whole.isoformat(' ')}.{fraction:09}"[: 20 + digits]


def read(source: ParquetSource, chunk_bytes: int) -> tuple[dict[int, str], dict[int, str]]:
    """By the row's number the cell, or the raw value of its reject."""
    cells, rejects, record = {}, {}, 0
    for piece in source.cut(chunk_bytes):
        for slab in source.read(piece.place, 0):
            batch = slab.batch(source.column_names)
            cells.update(zip(batch.column(0).to_pylist(), to_cells(batch.column(1)).to_pylist(), strict=True))
            for reject in slab.rejects:
                assert (reject.reason, reject.field) == ("invalid_timestamp", "at")
                rejects[record + reject.record] = reject.raw
        record += piece.place.rows
    return cells, rejects


CASES = [
    ([0, 1, A_DAY], pa.timestamp("ns"), 9),
    ([LONG - 1, -LONG], pa.timestamp("ns"), 9),
    ([LONG - LONG % 1000 + 1000, 0], pa.timestamp("us"), 6),
    ([DISTANT, 1000, YEAR_1], pa.timestamp("us"), 6),
    ([DISTANT, 1], pa.string(), 9),
    ([YEAR_10000, 1], pa.timestamp("ns"), 9),
    ([YEAR_10000 + LONG * 20, YEAR_1 - 1, DISTANT], pa.timestamp("us"), 6),
]


@pytest.mark.parametrize("chunk_bytes", [1, 1 << 20])
@pytest.mark.parametrize(("moments", "kind", "digits"), CASES)
def test_kinds(tmp_path: Path, moments: list[int], kind: pa.DataType, digits: int, chunk_bytes: int) -> None:
    """Nanoseconds, as far as they reach; else microseconds, and text where both are needed."""
    path = tmp_path / "x.parquet"
    write_int96(path, moments)
    source = source_of(path)
    assert source.columns[1].type == kind
    expected = {row: written(at, digits) for row, at in enumerate(moments) if YEAR_1 <= at < YEAR_10000}
    cells, rejects = read(source, chunk_bytes)
    assert cells == expected
    assert rejects == {row: f"{at}e-9" for row, at in enumerate(moments) if row not in expected}
    table = read_row_group(open_parquet(source.content), source, 0, ["at"])
    assert to_cells(table.column(0).combine_chunks()).to_pylist() == list(expected.values())


JULIAN_DAY_1 = -2_440_587 * A_DAY
"""The day before is what Arrow finds where a row is null, and days before that have no sign."""
NEAR = st.sampled_from([0, LONG, -LONG, YEAR_1, YEAR_10000, DISTANT, LONG * 20]).flatmap(
    lambda edge: st.integers(edge - 2000, edge + 2000)
)


@given(
    st.lists(st.one_of(NEAR, NEAR.map(lambda at: at // 1000 * 1000), st.integers(JULIAN_DAY_1, 2**67)), min_size=1),
    st.integers(1, 9),
)
def test_any_moments(moments: list[int], row_group_size: int) -> None:
    """Each is the cell that arithmetic says, or a reject when it is of no year from 1 to 9999."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.parquet"
        write_int96(path, moments, row_group_size)
        source = source_of(path)
        digits = 6 if source.columns[1].type == pa.timestamp("us") else 9
        expected = {row: written(at, digits) for row, at in enumerate(moments) if YEAR_1 <= at < YEAR_10000}
        assert all(at % 1000 == 0 for row, at in enumerate(moments) if row in expected) or digits == 9
        cells, rejects = read(source, 100)
        assert cells == expected
        assert rejects == {row: f"{at}e-9" for row, at in enumerate(moments) if row not in expected}


def test_names_that_meet(tmp_path: Path) -> None:
    """Where no path stands for one column alone, the column is found by its place; nulls stay nulls."""
    path = tmp_path / "x.parquet"
    moment = dt.datetime(9999, 12, 31)  # noqa: DTZ001 - as written
    table = pa.Table.from_arrays(
        [pa.array([1, 2]), pa.array([moment, None], pa.timestamp("us")), pa.array([{"b": moment}, None])],
        names=["a", "a", "s.b"],
    )
    pq.write_table(table, path, use_deprecated_int96_timestamps=True)
    source = source_of(path)
    (slab,) = source.read(next(source.cut(1 << 20)).place, 0)
    assert [column.to_pylist() for column in slab.columns] == [[1, 2], [moment, None], [moment, None]]


def test_nested(tmp_path: Path) -> None:
    """In a list they are read while nanoseconds hold them, and refused when not."""
    for name, year in (("near", 2020), ("far", 9999)):
        moments = pa.array([[dt.datetime(year, 1, 1)], None], pa.list_(pa.timestamp("us")))  # noqa: DTZ001 - as written
        pq.write_table(pa.table({"at": moments}), tmp_path / name, use_deprecated_int96_timestamps=True)
    assert source_of(tmp_path / "near").columns[0].type == pa.list_(pa.timestamp("ns"))
    with pytest.raises(FormatRefused, match="nested column at holds INT96 times"):
        source_of(tmp_path / "far")


def test_moments_in_nested_columns() -> None:
    """All that stand in lists, maps and structs are looked at, and other times are not."""
    far = {"ns": pa.array([2**62, 5], pa.timestamp("ns")), "s": pa.array([DISTANT // 10**9, 0], pa.timestamp("s"))}
    places, days = pa.array([0, 2]), pa.array([1, 2], pa.date32())
    nested = {
        unit: pa.StructArray.from_arrays(
            [
                pa.ListArray.from_arrays(places, moments),
                pa.MapArray.from_arrays(pa.array([0, 2], pa.int32()), days, moments),
                pa.array([7], pa.timestamp("us")),
            ],
            ["list", "map", "other"],
        )
        for unit, moments in far.items()
    }
    assert extent(nested["ns"], nested["s"]) == Extent(beyond=True, distant=True, fine=True)
    assert extent(nested["s"], nested["s"]) == Extent()


def test_a_list_of_files_does_not_look_into_them(tmp_path: Path) -> None:
    """Then the type is a guess."""
    path = tmp_path / "x.parquet"
    write_int96(path, [DISTANT])
    assert source_of(path, sample_bytes=1000).columns[1].type == pa.timestamp("ns")
