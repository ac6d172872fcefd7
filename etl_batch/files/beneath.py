"""Files opened beneath a root, folder by folder from the root's descriptor on, through no link.

Whoever may write in a folder can put a link where a file or a folder stood when it was judged by its name. So a name is
resolved once, into a root and a path below it that is free of links, and only that path is opened: a link that has
appeared in it meanwhile is an error, whatever it leads to.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from etl_batch.stores.url import url_of

_SEARCH = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file stands: a folder that is trusted, and the path below it, which no link is on."""

    root: str
    """Absolute, its own links resolved."""
    below: str
    """Relative; folders and the file's name."""
    url: str = ""
    """Of an object that only stands here until its store has it."""
    parts: bool = False
    """Whether it is a folder of files that stands there, or goes there, as one output."""

    @classmethod
    def of(cls, path: Path) -> Place:
        """The place of a path whose folder is trusted as it is."""
        return cls(os.path.realpath(path.parent), path.name)

    @property
    def path(self) -> Path:
        """The same as one path."""
        return Path(self.root, self.below)

    @property
    def target(self) -> Path:
        """What it is called by whoever wants it: an object by its URL."""
        return url_of(self.url) if self.url else self.path

    @property
    def folder(self) -> str:
        """The folder of the file, below the root; empty for the root itself."""
        return os.path.dirname(self.below)  # noqa: PTH120 - a thousand times cheaper than a path, and asked for often

    @property
    def name(self) -> str:
        """The file's name."""
        return os.path.basename(self.below)  # noqa: PTH119

    def beside(self, name: str) -> Place:
        """The place of another file of the same folder."""
        return Place(self.root, os.path.join(self.folder, name))  # noqa: PTH118


@contextmanager
def folder_of(place: Place, *, create: bool = False) -> Iterator[int]:
    """A descriptor of the folder that a place is in, to be used with `dir_fd`. `create`: make what is missing.

    Raises `OSError`: `ELOOP` or `ENOTDIR` where a link stands on the way.
    """
    if create:
        make_folder(Path(place.root))
    descriptor = _descend(place, FOLDER_FLAGS, create=create)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sync_folder(descriptor: int) -> None:
    """Have the names in an open folder on the disk. Raises `OSError`."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot sync a folder
            raise


def sync_names(folder: Path) -> None:
    """Have the names in a folder on the disk. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_folder(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder, and what is missing above it, with their names on the disk. Raises `OSError`.

    Else a power cut takes a folder away with all that was synced in it.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir(mode)
    except FileExistsError:
        if not path.is_dir():
            raise
    with suppress(PermissionError):  # a folder that may be added to and not be read cannot be synced
        sync_names(path.parent)


def open_beneath(place: Place, flags: int, mode: int = 0o600) -> int:
    """A descriptor of the file at a place, as `os.open` gives it. Raises `OSError`: `ELOOP` when it is a link."""
    folder = _descend(place, _SEARCH, create=False)
    try:
        return os.open(place.name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder)
    finally:
        os.close(folder)


def _descend(place: Place, last: int, *, create: bool) -> int:
    """The folder of a place, opened with the flags `last`; those on the way to it need no more than be searched."""
    parts = [part for part in place.folder.split("/") if part]
    if ".." in parts:
        raise ValueError(place.below)
    descriptor = os.open(place.root, _SEARCH if parts else last)
    for number, part in enumerate(parts, 1):
        try:
            inner = _enter(part, last if number == len(parts) else _SEARCH, descriptor, create=create)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _enter(part: str, flags: int, folder: int, *, create: bool) -> int:
    try:
        return os.open(part, flags, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):  # another run has made it this moment
        os.mkdir(part, dir_fd=folder)
    with suppress(PermissionError):  # as in `make_folder`
        above = os.open(".", FOLDER_FLAGS, dir_fd=folder)
        try:
            sync_folder(above)
        finally:
            os.close(above)
    return os.open(part, flags, dir_fd=folder)
