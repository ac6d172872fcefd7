"""A console as an attacker meets it: a process with few descriptors, its log in a file, on a port of this machine."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from etl_batch.defaults import PROJECT_ROOT
from tests.unit.console.conftest import _cheap_hashes, home, people
from tests.waiting import PATIENCE_SECONDS, until

__all__ = ["_cheap_hashes", "home", "people"]
DESCRIPTORS = 256
WAYS = {
    "python": [sys.executable, "app.py"],
    "streamlit": [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"],
}


@dataclass
class Attacked:
    """A console that is attacked: its home, its port, its log and its process."""

    home: Path
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def connect(self, sent: bytes = b"") -> socket.socket:
        """A connection over which so much was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)
        connection.sendall(sent)
        return connection

    def health(self) -> httpx.Response:
        """What the health check says, over a connection of its own."""
        return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=PATIENCE_SECONDS)

    def descriptors(self) -> int:
        """How many files the process has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def end(self) -> int:
        """Ask it to stop, as a service manager does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def attacked(folder: Path, way: str = "python") -> Attacked:
    """Start a console over a home."""
    log = folder / "console.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            WAYS[way],
            cwd=PROJECT_ROOT,
            env={**os.environ, "ETL_HOME": str(folder), "PORT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS)),
        )
    found: list[re.Match[bytes]] = []

    def says_where() -> bool:
        assert process.poll() is None, log.read_text()
        found.extend(re.finditer(rb"console: http://127\.0\.0\.1:(\d+)\n", log.read_bytes()))
        return bool(found)

    until(says_where)
    console = Attacked(folder, process, int(found[0][1]), log)
    assert console.health().status_code == 200
    return console


@pytest.fixture(scope="module", params=list(WAYS))
def console(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """A console, started in each of the two ways; attacks must leave it as it was."""
    running = attacked(tmp_path_factory.mktemp("attacked"), request.param)
    yield running
    running.process.kill()
    running.process.wait()
