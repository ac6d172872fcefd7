"""One run's directory, `output/runs/<run_id>/`: the truth that history, live view and recovery read."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from etl_batch.errors import OutputFailed, UsageError
from etl_batch.model import RunStatus, utc_now
from etl_batch.runs.processes import identity

ELSEWHERE_SECONDS = 60.0
"""An engine on another machine can be told to be dead by its silence alone."""
_FINAL = {status.value: status for status in RunStatus if status.final}
_VERDICT = ".verdict.lock"


def new_run_id() -> str:
    """A run's name: its UTC start to the second, then six hex digits: the part of the second, and a random half.

    So the names of runs sort by their start, even when several begin within one second.
    """
    now = datetime.now(UTC)
    part = now.microsecond * 4096 // 1_000_000
    return f"{now:%Y%m%dT%H%M%SZ}-{part:03x}{secrets.randbelow(4096):03x}"


def write_json_atomically(path: Path, value: Any) -> None:
    """Replace `path` by `value` as JSON, so that a reader sees the old or the new text and never a part."""
    staged = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}.tmp")
    try:
        staged.write_text(json.dumps(value, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise OutputFailed(f"Cannot write {path}: {error.strerror}. Free the disk or fix its permissions.") from error


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file, or None when the file is missing or is not whole."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


@dataclass(slots=True)
class Progress:
    """What `progress.json` says: replaced atomically, at most four times a second."""

    run_id: str
    status: str = RunStatus.RUNNING
    stage: str = "plan"
    """plan, ingest, finish, analytics, report, done."""
    pid: int = 0
    pid_started: float = 0.0
    """Start time of the process (seconds since the epoch)."""
    birth: str = ""
    """The start as the kernel counts it, which no clock moves: with `pid` it names one process for good."""
    machine: str = ""
    """Host, boot and process namespace that `pid` belongs to."""
    oom_kills: int = 0
    """How many processes this machine had ended for want of memory when the run began."""
    started_at: str = ""
    updated_at: str = ""
    """The heartbeat: at most a second or two old while the engine works."""
    stages: dict[str, float] = field(default_factory=dict)
    """When each stage began, in seconds since the start of the run."""
    bytes_total: int = 0
    bytes_done: int = 0
    rows_written: int = 0
    rejected: int = 0
    skipped: int = 0
    workers: int = 0
    worker_pids: list[int] = field(default_factory=list)
    activity: list[dict[str, Any]] = field(default_factory=list)
    """By worker: `pid`, `cpu_percent` (of one core), `memory_bytes`, `chunk` (the latest)."""
    chunks_done: int = 0
    seconds: float = 0.0
    memory_bytes: int = 0
    """PSS of the process tree, in bytes."""
    memory_limit_bytes: int = 0
    cpu_percent: float = 0.0
    message: str = ""
    staged: list[str] = field(default_factory=list)
    """Temporary output files, to be removed when the run was killed."""
    outputs_before: dict[str, list[int] | None] = field(default_factory=dict)
    """The outputs as the run found them: path to inode, size and time (ns); None where there was none."""


class RunDirectory:
    """Paths and small writes of one run's directory."""

    def __init__(self, home: Path, run_id: str) -> None:
        if not run_id or "/" in run_id or run_id.startswith("."):
            raise UsageError(f"{run_id!r} is not a run id; `runs list` shows them.")
        self.home, self.run_id = home, run_id
        self.path = home / "output" / "runs" / run_id

    def create(self) -> RunDirectory:
        """Make the folder; raises `OutputFailed` when it cannot."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputFailed(f"Cannot create {self.path}: {error.strerror}.") from error
        return self

    def file(self, name: str) -> Path:
        """Path of one of the run's files."""
        return self.path / name

    @property
    def report(self) -> Path:
        """The run's own report."""
        return self.home / "report" / f"{self.run_id}.html"

    def write(self, name: str, value: Any) -> None:
        """Write one JSON file of the run, atomically."""
        write_json_atomically(self.file(name), value)

    def write_progress(self, progress: Progress) -> None:
        """Replace `progress.json`."""
        progress.updated_at = utc_now()
        self.write("progress.json", asdict(progress))

    def event(self, kind: str, **facts: Any) -> None:
        """Append one line to `events.jsonl`."""
        line = json.dumps({"ts": utc_now(), "event": kind, **facts}, ensure_ascii=False, default=str)
        with self.file("events.jsonl").open("a", encoding="utf-8") as out:
            out.write(line + "\n")

    def metadata(self) -> dict[str, Any] | None:
        """`metadata.json`, or None while there is none."""
        return read_json(self.file("metadata.json"))

    def progress(self) -> dict[str, Any] | None:
        """`progress.json`, or None while there is none."""
        return read_json(self.file("progress.json"))

    def config(self) -> dict[str, Any] | None:
        """`config.json`, or None while there is none."""
        return read_json(self.file("config.json"))

    def rejects(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Rejects in input order, at most `limit` of them, read as a stream."""
        path = self.file("rejects.jsonl")
        if not path.exists():
            return
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if limit is not None and number >= limit:
                    return
                yield json.loads(line)

    def launched(self) -> bool:
        """Whether a process was ever started for the run."""
        return self.progress() is not None or self.file("launch.json").exists()

    def engine(self) -> psutil.Process | None:
        """The run's engine while it lives on this machine."""
        progress, launch = self.progress() or {}, read_json(self.file("launch.json")) or {}
        for note in filter(None, (progress, launch)):
            process = identity.find(note)
            if process is not None and (not identity.zombie(process) or _mourned(process, launch)):
                return process
        return None

    def alive(self) -> bool:
        """Whether the process that writes this run is there: seen here, or heard of from another machine."""
        if self.engine() is not None:
            return True
        note = self.progress() or {}
        age = seconds_since(note.get("updated_at")) if identity.elsewhere(note) else None
        return age is not None and age < ELSEWHERE_SECONDS

    def final(self) -> RunStatus | None:
        """How the run ended; None while it has not."""
        said = (self.metadata() or {}).get("status")
        return _FINAL.get(said) if isinstance(said, str) else None

    def status(self) -> RunStatus:
        """The run's state; a run whose process is gone without a final word is `failed`."""
        said = self.final()
        if said is not None:
            return said
        if not self.launched():
            return RunStatus.QUEUED
        if self.alive():
            return RunStatus.RUNNING
        # The last word may have been written since the first look; no other one can follow, but that of a canceller.
        return self.final() or (RunStatus.RUNNING if self._being_stopped() else RunStatus.FAILED)

    @contextmanager
    def verdict(self, *, wait: bool) -> Iterator[bool]:
        """Alone have the right to end the run and write its last word; False when another has it and `wait` is not set.

        Raises `OutputFailed` when the run directory cannot be written.
        """
        try:
            descriptor = os.open(self.file(_VERDICT), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise OutputFailed(f"Cannot write {self.path}: {error.strerror}. Fix its permissions.") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def _being_stopped(self) -> bool:
        try:
            with self.file(_VERDICT).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # no file: nobody has ever stopped it
            return False
        return False


def _mourned(process: psutil.Process, launch: dict[str, Any]) -> bool:
    """Whether whoever started a dead engine is still there and about to write down how it ended."""
    try:
        return bool(launch.get("starter") == process.ppid() != 1)
    except psutil.Error:
        return False


def seconds_since(moment: Any) -> float | None:
    """Age of an RFC 3339 moment; None when it is not one."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except (TypeError, ValueError):
        return None
