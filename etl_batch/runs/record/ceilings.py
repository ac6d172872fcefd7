"""The limits of a run: what it may use at most, what it has used, and what is said when that was too much.

The engine looks at them itself, whichever door a run comes through, and stops as it does for a cancellation. One that
goes on past them (`OVERTIME_SECONDS`, `FAR_TOO_MUCH`) hangs, and is killed from outside (`processes.watchdog`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from etl_batch import sentences
from etl_batch.errors import EtlError, OutputFailed, TimedOut, WorkerFailed
from etl_batch.limits import Limits
from etl_batch.record.progress import LimitUse, Progress
from etl_batch.record.values import read_object
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.stores.url import is_url

if TYPE_CHECKING:
    from etl_batch.config import RunConfig

FILE = "limit.json"
"""The limit for which a run was killed from outside."""
OVERTIME_SECONDS = 20.0
"""So long an engine that is past a limit has to stop by itself."""
FAR_TOO_MUCH = 1.5
"""Past its memory by so much it is not waited for."""


class Ceiling(StrEnum):
    """What can be limited and is looked at while a run goes on."""

    TIME = "time"
    CPU = "cpu"
    MEMORY = "memory"
    INPUT = "input"
    OUTPUT = "output"
    DISK = "disk"


def stricter(limits: Limits, config: RunConfig) -> Limits:
    """The home's limits with those that the run has set itself."""
    if config.max_size_gb is None:
        return limits
    own = int(config.max_size_gb * 1e9)
    return replace(limits, input_bytes=min(own, limits.input_bytes or own))


def uses(limits: Limits, timeout: float, seconds: float, cpu_seconds: float, memory_bytes: int) -> Iterator[LimitUse]:
    """The limits that anybody can look at who sees the run's processes."""
    yield LimitUse(Ceiling.TIME, round(seconds, 1), timeout)
    if limits.cpu_seconds:
        yield LimitUse(Ceiling.CPU, round(cpu_seconds, 2), limits.cpu_seconds)
    if limits.memory_bytes:
        yield LimitUse(Ceiling.MEMORY, memory_bytes, limits.memory_bytes)


def uses_of_files(limits: Limits, progress: Progress, folder: Path) -> Iterator[LimitUse]:
    """The limits of what a run reads and writes. `folder`: its directory."""
    if limits.input_bytes:
        yield LimitUse(Ceiling.INPUT, progress.bytes_total, limits.input_bytes)
    if limits.output_bytes:
        yield LimitUse(Ceiling.OUTPUT, sum(map(_size, progress.staged)), limits.output_bytes)
    if limits.disk_left_bytes:
        written = [name for name in (*progress.outputs_before, *progress.staged) if not is_url(name)]
        fullest = min(_free({folder, *(Path(name).parent for name in written)}), default=None)
        if fullest is not None:
            yield LimitUse(Ceiling.DISK, fullest[0], limits.disk_left_bytes, fullest[1])


def refusal(use: LimitUse) -> EtlError | None:
    """Why a run that is past a limit is stopped; None for the limits that are told where they are met."""
    used, most = use.used, use.most
    match use.name:
        case Ceiling.CPU:
            return TimedOut(sentences.runs.OVER_CPU.format(used=used, most=most))
        case Ceiling.MEMORY:
            return WorkerFailed(sentences.runs.OVER_MEMORY.format(used=used / 1e9, most=most / 1e9))
        case Ceiling.OUTPUT:
            return OutputFailed(sentences.runs.OVER_OUTPUT.format(used=used / 1e9, most=most / 1e9))
        case Ceiling.DISK:
            return OutputFailed(sentences.runs.DISK_LOW.format(place=use.place, used=used / 1e9, most=most / 1e9))
    return None


def noted(run: RunDirectory) -> LimitUse | None:
    """The limit for which a run was killed from outside; None when it was not."""
    found = read_object(run.file(FILE))
    return LimitUse.from_json(found) if found is not None else None


def limits_of(run: RunDirectory) -> tuple[LimitUse, ...]:
    """Every limit of a run as it was looked at last."""
    progress, killed = run.progress(), noted(run)
    seen = progress.limits if progress is not None else ()
    return seen if killed is None else (*(use for use in seen if use.name != killed.name), killed)


def explain(error: EtlError) -> None:
    """Have an error that comes of too few open files say which limit that is."""
    reason = os.strerror(errno.EMFILE)
    if reason in error.message:
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        error.message += " " + sentences.runs.OPEN_FILES.format(most=most)


def _size(name: str) -> int:
    """Bytes of a file, or of those in a folder."""
    path = Path(name)
    try:
        return sum(each.stat().st_size for each in path.iterdir()) if path.is_dir() else path.stat().st_size
    except OSError:
        return 0


def _free(folders: Iterable[Path]) -> Iterator[tuple[int, str]]:
    """Bytes left on the disk of each folder, or of the one that it will be made in; nothing of one that is gone."""
    for folder in folders:
        with contextlib.suppress(OSError):
            there = next(place for place in (folder, *folder.parents) if place.is_dir())
            yield shutil.disk_usage(there).free, str(there)
