"""The SHA-256 of an output, taken in the background."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from etl_batch import background, sentences
from etl_batch.background import Task
from etl_batch.datasets.files import OpenFile, opened, reopened
from etl_batch.datasets.listing import parts_in
from etl_batch.errors import EtlError, InputRefused
from etl_batch.files.parted import MANIFEST, PartFile

PIECE_BYTES = 4 << 20


def check(path: Path, home: Path) -> Task[str]:
    """Begin to hash what stands there now, or find what was begun; the result is the hex digest.

    Of a folder of parts it is its manifest's, once each part was found to be as the manifest says.
    """
    manifest = parts_in(path, home) if path.is_dir() else None
    with opened(_named(path), home) as file:

        def work(task: Task[str]) -> str:
            for part in manifest.parts if manifest is not None else ():
                _check_part(path / part.name, part, home, task)
            return _digest(file, task)

        size = file.size + (sum(part.bytes for part in manifest.parts) if manifest is not None else 0)
        return background.start(("sha256", file.key), size, work)


def checked(path: Path, home: Path) -> Task[str] | None:
    """The hash that was begun for what stands there now, or None."""
    try:
        with opened(_named(path), home) as file:
            return background.find(("sha256", file.key))
    except EtlError:
        return None


def _named(path: Path) -> Path:
    return path / MANIFEST if path.is_dir() else path


def _check_part(path: Path, part: PartFile, home: Path, task: Task[str]) -> None:
    with opened(path, home) as file:
        if file.size != part.bytes or _digest(file, task) != part.sha256:
            raise InputRefused(sentences.data.PART_CHANGED.format(name=part.name))


def _digest(file: OpenFile, task: Task[str]) -> str:
    digest, position, buffer = hashlib.sha256(), 0, memoryview(bytearray(PIECE_BYTES))
    with reopened(file) as again:
        while not task.dropped:
            got = os.preadv(again.descriptor, [buffer], position)
            if not got:
                break
            digest.update(buffer[:got])
            position += got
            task.done += got
    if position != file.size:
        raise InputRefused(sentences.data.CHANGED_CHECK_AGAIN.format(name=file.path.name))
    return digest.hexdigest()
