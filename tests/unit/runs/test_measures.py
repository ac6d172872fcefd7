"""The history of the measures: which runs belong to it, and what it costs."""

from __future__ import annotations

from pathlib import Path

from etl_batch import service
from etl_batch.config import RunConfig
from etl_batch.demo import write_sales_csv
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.measures import measure_history


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
            said = RunDirectory(home, point.run_id).metadata()["analytics"]["measures"][measure]
            assert (point.estimate, point.ci_low, point.exact) == (said["estimate"], said["ci_low"], said["exact"])
    assert [point.run_id for point in measure_history(home, ids[0], limit=2)["value"]] == ids[1:]


def test_unfinished_and_broken_runs_are_left_out(tmp_path: Path) -> None:
    """A run without metadata, with half of it, or that failed has no point."""
    home = make_home(tmp_path)
    good = run(home, 1)
    for number, text in ((2, None), (3, '{"status": "succ'), (4, '{"status": "failed", "analytics": {}}')):
        broken = RunDirectory(home, f"2026010{number}T000000Z-bbbbbb").create()
        broken.write("config.json", RunDirectory(home, good).config())
        if text is not None:
            broken.file("metadata.json").write_text(text)
    assert [point.run_id for point in measure_history(home, good)["value"]] == [good]
