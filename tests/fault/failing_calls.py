"""Calls of the system that fail once: the Nth one that is about a file of the home, in any process of a run."""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Callable
from typing import Any

from tests.fault.calls import Calls

_HEAD = struct.Struct("<qq")
_ROOM = 4096


class Failing(Calls):
    """Counts the calls beneath a folder, of this process and of all that are forked from it, and fails the Nth."""

    names = (
        "open",
        "read",
        "pread",
        "preadv",
        "write",
        "pwrite",
        "fsync",
        "fdatasync",
        "rename",
        "replace",
        "link",
        "unlink",
        "mkdir",
        "ftruncate",
        "chmod",
        "fchmod",
        "listdir",
        "scandir",
    )

    def __init__(self, home: str, nth: int, number: int, wanted: str = "", times: int = 1) -> None:
        """`wanted`: the name of a call and a part of the path it is about; only such ones are counted then.

        `times`: so many fail one after the other.
        """
        super().__init__(home)
        self.nth, self.number, self.times = nth, number, times
        self.wanted, _, self.about = wanted.partition(" ")
        self.shared = mmap.mmap(-1, _ROOM)

    @property
    def count(self) -> int:
        """The calls so far."""
        return int(_HEAD.unpack_from(self.shared)[0])

    @property
    def failed(self) -> str:
        """The call that failed; empty when there was none."""
        length = _HEAD.unpack_from(self.shared)[1]
        return self.shared[_HEAD.size : _HEAD.size + length].decode()

    def around(self, name: str, where: Any, folder: int | None, real: Callable[[], Any]) -> Any:
        """Count one call; raises `OSError` when it is the one. A call on another file is none."""
        path = self.path(where, folder)
        if path is None or self.wanted not in ("", name) or self.about not in path:
            return real()
        count = self.count + 1
        fails = self.nth <= count < self.nth + self.times
        text = f"{name} {path}".encode()[: _ROOM - _HEAD.size] if fails else self.failed.encode()
        _HEAD.pack_into(self.shared, 0, count, len(text))
        self.shared[_HEAD.size : _HEAD.size + len(text)] = text
        if fails:
            raise OSError(self.number, os.strerror(self.number), None if isinstance(where, int) else where)
        return real()
