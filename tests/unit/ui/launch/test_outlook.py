"""What is told of a run before it: rows, time, size, and the sentence about a disk without room."""

from __future__ import annotations

import shutil

import pytest

from etl_batch.defaults import machine_cores
from etl_batch.language import speaking
from etl_batch.previews import Preview
from etl_batch.record.run import SourceFacts
from etl_batch.runs.history.rates import DEFAULT_RATES, STARTUP_SECONDS
from etl_batch.stores.url import path_of
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.outlook import PARQUET_SHARE, outlook, room_sentence

PREVIEW = Preview(
    source=SourceFacts("/d/a.csv", "csv", size_bytes=50_000),
    columns=(),
    rows=(),
    rows_estimate=1000,
    bytes_looked_at=50_000,
    row_bytes=40.0,
    stratum=None,
    measures=(),
    by_layout=False,
    note="",
    reading=(),
    suggestions=(),
)


def test_defaults_until_a_run_has_told(tmp_path):
    """Without past runs the size comes from the first records and the time from a default rate, which is said."""
    outputs = {"csv": tmp_path / "output" / "a.csv", "parquet": tmp_path / "output" / "a.parquet"}
    ahead = outlook(tmp_path, PREVIEW, 100_000, 1, outputs)
    assert (ahead.rows, ahead.basis, ahead.room) == (2000, wording.BY_DEFAULT, None)
    assert ahead.output_bytes == round(2000 * 40 * (1 + PARQUET_SHARE))
    assert ahead.seconds == pytest.approx(STARTUP_SECONDS + 100_000 / DEFAULT_RATES["csv"])


def test_an_output_that_is_not_written_takes_no_room(tmp_path):
    """Without Parquet the CSV counts alone."""
    assert outlook(tmp_path, PREVIEW, 50_000, 1, {"csv": tmp_path / "a.csv", "parquet": None}).output_bytes == 40_000


@pytest.mark.parametrize(
    ("csv", "parquet", "said", "in_portuguese"),
    [
        ("/o/a.csv", "/o/a.parquet", "on the disk", "no disco"),
        ("/o/a.csv", None, "on the disk", "no disco"),
        (
            "s3://lake/a.csv",
            "s3://lake/a.parquet",
            "to the store, written to the disk first",
            "para o armazenamento, gravadas antes no disco",
        ),
        (None, "s3://lake/a.parquet", "to the store, written to the disk first", "para o armazenamento"),
        (
            "s3://lake/a.csv",
            "/o/a.parquet",
            "on the disk, and to the store, written to the disk first",
            "no disco, e para o armazenamento, gravadas antes no disco",
        ),
    ],
)
def test_where_the_outputs_go(tmp_path, csv, parquet, said, in_portuguese):
    """Objects go to their store, by way of the disk of the home, which needs room for them."""
    named = {"csv": csv, "parquet": parquet}
    outputs = {name: None if text is None else path_of(text) for name, text in named.items()}
    ahead = outlook(tmp_path, PREVIEW, 50_000, 1, outputs)
    assert ahead.where == said
    with speaking("pt_br"):
        assert ahead.where.startswith(in_portuguese)


def test_past_runs_are_said_and_used(home):
    """After a run over such files its ratios count, and more workers than cores promise nothing."""
    size = (home / "data" / "sales.csv").stat().st_size
    outputs = {"csv": home / "output" / "x.csv", "parquet": None}
    made = (home / "output" / "sales.csv").stat().st_size
    assert outlook(home, PREVIEW, size, 1, outputs).output_bytes == pytest.approx(made, abs=2)
    many = outlook(home, PREVIEW, 10**9, 1000, outputs).seconds
    assert many == pytest.approx(outlook(home, PREVIEW, 10**9, machine_cores(), outputs).seconds)


def test_the_disk_is_asked_for_all_outputs_together(tmp_path):
    """Two outputs that fit one by one and not together are said; the folder need not exist yet."""
    free = shutil.disk_usage(tmp_path).free
    folder = tmp_path / "new" / "folder"
    assert room_sentence([(folder, free // 4), (folder, free // 4)]) is None
    sentence = room_sentence([(folder, free // 4 * 3), (tmp_path, free // 4 * 3)])
    assert sentence is not None
    assert str(folder) in sentence
