"""Outputs of several files in a folder: parts, one behind the other, and a manifest that names them.

A place in such an output is one number, as it is in a file: the part's number and an offset in it. So whatever counts
in places, in order, does not have to know of parts. In a file there is one part, and a place is an offset.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from etl_batch.files.staging import Staged, names_within, opened, opened_within, remove_staged

MANIFEST = "_manifest.json"
"""Its name begins as those do that the readers of folders of Parquet files pass over."""
ARCHIVE = ".tar"
"""Behind the folder's name: what all of it is called as one download."""
VERSION = 1
_OFFSET_BITS = 40
_PART = re.compile(r"part-\d{5,}-[0-9A-Za-z-]+\.parquet")


@dataclass(frozen=True, slots=True)
class PartFile:
    """One part, as the manifest names it."""

    name: str
    bytes: int
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PartsManifest:
    """What a folder of parts holds, in the order of the rows."""

    run_id: str
    parts: tuple[PartFile, ...]

    @property
    def text(self) -> str:
        """As the file has it."""
        rows, size = sum(part.rows for part in self.parts), sum(part.bytes for part in self.parts)
        parts = [asdict(part) for part in self.parts]
        said = {"version": VERSION, "run_id": self.run_id, "rows": rows, "bytes": size, "parts": parts}
        return json.dumps(said, indent=1) + "\n"

    @classmethod
    def parsed(cls, content: bytes) -> PartsManifest:
        """What a file says. Raises `ValueError` for one that is no such manifest."""
        try:
            said: Mapping[str, Any] = json.loads(content)
            parts = tuple(
                PartFile(str(each["name"]), int(each["bytes"]), int(each["rows"]), str(each["sha256"]))
                for each in said["parts"]
            )
            run_id, version = str(said["run_id"]), said["version"]
        except (KeyError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError(str(error)) from error
        if version != VERSION or not all(is_part(part.name) for part in parts):
            raise ValueError("of another version, or with other names")
        return cls(run_id, parts)


def is_part(name: str) -> bool:
    """Whether a name is one of those that parts have."""
    return _PART.fullmatch(name) is not None


def place_in(part: int, offset: int) -> int:
    """The place at an offset of a part."""
    return part << _OFFSET_BITS | offset


def part_of(place: int) -> int:
    """The number of the part that a place is in, from 0."""
    return place >> _OFFSET_BITS


def offset_of(place: int) -> int:
    """Where in its part a place is."""
    return place & (1 << _OFFSET_BITS) - 1


def part_name(staged: Staged, part: int) -> str:
    """A name that no other run gives to a part: where they are replaced one by one, none is taken for another."""
    return f"part-{part:05}-{staged.run_id}.parquet"


@contextmanager
def opened_at(staged: Staged, place: int) -> Iterator[int]:
    """A descriptor of the staged file that a place is in. Raises `OSError`."""
    if not staged.folder:
        with opened(staged) as descriptor:
            yield descriptor
        return
    with opened_within(staged, part_name(staged, part_of(place))) as descriptor:
        yield descriptor


def cut_off(staged: Staged, end: int) -> None:
    """Forget what stands behind a place. Raises `OSError`."""
    with opened_at(staged, end) as descriptor:
        os.ftruncate(descriptor, offset_of(end))
    if staged.folder:
        kept = {part_name(staged, part) for part in range(part_of(end) + 1)}
        with opened(staged) as folder:
            for name in names_within(staged):
                if name not in kept:
                    remove_staged(name, folder)


def in_order(names: Iterable[str]) -> list[str]:
    """The files of a folder of parts as they are published: its manifest last."""
    return sorted(names, key=lambda name: (name == MANIFEST, name))


def is_manifest(content: bytes | None) -> bool:
    """Whether it is that of a folder of parts."""
    try:
        return content is not None and bool(PartsManifest.parsed(content).run_id)
    except ValueError:
        return False


def is_free(folder: Path) -> bool:
    """Whether a folder may be replaced by one of parts: it is empty or is one itself. Raises `OSError`."""
    with os.scandir(folder) as entries:
        if next(entries, None) is None:
            return True
    try:
        descriptor = os.open(folder / MANIFEST, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        return is_manifest(file.read())
