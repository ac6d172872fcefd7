"""The checksum of a file that is still being written: a thread follows the part that is in place."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from etl_batch import sentences, stopping
from etl_batch.errors import OutputFailed
from etl_batch.files.staging import Staged, opened

_HASH_BYTES = 4 << 20
_SYNC_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, and the SHA-256 of all bytes before it, in hex."""

    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """The bytes of a file before a place, taken in."""

    end: int
    taken: hashlib._Hash

    @property
    def mark(self) -> Mark:
        """Its digest."""
        return Mark(self.end, self.taken.hexdigest())


def verified(staged: Staged, marks: Sequence[Mark]) -> list[Prefix]:
    """The prefixes of a staged file that are what the marks (in order) say, up to the first that is not."""
    taken, position, found = hashlib.sha256(), 0, list[Prefix]()
    with opened(staged) as descriptor:
        for mark in marks:
            while position < mark.end:
                stopping.check()
                piece = os.pread(descriptor, min(_HASH_BYTES, mark.end - position), position)
                if not piece:
                    return found
                taken.update(piece)
                position += len(piece)
            if taken.hexdigest() != mark.digest:
                return found
            found.append(Prefix(mark.end, taken.copy()))
    return found


class Digest:
    """SHA-256 of a staged file that is still being written.

    It also pushes that part to the disk bit by bit, so that the fsync before the commit finds little left to do.
    """

    def __init__(self, staged: Staged, before: Prefix | None = None) -> None:
        """`before`: what has been taken of it already."""
        self.staged = staged
        self.end = self.position = self.synced = before.end if before else 0
        self.marks: list[Mark] = []
        """The digests of what stands before each place that was asked for and is reached."""
        self._wanted: deque[int] = deque()
        self.closing = False
        self.error: OSError | None = None
        self.cpu_seconds = 0.0
        """What its threads have taken that are over."""
        self.changed = threading.Condition()
        self.hash = before.taken if before else hashlib.sha256()
        self.thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow, or go on where it was closed."""
        self.closing = False
        if self.thread is None:
            thread = threading.Thread(target=self._follow, name="digest", daemon=True)
            thread.start()  # where the system refuses one there is none to wait for
            self.thread = thread

    def advance(self, end: int, *, mark: bool = False) -> None:
        """Bytes up to `end` are in place. `mark`: the digest of these is wanted too."""
        with self.changed:
            self.end = max(self.end, end)
            if mark:
                self._wanted.append(end)
            self.changed.notify()

    def new_marks(self) -> list[Mark]:
        """Those that are known since they were asked for."""
        marks, self.marks = self.marks, []
        return marks

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
                while self.end <= self.position and not self.closing and not self._wanted:
                    self.changed.wait()
                end = self._wanted[0] if self._wanted else self.end
            if end <= self.position and not self._wanted:
                return
            while self.position < end:
                view = memoryview(buffer)[: min(_HASH_BYTES, end - self.position)]
                got = os.preadv(descriptor, [view], self.position)
                if not got:
                    raise OSError(errno.EIO, sentences.outputs.SHORTER)
                self.hash.update(view[:got])
                self.position += got
            if self._wanted and self._wanted[0] <= self.position:
                self.marks.append(Mark(self._wanted.popleft(), self.hash.hexdigest()))
            if self.position - self.synced >= _SYNC_BYTES:
                os.fdatasync(descriptor)
                self.synced = self.position
