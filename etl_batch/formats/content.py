"""The bytes of an input: those of one version of it, whatever happens to its name while it is read.

A file is opened when it is first looked at, beneath its root (see `security.guard`). Inside `holding` its descriptor is
kept for whoever reads it later, and workers that are forked have it too: a file that is renamed over or removed stays
whole for them. What is not held (there are more files than descriptors, or a worker was not forked) is opened where it
stood then, through no link, and is only read when it still is the version that was looked at.
"""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader, RawIOBase
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.files.beneath import open_beneath
from etl_batch.formats.objects import AHEAD_BYTES, Linked, linked, object_version
from etl_batch.formats.opened import PIECE_BYTES, OpenContent, Planned, Sparse
from etl_batch.formats.packed import SIGNS_BYTES, Damaged, Packed, Window, compression_of
from etl_batch.formats.version import REFUSED, Change, Version, refusal
from etl_batch.security.guard import Guard
from etl_batch.stores.url import is_url, url_of

_MOST_HELD = 512
"""More would leave no descriptors below 1024, past which some libraries cannot wait for one."""
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
_own = threading.local()


@dataclass(frozen=True, slots=True)
class _Unpacked(Sparse):
    """A compressed version that is open: its content, through a window that all openings of a thread share."""

    path: str
    window: Window

    def read_into(self, room: memoryview, offset: int) -> int:
        """See `OpenContent`. Raises `InputRefused` for what cannot be decompressed."""
        try:
            return self.window.read_into(room, offset)
        except Damaged as error:
            raise _damaged(self.path, error) from error


@dataclass(frozen=True, slots=True)
class Supplied(OpenContent):
    """A stretch of the content, which was read before: of a compressed version by another process."""

    first: int
    content: bytes

    def read_into(self, room: memoryview, offset: int) -> int:
        """See `OpenContent`; nothing stands outside of the stretch."""
        begin = offset - self.first
        part = self.content[begin : begin + len(room)] if begin >= 0 else b""
        room[: len(part)] = part
        return len(part)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file in one version; without one, in whichever is there when it is opened."""

    path: str
    version: Version | None = None

    @contextmanager
    def opened(self) -> Iterator[OpenContent]:
        """Open the version that is meant. Raises `InputRefused` when it is there no more, and `OSError`."""
        if self.version is not None and self.version.link is not None:
            yield self._unpacked(linked(self.path, self.version))
            return
        held = _held().get(self)
        try:
            descriptor = self._open() if held is None else held
        except FileNotFoundError as error:
            raise self.refusal(Change.REMOVED) from error
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            raise self.refusal(Change.REPLACED) from error  # by a link, or a folder on the way by something else
        try:
            now = Version.of(descriptor)
            content = OpenContent(descriptor, (self.version or now).size)
            self._refuse(self.version.change_to(now) if self.version else Change.NONE, content)
            yield self._unpacked(content)
        finally:
            if held is None:
                os.close(descriptor)

    def digest(self) -> str | None:
        """The SHA-256 of all its bytes, in hex; None when they cannot be read: whoever reads its records says why."""
        taken, offset = hashlib.sha256(), 0
        try:
            with self.opened() as file:
                while piece := file.read(PIECE_BYTES, offset):
                    taken.update(piece)
                    offset += len(piece)
        except (OSError, InputRefused):
            return None
        return taken.hexdigest()

    def _open(self) -> int:
        if self.version is None or self.version.place is None:
            return _open(self.path)
        return _regular(open_beneath(self.version.place, _FLAGS), self.path)

    def _unpacked(self, file: OpenContent) -> OpenContent:
        """What is in an open file: the bytes of it, or what they become when they are decompressed."""
        packed = self.version.packed if self.version else None
        if packed is None:
            return file
        supplied = getattr(_own, "supplied", None)
        if supplied is not None:
            return Supplied(file.descriptor, packed.size, *supplied)
        return _Unpacked(file.descriptor, packed.size, self.path, _window(self, packed.compression, file))

    def _refuse(self, change: Change, content: OpenContent) -> None:
        """Raise for a change that is none of those that leave the bytes as they were."""
        if change is Change.GROWN and self.version and content.digest_of_ends() != self.version.ends:
            change = Change.REWRITTEN
        if change in REFUSED:
            raise self.refusal(change)

    def refusal(self, change: Change) -> InputRefused:
        """Why it is not read any further."""
        return refusal(self.path, change)


def first_opened(path: str, glance: int | None = None, guard: Guard | None = None) -> Content:
    """What stands at a path now, held from here on inside `holding`.

    A compressed file is read to its end, or to so many bytes of its content when a glance is enough. `guard`: judges
    what is opened; None for a path that is trusted. Raises `OSError`, `PathRefused`, and `InputRefused` for one that
    cannot be decompressed.
    """
    if is_url(path):
        url = url_of(path)
        content = Content(str(url), object_version(url, guard))
        with content.opened() as file:
            return _settled(content, file, glance)
    descriptor, place = (_open(path), None) if guard is None else guard.open(Path(path))
    try:
        version = Version.of(descriptor)
        file = OpenContent(descriptor, version.size)
        version = replace(version, ends=file.digest_of_ends(), place=place)
        content = _settled(Content(path, version), file, glance)
    except BaseException:
        os.close(descriptor)
        raise
    held = _held()
    if not getattr(_own, "depth", 0) or len(held) >= _own.most or content in held:
        os.close(descriptor)
    else:
        held[content] = descriptor
    return content


def _settled(content: Content, file: OpenContent, glance: int | None) -> Content:
    """The content of a file that has been opened for the first time, decompressed where it is compressed."""
    assert content.version is not None
    compression = compression_of(file.read(SIGNS_BYTES, 0))
    if compression is None:
        return content
    packed = Packed(compression, _length(content, compression, file, glance))
    return replace(content, version=replace(content.version, packed=packed))


def _length(content: Content, compression: str, file: OpenContent, glance: int | None) -> int:
    """How long the content of a compressed file is; for a glance at least."""
    window = _window(content, compression, file)
    try:
        if glance is None:
            return window.length()
        return window.read_into(memoryview(bytearray(glance + 1)), 0)
    except Damaged as error:
        raise _damaged(content.path, error) from error


def _window(content: Content, compression: str, file: OpenContent) -> Window:
    """The thread's window into a file; of several files only the last one's is kept."""
    former: tuple[Content, Window] | None = getattr(_own, "window", None)
    if former is None or former[0] != content:
        raw = Planned(file.again())
        # A request for each piece that a decompressor asks for would take longer than the pieces.
        ahead: RawIOBase | BufferedReader = BufferedReader(raw, AHEAD_BYTES) if isinstance(file, Linked) else raw
        former = _own.window = content, Window(compression, ahead)
    return former[1]


def _damaged(path: str, error: Damaged) -> InputRefused:
    return InputRefused(sentences.inputs.PACKED_DAMAGED.format(path=path, reason=error), source=path)


@contextmanager
def supplied(first: int, content: bytes) -> Iterator[None]:
    """Have the compressed file that this thread opens in the block be this stretch of its content."""
    _own.supplied = first, content
    try:
        yield
    finally:
        _own.supplied = None


@contextmanager
def holding() -> Iterator[None]:
    """Hold what is opened first in the block, by this thread, until it ends: as many files as leave room for others."""
    if getattr(_own, "depth", 0):
        yield
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    _own.depth, _own.most = 1, _MOST_HELD if soft == resource.RLIM_INFINITY else min(soft // 2, _MOST_HELD)
    held = _held()
    try:
        yield
    finally:
        _own.depth, _own.window = 0, None
        while held:
            os.close(held.popitem()[1])


def changed(content: Content) -> Change:
    """What has become of a file since it was opened: `NONE`, or what does no harm to what was read.

    `GROWN`: the bytes that were there are there. `REMOVED`: they still are in the file that is held. Raises
    `InputRefused` for all else.
    """
    if content.version is None or content.version.link is not None:
        return Change.NONE  # each reading of an object is of the version that was meant, or is refused
    there = Version.at(content.path)
    change = content.version.change_to(there) if there else Change.REMOVED
    if change in REFUSED and (there or content not in _held()):
        raise content.refusal(change)
    if change is not Change.NONE:
        with content.opened():  # which looks closer
            pass
    return change


def _held() -> dict[Content, int]:
    if not hasattr(_own, "held"):
        _own.held = {}
    held: dict[Content, int] = _own.held
    return held


def _open(path: str) -> int:
    """A descriptor of a regular file. A FIFO that has taken its place must not hold the opener up."""
    return _regular(os.open(path, _FLAGS), path)


def _regular(descriptor: int, path: str) -> int:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
    return descriptor
