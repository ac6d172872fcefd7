"""What a process does to the files of a home, call by call: contents, names, and what is synced.

After each call that changes something the home is looked at, and what is different is what the call has done. So it is
also seen what SQLite and Arrow have written in C, at the next call that Python makes; their own syncs are not, and what
they have synced counts as not synced.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fault.calls import Calls

Entry = tuple[int, str]
"""A name in a folder, which is a node."""
MANIFESTS = "output/runs/.commit/"
_TRUSTED_NS = 50_000_000
"""Two changes within a tick of the kernel's clock have the same time."""
_open, _fstat, _readlink = open, os.fstat, os.readlink


@dataclass(frozen=True)
class Content:
    """What is in a file from here on."""

    node: int
    data: bytes
    modified_ns: int
    mode: int
    inodes: dict[int, int] = field(default_factory=dict)
    """Of a manifest: which nodes the numbers in it are those of."""


@dataclass(frozen=True)
class Names:
    """Names that change at once: a file or a folder is made, renamed, linked or removed."""

    call: str
    entries: tuple[tuple[Entry, int | None], ...]
    folder: int | None = None
    """The mode of a folder that is made."""


@dataclass(frozen=True)
class Sync:
    """A file's content, or a folder's names, are on the disk."""

    call: str
    node: int


Operation = Content | Names | Sync


@dataclass
class Seen:
    """A home as it is: its names, its files, and its folders with their modes. The home itself is node 0."""

    entries: dict[Entry, int] = field(default_factory=dict)
    files: dict[int, Content] = field(default_factory=dict)
    folders: dict[int, int] = field(default_factory=dict)

    def digest(self) -> bytes:
        """The same for two homes with the same files."""
        inner: dict[int, list[tuple[str, int]]] = {}
        for (folder, name), node in self.entries.items():
            inner.setdefault(folder, []).append((name, node))
        taken, above = hashlib.sha256(), [("", 0)]
        while above:
            path, folder = above.pop()
            for name, node in sorted(inner.get(folder, ())):
                content = self.files.get(node)
                taken.update(repr((path, name, content and hashlib.sha256(content.data).digest())).encode())
                above += [(f"{path}/{name}", node)] if node in self.folders else []
        return taken.digest()


class Recorder(Calls):
    """Writes down what this process does to a home."""

    names = (
        "open",
        "write",
        "pwrite",
        "pwritev",
        "ftruncate",
        "truncate",
        "rename",
        "replace",
        "link",
        "unlink",
        "remove",
        "mkdir",
        "rmdir",
        "chmod",
        "fchmod",
        "utime",
        "fsync",
        "fdatasync",
    )

    def __init__(self, home: str, record: Path) -> None:
        super().__init__(home)
        self.record = record
        self.lock = threading.RLock()
        self.inodes: dict[int, int] = {}
        self.stamps: dict[int, tuple[int, int, int]] = {}
        self.count = 0
        self.looking = False
        self.seen = self._look()

    def install(self) -> None:
        """From here on, with the home as it is now before all else."""
        with _open(self.record, "wb") as out:
            pickle.dump(self.seen, out)
        super().install()

    def around(self, name: str, where: Any, folder: int | None, real: Callable[[], Any]) -> Any:
        """Make the call, and write down what is different then."""
        if self.looking and threading.get_ident() == self.looking:
            return real()
        with self.lock:
            path = self.path(where, folder)
            result = real()
            if path is not None or (isinstance(where, int) and self._is_home(where)):
                self._changed(f"{name} {path or '.'}", where if name in ("fsync", "fdatasync") else None)
            return result

    def _is_home(self, where: int) -> bool:
        try:
            return _readlink(f"/proc/self/fd/{where}") == self.home
        except OSError:
            return False

    def _changed(self, call: str, synced: int | None) -> None:
        self.looking = threading.get_ident()
        try:
            now = self._look()
            contents = list(self._contents(now))
            done: list[Operation] = [each for each in contents if each.node in self.seen.files]
            done += self._names(call, now)
            done += [each for each in contents if each.node not in self.seen.files]
            self.seen = now
            if synced is not None:
                node = self.inodes.get(_fstat(synced).st_ino)
                done += [Sync(call, node)] if node is not None else []
            if done:
                with _open(self.record, "ab") as out:
                    for each in done:
                        pickle.dump(each, out)
        finally:
            self.looking = False

    def _look(self) -> Seen:
        """The home as it is. A number that was not there at the last look is another file's."""
        seen, inodes = Seen(), dict[int, int]()
        self._walk(self.home, 0, "", seen, inodes)
        self.inodes = inodes
        for content in seen.files.values():
            if content.inodes:
                content.inodes.update(inodes)
        return seen

    def _walk(self, path: str, node: int, below: str, seen: Seen, inodes: dict[int, int]) -> None:
        found = Path(path).stat()
        inodes[found.st_ino] = node
        seen.folders[node] = stat.S_IMODE(found.st_mode)
        with os.scandir(path) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                try:
                    found = entry.stat(follow_symlinks=False)
                    inner = inodes.get(found.st_ino, self.inodes.get(found.st_ino))
                    if inner is None:
                        self.count += 1
                        inner = self.count
                    seen.entries[node, entry.name] = inner
                    if entry.is_dir(follow_symlinks=False):
                        self._walk(entry.path, inner, f"{below}{entry.name}/", seen, inodes)
                    elif inner not in seen.files:
                        inodes[found.st_ino] = inner
                        seen.files[inner] = self._content(inner, entry.path, below, found)
                except FileNotFoundError:  # another thread's, by a call in C
                    seen.entries.pop((node, entry.name), None)

    def _content(self, node: int, path: str, below: str, found: os.stat_result) -> Content:
        stamp = (found.st_mtime_ns, found.st_size, found.st_mode)
        known = self.seen.files.get(node) if node in self.stamps else None
        if known is not None and self.stamps[node] == stamp and time.time_ns() - found.st_mtime_ns > _TRUSTED_NS:
            return known
        with _open(path, "rb") as file:
            data = file.read()
        self.stamps[node] = stamp
        inodes = {0: 0} if below == MANIFESTS else {}
        return Content(node, data, found.st_mtime_ns, stat.S_IMODE(found.st_mode), inodes)

    def _names(self, call: str, now: Seen) -> Iterator[Names]:
        before = self.seen.entries
        gone = {entry: node for entry, node in before.items() if entry not in now.entries}
        for entry, node in now.entries.items():
            if before.get(entry) != node:
                moved = [each for each, which in gone.items() if which == node]
                for each in moved:
                    del gone[each]
                made = now.folders.get(node) if node not in self.seen.folders else None
                yield Names(call, ((entry, node), *((each, None) for each in moved)), made)
        for entry in gone:
            yield Names(call, ((entry, None),))

    def _contents(self, now: Seen) -> Iterator[Content]:
        for node, content in now.files.items():
            if content is not self.seen.files.get(node):
                before = self.seen.files.get(node)
                if before is None or (before.data, before.modified_ns, before.mode) != (
                    content.data,
                    content.modified_ns,
                    content.mode,
                ):
                    yield content


@dataclass(frozen=True)
class Recording:
    """What a process has done to a home, in order."""

    first: Seen
    operations: tuple[Operation, ...]

    @classmethod
    def read(cls, path: Path) -> Recording:
        """The one that was written there."""
        with path.open("rb") as file:
            first, operations = pickle.load(file), []
            while file.peek(1):
                operations.append(pickle.load(file))
        return cls(first, tuple(operations))
