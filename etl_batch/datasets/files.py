"""Opening a file of data for reading: only what lies under the allowed roots, judged by where it really leads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.security.guard import Roots, allowed_roots
from etl_batch.security.paths import opened_input


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A regular file that is open for reading."""

    home: Path
    path: Path
    descriptor: int
    size: int
    key: tuple[str | int, ...]
    """What was read of it holds as long as this is the same."""


def readable_roots(home: Path) -> Roots:
    """Where outputs may stand: the input roots and, because an output may stand there too, `report/`."""
    roots = allowed_roots(home)
    return Roots(roots.home, (*roots.extra, roots.home / "report"))


@contextmanager
def opened(path: Path, home: Path) -> Iterator[OpenFile]:
    """The file, open; raises `PathRefused` when it leaves the roots, `InputRefused` when it cannot be read."""
    with opened_input(path, readable_roots(home)) as descriptor:
        found = os.fstat(descriptor)
        key = (str(path), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        yield OpenFile(home, path, descriptor, found.st_size, key)


@contextmanager
def reopened(file: OpenFile) -> Iterator[OpenFile]:
    """The same file once more, for a thread that outlives the opener; `InputRefused` when it was changed meanwhile."""
    with opened(file.path, file.home) as again:
        if again.key != file.key:
            raise InputRefused(sentences.data.CHANGED_OPEN_AGAIN.format(name=file.path.name))
        yield again
