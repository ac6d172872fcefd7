"""What holds when nothing is said: apart from the configuration, whose validation is slow to load."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_CHUNK_BYTES = 64 * 1024 * 1024
DEFAULT_SAMPLE_FRAC = 0.005
DEFAULT_TIMEOUT_SECONDS = 3600.0
AUTO_LAYOUT = "auto"


def default_home() -> Path:
    """The folder that holds `data/ output/ report/ .secrets/`: `ETL_HOME`, else the project root."""
    return Path(os.environ.get("ETL_HOME") or PROJECT_ROOT).absolute()


def machine_cores() -> int:
    """Cores this process may use (its affinity mask, not the machine's catalogue)."""
    return len(os.sched_getaffinity(0)) or 1
