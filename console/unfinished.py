"""Uploads under way: hidden files under `data/`, each locked by the process that writes it for as long as it lives."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_PATTERN = ".upload-*.part"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload under way."""

    path: Path
    file: BinaryIO


@contextmanager
def begin(folder: Path) -> Iterator[Unfinished]:
    """A new, locked file for an upload; it is gone at the end unless it was given another name. Raises `OSError`."""
    while True:
        # A leading dot keeps the unfinished file out of every input listing.
        path = folder / f".upload-{secrets.token_hex(8)}.part"
        with path.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _still_there(path, file):
                continue  # it was taken for one that nobody writes, between its making and its lock
            try:
                yield Unfinished(path, file)
            finally:
                path.unlink(missing_ok=True)
            return


def sweep(folder: Path) -> None:
    """Remove what uploads of dead processes have left; those of living ones hold their lock and stay."""
    for path in folder.glob(_PATTERN):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(descriptor)


def _still_there(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
