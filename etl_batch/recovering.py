"""What comes before a run: commits that were cut off are finished, and what killed runs have left is removed.

A run notes itself in a folder of runs that are open and takes the note away at its end, so that the runs that were
killed are found without a look at all runs there are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from etl_batch import sentences
from etl_batch.errors import EtlError, OutputFailed
from etl_batch.files.beneath import Place, folder_of, make_folder, sync_names
from etl_batch.files.commit import Commit, going_on, manifest_folder, manifest_of, pending, read_manifest
from etl_batch.files.staging import remove_staged, staged_path
from etl_batch.runs.processes.reconciliation import UNBEGUN_SECONDS
from etl_batch.runs.processes.verdict import output_paths, scratch_files, staged_files
from etl_batch.runs.record.directory import RunDirectory, open_runs
from etl_batch.runs.record.uploads import abort_uploads, forget_uploads, has_uploads
from etl_batch.security.audit import AuditLog
from etl_batch.security.guard import allowed_roots, trusted_folders

KEPT_SECONDS = 86_400.0
"""So long a killed run's unfinished outputs stay for whoever wants to go on with it, unless a run needs their place."""
_LOOKED_BACK = 1000
"""Audit records among which one is looked for that may have been written before the end came."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A commit that was cut off and cannot be finished now."""

    targets: tuple[Path, ...]
    sentence: str


def recover(home: Path) -> list[Unfinished]:
    """Finish the commits that were cut off; returns those that cannot be now, each with the reason.

    Called by whoever comes next: a run, a restore, the console, the verbs that show runs.
    """
    unfinished = []
    for manifest in pending(manifest_folder(home)):
        try:
            with going_on(manifest, trusted_folders(allowed_roots(home))) as commit:
                if commit is not None:
                    _follow(home, commit)
            if commit is not None:
                _clear_finished(home, manifest.stem)
        except OutputFailed as error:
            unfinished.append(Unfinished(_targets(manifest), error.message))
    for draft in (*manifest_folder(home).glob("*.tmp"), *(home / ".secrets").glob(".*.tmp")):
        if not _writer_lives(draft):
            draft.unlink(missing_ok=True)
    return unfinished


def _follow(home: Path, commit: Commit) -> None:
    """Put on the audit log what whoever began the commit had no time for."""
    record = commit.then
    if record is None:
        return
    log = AuditLog(home)
    done = any(
        (each["action"], each["target"], each["outcome"]) == (record["action"], record["target"], record["outcome"])
        for each in log.tail(_LOOKED_BACK)
    )
    if not done:
        log.append(**record)


def _clear_finished(home: Path, run_id: str) -> None:
    """Remove what a killed run has kept to be gone on from: its commit is finished, so nobody will."""
    note = open_runs(home) / run_id
    # It may be this very run, which clears up by itself, and what cannot be removed now goes with the next run.
    with suppress(OSError, EtlError):
        forget_uploads(RunDirectory(home, run_id))
        if note.exists():
            _clear_run(RunDirectory(home, run_id), note)


def _targets(manifest: Path) -> tuple[Path, ...]:
    try:
        return tuple(read_manifest(manifest).targets)
    except (OSError, ValueError):
        return ()


def _writer_lives(draft: Path) -> bool:
    number = draft.name.split(".")[-2].partition("-")[0]  # a thread's number may follow
    return number.isdecimal() and psutil.pid_exists(int(number))


def refuse_unfinished(unfinished: Iterable[Unfinished], targets: Iterable[Path]) -> None:
    """Raise `OutputFailed` when one of the targets is still waiting for what an earlier run has for it."""
    wanted = set(targets)
    for each in unfinished:
        if wanted.intersection(each.targets):
            raise OutputFailed(each.sentence)


@contextmanager
def noted_open(run: RunDirectory) -> Iterator[None]:
    """Have the run among those that are open while the block runs, and after it where it has left something."""
    note = open_runs(run.home) / run.run_id
    try:
        make_folder(note.parent)
        note.touch(mode=0o600)
        sync_names(note.parent)  # before there is anything that is found by it alone
    except OSError as error:
        raise OutputFailed(sentences.outputs.CANNOT_WRITE.format(path=note, reason=error.strerror)) from error
    try:
        yield
    finally:
        with suppress(OSError):
            # A text that another thread replaces this very moment is not left behind.
            scratch = [path for path in scratch_files(run) if not _writer_lives(path)]
            if not staged_files(run) and not scratch and not has_uploads(run):
                sync_names(run.path)  # or what is gone by now may be there again without the note
                note.unlink(missing_ok=True)


def clear_leftovers(run: RunDirectory, targets: Iterable[Place]) -> None:
    """Remove what killed runs have left of these targets, which this run holds, and of others what nobody needs."""
    for target in targets:
        _clear_target(target, run.run_id)
    clear_killed(run.home, but=run.run_id)


def clear_killed(home: Path, but: str = "") -> None:
    """Remove what killed runs have left and nobody needs, and abort their uploads; but of one run."""
    for note in sorted(open_runs(home).glob("*")):
        # Another run may be at it this moment, and what cannot be removed is in nobody's way.
        with suppress(OSError, EtlError):
            if note.name != but:
                _clear_run(RunDirectory(home, note.name), note)


def _clear_target(target: Place, run_id: str) -> None:
    """Remove what others have staged for a target that nobody else may be writing."""
    begin, end = f".{target.name}.", ".tmp"
    with folder_of(target) as folder:
        for name in os.listdir(folder):  # noqa: PTH208 - of a descriptor
            other = name[len(begin) : -len(end)]
            # A name with a dot in it is that of another target, which begins like this one.
            if name.startswith(begin) and name.endswith(end) and other != run_id and "." not in other:
                with suppress(OSError):
                    remove_staged(name, folder)


def _may_live(run: RunDirectory) -> bool:
    """Whether somebody may be at the run: its process lives, or it has just lost what would tell."""
    if run.launched():
        return run.alive()
    # Its progress is gone, as after a power cut; that of a living run is written again four times a second.
    return run.final() is None and abs(time.time() - run.path.stat().st_mtime) < UNBEGUN_SECONDS


def _clear_run(run: RunDirectory, note: Path) -> None:
    """Remove what a killed run needs no more, and its unfinished outputs once nobody goes on with it."""
    if run.path.is_dir() and (_may_live(run) or manifest_of(run.home, run.run_id).exists()):
        return
    if run.path.is_dir():
        abort_uploads(run)  # whoever goes on with it uploads anew
    outputs = {staged_path(run.home, path, run.run_id) for path in output_paths(run)}
    old = time.time() - note.stat().st_mtime > KEPT_SECONDS
    left = [path for path in staged_files(run) if path in outputs and not old]
    # With them stays what is known of them.
    needless = [path for path in staged_files(run) if path not in left] + ([] if left else scratch_files(run))
    for path in needless:
        remove_staged(path)
    if not left:
        note.unlink(missing_ok=True)
