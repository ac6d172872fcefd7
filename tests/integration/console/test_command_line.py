"""`python -m console` as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from console import users

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "correct horse battery"


def test_it_runs_as_a_module(home):
    """`python -m console` works as a process of its own, and without a verb says what there is."""
    base = [sys.executable, "-m", "console"]
    added = subprocess.run(
        [*base, "users", "add", "ada", "--role", "super_admin", "--password-stdin", "--home", str(home)],
        input=PASSWORD + "\n", capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert (added.returncode, added.stderr) == (0, "")
    assert users.has_super_admin(home)
    assert subprocess.run(base, capture_output=True, cwd=ROOT, check=False).returncode == 2
