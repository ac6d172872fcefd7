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

from etl_batch import sentences, stopping
from etl_batch.errors import InputRefused
from etl_batch.files.beneath import open_beneath
from etl_batch.formats.packed import SIGNS_BYTES, Damaged, Packed, Window, compression_of
from etl_batch.formats.version import REFUSED, Change, Version
from etl_batch.security.guard import Guard
from etl_batch.stores.links import Denied, Gone, Link, Replaced, is_fresh
from etl_batch.stores.url import Url, is_url, url_of

_MOST_HELD = 512
"""More would leave no descriptors below 1024, past which some libraries cannot wait for one."""
_PROOF_BYTES = 64 << 10
"""Bytes of the start and of the end by which a file that has grown is told from one that was written anew."""
_OUTLINE_BYTES = 2 << 20
_AHEAD_BYTES = 8 << 20
"""Of an object, read ahead at most."""
_OVERLAP_BYTES = 64 << 10
"""Who looks for the ends of records reads the last bytes twice."""
_LEAST_SECONDS, _READING_SECONDS = 60.0, 900.0
"""How long a link is good at least when something is read by it here, and when it is sent to a worker."""
_PIECE_BYTES = 8 << 20
"""Bytes between two looks at whether to go on: a slow disk takes seconds for them, not minutes."""
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
_own = threading.local()


@dataclass(frozen=True, slots=True)
class OpenContent:
    """A version that is open: `size` bytes, whatever has come behind them. Many read it at once: each says where."""

    descriptor: int
    size: int

    def read(self, length: int, offset: int) -> bytes:
        """`length` bytes from byte `offset` on, fewer only where the content ends before."""
        room = bytearray(max(min(length, self.size - offset), 0))
        return bytes(memoryview(room)[: self.read_into(memoryview(room), offset)])

    def read_into(self, room: memoryview, offset: int) -> int:
        """Fill `room` from byte `offset` on; returns for how many bytes there were some, fewer only at the end."""
        done, most = 0, min(len(room), self.size - offset)
        while done < most:
            stopping.check()
            got = os.preadv(self.descriptor, [room[done : min(done + _PIECE_BYTES, most)]], offset + done)
            if not got:
                break
            done += got
        return done

    def key(self) -> tuple[object, ...]:
        """What was read of it holds as long as this is the same."""
        found = os.fstat(self.descriptor)
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, self.size

    @contextmanager
    def outline(self) -> Iterator[int]:
        """A descriptor for whoever looks at some hundred kilobytes of the start, the middle and the end alone."""
        yield self.descriptor

    def digest_of_ends(self) -> bytes:
        """A digest of the first bytes and the last ones."""
        start, end = self.read(_PROOF_BYTES, 0), self.read(_PROOF_BYTES, max(self.size - _PROOF_BYTES, _PROOF_BYTES))
        return hashlib.blake2b(start + end, digest_size=8).digest()

    def for_library(self) -> str | RawIOBase:
        """What a library opens to have the content with a place of its own in it, which outlives this opening.

        The name of the descriptor, which costs nothing; a file in Python only where bytes have come behind.
        """
        if os.fstat(self.descriptor).st_size == self.size:
            return f"/proc/self/fd/{self.descriptor}"
        return _Planned(self.again())

    def again(self) -> OpenContent:
        """The same, opened once more."""
        name = f"/proc/self/fd/{self.descriptor}"
        return OpenContent(os.open(name, os.O_RDONLY | os.O_CLOEXEC), self.size)

    def close(self) -> None:
        """Close what `again` has opened."""
        os.close(self.descriptor)


class _Sparse(OpenContent):
    """What has no descriptor of its own."""

    __slots__ = ()

    @contextmanager
    def outline(self) -> Iterator[int]:
        """See `OpenContent`: in memory, with nothing between the three."""
        descriptor = os.memfd_create("outline", os.MFD_CLOEXEC)
        try:
            os.ftruncate(descriptor, self.size)
            for begin in (0, self.size // 2 - _OUTLINE_BYTES // 2, self.size - _OUTLINE_BYTES):
                os.pwrite(descriptor, self.read(_OUTLINE_BYTES, max(begin, 0)), max(begin, 0))
            yield descriptor
        finally:
            os.close(descriptor)


class _Ahead:
    """What a thread has read of an object beyond what it was asked for."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.start, self.held = 0, memoryview(b"")
        self.end = -1
        """Where the last reading has ended."""

    def copy(self, room: memoryview, offset: int) -> int:
        """Fill the room with what is held from `offset` on; returns how much that is."""
        begin = offset - self.start
        if not 0 <= begin < len(self.held):
            return 0
        part = self.held[begin : begin + len(room)]
        room[: len(part)] = part
        return len(part)


def _ahead(content: Content) -> _Ahead:
    """The thread's; of several objects only the last one's is kept."""
    found: _Ahead | None = getattr(_own, "ahead", None)
    if found is None or found.content != content:
        found = _own.ahead = _Ahead(content)
    return found


@dataclass(frozen=True, slots=True)
class _Linked(_Sparse):
    """An object of a store: each reading is a request for a range of that version alone."""

    content: Content
    link: Link

    def read_into(self, room: memoryview, offset: int) -> int:
        """See `OpenContent`. Raises `InputRefused` when another version stands there, or none that may be read.

        Whoever reads on where the last reading of this thread has ended is read ahead for: a request takes as long for
        some kilobytes as for some megabytes.
        """
        done, most, ahead = 0, min(len(room), self.size - offset), _ahead(self.content)
        goes_on = 0 <= ahead.end - offset <= _OVERLAP_BYTES
        while done < most:
            at = offset + done
            got = ahead.copy(room[done:most], at)
            if not got and goes_on and most - done < _AHEAD_BYTES:
                size = min(max(2 * len(ahead.held), 2 * (most - done)), _AHEAD_BYTES, self.size - at)
                held = bytearray(size)
                ahead.held, ahead.start = memoryview(held)[: self._fetch(memoryview(held), at)], at
                got = ahead.copy(room[done:most], at)
            elif not got:
                got = self._fetch(room[done : min(done + _PIECE_BYTES, most)], at)
            if not got:
                break
            done += got
        ahead.end = offset + done
        return done

    def _fetch(self, room: memoryview, offset: int) -> int:
        try:
            return self.link.read_into(room, offset)
        except Gone as error:
            raise self.content.refusal(Change.REMOVED) from error
        except Replaced as error:
            raise self.content.refusal(Change.REPLACED) from error
        except Denied as error:
            sentence = sentences.inputs.OBJECT_DENIED.format(url=self.content.path, reason="403")
            raise InputRefused(sentence, source=self.content.path) from error

    def key(self) -> tuple[object, ...]:
        """See `OpenContent`."""
        return self.link.tag, self.size

    def for_library(self) -> str | RawIOBase:
        """See `OpenContent`."""
        return _Planned(self)

    def again(self) -> OpenContent:
        """See `OpenContent`: nothing is open."""
        return self

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class _Unpacked(_Sparse):
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


class _Planned(RawIOBase):
    """An open content as a file of Python's, which ends where it ended when it was looked at."""

    def __init__(self, content: OpenContent) -> None:
        self.content, self.at = content, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        """Fill the room from where it stands on."""
        got = self.content.read_into(memoryview(room).cast("B"), self.at)
        self.at += got
        return got

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Stand elsewhere."""
        self.at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.content.size}[whence]
        return self.at

    def tell(self) -> int:
        """Where it stands."""
        return self.at

    def close(self) -> None:
        """Close the descriptor, once."""
        if not self.closed:
            self.content.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file in one version; without one, in whichever is there when it is opened."""

    path: str
    version: Version | None = None

    @contextmanager
    def opened(self) -> Iterator[OpenContent]:
        """Open the version that is meant. Raises `InputRefused` when it is there no more, and `OSError`."""
        if self.version is not None and self.version.link is not None:
            yield self._unpacked(_Linked(-1, self.version.size, self, _fresh(self.path, self.version.link)))
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
                while piece := file.read(_PIECE_BYTES, offset):
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
        return InputRefused(sentences.inputs.CHANGED[change].format(path=self.path), source=self.path, changed=True)


def first_opened(path: str, glance: int | None = None, guard: Guard | None = None) -> Content:
    """What stands at a path now, held from here on inside `holding`.

    A compressed file is read to its end, or to so many bytes of its content when a glance is enough. `guard`: judges
    what is opened; None for a path that is trusted. Raises `OSError`, `PathRefused`, and `InputRefused` for one that
    cannot be decompressed.
    """
    if is_url(path):
        return _first_of_store(url_of(path), glance, guard)
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


def _first_of_store(url: Url, glance: int | None, guard: Guard | None) -> Content:
    """The same of an object of a store."""
    from etl_batch.stores.s3 import find_object, link_to  # few runs read from one

    if guard is not None:
        guard.check(url)
    found = find_object(url)
    if found is None:
        raise InputRefused(sentences.inputs.NO_FILE.format(path=url), path=str(url))
    version = Version("", 0, 0, found.size, found.modified_ns, found.tag, link=link_to(url, found.tag))
    content = Content(str(url), version)
    with content.opened() as file:
        return _settled(content, file, glance)


def _fresh(path: str, link: Link) -> Link:
    """The link, or a new one where its time is nearly over and this process may sign one."""
    if is_fresh(link, _LEAST_SECONDS):
        return link
    from etl_batch.stores.s3 import link_to

    return link_to(url_of(path), link.tag)


def relinked(path: str, version: Version | None) -> Version | None:
    """The version with a link that is good for a while, for whoever cannot sign one."""
    if version is None or version.link is None or is_fresh(version.link, _READING_SECONDS):
        return version
    from etl_batch.stores.s3 import link_to

    return replace(version, link=link_to(url_of(path), version.tag))


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
        raw = _Planned(file.again())
        # A request for each piece that a decompressor asks for would take longer than the pieces.
        ahead: RawIOBase | BufferedReader = BufferedReader(raw, _AHEAD_BYTES) if isinstance(file, _Linked) else raw
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
