"""The pages of a column that no Arrow writer makes: what they tell of their values is what Arrow's would."""

from __future__ import annotations

import datetime as dt
import io
import math
from decimal import Decimal

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.columns.schema import OutputColumn
from etl_batch.columns.text_forms import ALL
from etl_batch.sinks import pages, values
from etl_batch.sinks.encodings import Encodings
from etl_batch.thrift import Walker
from tests.unit.sinks.small_file import small_file

DRAW = np.random.default_rng(11)
ROWS = 1000
WORDS = pa.array(["b", "ä", "", "a" * 300, "B"])
COLUMNS = {
    **{f"i{bits}": pa.array(DRAW.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), ROWS), f"int{bits}")
       for bits in (8, 16, 32)},
    **{f"u{bits}": pa.array(DRAW.integers(0, 2**bits, ROWS, np.uint64), f"uint{bits}") for bits in (8, 16, 32)},
    "i64": pa.array(DRAW.integers(-(2**63), 2**63 - 1, ROWS)),
    "u64": pa.array(DRAW.integers(0, 2**64 - 1, ROWS, np.uint64)),
    "near": pa.array(DRAW.integers(2**40, 2**40 + 9, ROWS)),
    "rising": pa.array(range(ROWS)),
    "falling": pa.array(range(ROWS, 0, -1)),
    "f32": pa.array(DRAW.normal(size=ROWS).astype(np.float32)),
    "f64": pa.array(np.where(DRAW.random(ROWS) < 0.2, math.nan, DRAW.normal(size=ROWS))),
    "noughts": pa.array(DRAW.choice([0.0, -0.0], ROWS)),
    "nan": pa.array([math.nan] * ROWS),
    "truths": pa.array(DRAW.random(ROWS) < 0.5),
    "yes": pa.array([True] * ROWS),
    "days": pa.array(DRAW.integers(-9999, 9999, ROWS).astype(np.int32)).cast(pa.date32()),
    "clocks": pa.array([dt.time(n % 24, n % 60) for n in range(ROWS)], pa.time32("ms")),
    "stamps": pa.array(DRAW.integers(0, 2**50, ROWS)).cast(pa.timestamp("us", "UTC")),
    "few": pa.array([Decimal(int(n)).scaleb(-2) for n in DRAW.integers(-(10**8), 10**8, ROWS)], pa.decimal128(9, 2)),
    "many": pa.array([Decimal(int(n)).scaleb(-2) for n in DRAW.integers(-(10**17), 10**17, ROWS)],
                     pa.decimal128(18, 2)),
    "coded": pa.DictionaryArray.from_arrays(pa.array(DRAW.integers(0, 5, ROWS), pa.int32()), WORDS),
    "bytes": pa.array([DRAW.bytes(n % 9) for n in range(ROWS)]),
    "texts": pa.array([f"the {n}th" for n in range(ROWS)]),
    "none": pa.nulls(ROWS, pa.int64()),
    "nobody": pa.nulls(ROWS, pa.float64()),
}  # fmt: skip
WITH_NULLS = {
    f"{name} with nulls": column.filter(pa.array(DRAW.random(ROWS) < 0.5), null_selection_behavior="drop").take(
        pa.array([at // 2 if at % 3 and at // 2 < 300 else None for at in range(ROWS)])
    )
    for name, column in COLUMNS.items()
}
ANY = {**COLUMNS, **WITH_NULLS}


def written(column: pa.Array, *, dictionary: bool = False, packed: bool = True, compressed: bool = False) -> io.BytesIO:
    """A file of one column, in one row group."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    planned = OutputColumn("x", ALL, kind, dictionary or pa.types.is_dictionary(column.type), packed, compressed)
    return small_file(pa.table({"x": column}), Encodings((planned,)))


def column_index(file: io.BytesIO) -> tuple[list[bool], list[bytes], list[bytes], int, list[int]] | None:
    """Pages without values, their least and largest values, how these are ordered, and the nulls."""
    meta, data = pq.read_metadata(file).row_group(0).column(0), file.getvalue()
    if not meta.has_column_index:
        return None
    # The column index is the first thing behind the last page.
    walker = Walker(data[4 + meta.total_compressed_size :])
    found = []
    for _, kind in walker.fields():
        found.append(walker.integer() if kind == 5 else [_element(walker, inner) for inner in _elements(walker)])
    return tuple(found[:5])


def _elements(walker: Walker) -> list[int]:
    count, kind = walker.list_header()
    return [kind] * count


def _element(walker: Walker, kind: int) -> object:
    if kind == 6:
        return walker.integer()
    size = walker.length() if kind == 8 else 1
    walker.at += size
    data = walker.data[walker.at - size : walker.at]
    return data if kind == 8 else data == b"\1"


@pytest.mark.parametrize("page_rows", [50, 333, 20_000])
@pytest.mark.parametrize("ways", [{}, {"compressed": True}, {"dictionary": True, "packed": False}], ids=str)
@pytest.mark.parametrize("name", ANY)
def test_what_arrow_would_tell(name, ways, page_rows, monkeypatch):
    """Every value comes back to three readers; extremes, nulls and the page index are those of Arrow's writer."""
    monkeypatch.setattr(pages, "PAGE_ROWS", page_rows)
    column, theirs = ANY[name], io.BytesIO()
    ours = written(column, **ways)
    rows = -(-ROWS // -(-ROWS // page_rows))
    told = ("texts" not in name and "bytes" not in name) or "dictionary" in ways
    pq.write_table(
        pa.table({"x": column}), theirs, write_page_index=True, store_decimal_as_integer=True, write_statistics=told,
        data_page_size=1 << 30, max_rows_per_page=rows, write_batch_size=rows, use_dictionary=False,
    )  # fmt: skip
    table = pq.read_table(ours)
    table.validate(full=True)
    plain = pq.read_table(theirs)
    # Bit by bit, since NaN is no equal of itself.
    assert table.schema.equals(plain.schema)
    assert [repr(value) for value in table["x"].to_pylist()] == [repr(value) for value in plain["x"].to_pylist()]
    assert pl.read_parquet(ours.getvalue()).equals(pl.read_parquet(theirs.getvalue()))
    mine, other = (pq.read_metadata(file).row_group(0).column(0).statistics for file in (ours, theirs))
    assert (mine is None) == (other is None)
    if mine is not None:
        assert repr((mine.has_min_max, mine.min, mine.max, mine.null_count, mine.num_values)) == repr(
            (other.has_min_max, other.min, other.max, other.null_count, other.num_values)
        )
    assert column_index(ours) == column_index(theirs)


@pytest.mark.parametrize("name", ["i64", "texts", "coded", "days with nulls", "stamps"])
def test_readers_find_single_values(name, tmp_path, monkeypatch):
    """Whichever pages they pass over."""
    monkeypatch.setattr(pages, "PAGE_ROWS", 20)
    path = tmp_path / "x.parquet"
    path.write_bytes(written(ANY[name], compressed=True).getvalue())
    table = pq.read_table(path)
    for value in {table["x"][at].as_py() for at in (1, 7, 500, 599)} - {None}:
        count = table["x"].to_pylist().count(value)
        assert pq.read_table(path, filters=[("x", "==", value)]).num_rows == count
        with duckdb.connect() as other:
            found = other.execute("SELECT count(*) FROM read_parquet(?) WHERE x = ?", [str(path), value]).fetchall()
        assert found == [(count,)]
        assert pl.scan_parquet(path).filter(pl.col("x") == pl.lit(value)).collect().height == count


def test_one_nought_is_not_the_other():
    """In a dictionary too; nor is one NaN another."""
    bits = np.array([0, 1 << 63, 0x7FF8 << 48, (0x7FF8 << 48) + 1], np.uint64)
    file = written(pa.array(bits.view(np.float64)), dictionary=True)
    assert pq.read_metadata(file).row_group(0).column(0).has_dictionary_page
    assert pq.read_table(file)["x"].to_numpy().view(np.uint64).tolist() == bits.tolist()


@pytest.mark.parametrize("name", ["texts", "i64", "coded"])
def test_a_dictionary_that_is_too_large(name, monkeypatch):
    """The row group keeps its values as they are."""
    monkeypatch.setattr(values, "_DICTIONARY_BYTES", 100)
    file = written(ANY[name], dictionary=True, packed=False)
    assert not pq.read_metadata(file).row_group(0).column(0).has_dictionary_page
    assert pq.read_table(file)["x"].to_pylist() == ANY[name].to_pylist()


def test_long_texts_have_no_place_in_the_footer():
    """Where one of the values of a dictionary is very long, no extremes are told."""
    column = pa.array(["a", "b" * 5000])
    meta = pq.read_metadata(written(column, dictionary=True)).row_group(0).column(0)
    assert (meta.statistics, meta.has_column_index, meta.has_offset_index) == (None, False, True)


def test_pages_of_large_texts_are_shorter():
    """About a mebibyte each."""
    column = pa.array([str(at % 10) * 100_000 for at in range(50)])
    file = written(column)
    assert pq.read_table(file)["x"].to_pylist() == column.to_pylist()
    assert file.getvalue().count(b"0" * 50_000 + b"1" * 50_000) == 5


def test_dictionaries_that_differ_and_slices():
    """Batches of one row group, each with a dictionary of its own, or cut out of another."""
    parts = [pa.array(words).dictionary_encode() for words in (["b", "a", None], ["c", "b", "c", "a"], [None, "d"])]
    chunks = pa.chunked_array([parts[0], parts[1][1:3], parts[2][:1], parts[2]])
    table = pa.table({"x": chunks, "n": pa.chunked_array([pa.array(range(9))[at:] for at in (6, 7, 8, 7)])})
    planned = (OutputColumn("x", ALL, pa.string(), True), OutputColumn("n", ALL, pa.int64()))
    assert pq.read_table(small_file(table, Encodings(planned))).to_pydict() == {
        "x": ["b", "a", None, "b", "c", None, None, "d"],
        "n": [6, 7, 8, 7, 8, 8, 7, 8],
    }
