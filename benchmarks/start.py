"""A run of 1,000 records against its imports: what is fixed in a run, and how far it is from only loading itself.

    python benchmarks/start.py --repeat 15

In turns, each a whole process: a run of lineitem from CSV to CSV and Parquet by two workers, a probe of the same file,
and for each of them an interpreter that imports the modules that it had loaded when it ended, in the same order, and
does nothing. What is loaded beside the workers counts among a run's imports too. `--engine` measures another checkout.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import lineitem  # noqa: E402 - the root must be on the path first
from benchmarks.inputs import CSV  # noqa: E402
from benchmarks.measure import Usage, usage  # noqa: E402

RECORDS = 1_000
_IMPORTED = re.compile(rb"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)
_SETTINGS = (
    "import os, sys; os.environ.update(OPENBLAS_NUM_THREADS='1', PYDANTIC_DISABLE_PLUGINS='__all__');"
    "sys.modules['pandas'] = None"
)
"""As the engine's command does before it loads anything."""


def make_input(folder: Path) -> Path:
    """The first records of lineitem, with the header."""
    lineitem.write(folder, 1)
    path = folder / "first.csv"
    with (folder / CSV).open("rb") as whole:
        path.write_bytes(b"".join(next(whole) for _ in range(RECORDS + 1)))
    return path


def commands(engine: Path, source: Path, folder: Path) -> dict[str, list[str]]:
    """The two command lines."""
    door = [sys.executable, str(engine / "etl_batch" / "etl_core.py")]
    run = [*door, "-i", str(source), "-o", str(folder / "out.csv"), "-w", "2", "--quiet"]
    probe = [*door, "estimate", str(source), "--stratum", "l_returnflag", "--measure", "l_quantity"]
    return {"run": run, "probe": probe}


def imports_of(command: list[str], environment: Mapping[str, str]) -> str:
    """A program that imports what the command does; modules that only a package's own code can reach are left to it."""
    traced = [command[0], "-X", "importtime", *command[1:]]
    told = subprocess.run(traced, env=dict(environment), check=True, capture_output=True).stderr
    names = [name.decode() for name in dict.fromkeys(_IMPORTED.findall(told))]
    lines = [_SETTINGS, "import importlib, contextlib"]
    lines += [f"with contextlib.suppress(ImportError): importlib.import_module({name!r})" for name in names]
    return "\n".join(lines)


def measure(engine: Path, repeat: int, folder: Path) -> dict[str, list[Usage]]:
    """What the commands and their imports have taken, in turns."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"ETL_HOME": str(folder), "ETL_ALLOWED_ROOTS": str(folder), "PYTHONPATH": str(engine)}
    lines = commands(engine, make_input(folder), folder)
    for line in lines.values():  # the first compiles modules, kernels and templates
        usage(line, environment, folder / "log")
    for name, line in list(lines.items()):
        lines[f"imports of the {name}"] = [sys.executable, "-c", imports_of(line, environment)]
    taken: dict[str, list[Usage]] = {name: [] for name in lines}
    for _ in range(repeat):
        for name, line in lines.items():
            taken[name].append(usage(line, environment, folder / "log"))
    return taken


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=15, help="rounds (default: %(default)s)")
    parser.add_argument("--engine", type=Path, default=ROOT, help="the checkout to measure (default: this one)")
    parser.add_argument("--folder", type=Path, help="where files are made (default: the system's temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        taken = measure(options.engine.resolve(), options.repeat, Path(name))
    print("| process | seconds, median | least | CPU s, median | least |\n| --- | ---: | ---: | ---: | ---: |")
    for name, each in taken.items():
        wall, cpu = [one.wall for one in each], [one.cpu for one in each]
        figures = (statistics.median(wall), min(wall), statistics.median(cpu), min(cpu))
        print(f"| {name} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |")
    for name in ("run", "probe"):
        ratios = [
            all_.wall / alone.wall for all_, alone in zip(taken[name], taken[f"imports of the {name}"], strict=True)
        ]
        print(f"{name} / its imports, by the clock, median of the rounds: {statistics.median(ratios):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
