"""What the tests of outputs share: a home with real runs in it, and the engine to make more of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from etl_batch import service
from etl_batch.config import RunConfig

Run = Callable[..., str]


def fresh_home(folder: Path) -> Path:
    """A home that nobody has used yet."""
    for name in ("data", "output", "report"):
        (folder / "home" / name).mkdir(parents=True)
    return folder / "home"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of the test's own."""
    return fresh_home(tmp_path)


@pytest.fixture
def run(home: Path) -> Run:
    """Runs the engine in the test's home over a text and returns the run's id; writes `name`.csv and .parquet."""
    return runner(home)


def runner(home: Path) -> Run:
    """The same for any home."""

    def execute(text: str, name: str = "x", parquet: bool = True, **more: object) -> str:
        source = home / "data" / "in.csv"
        source.write_text(text)
        output = home / "output" / name
        values = {
            "inputs": (str(source),),
            "output_csv": output.with_name(f"{name}.csv"),
            "output_parquet": output.with_name(f"{name}.parquet") if parquet else None,
            "workers": 1,
            "home": home,
            "user": "ada",
        }
        return service.execute(RunConfig(**{**values, **more})).run_id

    return execute
