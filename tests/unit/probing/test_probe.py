"""The probe as a whole over real files: what it says, and that what it certifies holds."""

from __future__ import annotations

import json
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.demo import write_sales_binary, write_sales_csv
from etl_batch.errors import FormatRefused, InputRefused, UsageError
from etl_batch.formats import blocks as frame
from etl_batch.formats.parquet import probe as row_groups
from etl_batch.probing import estimate_path
from etl_batch.reading_options import ReadingOptions


@pytest.fixture
def small_blocks(monkeypatch):
    """Files of a megabyte are estimated, and not read whole."""
    monkeypatch.setattr(frame, "LEAST_BYTES", 0)


def write_rows(path, rng, rows, *, order=None, lengths=False):
    """A CSV of `rows` rows with a stratum and a measure; returns both columns."""
    city = rng.choice(["Paris", "Rome", "Oslo", "Lima"], rows, p=[0.5, 0.3, 0.15, 0.05])
    value = np.round(rng.gamma(2.0, 50.0, rows), 2)
    if order == "stratum":
        at = np.argsort(city, kind="stable")
        city, value = city[at], value[at]
    elif order == "measure":
        value = np.sort(value)
    note = ["x" * int(n) for n in rng.integers(0, 120 if lengths else 4, rows)]
    lines = [f"{c},{v:.2f},{n}" for c, v, n in zip(city, value, note, strict=True)]
    path.write_text("city,value,note\n" + "\n".join(lines) + "\n")
    return city, value


def test_small_files_are_read_whole(home):
    """What the blocks cover is exact: integers as integers, decimals to the last digit, intervals without width."""
    path = home / "data" / "a.csv"
    path.write_text("city,n,price\n" + "".join(f"{'ab'[k % 2]},{k},{k}.10\n" for k in range(1000)))
    probe = estimate_path(path, home, stratum="city", measures=["n", "price"])
    rows = probe.population_rows
    assert (rows.estimate, rows.ci_low, rows.ci_high, rows.exact, rows.certified) == (1000, 1000, 1000, 1000, True)
    assert (probe.measures["n"].exact, probe.measures["n"].estimate) == (499_500, 499_500)
    assert isinstance(probe.measures["n"].exact, int)
    assert probe.measures["price"].exact == 499_600.0
    assert [(s.value, s.rows, s.expansion, s.measures["n"].exact) for s in probe.strata] == [
        ("a", 500, 1.0, 249_500),
        ("b", 500, 1.0, 250_000),
    ]


def test_the_same_seed_gives_the_same_answer(home, small_blocks):
    """The blocks depend on the seed and on nothing else."""
    path = home / "data" / "a.csv"
    write_sales_csv(path, 40_000)
    one, two, other = (estimate_path(path, home, sample_frac=0.1, seed=seed).to_json() for seed in (1, 1, 2))
    del one["seconds"], two["seconds"]
    assert one == two
    assert one["population_rows"] != other["population_rows"]


def test_json_has_the_contract(home, small_blocks):
    """The keys that others rely on, and nothing that JSON cannot hold."""
    path = home / "data" / "a.csv"
    write_sales_csv(path, 20_000)
    out = json.loads(json.dumps(estimate_path(path, home, sample_frac=0.2).to_json(), allow_nan=False))
    assert set(out) >= {
        *("path", "format", "layout", "size_bytes", "bytes_read", "seconds", "confidence", "seed", "population_rows"),
        *("sample_rows", "stratum", "measures", "strata", "columns", "notes"),
    }
    assert set(out["population_rows"]) >= {"estimate", "ci_low", "ci_high"}
    shape = {"estimate", "std_error", "ci_low", "ci_high", "exact", "certified"}
    assert set(out["measures"]["value"]) == shape | {"df", "reason"}
    first = out["strata"][0]
    assert set(first) >= {"value", "rows", "sampled", "expansion", "measures"}
    assert set(first["measures"]["value"]) == shape
    assert out["measures"]["value"]["exact"] is None
    assert out["bytes_read"] < out["size_bytes"] * 0.5


@pytest.mark.parametrize("order", [None, "stratum", "measure", "lengths"])
def test_certified_totals_hold(home, small_blocks, order):
    """60 seeds on each of four files, 240 in all: certified rows, totals and strata hold in 91 to 99 %."""
    path = home / "data" / "a.csv"
    city, value = write_rows(path, np.random.default_rng(7), 30_000, order=order, lengths=order == "lengths")
    truth = {name: (int((city == name).sum()), float(value[city == name].sum())) for name in np.unique(city)}
    held, wrong = 0, 0
    for seed in range(60):
        probe = estimate_path(path, home, stratum="city", measures=["value"], sample_frac=0.15, seed=seed)
        claims = [(probe.population_rows, len(city)), (probe.measures["value"], float(value.sum()))]
        claims += [(each.measures["value"], truth[each.value][1]) for each in probe.strata]
        for claim, exact in claims:
            if claim.certified:
                inside = claim.ci_low <= exact <= claim.ci_high
                held, wrong = held + inside, wrong + (not inside)
    assert held + wrong >= 50
    assert 0.91 <= held / (held + wrong) <= 0.99


def test_a_rare_stratum_of_a_sorted_file_is_not_certified(home, small_blocks):
    """A value that stands in one place is in few blocks or none, and no interval that hangs on it is certified."""
    path = home / "data" / "a.csv"
    rows = ["rare,1000"] * 300 + ["often,1"] * 60_000
    path.write_text("kind,value\n" + "\n".join(rows) + "\n")
    for seed in range(10):
        probe = estimate_path(path, home, stratum="kind", measures=["value"], sample_frac=0.2, seed=seed)
        assert not any(each.measures["value"].certified for each in probe.strata if each.value == "rare")
        total = probe.measures["value"]
        assert not total.certified
        assert total.reason


def test_strata_of_numbers_keep_their_type(home):
    """An integer column as stratum gives integers; an empty cell is a missing value."""
    path = home / "data" / "a.csv"
    path.write_text("year,v\n" + "2020,1.5\n2021,2.5\n,3.5\n" * 50)
    probe = estimate_path(path, home, stratum="year", measures=["v"])
    assert [each.value for each in probe.strata] == [2020, 2021, None]


def test_nan_and_infinite_values_are_not_certified(home):
    """They count as nought and the measure says so."""
    path = home / "data" / "a.parquet"
    pq.write_table(pa.table({"k": ["a", "b"] * 100, "v": [1.0, float("nan"), 2.0, float("inf")] * 50}), path)
    found = estimate_path(path, home, stratum="k", measures=["v"]).measures["v"]
    assert (found.estimate, found.certified) == (150.0, False)
    assert "NaN" in found.reason


def test_strata_past_the_limit_are_joined(home, monkeypatch):
    """The rest of the strata are one, named (other), and the rows still add up."""
    monkeypatch.setattr("etl_batch.probing.strata.MAX_STRATA", 3)
    path = home / "data" / "a.csv"
    path.write_text("k,v\n" + "".join(f"k{n % 8 if n % 8 > 2 else 0},{n}\n" for n in range(800)))
    strata = estimate_path(path, home, stratum="k", measures=["v"]).strata
    assert [each.value for each in strata] == ["k0", "k3", "k4", "(other)"]
    assert sum(each.rows for each in strata) == 800
    assert sum(each.measures["v"].exact for each in strata) == 799 * 400


def test_binary_rows_are_known(home, small_blocks):
    """The file's size says how many records it has; totals are estimated, and held."""
    path = home / "data" / "a.bin"
    write_sales_binary(path, 30_000)
    records = np.fromfile(path, np.dtype([("id", "<u4"), ("t", "<u8"), ("q", "<u4"), ("value", "<i8"), ("p", "S32")]))
    probe = estimate_path(
        path, home, stratum="product", measures=["quantity"], sample_frac=0.2, options=ReadingOptions("default")
    )
    rows = probe.population_rows
    assert (rows.estimate, rows.ci_low, rows.ci_high) == (30_000, 30_000, 30_000)
    assert probe.layout == "default"
    total = probe.measures["quantity"]
    assert total.certified
    assert total.ci_low <= records["q"].sum() <= total.ci_high
    assert total.ci_high - total.ci_low < 0.1 * total.estimate


def test_parquet_by_row_groups(home, monkeypatch):
    """Rows are exact from the footer; with few row groups drawn the totals are not certified, and it says why."""
    monkeypatch.setattr(row_groups, "_LEAST_ROWS", 0)
    path = home / "data" / "a.parquet"
    rng = np.random.default_rng(3)
    table = pa.table({"k": rng.choice(["a", "b"], 50_000), "s": [{"v": float(v)} for v in rng.gamma(2, 1, 50_000)]})
    pq.write_table(table, path, row_group_size=500)
    few = estimate_path(path, home, stratum="k", measures=["s.v"], sample_frac=0.1)
    assert (few.population_rows.estimate, few.population_rows.ci_low) == (50_000, 50_000)
    assert not few.measures["s.v"].certified
    assert "10 blocks are too few" in few.measures["s.v"].reason
    many = estimate_path(path, home, stratum="k", measures=["s.v"], sample_frac=0.5).measures["s.v"]
    truth = sum(row["v"] for row in table["s"].to_pylist())
    assert many.certified
    assert many.ci_low <= truth <= many.ci_high


def test_files_of_several_formats_add_up(home, small_blocks):
    """A folder of CSV and Parquet: each format is a sample of its own, and the answer is over all of them."""
    rng = np.random.default_rng(5)
    _, value = write_rows(home / "data" / "a.csv", rng, 20_000)
    pq.write_table(pa.table({"city": ["Oslo", "Bern"] * 500, "value": [10.0, 20.0] * 500}), home / "data" / "b.parquet")
    probe = estimate_path(home / "data", home, stratum="city", measures=["value"], sample_frac=0.3)
    assert (probe.format, probe.files) == ("mixed", 2)
    assert [each.format for each in probe.blocks] == ["csv", "parquet"]
    assert probe.population_rows.ci_low <= 21_000 <= probe.population_rows.ci_high
    assert probe.measures["value"].ci_low <= value.sum() + 15_000 <= probe.measures["value"].ci_high
    bern = next(each for each in probe.strata if each.value == "Bern")
    assert bern.rows == 500


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", InputRefused, "is empty"),
        (b"\x1f\x8b" + bytes(40), FormatRefused, "is gzip"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, FormatRefused, "is a PNG image"),
    ],
)
def test_bad_files_are_refused_in_words(home, content, error, words):
    """An empty file, a gzip and an image: the sentence that a run would say."""
    path = home / "data" / "a.dat"
    path.write_bytes(content)
    with pytest.raises(error, match=words):
        estimate_path(path, home)


def test_header_only_and_one_row(home):
    """No rows and one row are exact answers."""
    path = home / "data" / "a.csv"
    path.write_text("city,value\n")
    none = estimate_path(path, home)
    assert (none.population_rows.exact, none.strata) == (0, ())
    path.write_text("city,value\nRome,3\n")
    one = estimate_path(path, home, stratum="city", measures=["value"])
    assert (one.population_rows.exact, one.measures["value"].exact, one.strata[0].rows) == (1, 3, 1)


def test_columns_that_cannot_be_used(home):
    """A column that is not there lists those that are; text is no measure; a fraction of nought is none."""
    path = home / "data" / "a.csv"
    path.write_text("city,value\n" + "Rome,3\n" * 20)
    with pytest.raises(UsageError, match=r"no column 'town'.*city, value"):
        estimate_path(path, home, stratum="town")
    with pytest.raises(UsageError, match="no column 'sum'"):
        estimate_path(path, home, measures=["sum"])
    with pytest.raises(UsageError, match="holds no numbers"):
        estimate_path(path, home, measures=["city"])
    with pytest.raises(UsageError, match="sample-frac"):
        estimate_path(path, home, sample_frac=0.0)


def test_a_unique_stratum_makes_one(home, small_blocks):
    """A value of its own in every row would make every row a stratum: all rows are one, and that is said."""
    path = home / "data" / "a.csv"
    path.write_text("k,v\n" + "".join(f"key-{n},{n % 5}\n" for n in range(30_000)))
    probe = estimate_path(path, home, stratum="k", measures=["v"], sample_frac=0.2)
    assert (probe.stratum, [each.value for each in probe.strata]) == (None, ["(all)"])
    assert any("nearly every row" in note for note in probe.notes)


def test_a_binary_file_shorter_than_a_record(home):
    """Refused as a run would refuse it."""
    path = home / "data" / "a.bin"
    path.write_bytes(struct.pack("<IQ", 1, 2))
    with pytest.raises(InputRefused, match="one record"):
        estimate_path(path, home, options=ReadingOptions(layout="default"))


def test_a_dirty_file_is_estimated_as_a_run_reads_it(home, small_blocks):
    """Blank lines, quotes, missing fields and bad text: rows written and rejected both lie in their intervals."""
    path = home / "data" / "a.csv"
    planted = write_sales_csv(path, 40_000, dirt=True)
    lost = planted["missing_field"] + planted["extra_field"] + planted["invalid_utf8"]
    probe = estimate_path(path, home, stratum="product", measures=["value"], sample_frac=0.2, seed=4)
    assert probe.population_rows.ci_low <= 40_000 - lost <= probe.population_rows.ci_high
    assert probe.rejected_rows.ci_low <= lost <= probe.rejected_rows.ci_high
    assert probe.population_rows.ci_high - probe.population_rows.ci_low < 2_000
    assert sum(each.left_out for each in probe.blocks) == 0


def test_strata_of_broken_numbers(home):
    """A floating-point column may be named as stratum: its values are numbers."""
    path = home / "data" / "a.csv"
    path.write_text("share,v\n" + "0.5,1\n2.25,2\n" * 40)
    probe = estimate_path(path, home, stratum="share", measures=["v"])
    assert [(each.value, each.rows) for each in probe.strata] == [(0.5, 40), (2.25, 40)]


def test_cells_that_are_no_numbers_count_as_missing(home):
    """Of a text column that is measured all the same, the cells that are numbers add up, as in a run."""
    path = home / "data" / "a.csv"
    path.write_text("k,v\n" + "a,1\na,n/a\nb,2.5\n" * 20)
    assert estimate_path(path, home, stratum="k", measures=["v"]).measures["v"].exact == 70
