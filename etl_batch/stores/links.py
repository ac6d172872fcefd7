"""Links to objects: signed where the credentials are, followed wherever the object is read, by ranges of one version.

A link is good for some time for whoever has it, so it is shown and logged by nobody: its `repr` is without its
signature, and what goes wrong is told by the object's own name.
"""

from __future__ import annotations

import errno
import os
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, cast

from etl_batch import stopping

if TYPE_CHECKING:
    from urllib3 import PoolManager

TRIES = 6
AT_ONCE = 4
"""Connections of a process to a store."""
_BLOCK_BYTES = 1 << 20
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 8.0
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 30.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 509})
_REFUSED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED})
SESSION_OVER = frozenset({"ExpiredToken", "InvalidToken", "TokenRefreshRequired"})
"""What stores say of credentials for some time when it is over, some of them as if the request were malformed (400)."""
_WORD = re.compile(rb"<Code>(\w{1,64})</Code>")
_WORD_BYTES = 4096


class Gone(Exception):
    """The version that a link is to is there no more."""


class Replaced(Exception):
    """Another version stands there now."""


class Denied(Exception):
    """Whoever has signed the link may not do it, or its time is over: with the store's word, or the status."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way to the bytes of one version of an object."""

    address: str = field(repr=False)
    """With the signature: a credential."""
    tag: str
    """The version's ETag."""
    until: float
    """Seconds since the epoch at which the signature is over."""

    def read_into(self, room: memoryview, offset: int) -> int:
        """Fill the room from byte `offset` on; returns how many bytes came.

        What may pass is tried again for about 20 seconds. Raises `Gone`, `Replaced`, `Denied`, and `OSError`.
        """
        last = "no answer"
        for _ in _tries():
            status, got, word = self._ask(room, offset)
            if status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT) and got == len(room):
                return got
            if status == HTTPStatus.NOT_FOUND:
                raise Gone
            if status == HTTPStatus.PRECONDITION_FAILED:
                raise Replaced
            if status in _REFUSED or status == HTTPStatus.BAD_REQUEST:
                raise Denied(word or status)
            if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return 0
            if status and status not in _PASSING and status < HTTPStatus.INTERNAL_SERVER_ERROR and got >= len(room):
                break
            last = f"HTTP {status}" if status else last
        raise OSError(errno.ETIMEDOUT, last)

    def _ask(self, room: memoryview, offset: int) -> tuple[int, int, str]:
        """Status of the answer, 0 for none, how many bytes of it came, and the store's word when it is an error."""
        from urllib3.exceptions import HTTPError

        headers = {"Range": f"bytes={offset}-{offset + len(room) - 1}", "If-Match": self.tag}
        try:
            answer = _connections(os.getpid()).request(
                "GET", self.address, headers=headers, preload_content=False, retries=False, redirect=False
            )
        except HTTPError:
            return 0, 0, ""
        done = 0
        try:
            if answer.status == HTTPStatus.PARTIAL_CONTENT or (answer.status == HTTPStatus.OK and offset == 0):
                while done < len(room):
                    part = answer.read(min(len(room) - done, 1 << 20))
                    if not part:
                        break
                    room[done : done + len(part)] = part
                    done += len(part)
                return answer.status, done, ""
            return answer.status, 0, _word(answer.read(_WORD_BYTES))
        except (HTTPError, OSError):
            return 0, done, ""
        finally:
            if done == len(room):
                answer.drain_conn()
                answer.release_conn()
            else:
                answer.close()


def put_part(address: str, descriptor: int, offset: int, size: int) -> str:
    """Put `size` bytes of an open file, from `offset` on, at a signed address; returns the ETag that they got.

    What may pass is tried again, as by `Link.read_into`. Raises `Gone` without such an upload, `Denied`, and `OSError`.
    """
    last = "no answer"
    for _ in _tries():
        status, tag, word = _put(address, _Stretch(descriptor, offset, size))
        if status == HTTPStatus.OK and tag:
            return tag
        if status == HTTPStatus.NOT_FOUND:
            raise Gone
        if status in _REFUSED or word in SESSION_OVER:
            raise Denied(word or status)
        last = f"HTTP {status}" if status else last
    raise OSError(errno.ETIMEDOUT, last)


def _put(address: str, stretch: _Stretch) -> tuple[int, str, str]:
    """Status of the answer, 0 for none, the ETag that it has, and the store's word when it is an error."""
    from urllib3.exceptions import HTTPError

    headers = {"Content-Length": str(stretch.size)}
    try:
        answer = _connections(os.getpid()).request(
            "PUT", address, body=cast("IO[bytes]", stretch), headers=headers, retries=False, redirect=False
        )
    except (HTTPError, OSError):
        return 0, "", ""
    return answer.status, answer.headers.get("ETag", ""), _word(answer.data)


def _word(content: bytes) -> str:
    """The store's own word for an error; empty without one. What else it says may have been signed."""
    found = _WORD.search(content[:_WORD_BYTES])
    return found[1].decode() if found else ""


class _Stretch:
    """Bytes of an open file, to be read once, in pieces."""

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        self.descriptor, self.offset, self.size = descriptor, offset, size
        self.end = offset + size

    def read(self, most: int = -1) -> bytes:
        """The next bytes. Raises `OSError` where the file ends first."""
        stopping.check()
        left = self.end - self.offset
        got = os.pread(self.descriptor, left if most < 0 else min(most, left), self.offset)
        if left and not got:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.offset += len(got)
        return got


def _tries() -> Iterator[int]:
    """The numbers of some tries, with pauses between them."""
    for attempt in range(TRIES):
        if attempt:
            stopping.pause(_pause(attempt))
        else:
            stopping.check()
        yield attempt


def _pause(attempt: int) -> float:
    """Twice as long each time, and no two alike: whoever was told to slow down must not come back together."""
    longest: float = min(_FIRST_PAUSE_SECONDS * 2.0**attempt, _LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.5, 1.0)


@cache
def _connections(_process: int) -> PoolManager:
    """The connections of a process: one that was forked must not use those of its parent."""
    from urllib3 import PoolManager, Timeout

    timeout = Timeout(_CONNECT_SECONDS, _READ_SECONDS)
    return PoolManager(num_pools=8, maxsize=AT_ONCE, timeout=timeout, blocksize=_BLOCK_BYTES)


def is_fresh(link: Link, seconds: float) -> bool:
    """Whether a link is good for so many seconds yet."""
    return link.until - time.time() > seconds
