"""Estimates of real runs: allocations, wanted errors, very many strata, and columns that cannot be estimated."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.config import build_config
from etl_batch.demo import write_demo
from etl_batch.probing import estimate_path
from etl_batch.service import execute
from tests.integration.engine.conftest import Home


def run(home: Home, **settings: Any) -> dict[str, Any]:
    """Metadata of one run over everything in `data/`."""
    outputs = {"output_csv": home.output / "x.csv", "output_parquet": home.output / "x.parquet"}
    values = {"inputs": (str(home.data),), "home": home.path, "workers": 1, **outputs, **settings}
    return dict(execute(build_config(values)).to_json())


def analytics(home: Home, **settings: Any) -> dict[str, Any]:
    """The estimates of one run over everything in `data/`."""
    found: dict[str, Any] = run(home, **settings)["analytics"]
    return found


def sampled(home: Home, metadata: dict[str, Any]) -> list[Any]:
    """The sample's first data column."""
    path = home.output / "runs" / metadata["run_id"] / "sample.parquet"
    column: list[Any] = pq.read_table(path).column(3).to_pylist()
    return column


@pytest.fixture
def uneven(home: Home) -> Home:
    """60,000 rows: a calm stratum, one a tenth as large and far more spread, and a small constant one."""
    rng = np.random.default_rng(7)
    groups = np.repeat(["calm", "wild", "flat"], [50_000, 5_000, 5_000])
    values = np.concatenate([rng.normal(100, 1, 50_000), rng.normal(100, 60, 5_000), np.full(5_000, 3.0)])
    order = rng.permutation(60_000)
    lines = [f"{number},{groups[at]},{values[at]:.6f}" for number, at in enumerate(order)]
    (home.data / "in.csv").write_text("id,group,value\n" + "\n".join(lines) + "\n")
    return home


def drawn(found: dict[str, Any]) -> dict[str, int]:
    """Rows drawn by stratum, those taken whole aside."""
    return {row["value"]: row["sampled"] - row["taken_whole"] for row in found["strata"]}


def test_the_rows_go_where_the_allocation_sends_them(uneven: Home) -> None:
    """The same number of rows three ways: by the root of the size, by the size, and to where the values differ."""
    options = {"stratum": "group", "measures": ("value",), "sample_frac": 0.02, "chunk_bytes": 200_000}
    found = {rule: analytics(uneven, allocation=rule, **options) for rule in ("sqrt", "proportional", "neyman")}
    assert {each["sample_rows"] for each in found.values()} == {1_200}
    assert {rule: each["allocation"] for rule, each in found.items()} == {rule: rule for rule in found}
    roots = [math.sqrt(rows) for rows in (50_000, 5_000, 5_000)]
    rest = {rule: 1_200 - each["taken_whole"] for rule, each in found.items()}
    assert found["sqrt"]["mix"] == 0.0
    assert drawn(found["sqrt"])["calm"] == pytest.approx(rest["sqrt"] * roots[0] / sum(roots), abs=5)
    tenth = rest["proportional"] / 12
    assert drawn(found["proportional"]) == pytest.approx({"calm": 10 * tenth, "wild": tenth, "flat": tenth}, abs=5)
    assert drawn(found["neyman"])["wild"] > 0.6 * rest["neyman"]
    assert drawn(found["neyman"])["flat"] == 2
    errors = {rule: each["measures"]["value"]["std_error"] for rule, each in found.items()}
    assert errors["neyman"] < 0.6 * errors["sqrt"]
    assert errors["neyman"] < 0.5 * errors["proportional"]


@pytest.mark.parametrize("allocation", ["neyman", "proportional"])
def test_an_allocation_hangs_on_no_slicing(uneven: Home, allocation: str) -> None:
    """Small pieces or one: the very same rows are sampled."""
    options = {"stratum": "group", "measures": ("value",), "sample_frac": 0.02, "allocation": allocation}
    small, large = (run(uneven, chunk_bytes=size, **options) for size in (30_000, 10**8))
    assert sampled(uneven, small) == sampled(uneven, large)
    assert small["analytics"]["measures"] == large["analytics"]["measures"]


@pytest.mark.parametrize("allocation", ["sqrt", "neyman"])
def test_a_wanted_error_sizes_the_sample(uneven: Home, allocation: str) -> None:
    """The interval is as narrow as was asked for, certified, and the sample not much larger than that needs."""
    options = {"stratum": "group", "measures": ("value",), "allocation": allocation}
    found = analytics(uneven, target_error=0.004, **options)
    measure = found["measures"]["value"]
    reached = (measure["ci_high"] - measure["estimate"]) / measure["exact"]
    assert 0.003 < reached <= 0.004
    assert measure["certified"]
    assert found["target_error"] == {"target": 0.004, "scope": "measure", "reached": True, "missed": ()}
    foretold = next(each for each in found["expected_errors"] if each["sample_rows"] == found["sample_rows"])
    assert foretold["half_widths"]["value"] / measure["exact"] == pytest.approx(reached, rel=0.15)


def test_a_wanted_error_for_every_stratum(uneven: Home) -> None:
    """Each stratum's own interval is that narrow: the spread one gives most of its rows, the constant one few."""
    found = analytics(uneven, target_error=0.02, target_per="stratum", stratum="group", measures=("value",))
    assert found["target_error"]["reached"]
    for row in found["strata"]:
        measure = row["measures"]["value"]
        assert measure["ci_high"] - measure["estimate"] <= 0.02 * measure["exact"]
    assert drawn(found)["wild"] > 1_000
    assert drawn(found)["flat"] == 2


def test_an_error_that_cannot_be_reached_is_said(home: Home) -> None:
    """The rows looked at beforehand show nothing of the one that matters: the run says which measure missed it."""
    rows = [f"{number},{number % 3},1" for number in range(300_000)]
    for at in range(1_000, 300_000, 1_481):
        rows[at] = f"{at},{at % 3},{10 ** (at % 7)}"
    (home.data / "in.csv").write_text("id,group,value\n" + "\n".join(rows) + "\n")
    metadata = run(home, target_error=0.0005, stratum="group", measures=("value",))
    target = metadata["analytics"]["target_error"]
    if not target["reached"]:
        assert target["missed"] == ("value",)
        assert any("was not reached for value" in note for note in metadata["notes"])
    wide = [(m["ci_high"] - m["estimate"]) / m["exact"] for m in metadata["analytics"]["measures"].values()]
    assert target["reached"] == (max(wide) <= 0.0005)


def test_what_other_fractions_would_tell(uneven: Home) -> None:
    """The expected errors fall as the sample grows; a run with 5 % finds what was foretold, or less: it knows more."""
    options = {"stratum": "group", "measures": ("value",)}
    found = analytics(uneven, **options)["expected_errors"]
    rows, widths = ([each["sample_rows"] for each in found], [each["half_widths"]["value"] for each in found])
    assert rows == sorted(set(rows))
    assert widths == sorted(widths, reverse=True)
    foretold = next(each["half_widths"]["value"] for each in found if each["sample_frac"] == 0.05)
    measure = analytics(uneven, sample_frac=0.05, **options)["measures"]["value"]
    assert 0.8 * foretold < measure["ci_high"] - measure["estimate"] < 1.03 * foretold


@pytest.fixture
def many(home: Home) -> Home:
    """180,000 rows of 60,000 customers in order, and 4,000 rows of one customer strewn among them."""
    rng = np.random.default_rng(3)
    customers = [f"c{number // 3:06d}" for number in range(180_000)]
    for at in rng.choice(180_000, 4_000, replace=False):
        customers[at] = "whale"
    lines = [f"{number},{customer},{number % 97}" for number, customer in enumerate(customers)]
    (home.data / "in.csv").write_text("id,customer,value\n" + "\n".join(lines) + "\n")
    return home


def test_very_many_strata(many: Home) -> None:
    """10,000 strata and a remainder for any slicing; the largest is among them; counts and sums are exact."""
    options = {"stratum": "customer", "measures": ("value",), "sample_frac": 0.01}
    small, large = (run(many, chunk_bytes=size, **options) for size in (150_000, 10**8))
    assert small["analytics"]["strata"] == large["analytics"]["strata"]
    assert sampled(many, small) == sampled(many, large)
    strata = large["analytics"]["strata"]
    assert len(strata) == 10_000
    assert (strata[0]["value"], strata[0]["rows"]) == ("whale", 4_000)
    assert strata[-1]["value"] == "(other)"
    assert large["analytics"]["sample_rows"] == 1_800
    assert sum(row["rows"] for row in strata) == 180_000
    total = sum(row["measures"]["value"]["exact"] for row in strata)
    assert total == large["analytics"]["measures"]["value"]["exact"] == sum(number % 97 for number in range(180_000))


BAD_COLUMNS = [
    ({"stratum": "zzz"}, "skipped", "There is no column 'zzz' to stratify by; the columns are id, group, value."),
    ({"measures": ("zzz",)}, "skipped", "There is no column 'zzz' to measure"),
    ({"measures": ("group",)}, "skipped", "Column 'group' holds no numbers (string) and cannot be measured"),
    ({"measures": ("group", "value")}, "success", "Column 'group' holds no numbers"),
    ({"stratum": "id"}, "success", "Column 'id' has a value of its own in nearly every row"),
    ({"stratum": "value", "measures": ("id",)}, "success", "Column 'value' has a value of its own"),
]


@pytest.mark.parametrize(("settings", "status", "reason"), BAD_COLUMNS, ids=[str(row[0]) for row in BAD_COLUMNS])
def test_columns_that_cannot_be_estimated(uneven: Home, settings: Any, status: str, reason: str) -> None:
    """The run succeeds, all rows are there, and one sentence says what the estimates lack."""
    metadata = run(uneven, unattended=True, **settings)
    assert (metadata["status"], metadata["counts"]["written"]) == ("success", 60_000)
    assert metadata["analytics"]["status"] == status
    assert metadata["analytics"]["reason"].startswith(reason)
    assert any(note.startswith(reason) for note in metadata["notes"])
    if status == "success":
        assert metadata["analytics"]["measures"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stratum", "nosuch"], "There is no column 'nosuch' to stratify by; the columns are id, group, value."),
        (["--measure", "group"], "Column 'group' holds no numbers (string) and cannot be measured"),
        (["--measure", "value", "--measure", "nosuch"], "There is no column 'nosuch' to measure"),
    ],
)
def test_a_column_that_was_named_and_cannot_be_is_a_usage_error(uneven: Home, arguments: Any, words: str) -> None:
    """Exit 2 with the sentence, before anything is read and with the output as it was; unattended it goes on."""
    (uneven.output / "x.csv").write_text("as it was\n")
    outcome = uneven.etl("-i", uneven.data, "-o", uneven.output / "x.csv", *arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert (uneven.output / "x.csv").read_text() == "as it was\n"
    metadata = uneven.run("-i", uneven.data, "--unattended", *arguments)
    assert metadata["counts"]["written"] == 60_000
    assert metadata["analytics"]["reason"].startswith(words)


def test_the_demo_is_certified(home: Home) -> None:
    """At the default fraction, both files: every total, and rows by the square root of each product's size."""
    for path in write_demo(home.data):
        found = analytics(home, inputs=(str(path),))
        assert found["sample_rows"] == round(0.005 * found["population_rows"])
        assert all(measure["certified"] for measure in found["measures"].values())
        assert (found["mix"], found["pools"]) == (0.0, [])
        sizes = np.array([row["rows"] - row["taken_whole"] for row in found["strata"]])
        rows = np.array([row["sampled"] - row["taken_whole"] for row in found["strata"]])
        assert np.abs(rows - rows.sum() * np.sqrt(sizes) / np.sqrt(sizes).sum()).max() <= 1.0
        foretold = estimate_path(path, home.path).expected
        assert foretold is not None
        assert foretold.sample_rows == pytest.approx(found["sample_rows"], rel=0.01)
        for name, measure in found["measures"].items():
            reached = (measure["ci_high"] - measure["ci_low"]) / 2 / measure["exact"]
            assert reached < 0.08
            assert (foretold.measures[name].certified, foretold.measures[name].half_width) == (
                True,
                pytest.approx(reached, rel=0.3),
            )


def test_an_estimate_reads_no_more_than_there_is(home: Home) -> None:
    """Of files of any size: where half would be read all is, and what is read around blocks is not counted twice."""
    for rows in (2_000, 20_000, 60_000):
        (home.data / "in.csv").write_text("k,v\n" + "".join(f"g{n % 5},{n}\n" for n in range(rows)))
        found = estimate_path(home.data / "in.csv", home.path)
        assert found.bytes_read <= found.size_bytes


def write_parquet(home: Home, **columns: Any) -> Path:
    """The one input."""
    path = home.data / "in.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_an_empty_stratum_is_one_stratum(home: Home) -> None:
    """Nothing but nulls: the estimate stands, over one stratum without a name, and the reason says so."""
    write_parquet(home, s=pa.nulls(3_000, pa.string()), v=np.arange(3_000))
    found = analytics(home, stratum="s", measures=("v",), sample_frac=0.1)
    assert [row["value"] for row in found["strata"]] == [None]
    assert found["status"] == "success"
    assert found["reason"].startswith("Column 's' is empty in every row")
    assert found["measures"]["v"]["exact"] == 2_999 * 1_500


def test_floating_point_strata(home: Home) -> None:
    """Numbers that come again make strata, NaN and the missing ones their own."""
    marks = np.array([1.5, 2.5, np.nan, np.inf] * 1_000)
    column = pa.array(marks, mask=np.arange(4_000) % 40 == 0)
    write_parquet(home, s=column, v=np.arange(4_000))
    found = analytics(home, stratum="s", measures=("v",), sample_frac=0.1)
    assert {row["value"]: row["rows"] for row in found["strata"]} == {
        1.5: 900, 2.5: 1_000, "nan": 1_000, "inf": 1_000, None: 100,
    }  # fmt: skip
    assert found["measures"]["v"]["exact"] == sum(range(4_000))


def test_nan_and_infinities_in_a_measure(home: Home) -> None:
    """They count as nought, and the measure is not certified and says how many they are."""
    values = np.ones(2_000)
    values[[3, 50]], values[70] = np.nan, -np.inf
    write_parquet(home, s=["a", "b"] * 1_000, v=values)
    measure = analytics(home, stratum="s", measures=("v",), sample_frac=0.2)["measures"]["v"]
    assert (measure["exact"], measure["certified"]) == (1_997.0, False)
    assert measure["reason"].startswith("3 values are NaN or infinite")


def test_sums_past_64_bits(home: Home) -> None:
    """Integers are added as integers of any size: the exact total has every digit, and the estimate is near."""
    largest = 2**63 - 1
    write_parquet(home, s=["a", "b"] * 500, v=[largest - number for number in range(1_000)])
    measure = analytics(home, stratum="s", measures=("v",), sample_frac=0.2)["measures"]["v"]
    assert measure["exact"] == 1_000 * largest - 499_500
    assert measure["estimate"] == pytest.approx(measure["exact"], rel=1e-9)


def test_fewer_sampled_rows_than_strata(home: Home) -> None:
    """The sample has the size asked for: the strata are sampled together, and none has an interval of its own."""
    write_parquet(home, s=[f"s{number % 200}" for number in range(6_000)], v=np.arange(6_000))
    found = analytics(home, stratum="s", measures=("v",), sample_frac=0.001)
    assert found["sample_rows"] == 6
    assert {row["pool"] for row in found["strata"]} == {0}
    assert {row["measures"]["v"]["ci_low"] for row in found["strata"]} == {None}
    assert [(pool["strata"], pool["rows"], pool["sampled"]) for pool in found["pools"]] == [(200, 6_000, 6)]
    assert found["pools"][0]["measures"]["v"]["estimate"] == found["measures"]["v"]["estimate"]


@pytest.mark.parametrize("strata", [1_000, 3_000])
def test_the_sample_has_the_size_that_was_asked_for(home: Home, strata: int) -> None:
    """To the row, with strata of every size; pools have their own estimates, and all of it adds up."""
    rng = np.random.default_rng(strata)
    shares = 1 / np.arange(1, strata + 1)
    codes = rng.choice(strata, 100_000, p=shares / shares.sum())
    write_parquet(home, s=[f"s{code}" for code in codes], v=rng.normal(100, 20, 100_000))
    for fraction in (0.001, 0.005, 0.02):
        found = analytics(home, stratum="s", measures=("v",), sample_frac=fraction)
        assert found["sample_rows"] == sum(row["sampled"] for row in found["strata"]) == round(fraction * 100_000)
        alone = [row for row in found["strata"] if row["pool"] is None]
        assert all(row["sampled"] >= 2 for row in alone)
        groups = [*alone, *found["pools"]]
        assert sum(row["rows"] for row in groups) == 100_000
        assert sum(row["measures"]["v"]["estimate"] for row in groups) == pytest.approx(
            found["measures"]["v"]["estimate"]
        )
        assert sum(pool["strata"] for pool in found["pools"]) + len(alone) == len(found["strata"])
        assert found["design_effects"]["v"] <= 1.004


def test_the_fraction_that_is_named_does(home: Home) -> None:
    """A total that is not certified says which fraction would do, and a run with that fraction certifies it."""
    values = np.random.default_rng(5).lognormal(0, 2, 120_000)
    write_parquet(home, s=[f"s{code}" for code in np.arange(120_000) % 30], v=values)
    measure = analytics(home, stratum="s", measures=("v",), sample_frac=0.001)["measures"]["v"]
    assert not measure["certified"]
    named = re.search(r"A sample fraction of (0\.\d+) would do\.", measure["reason"])
    assert named is not None
    found = analytics(home, stratum="s", measures=("v",), sample_frac=float(named[1]))
    assert 0.001 < float(named[1]) < 0.05
    assert found["measures"]["v"]["certified"]


def test_values_far_from_nought_hang_on_no_slicing(home: Home) -> None:
    """1e15 and a spread of 2: the moments keep the digits of the spread, and so the design its very numbers."""
    rng = np.random.default_rng(3)
    codes = np.minimum(rng.zipf(1.5, 60_000), 300)
    values = {"far": 1e15 + np.round(rng.normal(0, 2, 60_000)), "near": 5e6 + rng.lognormal(0, 1, 60_000)}
    path = home.data / "in.parquet"
    pq.write_table(pa.table({"s": [f"k{code}" for code in codes], **values}), path, row_group_size=4_000)
    options = {"stratum": "s", "measures": ("far", "near"), "sample_frac": 0.2}
    one, two, many = (run(home, chunk_bytes=size, **options) for size in (10**8, 300_000, 60_000))
    assert sampled(home, one) == sampled(home, two) == sampled(home, many)
    assert one["analytics"] == two["analytics"] == many["analytics"]
    effect = one["analytics"]["design_effects"]["far"]
    groups = np.array([row["rows"] for row in one["analytics"]["strata"]])
    assert groups.sum() == 60_000
    assert 0.9 < effect <= 1.004


def test_values_too_small_for_their_squares(home: Home) -> None:
    """1e-300: no spread can be told, so nothing is certified, and the sentence says what to do."""
    write_parquet(home, s=["a", "b"] * 1_000, v=np.random.default_rng(1).normal(1, 0.1, 2_000) * 1e-300)
    measure = analytics(home, stratum="s", measures=("v",), sample_frac=0.1)["measures"]["v"]
    assert not measure["certified"]
    assert "scale them up" in measure["reason"]


@pytest.mark.parametrize("fraction", [0.5, 0.85, 0.95, 0.99])
def test_a_large_fraction_of_one_giant_and_many_singletons(home: Home, fraction: float) -> None:
    """The singletons are exhausted, and the giant gives all the rest: the sample has its size."""
    rng = np.random.default_rng(2)
    names = ["giant"] * 97_000 + [f"s{number}" for number in range(3_000)]
    order = rng.permutation(100_000)
    write_parquet(home, s=[names[at] for at in order], v=rng.lognormal(0, 1.5, 100_000))
    found = analytics(home, stratum="s", measures=("v",), sample_frac=fraction)
    assert found["sample_rows"] == round(fraction * 100_000)
    assert found["design_effects"]["v"] <= 1.004


def test_where_only_all_rows_would_do(home: Home) -> None:
    """Never more rows than there are: one value that is half the total, and is not known to a small sample."""
    write_parquet(home, s=["a", "b"] * 20, v=np.arange(40.0) ** 6)
    measure = analytics(home, stratum="s", measures=("v",), sample_frac=0.1)["measures"]["v"]
    assert not measure["certified"]
    named = re.search(r"a fraction of (\S+) would do|\(a fraction of (1)\)", measure["reason"], re.IGNORECASE)
    assert named is not None or "sample fraction of" in measure["reason"]
    largest = analytics(home, stratum="s", measures=("v",), sample_frac=1.0)["measures"]["v"]
    assert (largest["certified"], largest["std_error"]) == (True, 0.0)


def test_one_row_and_none(home: Home) -> None:
    """One row is its own exact estimate; without any the estimates are skipped and the run succeeds."""
    write_parquet(home, s=["a"], v=[41])
    measure = analytics(home, stratum="s", measures=("v",))["measures"]["v"]
    assert (measure["estimate"], measure["std_error"], measure["exact"], measure["certified"]) == (41, 0.0, 41, True)
    write_parquet(home, s=pa.array([], pa.string()), v=pa.array([], pa.int64()))
    metadata = run(home, stratum="s", measures=("v",))
    assert (metadata["status"], metadata["counts"]["written"]) == ("success", 0)
    assert metadata["analytics"]["status"] == "skipped"
    assert metadata["analytics"]["reason"] == "There are no rows to estimate from."
