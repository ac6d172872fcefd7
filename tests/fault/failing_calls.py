"""Calls of the system that fail once: the Nth one that is about a file of the home, in any process of a run.

Loaded into a process that is about to be a command of the engine. What is written in C is led through a file of
Python's, so that each write is a call that is counted here; SQLite and Arrow open files of their own, which are not.
"""

from __future__ import annotations

import builtins
import io
import mmap
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = (
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
_HEAD = struct.Struct("<qq")
_ROOM = 4096
_open, _readlink, _real_io_open = os.open, os.readlink, io.open


class Failing:
    """Counts the calls beneath a folder, of this process and of all that are forked from it, and fails the Nth."""

    def __init__(self, home: str, nth: int, number: int, wanted: str = "", times: int = 1) -> None:
        """`wanted`: the name of a call and a part of the path it is about; only such ones are counted then. `times`: so
        many fail one after the other."""
        self.home, self.nth, self.number, self.times = home, nth, number, times
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

    def install(self) -> None:
        """From here on."""
        for name in NAMES:
            setattr(os, name, self._failing(name, getattr(os, name)))
        io.open = builtins.open = self._opened

    def take(self, name: str, where: Any, folder: int | None = None) -> None:
        """Count one call; raises `OSError` when it is the one. A call on another file is none."""
        path = self._path(where, folder)
        if path is None or self.wanted not in ("", name) or self.about not in path:
            return
        count = self.count + 1
        fails = self.nth <= count < self.nth + self.times
        text = f"{name} {path}".encode()[: _ROOM - _HEAD.size] if fails else self.failed.encode()
        _HEAD.pack_into(self.shared, 0, count, len(text))
        self.shared[_HEAD.size : _HEAD.size + len(text)] = text
        if fails:
            raise OSError(self.number, os.strerror(self.number), None if isinstance(where, int) else where)

    def _path(self, where: Any, folder: int | None) -> str | None:
        """Relative to the home."""
        try:
            if isinstance(where, int):
                path = _readlink(f"/proc/self/fd/{where}")
            else:
                base = _readlink(f"/proc/self/fd/{folder}") if folder is not None else Path.cwd()
                path = str(Path(base, os.fsdecode(where)))
        except OSError:
            return None
        return path[len(self.home) + 1 :] if path.startswith(self.home + "/") else None

    def _failing(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            folder = keywords.get("dir_fd", keywords.get("src_dir_fd"))
            self.take(name, arguments[0] if arguments else ".", folder)
            return real(*arguments, **keywords)

        return call

    def _opened(self, file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **keywords: Any) -> Any:
        """As `io.open`, for what is written; a file that is read fails when it is opened."""
        self.take("open", file)
        writes = set(mode) & set("wax+")
        if isinstance(file, int) or not writes or self._path(file, None) is None:
            return _real_io_open(file, mode, buffering, *rest, **keywords)
        raw = _File(file, mode.replace("b", "").replace("t", ""), self)
        buffered = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
        if "b" in mode:
            return raw if buffering == 0 else buffered
        names = dict(zip(("encoding", "errors", "newline"), rest, strict=False)) | keywords
        return io.TextIOWrapper(buffered, **{key: value for key, value in names.items() if key in _TEXT})


_TEXT = ("encoding", "errors", "newline")


class _File(io.FileIO):
    """A file whose writes are counted."""

    def __init__(self, file: Any, mode: str, failing: Failing) -> None:
        super().__init__(file, mode)
        self._failing = failing

    def write(self, part: Any) -> int:
        """Write, or fail."""
        self._failing.take("write", self.fileno())
        return super().write(part)
