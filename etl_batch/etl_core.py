"""The command line's door: `python etl_batch/etl_core.py -i data -o output/x.csv -w 8`, from any directory."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from types import ModuleType

# Read once, when Arrow's allocator starts: pages stay with a worker from chunk to chunk.
os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")
# Nothing here multiplies matrices: numpy need not start a thread a core for it, nor pydantic look for plugins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

if __name__ == "__main__":
    # Python puts the script's own folder first; the package stands one level above it.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from etl_batch.stopping import held

with held():  # a signal that comes while the libraries load, a third of a second, is answered like any later one
    from etl_batch import private
    from etl_batch.cli.main import main as run_command


class _WithoutPandas:
    """Refuses to import pandas: Arrow takes it, if it can, at the first `pa.array`, half a second for nothing here."""

    @staticmethod
    def find_spec(name: str, *_where: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("the engine's command line works without pandas", name=name)


class _WithoutHelp(ModuleType):
    """Reads no documentation: Arrow makes the help of its functions of it, half of what they take to load."""

    @staticmethod
    def NumpyDocString(_text: str) -> dict[str, list[str]]:  # noqa: N802 - as Arrow calls it
        return {"Parameters": []}


def main() -> int:
    """The command `etl`; returns its exit code."""
    private.begin()
    sys.meta_path.insert(0, _WithoutPandas)
    sys.modules.setdefault("pyarrow.vendored.docscrape", _WithoutHelp("docscrape"))
    try:
        return run_command()
    finally:
        gc.freeze()  # else the interpreter, which ends now, looks for garbage among all modules first


if __name__ == "__main__":
    sys.exit(main())
