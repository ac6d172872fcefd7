"""Engine processes: starting them detached with their settings in a file, and those that never began."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from etl_batch.config import RunConfig
from etl_batch.errors import OutputFailed
from etl_batch.model import RunStatus
from etl_batch.runs.processes import cancellation, reconciliation, spawning, tree
from etl_batch.runs.record.directory import RunDirectory
from tests.unit.runs.stand_in import config_for
from tests.waiting import until


def test_an_engine_starts_detached(start, home, monkeypatch):
    """It leads a session of its own, has its run id, no core dumps, no secret of the console's, and a log."""
    monkeypatch.setenv("ETL_METRICS_TOKEN", "secret")
    run = start("polite")
    argv, session, pid, knows_secret = json.loads(run.file("argv.json").read_text())
    assert argv == ["launched", "r1", "--home", str(home)]
    assert RunConfig(**run.config().values) == config_for(home)
    assert session == pid == run.progress().pid == json.loads(run.file("launch.json").read_text())["pid"]
    assert not knows_secret
    assert "Max core file size        0                    0" in Path(f"/proc/{pid}/limits").read_text()
    until(lambda: run.file("launch.log").read_text() == "ready\n")
    assert run.status() is RunStatus.RUNNING
    assert reconciliation.reconcile(home, "r1") is RunStatus.RUNNING
    assert len(tree.run_processes(run)) == 3


def test_it_outlives_the_caller(home, engine, start, monkeypatch):
    """When the process that started it is killed, the run goes on and a new process can stop it."""
    monkeypatch.setenv("ENGINE_MODE", "polite")
    code = (
        "import os, sys; from pathlib import Path; from etl_batch.config import RunConfig;"
        "from etl_batch.runs.processes import spawning;"
        "home = Path(sys.argv[1]); config = RunConfig(inputs=('/x',), output_csv=home / 'output/out.csv', home=home);"
        "spawning.spawn(config, 'r1', engine=Path(sys.argv[2])); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(home), str(engine)], check=False)
    assert ended.returncode == -signal.SIGKILL
    run = RunDirectory(home, "r1")
    until(lambda: run.progress() is not None)
    assert run.status() is RunStatus.RUNNING
    assert cancellation.cancel(home, "r1").processes_left == 0
    assert run.status() is RunStatus.CANCELLED


@pytest.mark.parametrize(
    ("last_act", "said"),
    [("os.kill(os.getpid(), 9)", "was killed by SIGKILL before it had begun"), ("sys.exit(3)", "exit code 3")],
)
def test_a_launcher_that_dies_is_told_at_once(home, engine, tmp_path, monkeypatch, last_act, said):
    """Killed before it has noted who it is, as for want of memory: the caller hears so and no run seems to wait."""
    launcher = tmp_path / "launcher.py"
    launcher.write_text(f"import os, sys\n{last_act}\n")
    monkeypatch.setattr(spawning, "LAUNCHER", launcher)
    with pytest.raises(OutputFailed, match=said):
        spawning.spawn(config_for(home), "r1", engine=engine)


def test_how_an_engine_ended_is_written_down(start, home):
    """The one that started it waits for it, and its last word names the signal; nobody else has to look."""
    run = start("deaf")
    os.kill(run.progress().pid, signal.SIGKILL)
    until(lambda: run.final() is not None)
    assert json.loads(run.file("exit.json").read_text()) == {"signal": signal.SIGKILL}
    assert "killed from outside by SIGKILL at the stage ingest" in run.metadata().error.message
