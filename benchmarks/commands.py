"""The command lines that are measured: the engine's and its peers', and what each must have written."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as parquet

from benchmarks.inputs import Input, Place
from benchmarks.measure import CommandFailed, Usage, usage
from etl_batch.defaults import ENGINE
from etl_batch.record.profile import RunProfile

OURS = "ours"
PEERS = {"Polars": "with_polars.py", "DuckDB": "with_duckdb.py", "original loop": "original.py"}
FLAGS = {".csv": "-o", ".parquet": "-p"}
BOTH = (".csv", ".parquet")


def command(tool: str, source: Path, outputs: Sequence[Path], workers: int) -> list[str]:
    """The command line by which a tool turns `source` into `outputs`."""
    if tool != OURS:
        script = Path(__file__).resolve().parent / "peers" / PEERS[tool]
        flags = [part for path in outputs for part in (f"--{path.suffix[1:]}", str(path))]
        return [sys.executable, str(script), str(source), *flags]
    flags = [part for path in outputs for part in (FLAGS[path.suffix], str(path))]
    if all(path.suffix != ".parquet" for path in outputs):
        flags.append("--no-parquet")
    return [sys.executable, str(ENGINE), "-i", str(source), *flags, "-w", str(workers), "--quiet"]


def environment(place: Place, source: Input) -> Mapping[str, str]:
    """Where the engine may read and write, and where it keeps its runs: in the place itself.

    Python keeps what it compiles: the peers' modules were compiled when they were installed, and the engine's would
    otherwise be compiled in every run.
    """
    roots = f"{place.folder}:{source.path.parent}"
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**given, "ETL_HOME": str(home_of(place)), "ETL_ALLOWED_ROOTS": roots}


def home_of(place: Place) -> Path:
    """The engine's home in a place."""
    home = place.folder / "home"
    home.mkdir(exist_ok=True)
    return home


def check_rows(tool: str, outputs: Sequence[Path], rows: int) -> None:
    """Raise `CommandFailed` unless each output has so many rows."""
    for path in outputs:
        written = count_rows(path)
        if written != rows:
            raise CommandFailed(f"{tool} wrote {written} of {rows} rows to {path}.")


def count_rows(path: Path) -> int:
    """Data rows of an output; the benchmark's CSV has no line breaks inside cells."""
    if path.suffix == ".parquet":
        return int(parquet.read_metadata(path).num_rows)
    with path.open("rb") as data:
        return sum(block.count(b"\n") for block in iter(lambda: data.read(1 << 24), b"")) - 1


def profiled(place: Place, source: Input, suffixes: tuple[str, ...] = BOTH) -> tuple[Usage, RunProfile]:
    """A run of the engine with one worker and `--profile`: what the process took, and what its stages took."""
    outputs = place.outputs("profiled", suffixes)
    line = [*command(OURS, source.path, outputs, 1), "--profile"]
    used = usage(line, environment(place, source), place.folder / "command.log")
    check_rows(OURS, outputs, source.rows)
    for path in outputs:
        path.unlink()
    newest = max((home_of(place) / "output" / "runs").glob("*/metadata.json"), key=lambda path: path.stat().st_mtime_ns)
    profile = RunProfile.from_json(json.loads(newest.read_text())["profile"])
    if profile is None:
        raise CommandFailed(f"{newest} holds no profile.")
    return used, profile
