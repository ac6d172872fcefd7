"""Telling processes apart for good: the note that a process leaves of itself, and whether it still lives.

A process number comes round again, and a start time that is counted from the clock moves when the clock is set. So a
note also keeps the start as the kernel counts it, and the machine (with its boot and its process namespace) on which
the number means anything at all.
"""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

import psutil

from etl_batch.record.progress import ProcessNote

SAME_START_SECONDS = 1.0
"""For notes without the kernel's count."""
_START_FIELD = 19
"""Of /proc/PID/stat behind the name in parentheses, which may hold anything."""


def note_of_self() -> ProcessNote:
    """What names this process."""
    pid = os.getpid()
    return ProcessNote(pid, psutil.Process().create_time(), birth(pid), " ".join(machine()))


def birth(pid: int) -> str:
    """The start of a process in the kernel's ticks since the boot; empty when it is gone or nobody counts."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[_START_FIELD]


@cache
def machine() -> tuple[str, str, str]:
    """Host name, boot and process namespace, as far as the system tells them."""
    return platform.node().replace(" ", "-") or "unnamed", _boot(), _namespace()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "?"


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink()).replace(" ", "-")
    except OSError:
        return "?"


def elsewhere(note: ProcessNote) -> str | None:
    """The name of the machine (or container) that a note comes from, when its numbers mean nothing on this one."""
    parts = note.machine.split(" ")
    if len(parts) != len(machine()) or tuple(parts) == machine() or rebooted(note):
        return None
    return parts[0]


def rebooted(note: ProcessNote) -> bool:
    """Whether the machine of a note has been started anew since."""
    parts = note.machine.split(" ")
    name, boot, namespace = machine()
    return len(parts) == len(machine()) and (parts[0], parts[2]) == (name, namespace) and parts[1] != boot


def find(note: ProcessNote) -> psutil.Process | None:
    """The process that a note names while it exists here, as a zombie too."""
    if not note.pid or elsewhere(note) is not None or rebooted(note):
        return None
    try:
        process = psutil.Process(note.pid)
        if note.birth:
            same = birth(process.pid) == note.birth
        else:
            same = abs(process.create_time() - note.pid_started) < SAME_START_SECONDS
    except (psutil.Error, ValueError, OverflowError):
        return None
    return process if same else None


def zombie(process: psutil.Process) -> bool:
    """Whether a process is gone but for its exit status."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
