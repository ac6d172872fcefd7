"""What engines make of the console's settings, in real runs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from console import settings
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_sales_csv
from etl_batch.errors import PathRefused
from etl_batch.security.paths import allowed_roots, resolve_inputs


def engine(home, source, target) -> subprocess.CompletedProcess[str]:
    """One run of the command line over a home."""
    command = [sys.executable, str(PROJECT_ROOT / "etl_batch" / "etl_core.py"), "-i", str(source), "-o", str(target)]
    command += ["--home", str(home), "--workers", "1", "--no-parquet", "--json", "--quiet"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=home)


@pytest.fixture
def outside(tmp_path):
    """A folder of another disk, as it were, with an input."""
    (tmp_path / "outside").mkdir()
    write_sales_csv(tmp_path / "outside" / "sales.csv", 200, seed=1)
    return tmp_path / "outside"


def test_further_folders_are_open_to_real_runs(home, outside):
    """An engine refuses a folder, takes it once the setting names it, and refuses it again when it is taken away."""
    refused = engine(home, outside / "sales.csv", outside / "out.csv")
    assert (refused.returncode, "Path traversal detected" in refused.stderr) == (3, True)
    settings.put(home, "allowed_roots", [str(outside)])
    assert resolve_inputs([outside / "sales.csv"], allowed_roots(home)) == [outside / "sales.csv"]
    taken = engine(home, outside / "sales.csv", outside / "out.csv")
    assert taken.returncode == 0, taken.stderr
    assert json.loads(taken.stdout)["counts"]["written"] == 200
    assert (outside / "out.csv").is_file()
    settings.put(home, "allowed_roots", [])
    with pytest.raises(PathRefused):
        resolve_inputs([outside / "sales.csv"], allowed_roots(home))


def test_real_runs_keep_so_many_backups(home, outside):
    """The engine leaves as many earlier versions of an output as the setting says."""
    shutil.copy(outside / "sales.csv", home / "data")
    settings.put(home, "keep_backups", 1)
    for _ in range(3):
        assert engine(home, home / "data" / "sales.csv", home / "output" / "out.csv").returncode == 0
    assert len(list((home / "output").glob("out.csv.bak.*"))) == 1
