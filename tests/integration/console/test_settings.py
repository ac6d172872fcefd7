"""What engines make of the console's settings, in real runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from console import settings
from etl_batch.demo import write_sales_csv
from etl_batch.errors import PathRefused
from etl_batch.security.guard import allowed_roots
from etl_batch.security.paths import resolve_inputs
from tests.commands import Outcome


@pytest.fixture
def engine(home, loaded_engine) -> Callable[[Path, Path], Outcome]:
    """One run of the command line over the home."""

    def run(source: Path, target: Path) -> Outcome:
        flags = ("--home", home, "--workers", 1, "--no-parquet", "--json", "--quiet")
        return loaded_engine.run("-i", source, "-o", target, *flags, folder=home)

    return run


@pytest.fixture
def outside(tmp_path):
    """A folder of another disk, as it were, with an input."""
    (tmp_path / "outside").mkdir()
    write_sales_csv(tmp_path / "outside" / "sales.csv", 200, seed=1)
    return tmp_path / "outside"


def test_further_folders_are_open_to_real_runs(home, outside, engine):
    """An engine refuses a folder, takes it once the setting names it, and refuses it again when it is taken away."""
    refused = engine(outside / "sales.csv", outside / "out.csv")
    assert (refused.code, "Path traversal detected" in refused.err) == (3, True)
    settings.put(home, "allowed_roots", [str(outside)])
    assert resolve_inputs([outside / "sales.csv"], allowed_roots(home)) == [outside / "sales.csv"]
    taken = engine(outside / "sales.csv", outside / "out.csv")
    assert taken.code == 0, taken.err
    assert taken.json["counts"]["written"] == 200
    assert (outside / "out.csv").is_file()
    settings.put(home, "allowed_roots", [])
    with pytest.raises(PathRefused):
        resolve_inputs([outside / "sales.csv"], allowed_roots(home))


def test_real_runs_keep_so_many_backups(home, outside, engine):
    """The engine leaves as many earlier versions of an output as the setting says."""
    shutil.copy(outside / "sales.csv", home / "data")
    settings.put(home, "keep_backups", 1)
    for _ in range(3):
        assert engine(home / "data" / "sales.csv", home / "output" / "out.csv").code == 0
    assert len(list((home / "output").glob("out.csv.bak.*"))) == 1
