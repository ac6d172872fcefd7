"""A console that starts where nothing more can be written: it serves, or says in a sentence why it does not."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from tests.waiting import PATIENCE_SECONDS

SIZES = [0, 3000, 20_000, 60_000]
"""Bytes that a file may have: what is behind them is refused, SQLite's writes too."""


@pytest.mark.parametrize("size", SIZES)
def test_a_fresh_home_on_a_full_disk(fresh: Path, size: int) -> None:
    """Exit 5 and one sentence; with room again the console starts as if nothing had been."""
    full = console(fresh, size)
    out, err = full.communicate(timeout=PATIENCE_SECONDS)
    assert (full.returncode, len(err.splitlines())) == (5, 1), err
    assert str(fresh) in err or "File too large" in err
    assert "rollback" not in err
    assert "setup?token" not in out
    again = console(fresh, resource.RLIM_INFINITY)
    try:
        assert again.stdout is not None
        assert "Quantum ETL console: " in again.stdout.readline()
        assert "setup?token" in again.stdout.readline()
    finally:
        again.kill()
        again.communicate()


def console(home: Path, size: int) -> subprocess.Popen[str]:
    """A console whose files may be so large."""
    limited = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "
    return subprocess.Popen(
        [sys.executable, "-c", limited.format(size) + "runpy.run_path('app.py', run_name='__main__')"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "ETL_HOME": str(home), "PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
