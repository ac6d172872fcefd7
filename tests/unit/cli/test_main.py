"""From arguments to an exit code: each error is one line, a bug too, and nothing else ends a command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etl_batch.cli import main as command
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import Busy, Cancelled, EtlError, InputRefused, OutputFailed, Tampered, TimedOut, TooManyRejects


@pytest.fixture(autouse=True)
def own_handlers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty home; the command listens to signals, and leaves the handlers of the tests as they were."""
    monkeypatch.setenv("ETL_HOME", str(tmp_path))
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes every verb end in an error."""

    def make(error: BaseException) -> None:
        def act(_parsed: object) -> int:
            raise error

        monkeypatch.setattr(command, "_action", lambda _verb: act)

    return make


@pytest.mark.parametrize("kind", [Busy, Cancelled, InputRefused, OutputFailed, Tampered, TimedOut, TooManyRejects])
def test_an_error_is_a_line_and_its_exit_code(ending, capsys: pytest.CaptureFixture[str], kind: type[EtlError]) -> None:
    """With `--json` the same stands on stdout as an object."""
    ending(kind("It went wrong; do it otherwise."))
    assert command.main(["runs", "list"]) == kind.exit_code
    assert capsys.readouterr() == ("", "etl: It went wrong; do it otherwise.\n")
    assert command.main(["runs", "list", "--json"]) == kind.exit_code
    said = json.loads(capsys.readouterr().out)
    assert said["exit_code"] == kind.exit_code
    assert said["error"] == {"kind": kind.kind, "message": "It went wrong; do it otherwise."}


def test_a_mistake_in_the_arguments_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The grammar's own complaints leave by the same door."""
    assert command.main(["--colour"]) == 2
    assert capsys.readouterr().err.startswith("etl: ")


def test_a_bug_is_one_line(ending, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1 without a traceback, which `ETL_DEBUG` asks for."""
    ending(ZeroDivisionError("by nought"))
    assert command.main(["runs", "list"]) == 1
    assert capsys.readouterr().err == "etl: internal error: ZeroDivisionError: by nought\n"
    monkeypatch.setenv("ETL_DEBUG", "1")
    assert command.main(["runs", "list"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_and_a_reader_that_has_gone(ending, capfd: pytest.CaptureFixture[str], monkeypatch) -> None:
    """Ctrl-C outside a run is a cancellation; a closed pipe is nobody's mistake."""
    ending(KeyboardInterrupt())
    assert command.main(["runs", "list"]) == 7
    assert capfd.readouterr().err == "Stopped.\n"
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        monkeypatch.setattr("sys.stdout", gone)
        ending(BrokenPipeError())
        assert command.main(["runs", "list"]) == 0
        gone.write("nobody reads this")


@pytest.mark.parametrize("verb", ["run", "detect", "estimate", "runs", "layouts", "audit", "schedule", "launched"])
def test_every_verb_has_an_action(verb: str) -> None:
    """What the grammar knows can be done."""
    assert callable(command._action(verb))


def test_a_verb_does_its_work(capsys: pytest.CaptureFixture[str]) -> None:
    """Arguments given to the function, and those of the process, reach the verb; its answer is the exit code."""
    assert command.main(["runs", "list"]) == 0
    assert capsys.readouterr().out == "No runs yet.\n"
    assert command.main(["runs", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": []}
    assert command.main(["audit", "verify"]) == 0


def test_a_run_loads_nothing_that_it_may_not_need() -> None:
    """The progress bar, the other verbs and Numba take longer to load than a small run takes to do its work."""
    code = "import sys, etl_batch.cli.run; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=True, capture_output=True, text=True)
    unwanted = {"tqdm", "numba", "duckdb", "numpy.polynomial", "etl_batch.cli.verbs", "etl_batch.retention"}
    assert unwanted & set(loaded.stdout.split()) == set()
