"""Where things are and what the machine has, when nothing is said: what every part may know and no run can set."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
ENGINE = PROJECT_ROOT / "etl_batch" / "etl_core.py"
"""The command line, run by path."""
LAUNCHED = "launched"
"""Its verb for a run whose settings stand in its directory; no help names it, because it is not for people."""
CHUNK_BYTES = 64 << 20
"""Input bytes that a task of a run reads at most."""
MAX_RECORD_BYTES = 64 << 20
"""Bytes of the longest record that is read."""
AUTO_LAYOUT = "auto"
"""The layout's name that asks to detect it."""
LATEST_REPORT = "etl_quantum_report.html"
"""The newest report's name in `report/`, when no other place is named for it."""


def offered_cluster() -> str | None:
    """The Dask scheduler that whoever runs the server offers to the console: `ETL_CLUSTER`."""
    return os.environ.get("ETL_CLUSTER", "").strip() or None


def is_installed() -> bool:
    """Whether the packages stand where they were installed, and not in a checkout, which has the console's pages."""
    return not (PROJECT_ROOT / "pages" / "launch.py").is_file()


def default_home() -> Path:
    """The folder that holds `data/ output/ report/ .secrets/`: `ETL_HOME`, else the checkout.

    What was installed has none: there it is the current folder, for nothing of a user's belongs among the packages.
    """
    named = os.environ.get("ETL_HOME")
    return Path(named or ("." if is_installed() else PROJECT_ROOT)).absolute()


def home_is_here() -> bool:
    """Whether the home follows from where somebody happens to be, so that they are told which one it is."""
    return is_installed() and not os.environ.get("ETL_HOME")


def machine_cores() -> int:
    """Cores this process may use (its affinity mask, not the machine's catalogue)."""
    return len(os.sched_getaffinity(0)) or 1
