"""Engine processes: the command line they get, starting them detached, and those that never began."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from etl_batch.config import RunConfig, machine_cores
from etl_batch.errors import OutputFailed
from etl_batch.model import RunStatus
from etl_batch.runs.processes import process
from etl_batch.runs.record.directory import RunDirectory
from tests.unit.runs.stand_in import config_for, wait_for


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["--no-parquet"]),
        ({"output_parquet": Path("/h/output/out.parquet")}, ["-p", "/h/output/out.parquet"]),
        ({"inputs": ("a.csv", "-b.csv")}, ["-i", "a.csv", "-i", "./-b.csv"]),
        ({"sample_frac": 0.25, "chunk_bytes": 99}, ["--chunk-bytes", "99", "--sample-frac", "0.25"]),
        ({"layout": "default", "stratum": "product", "measures": ("value", "-x")},
         ["--layout", "default", "--stratum", "product", "--measure", "value", "--measure=-x"]),
        ({"max_rejects": 0, "max_size_gb": 1.5, "timeout": 5.0}, ["--max-size-gb", "1.5", "--timeout", "5.0"]),
        ({"force_text_fallback": True, "seed": 7}, ["--seed", "7", "--force-text-fallback"]),
        ({"report": Path("/h/report/x.html"), "cluster": "tcp://h:1", "struct_config": Path("/h/l.json")},
         ["--struct-config", "/h/l.json", "--report", "/h/report/x.html", "--cluster", "tcp://h:1"]),
        ({"retries": 0, "max_rejects": 0}, ["--max-rejects", "0", "--retries", "0"]),
    ],
)  # fmt: skip
def test_the_command_line_says_what_differs(values, expected):
    """Flags appear for what is not the default, in a fixed order; values that look like flags are tied to theirs."""
    argv = process.config_to_argv(config_for(Path("/h"), **values))
    assert argv[0] == "run"
    left = [word for word in argv if word in expected]
    assert [word for word in expected if word in argv] == expected
    assert left == expected or set(left) == set(expected)


def test_every_field_of_a_configuration_has_a_flag():
    """A new field cannot be forgotten: each is a flag, or one of the few that are said in another way."""
    otherwise = {"inputs", "output_csv", "output_parquet", "measures", "force_text_fallback", "rerun_of"}
    assert {name for name, _flag in process.FLAGS} | otherwise == set(RunConfig.model_fields)


def test_workers_user_and_home_are_always_said():
    """What depends on the machine or the caller is written out even when it is the default."""
    argv = process.config_to_argv(config_for(Path("/h"), workers=machine_cores(), user="cli"))
    assert argv[argv.index("--workers") + 1] == str(machine_cores())
    assert argv[argv.index("--user") + 1] == "cli"
    assert argv[argv.index("--home") + 1] == "/h"


def test_an_engine_starts_detached(start, home, monkeypatch):
    """It leads a session of its own, has its run id, no core dumps, no secret of the console's, and a log."""
    monkeypatch.setenv("ETL_METRICS_TOKEN", "secret")
    run = start("polite")
    argv, session, pid, knows_secret = json.loads(run.file("argv.json").read_text())
    assert argv == [*process.config_to_argv(config_for(home)), "--quiet"]
    assert session == pid == run.progress()["pid"] == json.loads(run.file("launch.json").read_text())["pid"]
    assert not knows_secret
    assert "Max core file size        0                    0" in Path(f"/proc/{pid}/limits").read_text()
    wait_for(lambda: run.file("launch.log").read_text() == "ready\n")
    assert run.status() is RunStatus.RUNNING
    assert process.reconcile(home, "r1") is RunStatus.RUNNING
    assert len(process.run_processes(run)) == 3


def test_it_outlives_the_caller(home, engine, start, monkeypatch):
    """When the process that started it is killed, the run goes on and a new process can stop it."""
    monkeypatch.setenv("ENGINE_MODE", "polite")
    code = (
        "import os, sys; from pathlib import Path; from etl_batch.config import RunConfig;"
        "from etl_batch.runs.processes import process;"
        "home = Path(sys.argv[1]); config = RunConfig(inputs=('/x',), output_csv=home / 'output/out.csv', home=home);"
        "process.spawn(config, 'r1', engine=Path(sys.argv[2])); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(home), str(engine)], check=False)
    assert ended.returncode == -signal.SIGKILL
    run = RunDirectory(home, "r1")
    wait_for(lambda: run.progress() is not None)
    assert run.status() is RunStatus.RUNNING
    assert process.cancel(home, "r1").processes_left == 0
    assert run.status() is RunStatus.CANCELLED


@pytest.mark.parametrize(
    ("last_act", "said"),
    [("os.kill(os.getpid(), 9)", "was killed by SIGKILL before it had begun"), ("sys.exit(3)", "exit code 3")],
)
def test_a_launcher_that_dies_is_told_at_once(home, engine, tmp_path, monkeypatch, last_act, said):
    """Killed before it has noted who it is, as for want of memory: the caller hears so and no run seems to wait."""
    launcher = tmp_path / "launcher.py"
    launcher.write_text(f"import os, sys\n{last_act}\n")
    monkeypatch.setattr(process, "LAUNCHER", launcher)
    with pytest.raises(OutputFailed, match=said):
        process.spawn(config_for(home), "r1", engine=engine)


def test_how_an_engine_ended_is_written_down(start, home):
    """The one that started it waits for it, and its last word names the signal; nobody else has to look."""
    run = start("deaf")
    os.kill(run.progress()["pid"], signal.SIGKILL)
    wait_for(lambda: run.final() is not None)
    assert json.loads(run.file("exit.json").read_text()) == {"signal": signal.SIGKILL}
    assert "killed from outside by SIGKILL at the stage ingest" in run.metadata()["error"]["message"]
