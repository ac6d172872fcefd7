"""What became of a run, from its files and its processes: no run seems to go on that was killed, nor the other way."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from etl_batch import sentences
from etl_batch.errors import Killed, TimedOut, WorkerFailed
from etl_batch.files.staging import remove_staged
from etl_batch.model import RunStatus
from etl_batch.record.progress import Progress
from etl_batch.record.values import read_object
from etl_batch.runs.processes import identity, tree
from etl_batch.runs.processes.interruption import give_back
from etl_batch.runs.processes.verdict import being_published, finalise, scratch_files, staged_files
from etl_batch.runs.record import ceilings
from etl_batch.runs.record.directory import RunDirectory, open_runs, seconds_since
from etl_batch.runs.record.resources import oom_kills

LAUNCH_LOG_TAIL_BYTES = 4096
SILENT_SECONDS = 10.0
"""A living engine that has not beaten for so long does not respond."""
UNBEGUN_SECONDS = 60.0
"""A run directory without a process, which waits in no queue, was cut off at its very beginning."""
_HEAD_BYTES = 512
_FINAL_HEAD = re.compile(rb'"status":\s*"(?:%s)"' % b"|".join(s.value.encode() for s in RunStatus if s.final))
_TRUSTED_SECONDS = 1.0
"""Two changes of a folder within one tick of the kernel's clock have the same time."""


def reconcile(home: Path, run_id: str) -> RunStatus:
    """The run's state after a look at its processes: without a final word and without an engine it is failed.

    The failed run's staged files stay, because they may be gone on from; workers that outlived their engine do not.
    """
    run = RunDirectory(home, run_id)
    said = run.final()
    if said is not None:
        return said
    if not run.launched():
        return _unlaunched(run)
    if run.alive():
        return RunStatus.RUNNING
    with run.verdict(wait=False) as mine:
        if not mine:
            return RunStatus.RUNNING  # whoever is stopping it has the last word
        # The engine may have written its last word between the first look and now, or the run is gone on with.
        said = run.final()
        if said is None and (run.alive() or not run.launched()):
            return run.status()
        if said is None:
            tree.kill(run, [])
            said = _end(run)
            run.event("killed")
    return said


def _end(run: RunDirectory) -> RunStatus:
    """Write the last word of an engine that left none."""
    use = ceilings.noted(run)
    if use is None:
        finalise(run, RunStatus.FAILED, Killed(_what_happened(run)))
        return RunStatus.FAILED
    error = ceilings.refusal(use) or TimedOut(sentences.runs.TIMED_OUT)
    status = RunStatus.TIMED_OUT if isinstance(error, TimedOut) else RunStatus.FAILED
    if not being_published(run):
        for path in [*staged_files(run), *scratch_files(run)]:
            remove_staged(path)
    finalise(run, status, error)
    return status


def _unlaunched(run: RunDirectory) -> RunStatus:
    """Waiting in the queue of a console, or cut off before it had begun."""
    try:
        # A folder of the future was made before the clock was set back.
        age = abs(time.time() - run.path.stat().st_mtime)
    except OSError:
        return RunStatus.QUEUED
    # Only a console has a queue, and its supervisor knows which of them are in there.
    queued = run.file("config.json").exists() and (run.home / ".secrets" / "console.db").exists()
    if age < UNBEGUN_SECONDS or queued:
        return RunStatus.QUEUED
    fail(run.home, run.run_id, sentences.runs.CUT_OFF)
    return RunStatus.FAILED


def fail(home: Path, run_id: str, sentence: str) -> None:
    """Write the final word of a run that could not be started. One that waits to be gone on with keeps its own."""
    run = RunDirectory(home, run_id)
    if not give_back(run):
        finalise(run, RunStatus.FAILED, WorkerFailed(sentence))


def _what_happened(run: RunDirectory) -> str:
    """A sentence that names how the engine went away, at what stage, and what that means for the outputs."""
    progress = run.progress()
    outputs = sentences.runs.PUBLISHING if being_published(run) else sentences.runs.NOT_PUBLISHED
    cause, stage = _cause(run, progress or Progress(run.run_id)), progress.stage if progress else ""
    sentence = sentences.runs.GONE_AT_STAGE if stage else sentences.runs.GONE_BEFORE
    sentence = sentence.format(cause=cause, stage=stage, outputs=outputs)
    last = _last_words(run)
    return sentences.runs.LAST_WORDS.format(sentence=sentence, words=last) if last else sentence


def _cause(run: RunDirectory, progress: Progress) -> str:
    machine = identity.elsewhere(progress.process)
    if machine is not None:
        return sentences.runs.ELSEWHERE.format(machine=machine, moment=progress.updated_at)
    if identity.rebooted(progress.process):
        return sentences.runs.REBOOTED
    ended = read_object(run.file("exit.json")) or {}
    number, code = ended.get("signal"), ended.get("code")
    if code is not None:
        return sentences.runs.ENDED_WORDLESS.format(code=code)
    starved = oom_kills() > (progress.oom_kills or oom_kills())
    if starved and number in (None, int(signal.SIGKILL)):
        return sentences.runs.KILLED_FOR_MEMORY
    if number is None:
        return sentences.runs.KILLED_FROM_OUTSIDE
    name = next((known.name for known in signal.Signals if known == number), number)
    return sentences.runs.KILLED_BY.format(signal=name)


def _last_words(run: RunDirectory) -> str:
    """The last line the engine printed, which tells why it never got as far as a run."""
    path = run.file("launch.log")
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - LAUNCH_LOG_TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


@dataclass(frozen=True, slots=True)
class Silence:
    """A living engine that gives no sign of life."""

    since: str
    """RFC 3339 in UTC."""
    paused: bool
    """Whether its process was halted by a signal."""


def silence(run: RunDirectory) -> Silence | None:
    """Since when a run whose process lives has not responded; None while it does, and for a run without a process."""
    engine = run.engine()
    if engine is None:
        return None
    progress = run.progress()
    # That of a process before it, which was cut off, says nothing of this one.
    said = (progress.updated_at if progress and progress.pid == engine.pid else "") or _launched_at(run)
    age = seconds_since(said)
    # A word of the future was said before the clock was set back, and none has followed it.
    if age is None or abs(age) < SILENT_SECONDS:
        return None
    with contextlib.suppress(psutil.Error):
        return Silence(said, bool(engine.status() == psutil.STATUS_STOPPED))
    return None


def _launched_at(run: RunDirectory) -> str:
    with contextlib.suppress(OSError):
        moment = datetime.fromtimestamp(run.file("launch.json").stat().st_mtime, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return ""


@dataclass(slots=True)
class _Memory:
    """What is known of a home's runs: those that are over stay so, and a folder that did not change has no new ones."""

    final: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    changed: int | None = None


_memories: dict[Path, _Memory] = {}
_lock = threading.Lock()


def unfinished(home: Path) -> list[str]:
    """Ids of the runs without a final word, newest first. With 10,000 finished ones it reads none of them twice."""
    root = home / "output" / "runs"
    with _lock:
        memory = _memories.setdefault(home, _Memory())
        try:
            changed = root.stat().st_mtime_ns
            if changed != memory.changed:
                with os.scandir(root) as entries:
                    names = {entry.name for entry in entries if entry.name[0] != "." and entry.is_dir()}
                memory.final &= names
                memory.open = names - memory.final
                memory.changed = changed if abs(time.time() - changed / 1e9) > _TRUSTED_SECONDS else None
        except OSError:
            return []
        # One that was over and is gone on with is not over: among those that are open it stands by its note.
        memory.open |= _noted(home)
        over = {name for name in memory.open if _over(root / name / "metadata.json")}
        memory.final |= over
        memory.open -= over
        return sorted(memory.open, reverse=True)


def _noted(home: Path) -> set[str]:
    """The runs of which a note says that they are open."""
    try:
        names = os.listdir(open_runs(home))  # noqa: PTH208 - once a second, and often of nothing
    except OSError:
        return set()
    return {name for name in names if (home / "output" / "runs" / name).is_dir()}


def _over(metadata: Path) -> bool:
    """Whether a run has its final word; its state stands at the head of the metadata, which may be long."""
    try:
        with metadata.open("rb") as file:
            if _FINAL_HEAD.search(file.read(_HEAD_BYTES)):
                return True
    except OSError:
        return False
    return RunDirectory(metadata.parents[3], metadata.parent.name).final() is not None


def reconcile_all(home: Path) -> dict[str, RunStatus]:
    """Look after every unfinished run of a home, the command line's too; returns the state of each of them.

    Cheap enough for once a second: runs that are over are not looked at again.
    """
    return {run_id: reconcile(home, run_id) for run_id in unfinished(home)}
