"""Publication: outputs are staged beside their targets and committed together, all or nothing.

Order of a commit: fsync the staged files; write the manifest (fsync); for each output hard-link the old file to its
backup name, rename the staged file over the target, fsync the folder; remove the manifest. Until the manifest stands,
nothing has happened; from then on the commit is rolled forward by whoever comes next (`roll_forward`).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import Busy, OutputFailed
from etl_batch.limits import DEFAULT_BACKUPS

_HASH_BYTES = 4 << 20
_SYNC_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Staged:
    """One output on its way: the staged file and where it goes."""

    target: Path
    staged: Path


def manifest_folder(home: Path) -> Path:
    """Where the manifests of commits under way stand."""
    return home / "output" / "runs" / ".commit"


def stage(target: Path, run_id: str) -> Staged:
    """Create the empty staged file in the target's own folder; raises `OutputFailed`."""
    staged = target.with_name(f".{target.name}.{run_id}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.unlink(missing_ok=True)
        staged.touch(mode=0o644)
    except OSError as error:
        raise OutputFailed(sentences.outputs.TARGET_NOT_WRITTEN.format(path=target, reason=error.strerror)) from error
    return Staged(target, staged)


def discard(outputs: list[Staged]) -> None:
    """Remove staged files; the previous outputs were never touched."""
    for output in outputs:
        output.staged.unlink(missing_ok=True)


_STAMP = "%Y%m%dT%H%M%S.%fZ"


@contextmanager
def locked(targets: list[Path]) -> Iterator[None]:
    """Hold the outputs for this run; raises `Busy` when another run has one of them."""
    held: list[int] = []
    try:
        for target in sorted(targets):
            held.append(_lock(target))  # noqa: PERF401 - those held are released when the next one is not to be had
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)


def _lock(target: Path) -> int:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target.with_name(f".{target.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise OutputFailed(sentences.outputs.TARGET_NOT_WRITTEN.format(path=target, reason=error.strerror)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise Busy(sentences.outputs.BUSY.format(path=target)) from error
    return descriptor


def publish(outputs: list[Staged], manifest: Path, keep_backups: int = DEFAULT_BACKUPS) -> list[Path]:
    """Commit all outputs together; returns the backups made. Raises `OutputFailed`, and then nothing has changed."""
    stamp = _stamp(outputs)
    steps: list[dict[str, str | None]] = [
        {
            "staged": str(output.staged),
            "target": str(output.target),
            "backup": f"{output.target}.bak.{stamp}" if output.target.exists() else None,
        }
        for output in outputs
    ]
    try:
        for output in outputs:
            _sync(output.staged)
        manifest.parent.mkdir(parents=True, exist_ok=True)
        draft = manifest.with_suffix(".tmp")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(steps, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(manifest)
        _sync(manifest.parent)
    except OSError as error:
        raise OutputFailed(sentences.outputs.NOT_COMMITTED.format(reason=error.strerror)) from error
    return _carry_out(manifest, steps, keep_backups)


def _stamp(outputs: list[Staged]) -> str:
    """The time for the names of the backups, past that of the newest one.

    Where the clock was set back they would else be taken for the oldest ones, which are the first to go.
    """
    now = datetime.now(UTC)
    with suppress(
        ValueError, OSError
    ):  # a name that somebody else has given; a folder that the commit will complain of
        newest = max(path.name.rpartition(".bak.")[2] for each in outputs for path in backups_of(each.target)[-1:])
        now = max(now, datetime.strptime(newest, _STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1))
    return now.strftime(_STAMP)


def roll_forward(manifests: Path, keep_backups: int = DEFAULT_BACKUPS) -> int:
    """Finish the commits that were cut off; returns how many. Called at the start of every run."""
    if not manifests.is_dir():
        return 0
    done = 0
    for manifest in sorted(manifests.glob("*.json")):
        with suppress(FileNotFoundError):  # its own run has just finished it
            _carry_out(manifest, json.loads(manifest.read_text(encoding="utf-8")), keep_backups)
            done += 1
    return done


def _carry_out(manifest: Path, steps: list[dict[str, str | None]], keep_backups: int) -> list[Path]:
    """The renames of a manifest; every step may have been done already."""
    backups: list[Path] = []
    try:
        for step in steps:
            staged, target = Path(str(step["staged"])), Path(str(step["target"]))
            if not staged.exists():
                continue
            if step["backup"] is not None:
                backup = Path(step["backup"])
                with suppress(FileExistsError, FileNotFoundError):
                    os.link(target, backup)
                backups.append(backup)
            with suppress(FileNotFoundError):  # a commit may be rolled forward by two runs at once
                staged.replace(target)
            _sync(target.parent)
            _prune_backups(target, keep_backups)
        manifest.unlink(missing_ok=True)
    except OSError as error:
        raise OutputFailed(sentences.outputs.NOT_IN_PLACE.format(reason=error.strerror)) from error
    return backups


def backups_of(target: Path) -> list[Path]:
    """The backups of an output, oldest first."""
    prefix = f"{target.name}.bak."
    return sorted(path for path in target.parent.iterdir() if path.name.startswith(prefix))


def _prune_backups(target: Path, keep: int) -> None:
    backups = backups_of(target)
    for path in backups[: max(len(backups) - keep, 0)]:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot sync a folder
            raise
    finally:
        os.close(descriptor)


class Digest:
    """SHA-256 of a file that is still being written: a thread follows the part that is in place.

    It also pushes that part to the disk bit by bit, so that the fsync before the commit finds little left to do.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end = 0
        self.closing = False
        self.error: OSError | None = None
        self.cpu_seconds = 0.0
        """What the thread has taken; known when it is over."""
        self.changed = threading.Condition()
        self.hash = hashlib.sha256()
        self.thread = threading.Thread(target=self._follow, name="digest", daemon=True)
        self.thread.start()

    def advance(self, end: int) -> None:
        """Bytes up to `end` are in place."""
        with self.changed:
            self.end = max(self.end, end)
            self.changed.notify()

    def finish(self, size: int) -> str:
        """The hex digest of all `size` bytes."""
        self.advance(size)
        self.close()
        if self.error is not None:
            raise OutputFailed(
                sentences.outputs.NOT_READ_BACK.format(path=self.path, reason=self.error.strerror)
            ) from self.error
        return self.hash.hexdigest()

    def close(self) -> None:
        """Stop following."""
        with self.changed:
            self.closing = True
            self.changed.notify()
        self.thread.join()

    def _follow(self) -> None:
        try:
            with self.path.open("rb", buffering=0) as file:
                self._read(file.fileno())
        except OSError as error:
            self.error = error
        finally:
            self.cpu_seconds = time.thread_time()

    def _read(self, descriptor: int) -> None:
        position = synced = 0
        buffer = bytearray(_HASH_BYTES)
        while True:
            with self.changed:
                while self.end <= position and not self.closing:
                    self.changed.wait()
                end = self.end
            if end <= position:
                return
            while position < end:
                view = memoryview(buffer)[: min(_HASH_BYTES, end - position)]
                got = os.preadv(descriptor, [view], position)
                if not got:
                    raise OSError(errno.EIO, sentences.outputs.SHORTER)
                self.hash.update(view[:got])
                position += got
            if position - synced >= _SYNC_BYTES:
                os.fdatasync(descriptor)
                synced = position
