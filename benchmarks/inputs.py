"""The benchmark's inputs: made once by the project itself, kept in build/bench, and brought to where they are measured.

Lineitem rows as CSV and as the Parquet file that pyarrow writes of them (`lineitem.py`), and sales in the `default`
layout (`etl_batch/demo.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import lineitem
from benchmarks.measure import CommandFailed
from etl_batch import demo

CACHE = Path(__file__).resolve().parent.parent / "build" / "bench"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the file system in memory itself, where folders are made by tempfile
ROOM = 5
"""Times the input's size that must be free in memory: input, outputs, and the peers that hold all records."""
DISK_ROOM = 3
"""Times the input's size that must be free on the disk: the input, in both formats, and its outputs."""
CSV, PARQUET, BINARY = "lineitem.csv", "lineitem.parquet", "sales.bin"


@dataclass(frozen=True, slots=True)
class Input:
    """A generated file and its rows."""

    path: Path
    rows: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size

    def head(self, path: Path, most_bytes: int) -> Input:
        """The first records of a binary file as a file of its own; the whole file when it is no larger."""
        if self.size <= most_bytes:
            return self
        record = self.size // self.rows
        rows = most_bytes // record
        with self.path.open("rb") as source, path.open("wb") as out:
            for begin in range(0, rows * record, 1 << 24):
                out.write(source.read(min(1 << 24, rows * record - begin)))
            out.flush()
            os.fsync(out.fileno())  # else it would reach the disk while a tool is timed
        return Input(path, rows)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the inputs are, in megabytes: the text as CSV (the Parquet file has the same rows), and the records."""

    text: int
    records: int


STANDARD = Sizes(text=1_540, records=1_000)
"""Lineitem of TPC-H's scale factor 2, and a gigabyte of records."""
FULL = Sizes(text=10_000, records=10_000)


def prepared(name: str, sizes: Sizes) -> Input:
    """An input, made now unless files of the recorded sizes are there. Raises `CommandFailed` without room for it."""
    megabytes = sizes.records if name == BINARY else sizes.text
    folder = CACHE / f"{name.partition('.')[0]}-{megabytes}"
    record = folder / "files.json"
    if not _are_there(record):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _ask_for_room(megabytes * 1_000_000)
        (CACHE / ".gitignore").write_text("*\n")
        print(f"Writing the inputs in {folder}", file=sys.stderr)
        rows = _write(name, folder, megabytes)
        sizes_there = {path.name: path.stat().st_size for path in folder.iterdir()}
        record.write_text(json.dumps({"rows": rows, "bytes": sizes_there}))
    return Input(folder / name, json.loads(record.read_text())["rows"])


def _ask_for_room(size: int) -> None:
    free = shutil.disk_usage(CACHE).free
    if free < size * DISK_ROOM:
        raise CommandFailed(
            f"{CACHE} has {free / 1e9:.1f} GB free, and inputs of {size / 1e9:.1f} GB with their outputs take "
            f"{size * DISK_ROOM / 1e9:.1f}: make room, or choose smaller inputs with --megabytes."
        )


def _are_there(record: Path) -> bool:
    if not record.exists():
        return False
    known = json.loads(record.read_text())["bytes"]
    return all((path := record.with_name(name)).exists() and path.stat().st_size == known[name] for name in known)


def _write(name: str, folder: Path, megabytes: int) -> int:
    if name != BINARY:
        return lineitem.write(folder, megabytes)
    rows = megabytes * 1_000_000 // demo.RECORD.itemsize
    demo.write_sales_binary(folder / name, rows)
    return rows


@dataclass(frozen=True, slots=True)
class Place:
    """A folder where inputs are read and outputs are written, with a home for the engine."""

    folder: Path
    in_memory: bool

    @property
    def name(self) -> str:
        """As the tables call it."""
        return "in memory" if self.in_memory else "on disk"

    def outputs(self, stem: str, suffixes: tuple[str, ...]) -> list[Path]:
        """Fresh outputs: whatever an earlier run left there is gone."""
        paths = [self.folder / f"{stem}{suffix}" for suffix in suffixes]
        for path in paths:
            path.unlink(missing_ok=True)
        return paths


@contextmanager
def on_disk() -> Iterator[Place]:
    """A folder beside the inputs."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="run-") as folder:
        yield Place(Path(folder), in_memory=False)


@contextmanager
def in_memory(source: Input) -> Iterator[tuple[Place, Input] | None]:
    """A folder in memory with a copy of the input; None where it has no room for the work."""
    if not has_room(source.size):
        yield None
        return
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY, prefix="quantum-etl-bench-") as folder:
        copy = Path(folder) / source.path.name
        shutil.copyfile(source.path, copy)
        yield Place(Path(folder), in_memory=True), Input(copy, source.rows)


def has_room(size: int) -> bool:
    """Whether work on an input of that size fits into memory, outputs and processes included."""
    if not SHARED_MEMORY.is_dir():
        return False
    free = min(shutil.disk_usage(SHARED_MEMORY).free, psutil.virtual_memory().available)
    return size * ROOM <= free


@contextmanager
def best_place(source: Input) -> Iterator[tuple[Place, Input]]:
    """In memory where there is room, else on the disk."""
    with in_memory(source) as found:
        if found is not None:
            yield found
            return
        with on_disk() as place:
            yield place, source
