"""Path checks: which files a run may read and write.

Inputs lie under the home's `data/` and `output/`, outputs under `output/` and `report/`; `ETL_ALLOWED_ROOTS` and the
console's settings add folders to both. A path is judged by where it really leads (symlinks followed), and once more by
the descriptor that was opened. Whatever the roots are, `.secrets/` is out of reach, and so are, for outputs, the run
directories and the anchor of the audit log.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import InputRefused, PathRefused, UsageError
from etl_batch.limits import read_limits
from etl_batch.security.audit_format import AuditFiles
from etl_batch.spelling import spelled

_MAGIC = re.compile(r"[*?\[]")
_BACKUP_MARK = ".bak."


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
    """The roots of a home, those of `ETL_ALLOWED_ROOTS` (absolute, separated by `:`) and those of the settings."""
    named = [Path(part) for part in os.environ.get("ETL_ALLOWED_ROOTS", "").split(":") if part]
    for path in named:
        if not path.is_absolute():
            raise UsageError(sentences.command_line.ROOTS_NOT_ABSOLUTE.format(path=str(path)))
    return Roots(home.absolute(), tuple(dict.fromkeys((*named, *read_limits(home).allowed_roots, *extra))))


def resolve_inputs(patterns: Sequence[str | Path], roots: Roots) -> list[Path]:
    """The files that inputs (files, directories, globs with `**`) stand for: absolute, each once, sorted by path.

    A directory stands for all regular files below it. Names that start with a dot, backups (`.bak.`) and what the
    engine keeps for itself are left out, unless they are named. Raises `PathRefused` or `InputRefused`.
    """
    guard = _Guard(roots.inputs, roots)
    found: dict[str, Path] = {}
    for pattern in patterns:
        for path in sorted(_files_of(pattern, guard)):
            found.setdefault(os.path.realpath(path), path)
    return sorted(found.values())


def resolve_folder(path: str | Path, roots: Roots) -> Path:
    """A folder to look into, absolute, under the input roots. Raises `PathRefused` or `InputRefused`."""
    guard = _Guard(roots.inputs, roots)
    folder = _absolute(path)
    guard.check(folder)
    if not _is_folder(folder):
        raise InputRefused(sentences.inputs.NO_FOLDER.format(path=_shown(folder)), path=str(path))
    return folder


def resolve_output(path: str | Path, roots: Roots) -> Path:
    """Where an output goes: absolute, symlinks of its folders followed. Its folders need not exist yet.

    Raises `PathRefused` when it leaves the output roots or when something other than a regular file stands there.
    """
    guard = _Guard(roots.outputs, roots)
    given = _absolute(path)
    target = Path(os.path.realpath(given.parent)) / given.name
    guard.check(target)
    if any(target.is_relative_to(os.path.realpath(kept)) for kept in roots.kept):
        raise PathRefused(sentences.outputs.KEPT_BY_ENGINE.format(path=_shown(target)), path=str(path))
    for place in (target, *target.parents):
        mode = _mode(place)
        if mode is None:
            continue
        if place != target and not stat.S_ISDIR(mode):
            raise PathRefused(sentences.inputs.NO_DIRECTORY.format(path=_shown(place)), path=str(path))
        if place == target and not stat.S_ISREG(mode):
            raise _wrong_kind(target, mode, sentences.outputs.NOT_REGULAR)
    return target


def open_input(path: Path, roots: Roots) -> int:
    """A read-only descriptor of a regular file under the input roots, judged again after opening.

    What was swapped between the check and now is caught, because the descriptor itself says where it leads. The caller
    closes it. Raises `PathRefused` or `InputRefused`.
    """
    guard = _Guard(roots.inputs, roots)
    path = _absolute(path)
    _require_regular(path, guard)
    try:
        # O_NONBLOCK: a FIFO that took the file's place this moment must not hold the opener up.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise _wrong_kind(path, mode, sentences.inputs.NOT_REGULAR)
        guard.check_real(Path(f"/proc/self/fd/{descriptor}").readlink(), path)
        os.set_blocking(descriptor, True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class _Guard:
    """Judges real paths against one set of roots."""

    def __init__(self, allowed: tuple[Path, ...], roots: Roots) -> None:
        self._allowed = allowed
        self._real = [os.path.realpath(root) for root in allowed]
        self._secrets = os.path.realpath(roots.home / ".secrets")
        self._kept = {os.path.realpath(path) for path in roots.kept}

    def check(self, path: Path) -> None:
        """Raise `PathRefused` when `path`, its symlinks followed, is outside the roots or inside `.secrets`."""
        self.check_real(Path(os.path.realpath(path)), path)

    def check_real(self, real: Path, path: Path) -> None:
        """The same for a place that is known to be free of symlinks; `path` is its name for the message."""
        if real.is_relative_to(self._secrets) or not any(real.is_relative_to(root) for root in self._real):
            allowed = ", ".join(str(root) for root in self._allowed)
            raise PathRefused(
                sentences.inputs.OUTSIDE.format(path=_shown(path), allowed=allowed),
                path=str(path),
            )

    def keeps(self, path: Path) -> bool:
        """Whether the engine keeps this file or folder for itself."""
        return os.path.realpath(path) in self._kept


def _absolute(path: str | Path) -> Path:
    """The path from the current directory on. Refuses what no file can be called, and every `..`."""
    text = os.fspath(path)
    try:
        encoded = os.fsencode(text)
    except UnicodeEncodeError:
        raise PathRefused(sentences.inputs.NO_PATH_CHARACTER.format(path=_shown(text))) from None
    if not text or b"\0" in encoded:
        raise PathRefused(sentences.inputs.NO_PATH.format(path=_shown(text)))
    if ".." in Path(text).parts:
        raise PathRefused(sentences.inputs.PARENT_COMPONENT.format(path=_shown(text)))
    return Path(text).absolute()


def _files_of(pattern: str | Path, guard: _Guard) -> Iterator[Path]:
    path = _absolute(pattern)
    if _MAGIC.search(os.fspath(pattern)) and not os.path.lexists(path):
        yield from _glob(path, guard)
        return
    guard.check(path)
    if _is_folder(path):
        yield from _some(
            _expand(path, ("**", "*"), guard), sentences.inputs.NO_FILES_IN_FOLDER.format(path=_shown(path))
        )
        return
    _require_regular(path, guard)
    yield path


def _glob(pattern: Path, guard: _Guard) -> Iterator[Path]:
    parts = pattern.parts
    first = next(number for number, part in enumerate(parts) if _MAGIC.search(part))
    base = Path(*parts[:first])
    guard.check(base)
    rest = parts[first:] + (("*",) if parts[-1] == "**" else ())
    yield from _some(_expand(base, rest, guard), sentences.inputs.NO_FILE_MATCHES.format(path=_shown(pattern)))


def _some(files: Iterator[Path], otherwise: str) -> Iterator[Path]:
    empty = True
    for path in files:
        empty = False
        yield path
    if empty:
        raise InputRefused(otherwise)


def _expand(base: Path, parts: tuple[str, ...], guard: _Guard) -> Iterator[Path]:
    """Regular files below `base` that match the pattern's remaining parts. Nothing outside the roots is looked at."""
    part, rest = parts[0], parts[1:]
    if part == "**":
        for folder in _folders(base, guard):
            yield from _expand(folder, rest, guard)
        return
    paths = _matching(base, part, guard) if _MAGIC.search(part) else [base / part]
    for path in paths:
        guard.check(path)
        mode = _mode(path, follow=True)
        if rest and mode is not None and stat.S_ISDIR(mode):
            yield from _expand(path, rest, guard)
        elif not rest and mode is not None and stat.S_ISREG(mode):
            _require_regular(path, guard)
            yield path
        elif mode is None and path.is_symlink():
            raise InputRefused(sentences.inputs.DANGLING_LINK.format(path=_shown(path)), path=str(path))


def _matching(folder: Path, part: str, guard: _Guard) -> list[Path]:
    """Entries of one folder that fit one part of a pattern."""
    return [
        folder / name
        for name in _names(folder)
        if fnmatch.fnmatchcase(name, part)
        and (part.startswith(".") or not name.startswith("."))
        and (_BACKUP_MARK in part or _BACKUP_MARK not in name)
        and not guard.keeps(folder / name)
    ]


def _folders(base: Path, guard: _Guard) -> Iterator[Path]:
    """`base` and the folders below it, each once however many symlinks lead there."""
    seen: set[str] = set()
    waiting = [base]
    while waiting:
        folder = waiting.pop()
        guard.check(folder)
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        yield folder
        waiting.extend(path for path in reversed(_matching(folder, "*", guard)) if _is_folder(path))


def _is_folder(path: Path) -> bool:
    mode = _mode(path, follow=True)
    return mode is not None and stat.S_ISDIR(mode)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def _mode(path: Path, follow: bool = False) -> int | None:
    """Type and permissions of what stands at a path, or None when nothing does."""
    try:
        return (path.stat() if follow else path.lstat()).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _require_regular(path: Path, guard: _Guard) -> None:
    """Raise unless a readable regular file under the roots stands at `path`."""
    guard.check(path)
    mode = _mode(path, follow=True)
    if mode is None:
        raise InputRefused(sentences.inputs.NO_FILE.format(path=_shown(path)), path=str(path))
    if not stat.S_ISREG(mode):
        raise _wrong_kind(path, mode, sentences.inputs.NOT_REGULAR)
    if not os.access(path, os.R_OK, effective_ids=True):
        raise InputRefused(sentences.inputs.MAY_NOT_READ.format(path=_shown(path)), path=str(path))


def _wrong_kind(path: Path, mode: int, sentence: str) -> PathRefused:
    kind = sentences.inputs.KINDS.get(stat.S_IFMT(mode), sentences.inputs.OTHER_KIND)
    return PathRefused(sentence.format(path=_shown(path), kind=kind), path=str(path))


def _unreadable(path: Path, error: OSError) -> InputRefused:
    sentence = sentences.inputs.UNUSABLE.format(path=_shown(path), reason=error.strerror)
    return InputRefused(sentence, path=str(path))


def _shown(path: str | Path) -> str:
    """A path as one line of a message can show it: printable, not endless."""
    text = os.fspath(path)
    return spelled(text if len(text) <= 300 else f"{text[:300]}...") or repr(text)
