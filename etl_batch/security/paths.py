"""Which files inputs, folders and globs stand for, and where outputs go: each path judged by the guard."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import InputRefused, PathRefused
from etl_batch.files.beneath import Place
from etl_batch.files.commit import is_beside
from etl_batch.files.parted import MANIFEST, is_free
from etl_batch.files.staging import place_of_object
from etl_batch.model import PassedOver
from etl_batch.security.guard import (
    SECRETS,
    Guard,
    Roots,
    absolute,
    mode_of,
    real_path,
    require_regular,
    shown,
    status,
    unreadable,
)
from etl_batch.security.leftovers import ALL_FILES, Choice, Passed, covers, leftover
from etl_batch.spelling import few
from etl_batch.stores.url import Url

_MAGIC = re.compile(r"[*?\[]")
_OF_THE_HOME = ("report",)
"""Of the folders of a home, those that hold no input and that nobody has mistyped."""


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
    walk = _Walk(Guard(roots.inputs, roots), roots, choice, lenient=lenient)
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
    folder = absolute(path)
    guard.check(folder)
    if not isinstance(folder, Url) and not _is_folder(folder):
        raise InputRefused(sentences.inputs.NO_FOLDER.format(path=shown(folder)), path=str(path))
    return folder


def resolve_output(path: str | Path, roots: Roots, *, parts: bool = False) -> Place:
    """Where an output goes: its place under a root, symlinks of its folders followed. Its folders need not exist yet.

    `parts`: it is a folder of files. Raises `PathRefused` when it leaves the output roots or when something other than
    a regular file, or a folder of parts, stands there.
    """
    guard = Guard(roots.outputs, roots)
    given = absolute(path)
    if isinstance(given, Url):
        return replace(_place_of_object(given, guard, roots), parts=parts)
    target = Path(real_path(given.parent)) / given.name
    place = guard.place(target)
    if is_beside(target.name) or _is_report(target, roots) or _is_kept(target, roots):
        raise PathRefused(sentences.outputs.KEPT_BY_ENGINE.format(path=shown(target)), path=str(path))
    for each in (target, *target.parents):
        found = status(each)
        if found is None:
            continue
        if each != target and not stat.S_ISDIR(found.st_mode):
            raise PathRefused(sentences.inputs.NO_DIRECTORY.format(path=shown(each)), path=str(path))
        if each == target and not (parts and stat.S_ISDIR(found.st_mode)):
            guard.judge_output(found, target)
        else:
            guard.judge_folder(found, target)
        if each == target and stat.S_ISDIR(found.st_mode):
            _refuse_foreign(target)
    return replace(place, parts=parts)


def _refuse_foreign(folder: Path) -> None:
    """Raise `PathRefused` for a folder that is none of parts and has something in it."""
    try:
        free = is_free(folder)
    except OSError as error:
        raise unreadable(folder, error) from error
    if not free:
        sentence = sentences.outputs.NOT_PARTS.format(path=shown(folder), manifest=MANIFEST)
        raise PathRefused(sentence, path=str(folder))


def _place_of_object(url: Url, guard: Guard, roots: Roots) -> Place:
    if not url.key:
        raise PathRefused(sentences.inputs.NO_URL.format(url=str(url)), path=str(url))
    guard.check(url)
    return place_of_object(roots.home, url)


def _is_kept(target: Path, roots: Roots) -> bool:
    return any(target.is_relative_to(real_path(kept)) for kept in roots.kept)


def _is_report(target: Path, roots: Roots) -> bool:
    """Whether it is the report of a run, which no other run may write over."""
    folder = roots.home / "report"
    if target.suffix != ".html" or str(target.parent) != real_path(folder):
        return False
    return (roots.home / "output" / "runs" / target.stem).is_dir()


@contextmanager
def opened_input(path: Path, roots: Roots) -> Iterator[int]:
    """A read-only descriptor of a regular file under the input roots. Raises `PathRefused` or `InputRefused`."""
    descriptor, _ = Guard.of_inputs(roots).open(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _refuse_mistyped(typed: str | Path, path: Path, roots: Roots) -> None:
    """Raise for a name without its folder, and for one that is nowhere: it leads out of no root, it is just wrong.

    `path` is what was typed, absolute. Of a name in the home the sentence is the same whether a file has it or not,
    because a console is asked by people who may not look for themselves; whoever types a name relative to the current
    folder may. What is typed in full and lies outside stays the guard's business.
    """
    if any(path.is_relative_to(root) for root in roots.inputs) or SECRETS in path.parts:
        return
    first = path.relative_to(roots.home).parts[:1] if path.is_relative_to(roots.home) else ()
    if first and first[0] not in _OF_THE_HOME:
        allowed = ", ".join(str(root) for root in roots.inputs)
        raise PathRefused(sentences.inputs.NOWHERE.format(path=shown(path), allowed=allowed), path=str(typed))
    if not first and not Path(typed).is_absolute() and not os.path.lexists(path):
        raise InputRefused(sentences.inputs.NO_FILE.format(path=shown(path)), path=str(typed))


class _Walk:
    """The files that inputs stand for, and what was passed over on the way. Nothing outside the roots is looked at.

    `lenient`: a file of a folder that may not be read is passed over too.
    """

    def __init__(self, guard: Guard, roots: Roots, choice: Choice, *, lenient: bool) -> None:
        self.guard, self.roots, self.choice, self.lenient = guard, roots, choice, lenient
        self.files: dict[str, InputFile] = {}
        """By where they really are."""
        self.passed_over: dict[Path, PassedOver] = {}
        self.base = Path()
        """The folder whose files are being found."""

    def add(self, pattern: str | Path) -> None:
        """What one input stands for. Raises `InputRefused` when that is nothing."""
        path = absolute(pattern)
        if isinstance(path, Url):
            self._add_objects(path)
            return
        if _MAGIC.search(os.fspath(pattern)) and not os.path.lexists(path):
            first = next(number for number, part in enumerate(path.parts) if _MAGIC.search(part))
            self.base = Path(*path.parts[:first])
            rest = path.parts[first:] + (("*",) if path.parts[-1] == "**" else ())
            self._expect_some(rest, sentences.inputs.NO_FILE_MATCHES, path)
            return
        _refuse_mistyped(pattern, path, self.roots)
        self.guard.check(path)
        if _is_folder(path):
            self.base = path
            self._expect_some(("**", "*"), sentences.inputs.NO_FILES_IN_FOLDER, path)
            return
        require_regular(path, self.guard)
        self.files.setdefault(real_path(path), InputFile(path))

    def _add_objects(self, url: Url) -> None:
        """What a URL stands for: the object of that name, else those with it as a prefix, or that fit it as a glob."""
        from etl_batch.stores.s3 import find_object, list_objects  # few runs read from a store

        first = next((at for at, part in enumerate(url.parts) if at > 1 and _MAGIC.search(part)), None)
        self.base, rest = (url, ("**", "*")) if first is None else (Url(*url.parts[:first]), url.parts[first:])
        self.guard.check(self.base)
        if find_object(url) is not None:  # whatever signs its name has
            self.files.setdefault(str(url), InputFile(url))
            return
        some, before = False, len(self.passed_over)
        for stored in list_objects(self.base):
            names = stored.url.relative_to(self.base).parts
            if not covers(rest, names):
                continue
            reason = next((reason for name in names if (reason := leftover(name, rest[-1]))), None)
            reason = reason or self.choice.verdict(names) or (None if stored.size else Passed.EMPTY)
            if reason is not None:
                self._pass_over(stored.url, reason)
                continue
            self.files.setdefault(str(stored.url), InputFile(stored.url, self.base))
            some = True
        if not some:
            passed = list(self.passed_over.values())[before:]
            otherwise = sentences.inputs.NO_FILE_MATCHES if first is not None else sentences.inputs.NO_FILES_IN_FOLDER
            sentence = otherwise if first is not None or passed else sentences.inputs.NO_FILE
            raise InputRefused(sentence.format(path=shown(url), passed=_left(passed)), path=str(url))

    def _expect_some(self, parts: tuple[str, ...], otherwise: str, path: Path) -> None:
        self.guard.check(self.base)
        before = len(self.passed_over)
        found = sorted(self._expand(self.base, parts))
        for each, real in found:
            self.files.setdefault(real, InputFile(each, self.base))
        if not found:
            passed = list(self.passed_over.values())[before:]
            raise InputRefused(otherwise.format(path=shown(path), passed=_left(passed)), path=str(path))

    def _expand(self, folder: Path, parts: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
        """Files below `folder` that match the pattern's remaining parts, and where each really is."""
        part, rest = parts[0], parts[1:]
        if part == "**":
            for each in self._folders(folder):
                yield from self._expand(each, rest)
            return
        real_folder = real_path(folder)
        for name in self._matching(folder, part, files=not rest) if _MAGIC.search(part) else [part]:
            path = folder / name
            found = status(path)
            linked = found is None or stat.S_ISLNK(found.st_mode)
            real = real_path(path) if linked else f"{real_folder}/{name}"
            self.guard.place_of(real, path)
            found = status(path, follow=True) if linked else found
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
        message = sentence.format(path=shown(path))
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
            real = real_path(folder)
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
    return few([f"{shown(Path(each.path).name)} ({each.reason})" for each in passed])


def _is_folder(path: Path) -> bool:
    mode = mode_of(path, follow=True)
    return mode is not None and stat.S_ISDIR(mode)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(folder, error) from error
