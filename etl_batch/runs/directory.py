"""One run's directory, `output/runs/<run_id>/`: the truth that history, live view and recovery read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from etl_batch.errors import OutputFailed, UsageError
from etl_batch.model import RunStatus, utc_now


def new_run_id() -> str:
    """A run's name: its UTC start, which sorts, and six random hex digits."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def write_json_atomically(path: Path, value: Any) -> None:
    """Replace `path` by `value` as JSON, so that a reader sees the old or the new text and never a part."""
    staged = path.with_name(f".{path.name}.{os.getpid()}.tmp")
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
    """Start time of the process (seconds since the epoch): with `pid` it names one process for good."""
    started_at: str = ""
    updated_at: str = ""
    bytes_total: int = 0
    bytes_done: int = 0
    rows_written: int = 0
    rejected: int = 0
    skipped: int = 0
    workers: int = 0
    worker_pids: list[int] = field(default_factory=list)
    chunks_done: int = 0
    seconds: float = 0.0
    memory_bytes: int = 0
    """PSS of the process tree, in bytes."""
    memory_limit_bytes: int = 0
    cpu_percent: float = 0.0
    message: str = ""
    staged: list[str] = field(default_factory=list)
    """Temporary output files, to be removed when the run was killed."""


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

    def log_tail(self, max_bytes: int = 64 * 1024) -> str:
        """The last part of `run.log`; a log of any size costs `max_bytes`."""
        path = self.file("run.log")
        if not path.exists():
            return ""
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - max_bytes))
            text = log.read().decode("utf-8", errors="replace")
        return text if size <= max_bytes else text.partition("\n")[2]

    def alive(self) -> bool:
        """Whether the process that writes this run is still the one that started it."""
        progress = self.progress()
        if progress is None:
            return False
        try:
            process = psutil.Process(int(progress["pid"]))
            same = abs(process.create_time() - float(progress["pid_started"])) < 1.0
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except (psutil.Error, KeyError, ValueError):
            return False

    def status(self) -> RunStatus:
        """The run's state; a run whose process is gone without a final word is `failed`."""
        said = (self.metadata() or {}).get("status")
        if said in {status.value for status in RunStatus if status.final}:
            return RunStatus(said)
        if self.progress() is None:
            return RunStatus.QUEUED
        return RunStatus.RUNNING if self.alive() else RunStatus.FAILED
