"""The outputs of a home and their backups as they stand on the disk now, each held against the run that wrote it."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from etl_batch import sentences
from etl_batch.datasets.files import OpenFile, opened, readable_roots
from etl_batch.errors import EtlError, InputRefused
from etl_batch.files.commit import backups_of
from etl_batch.files.parted import MANIFEST, PartsManifest
from etl_batch.record.run import RunRecord
from etl_batch.runs.history.outputs import Written, every_output, maker_of, written_by
from etl_batch.security.paths import resolve_output

STAMP_FORMAT = "%Y%m%dT%H%M%S.%fZ"
_MOST_OPEN = 400
"""Parts that are open at once."""
_STAMP = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z")


class OutputState(StrEnum):
    """How an output stands to what the runs wrote."""

    NEWEST = "newest"
    """As the newest run wrote it."""
    OLDER = "older"
    """As an older run wrote it: a backup was restored."""
    CHANGED = "changed"
    """No run wrote what stands there now."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Output:
    """One output: what the newest run wrote to its path, and what stands there now."""

    path: Path
    kind: str
    writers: tuple[Written, ...]
    """The runs that wrote to this path, newest first."""
    found: os.stat_result | None
    """Of a folder of parts: what its manifest is."""
    maker: Written | None
    """The run whose bytes stand there, by size and time."""

    @property
    def in_parts(self) -> bool:
        """Whether a folder of parts stands there."""
        return self.found is not None and self.path.is_dir()

    @property
    def bytes(self) -> int | None:
        """Bytes that stand there; None where nothing does, or it is not known."""
        return _bytes_of(self.path, self.found, self.maker)

    @property
    def newest(self) -> Written:
        """What the newest run wrote."""
        return self.writers[0]

    @property
    def state(self) -> OutputState:
        """How it stands."""
        if self.found is None:
            return OutputState.MISSING
        if self.maker is None:
            return OutputState.CHANGED
        return OutputState.NEWEST if self.maker == self.newest else OutputState.OLDER


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup of an output."""

    path: Path
    found: os.stat_result
    replaced_at: datetime
    maker: Written | None
    """The run whose bytes it holds, by size and time; None when that run is gone from the history."""

    @property
    def bytes(self) -> int | None:
        """See `Output`."""
        return _bytes_of(self.path, self.found, self.maker)


def _bytes_of(path: Path, found: os.stat_result | None, maker: Written | None) -> int | None:
    if found is None or not path.is_dir():
        return None if found is None else found.st_size
    return None if maker is None else maker.bytes


def known_outputs(home: Path) -> list[tuple[Path, tuple[Written, ...]]]:
    """Paths that runs have written to, those written last first, and the runs.

    No file is looked at: paths outside the allowed roots, of a home that was moved or of roots that were taken away,
    are left out by `outputs_at`, not here.
    """
    return list(every_output(home).items())


def outputs_at(home: Path, known: Sequence[tuple[Path, Sequence[Written]]]) -> list[Output]:
    """The outputs as they stand now, without those outside the allowed roots. Every folder is judged once."""
    inside: dict[Path, bool] = {}
    found = []
    for path, writers in known:
        if path.parent not in inside:
            inside[path.parent] = _is_inside(home, path.parent)
        output = _output(path, tuple(writers)) if inside[path.parent] else None
        if output is not None:
            found.append(output)
    return found


def _is_inside(home: Path, folder: Path) -> bool:
    """Whether outputs in a folder stand under the allowed roots, and the folder's path has no link in it."""
    probe = folder / ".probe"
    try:
        return resolve_output(probe, readable_roots(home)).path == probe
    except EtlError:
        return False


def _output(path: Path, writers: tuple[Written, ...]) -> Output | None:
    """One output; None when something else than a regular file, or a folder of parts, stands in its place."""
    found = standing(path)
    if found is None and os.path.lexists(path):
        return None
    maker = maker_of(found, writers) if found is not None else None
    return Output(path, writers[0].kind, writers, found, maker)


def find_output(home: Path, path: Path) -> Output | None:
    """The output of that path, or None when no run has written it or it lies outside the roots."""
    writers = every_output(home).get(path)
    return next(iter(outputs_at(home, [(path, writers)])), None) if writers else None


def backups(output: Output) -> list[Backup]:
    """The backups of an output, newest first."""
    found = []
    try:
        paths = backups_of(output.path)
    except OSError:
        return []
    for path in reversed(paths):
        moment, status = stamp_of(output.path, path.name), standing(path)
        if moment is not None and status is not None:
            found.append(Backup(path, status, moment, maker_of(status, output.writers)))
    return found


def backup_of(record: RunRecord, kind: str) -> Path | None:
    """The backup that holds what a run has written to one of its outputs; None when there is none.

    The runs that wrote there before and after are not asked: runs that write one output never overlap, so that what
    got its last byte within this one is this one's.
    """
    own = next((written for written in written_by(record) if written.kind == kind), None)
    if own is None:
        return None
    try:
        paths = backups_of(own.path)
    except OSError:
        return None
    held = ((path, standing(path)) for path in reversed(paths))
    return next((path for path, found in held if found is not None and maker_of(found, [own]) is not None), None)


def stamp_of(target: Path, name: str) -> datetime | None:
    """When a backup of `target` was made, by its file name; None for a name that is no backup's."""
    stamp = name.removeprefix(f"{target.name}.bak.")
    if stamp == name or not _STAMP.fullmatch(stamp):
        return None
    try:
        return datetime.strptime(stamp, STAMP_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def standing(path: Path) -> os.stat_result | None:
    """What an output is known by that stands at a path: a regular file, or the manifest of a folder of parts."""
    try:
        folder = stat.S_ISDIR(path.lstat().st_mode)
    except (OSError, ValueError):
        return None
    return regular(path / MANIFEST if folder else path)


def parts_in(path: Path, home: Path) -> PartsManifest:
    """What the manifest of a folder of parts says.

    Raises `InputRefused` for one that is none, and `PathRefused` when it lies outside the roots.
    """
    with opened(path / MANIFEST, home) as file:
        try:
            return PartsManifest.parsed(os.pread(file.descriptor, file.size, 0))
        except ValueError as error:
            raise InputRefused(sentences.data.NO_MANIFEST.format(name=path.name, manifest=MANIFEST)) from error


@contextmanager
def opened_table(path: Path, home: Path) -> Iterator[list[OpenFile]]:
    """The files of an output, open, in the order of their rows. Raises as `files.opened` and `parts_in` do."""
    with ExitStack() as stack:
        parts = parts_in(path, home).parts if path.is_dir() else ()
        if len(parts) > _MOST_OPEN:
            raise InputRefused(sentences.data.TOO_MANY_PARTS.format(name=path.name, number=len(parts)))
        paths = [path / part.name for part in parts] or [path]
        files = [stack.enter_context(opened(each, home)) for each in paths]
        changed = next((part for part, file in zip(parts, files, strict=False) if file.size != part.bytes), None)
        if changed is not None:
            raise InputRefused(sentences.data.PART_CHANGED.format(name=changed.name))
        yield files


def regular(path: Path) -> os.stat_result | None:
    """What stands at a path when it is a regular file and no link."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def count_backups(outputs: Sequence[Output]) -> dict[Path, int]:
    """How many backups each output has; every folder is listed once."""
    names: dict[Path, list[str]] = {}
    for folder in {output.path.parent for output in outputs}:
        try:
            names[folder] = [name for name in os.listdir(folder) if ".bak." in name]  # noqa: PTH208
        except OSError:
            names[folder] = []
    targets: dict[Path, Counter[str]] = {
        folder: Counter(name.rpartition(".bak.")[0] for name in found) for folder, found in names.items()
    }
    return {output.path: targets[output.path.parent][output.path.name] for output in outputs}
