"""The processes of a run: finding every one of them in the process table, waiting for them, killing them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable

import psutil

from etl_batch.runs.processes import identity
from etl_batch.runs.record.directory import RunDirectory

KILL_WAIT_SECONDS = 5.0
POLL_SECONDS = 0.05


def run_processes(run: RunDirectory) -> list[psutil.Process]:
    """Every living process of a run: the engine, its descendants, and what its session holds after its death."""
    found: set[psutil.Process] = set()
    engine = run.engine()
    if engine is not None:
        with contextlib.suppress(psutil.Error):
            found.update([engine, *engine.children(recursive=True)])
    launched = run.launch().pid
    log = str(run.file("launch.log").resolve())
    for process in psutil.process_iter() if launched else ():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == launched and _writes(process, log):
                found.add(process)
    return living(found)


def _writes(process: psutil.Process, log: str) -> bool:
    """Whether a process holds the run's launch log, which all of the run's processes inherit.

    Session numbers come round again: this proves that one is the run's.
    """
    return any(file.path == log for file in process.open_files())


def living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that are there and no zombies."""
    alive = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.is_running() and not identity.zombie(process):
                alive.append(process)
    return alive


def wait(processes: list[psutil.Process], seconds: float) -> None:
    """Until all are gone or have become zombies, at most so long."""
    deadline = time.monotonic() + seconds
    while living(processes) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def kill(run: RunDirectory, known: list[psutil.Process]) -> list[psutil.Process]:
    """Kill whatever of the run still lives and return what would not die."""
    # A second look finds what was forked between the first look and the kill.
    for _look in range(2):
        processes = living({*known, *run_processes(run)})
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        wait(processes, KILL_WAIT_SECONDS)
    return living({*known, *run_processes(run)})
