"""Standard streams that are closed, full or without a reader: a run goes on, and its exit code says how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from etl_batch.defaults import ENGINE
from tests.fault.test_killed_runs import big, last_run, start
from tests.integration.engine.conftest import Home, home, write
from tests.waiting import PATIENCE_SECONDS

__all__ = ["big", "home", "write"]
Write = Callable[[str, bytes | str], Path]


def shell(home: Home, streams: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The engine under a shell that does this to its streams first; what it says on the third one is ours to read."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, str(ENGINE), *map(str, arguments)],
        env={**os.environ, "ETL_HOME": str(home.path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.mark.parametrize("flags", [[], ["--json"], ["--quiet"]])
@pytest.mark.parametrize("streams", ["<&- >&- 2>&-", ">&-", "2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1"])
def test_a_run_that_cannot_say_what_it_does(home: Home, write: Write, streams: str, flags: list[str]) -> None:
    """It succeeds, and no file that it opens takes the place of a stream that is closed."""
    path = write("a.csv", "a,b\n1,2\n")
    done = shell(home, streams, "-i", path, "-o", home.output / "x.csv", *flags)
    assert (done.returncode, "Traceback" in done.stderr, "Exception" in done.stderr) == (0, False, False), done.stderr
    assert home.csv() == b"a,b\n1,2\n"
    assert last_run(home)["status"] == "success"
    assert ("could not be printed" in done.stderr) == (streams == ">/dev/full" and "--json" in flags)
    assert home.etl("audit", "verify").code == 0


def test_a_refusal_that_cannot_be_said(home: Home) -> None:
    """The exit code still says it."""
    done = shell(home, ">/dev/full 2>&1", "-i", home.data / "none.csv", "-o", home.output / "x.csv", "--json")
    assert done.returncode == 3


def test_a_run_whose_reader_goes_away(home: Home, write: Write) -> None:
    """A pipe that nobody reads any more ends no run."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, str(ENGINE), "-i", str(write("a.csv", "a,b\n1,2\n")), "-o", str(home.output / "x.csv")]
    environment = {**os.environ, "ETL_HOME": str(home.path)}
    code = subprocess.run(command, env=environment, stdout=writer, stderr=writer, check=False).returncode
    os.close(writer)
    assert (code, home.csv()) == (0, b"a,b\n1,2\n")


def test_an_answer_that_cannot_be_said(home: Home) -> None:
    """Where what is printed is all there is, it is exit 5, and one sentence."""
    for flags in (["--json"], []):
        done = shell(home, ">/dev/full", "runs", "list", *flags)
        assert (done.returncode, done.stderr.count("\n")) == (5, 1), done.stderr
        assert done.stderr.startswith("etl: /dev/full: No space left on device.")


def test_the_quiet_say_errors_alone(home: Home, write: Write) -> None:
    """A success says nothing at all, and with JSON that alone; a failure is one line, and its exit code the same."""
    path, output = write("a.csv", "a,b\n1,2\n"), home.output / "x.csv"
    silent = home.etl("-i", path, "-o", output, "--quiet")
    assert (silent.code, silent.out, silent.err) == (0, "", "")
    told = home.etl("-i", path, "-o", output, "--quiet", "--json")
    assert (told.code, told.json["status"], told.out.count("\n"), told.err) == (0, "success", 1, "")
    failed = home.etl("-i", home.data / "none.csv", "-o", output, "--quiet")
    assert (failed.code, failed.out, failed.err.count("\n")) == (3, "", 1)
    assert "none.csv" in failed.err
    replayed = home.etl("replay", told.json["run_id"], "--quiet")
    assert (replayed.code, replayed.out, replayed.err.count("\n")) == (2, "", 1)
    assert home.etl("-i", path, "-o", output).out.count("\n") > 5


def test_a_run_outlives_its_terminal(home: Home, big: Path) -> None:
    """Started with `nohup` it does not hear that the terminal hangs up, in the middle of its pass either."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what is started now has it so
    try:
        process = start(home, "-i", big, "-w", "2", "--chunk-bytes", 1_000_000, "--json")
    finally:
        signal.signal(signal.SIGHUP, before)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGCONT)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert json.loads(said)["status"] == "success"
