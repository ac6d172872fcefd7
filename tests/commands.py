"""The engine's command line, loaded once: each command is a process of its own, forked from one that has read the code.

An interpreter that starts and imports the engine takes as long as ten small runs. What is under test here is what a
command does, says and leaves; how the engine starts is tested where it is started (`tests/fault`, `test_launched.py`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl_batch.defaults import PROJECT_ROOT

LOADED = """
import json, os, sys, traceback

from etl_batch import etl_core
import etl_batch.cli.estimate, etl_batch.cli.run, etl_batch.cli.verbs


def command(request):
    # Its streams are files, as they are pipes elsewhere: nothing of the one who asked is inherited.
    for number, name in ((0, os.devnull), (1, request["out"]), (2, request["err"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv[1:] = request["arguments"]
    code = 1
    try:
        code = etl_core.main()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        command(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code, both streams, and its JSON."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        value: dict[str, Any] = json.loads(self.out)
        return value


class LoadedEngine:
    """Runs commands of the engine one after the other; `close` ends the process that they are forked from."""

    def __init__(self, folder: Path) -> None:
        self.out, self.err = folder / "out", folder / "err"
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOADED],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object, folder: Path, environment: Mapping[str, str] | None = None) -> Outcome:
        """One command, as a shell in that folder would start it."""
        request = {
            "arguments": [*map(str, arguments)],
            "folder": str(folder),
            "environment": {**os.environ, **(environment or {})},
            "out": str(self.out),
            "err": str(self.err),
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return Outcome(code, self.out.read_text(encoding="utf-8"), self.err.read_text(encoding="utf-8"))

    def close(self) -> None:
        """End it, at work on nothing, whoever else may hold its pipes."""
        self.process.kill()
        self.process.communicate()
