"""Files of a folder that nobody means by its name: leftovers of other programs, and what the user leaves out.

A file that is named itself is read whatever it is called; these rules are for folders and globs alone.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Passed(StrEnum):
    """Why a file of a folder was passed over."""

    HIDDEN = "hidden"
    """Its name starts with a dot."""
    BACKUP = "backup"
    """The copy of an editor or of this engine."""
    PARTIAL = "partial"
    """A transfer that is not over."""
    MARKER = "marker"
    """What Spark and its like write beside their data."""
    SYSTEM = "system"
    """What an operating system leaves in every folder."""
    EMPTY = "empty"
    SPECIAL = "special"
    """No regular file: a device, a FIFO, a socket."""
    EXCLUDED = "excluded"
    """`--exclude` says so."""
    NOT_INCLUDED = "not_included"
    """`--include` names others."""
    REFUSED = "refused"
    """It could not be read as anything, and `--on-bad-file skip` lets the others go on."""


_BACKUP_MARK = ".bak."
_PARTIAL_ENDS = (".part", ".partial", ".filepart", ".crdownload", ".tmp")
_MARKERS = {
    "_manifest.json",
    "_success",
    "_failed",
    "_metadata",
    "_common_metadata",
    "_temporary",
    "_delta_log",
    "_spark_metadata",
}
_MARKER_STARTS = ("_committed_", "_started_")
_SYSTEM_NAMES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"}

_RULES: tuple[tuple[Passed, Callable[[str], bool]], ...] = (
    (Passed.HIDDEN, lambda name: name.startswith(".")),
    (Passed.BACKUP, lambda name: _BACKUP_MARK in name or name.endswith("~") or name.startswith("~$")),
    (Passed.PARTIAL, lambda name: name.endswith(_PARTIAL_ENDS)),
    (Passed.MARKER, lambda name: name in _MARKERS or name.startswith(_MARKER_STARTS)),
    (Passed.SYSTEM, lambda name: name in _SYSTEM_NAMES),
)


def leftover(name: str, pattern: str = "*") -> Passed | None:
    """Why an entry of a folder is passed over by its name; None for one that is data, or that the pattern asks for.

    A pattern asks for leftovers when it could be the name of one itself: `.*`, `*.part`, `*.bak.*`, `_SUCCESS*`.
    """
    for reason, fits in _RULES:
        if fits(name.lower()):
            return None if fits(pattern.lower()) or _spells(pattern, reason) else reason
    return None


def _spells(pattern: str, reason: Passed) -> bool:
    """Whether a pattern begins as the leftovers do that a wildcard ends."""
    return reason is Passed.MARKER and pattern.startswith("_")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which files of a folder are wanted: globs that are held against the path below the folder, `/` between parts.

    `**` stands for any number of folders, `*` for what is within one name; capitals count. A glob without a `/` may fit
    at any depth, and one that fits a folder stands for all that is in it.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    _parts: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    def verdict(self, names: Sequence[str], *, folder: bool = False) -> Passed | None:
        """Why the file with these names below the folder is passed over; None when it is wanted.

        `folder`: the names are those of a folder, which is wanted unless it is excluded.
        """
        if any(self._covers(pattern, names) for pattern in self.exclude):
            return Passed.EXCLUDED
        if folder or not self.include or any(self._covers(pattern, names) for pattern in self.include):
            return None
        return Passed.NOT_INCLUDED

    def _covers(self, pattern: str, names: Sequence[str]) -> bool:
        if pattern not in self._parts:
            self._parts[pattern] = parts_of(pattern)
        return covers(self._parts[pattern], names)


def parts_of(pattern: str) -> tuple[str, ...]:
    """A glob taken apart at its slashes; without one it may fit at any depth."""
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    return parts if not parts or "/" in pattern.rstrip("/") else ("**", *parts)


def covers(parts: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a glob fits a path, or a folder above it. Walked once, with all places in the glob that may be next."""
    places = _with_skipped({0}, parts)
    for name in names:
        after = {
            place if parts[place] == "**" else place + 1
            for place in places
            if place < len(parts) and (parts[place] == "**" or fnmatch.fnmatchcase(name, parts[place]))
        }
        places = _with_skipped(after, parts)
        if len(parts) in places and parts:
            return True
    return False


def _with_skipped(places: set[int], parts: Sequence[str]) -> set[int]:
    """The places, and those behind each `**` that stands for no folder at all."""
    found = set(places)
    for place in sorted(places):
        while place < len(parts) and parts[place] == "**":
            place += 1
            found.add(place)
    return found


ALL_FILES = Choice()
"""Whatever a folder has that is data."""
