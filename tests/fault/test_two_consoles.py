"""A second console on a home ends before it touches anything, and one that was killed is in nobody's way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console import unfinished
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.runs.processes import ownership
from tests.waiting import PATIENCE_SECONDS, until

APP = [sys.executable, "app.py"]
STREAMLIT = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"]


def start(command: list[str], home: Path) -> subprocess.Popen[str]:
    """A console as a process."""
    environment = {**os.environ, "ETL_HOME": str(home), "PORT": "0"}
    return subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def state_of(home: Path) -> dict[str, tuple[int, int]]:
    """Every file but those that a living console writes on its own, with its time and size."""
    found = {path: path.lstat() for path in home.rglob("*") if path.is_file() and ".secrets" not in path.parts}
    return {str(path.relative_to(home)): (each.st_mtime_ns, each.st_size) for path, each in found.items()}


@pytest.fixture
def first(fresh):
    """A console that serves, with an upload under way."""
    process = start(APP, fresh)
    assert "Quantum ETL console: http://127.0.0.1:" in process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("command", [APP, STREAMLIT], ids=["python app.py", "streamlit run"])
def test_the_second_says_who_is_there_and_changes_nothing(fresh, first, command):
    """One sentence, exit code 2; uploads that are under way stay, and no setup link replaces the first one's."""
    with unfinished.begin(fresh / "data") as upload:
        before = state_of(fresh)
        second = start(command, fresh)
        out, err = second.communicate(timeout=PATIENCE_SECONDS)
        assert second.returncode == 2
        told = [line for line in err.splitlines() if str(fresh) in line]
        assert len(told) == 1
        assert f"(process {first.pid} on " in told[0]
        assert "Quantum ETL console" not in out
        assert "setup?token" not in out
        assert "Traceback" not in err
        assert state_of(fresh) == before
        assert upload.path.exists()


def test_a_killed_console_is_in_nobodys_way(fresh, first):
    """After kill -9 the next one serves at once, and sweeps what the dead one was receiving."""
    left = fresh / "data" / ".upload-of-the-dead.part"
    left.write_bytes(b"half")
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start(APP, fresh)
    try:
        assert "Quantum ETL console: http://127.0.0.1:" in second.stdout.readline()
        until(lambda: ownership.owner(fresh).pid == second.pid)
        assert not left.exists()
    finally:
        second.kill()
        second.communicate()


def test_of_many_that_start_at_once_one_serves(fresh):
    """The lock decides, and not who looked first."""
    started = [start(APP, fresh) for _ in range(3)]
    try:
        until(lambda: sum(each.poll() is not None for each in started) == len(started) - 1)
        (serving,) = [each for each in started if each.poll() is None]
        until(lambda: getattr(ownership.owner(fresh), "pid", 0) == serving.pid)
        assert [each.returncode for each in started if each is not serving] == [2, 2]
    finally:
        for each in started:
            each.kill()
            each.communicate()
