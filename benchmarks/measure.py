"""Measuring one command: its seconds by the clock and of the processor, and the peak memory of its process tree."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.02


class CommandFailed(Exception):
    """A measured command ended with an error; the message holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command took, its start included."""

    wall: float
    """Seconds by the clock."""
    cpu: float
    """Seconds of the processor, user and system, of the process and of all that it waited for."""


def usage(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Usage:
    """Run a whole process. Nothing samples it meanwhile. Raises `CommandFailed`."""
    started = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        _, status, used = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    _check(command, process.returncode, log)
    return Usage(elapsed, used.ru_utime + used.ru_stime)


def peak_bytes(command: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
    """Peak of the PSS (proportional set size: shared pages divided among their users) summed over the process tree."""
    peak = 0
    with log.open("wb") as out:
        process = psutil.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        while process.poll() is None:
            peak = max(peak, _tree_pss(process))
            time.sleep(SAMPLE_SECONDS)
    _check(command, process.returncode, log)
    return peak


def _tree_pss(root: psutil.Process) -> int:
    try:
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(_pss(process.pid) for process in tree)


def _pss(pid: int) -> int:
    """Bytes of one process; 0 when it is gone."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def _check(command: Sequence[str], code: int, log: Path) -> None:
    if code != 0:
        said = log.read_text(errors="replace")[-2_000:]
        raise CommandFailed(f"Exit code {code} from {' '.join(command)}:\n{said}")
