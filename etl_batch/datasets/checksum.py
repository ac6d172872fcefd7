"""The SHA-256 of a file, taken in the background."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from etl_batch import background, sentences
from etl_batch.background import Task
from etl_batch.datasets.files import OpenFile, opened, reopened
from etl_batch.errors import EtlError, InputRefused

PIECE_BYTES = 4 << 20


def check(path: Path, home: Path) -> Task[str]:
    """Begin to hash the file as it stands now, or find what was begun; the result is the hex digest."""
    with opened(path, home) as file:

        def work(task: Task[str]) -> str:
            return _digest(file, task)

        return background.start(("sha256", file.key), file.size, work)


def checked(path: Path, home: Path) -> Task[str] | None:
    """The hash that was begun for the file as it stands now, or None."""
    try:
        with opened(path, home) as file:
            return background.find(("sha256", file.key))
    except EtlError:
        return None


def _digest(file: OpenFile, task: Task[str]) -> str:
    digest, position, buffer = hashlib.sha256(), 0, memoryview(bytearray(PIECE_BYTES))
    with reopened(file) as again:
        while not task.dropped:
            got = os.preadv(again.descriptor, [buffer], position)
            if not got:
                break
            digest.update(buffer[:got])
            position += got
            task.done = position
    if position != file.size:
        raise InputRefused(sentences.data.CHANGED_CHECK_AGAIN.format(name=file.path.name))
    return digest.hexdigest()
