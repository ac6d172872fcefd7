"""The command line's door: `python etl_batch/etl_core.py -i data -o output/x.csv -w 8`, from any directory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Read once, when Arrow's allocator starts: pages stay with a worker from chunk to chunk.
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")

if __name__ == "__main__":
    # Python puts the script's own folder first; the package stands one level above it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from etl_batch.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
