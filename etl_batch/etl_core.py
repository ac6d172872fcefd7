"""The command line's door: `python etl_batch/etl_core.py -i data -o output/x.csv -w 8`, from any directory."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

# Read once, when Arrow's allocator starts: pages stay with a worker from chunk to chunk.
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")
# And what it has not handed out does not count as taken: see `memory`.
os.environ.setdefault("MIMALLOC_ARENA_EAGER_COMMIT", "0")
# Nothing here multiplies matrices: numpy need not start a thread a core for it, nor pydantic look for plugins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

if __name__ == "__main__":
    # Python puts the script's own folder first; the package stands one level above it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from etl_batch import lacking

try:
    from etl_batch.stopping import held

    with held():  # a signal that comes while the libraries load, a third of a second, is answered like any later one
        from etl_batch import private
        from etl_batch.cli.main import main as run_command
        from etl_batch.lean import do_without
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    lacking.end(error)


def main() -> int:
    """The command `etl`; returns its exit code."""
    private.begin()
    do_without()
    try:
        return run_command()
    finally:
        gc.freeze()  # else the interpreter, which ends now, looks for garbage among all modules first


if __name__ == "__main__":
    sys.exit(main())
