"""Stopping a run and proving it: no process is left, what was unfinished is gone, the earlier outputs stand."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from etl_batch import sentences
from etl_batch.errors import Cancelled, EtlError, TimedOut
from etl_batch.files.staging import remove_staged
from etl_batch.model import RunStatus, utc_now
from etl_batch.record.progress import Fingerprint
from etl_batch.record.values import JsonObject, objects, parse_object, text, texts, whole
from etl_batch.runs.processes import tree
from etl_batch.runs.processes.verdict import being_published, finalise, output_paths, scratch_files, staged_files
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.uploads import abort_uploads
from etl_batch.stores.url import is_url

EVENT = "cancel"
EVENT_TAIL_BYTES = 256 << 10


class OutputFate(StrEnum):
    """What a stop meant for one output."""

    SAME = "same"
    """It is as it was before the run."""
    NONE_BEFORE = "none before"
    """There was none before, and there is none."""
    PUBLISHED = "published"
    """The run had finished before it could be stopped: this is its whole new output."""
    COMMITTING = "committing"
    """The run was just putting it in place: it is whole, and the next run finishes the exchange."""
    CHANGED = "changed"
    """It is another file than before the run."""


@dataclass(frozen=True, slots=True)
class OutputProof:
    """One output after a stop."""

    path: str
    fate: OutputFate


@dataclass(frozen=True, slots=True)
class CancelReport:
    """What stopping a run came to."""

    signalled: bool
    """Whether a process was running and was told to stop."""
    processes_left: int
    """Processes of the run that are still alive, counted afterwards in the process table; 0 is the proof."""
    removed: list[str]
    """Unfinished files that are gone now."""
    outputs_intact: bool
    """Whether the outputs are as they were before the run, or whole and published because the run had finished."""
    processes: int = 0
    """How many were running before."""
    outputs: tuple[OutputProof, ...] = ()
    kept: tuple[str, ...] = ()
    """Unfinished files that could not be removed."""
    by: str = ""
    """Who asked; empty when the console did, past the run's time limit."""
    at: str = ""


def cancel(
    home: Path,
    run_id: str,
    grace_seconds: float = 10.0,
    status: RunStatus = RunStatus.CANCELLED,
    by: str = "",
) -> CancelReport:
    """Stop a run: ask the engine, wait, then kill the whole tree; remove what it staged; write the final word.

    The report is kept in the run's `events.jsonl`. Raises `OutputFailed` when the run directory cannot be written. A
    run that is over already is left as it is; the report of its stop, if there was one, is returned again.
    """
    run = RunDirectory(home, run_id).create()
    with run.verdict(wait=True):
        if run.final() and not tree.run_processes(run):
            return cancel_report(run) or CancelReport(False, 0, [], outputs_intact=True)
        report = _stop(run, grace_seconds, status, by)
        run.event(EVENT, **asdict(report))
    return report


def cancel_report(run: RunDirectory) -> CancelReport | None:
    """What the last stop of a run came to, read from its events; None when nobody stopped it."""
    try:
        with run.file("events.jsonl").open("rb") as events:
            events.seek(max(0, events.seek(0, os.SEEK_END) - EVENT_TAIL_BYTES))
            lines = events.read().split(b"\n")
    except OSError:
        return None
    for line in reversed(lines):
        if EVENT.encode() in line:
            said = parse_object(line) or {}
            with contextlib.suppress(ValueError, KeyError):
                if said.get("event") == EVENT:
                    return _from_json(said)
    return None


def _from_json(said: JsonObject) -> CancelReport:
    """The report of an event; raises `KeyError` and `ValueError` for half of one, because a proof is not made up."""
    return CancelReport(
        signalled=bool(said["signalled"]),
        processes_left=whole(said["processes_left"]),
        removed=list(texts(said["removed"])),
        outputs_intact=bool(said["outputs_intact"]),
        processes=whole(said["processes"]),
        outputs=tuple(
            OutputProof(text(one["path"]), OutputFate(text(one["fate"]))) for one in objects(said["outputs"])
        ),
        kept=texts(said["kept"]),
        by=text(said["by"]),
        at=text(said["at"]),
    )


def _stop(run: RunDirectory, grace_seconds: float, status: RunStatus, by: str) -> CancelReport:
    before, staged = _before(run), staged_files(run)
    engine, processes = run.engine(), tree.run_processes(run)
    if engine is not None:
        with contextlib.suppress(psutil.Error):
            engine.terminate()
        tree.wait(processes, grace_seconds)
    left = tree.kill(run, processes)
    ended = run.final()
    published, committing = ended is RunStatus.SUCCESS, being_published(run)
    if not left:
        # What was finished needs no staged file any more, what is being put in place still does.
        staged += [path for path in [*staged_files(run), *scratch_files(run)] if path not in staged]
        _remove([] if published or committing else staged)
        if not published and not committing:
            with contextlib.suppress(EtlError):  # else the next run does it
                abort_uploads(run)
        if ended is None:
            finalise(run, status, _stopped(status))
    outputs = tuple(OutputProof(path, _fate(path, was, published, committing)) for path, was in before.items())
    gone = [] if published else [str(path) for path in staged if not path.exists()]
    return CancelReport(
        signalled=bool(processes),
        processes_left=len(left),
        removed=gone,
        outputs_intact=all(one.fate is not OutputFate.CHANGED for one in outputs),
        processes=len(processes),
        outputs=outputs,
        kept=() if published or committing else tuple(str(path) for path in staged if path.exists()),
        by=by,
        at=utc_now(),
    )


def _stopped(status: RunStatus) -> EtlError:
    if status is RunStatus.TIMED_OUT:
        return TimedOut(sentences.runs.TIMED_OUT)
    return Cancelled(sentences.runs.CANCELLED)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            remove_staged(path)


def _before(run: RunDirectory) -> Mapping[str, Fingerprint]:
    """The outputs as the engine found them; before it has looked it has touched none, so as they are now."""
    progress = run.progress()
    if progress is not None and progress.outputs_before:
        return progress.outputs_before
    return {str(path): fingerprint(path) for path in output_paths(run)}


def fingerprint(path: Path) -> Fingerprint:
    """Inode, size and time of a file; None where there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _fate(path: str, was: Fingerprint, published: bool, committing: bool) -> OutputFate:
    if published:
        return OutputFate.PUBLISHED
    if committing:
        return OutputFate.COMMITTING
    if is_url(path):
        return OutputFate.SAME  # an object is another one when its upload is completed, and not before
    if was == fingerprint(Path(path)):
        return OutputFate.SAME if was is not None else OutputFate.NONE_BEFORE
    return OutputFate.CHANGED
