"""The CSV outputs of a home that have escaped cells, by size and SHA-256: so that one that is read again is known.

A line a file, `{"bytes", "sha256", "run_id"}`, in `.secrets/escaped_outputs.jsonl`, where nobody but the engine
writes; it stays when a run is pruned, for its outputs may stay too. Only the very bytes are an own output: nothing is
ever taken off the cells of another file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import OutputFailed

NAME = "escaped_outputs.jsonl"
_MOST_LINE_BYTES = 1024


def remember_output(home: Path, run_id: str, size: int, sha256: str) -> None:
    """Put an output that is about to be published on the list. Raises `OutputFailed`."""
    line = json.dumps({"bytes": size, "sha256": sha256, "run_id": run_id}) + "\n"
    path = _list(home)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputFailed(sentences.outputs.NOT_WRITTEN.format(path=path, reason=error.strerror)) from error


def own_outputs(home: Path, files: Mapping[Path, int], digest_of: Callable[[Path], str | None]) -> set[Path]:
    """Which of some files, given with their sizes, are byte for byte outputs on the list.

    The list is read once, and only of a file that has the size of an output the SHA-256 is asked for, by `digest_of`.
    """
    listed = _digests(home, set(files.values()))
    return {path for path, size in files.items() if size in listed and digest_of(path) in listed[size]}


def _digests(home: Path, sizes: set[int]) -> dict[int, set[str]]:
    """By size, the digests of the outputs of these sizes; lines that are cut off or odd are none."""
    found: dict[int, set[str]] = {}
    try:
        with _list(home).open("rb") as file:
            while line := file.readline(_MOST_LINE_BYTES):
                given = _parsed(line)
                size = given.get("bytes")
                if isinstance(size, int) and size in sizes:
                    found.setdefault(size, set()).add(str(given.get("sha256")))
    except OSError:
        return {}  # no run of this home has escaped a cell yet
    return found


def _parsed(line: bytes) -> dict[str, object]:
    try:
        given = json.loads(line)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _list(home: Path) -> Path:
    return home / ".secrets" / NAME
