"""Path checks: which files a run may read and write.

Inputs lie under the home's `data/` and `output/`, outputs under `output/` and `report/`; `ETL_ALLOWED_ROOTS` and the
console's settings add folders to both. A path is judged by where it really leads (symlinks followed); what is opened
is that place, beneath its root and through no link (see `files.beneath`), and the descriptor is judged once more.
Whatever the roots are, what is in a `.secrets` folder is out of reach under any name, and so are, for outputs, the run
directories and the anchor of the audit log.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import InputRefused, PathRefused, UsageError
from etl_batch.files.beneath import Place, open_beneath
from etl_batch.limits import read_limits
from etl_batch.model import PassedOver
from etl_batch.security.audit_format import AuditFiles
from etl_batch.security.leftovers import ALL_FILES, Choice, Passed, leftover
from etl_batch.spelling import few, spelled

SECRETS = ".secrets"
_MAGIC = re.compile(r"[*?\[]")
_TRIES = 3


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


def trusted_folders(roots: Roots) -> frozenset[str]:
    """The roots beneath which the engine puts files in place: those of outputs, and its own of the runs."""
    return frozenset(map(os.path.realpath, (*roots.outputs, roots.home / "output" / "runs")))


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to be read. `folder`: the one it was found in, by the folder's name or by a glob; None for one named."""

    path: Path
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class InputFiles:
    """What inputs stand for: the files, sorted by path, and what was passed over to find them."""

    files: tuple[InputFile, ...]
    passed_over: tuple[PassedOver, ...]


def find_input_files(
    patterns: Sequence[str | Path], roots: Roots, choice: Choice = ALL_FILES, *, lenient: bool = False
) -> InputFiles:
    """The files that inputs (files, directories, globs with `**`) stand for: absolute, each once, sorted by path.

    A directory stands for all regular files below it. Leftovers (see `leftovers`), empty files and what the `choice`
    leaves out are passed over, and so is what the engine keeps for itself; a file that is named is read. `lenient`: a
    file of a folder that may not be read is passed over too. Raises `PathRefused` or `InputRefused`.
    """
    walk = _Walk(Guard(roots.inputs, roots), choice, lenient=lenient)
    for pattern in patterns:
        walk.add(pattern)
    files = sorted(walk.files.values(), key=lambda file: file.path)
    read = {file.path for file in files}
    passed = [each for path, each in sorted(walk.passed_over.items()) if path not in read]
    return InputFiles(tuple(files), tuple(passed))


def resolve_inputs(patterns: Sequence[str | Path], roots: Roots) -> list[Path]:
    """The files that inputs stand for, when nothing more is said of them."""
    return [file.path for file in find_input_files(patterns, roots).files]


def resolve_folder(path: str | Path, roots: Roots) -> Path:
    """A folder to look into, absolute, under the input roots. Raises `PathRefused` or `InputRefused`."""
    guard = Guard(roots.inputs, roots)
    folder = _absolute(path)
    guard.check(folder)
    if not _is_folder(folder):
        raise InputRefused(sentences.inputs.NO_FOLDER.format(path=_shown(folder)), path=str(path))
    return folder


def resolve_output(path: str | Path, roots: Roots) -> Place:
    """Where an output goes: its place under a root, symlinks of its folders followed. Its folders need not exist yet.

    Raises `PathRefused` when it leaves the output roots or when something other than a regular file stands there.
    """
    guard = Guard(roots.outputs, roots)
    given = _absolute(path)
    target = Path(os.path.realpath(given.parent)) / given.name
    place = guard.place(target)
    if any(target.is_relative_to(os.path.realpath(kept)) for kept in roots.kept):
        raise PathRefused(sentences.outputs.KEPT_BY_ENGINE.format(path=_shown(target)), path=str(path))
    for each in (target, *target.parents):
        found = _status(each)
        if found is None:
            continue
        if each != target and not stat.S_ISDIR(found.st_mode):
            raise PathRefused(sentences.inputs.NO_DIRECTORY.format(path=_shown(each)), path=str(path))
        if each == target:
            if not stat.S_ISREG(found.st_mode):
                raise _wrong_kind(target, found.st_mode, sentences.outputs.NOT_REGULAR)
            guard.refuse_secret(found, target)
    return place


def open_input(path: Path, roots: Roots) -> int:
    """A read-only descriptor of a regular file under the input roots; the caller closes it.

    Raises `PathRefused` or `InputRefused`.
    """
    return Guard(roots.inputs, roots).open(path)[0]


class Guard:
    """Judges paths and what has been opened against one set of roots."""

    def __init__(self, allowed: tuple[Path, ...], roots: Roots) -> None:
        self._allowed = allowed
        self._real = [os.path.realpath(root) for root in allowed]
        self._secrets = os.path.realpath(roots.home / SECRETS)
        self._kept = {os.path.realpath(path) for path in roots.kept}

    @classmethod
    def of_inputs(cls, roots: Roots) -> Guard:
        """The one of what is read."""
        return cls(roots.inputs, roots)

    def check(self, path: Path) -> None:
        """Raise `PathRefused` when `path`, its symlinks followed, is outside the roots or inside `.secrets`."""
        self.place(path)

    def place(self, path: Path) -> Place:
        """Where a path leads now, its symlinks followed. Raises `PathRefused`, see `check`."""
        return self.place_of(os.path.realpath(path), path)

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
        path = _absolute(path)
        for _ in range(_TRIES):
            place = self.place(path)
            _require_regular(path, self)
            try:
                # O_NONBLOCK: a FIFO that took the file's place this moment must not hold the opener up.
                descriptor = open_beneath(place, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR):
                    continue  # a link has come in its way, which may lead to where it may
                raise _unreadable(path, error) from error
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
        self.refuse_secret(found, path)
        os.set_blocking(descriptor, True)

    def refuse_secret(self, found: os.stat_result, path: Path) -> None:
        """Raise `PathRefused` for a file that has another name in `.secrets`."""
        if found.st_nlink > 1 and (found.st_dev, found.st_ino) in _files_below(self._secrets):
            raise self._outside(path)

    def _outside(self, path: Path) -> PathRefused:
        allowed = ", ".join(str(root) for root in self._allowed)
        return PathRefused(sentences.inputs.OUTSIDE.format(path=_shown(path), allowed=allowed), path=str(path))

    def keeps(self, path: Path) -> bool:
        """Whether the engine keeps this file or folder for itself."""
        return os.path.realpath(path) in self._kept


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


class _Walk:
    """The files that inputs stand for, and what was passed over on the way. Nothing outside the roots is looked at.

    `lenient`: a file of a folder that may not be read is passed over too.
    """

    def __init__(self, guard: Guard, choice: Choice, *, lenient: bool) -> None:
        self.guard, self.choice, self.lenient = guard, choice, lenient
        self.files: dict[str, InputFile] = {}
        """By where they really are."""
        self.passed_over: dict[Path, PassedOver] = {}
        self.base = Path()
        """The folder whose files are being found."""

    def add(self, pattern: str | Path) -> None:
        """What one input stands for. Raises `InputRefused` when that is nothing."""
        path = _absolute(pattern)
        if _MAGIC.search(os.fspath(pattern)) and not os.path.lexists(path):
            first = next(number for number, part in enumerate(path.parts) if _MAGIC.search(part))
            self.base = Path(*path.parts[:first])
            rest = path.parts[first:] + (("*",) if path.parts[-1] == "**" else ())
            self._expect_some(rest, sentences.inputs.NO_FILE_MATCHES, path)
            return
        self.guard.check(path)
        if _is_folder(path):
            self.base = path
            self._expect_some(("**", "*"), sentences.inputs.NO_FILES_IN_FOLDER, path)
            return
        _require_regular(path, self.guard)
        self.files.setdefault(os.path.realpath(path), InputFile(path))

    def _expect_some(self, parts: tuple[str, ...], otherwise: str, path: Path) -> None:
        self.guard.check(self.base)
        before = len(self.passed_over)
        found = sorted(self._expand(self.base, parts))
        for each, real in found:
            self.files.setdefault(real, InputFile(each, self.base))
        if not found:
            passed = list(self.passed_over.values())[before:]
            raise InputRefused(otherwise.format(path=_shown(path), passed=_left(passed)), path=str(path))

    def _expand(self, folder: Path, parts: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
        """Files below `folder` that match the pattern's remaining parts, and where each really is."""
        part, rest = parts[0], parts[1:]
        if part == "**":
            for each in self._folders(folder):
                yield from self._expand(each, rest)
            return
        real_folder = os.path.realpath(folder)
        for name in self._matching(folder, part, files=not rest) if _MAGIC.search(part) else [part]:
            path = folder / name
            found = _status(path)
            linked = found is None or stat.S_ISLNK(found.st_mode)
            real = os.path.realpath(path) if linked else f"{real_folder}/{name}"
            self.guard.place_of(real, path)
            found = _status(path, follow=True) if linked else found
            if found is None and path.is_symlink():
                self._refuse(path, sentences.inputs.DANGLING_LINK)
            elif found is not None and rest and stat.S_ISDIR(found.st_mode):
                yield from self._expand(path, rest)
            elif found is not None and not rest and self._wanted(path, found):
                yield path, real

    def _wanted(self, path: Path, found: os.stat_result) -> bool:
        """Whether a file of a folder is read; what is not is noted down."""
        if stat.S_ISDIR(found.st_mode):
            return False
        reason = self.choice.verdict(path.relative_to(self.base).parts)
        if reason is None and not stat.S_ISREG(found.st_mode):
            reason = Passed.SPECIAL
        elif reason is None and not found.st_size:
            reason = Passed.EMPTY
        if reason is not None:
            self._pass_over(path, reason)
            return False
        if not os.access(path, os.R_OK, effective_ids=True):
            self._refuse(path, sentences.inputs.MAY_NOT_READ)
            return False
        return True

    def _refuse(self, path: Path, sentence: str) -> None:
        message = sentence.format(path=_shown(path))
        if not self.lenient:
            raise InputRefused(message, path=str(path))
        self._pass_over(path, Passed.REFUSED, message)

    def _pass_over(self, path: Path, reason: Passed, detail: str = "") -> None:
        self.passed_over.setdefault(path, PassedOver.of(str(path), reason, detail))

    def _matching(self, folder: Path, part: str, *, files: bool) -> list[str]:
        """Names of one folder that fit one part of a pattern, leftovers passed over. `files`: it is the last part."""
        names = []
        for name in _names(folder):
            if not fnmatch.fnmatchcase(name, part) or self.guard.keeps(folder / name):
                continue
            reason = leftover(name, part)
            if reason is None:
                names.append(name)
            elif _is_folder(folder / name) is not files:
                self._pass_over(folder / name, reason)
        return names

    def _folders(self, base: Path) -> Iterator[Path]:
        """`base` and the folders below it, each once however many symlinks lead there."""
        seen: set[str] = set()
        waiting = [base]
        while waiting:
            folder = waiting.pop()
            self.guard.check(folder)
            real = os.path.realpath(folder)
            if real in seen:
                continue
            seen.add(real)
            if folder != self.base and self.choice.verdict(folder.relative_to(self.base).parts, folder=True):
                self._pass_over(folder, Passed.EXCLUDED)
                continue
            yield folder
            inner = (folder / name for name in self._matching(folder, "*", files=False))
            waiting.extend(sorted((path for path in inner if _is_folder(path)), reverse=True))


def _left(passed: Sequence[PassedOver]) -> str:
    """What the sentence that nothing is left says of what was passed over."""
    return sentences.inputs.PASSED_OVER.format(names=named(passed)) if passed else ""


def named(passed: Sequence[PassedOver]) -> str:
    """The first names of what was passed over, each with its reason, and how many there are more."""
    return few([f"{_shown(Path(each.path).name)} ({each.reason})" for each in passed])


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
    found = _status(path, follow)
    return None if found is None else found.st_mode


def _status(path: Path, follow: bool = False) -> os.stat_result | None:
    """What the system knows of what stands at a path, or None when nothing does."""
    try:
        return path.stat() if follow else path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _require_regular(path: Path, guard: Guard) -> None:
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
