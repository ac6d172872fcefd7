"""Coverage so far: which intervals count, which hold, and that the index keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch.runs.history import intervals
from etl_batch.runs.history.index import coverage_so_far, find_runs, run_ids
from etl_batch.runs.history.intervals import CoverageSoFar, Held, held_intervals, pack, sample_key, unpack
from etl_batch.runs.record.directory import RunDirectory
from tests.histories import make_run
from tests.records import record


def measure(low: float | None = 90.0, high: float | None = 110.0, exact: float | None = 100, certified: bool = True):
    """One measure of `metadata.json`."""
    return {"estimate": 100.0, "ci_low": low, "ci_high": high, "exact": exact, "certified": certified}


def analytics(seed: int = 0, **measures):
    """The analytics of a run that sampled 50 rows."""
    return {"seed": seed, "sample_rows": 50, "measures": measures}


def run(home: Path, number: int, size: int = 1000, fraction: float = 0.005, **changes) -> str:
    """A run over one file of that size."""
    values = {"inputs": [{"path": "/d/a.csv", "size_bytes": size}], "config": {"sample_frac": fraction}}
    return make_run(home, number, **{**values, **changes})


def test_intervals_are_counted_by_certainty(tmp_path: Path) -> None:
    """Of two certified ones one holds, of one that is not certified none does; a failed run counts for nothing."""
    run(tmp_path, 1, analytics=analytics(1, a=measure(), b=measure(exact=111)))
    run(tmp_path, 2, analytics=analytics(2, a=measure(exact=89, certified=False)))
    run(tmp_path, 3, status="failed", analytics=analytics(3, a=measure()))
    assert coverage_so_far(tmp_path) == CoverageSoFar(Held(1, 2), Held(0, 1), runs=2)


def test_runs_that_draw_the_same_sample_count_once(tmp_path: Path) -> None:
    """Same input, seed, fraction and exact total: the newest counts; anything else makes a sample of its own."""
    run(tmp_path, 1, analytics=analytics(a=measure(exact=111)))
    run(tmp_path, 2, analytics=analytics(a=measure(exact=111)))
    assert coverage_so_far(tmp_path) == CoverageSoFar(Held(0, 1), runs=2, repeated=1)
    run(tmp_path, 3, analytics=analytics(seed=1, a=measure()))
    run(tmp_path, 4, size=1001, analytics=analytics(a=measure()))
    run(tmp_path, 5, fraction=0.01, analytics=analytics(a=measure()))
    run(tmp_path, 6, analytics=analytics(a=measure()))  # another exact total: the data has changed
    run(tmp_path, 7, analytics=analytics(b=measure(exact=111)))
    assert coverage_so_far(tmp_path) == CoverageSoFar(Held(4, 6), runs=7, repeated=1)


@pytest.mark.parametrize(
    ("found", "held"),
    [
        (measure(100.0, 100.0), None),  # nothing was left to chance: it cannot miss
        (measure(None, None), None),
        (measure(exact=None), None),
        (measure(low=float("nan")), None),
        (measure(low="x"), None),
        (measure(exact=90), True),
        (measure(exact=90 * (1 - 1e-12)), True),  # one rounding away
        (measure(exact=89.99), False),
    ],
)
def test_what_counts_and_what_holds(found, held) -> None:
    """Only intervals with a width count, and both ends belong to them."""
    metadata = {"status": "success", "analytics": analytics(a=found)}
    assert [one.held for one in held_intervals(record(metadata))] == ([] if held is None else [held])


@pytest.mark.parametrize(
    "metadata", [{}, {"status": "success", "analytics": None}, {"status": "success", "analytics": {"measures": [1]}}]
)
def test_odd_metadata_has_no_intervals(metadata) -> None:
    """Files from elsewhere may hold anything."""
    assert list(held_intervals(record(metadata))) == []
    assert unpack(pack(record(metadata))) == []
    assert sample_key(record(metadata))


def test_the_index_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second look reads no metadata, a new run is seen, and a deleted one is forgotten."""
    first = run(tmp_path, 1, analytics=analytics(1, a=measure()))
    assert coverage_so_far(tmp_path).certified == Held(1, 1)
    run(tmp_path, 2, analytics=analytics(2, a=measure(exact=111)))
    read: list[str] = []
    metadata = RunDirectory.metadata
    monkeypatch.setattr(RunDirectory, "metadata", lambda self: read.append(self.run_id) or metadata(self))
    assert coverage_so_far(tmp_path).certified == Held(1, 2)
    assert read == run_ids(tmp_path)[:1]
    RunDirectory(tmp_path, first).file("metadata.json").unlink()
    RunDirectory(tmp_path, first).file("config.json").unlink()
    RunDirectory(tmp_path, first).path.rmdir()
    assert coverage_so_far(tmp_path).certified == Held(0, 1)


def test_the_look_back_is_bounded_and_says_so(tmp_path: Path) -> None:
    """Only the newest runs are looked at, and that there are more is known."""
    for number in range(5):
        run(tmp_path, number, analytics=analytics(number, a=measure(exact=111 if number < 2 else 100)))
    assert coverage_so_far(tmp_path, look_back=3) == CoverageSoFar(Held(3, 3), runs=3, bounded=True)
    assert coverage_so_far(tmp_path, look_back=5) == CoverageSoFar(Held(3, 5), runs=5)
    assert intervals.LOOK_BACK == 10_000


def test_no_runs_no_coverage(tmp_path: Path) -> None:
    """An empty home, and runs without analytics."""
    assert coverage_so_far(tmp_path) == CoverageSoFar()
    make_run(tmp_path, 1)
    assert len(find_runs(tmp_path).rows) == 1
    assert coverage_so_far(tmp_path) == CoverageSoFar()
