"""Killed at any instant: workers, the engine, and the commit cut off between its renames."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from etl_batch import service
from etl_batch.config import RunConfig
from etl_batch.defaults import ENGINE
from etl_batch.demo import write_sales_binary
from etl_batch.files.commit import backups_of
from tests.commits import publish, roll_forward, staged_in
from tests.integration.engine.conftest import Home
from tests.support import copied
from tests.waiting import PATIENCE_SECONDS, until


def run_before(folder: Path) -> None:
    """An input that keeps two workers busy for a while, and outputs of an earlier run."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir(parents=True)
    (folder / "data" / "small.csv").write_text("a,b\n1,2\n")
    outputs = {"output_csv": folder / "output" / "x.csv", "output_parquet": folder / "output" / "x.parquet"}
    service.execute(RunConfig(inputs=(str(folder / "data" / "small.csv"),), home=folder, workers=1, **outputs))
    write_sales_binary(folder / "data" / "big.bin", 1_500_000, seed=1)


@pytest.fixture
def big(home: Home, made_once: Callable[[Callable[[Path], object]], Path]) -> Path:
    """That input in the home, beside those outputs."""
    return copied(made_once(run_before), home.path) / "data" / "big.bin"


def start(home: Home, *arguments: object) -> subprocess.Popen[str]:
    """The engine in the background, halted in the middle of its ingest, so that it does not end before its time."""
    command = [sys.executable, str(ENGINE), "-o", str(home.output / "x.csv"), "--quiet", *map(str, arguments)]
    process = subprocess.Popen(
        command,
        env={**os.environ, "ETL_HOME": str(home.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: process.poll() is not None or len(workers_of(process)) >= 2)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGSTOP)
    return process


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The engine's workers."""
    with contextlib.suppress(psutil.NoSuchProcess):
        engine = psutil.Process(process.pid)
        return [
            child for child in engine.children() if child.status() != "zombie" and child.cmdline() == engine.cmdline()
        ]
    return []


def last_run(home: Home) -> dict[str, object]:
    """Metadata of the newest run."""
    value: dict[str, object] = json.loads(sorted((home.output / "runs").glob("2*/metadata.json"))[-1].read_text())
    return value


def nothing_left(home: Home, previous: bytes) -> None:
    """The earlier outputs stand, and no temporary file does."""
    assert home.csv() == previous
    assert [path.name for path in home.output.iterdir() if path.name.endswith(".tmp")] == []


@pytest.mark.parametrize(
    ("number", "code", "status"), [(signal.SIGTERM, 7, "cancelled"), (signal.SIGINT, 7, "cancelled")]
)
def test_cancelled(home: Home, big: Path, number: signal.Signals, code: int, status: str) -> None:
    """SIGTERM and Ctrl-C: exit 7, no process left, temporary files gone, the earlier outputs intact."""
    previous = home.csv()
    process = start(home, "-i", big, "-w", 2, "--chunk-bytes", 100_000)
    family = workers_of(process)
    process.send_signal(number)
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == code, err
    assert "Traceback" not in err
    nothing_left(home, previous)
    assert last_run(home)["status"] == status
    assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in family)


SIGNAL_IN_A_START = """
import os, signal, sys, threading
real, name = threading.Thread.start, sys.argv.pop(1)
def start(thread):
    threading.Thread.start = real
    os.kill(os.getpid(), getattr(signal, name))
    real(thread)
threading.Thread.start = start
from etl_batch.cli.main import main
sys.exit(main())
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_cancelled_while_a_thread_of_the_pool_starts(home: Home, big: Path, name: str) -> None:
    """A signal that comes when the pool is half started cancels the run like any other."""
    previous = home.csv()
    arguments = ["-i", big, "-o", home.output / "x.csv", "-w", 2, "--quiet"]
    process = subprocess.run(
        [sys.executable, "-c", SIGNAL_IN_A_START, name, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ENGINE.parent.parent), "ETL_HOME": str(home.path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert process.returncode == 7, process.stderr
    assert process.stderr == f"etl: The run was stopped by {name}; nothing was published.\n"
    nothing_left(home, previous)
    assert last_run(home)["status"] == "cancelled"


def test_timed_out(home: Home, big: Path) -> None:
    """Past `--timeout` the run stops with exit 6 and publishes nothing."""
    previous = home.csv()
    outcome = home.etl("-i", big, "-o", home.output / "x.csv", "--timeout", 0.4, "--chunk-bytes", 50_000, "--quiet")
    assert outcome.code == 6, outcome.err
    nothing_left(home, previous)
    assert last_run(home)["status"] == "timed_out"


def test_a_killed_engine_leaves_the_old_outputs(home: Home, big: Path) -> None:
    """SIGKILL to the engine: the old outputs stand, the workers end, and the next run works."""
    previous = home.csv()
    process = start(home, "-i", big, "-w", 2, "--chunk-bytes", 100_000)
    family = workers_of(process)
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)
    _, alive = psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
    assert alive == []
    assert home.csv() == previous
    assert home.run("-i", big)["counts"]["written"] == 1_500_000


def test_two_runs_to_one_output(home: Home, big: Path) -> None:
    """The second run that wants an output in use is told so, with exit 8."""
    process = start(home, "-i", big, "-w", 2, "--chunk-bytes", 100_000)
    outcome = home.etl("-i", big, "-o", home.output / "x.csv", "--quiet")
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert outcome.code == 8
    assert "another run" in outcome.err


STOP_AFTER = """
import os, sys
from pathlib import Path
from tests.commits import publish, staged_in
calls = 0
def stopping(real):
    def call(*arguments, **keywords):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        return real(*arguments, **keywords)
    return call
folder = Path(sys.argv[1])
outputs = [staged_in(folder / name, "r", "new " + name) for name in ("x.csv", "x.parquet")]
for module, name in ((os, "fsync"), (os, "link"), (os, "rename"), (Path, "replace"), (Path, "unlink")):
    setattr(module, name, stopping(getattr(module, name)))
publish(outputs, folder / ".commit" / "r.json")
"""


@pytest.mark.parametrize("calls", range(1, 18))
def test_a_commit_cut_off_anywhere_is_whole(tmp_path: Path, calls: int) -> None:
    """Killed before any system call of a commit: each output is whole, and after the next start the pair agrees."""
    for name in ("x.csv", "x.parquet"):
        (tmp_path / name).write_text(f"old {name}")
    subprocess.run(
        [sys.executable, "-c", STOP_AFTER, str(tmp_path), str(calls)],
        check=False,
        env=os.environ | {"PYTHONPATH": str(ENGINE.parent.parent)},
    )
    assert all((tmp_path / name).read_text() in (f"old {name}", f"new {name}") for name in ("x.csv", "x.parquet"))
    roll_forward(tmp_path / ".commit")
    words = {(tmp_path / name).read_text().split()[0] for name in ("x.csv", "x.parquet")}
    assert len(words) == 1
    assert list((tmp_path / ".commit").glob("*.json")) == []
    if words == {"new"}:
        assert [backup.read_text() for backup in backups_of(tmp_path / "x.csv")] == ["old x.csv"]


def test_backups_are_kept_and_limited(tmp_path: Path) -> None:
    """Every replaced output leaves a backup; the oldest ones go."""
    for number in range(5):
        publish([staged_in(tmp_path / "x.csv", str(number), str(number))], tmp_path / ".commit" / f"{number}.json", 2)
    assert (tmp_path / "x.csv").read_text() == "4"
    assert [backup.read_text() for backup in backups_of(tmp_path / "x.csv")] == ["2", "3"]
