"""What the home's own files take: measured by a walk in the background, and kept, because a walk may take seconds."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.clock import over

FRESH_SECONDS = 600.0
PARTS = ("inputs", "outputs", "backups", "runs", "reports", "console")
_PAUSE_EVERY, _PAUSE_SECONDS = 200, 0.005
"""Rest between some files, so that pages of the same process are drawn meanwhile."""


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes and files by part, and when the walk ended (seconds since the epoch)."""

    bytes: dict[str, int]
    files: dict[str, int]
    measured_at: float


class _Walk:
    """The last measurement of one home, and the walk under way."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.last: Space | None = None
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def refresh(self, oldest: float) -> Space | None:
        """What was measured last; begins a walk when that is older than `oldest` seconds."""
        with self.lock:
            last = self.last
            old = last is None or over(last.measured_at, time.time(), oldest)
            if old and (self.thread is None or not self.thread.is_alive()):
                self.thread = threading.Thread(target=self._run, name="space", daemon=True)
                self.thread.start()
            return last

    def _run(self) -> None:
        self.last = measure(self.home)


_walks: dict[Path, _Walk] = {}
_walks_lock = threading.Lock()


def space(home: Path, oldest: float = FRESH_SECONDS) -> Space | None:
    """What the home's files took when last measured; None while the first measurement is under way."""
    return _walk(home).refresh(oldest)


def wait(home: Path, seconds: float) -> Space | None:
    """Give a measurement under way some time; what was measured last."""
    walk = _walk(home)
    if walk.thread is not None:
        walk.thread.join(seconds)
    return walk.last


def _walk(home: Path) -> _Walk:
    with _walks_lock:
        return _walks.setdefault(home, _Walk(home))


def measure(home: Path) -> Space:
    """Walk the home once. A file with two names counts once; what vanishes meanwhile is passed over."""
    sizes, files = Counter(dict.fromkeys(PARTS, 0)), Counter(dict.fromkeys(PARTS, 0))
    seen: set[tuple[int, int]] = set()
    for part, entry in _files(home):
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        key = (found.st_dev, found.st_ino)
        if found.st_nlink > 1 and key in seen:
            continue
        if found.st_nlink > 1:
            seen.add(key)
        sizes[part] += found.st_size
        files[part] += 1
        if files.total() % _PAUSE_EVERY == 0:
            time.sleep(_PAUSE_SECONDS)
    return Space(dict(sizes), dict(files), time.time())


def _files(home: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file with the part it belongs to. Symbolic links are not followed."""
    waiting = [(home / "data", "inputs"), (home / "output", "outputs"), (home / "report", "reports")]
    waiting.append((home / ".secrets", "console"))
    while waiting:
        folder, part = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    own = "backups" if part == "outputs" and ".bak." in entry.name else part
                    if entry.is_dir(follow_symlinks=False):
                        runs = part == "outputs" and folder.name == "output" and entry.name == "runs"
                        waiting.append((folder / entry.name, "runs" if runs else own))
                    else:
                        yield own, entry
        except OSError:
            continue
