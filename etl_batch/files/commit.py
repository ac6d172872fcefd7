"""Commits: staged files go to their targets together, all or nothing.

Order of a commit: fsync the staged files and the folders that have their names; write the manifest (fsync) under its
name, fsync its folder; for each file hard-link the old one to its backup name, fsync the folder, rename the staged one
over the target, fsync the folder; whatever must follow; remove the manifest. Until the manifest stands, nothing has
happened. From then on there is no way back: what is left to do are renames, and whoever comes next does those that were
cut off (`going_on`). A staged folder is exchanged with what it replaces, which then gets its backup name; of an output
that is objects the uploads are completed instead, in order.

The manifest says which file each step is about and in which folder, so that a step is done on that file or not at all,
and a folder that is away for the moment is not taken for one in which everything has been done.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from etl_batch import sentences
from etl_batch.errors import Busy, OutputFailed
from etl_batch.files.beneath import Place, folder_of, make_folder, open_beneath, sync_folder
from etl_batch.files.exchanging import exchange
from etl_batch.files.staging import (
    Staged,
    not_written,
    release,
    remove_staged,
    remove_whole,
    status_in,
    sync_staged,
    write_all,
)
from etl_batch.limits import DEFAULT_BACKUPS
from etl_batch.stores.uploads import Upload, completed, completed_again, removed

_STAMP = "%Y%m%dT%H%M%S.%fZ"
_BACKUP = re.compile(r"(.+)\.bak\.\d{8}T\d{6}(?:\.\d+)?Z", re.DOTALL)
_BESIDE = re.compile(r"\..+\.(?:lock|tmp)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What an output that is objects has in its store."""

    uploads: tuple[Upload, ...]
    """To be completed in this order."""
    superseded: tuple[str, ...] = ()
    """URLs of objects that are removed when all of them are there."""


NONE: Mapping[Staged, Uploaded] = {}
_LOCK_FLAGS = os.O_RDWR | os.O_CREAT


@dataclass(frozen=True, slots=True)
class Step:
    """One file of a commit, and how it is told from any other."""

    root: str
    below: str
    staged: str
    """The name beside the target."""
    inode: int
    size: int
    modified_ns: int
    folder: int
    """Inode of the folder that both names stand in."""
    backup: str | None
    parts: bool = False
    """Whether it is a folder of files, or replaces one."""
    url: str = ""
    uploaded: Uploaded | None = None
    """What is completed in the file's stead, which then is not needed any more: the content of the objects."""

    @classmethod
    def parsed(cls, said: Mapping[str, Any]) -> Step:
        """One that a manifest names. Raises `KeyError` and `TypeError`."""
        uploaded = said.get("uploaded")
        if uploaded is None:
            return cls(**said)
        uploads = tuple(Upload(**{**each, "tags": tuple(each["tags"])}) for each in uploaded["uploads"])
        return cls(**{**said, "uploaded": Uploaded(uploads, tuple(map(str, uploaded["superseded"])))})

    @property
    def place(self) -> Place:
        """Where the file goes."""
        return Place(self.root, self.below, self.url, self.parts)

    def is_it(self, found: os.stat_result | None) -> bool:
        """Whether that is the file. Not by its device, whose number may be another after a restart."""
        return found is not None and (found.st_ino, found.st_size, found.st_mtime_ns) == (
            self.inode,
            self.size,
            self.modified_ns,
        )


@dataclass(frozen=True, slots=True)
class Commit:
    """What a manifest says."""

    steps: tuple[Step, ...]
    keep_backups: int
    then: Mapping[str, Any] | None
    """What must follow when all files are in place, for whoever reads the manifest."""

    @property
    def targets(self) -> list[Path]:
        """The files that it puts in place."""
        return [step.place.target for step in self.steps]

    @property
    def backups(self) -> list[Path]:
        """What the earlier files have become."""
        return [step.place.beside(step.backup).path for step in self.steps if step.backup is not None]


def manifest_folder(home: Path) -> Path:
    """Where the manifests of commits under way stand."""
    return home / "output" / "runs" / ".commit"


def manifest_of(home: Path, run_id: str) -> Path:
    """The manifest of a run's commit."""
    return manifest_folder(home) / f"{run_id}.json"


@contextmanager
def locked(targets: Sequence[Place]) -> Iterator[None]:
    """Hold the outputs for this run; raises `Busy` when another run has one of them."""
    with ExitStack() as stack:
        for target in sorted(targets, key=lambda place: place.path):
            stack.callback(os.close, _lock(target))
        yield


def _lock(target: Place) -> int:
    try:
        with folder_of(target, create=True):
            descriptor = open_beneath(target.beside(f".{target.name}.lock"), _LOCK_FLAGS, 0o644)
    except OSError as error:
        raise not_written(target.path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise Busy(sentences.outputs.BUSY.format(path=target.path)) from error
    return descriptor


@contextmanager
def committed(
    outputs: Sequence[Staged],
    manifest: Path,
    keep_backups: int = DEFAULT_BACKUPS,
    *,
    replaced: Sequence[Staged] = (),
    uploads: Mapping[Staged, Uploaded] = NONE,
    then: Mapping[str, Any] | None = None,
) -> Iterator[Commit]:
    """Commit all files together; the block is what must follow (`then`), and the manifest stays until it is done.

    `outputs` become backups when they are replaced, `replaced` do not; `uploads` has the content of those that are
    objects. Raises `OutputFailed`: when no manifest stands
    afterwards nothing has changed; else whoever comes next goes on.
    """
    commit = _planned(outputs, replaced, uploads, keep_backups, then)
    with _written(manifest, commit):
        release([*outputs, *replaced])
        _carry_out(commit)
        yield commit
        _settle(manifest)


def _planned(
    outputs: Sequence[Staged],
    replaced: Sequence[Staged],
    uploads: Mapping[Staged, Uploaded],
    keep_backups: int,
    then: Mapping[str, Any] | None,
) -> Commit:
    """The steps, in order, of files that are on the disk by now."""
    stamp = _stamp(outputs)
    try:
        steps = [_step(output, stamp, uploads.get(output)) for output in outputs]
        steps += [_step(output, None) for output in replaced]
    except OSError as error:
        raise OutputFailed(sentences.outputs.NOT_COMMITTED.format(reason=error.strerror)) from error
    return Commit(tuple(steps), keep_backups, then)


def _stamp(outputs: Sequence[Staged]) -> str:
    """The time for the names of the backups, past that of the newest one.

    Where the clock was set back they would else be taken for the oldest ones, which are the first to go.
    """
    now = datetime.now(UTC)
    # A name that somebody else has given, at the end of all time too; a folder that the steps will complain of.
    with suppress(ValueError, OverflowError, OSError):
        targets = [each.place.path for each in outputs]
        newest = max(path.name.rpartition(".bak.")[2] for each in targets for path in backups_of(each)[-1:])
        now = max(now, datetime.strptime(newest, _STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1))
    return now.strftime(_STAMP)


def _step(output: Staged, stamp: str | None, uploaded: Uploaded | None = None) -> Step:
    place = output.place
    with folder_of(place) as folder:
        sync_staged(output)
        # The name as well: where a power cut takes it and leaves the manifest, the step would be taken for done.
        sync_folder(folder)
        found, before = status_in(output.name, folder), status_in(place.name, folder)
        if found is None or not output.is_it(found):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(output.staged))
        return Step(
            place.root,
            place.below,
            output.name,
            found.st_ino,
            found.st_size,
            found.st_mtime_ns,
            os.fstat(folder).st_ino,
            f"{place.name}.bak.{stamp}" if stamp and before and _is_kept(output, before) else None,
            place.parts,
            place.url,
            uploaded,
        )


def _is_kept(output: Staged, before: os.stat_result) -> bool:
    """Whether what an output replaces becomes its backup."""
    return stat.S_ISREG(before.st_mode) or (output.place.parts and stat.S_ISDIR(before.st_mode))


@contextmanager
def _written(manifest: Path, commit: Commit) -> Iterator[None]:
    """The manifest under its name and on the disk: from here on there is no way back. Held against all others."""
    draft = manifest.with_suffix(f".{os.getpid()}.tmp")
    try:
        make_folder(manifest.parent)
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OutputFailed(sentences.outputs.NOT_COMMITTED.format(reason=error.strerror)) from error
    with ExitStack() as stack:
        stack.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            write_all(descriptor, [json.dumps(asdict(commit)).encode()], 0)
            os.fsync(descriptor)
            draft.replace(manifest)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise OutputFailed(sentences.outputs.NOT_COMMITTED.format(reason=error.strerror)) from error
        try:
            with folder_of(Place.of(manifest)) as folder:
                sync_folder(folder)
        except OSError as error:
            raise _not_in_place(error) from error  # it stands, so whoever comes next goes on
        yield


def pending(manifests: Path) -> list[Path]:
    """The manifests of commits that were cut off or are being carried out, in order."""
    return sorted(manifests.glob("*.json")) if manifests.is_dir() else []


def read_manifest(manifest: Path) -> Commit:
    """What a manifest says. Raises `OSError`, and `ValueError` for one that is none."""
    return _parsed(manifest.read_bytes())


def _parsed(content: bytes) -> Commit:
    try:
        said = json.loads(content)
        steps = tuple(Step.parsed(step) for step in said["steps"])
        return Commit(steps, int(said["keep_backups"]), said["then"])
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


@contextmanager
def going_on(manifest: Path, roots: Collection[str] | None = None) -> Iterator[Commit | None]:
    """Do what is left of a commit that was cut off; the block is what must follow, as in `committed`.

    Yields None when another process is at it or has done it. `roots`: those that steps may be under. Raises
    `OutputFailed` when a step cannot be done now: the manifest stays, and so does what it is about.
    """
    with ExitStack() as stack:
        try:
            descriptor = os.open(manifest, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            there = manifest.lstat()
        except (FileNotFoundError, BlockingIOError):
            yield None
            return
        except OSError as error:
            raise _not_in_place(error) from error
        if there.st_ino != os.fstat(descriptor).st_ino:
            yield None
            return
        try:
            commit = _parsed(os.pread(descriptor, there.st_size, 0))
        except ValueError as error:
            raise OutputFailed(sentences.outputs.MANIFEST_DAMAGED.format(path=manifest)) from error
        foreign = [] if roots is None else [place for step in commit.steps if (place := _outside(step, roots))]
        if foreign:
            raise OutputFailed(sentences.outputs.MANIFEST_FOREIGN.format(path=manifest, folder=foreign[0]))
        _carry_out(commit)
        yield commit
        _settle(manifest)


def _outside(step: Step, roots: Collection[str]) -> str | None:
    """The folder or the object of a step that is under none of the roots."""
    if step.root not in roots:
        return step.root
    urls = [] if step.uploaded is None else [each.url for each in step.uploaded.uploads]
    urls += [] if step.uploaded is None else step.uploaded.superseded
    return next((url for url in urls if not any(f"{url}/".startswith(f"{root}/") for root in roots)), None)


def _carry_out(commit: Commit) -> None:
    """The renames of a commit; each may have been done already."""
    for step in commit.steps:
        try:
            with folder_of(step.place) as folder:
                done = _carry_out_in(step, folder)
                if done and step.backup is not None:
                    _prune_backups(folder, step.place.name, commit.keep_backups)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise _away(step) from error
        except OSError as error:
            raise _not_in_place(error) from error


def _carry_out_in(step: Step, folder: int) -> bool:
    """One step in its open folder; returns whether it was done now. Raises `OSError` and `OutputFailed`."""
    if step.uploaded is not None:
        _complete(step.uploaded, step, folder)
        return True
    name = step.place.name
    found, there = status_in(step.staged, folder), status_in(name, folder)
    if step.parts and (step.is_it(found) or (step.is_it(there) and found is not None)):
        _exchange(step, folder)
        return True
    if step.is_it(found):
        if step.backup is not None and there is not None and not step.is_it(there):
            with suppress(FileExistsError):
                os.link(name, step.backup, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            sync_folder(folder)  # or the disk may keep the rename and lose the backup
        os.rename(step.staged, name, src_dir_fd=folder, dst_dir_fd=folder)
        sync_folder(folder)
        if not step.is_it(status_in(name, folder)):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(step.place.path))
        return True
    if found is not None:
        raise OutputFailed(sentences.outputs.STAGED_REPLACED.format(path=step.place.beside(step.staged).path))
    if not step.is_it(there) and os.fstat(folder).st_ino != step.folder:
        raise _away(step)
    return False  # it was done before, whatever has come over it since


def _exchange(step: Step, folder: int) -> None:
    """Put a folder in place, and what stood there under its backup's name: that was cut off between the two, or before.

    Raises `OSError`.
    """
    name = step.place.name
    if not step.is_it(status_in(name, folder)):
        if status_in(name, folder) is None:
            os.rename(step.staged, name, src_dir_fd=folder, dst_dir_fd=folder)
        elif not exchange(step.staged, name, folder):
            # The one way left: for a moment nothing stands there.
            _set_aside(step, name, folder)
            os.rename(step.staged, name, src_dir_fd=folder, dst_dir_fd=folder)
        sync_folder(folder)
        if not step.is_it(status_in(name, folder)):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(step.place.path))
    if status_in(step.staged, folder) is not None:
        _set_aside(step, step.staged, folder)
    sync_folder(folder)


def _set_aside(step: Step, name: str, folder: int) -> None:
    """What a folder replaces becomes its backup, where it is to have one."""
    if step.backup is None:
        remove_staged(name, folder)
    else:
        os.rename(name, step.backup, src_dir_fd=folder, dst_dir_fd=folder)


def _complete(uploaded: Uploaded, step: Step, folder: int) -> None:
    """Have objects be there, which they may be already. Raises `OSError` and `OutputFailed`."""
    if not all(_is_completed(upload, step, folder) for upload in uploaded.uploads):
        return
    with suppress(OutputFailed):  # no manifest names them any more; the next run removes those that are left
        for url in uploaded.superseded:
            removed(url)
    remove_staged(step.staged, folder)
    sync_folder(folder)


def _is_completed(upload: Upload, step: Step, folder: int) -> bool:
    """Complete an upload; False when that was done before, whatever has come over the object since."""
    if completed(upload):
        return True
    # Somebody has had the store forget it. What was uploaded stands here yet.
    name = f"{step.staged}/{upload.name}" if upload.name else step.staged
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return False
    try:
        completed_again(upload, descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
    return True


def _away(step: Step) -> OutputFailed:
    return OutputFailed(sentences.outputs.FOLDER_AWAY.format(path=step.place.path, folder=step.place.path.parent))


def _not_in_place(error: OSError) -> OutputFailed:
    return OutputFailed(sentences.outputs.NOT_IN_PLACE.format(reason=error.strerror))


def _settle(manifest: Path) -> None:
    """All is done and has been followed."""
    try:
        manifest.unlink(missing_ok=True)
    except OSError as error:
        raise _not_in_place(error) from error


def is_beside(name: str) -> bool:
    """Whether a file of that name is one that the engine keeps beside an output: its lock, its draft, a backup."""
    return bool(_BESIDE.fullmatch(name) or _BACKUP.fullmatch(name))


def backups_of(target: Path) -> list[Path]:
    """The backups of an output, oldest first."""
    return [target.with_name(name) for name in _backup_names(target.parent, target.name)]


def _backup_names(folder: Path | int, name: str) -> list[str]:
    """Those that a commit has made: what somebody else calls by such a name is never removed."""
    names = os.listdir(folder)  # noqa: PTH208 - or a descriptor
    return sorted(each for each in names if (found := _BACKUP.fullmatch(each)) and found[1] == name)


def _prune_backups(folder: int, name: str, keep: int) -> None:
    backups = _backup_names(folder, name)
    for each in backups[: max(len(backups) - keep, 0)]:
        remove_whole(each, name, folder)
