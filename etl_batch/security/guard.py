"""The guard: what lies under the allowed roots, by where a path really leads and by what was opened.

Inputs lie under the home's `data/` and `output/`, outputs under `output/` and `report/`; `ETL_ALLOWED_ROOTS` and the
console's settings add folders to both. A path is judged by where it really leads (symlinks followed); what is opened
is that place, beneath its root and through no link (see `files.beneath`), and the descriptor is judged once more.
Whatever the roots are, what is in a `.secrets` folder is out of reach under any name, and so are, for outputs, the run
directories and the anchor of the audit log.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import InputRefused, PathRefused, UsageError
from etl_batch.files.beneath import Place, open_beneath
from etl_batch.limits import read_limits
from etl_batch.security.audit_format import AuditFiles
from etl_batch.spelling import spelled
from etl_batch.stores.url import Url, path_of, roots_of

SECRETS = ".secrets"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Roots:
    """The folders of a home that runs may use, and `extra` ones for both directions."""

    home: Path
    extra: tuple[Path, ...] = ()

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Folders to read from."""
        return (self.home / "data", self.home / "output", *self.extra)

    @property
    def outputs(self) -> tuple[Path, ...]:
        """Folders to write to."""
        return (self.home / "output", self.home / "report", *self.extra)

    @property
    def kept(self) -> tuple[Path, ...]:
        """What the engine keeps for itself inside those folders: never an output, left out of a directory input."""
        return (self.home / "output" / "runs", self.home / "output" / "audit.anchor", AuditFiles.of(self.home).anchor)


def allowed_roots(home: Path, extra: Iterable[Path] = ()) -> Roots:
    """The roots of a home, those of `ETL_ALLOWED_ROOTS` (absolute or `s3://bucket/prefix`, separated by `:`) and those
    of the settings."""
    named = roots_of(os.environ.get("ETL_ALLOWED_ROOTS", ""))
    for path in named:
        if not path.is_absolute() and not isinstance(path, Url):
            raise UsageError(sentences.command_line.ROOTS_NOT_ABSOLUTE.format(path=str(path)))
    return Roots(home.absolute(), tuple(dict.fromkeys((*named, *read_limits(home).allowed_roots, *extra))))


def trusted_folders(roots: Roots) -> frozenset[str]:
    """The roots beneath which the engine puts files in place: those of outputs, and its own of the runs."""
    return frozenset(map(real_path, (*roots.outputs, roots.home / "output" / "runs")))


class Guard:
    """Judges paths and what has been opened against one set of roots."""

    def __init__(self, allowed: tuple[Path, ...], roots: Roots) -> None:
        self._allowed = allowed
        self._real = [real_path(root) for root in allowed]
        self._secrets = real_path(roots.home / SECRETS)
        self._kept = {real_path(path) for path in roots.kept}

    @classmethod
    def of_inputs(cls, roots: Roots) -> Guard:
        """The one of what is read."""
        return cls(roots.inputs, roots)

    def check(self, path: Path) -> None:
        """Raise `PathRefused` when `path`, its symlinks followed, is outside the roots or inside `.secrets`."""
        self.place(path)

    def place(self, path: Path) -> Place:
        """Where a path leads now, its symlinks followed. Raises `PathRefused`, see `check`."""
        return self.place_of(real_path(path), path)

    def place_of(self, real: str, path: Path) -> Place:
        """The same for what is known to be free of symlinks; `path` is its name for the message."""
        root = next((root for root in self._real if _is_below(real, root)), None)
        below = "" if root is None else os.path.relpath(real, root)
        if root is None or _is_below(real, self._secrets) or SECRETS in Path(below).parts:
            raise self._outside(path)
        return Place(root, "" if below == os.curdir else below)

    def open(self, path: Path) -> tuple[int, Place]:
        """A read-only descriptor of a regular file under the roots, which the caller closes, and where it stands.

        What is swapped between the look at the name and the opening is refused. Raises `PathRefused` or `InputRefused`.
        """
        path = absolute(path)
        for _ in range(_TRIES):
            place = self.place(path)
            require_regular(path, self)
            try:
                # O_NONBLOCK: a FIFO that took the file's place this moment must not hold the opener up.
                descriptor = open_beneath(place, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR):
                    continue  # a link has come in its way, which may lead to where it may
                raise unreadable(path, error) from error
            try:
                self._judge(descriptor, path)
            except BaseException:
                os.close(descriptor)
                raise
            return descriptor, place
        raise self._outside(path)

    def _judge(self, descriptor: int, path: Path) -> None:
        """Raise `PathRefused` for what is open and is no regular file, or a secret by another name."""
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _wrong_kind(path, found.st_mode, sentences.inputs.NOT_REGULAR)
        self._refuse_secret(found, path)
        os.set_blocking(descriptor, True)

    def judge_output(self, found: os.stat_result, path: Path) -> None:
        """Raise `PathRefused` for what stands where an output goes and may not be replaced."""
        if not stat.S_ISREG(found.st_mode):
            raise _wrong_kind(path, found.st_mode, sentences.outputs.NOT_REGULAR)
        self._refuse_secret(found, path)

    def _refuse_secret(self, found: os.stat_result, path: Path) -> None:
        """Raise `PathRefused` for a file of `.secrets` by another name: a hard link, or one beneath another mount."""
        if (found.st_dev, found.st_ino) in _files_below(self._secrets):
            raise self._outside(path)

    def judge_folder(self, found: os.stat_result, path: Path) -> None:
        """Raise `PathRefused` for `.secrets` itself, mounted a second time where an output's folder may be."""
        secrets = status(Path(self._secrets))
        if secrets is not None and (found.st_dev, found.st_ino) == (secrets.st_dev, secrets.st_ino):
            raise self._outside(path)

    def _outside(self, path: Path) -> PathRefused:
        allowed = ", ".join(str(root) for root in self._allowed)
        return PathRefused(sentences.inputs.OUTSIDE.format(path=shown(path), allowed=allowed), path=str(path))

    def keeps(self, path: Path) -> bool:
        """Whether the engine keeps this file or folder for itself."""
        return real_path(path) in self._kept


def real_path(path: str | Path) -> str:
    """Where a path leads, its symlinks followed; a URL leads where it says. Raises `InputRefused`."""
    if isinstance(path, Url):
        return str(path)
    for attempt in range(_TRIES):
        try:
            return os.path.realpath(path)
        except OSError as error:  # a link was exchanged for a file between the look at it and its reading
            if attempt == _TRIES - 1:
                raise unreadable(Path(path), error) from error
    raise AssertionError("unreachable")


def _is_below(real: str, folder: str) -> bool:
    """Whether it is the folder or in it."""
    return real == folder or real.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def _files_below(folder: str) -> set[tuple[int, int]]:
    """Device and inode of each file in a folder and its folders."""
    found = set()
    for base, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                told = os.lstat(os.path.join(base, name))  # noqa: PTH118 - asked of every input
                found.add((told.st_dev, told.st_ino))
    return found


def absolute(path: str | Path) -> Path:
    """The path from the current directory on. Refuses what no file can be called, and every `..`."""
    text = os.fspath(path)
    try:
        encoded = os.fsencode(text)
    except UnicodeEncodeError:
        raise PathRefused(sentences.inputs.NO_PATH_CHARACTER.format(path=shown(text))) from None
    if not text or b"\0" in encoded:
        raise PathRefused(sentences.inputs.NO_PATH.format(path=shown(text)))
    if ".." in Path(text).parts:
        raise PathRefused(sentences.inputs.PARENT_COMPONENT.format(path=shown(text)))
    path = path_of(text)
    return path if isinstance(path, Url) else path.absolute()


def mode_of(path: Path, follow: bool = False) -> int | None:
    """Type and permissions of what stands at a path, or None when nothing does."""
    found = status(path, follow)
    return None if found is None else found.st_mode


def status(path: Path, follow: bool = False) -> os.stat_result | None:
    """What the system knows of what stands at a path, or None when nothing does."""
    try:
        return path.stat() if follow else path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def require_regular(path: Path, guard: Guard) -> None:
    """Raise unless a readable regular file under the roots stands at `path`."""
    guard.check(path)
    mode = mode_of(path, follow=True)
    if mode is None:
        raise InputRefused(sentences.inputs.NO_FILE.format(path=shown(path)), path=str(path))
    if not stat.S_ISREG(mode):
        raise _wrong_kind(path, mode, sentences.inputs.NOT_REGULAR)
    if not os.access(path, os.R_OK, effective_ids=True):
        raise InputRefused(sentences.inputs.MAY_NOT_READ.format(path=shown(path)), path=str(path))


def _wrong_kind(path: Path, mode: int, sentence: str) -> PathRefused:
    """The refusal of what is no regular file; the sentence has room for what it is."""
    kind = sentences.inputs.KINDS.get(stat.S_IFMT(mode), sentences.inputs.OTHER_KIND)
    return PathRefused(sentence.format(path=shown(path), kind=kind), path=str(path))


def unreadable(path: Path, error: OSError) -> InputRefused:
    """The refusal of what the system does not let be looked at."""
    sentence = sentences.inputs.UNUSABLE.format(path=shown(path), reason=error.strerror)
    return InputRefused(sentence, path=str(path))


def shown(path: str | Path) -> str:
    """A path as one line of a message can show it: printable, not endless."""
    text = os.fspath(path)
    return spelled(text if len(text) <= 300 else f"{text[:300]}...") or repr(text)
