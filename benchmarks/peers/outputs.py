"""What every peer is asked: an input and outputs. They are forced to the disk, as the engine forces its own."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def arguments(description: str | None) -> argparse.Namespace:
    """The command line: `input`, `csv` and `parquet`, the latter None when they are not asked for."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("input", type=Path)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--parquet", type=Path)
    return parser.parse_args()


def force(*outputs: Path | None) -> None:
    """Return when the outputs that were made are on the disk; in memory there is nothing to wait for."""
    for path in outputs:
        if path is not None:
            with path.open("rb") as written:
                os.fsync(written.fileno())
