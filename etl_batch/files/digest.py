"""The checksum of an output that is still being written: a thread follows what is in place.

Of an output of several parts each has a checksum of its own, and a mark is about the part that it is in.
"""

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
from etl_batch.files.parted import offset_of, opened_at, part_of, place_in
from etl_batch.files.staging import Staged

_HASH_BYTES = 4 << 20
_SYNC_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in an output, and the SHA-256 of all bytes of its part before it, in hex."""

    end: int
    digest: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """The bytes of a part before a place, taken in."""

    end: int
    taken: hashlib._Hash
    before: tuple[Prefix, ...] = ()
    """Those of the parts before it."""

    @property
    def mark(self) -> Mark:
        """Its digest."""
        return Mark(self.end, self.taken.hexdigest())


def verified(staged: Staged, marks: Sequence[Mark]) -> list[Prefix]:
    """The prefixes of a staged output that are what the marks (in order) say, up to the first that is not."""
    taken, position, found, before = hashlib.sha256(), 0, list[Prefix](), list[Prefix]()
    for mark in marks:
        if part_of(mark.end) not in (part_of(position), part_of(position) + 1):
            return found  # of the part between nobody knows anything
        if part_of(mark.end) != part_of(position):
            before.append(Prefix(position, taken))
            taken, position = hashlib.sha256(), place_in(part_of(mark.end), 0)
        try:
            position = _take_in(staged, position, mark.end, taken)
        except OSError:
            if not staged.folder:
                raise
            return found  # another file, or none, stands in the part's place
        if position != mark.end or taken.hexdigest() != mark.digest:
            return found
        found.append(Prefix(mark.end, taken.copy(), tuple(before)))
    return found


def _take_in(staged: Staged, position: int, end: int, taken: hashlib._Hash) -> int:
    """Take in the bytes between two places of a part; returns how far there are some. Raises `OSError`."""
    with opened_at(staged, position) as descriptor:
        while position < end:
            stopping.check()
            piece = os.pread(descriptor, min(_HASH_BYTES, end - position), offset_of(position))
            if not piece:
                break
            taken.update(piece)
            position += len(piece)
    return position


class Digest:
    """SHA-256 of a staged output that is still being written, of each of its parts.

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
        self.before = list(before.before) if before else []
        """The parts before the one that is followed."""
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
        """The hex digest of all `size` bytes of a file. Raises `OutputFailed`."""
        self.advance(size)
        return self.finish_parts()[0].digest

    def finish_parts(self) -> list[Mark]:
        """Of each part the place where it ends and the hex digest of all of it. Raises `OutputFailed`."""
        self.start()
        self.close()
        try:
            if self.error is not None:
                raise self.error
            if not self.staged.folder:
                return [Mark(self.position, self.hash.hexdigest())]
            return [self._whole(part) for part in (*self.before, Prefix(self.position, self.hash))]
        except OSError as error:
            raise OutputFailed(
                sentences.outputs.NOT_READ_BACK.format(path=self.staged.staged, reason=error.strerror)
            ) from error

    def _whole(self, part: Prefix) -> Mark:
        """A part to its end: what was written behind its chunks when it was closed."""
        taken, position = part.taken.copy(), part.end
        with opened_at(self.staged, position) as descriptor:
            while piece := os.pread(descriptor, _HASH_BYTES, offset_of(position)):
                taken.update(piece)
                position += len(piece)
        return Mark(position, taken.hexdigest())

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
            buffer = memoryview(bytearray(_HASH_BYTES))
            while (end := self._next()) is not None:
                while part_of(self.position) < part_of(end):
                    self._turn(buffer)
                with opened_at(self.staged, self.position) as descriptor:
                    self._read(descriptor, end, buffer)
        except OSError as error:
            self.error = error
        finally:
            self.cpu_seconds += time.thread_time()

    def _next(self) -> int | None:
        """The place up to which is to be read next; None when that is over."""
        with self.changed:
            while self.end <= self.position and not self.closing and not self._wanted:
                self.changed.wait()
            end = self._wanted[0] if self._wanted else self.end
        return None if end <= self.position and not self._wanted else end

    def _turn(self, buffer: memoryview) -> None:
        """Go over to the next part: all of this one is in place but what is written when it is closed."""
        part = part_of(self.position)
        with opened_at(self.staged, self.position) as descriptor:
            self._read(descriptor, place_in(part, os.fstat(descriptor).st_size), buffer)
            os.fdatasync(descriptor)
        self.before.append(Prefix(self.position, self.hash))
        self.hash = hashlib.sha256()
        self.position = self.synced = place_in(part + 1, 0)

    def _read(self, descriptor: int, end: int, buffer: memoryview) -> None:
        """Take in what stands before a place of the same part."""
        while self.position < end:
            view = buffer[: min(_HASH_BYTES, end - self.position)]
            got = os.preadv(descriptor, [view], offset_of(self.position))
            if not got:
                raise OSError(errno.EIO, sentences.outputs.SHORTER)
            self.hash.update(view[:got])
            self.position += got
        if self._wanted and self._wanted[0] <= self.position:
            self.marks.append(Mark(self._wanted.popleft(), self.hash.hexdigest()))
        if self.position - self.synced >= _SYNC_BYTES:
            os.fdatasync(descriptor)
            self.synced = self.position
