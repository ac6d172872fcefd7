"""The checksum of a file that is still being written: a thread follows the part that is in place."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time

from etl_batch import sentences
from etl_batch.errors import OutputFailed
from etl_batch.files.staging import Staged, opened

_HASH_BYTES = 4 << 20
_SYNC_BYTES = 64 << 20


class Digest:
    """SHA-256 of a staged file that is still being written.

    It also pushes that part to the disk bit by bit, so that the fsync before the commit finds little left to do.
    """

    def __init__(self, staged: Staged) -> None:
        self.staged = staged
        self.end = self.position = self.synced = 0
        self.closing = False
        self.error: OSError | None = None
        self.cpu_seconds = 0.0
        """What its threads have taken that are over."""
        self.changed = threading.Condition()
        self.hash = hashlib.sha256()
        self.thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow, or go on where it was closed."""
        self.closing = False
        if self.thread is None:
            self.thread = threading.Thread(target=self._follow, name="digest", daemon=True)
            self.thread.start()

    def advance(self, end: int) -> None:
        """Bytes up to `end` are in place."""
        with self.changed:
            self.end = max(self.end, end)
            self.changed.notify()

    def finish(self, size: int) -> str:
        """The hex digest of all `size` bytes."""
        self.advance(size)
        self.start()
        self.close()
        if self.error is not None:
            raise OutputFailed(
                sentences.outputs.NOT_READ_BACK.format(path=self.staged.staged, reason=self.error.strerror)
            ) from self.error
        return self.hash.hexdigest()

    def close(self) -> None:
        """Take in what is in place, and stop following: no thread is left."""
        if self.thread is None:
            return
        with self.changed:
            self.closing = True
            self.changed.notify()
        self.thread.join()
        self.thread = None

    def _follow(self) -> None:
        try:
            with opened(self.staged) as descriptor:
                self._read(descriptor)
        except OSError as error:
            self.error = error
        finally:
            self.cpu_seconds += time.thread_time()

    def _read(self, descriptor: int) -> None:
        buffer = bytearray(_HASH_BYTES)
        while True:
            with self.changed:
                while self.end <= self.position and not self.closing:
                    self.changed.wait()
                end = self.end
            if end <= self.position:
                return
            while self.position < end:
                view = memoryview(buffer)[: min(_HASH_BYTES, end - self.position)]
                got = os.preadv(descriptor, [view], self.position)
                if not got:
                    raise OSError(errno.EIO, sentences.outputs.SHORTER)
                self.hash.update(view[:got])
                self.position += got
            if self.position - self.synced >= _SYNC_BYTES:
                os.fdatasync(descriptor)
                self.synced = self.position
