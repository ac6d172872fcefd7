"""Objects of a store as inputs: read by links to ranges of one version, ahead for whoever reads on (ADR 036)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from io import RawIOBase

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.formats.opened import PIECE_BYTES, OpenContent, Planned, Sparse
from etl_batch.formats.version import Change, Version, refusal
from etl_batch.security.guard import Guard
from etl_batch.stores.links import Denied, Gone, Link, Replaced, is_fresh
from etl_batch.stores.url import Url, url_of

AHEAD_BYTES = 8 << 20
"""Of an object, read ahead at most."""
_OVERLAP_BYTES = 64 << 10
"""Who looks for the ends of records reads the last bytes twice."""
_LEAST_SECONDS, _READING_SECONDS = 60.0, 900.0
"""How long a link is good at least when something is read by it here, and when it is sent to a worker."""
_own = threading.local()


class _Ahead:
    """What a thread has read of an object beyond what it was asked for."""

    def __init__(self, path: str, version: Version) -> None:
        self.path, self.version = path, version
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


def _ahead(path: str, version: Version) -> _Ahead:
    """The thread's; of several objects only the last one's is kept."""
    found: _Ahead | None = getattr(_own, "ahead", None)
    if found is None or (found.path, found.version) != (path, version):
        found = _own.ahead = _Ahead(path, version)
    return found


@dataclass(frozen=True, slots=True)
class Linked(Sparse):
    """An object of a store: each reading is a request for a range of that version alone."""

    path: str
    version: Version
    link: Link

    def read_into(self, room: memoryview, offset: int) -> int:
        """See `OpenContent`. Raises `InputRefused` when another version stands there, or none that may be read.

        Whoever reads on where the last reading of this thread has ended is read ahead for: a request takes as long for
        some kilobytes as for some megabytes.
        """
        done, most, ahead = 0, min(len(room), self.size - offset), _ahead(self.path, self.version)
        goes_on = 0 <= ahead.end - offset <= _OVERLAP_BYTES
        while done < most:
            at = offset + done
            got = ahead.copy(room[done:most], at)
            if not got and goes_on and most - done < AHEAD_BYTES:
                size = min(max(2 * len(ahead.held), 2 * (most - done)), AHEAD_BYTES, self.size - at)
                held = bytearray(size)
                ahead.held, ahead.start = memoryview(held)[: self._fetch(memoryview(held), at)], at
                got = ahead.copy(room[done:most], at)
            elif not got:
                got = self._fetch(room[done : min(done + PIECE_BYTES, most)], at)
            if not got:
                break
            done += got
        ahead.end = offset + done
        return done

    def _fetch(self, room: memoryview, offset: int) -> int:
        try:
            return self.link.read_into(room, offset)
        except Gone as error:
            raise refusal(self.path, Change.REMOVED) from error
        except Replaced as error:
            raise refusal(self.path, Change.REPLACED) from error
        except Denied as error:
            sentence = sentences.inputs.OBJECT_DENIED.format(url=self.path, reason=error)
            raise InputRefused(sentence, source=self.path) from error

    def key(self) -> tuple[object, ...]:
        """See `OpenContent`."""
        return self.link.tag, self.size

    def for_library(self) -> str | RawIOBase:
        """See `OpenContent`."""
        return Planned(self)

    def again(self) -> OpenContent:
        """See `OpenContent`: nothing is open."""
        return self

    def close(self) -> None:
        """Nothing is open."""


def linked(path: str, version: Version) -> Linked:
    """The object in that version, open by a link that is good for a while."""
    assert version.link is not None
    return Linked(-1, version.size, path, version, _fresh(path, version.link))


def object_version(url: Url, guard: Guard | None) -> Version:
    """The version of an object that stands in the store now. Raises `PathRefused`, and `InputRefused` without one."""
    from etl_batch.stores.s3 import find_object, link_to  # few runs read from one

    if guard is not None:
        guard.check(url)
    found = find_object(url)
    if found is None:
        raise InputRefused(sentences.inputs.NO_FILE.format(path=url), path=str(url))
    return Version("", 0, 0, found.size, found.modified_ns, found.tag, link=link_to(url, found.tag))


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
