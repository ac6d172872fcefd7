"""The layouts of a home: those that ship with the engine, and its own ones beside them in `.secrets/`.

    .secrets/struct_config.json                      the home's own layouts, in the format of every layout file, 0600
    .secrets/struct_config.json.bak.<UTC timestamp>  what it was before each change; the newest ones are kept
    .secrets/struct_config.lock                      held while it is changed

A layout of the home that has a shipped one's name takes its place. A store that is broken changes nothing silently: a
run that names a layout which is whole goes on; one that would look at all of them, or at a broken one, is refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from etl_batch import sentences
from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import LayoutError, OutputFailed, UsageError
from etl_batch.files.beneath import Place, make_folder
from etl_batch.files.replacing import replace_text
from etl_batch.layouts.build import LayoutDraft
from etl_batch.layouts.layout import Layout
from etl_batch.layouts.load import (
    FILE_VERSION,
    check_layout,
    decode,
    layout_error,
    load_layouts,
    parse_drafts,
)
from etl_batch.layouts.places import SHIPPED_LAYOUTS, store_path

KEPT_BACKUPS = 20
MAX_NAME_LENGTH = 64
MAX_TEXT_LENGTH = 1_000_000


class Origin(StrEnum):
    """Where a layout comes from."""

    SHIPPED = "shipped"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class StoredLayout:
    """One layout that a home knows, whole or broken."""

    name: str
    origin: Origin
    definition: str
    """The layout as it was written, as JSON text."""
    draft: LayoutDraft
    replaces_shipped: bool = False
    """It is the home's own and has a shipped one's name."""

    @property
    def version(self) -> str:
        """Names this definition: a change that was begun on another one is refused."""
        return hashlib.sha256(self.definition.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every layout that a home knows by name, and what is wrong with its store."""

    entries: Mapping[str, StoredLayout]
    problem: LayoutError | None = None
    """One sentence that names file, layout and field; None for a store that is whole, or missing."""
    readable: bool = True
    """Whether the store's layouts can be told apart at all."""

    @property
    def layouts(self) -> dict[str, Layout]:
        """Those that runs may use: none at all when nobody can tell which names the store takes."""
        if not self.readable:
            return {}
        return {name: entry.draft.layout for name, entry in self.entries.items() if entry.draft.layout is not None}


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """One change to a home's own layouts: save one (with `text`), rename it on the way, or delete it."""

    name: str
    text: str | None = None
    """The layout as JSON text; None deletes it."""
    renamed_from: str | None = None
    """The home's layout that this one takes the place of."""
    begun_on: str | None = None
    """`Entry.version` of the layout that is saved over, renamed or deleted; None: there must be none of that name."""

    @property
    def action(self) -> str:
        """The change as the audit log names it."""
        if self.text is None:
            return "layout.delete"
        return "layout.rename" if self.renamed_from not in (None, self.name) else "layout.save"


def store_version(home: Path) -> tuple[int, int, int, int] | None:
    """Changes whenever the store does, for caches; None without a store."""
    try:
        found = store_path(home).stat()
    except OSError:
        return None
    # The time of the last change of permissions counts too: they decide whether it can be read.
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def read_catalogue(home: Path) -> Catalogue:
    """The shipped layouts and the home's own; what is wrong with the store is told in it and not raised."""
    return _catalogue(home, store_version(home))


@lru_cache(maxsize=4)
def _catalogue(
    home: Path,
    version: tuple[int, int, int, int] | None,  # noqa: ARG001  part of the cache's key: another one is another store
) -> Catalogue:
    shipped = {
        name: StoredLayout(name, Origin.SHIPPED, layout.definition, _whole(layout))
        for name, layout in load_layouts(SHIPPED_LAYOUTS).items()
    }
    path = store_path(home)
    try:
        text = _read(path)
        drafts = {} if text is None else parse_drafts(text, str(path))
        definitions = {} if text is None else decode(text)["layouts"]
    except LayoutError as error:
        return Catalogue(shipped, error, readable=False)
    own = {
        name: StoredLayout(name, Origin.HOME, _json(definitions[name]), draft, replaces_shipped=name in shipped)
        for name, draft in drafts.items()
    }
    problems = [problem for draft in drafts.values() for problem in draft.problems]
    return Catalogue(shipped | own, layout_error(problems, str(path)) if problems else None)


def run_layouts(home: Path, struct_config: Path | None = None, wanted: str = AUTO_LAYOUT) -> dict[str, Layout]:
    """The layouts a run may use: those of `struct_config` alone when there is one, else all that the home knows.

    Raises `LayoutError` when the home's store is broken and `wanted` is `auto` or not certainly one of the whole ones.
    """
    if struct_config is not None:
        return load_layouts(struct_config)
    catalogue = read_catalogue(home)
    layouts = catalogue.layouts
    if catalogue.problem is not None and wanted not in layouts:
        # A fresh one: the catalogue is kept, and an error that is raised again and again grows its traceback.
        raise LayoutError(catalogue.problem.message, **catalogue.problem.facts)
    return layouts


def layout_names(home: Path) -> list[str]:
    """Names to choose from in this home, sorted; never raises."""
    return sorted(read_catalogue(home).layouts)


def change_store(home: Path, change: LayoutChange, record: Callable[[], None]) -> None:
    """Make one change to the home's own layouts, whole or not at all.

    `record` is called when the change is known to be right and before it is made; what it raises stops the change.
    Raises `LayoutError` for a layout with mistakes or a store that cannot be read, `UsageError` for a change that
    collides with another one's or concerns a shipped layout, `OutputFailed` when the disk refuses.
    """
    path = store_path(home)
    with _locked(path):
        before = _read(path)
        if before is not None:
            parse_drafts(before, str(path))
        layouts: dict[str, Any] = {} if before is None else decode(before)["layouts"]
        after = _changed(layouts, change)
        record()
        if before is not None:
            _keep(path, before)
        if after:
            _write(path, _file_text(after))
        else:
            path.unlink(missing_ok=True)


def _changed(layouts: Mapping[str, Any], change: LayoutChange) -> dict[str, Any]:
    """The store's layouts after a change; raises when it cannot be made."""
    old = change.renamed_from if change.renamed_from is not None else change.name
    _check_versions(layouts, change, old)
    if change.text is None:
        return {name: raw for name, raw in layouts.items() if name != change.name}
    _check_name(change.name)
    if len(change.text) > MAX_TEXT_LENGTH:
        raise LayoutError(sentences.layouts.TOO_LONG.format(name=change.name, most=MAX_TEXT_LENGTH))
    draft = check_layout(change.name, change.text)
    if draft.problems:
        raise layout_error(draft.problems, f"layout {change.name!r}")
    raw = decode(change.text)
    if old not in layouts:
        return {**layouts, change.name: raw}
    return {change.name if name == old else name: raw if name == old else kept for name, kept in layouts.items()}


def _check_versions(layouts: Mapping[str, Any], change: LayoutChange, old: str) -> None:
    """Refuse a change that was begun on something else than what stands in the store now."""
    if old != change.name and change.name in layouts:
        raise UsageError(sentences.layouts.EXISTS.format(name=change.name))
    if old not in layouts:
        if change.text is not None and change.renamed_from is None and change.begun_on is None:
            return
        if old in load_layouts(SHIPPED_LAYOUTS):
            raise UsageError(sentences.layouts.SHIPPED.format(name=old))
        raise UsageError(sentences.layouts.GONE.format(name=old))
    if change.begun_on is None:
        raise UsageError(sentences.layouts.EXISTS_EDIT.format(name=old))
    if change.begun_on != hashlib.sha256(_json(layouts[old]).encode("utf-8")).hexdigest():
        raise UsageError(sentences.layouts.CHANGED_MEANWHILE.format(name=old))


def _check_name(name: str) -> None:
    if name != name.strip() or len(name) > MAX_NAME_LENGTH:
        raise LayoutError(
            sentences.layouts.NO_NAME.format(most=MAX_NAME_LENGTH, name=name[:80]),
            layout=name,
        )


def _whole(layout: Layout) -> LayoutDraft:
    return LayoutDraft(layout, layout.fields, layout.record_size, ())


def _json(raw: Any) -> str:
    return json.dumps(raw, ensure_ascii=False)


def _file_text(layouts: Mapping[str, Any]) -> str:
    return json.dumps({"version": FILE_VERSION, "layouts": layouts}, ensure_ascii=False, indent=2) + "\n"


def _read(path: Path) -> str | None:
    """The store's text; None when there is no store. Raises `LayoutError` when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LayoutError(sentences.layouts.UNREADABLE.format(path=path, reason=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise LayoutError(sentences.layouts.NO_UTF8.format(path=path)) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One change at a time, over processes too; `.secrets/` is made when it is missing."""
    lock = path.with_suffix(".lock")
    try:
        make_folder(path.parent, 0o700)
        path.parent.chmod(0o700)
        descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputFailed(sentences.outputs.CANNOT_WRITE.format(path=path, reason=error.strerror)) from error


def _keep(path: Path, text: str) -> None:
    """Keep the previous version as a backup, and the newest backups only."""
    _write(path.with_name(f"{path.name}.bak.{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"), text)
    for old in sorted(path.parent.glob(f"{path.name}.bak.*"))[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Replace a file by a text, whole or not at all, readable by its owner alone."""
    replace_text(Place.of(path), text, mode=0o600, durable=True)
