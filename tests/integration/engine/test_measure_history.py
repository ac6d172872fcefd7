"""The history of the measures: which runs belong to it, and what it costs."""

from __future__ import annotations

from pathlib import Path

from etl_batch import service
from etl_batch.config import RunConfig
from etl_batch.demo import write_sales_csv
from etl_batch.runs.history.measures import measure_history
from etl_batch.runs.record.directory import RunDirectory


def run(home: Path, number: int, **changes: object) -> str:
    """One more run of the engine over the same input; its id."""
    run_id = f"2026010{number}T000000Z-aaaaaa"
    values = {"inputs": (str(home / "data" / "x.csv"),), "output_csv": home / "output" / "x.csv", "home": home}
    service.execute(RunConfig(**{**values, "workers": 1, **changes}), run_id=run_id)
    return run_id


def make_home(folder: Path) -> Path:
    """A home with one small input."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir()
    write_sales_csv(folder / "data" / "x.csv", 500, seed=1)
    return folder


def test_runs_to_the_same_output_make_a_history(tmp_path: Path) -> None:
    """Oldest first, estimate and exact total as each run's metadata has them; runs to other outputs are left out."""
    home = make_home(tmp_path)
    ids = [run(home, number, seed=number) for number in (1, 2, 3)]
    run(home, 4, output_csv=home / "output" / "other.csv")
    history = measure_history(home, ids[0])
    assert set(history) == {"quantity", "value"}
    for measure, points in history.items():
        assert [point.run_id for point in points] == ids
        for point in points:
            said = RunDirectory(home, point.run_id).metadata().analytics.measures[measure]
            names = ("estimate", "std_error", "df", "ci_low", "ci_high", "exact", "certified", "reason")
            assert {name: getattr(point, name) for name in names} == {name: getattr(said, name) for name in names}
    assert [point.run_id for point in measure_history(home, ids[0], limit=2)["value"]] == ids[1:]


def test_the_same_seed_on_the_same_input_is_the_same_sample(tmp_path: Path) -> None:
    """Two such runs are told by their key, estimate and error; another seed or fraction has another key."""
    home = make_home(tmp_path)
    run(home, 1, seed=1)
    run(home, 2, seed=1, workers=2)
    run(home, 3, seed=2)
    run(home, 4, seed=1, sample_frac=0.1)
    one, same, *others = measure_history(home, run(home, 5, seed=1))["value"]
    assert (one.sample, one.estimate, one.std_error) == (same.sample, same.estimate, same.std_error)
    assert [point.sample == one.sample for point in others] == [False, False, True]


def test_unfinished_and_broken_runs_are_left_out(tmp_path: Path) -> None:
    """A run without metadata, with half of it, or that failed has no point."""
    home = make_home(tmp_path)
    good = run(home, 1)
    for number, text in ((2, None), (3, '{"status": "succ'), (4, '{"status": "failed", "analytics": {}}')):
        broken = RunDirectory(home, f"2026010{number}T000000Z-bbbbbb").create()
        broken.write("config.json", RunDirectory(home, good).config().values)
        if text is not None:
            broken.file("metadata.json").write_text(text)
    assert [point.run_id for point in measure_history(home, good)["value"]] == [good]
