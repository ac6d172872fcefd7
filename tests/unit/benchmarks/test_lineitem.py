"""The benchmark's rows are those that TPC-H describes, the same each time, in both files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from benchmarks import lineitem

MEGABYTES = 4


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with both files."""
    folder = tmp_path_factory.mktemp("lineitem")
    assert lineitem.write(folder, MEGABYTES) == pq.read_metadata(folder / "lineitem.parquet").num_rows
    return folder


@pytest.fixture(scope="module")
def rows(made: Path) -> pa.Table:
    """The rows of the Parquet file."""
    return pq.read_table(made / "lineitem.parquet")


def least_and_most(column: pa.ChunkedArray) -> tuple[object, object]:
    """The smallest and the largest value."""
    found = pc.min_max(column)
    return found["min"].as_py(), found["max"].as_py()


def test_both_files_hold_the_same_rows(made: Path, rows: pa.Table) -> None:
    """The CSV, read with the Parquet file's types, is the Parquet file."""
    options = arrow_csv.ConvertOptions(column_types=lineitem.schema())
    assert arrow_csv.read_csv(made / "lineitem.csv", convert_options=options).equals(rows.combine_chunks())


def test_the_size_is_the_one_that_was_asked_for(made: Path) -> None:
    """Within a tenth: smaller files have shorter numbers."""
    assert (made / "lineitem.csv").stat().st_size == pytest.approx(MEGABYTES * 1e6, rel=0.1)


def test_the_same_size_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    """Nothing depends on the time or on the machine."""
    lineitem.write(tmp_path, MEGABYTES)
    assert (tmp_path / "lineitem.csv").read_bytes() == (made / "lineitem.csv").read_bytes()


def test_only_comments_are_quoted(made: Path) -> None:
    """Each line has two quotes, around its last cell, and some comments have commas."""
    lines = (made / "lineitem.csv").read_text().splitlines()
    assert lines[0] == ",".join(lineitem.schema().names)
    assert all(line.count('"') == 2 and line.endswith('"') for line in lines[1:])
    commas = sum("," in line.split('"')[1] for line in lines[1:]) / len(lines)
    assert 0.05 < commas < 0.25


def test_orders_have_one_to_seven_lines_and_sparse_keys(rows: pa.Table) -> None:
    """Lines count from 1 in each order, and of 32 keys 8 are used."""
    orders = rows.group_by("l_orderkey").aggregate([("l_linenumber", "max"), ("l_linenumber", "count")])
    assert orders["l_linenumber_max"].equals(orders["l_linenumber_count"])
    assert least_and_most(orders["l_linenumber_max"]) == (1, 7)
    assert {key % 32 for key in orders["l_orderkey"].to_pylist()} == set(range(1, 8)) | {8}


def test_values_are_within_their_bounds(rows: pa.Table) -> None:
    """Quantities, discounts, taxes, prices, dates and comments as the specification bounds them."""
    assert least_and_most(rows["l_quantity"]) == (1, 50)
    assert [str(each) for each in least_and_most(rows["l_discount"])] == ["0.00", "0.10"]
    assert [str(each) for each in least_and_most(rows["l_tax"])] == ["0.00", "0.08"]
    assert least_and_most(pc.utf8_length(rows["l_comment"])) == (10, 43)
    assert least_and_most(pc.days_between(rows["l_shipdate"], rows["l_receiptdate"])) == (1, 30)
    price = pc.divide(rows["l_extendedprice"].cast(pa.float64()), rows["l_quantity"])
    cheapest, dearest = least_and_most(price)
    assert 900 <= cheapest < dearest <= 2_100


def test_flags_follow_from_the_dates(rows: pa.Table) -> None:
    """What was received late is not returned; what was shipped late is open."""
    received = pc.greater(rows["l_receiptdate"], pa.scalar(lineitem.TODAY.astype(object), pa.date32()))
    assert pc.equal(rows["l_returnflag"], "N").equals(received)
    shipped = pc.greater(rows["l_shipdate"], pa.scalar(lineitem.TODAY.astype(object), pa.date32()))
    assert pc.equal(rows["l_linestatus"], "O").equals(shipped)
