"""A file replaced by a text, whole or not at all: who reads it sees the old or the new one, never a part."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

from etl_batch.files.beneath import Place, folder_of, sync_folder
from etl_batch.files.staging import write_all

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace_text(place: Place, text: str, *, durable: bool = False) -> None:
    """Put a text in the place of a file. `durable`: on the disk before it is there. Raises `OSError`."""
    staged = f".{place.name}.{os.getpid()}-{threading.get_native_id()}.tmp"
    with folder_of(place, create=True) as folder:
        with suppress(FileNotFoundError):
            os.unlink(staged, dir_fd=folder)  # of one that had this number and was killed
        descriptor = os.open(staged, _FLAGS, 0o666, dir_fd=folder)
        try:
            try:
                write_all(descriptor, [text.encode("utf-8")], 0)
                if durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.rename(staged, place.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(FileNotFoundError):
                os.unlink(staged, dir_fd=folder)
            raise
        if durable:
            sync_folder(folder)
