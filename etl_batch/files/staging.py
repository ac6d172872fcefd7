"""Staged files: new content beside its target, under a name of its own, until a commit puts it in place.

A staged file is made anew and opened once. Whoever fills it has that descriptor, workers that are forked have it too;
the others open it beneath its root and only when it still is the file that was made. So nobody can have an output
written into another file by putting a link in its way. What is staged may be a folder instead, for an output of several
files, which are opened in it by their names.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import OutputFailed
from etl_batch.files.beneath import FOLDER_FLAGS, Place, folder_of, open_beneath, sync_folder
from etl_batch.stores.url import Url

_OBJECTS, _NAME_LENGTH = ".objects", 32
_LEAVING = "leaving"

_held: dict[Staged, int] = {}
"""The descriptors of what this process, or the one that it was forked from, has staged."""


@dataclass(frozen=True, slots=True)
class Staged:
    """One file, or folder, on its way: where it goes, its name until then, and which one it is."""

    place: Place
    name: str
    device: int
    inode: int
    folder: bool = False

    @property
    def target(self) -> Path:
        """Where it goes."""
        return self.place.target

    @property
    def staged(self) -> Path:
        """Where it stands until then."""
        return self.place.beside(self.name).path

    @property
    def run_id(self) -> str:
        """Of whoever has staged it."""
        return self.name.removeprefix(f".{self.place.name}.").removesuffix(".tmp")

    @classmethod
    def adopted(cls, place: Place, name: str) -> Staged:
        """What stands there under that name already. Raises `OSError`."""
        with folder_of(place) as folder:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        return cls(place, name, found.st_dev, found.st_ino, stat.S_ISDIR(found.st_mode))

    def is_it(self, found: os.stat_result) -> bool:
        """Whether that is the file that was staged."""
        return (found.st_dev, found.st_ino) == (self.device, self.inode)


def staged_name(name: str, run_id: str) -> str:
    """What a file of that name is called while a run fills it."""
    return f".{name}.{run_id}.tmp"


def staged_path(home: Path, target: Path, run_id: str) -> Path:
    """Where an output stands while a run of the home fills it."""
    path = place_of_object(home, target).path if isinstance(target, Url) else target
    return path.with_name(staged_name(path.name, run_id))


def place_of_object(home: Path, url: Url) -> Place:
    """Where an object is staged: on the disk of the home, by a name that no other object has."""
    name = hashlib.sha256(str(url).encode()).hexdigest()[:_NAME_LENGTH]
    return Place(os.path.realpath(home / "output" / "runs"), f"{_OBJECTS}/{name}", str(url))


def stage(place: Place, run_id: str) -> Staged:
    """Create an empty staged file in its target's own folder, which is made where it is missing.

    Raises `OutputFailed`.
    """
    name = staged_name(place.name, run_id)
    try:
        with folder_of(place, create=True) as folder:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)  # of an earlier pass of the same run
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(name, flags, 0o666, dir_fd=folder)
    except OSError as error:
        raise not_written(place.path, error) from error
    return _hold(place, name, descriptor)


def stage_folder(place: Place, run_id: str, *, again: bool = False) -> Staged:
    """Create an empty staged folder in its target's own folder. `again`: or take what the run had staged before.

    Raises `OutputFailed`.
    """
    name = staged_name(place.name, run_id)
    try:
        with folder_of(place, create=True) as folder:
            found = status_in(name, folder)
            if found is not None and not (again and stat.S_ISDIR(found.st_mode)):
                remove_staged(name, folder)
                found = None
            if found is None:
                os.mkdir(name, dir_fd=folder)
            descriptor = os.open(name, FOLDER_FLAGS, dir_fd=folder)
    except OSError as error:
        raise not_written(place.path, error) from error
    return _hold(place, name, descriptor)


def status_in(name: str, folder: int) -> os.stat_result | None:
    """What has that name in an open folder, links not followed; None without one. Raises `OSError`."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def restage(place: Place, run_id: str) -> Staged:
    """What a run had staged for a target when it was killed; else an empty file. Raises `OutputFailed`."""
    name = staged_name(place.name, run_id)
    try:
        descriptor = open_beneath(place.beside(name), os.O_RDWR | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return stage(place, run_id)
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link in its place, which goes
            return stage(place, run_id)
        raise not_written(place.path, error) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        return stage(place, run_id)
    return _hold(place, name, descriptor)


def _hold(place: Place, name: str, descriptor: int) -> Staged:
    found = os.fstat(descriptor)
    staged = Staged(place, name, found.st_dev, found.st_ino, stat.S_ISDIR(found.st_mode))
    _held[staged] = descriptor
    return staged


def stage_text(place: Place, run_id: str, text: str) -> Staged:
    """Stage a text, whole. Raises `OutputFailed`."""
    staged = stage(place, run_id)
    try:
        with opened(staged) as descriptor:
            write_all(descriptor, [text.encode("utf-8")], 0)
    except OSError as error:
        discard([staged])
        raise not_written(place.path, error) from error
    return staged


def not_written(path: Path, error: OSError) -> OutputFailed:
    """The error of a file that cannot be made or filled."""
    return OutputFailed(sentences.outputs.TARGET_NOT_WRITTEN.format(path=path, reason=error.strerror))


def disk_failed(error: OSError) -> OutputFailed:
    """The error of a file that nobody had thought of."""
    path = error.filename or sentences.outputs.A_FILE
    return OutputFailed(sentences.outputs.DISK_FAILED.format(path=path, reason=error.strerror or error))


@contextmanager
def opened(staged: Staged) -> Iterator[int]:
    """A descriptor of a staged file, to read and to write, or of a staged folder.

    Raises `OSError` when another file has taken its name.
    """
    held = _held.get(staged)
    if held is not None:
        yield held
        return
    descriptor = open_beneath(staged.place.beside(staged.name), FOLDER_FLAGS if staged.folder else os.O_RDWR)
    try:
        if not staged.is_it(os.fstat(descriptor)):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(staged.staged))
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_within(staged: Staged, name: str) -> Iterator[int]:
    """A descriptor of a file in a staged folder, made when it is missing, to read and to write. Raises `OSError`."""
    with opened(staged) as folder:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o666, dir_fd=folder)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:  # nobody has that file written to by another name
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), f"{staged.staged}/{name}")
        yield descriptor
    finally:
        os.close(descriptor)


def names_within(staged: Staged) -> list[str]:
    """Names of the files in a staged folder, in order. Raises `OSError`."""
    with opened(staged) as folder:
        return sorted(os.listdir(folder))  # noqa: PTH208 - of a descriptor


def write_all(descriptor: int, parts: Iterable[memoryview | bytes], offset: int) -> None:
    """Write the parts one after the other from `offset` on. Raises `OSError`."""
    for part in parts:
        view = memoryview(part)
        while len(view):
            written = os.pwrite(descriptor, view, offset)
            offset += written
            view = view[written:]


def sync(outputs: Iterable[Staged]) -> None:
    """Have what was written on the disk. Raises `OutputFailed`."""
    for output in outputs:
        try:
            sync_staged(output)
        except OSError as error:
            raise not_written(output.target, error) from error


def sync_staged(output: Staged) -> None:
    """Have one on the disk, with all that is in it. Raises `OSError`."""
    with opened(output) as descriptor:
        if not output.folder:
            os.fsync(descriptor)
            return
        for name in names_within(output):
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=descriptor)
            try:
                os.fsync(file)
            finally:
                os.close(file)
        sync_folder(descriptor)


def release(outputs: Iterable[Staged]) -> None:
    """Close what is held of staged files."""
    for output in outputs:
        descriptor = _held.pop(output, None)
        if descriptor is not None:
            os.close(descriptor)


def discard(outputs: Iterable[Staged]) -> None:
    """Remove staged files; what stands at their targets was never touched."""
    for output in outputs:
        release([output])
        with suppress(OSError), folder_of(output.place) as folder:
            remove_staged(output.name, folder)


def remove_staged(name: str | Path, folder: int | None = None) -> None:
    """Remove a staged file, or a folder with what is in it, by its path or in an open folder, if it is there.

    Raises `OSError`.
    """
    try:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
    except IsADirectoryError:
        shutil.rmtree(name, dir_fd=folder)


def remove_whole(name: str, target: str, folder: int | None = None) -> None:
    """The same, of what has a name that others know: when that is cut off, no half of it has the name.

    `target`: whose run removes what is left then. Raises `OSError`.
    """
    leaving = os.path.join(os.path.dirname(name), staged_name(target, _LEAVING))  # noqa: PTH118, PTH120 - or a bare name
    remove_staged(leaving, folder)
    os.rename(name, leaving, src_dir_fd=folder, dst_dir_fd=folder)
    remove_staged(leaving, folder)
