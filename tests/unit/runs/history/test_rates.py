"""Rates of past runs: what counts, what does not, and what is said while nothing is known."""

from __future__ import annotations

import json

import pytest

from etl_batch.runs.history.rates import DEFAULT_RATES, STARTUP_SECONDS, PastRun, rates_for, recent_runs

CSV, BINARY = ("csv", None), ("binary", "default")


def past(seconds=11.5, size=100_000_000, workers=2, formats=(CSV,), csv=None, parquet=None) -> PastRun:
    """A run over 100 MB of CSV with two workers in ten seconds and what starting takes."""
    return PastRun(formats, workers, size, seconds, csv, parquet)


def write_run(home, name, **changes) -> None:
    """The metadata of a run, as the engine leaves it."""
    metadata = {
        "status": "success",
        "started_at": "2026-01-01T00:00:00Z",
        "finished_at": "2026-01-01T00:00:11.500Z",
        "config": {"workers": 2},
        "inputs": [{"format": "csv", "layout": None, "size_bytes": 100_000_000}],
        "outputs": {"csv": {"bytes": 90_000_000}},
    }
    folder = home / "output" / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.json").write_text(json.dumps(metadata | changes))


def test_the_rate_is_that_of_like_runs():
    """Other formats do not count, starting is taken off, and the rate is that of one worker."""
    rates = rates_for([CSV], 8, [past(), past(seconds=1.6, formats=(BINARY,)), past(workers=4, seconds=6.5)])
    assert rates.bytes_per_worker_second == pytest.approx(5_000_000)
    assert rates.runs == 2


def test_more_workers_than_cores_make_nothing_faster():
    """Sixteen workers on two cores worked as two."""
    assert rates_for([CSV], 2, [past(workers=16)]).bytes_per_worker_second == pytest.approx(5_000_000)


def test_small_runs_tell_sizes_and_no_rates():
    """A run over a few bytes is all starting; what it made of them still counts."""
    rates = rates_for([CSV], 2, [past(size=1000, csv=900, parquet=500)])
    assert (rates.runs, rates.bytes_per_worker_second) == (0, DEFAULT_RATES["csv"])
    assert (rates.csv_ratio, rates.parquet_ratio) == (0.9, 0.5)


def test_the_newest_runs_count():
    """Five runs are enough: what the machine did long ago is forgotten."""
    runs = [past(csv=50_000_000)] * 5 + [past(seconds=1001.5, csv=1)] * 20
    rates = rates_for([CSV], 2, runs)
    assert rates.bytes_per_worker_second == pytest.approx(5_000_000)
    assert rates.csv_ratio == 0.5


def test_nothing_is_known_of_an_unknown_format():
    """The slowest default stands in, and no ratio is made up."""
    rates = rates_for([("new", None)], 2, [])
    assert rates.bytes_per_worker_second == min(DEFAULT_RATES.values())
    assert (rates.csv_ratio, rates.parquet_ratio, rates.runs) == (None, None, 0)


def test_recent_runs_are_read_from_their_directories(tmp_path):
    """Failed runs, broken files and strange names are passed over; a run that was written again is read again."""
    assert recent_runs(tmp_path) == []
    write_run(tmp_path, "20260101T000000Z-aaaaaa")
    write_run(tmp_path, "20260102T000000Z-bbbbbb", status="failed")
    write_run(tmp_path, "20260103T000000Z-cccccc", started_at=None)
    write_run(tmp_path, ".commit")
    (tmp_path / "output" / "runs" / "20260104T000000Z-dddddd").mkdir()
    (run,) = recent_runs(tmp_path)
    assert run == past(csv=90_000_000)
    assert run.seconds - STARTUP_SECONDS == pytest.approx(10)
    write_run(tmp_path, "20260101T000000Z-aaaaaa", config={"workers": 12})
    assert recent_runs(tmp_path)[0].workers == 12


def test_the_newest_sixty_are_enough(tmp_path):
    """However many runs there are, as many are read."""
    for number in range(70):
        write_run(tmp_path, f"20260101T{number:06}Z-aaaaaa", config={"workers": number})
    runs = recent_runs(tmp_path)
    assert (len(runs), runs[0].workers) == (60, 69)
