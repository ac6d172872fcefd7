"""What is made once and kept for later processes, because making it takes longer than a small run: compiled code.

It is kept beside the sources that it is made of or, where that cannot be written, in the user's cache; where that
cannot either, each process makes it for itself. Nothing is read that somebody else could have put there.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from threading import get_native_id

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def folders(sources: Path) -> list[Path]:
    """Where what is made of the files of a folder may be kept, the best place first."""
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return [sources / "__pycache__", cache_home / "quantum-etl"]


def read(name: str, places: list[Path]) -> bytes | None:
    """What was kept under a name; None when there is none that can be trusted."""
    for folder in places:
        with suppress(OSError):
            descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                told = os.fstat(descriptor)
                if told.st_uid in (0, os.geteuid()) and not told.st_mode & _OTHERS_MAY_WRITE:
                    return file.read()
    return None


def write(path: Path, made: bytes) -> None:
    """Keep it, whole or not at all. Raises `OSError` where that cannot be done."""
    staged = path.with_suffix(f".{os.getpid()}-{get_native_id()}")
    staged.write_bytes(made)
    staged.chmod(0o644)
    staged.replace(path)
