"""A backup put back in the place of its output, by the same commit that publishes a run.

The present output becomes a backup itself, nothing is deleted, and the CSV and Parquet files of one run go together
when both are there. Killed at any instant, each output is whole; a commit that was cut off is finished by the next run
or the next restore.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from etl_batch import sentences
from etl_batch.datasets.files import readable_roots
from etl_batch.datasets.listing import Backup, Output, backups, find_output
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.files.beneath import Place, folder_of, open_beneath
from etl_batch.files.commit import backups_of, committed, locked, manifest_of
from etl_batch.files.parted import MANIFEST, PartsManifest
from etl_batch.files.staging import (
    Staged,
    discard,
    opened,
    remove_staged,
    stage,
    stage_folder,
    staged_name,
    write_all,
)
from etl_batch.recovering import recover, refuse_unfinished
from etl_batch.runs.history.outputs import every_output
from etl_batch.security.audit import AuditLog
from etl_batch.security.paths import resolve_output

MARK = "restore-"
_COPIED_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class RestoreStep:
    """One backup and the output it goes back to."""

    backup: Path
    target: Path


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a restore will do."""

    steps: tuple[RestoreStep, ...]
    run_id: str | None
    """The run whose data comes back; None when that run is gone from the history."""
    alone: str | None
    """Why the run's other output does not come back with it, in a sentence; None when it does or there is none."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has done."""

    plan: RestorePlan
    kept: tuple[Path, ...]
    """The backups that the outputs of before have become."""


def plan_restore(home: Path, target: Path, backup_name: str) -> RestorePlan:
    """What restoring that backup means; raises `UsageError` when there is no such backup of a known output."""
    output = find_output(home, target)
    chosen = next((b for b in backups(output) if b.path.name == backup_name), None) if output else None
    if output is None or chosen is None:
        raise UsageError(sentences.outputs.NO_BACKUP.format(name=target.name, backup=backup_name))
    if output.found is not None and output.found.st_ino == chosen.found.st_ino:
        raise UsageError(sentences.outputs.IS_BACKUP.format(name=target.name))
    step = RestoreStep(chosen.path, target)
    if chosen.maker is None:
        reason = sentences.outputs.MAKER_UNKNOWN
        return RestorePlan((step,), None, reason)
    run_id = chosen.maker.run_id
    other = _other_output(home, run_id, output)
    if other is None:
        return RestorePlan((step,), run_id, None)
    if other.maker is not None and other.maker.run_id == run_id:
        return RestorePlan((step,), run_id, sentences.outputs.OTHER_HOLDS_IT.format(name=other.path.name))
    pair = _backup_of_run(other, run_id)
    if pair is None:
        reason = sentences.outputs.OTHER_HAS_NO_BACKUP.format(name=other.path.name)
        return RestorePlan((step,), run_id, reason)
    return RestorePlan((step, RestoreStep(pair.path, other.path)), run_id, None)


def _other_output(home: Path, run_id: str, output: Output) -> Output | None:
    paths = [
        path
        for path, writers in every_output(home).items()
        if path != output.path and any(written.run_id == run_id for written in writers)
    ]
    return find_output(home, paths[0]) if paths else None


def _backup_of_run(output: Output, run_id: str) -> Backup | None:
    return next((b for b in backups(output) if b.maker is not None and b.maker.run_id == run_id), None)


def restore(home: Path, plan: RestorePlan, user: str) -> Restored:
    """Carry out a plan that somebody has confirmed, on the audit log first.

    Raises `UsageError` when it would now do something else than was confirmed, `Busy` when a run is writing one of the
    outputs, `OutputFailed` when it could not be done, and then nothing has changed.
    """
    if not plan.steps:
        raise UsageError(sentences.outputs.NOTHING_TO_RESTORE)
    unfinished = recover(home)
    targets = [resolve_output(step.target, readable_roots(home), parts=_in_parts(step)) for step in plan.steps]
    refuse_unfinished(unfinished, [target.path for target in targets])
    with locked(targets):
        first = plan.steps[0]
        same = [target.path for target in targets] == [step.target for step in plan.steps]
        if not same or plan != plan_restore(home, first.target, first.backup.name):
            raise UsageError(sentences.outputs.CHANGED_SINCE_LOOKED)
        _record(home, user, plan, "ok")
        try:
            return Restored(plan, tuple(_commit(plan, targets, home)))
        except OutputFailed:
            _record(home, user, plan, "failed")
            raise


def _in_parts(step: RestoreStep) -> bool:
    """Whether a folder of parts comes, or goes."""
    return step.backup.is_dir() or step.target.is_dir()


def _record(home: Path, user: str, plan: RestorePlan, outcome: str) -> None:
    files = {step.target.name: step.backup.name for step in plan.steps}
    detail = {"files": files, "run": plan.run_id}
    AuditLog(home).append(
        user=user, action="data.restore", target=str(plan.steps[0].target), outcome=outcome, detail=detail
    )


def _commit(plan: RestorePlan, targets: Sequence[Place], home: Path) -> list[Path]:
    """Stage and publish; returns what the outputs of before have become."""
    name = f"{MARK}{secrets.token_hex(4)}"
    manifest = manifest_of(home, name)
    staged = _stage(plan.steps, targets, name)
    # As many as there are and the new one: a restore deletes no backup.
    keep = max(len(backups_of(step.target)) for step in plan.steps) + 1
    try:
        with committed(staged, manifest, keep) as commit:
            return commit.backups
    except OutputFailed:
        if not manifest.exists():
            discard(staged)
        raise


def _stage(steps: Sequence[RestoreStep], targets: Sequence[Place], name: str) -> list[Staged]:
    """The backups under names of their own beside their targets: as links, or as copies where links cannot be."""
    staged: list[Staged] = []
    try:
        for step, target in zip(steps, targets, strict=True):
            _remove_left(target)
            staged.append(_link_or_copy(step.backup.name, target, name))
    except OSError as error:
        discard(staged)
        raise OutputFailed(sentences.outputs.BACKUP_NOT_IN_PLACE.format(reason=error.strerror)) from error
    return staged


def _remove_left(target: Place) -> None:
    """What a restore has left that was killed before its commit; the lock says that nobody needs it."""
    with folder_of(target) as folder:
        for left in os.listdir(folder):  # noqa: PTH208 - of a descriptor
            if left.startswith(f".{target.name}.{MARK}") and left.endswith(".tmp"):
                remove_staged(left, folder)


def _link_or_copy(backup: str, target: Place, name: str) -> Staged:
    staged = staged_name(target.name, name)
    with folder_of(target) as folder:
        if stat.S_ISDIR(os.stat(backup, dir_fd=folder, follow_symlinks=False).st_mode):
            return _link_or_copy_folder(backup, target, name)
        with suppress(OSError):
            os.link(backup, staged, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            return Staged.adopted(target, staged)
    copy = stage(target, name)
    source = open_beneath(target.beside(backup), os.O_RDONLY)
    try:
        with opened(copy) as descriptor:
            _copy(source, descriptor)
    except BaseException:
        discard([copy])
        raise
    finally:
        os.close(source)
    return copy


def _link_or_copy_folder(backup: str, target: Place, name: str) -> Staged:
    """The files of a folder of parts in a folder of their own; what else has come into it stays where it is."""
    copy = stage_folder(target, name)
    try:
        with opened(copy) as there, folder_of(target.beside(f"{backup}/{MANIFEST}")) as here:
            manifest = PartsManifest.parsed(_content(here))
            for each in (*(part.name for part in manifest.parts), MANIFEST):
                try:
                    os.link(each, each, src_dir_fd=here, dst_dir_fd=there, follow_symlinks=False)
                except FileNotFoundError:
                    raise
                except OSError:
                    _copy_within(each, here, there)
    except ValueError as error:
        discard([copy])
        raise OSError(errno.EBADMSG, os.strerror(errno.EBADMSG)) from error
    except BaseException:
        discard([copy])
        raise
    return copy


def _content(folder: int) -> bytes:
    descriptor = os.open(MANIFEST, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    finally:
        os.close(descriptor)


def _copy_within(name: str, here: int, there: int) -> None:
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    with ExitStack() as stack:
        source = os.open(name, os.O_RDONLY | flags, dir_fd=here)
        stack.callback(os.close, source)
        copy = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, 0o666, dir_fd=there)
        stack.callback(os.close, copy)
        _copy(source, copy)


def _copy(source: int, descriptor: int) -> None:
    """The bytes and the times: the one of the last byte says which run wrote it."""
    found, done = os.fstat(source), 0
    while piece := os.pread(source, _COPIED_BYTES, done):
        write_all(descriptor, [piece], done)
        done += len(piece)
    os.fchmod(descriptor, stat.S_IMODE(found.st_mode))
    os.utime(descriptor, ns=(found.st_atime_ns, found.st_mtime_ns))
