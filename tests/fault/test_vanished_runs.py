"""Runs whose engine vanishes, from whichever door: each says so, and one that is stopped proves it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from etl_batch.config import RunConfig
from etl_batch.demo import write_sales_binary
from etl_batch.model import RunStatus
from etl_batch.runs.processes import cancellation, reconciliation, spawning, tree
from etl_batch.runs.record.directory import RunDirectory
from tests.fault.test_killed_runs import nothing_left, start
from tests.integration.engine.conftest import Home
from tests.waiting import PATIENCE_SECONDS, until


@pytest.fixture
def big(home: Home) -> Path:
    """An input that keeps two workers busy for a while, and outputs of an earlier run."""
    (home.data / "small.csv").write_text("a,b\n1,2\n")
    home.run("-i", home.data / "small.csv")
    path = home.data / "big.bin"
    write_sales_binary(path, 1_500_000, seed=1)
    return path


@pytest.fixture
def spawned(home: Home, big: Path) -> Iterator[RunDirectory]:
    """A run of the console's kind in the middle of its ingest; nothing of it is left behind."""
    outputs = {"output_csv": home.output / "x.csv", "output_parquet": home.output / "x.parquet"}
    config = RunConfig(inputs=(str(big),), home=home.path, workers=2, chunk_bytes=50_000, **outputs)
    run = RunDirectory(home.path, "20260101T000000Z-abcdef")
    spawning.spawn(config, run.run_id)
    until(lambda: (progress := run.progress()) and progress.chunks_done)
    yield run
    for left in tree.run_processes(run):
        left.kill()


def test_a_run_of_the_command_line_that_is_killed(home: Home, big: Path) -> None:
    """No console started it: the look over all runs finds it going on, then gone, and says why it is no success."""
    engine = start(home, "-i", big, "-w", 2, "--chunk-bytes", 100_000)
    (run_id,) = reconciliation.unfinished(home.path)
    assert reconciliation.reconcile_all(home.path) == {run_id: RunStatus.RUNNING}
    engine.kill()
    engine.communicate(timeout=PATIENCE_SECONDS)
    assert reconciliation.reconcile_all(home.path) == {run_id: RunStatus.FAILED}
    error = RunDirectory(home.path, run_id).metadata().error
    assert error.kind == "killed"
    assert reconciliation.reconcile_all(home.path) == {}


def test_the_command_line_tells_of_a_killed_run_by_itself(home: Home, big: Path) -> None:
    """Without any console the list of runs looks at the processes first, and the run has its reason from then on."""
    engine = start(home, "-i", big, "-w", 2, "--chunk-bytes", 100_000)
    engine.kill()
    engine.communicate(timeout=PATIENCE_SECONDS)
    newest = home.etl("runs", "list", "--json").json["runs"][0]
    assert newest["status"] == "failed"
    assert "killed from outside" in newest["error"]


@pytest.mark.parametrize("whole_group", [False, True])
def test_a_run_of_the_console_that_is_killed(home: Home, spawned: RunDirectory, whole_group: bool) -> None:
    """SIGKILL to the engine, or to it and all its workers: the last word names it, and no process is left."""
    engine = spawned.engine()
    assert engine is not None
    family = tree.run_processes(spawned)
    before = home.csv()
    os.killpg(engine.pid, signal.SIGKILL) if whole_group else engine.kill()
    until(spawned.final)
    message = spawned.metadata().error.message
    assert "killed from outside by SIGKILL at the stage ingest" in message
    assert len(family) >= 3
    assert psutil.wait_procs(family, timeout=PATIENCE_SECONDS)[1] == []
    assert home.csv() == before


def test_a_run_that_is_stopped_proves_it(home: Home, spawned: RunDirectory) -> None:
    """The real engine, asked to stop: no process, no staged file, and both earlier outputs as the run found them."""
    family, before = tree.run_processes(spawned), home.csv()
    report = cancellation.cancel(home.path, spawned.run_id, by="ada")
    assert (report.signalled, report.processes_left, report.outputs_intact) == (True, 0, True)
    assert report.processes == len(family) >= 3
    names = [f".{name}.{spawned.run_id}.tmp" for name in ("x.csv", "x.parquet")]
    assert [Path(name).name for name in report.removed][:2] == names
    fates = {Path(one.path).name: one.fate for one in report.outputs}
    assert fates == {"x.csv": cancellation.OutputFate.SAME, "x.parquet": cancellation.OutputFate.SAME}
    assert home.csv() == before
    assert [path.name for path in home.output.glob(".*.tmp")] == []
    assert spawned.status() is RunStatus.CANCELLED
    assert cancellation.cancel_report(spawned) == report


def test_a_whole_run_keeps_its_stages(home: Home, big: Path) -> None:
    """Each stage of a success has its beginning in the progress, in order, and its process can be told for good."""
    metadata = home.run("-i", big, "-w", 2)
    progress = RunDirectory(home.path, metadata["run_id"]).progress()
    assert list(progress.stages) == ["plan", "ingest", "finish", "analytics", "report", "done"]
    assert list(progress.stages.values()) == sorted(progress.stages.values())
    assert progress.birth.isdigit()
    assert set(progress.outputs_before) == {str(home.output / "x.csv"), str(home.output / "x.parquet")}


def test_a_run_whose_folder_is_removed(home: Home, big: Path) -> None:
    """Exit 5 in one sentence that says what was removed; the earlier outputs stand, and nothing staged is left."""
    previous = home.csv()
    process = start(home, "-i", big, "-w", "2", "--chunk-bytes", 1_000_000)
    (folder,) = [path for path in (home.output / "runs").iterdir() if (path / "turns.bin").exists()]
    shutil.rmtree(folder)
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, "Traceback" in err) == (5, False), err
    assert "removed while it ran" in err
    nothing_left(home, previous)
