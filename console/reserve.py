"""The disk's reserve while many uploads arrive: what each of them may still write is counted for all together."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STEP_BYTES = 16 << 20
"""An upload that did not say how long it is takes the disk in such pieces."""


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Room:
    """What one upload may write: the bytes that are set aside for it and not on the disk yet."""

    def __init__(self, disk: Disk, reserve: int) -> None:
        self.disk, self.reserve, self.left = disk, reserve, 0

    def take(self, size: int, step: int = STEP_BYTES) -> bool:
        """Have room for so many bytes more; False when the reserve would be touched.

        What is set aside already counts for nothing once others, such as a run, have filled the disk.
        """
        with self.disk.lock:
            more, spare = max(0, size - self.left), self.disk.spare(self.reserve)
            if more > spare or spare < 0:
                return False
            if more:
                self.left += min(max(more, step), spare)
            return True

    def wrote(self, size: int) -> None:
        """So many bytes are on the disk now and no longer only set aside."""
        with self.disk.lock:
            self.left = max(0, self.left - size)


class Disk:
    """The disk of one folder, shared by all uploads of this process, which is the home's only console."""

    def __init__(self, folder: Path, free: Callable[[Path], int] = _free) -> None:
        self.folder, self.free = folder, free
        self.lock = threading.RLock()
        self.rooms: set[Room] = set()

    def spare(self, reserve: int) -> int:
        """Bytes beyond the reserve that are set aside for nobody."""
        with self.lock:
            return self.free(self.folder) - reserve - sum(room.left for room in self.rooms)

    @contextmanager
    def room(self, reserve: int) -> Iterator[Room]:
        """Room for one upload, none at first; what is left of it is given back at the end."""
        room = Room(self, reserve)
        with self.lock:
            self.rooms.add(room)
        try:
            yield room
        finally:
            with self.lock:
                self.rooms.discard(room)


_disks: dict[Path, Disk] = {}
_disks_lock = threading.Lock()


def disk(folder: Path) -> Disk:
    """The disk of a folder, one for the whole process."""
    with _disks_lock:
        return _disks.setdefault(folder.absolute(), Disk(folder))
