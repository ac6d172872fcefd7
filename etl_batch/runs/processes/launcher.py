"""The launcher between a door and the engine: notes who it is, sets limits, leaves a watchdog, becomes the engine.

Run by path: `python -P launcher.py RUN_DIRECTORY LIMITS DESCRIPTOR COMMAND...`; LIMITS is JSON with whole numbers of
which 0 means no limit. It keeps its process id when it becomes the command, so `launch.json` names the engine before
the engine has written anything, and a run can be found and stopped from its first moment. The note names the starter
too, which writes down how the engine ended. The descriptor is the end of a pipe that closes when the command has begun:
so the starter knows. The watchdog (`watchdog.py`) is a process that belongs to nobody: it outlives the starter.
"""

from __future__ import annotations

import json
import os
import resource
import select
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[3]
LONGEST_SLEEP_MILLISECONDS = 2**31 - 1


def main(arguments: list[str]) -> None:
    """Write `launch.json`, lower the limits, and replace this process by the command."""
    directory, limits, pipe, command = Path(arguments[0]), json.loads(arguments[1]), int(arguments[2]), arguments[3:]
    os.set_inheritable(pipe, False)
    staged = directory / f".launch.json.{os.getpid()}.tmp"
    note = {"pid": os.getpid(), "pid_started": psutil.Process().create_time(), "starter": os.getppid()}
    staged.write_text(json.dumps(note) + "\n")
    _leave_watchdog(directory, limits, pipe)
    _lower(resource.RLIMIT_CORE, 0)
    for kind, name in ((resource.RLIMIT_AS, "address_space_bytes"), (resource.RLIMIT_NOFILE, "open_files")):
        if limits[name]:
            _lower(kind, limits[name])
    staged.replace(directory / "launch.json")
    os.execv(command[0], command)  # noqa: S606  the command was built as a list by `spawn`


def _watch(directory: Path, limits: dict[str, float], engine: int) -> None:
    """Sleep until there is something to look at, without loading what looks takes."""
    started = time.monotonic()
    ended = select.poll()
    ended.register(engine, select.POLLIN)
    if not (limits["memory_bytes"] or limits["cpu_seconds"]) and ended.poll(
        min(limits["timeout"] * 1000, LONGEST_SLEEP_MILLISECONDS)
    ):
        return
    sys.path.insert(0, str(ROOT))
    from etl_batch.runs.processes.watchdog import watch

    watch(directory, limits, ended, started)


def _lower(kind: int, most: int) -> None:
    """Set a limit for this process and for whatever comes of it; one that is lower already stays."""
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _leave_watchdog(directory: Path, limits: dict[str, float], pipe: int) -> None:
    """Start the process that looks at the engine from outside; two forks, so that nobody has to wait for its end.

    A system that has no means for it, or no room, has none: the engine looks at its limits itself.
    """
    try:
        engine = os.pidfd_open(os.getpid())
        child = os.fork()
    except OSError:
        return
    if child:
        os.close(engine)
        os.waitpid(child, 0)
        return
    try:
        # A session of its own and none of the run's files: so it is no process of the run.
        os.setsid()
        if os.fork() == 0:
            os.close(pipe)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(nothing, stream)
            _watch(directory, limits, engine)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
