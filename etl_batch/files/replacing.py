"""A file put in its place whole or not at all: who reads it sees the old or the new one, never a part."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from etl_batch.files.beneath import Place, folder_of, sync_folder
from etl_batch.files.staging import write_all

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace_text(place: Place, text: str, *, mode: int = 0o666, durable: bool = False) -> None:
    """Put a text in the place of a file. `durable`: on the disk before it is there. Raises `OSError`."""
    with folder_of(place, create=True) as folder:
        with _draft(place, folder, text.encode("utf-8"), mode, durable=durable) as draft:
            os.rename(draft, place.name, src_dir_fd=folder, dst_dir_fd=folder)
        if durable:
            sync_folder(folder)


def make_once(path: Path, content: bytes) -> None:
    """Make a file that only its owner reads, never over one that is there: of several at once the first counts.

    Raises `OSError`.
    """
    place = Place.of(path)
    with folder_of(place) as folder:
        with _draft(place, folder, content, 0o600, durable=True) as draft, suppress(FileExistsError):
            os.link(draft, place.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        sync_folder(folder)


@contextmanager
def _draft(place: Place, folder: int, content: bytes, mode: int, *, durable: bool) -> Iterator[str]:
    """The name of a file beside the place that holds the content, until the block is over."""
    name = f".{place.name}.{os.getpid()}-{threading.get_native_id()}.tmp"
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)  # of one that had this number and was killed
    descriptor = os.open(name, _FLAGS, mode, dir_fd=folder)
    try:
        try:
            write_all(descriptor, [content], 0)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        yield name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
