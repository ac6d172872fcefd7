"""One run's directory, `output/runs/<run_id>/`: the truth that history, live view and recovery read."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path

import psutil

from etl_batch import private, sentences
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.files.beneath import Place, make_folder
from etl_batch.files.replacing import replace_text
from etl_batch.model import Reject, RunStatus, utc_now
from etl_batch.record.progress import ProcessNote, Progress, status_from_json
from etl_batch.record.rejects import reject_from_json
from etl_batch.record.run import RunRecord
from etl_batch.record.settings import RunSettings
from etl_batch.record.values import Json, json_text, read_object
from etl_batch.runs.processes import identity

ELSEWHERE_SECONDS = 60.0
"""An engine on another machine can be told to be dead by its silence alone."""
LONGEST_ID = 200
"""Longer names, with what a run's files add to them, are none that a file system takes."""
INTERRUPTED = "interrupted.json"
"""The record of a run that was cut off, from when somebody has it gone on with until the engine is there."""
_VERDICT = ".verdict.lock"


def open_runs(home: Path) -> Path:
    """The folder with a note of each run that goes on, or was cut off and has left something."""
    return home / "output" / "runs" / ".open"


def new_run_id() -> str:
    """A run's name: its UTC start to the second, then six hex digits: the part of the second, and a random half.

    So the names of runs sort by their start, even when several begin within one second.
    """
    now = datetime.now(UTC)
    part = now.microsecond * 4096 // 1_000_000
    return f"{now:%Y%m%dT%H%M%SZ}-{part:03x}{secrets.randbelow(4096):03x}"


def write_json_atomically(path: Path, value: object, *, durable: bool = False) -> None:
    """Replace `path` by `value` as JSON, so that a reader sees the old or the new text and never a part."""
    try:
        replace_text(Place.of(path), json_text(value) + "\n", durable=durable)
    except OSError as error:
        raise OutputFailed(sentences.outputs.CANNOT_WRITE.format(path=path, reason=error.strerror)) from error


def record_text(record: RunRecord) -> str:
    """What `metadata.json` holds."""
    return json_text(record.to_json()) + "\n"


class RunDirectory:
    """Paths and small writes of one run's directory."""

    def __init__(self, home: Path, run_id: str) -> None:
        plain = run_id.isascii() and run_id.isprintable() and 0 < len(run_id) <= LONGEST_ID
        if not plain or "/" in run_id or run_id.startswith("."):
            raise UsageError(sentences.runs.NO_RUN_ID.format(run_id=run_id))
        self.home, self.run_id = home, run_id
        self.path = home / "output" / "runs" / run_id

    def create(self) -> RunDirectory:
        """Make the folder; raises `OutputFailed` when it cannot."""
        try:
            # An app around the dashboard has a umask of its own.
            make_folder(self.path, private.folder_mode())
        except OSError as error:
            raise OutputFailed(sentences.outputs.CANNOT_CREATE.format(path=self.path, reason=error.strerror)) from error
        return self

    def file(self, name: str) -> Path:
        """Path of one of the run's files."""
        return self.path / name

    def place(self, name: str) -> Place:
        """The same beneath the folder of all runs."""
        return Place(os.path.realpath(self.path.parent), f"{self.run_id}/{name}")

    @property
    def report(self) -> Path:
        """The run's own report."""
        return self.home / "report" / f"{self.run_id}.html"

    @property
    def report_place(self) -> Place:
        """The same beneath the folder of all reports."""
        return Place.of(self.report)

    def write(self, name: str, value: object, *, durable: bool = False) -> None:
        """Write one JSON file of the run, atomically. `durable`: on the disk before it is there."""
        write_json_atomically(self.file(name), value, durable=durable)

    def write_record(self, record: RunRecord) -> None:
        """Write `metadata.json`, the run's last word."""
        self.write("metadata.json", record.to_json(), durable=True)

    def write_progress(self, progress: Progress) -> None:
        """Replace `progress.json`."""
        self.write("progress.json", replace(progress, updated_at=utc_now()).to_json())

    def event(self, kind: str, **facts: Json) -> None:
        """Append one line to `events.jsonl`. Raises `OutputFailed`."""
        line, path = json_text({"ts": utc_now(), "event": kind, **facts}), self.file("events.jsonl")
        try:
            with path.open("a", encoding="utf-8") as out:
                out.write(line + "\n")
        except OSError as error:
            raise OutputFailed(sentences.outputs.CANNOT_WRITE.format(path=path, reason=error.strerror)) from error

    def metadata(self) -> RunRecord | None:
        """`metadata.json`, or None while there is none."""
        path = self.file("metadata.json")
        try:
            found = path.stat()
        except OSError:
            return None
        return _read_record(path, (found.st_ino, found.st_mtime_ns, found.st_size))

    def progress(self) -> Progress | None:
        """`progress.json`, or None while there is none."""
        found = read_object(self.file("progress.json"))
        return None if found is None else Progress.from_json(found)

    def config(self) -> RunSettings | None:
        """`config.json`, or None while there is none."""
        found = read_object(self.file("config.json"))
        return None if found is None else RunSettings.from_json(found)

    def launch(self) -> ProcessNote:
        """`launch.json`, the process as it was started; one without a number while there is none."""
        return ProcessNote.from_json(read_object(self.file("launch.json")))

    def rejects(self, limit: int | None = None) -> Iterator[Reject]:
        """Rejects in input order, of at most `limit` lines, read as a stream; a line that is torn is passed over."""
        path = self.file("rejects.jsonl")
        if not path.exists():
            return
        with path.open("rb") as lines:
            for line in islice(lines, limit):
                reject = reject_from_json(line)
                if reject is not None:
                    yield reject

    def interrupted(self) -> RunRecord | None:
        """The record of the try that was cut off, while the run waits to be gone on with; else None."""
        found = read_object(self.file(INTERRUPTED))
        return None if found is None else RunRecord.from_json(found)

    def launched(self) -> bool:
        """Whether a process was ever started for the run; for one that waits to be gone on with, since then."""
        if self.file("launch.json").exists():
            return True
        return self.progress() is not None and not self.file(INTERRUPTED).exists()

    def engine(self) -> psutil.Process | None:
        """The run's engine while it lives on this machine."""
        progress, launch = self.progress(), self.launch()
        for note in ([progress.process] if progress else []) + [launch]:
            process = identity.find(note)
            if process is not None and (not identity.zombie(process) or _mourned(process, launch)):
                return process
        return None

    def alive(self) -> bool:
        """Whether the process that writes this run is there: seen here, or heard of from another machine."""
        if self.engine() is not None:
            return True
        progress = self.progress()
        if progress is None or identity.elsewhere(progress.process) is None:
            return False
        age = seconds_since(progress.updated_at)
        # A sign of life of the future was given before the clock was set back.
        return age is not None and abs(age) < ELSEWHERE_SECONDS

    def final(self) -> RunStatus | None:
        """How the run ended; None while it has not."""
        # Asked of every run again and again, so the estimates are not read for it.
        said = status_from_json((read_object(self.file("metadata.json")) or {}).get("status"))
        return said if said is not None and said.final else None

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
            raise OutputFailed(
                sentences.outputs.CANNOT_WRITE_PERMISSIONS.format(path=self.path, reason=error.strerror)
            ) from error
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


@lru_cache(maxsize=4)
def _read_record(path: Path, _stamp: tuple[int, int, int]) -> RunRecord | None:
    """A page asks for one run's record several times, and ten thousand strata take a while to read."""
    found = read_object(path)
    return None if found is None else RunRecord.from_json(found)


def _mourned(process: psutil.Process, launch: ProcessNote) -> bool:
    """Whether whoever started a dead engine is still there and about to write down how it ended."""
    try:
        return bool(launch.starter == process.ppid() != 1)
    except psutil.Error:
        return False


def seconds_since(moment: str) -> float | None:
    """Age of an RFC 3339 moment; None when it is not one."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except (TypeError, ValueError):  # no moment, or one without a time zone
        return None
