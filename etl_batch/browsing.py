"""Looking through the input folders: one page of a folder at a time, with what each file on it is."""

from __future__ import annotations

import errno
import fnmatch
import heapq
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import EtlError, InputRefused
from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.layouts import run_layouts, store_version
from etl_batch.record.originals import original_name
from etl_batch.security.guard import Guard, Roots
from etl_batch.security.paths import resolve_folder, resolve_inputs
from etl_batch.stores.s3 import Stored
from etl_batch.stores.url import Url

PER_PAGE = 12
GLANCE_BYTES = 64 * 1024
_BACKUP_MARK = ".bak."
_WILD = frozenset("*?[")


class Order(StrEnum):
    """How the files of a folder are sorted; folders come first, by name."""

    NAME = "name"
    NEWEST = "newest"
    LARGEST = "largest"


def state_of(path: Path) -> tuple[object, int]:
    """What tells a file's versions from each other, and its size in bytes. Raises `OSError` where there is none.

    Of an object it is what its store has said within some seconds; raises `InputRefused` where that does not answer.
    """
    if not isinstance(path, Url):
        return _state(path)
    seen = _seen(path)
    return seen.tag, seen.size


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
    return [root for root in roots.inputs if isinstance(root, Url) or root.is_dir()]


def browse(folder: Path, roots: Roots, *, text: str = "", order: Order = Order.NAME, page: int = 0) -> Listing:
    """One page of a folder under the input roots; raises `PathRefused` or `InputRefused`.

    `text`: part of a name, or a pattern with `*`. Only the files of the page are opened, so a folder may be large.
    Names that start with a dot, backups and what the engine keeps for itself are left out, as they are for a run.
    """
    folder = resolve_folder(folder, roots)
    folders, files = _scan(folder, roots)
    fits = _filter(text)
    found_folders = sorted(name for name in folders if fits(name))
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


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of a folder."""

    name: str
    facts: Callable[[], tuple[int, int]]
    """Time in nanoseconds, and size in bytes."""


def _scan(folder: Path, roots: Roots) -> tuple[list[str], list[_Entry]]:
    """The names of a folder's folders, and its regular files."""
    if isinstance(folder, Url):
        return _scan_store(folder)
    kept = {os.path.realpath(path) for path in roots.kept}
    real = os.path.realpath(folder)
    folders, files = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not _shown(entry.name) or os.path.join(real, entry.name) in kept:  # noqa: PTH118 - many names
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                elif entry.is_file():
                    files.append(_Entry(entry.name, partial(_facts, entry)))
    except OSError as error:
        raise InputRefused(sentences.inputs.FOLDER_NOT_LISTED.format(folder=folder, reason=error.strerror)) from error
    return folders, files


def _scan_store(url: Url) -> tuple[list[str], list[_Entry]]:
    from etl_batch.stores.s3 import list_folder  # few looks are into a store

    folders, files = list_folder(url)
    shown = [_Entry(each.url.name, partial(_said, each)) for each in files if _shown(each.url.name)]
    return [name for name in folders if _shown(name)], shown


def _said(stored: Stored) -> tuple[int, int]:
    return stored.modified_ns, stored.size


def _filter(text: str) -> Callable[[str], bool]:
    """Whether a name fits what was typed: a part of it, or a pattern."""
    wanted = text.strip()
    if not _WILD.isdisjoint(wanted):
        return lambda name: fnmatch.fnmatchcase(name, wanted)
    return lambda name: wanted.casefold() in name.casefold()


def _sorted(files: list[_Entry], order: Order) -> list[_Entry]:
    if order is Order.NEWEST:
        return sorted(files, key=lambda entry: (-entry.facts()[0], entry.name))
    if order is Order.LARGEST:
        return sorted(files, key=lambda entry: (-entry.facts()[1], entry.name))
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
        changed, size = _state(path)
    except OSError as error:
        return ListedFile(
            path, False, problem=sentences.inputs.NAME_UNREADABLE.format(name=path.name, reason=error.strerror)
        )
    except EtlError as error:
        return ListedFile(path, False, problem=error.message)
    kind, layout, problem = _glance(path, roots, changed, size, store_version(roots.home))
    return ListedFile(path, False, size, changed / 1e9, original_name(path), kind, layout, problem)


def _state(path: Path) -> tuple[int, int]:
    """Time and size of a file or an object."""
    if not isinstance(path, Url):
        found = path.stat()
        return found.st_mtime_ns, found.st_size
    return _said(_seen(path))


def _seen(url: Url) -> Stored:
    from etl_batch.stores.s3 import seen_object  # few looks are into a store

    seen = seen_object(url)
    if seen is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(url))
    return seen


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
