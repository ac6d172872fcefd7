"""Whoever takes the machine's own Python is told in a sentence which one to take."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from etl_batch.defaults import PROJECT_ROOT

DOORS = (
    ["etl_batch/etl_core.py", "-i", "data", "-o", "output/x.csv"],
    ["-m", "console", "users", "list"],
    ["app.py"],
)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door[-1])
def test_a_python_without_the_libraries_says_so(door: list[str]) -> None:
    """One line on stderr that names the Python and the one to take, the exit code of a wrong command, no traceback."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # -S: without site-packages.
    said = subprocess.run(
        [sys.executable, "-S", *door], cwd=PROJECT_ROOT, env=plain, capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith(f"etl: {sys.executable} has no library '")
    assert "use .venv/bin/python" in said.stderr
    assert said.stderr.count("\n") == 1
