"""Looking through the input folders: one page of a folder at a time, with what each file on it is."""

from __future__ import annotations

import fnmatch
import heapq
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import EtlError, InputRefused
from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.layouts import run_layouts, store_version
from etl_batch.record.originals import original_name
from etl_batch.security.guard import Guard, Roots
from etl_batch.security.paths import resolve_folder, resolve_inputs

PER_PAGE = 12
GLANCE_BYTES = 64 * 1024
_BACKUP_MARK = ".bak."
_WILD = frozenset("*?[")


class Order(StrEnum):
    """How the files of a folder are sorted; folders come first, by name."""

    NAME = "name"
    NEWEST = "newest"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A folder, or a file with what it is: `format` and `layout`, or `problem`, the sentence that says why not."""

    path: Path
    folder: bool
    size: int = 0
    changed: float = 0.0
    original_name: str | None = None
    format: str = ""
    layout: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a folder. `found` counts the files and folders that fit the search, on all pages."""

    folder: Path
    root: Path
    entries: tuple[ListedFile, ...]
    files: int
    folders: int
    found: int
    page: int
    pages: int


def input_folders(roots: Roots) -> list[Path]:
    """The roots that exist, to begin looking at."""
    return [root for root in roots.inputs if root.is_dir()]


def browse(folder: Path, roots: Roots, *, text: str = "", order: Order = Order.NAME, page: int = 0) -> Listing:
    """One page of a folder under the input roots; raises `PathRefused` or `InputRefused`.

    `text`: part of a name, or a pattern with `*`. Only the files of the page are opened, so a folder may be large.
    Names that start with a dot, backups and what the engine keeps for itself are left out, as they are for a run.
    """
    folder = resolve_folder(folder, roots)
    folders, files = _scan(folder, roots)
    fits = _filter(text)
    found_folders = sorted(entry.name for entry in folders if fits(entry.name))
    found = [entry for entry in files if fits(entry.name)]
    names = [(name, True) for name in found_folders] + [(entry.name, False) for entry in _sorted(found, order)]
    pages = max(-(-len(names) // PER_PAGE), 1)
    page = min(max(page, 0), pages - 1)
    seen = names[page * PER_PAGE : (page + 1) * PER_PAGE]
    entries = tuple(
        ListedFile(folder / name, True) if is_folder else _look(folder / name, roots) for name, is_folder in seen
    )
    root = next((root for root in roots.inputs if folder.is_relative_to(root)), folder)
    return Listing(folder, root, entries, len(files), len(folders), len(names), page, pages)


def first_input(home: Path) -> Path | None:
    """The first file of the home's `data/`, else of its folders: what is picked when nobody has chosen yet."""
    return _first_file(home / "data")


def some_inputs(home: Path, limit: int) -> list[Path]:
    """The first files of the home's `data/` itself, by name."""
    folder = home / "data"
    try:
        with os.scandir(folder) as entries:
            names = heapq.nsmallest(limit, (entry.name for entry in entries if _shown(entry.name) and entry.is_file()))
    except OSError:
        return []
    return [folder / name for name in names]


def _first_file(folder: Path) -> Path | None:
    try:
        with os.scandir(folder) as entries:
            listed = sorted((entry for entry in entries if _shown(entry.name)), key=lambda entry: entry.name)
    except OSError:
        return None
    first = next((Path(entry.path) for entry in listed if entry.is_file()), None)
    # A link to a folder could lead in a circle.
    folders = (Path(entry.path) for entry in listed if entry.is_dir(follow_symlinks=False))
    return first or next(filter(None, map(_first_file, folders)), None)


def _shown(name: str) -> bool:
    return not name.startswith(".") and _BACKUP_MARK not in name


def _scan(folder: Path, roots: Roots) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """The folders and the regular files of a folder."""
    kept = {os.path.realpath(path) for path in roots.kept}
    real = os.path.realpath(folder)
    folders, files = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not _shown(entry.name) or os.path.join(real, entry.name) in kept:  # noqa: PTH118 - many names
                    continue
                if entry.is_dir():
                    folders.append(entry)
                elif entry.is_file():
                    files.append(entry)
    except OSError as error:
        raise InputRefused(sentences.inputs.FOLDER_NOT_LISTED.format(folder=folder, reason=error.strerror)) from error
    return folders, files


def _filter(text: str) -> Callable[[str], bool]:
    """Whether a name fits what was typed: a part of it, or a pattern."""
    wanted = text.strip()
    if not _WILD.isdisjoint(wanted):
        return lambda name: fnmatch.fnmatchcase(name, wanted)
    return lambda name: wanted.casefold() in name.casefold()


def _sorted(files: list[os.DirEntry[str]], order: Order) -> list[os.DirEntry[str]]:
    if order is Order.NEWEST:
        return sorted(files, key=lambda entry: (-_facts(entry)[0], entry.name))
    if order is Order.LARGEST:
        return sorted(files, key=lambda entry: (-_facts(entry)[1], entry.name))
    return sorted(files, key=lambda entry: entry.name)


def _facts(entry: os.DirEntry[str]) -> tuple[int, int]:
    """Time and size of a file; nought for one that went away meanwhile."""
    try:
        found = entry.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _look(path: Path, roots: Roots) -> ListedFile:
    """A file of the page that is shown."""
    try:
        resolve_inputs([path], roots)
        found = path.stat()
    except OSError as error:
        return ListedFile(
            path, False, problem=sentences.inputs.NAME_UNREADABLE.format(name=path.name, reason=error.strerror)
        )
    except EtlError as error:
        return ListedFile(path, False, problem=error.message)
    kind, layout, problem = _glance(path, roots, found.st_mtime_ns, found.st_size, store_version(roots.home))
    return ListedFile(path, False, found.st_size, found.st_mtime, original_name(path), kind, layout, problem)


@lru_cache(maxsize=4096)
def _glance(
    path: Path,
    roots: Roots,
    changed: int,  # noqa: ARG001  part of the cache's key, as the next two: a file that was written again is another
    size: int,  # noqa: ARG001
    layouts: object,  # noqa: ARG001
) -> tuple[str, str | None, str | None]:
    """Format, layout and problem of a file, from its first bytes."""
    try:
        source = detect(
            path, 0, Reading(run_layouts(roots.home), sample_bytes=GLANCE_BYTES, guard=Guard.of_inputs(roots))
        )
    except EtlError as error:
        return "", None, error.message
    layout = source.record_layout
    return source.format, layout.name if layout else None, None
