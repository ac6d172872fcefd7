"""The estimates of a run from what its pass has collected, and the sample that is kept of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from etl_batch import sentences
from etl_batch.formats.text import source as text
from etl_batch.model import Allocation, Analytics
from etl_batch.stages.finish import Ingested
from etl_batch.stages.measure.estimate import estimate
from tests.unit.engine_parts import ingest_here, text_source

ROWS = [("abc"[n % 3], f"{n % 7}.50", str(n)) for n in range(600)]


def estimated(folder: Path, content: str, **changes: Any) -> tuple[Analytics, pa.Table]:
    """Analytics and sample of one file."""
    done = ingest_here([text_source(folder, content)], folder, **{"chunk_bytes": 2_000, **changes})
    ingested = Ingested(done.plan, done.measuring)
    for result in done.results:
        ingested.add(result)
    return estimate(ingested, done.measuring)


CONTENT = "k,v,n\n" + "".join(f"{','.join(row)}\n" for row in ROWS)
TOTAL = sum(float(v) for _, v, _ in ROWS)


def test_everything_sampled_is_exact(tmp_path: Path) -> None:
    """The estimate is the total, in the measure's units, of all rows and of each stratum."""
    analytics, sample = estimated(tmp_path, CONTENT, stratum="k", measures=("v",), sample_frac=1.0)
    assert analytics.status == "success"
    measure = analytics.measures["v"]
    assert (measure.estimate, measure.exact, measure.std_error) == (TOTAL, TOTAL, 0)
    assert {row.value: (row.rows, row.sampled) for row in analytics.strata} == dict.fromkeys("abc", (200, 200))
    assert sample.num_rows == 600


def test_the_sample_is_rows_of_the_input(tmp_path: Path) -> None:
    """Each with its key, its stratum and whether it was taken whole, as many of a stratum as the analytics say."""
    analytics, sample = estimated(tmp_path, CONTENT, stratum="k", measures=("v",), sample_frac=0.1)
    assert sample.column_names == ["_key", "_stratum", "_whole", "k", "v", "n"]
    assert sample.num_rows == analytics.sample_rows < 600
    rows = {int(n): (k, v) for k, v, n in ROWS}
    for row in sample.to_pylist():
        assert (row["k"], str(row["v"])) == rows[row["n"]]
        assert row["_stratum"] == row["k"]
    drawn = {row.value: row.sampled for row in analytics.strata}
    assert {value: sample.column("k").to_pylist().count(value) for value in "abc"} == drawn
    assert analytics.measures["v"].exact == TOTAL


@pytest.mark.parametrize("chunk_bytes", [150, 1 << 20])
def test_any_cut_gives_the_same(tmp_path: Path, chunk_bytes: int) -> None:
    """The sample is a matter of the input and the seed, bad records between the rows or not."""
    content = CONTENT.replace("0\n", "0\nlonely\n")
    changes = {"stratum": "k", "measures": ("v",), "sample_frac": 0.1, "seed": 5}
    expected, same = estimated(tmp_path, content, **changes)
    analytics, sample = estimated(tmp_path, content, **changes, chunk_bytes=chunk_bytes)
    assert sample.equals(same)
    assert analytics.measures["v"].estimate == expected.measures["v"].estimate
    other = estimated(tmp_path, content, **{**changes, "seed": 6})[1]
    assert not other.equals(same)


@pytest.fixture
def short_sighted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan sees the first and the last few rows of a text alone."""
    monkeypatch.setattr(text, "_SAMPLE_BLOCKS", 2)
    monkeypatch.setattr(text, "_BLOCK_BYTES", 64)


@pytest.mark.usefixtures("short_sighted")
def test_a_stratum_that_was_widened_late(tmp_path: Path) -> None:
    """What early chunks counted as the number 7 and late ones as the word is one stratum, under the final value."""
    content = "k,v\n" + "7,1\n8,2\n" * 100 + "word,4\n" * 10 + "7,8\n" * 40
    analytics, _ = estimated(tmp_path, content, stratum="k", measures=("v",), chunk_bytes=30, sample_frac=1.0)
    assert {row.value: row.measures["v"].exact for row in analytics.strata} == {"7": 420, "8": 200, "word": 40}


def test_without_a_stratum(tmp_path: Path) -> None:
    """All rows are one."""
    content = "v\n" + "".join(f"{n % 50}.5\n" for n in range(2000))
    analytics, sample = estimated(tmp_path, content, sample_frac=0.5, measures=("v",))
    assert [row.rows for row in analytics.strata] == [2000]
    assert set(sample.column("_stratum").to_pylist()) == {"(all)"}


REASONS = [
    ("k,v\n" + ",1\n" * 9, {"stratum": "k", "measures": ("v",)}, sentences.estimates.EMPTY_COLUMN.format(name="k")),
    (CONTENT, {"measures": ("k",)}, "Column 'k' holds no numbers"),
    (CONTENT, {"stratum": "nope"}, "There is no column 'nope'"),
    (CONTENT, {"stratum": "k", "measures": ("v",)}, None),
]


@pytest.mark.parametrize(("content", "changes", "reason"), REASONS)
def test_reasons(tmp_path: Path, content: str, changes: dict[str, Any], reason: str | None) -> None:
    """Why there are no estimates, or others than were asked for."""
    analytics, _ = estimated(tmp_path, content, **changes, sample_frac=0.5)
    assert (analytics.reason or "").startswith(reason or "")
    assert (analytics.reason is None) == (reason is None)


def test_no_rows(tmp_path: Path) -> None:
    """A header alone: no estimates, an empty sample with the input's columns, and a reason."""
    analytics, sample = estimated(tmp_path, "k,v\n")
    assert (analytics.status, analytics.population_rows, sample.num_rows) == ("skipped", 0, 0)
    assert sample.column_names[-2:] == ["k", "v"]
    assert analytics.reason


SKEWED = "k,s,v,w,n\n" + "".join(
    f"{'abcdefgh'[n * n % 7]},{'' if n % 13 == 0 else n * n % 40},{'' if n % 11 == 0 else (n * 7919 % 1009) ** 9 / 8},"
    f"{n * 31 % 97},{n}\n"
    for n in range(6000)
)
DRAWING: dict[str, Any] = {"measures": ("v", "w"), "sample_frac": 0.05, "chunk_bytes": 30_000}
DRAWN = [
    ({"stratum": "k"}, "5832c5e8dd088ae8", 300, 0),
    ({"stratum": "k", "seed": 7, "chunk_bytes": 1 << 20}, "7923ec63ac395a91", 300, 0),
    ({"stratum": "s", "sample_frac": 0.2}, "ef65b47f32c092ce", 1200, 3),
    ({"measures": ("v",), "sample_frac": 0.02}, "4c4b97f603683e72", 120, 0),
    ({"stratum": "n"}, "8515574e5c25b6ee", 300, 0),
    ({"stratum": "k", "sample_frac": 0.005, "allocation": Allocation.NEYMAN}, "bfe6a322a043a7f7", 30, 0),
]


@pytest.mark.parametrize(("changes", "digest", "rows", "whole"), DRAWN)
def test_what_a_seed_draws_never_changes(
    tmp_path: Path, changes: dict[str, Any], digest: str, rows: int, whole: int
) -> None:
    """The sample of a run made today is drawn again by any later version: digests of the rows are written down."""
    _, sample = estimated(tmp_path, SKEWED, **{**DRAWING, **changes})
    found = hashlib.sha256(repr(sample.to_pydict()).encode()).hexdigest()[:16]
    assert (found, sample.num_rows, sample.column("_whole").to_pylist().count(True)) == (digest, rows, whole)
