"""`app.py` as a process: what it says before it serves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("port", ["x", "-1", "65536", "80 80", "\u0663"])
def test_a_bad_port_is_told(tmp_path, port):
    """The launcher says in one line what is wrong with PORT and exits with 2."""
    environment = {**os.environ, "PORT": port, "ETL_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, str(ROOT / "app.py")], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == f"PORT={port} is not a port; use a number from 0 to 65535.\n"
