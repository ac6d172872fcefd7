"""The launcher between a door and the engine: notes who it is, sets resource limits, then becomes the engine.

Run by path: `python -P launcher.py RUN_DIRECTORY ADDRESS_SPACE_BYTES DESCRIPTOR COMMAND...`; 0 bytes mean no limit.
It keeps its process id when it becomes the command, so `launch.json` names the engine before the engine has written
anything, and a run can be found and stopped from its first moment. The note names the starter too, which writes down
how the engine ended. The descriptor is the end of a pipe that closes when the command has begun: so the starter knows.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

import psutil


def main(arguments: list[str]) -> None:
    """Write `launch.json`, lower the limits, and replace this process by the command."""
    directory, address_space, pipe, command = Path(arguments[0]), int(arguments[1]), int(arguments[2]), arguments[3:]
    os.set_inheritable(pipe, False)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if address_space:
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    staged = directory / f".launch.json.{os.getpid()}.tmp"
    note = {"pid": os.getpid(), "pid_started": psutil.Process().create_time(), "starter": os.getppid()}
    staged.write_text(json.dumps(note) + "\n")
    staged.replace(directory / "launch.json")
    os.execv(command[0], command)  # noqa: S606  the command was built as a list by `spawn`


if __name__ == "__main__":
    main(sys.argv[1:])
