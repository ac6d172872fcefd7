"""Calls of the system that are about a file of a home, each led past somebody who looks at it.

Loaded into a process that is about to be a command of the engine. What is written in C is led through a file of
Python's, so that each write is a call that is seen here; SQLite and Arrow open files of their own, which are not.
"""

from __future__ import annotations

import builtins
import io
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

_readlink, _real_io_open = os.readlink, io.open
_TEXT = ("encoding", "errors", "newline")


class Calls(ABC):
    """Stands around the calls that it names, of this process and of all that are forked from it."""

    names: tuple[str, ...]
    """Functions of `os`."""

    def __init__(self, home: str) -> None:
        self.home = home

    @abstractmethod
    def around(self, name: str, where: Any, folder: int | None, real: Callable[[], Any]) -> Any:
        """Make a call, return its result. `where`: a path or a descriptor; `folder`: what the path is relative to."""

    def install(self) -> None:
        """From here on."""
        for name in self.names:
            setattr(os, name, self._around(name, getattr(os, name)))
        io.open = builtins.open = self._opened

    def path(self, where: Any, folder: int | None = None) -> str | None:
        """Relative to the home; None for what is not beneath it."""
        try:
            if isinstance(where, int):
                path = _readlink(f"/proc/self/fd/{where}")
            else:
                base = _readlink(f"/proc/self/fd/{folder}") if folder is not None else Path.cwd()
                path = str(Path(base, os.fsdecode(where)))
        except OSError:
            return None
        return path[len(self.home) + 1 :] if path.startswith(self.home + "/") else None

    def _around(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            folder = keywords.get("dir_fd", keywords.get("src_dir_fd"))
            where = arguments[0] if arguments else "."
            return self.around(name, where, folder, lambda: real(*arguments, **keywords))

        return call

    def _opened(self, file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **keywords: Any) -> Any:
        """As `io.open`, for what is written; of a file that is read only the opening is seen."""

        def real() -> Any:
            if isinstance(file, int) or not set(mode) & set("wax+") or self.path(file) is None:
                return _real_io_open(file, mode, buffering, *rest, **keywords)
            return self._file(file, mode, buffering, dict(zip(_TEXT, rest, strict=False)) | keywords)

        return self.around("open", file, None, real)

    def _file(self, file: Any, mode: str, buffering: int, keywords: dict[str, Any]) -> Any:
        raw = _File(file, mode.replace("b", "").replace("t", ""), self)
        buffered = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
        if "b" in mode:
            return raw if buffering == 0 else buffered
        return io.TextIOWrapper(buffered, **{key: value for key, value in keywords.items() if key in _TEXT})


class _File(io.FileIO):
    """A file whose writes are seen."""

    def __init__(self, file: Any, mode: str, calls: Calls) -> None:
        super().__init__(file, mode)
        self._calls = calls

    def write(self, part: Any) -> int:
        """Write, as a call."""
        written: int = self._calls.around("write", self.fileno(), None, lambda: super(_File, self).write(part))
        return written
