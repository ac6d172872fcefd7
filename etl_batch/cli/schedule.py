"""`schedule ...`: handed to the console, which keeps the schedules; the engine does not import it (docs/adr/007)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from etl_batch import sentences
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import UsageError

CONSOLE = PROJECT_ROOT / "console" / "__main__.py"


def run_schedule(parsed: argparse.Namespace) -> int:
    """Start `python -m console schedules` with the same arguments; returns its exit code.

    It keeps the current directory, which paths are relative to. Raises `UsageError` where no console is installed.
    """
    if not CONSOLE.is_file():
        raise UsageError(sentences.command_line.NO_CONSOLE)
    search = os.pathsep.join(filter(None, (str(PROJECT_ROOT), os.environ.get("PYTHONPATH"))))
    # -P: a folder of the name `console` in the current directory must not stand in for the package.
    command = [sys.executable, "-P", "-m", "console", "schedules", *parsed.words]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": search}, check=False).returncode
