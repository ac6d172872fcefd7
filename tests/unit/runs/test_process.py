"""Engine processes: the command line they get, starting them detached, stopping the whole tree, finding the dead."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from etl_batch.config import RunConfig, machine_cores
from etl_batch.model import RunStatus
from etl_batch.runs import process
from etl_batch.runs.directory import RunDirectory

ENGINE = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
import psutil

run = Path(os.environ["ETL_HOME_UNDER_TEST"], "output", "runs", os.environ["ETL_RUN_ID"])
mode = os.environ["ENGINE_MODE"]
(run / "argv.json").write_text(json.dumps([sys.argv[1:], os.getsid(0), os.getpid(), "ETL_METRICS_TOKEN" in os.environ]))
if mode == "broken":
    print("no such flag: --colour", file=sys.stderr)
    sys.exit(2)
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
children = [subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) for _ in range(2)]
for child in children:
    child.stdout.readline()
staged = run.parent.parent / ".out.csv.staged"
staged.write_text("half")

def stop(*_):
    for child in children:
        child.kill()
    staged.unlink()
    (run / "metadata.json").write_text(json.dumps({"status": "cancelled", "by": "engine"}))
    sys.exit(7)

signal.signal(signal.SIGTERM, stop if mode == "polite" else signal.SIG_IGN)
progress = {"run_id": run.name, "pid": os.getpid(), "pid_started": psutil.Process().create_time(), "status": "running",
            "rows_written": 5, "rejected": 2, "staged": [str(staged), "/etc/passwd", str(staged.with_name("out.csv"))]}
temporary = run / "p.tmp"
temporary.write_text(json.dumps(progress))
temporary.replace(run / "progress.json")
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with an output of an earlier run."""
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "out.csv").write_text("an earlier output")
    monkeypatch.setenv("ETL_HOME_UNDER_TEST", str(tmp_path))
    return tmp_path


@pytest.fixture
def engine(tmp_path):
    """A script that behaves as the engine does: workers, progress, a staged file, SIGTERM."""
    path = tmp_path / "engine.py"
    path.write_text(textwrap.dedent(ENGINE))
    return path


def config_for(home: Path, **values) -> RunConfig:
    """A small configuration; the fields under test on top."""
    given = {"inputs": ("/in.csv",), "output_csv": home / "output" / "out.csv", "home": home, "workers": 2}
    return RunConfig(**given | values)


@pytest.fixture
def start(home, engine, monkeypatch):
    """Starts an engine in a mode, waits until it is at work, and sees to it that nothing of it is left behind."""
    started: list[int] = []

    def start_engine(mode: str, run_id: str = "r1") -> RunDirectory:
        monkeypatch.setenv("ENGINE_MODE", mode)
        run = RunDirectory(home, run_id).create()
        run.write("config.json", config_for(home).to_json())
        started.append(process.spawn(config_for(home), run_id, engine=engine))
        wait_for(lambda: run.progress() is not None or mode == "broken")
        return run

    yield start_engine
    for pid in started:
        for left in psutil.process_iter():
            try:
                if os.getsid(left.pid) == pid:
                    left.kill()
            except (OSError, psutil.Error):
                continue


def wait_for(condition) -> None:
    """Poll until a condition of another process holds; pytest's own timeout ends a wait in vain."""
    while not condition():
        os.sched_yield()


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
        "from etl_batch.runs import process;"
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


def test_a_polite_engine_cleans_up_itself(start, home):
    """SIGTERM alone ends it; its own last word stays, its staged file is gone, the earlier output is untouched."""
    run = start("polite")
    report = process.cancel(home, "r1")
    assert report == process.CancelReport(True, 0, [str(home / "output" / ".out.csv.staged")], True)
    assert run.metadata() == {"status": "cancelled", "by": "engine"}
    assert (home / "output" / "out.csv").read_text() == "an earlier output"


def test_a_deaf_engine_is_killed_with_its_tree(start, home):
    """What ignores SIGTERM is killed with its workers; the caller removes what was staged and writes the last word."""
    run = start("deaf")
    processes = process.run_processes(run)
    report = process.cancel(home, "r1", grace_seconds=0.2)
    assert report == process.CancelReport(True, 0, [str(home / "output" / ".out.csv.staged")], True)
    assert not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    metadata = run.metadata()
    assert (metadata["status"], metadata["error"]["kind"]) == ("cancelled", "cancelled")
    assert metadata["counts"] == {"records_in": 7, "written": 5, "rejected": 2, "skipped": 0}
    assert Path("/etc/passwd").exists()
    assert (home / "output" / "out.csv").read_text() == "an earlier output"


def test_orphaned_workers_are_found_and_killed(start, home):
    """Workers that outlived their engine are still the run's, by their session."""
    run = start("deaf")
    os.kill(run.progress()["pid"], signal.SIGKILL)
    wait_for(lambda: process.engine_process(run) is None)
    assert len(process.run_processes(run)) == 2
    assert process.reconcile(home, "r1") is RunStatus.FAILED
    assert process.run_processes(run) == []


def test_a_killed_engine_is_reported_as_killed(start, home):
    """Without a final word and without a process a run is failed, and what `resume` needs stays."""
    run = start("deaf")
    os.kill(run.progress()["pid"], signal.SIGKILL)
    wait_for(lambda: process.engine_process(run) is None)
    assert process.reconcile(home, "r1") is RunStatus.FAILED
    error = run.metadata()["error"]
    assert error["kind"] == "killed"
    assert "resume r1" in error["message"]
    assert (home / "output" / ".out.csv.staged").exists()


def test_an_engine_that_never_began_is_quoted(start, home):
    """The last line of its output tells why it went."""
    run = start("broken")
    wait_for(lambda: process.engine_process(run) is None)
    assert process.reconcile(home, "r1") is RunStatus.FAILED
    assert "no such flag: --colour" in run.metadata()["error"]["message"]


def test_an_output_changed_on_the_way_is_told(start, home, monkeypatch):
    """When an output is another file after the stop than before, the report does not call it intact."""
    start("deaf")
    kill = process._kill

    def kill_and_publish(*arguments):
        left = kill(*arguments)
        (home / "output" / "out.csv").write_text("half of a new output, and longer")
        return left

    monkeypatch.setattr(process, "_kill", kill_and_publish)
    assert not process.cancel(home, "r1", grace_seconds=0.1).outputs_intact


@pytest.mark.parametrize("status", ["success", "failed", "cancelled"])
def test_what_is_over_is_left_alone(home, status):
    """Cancelling a finished run signals nobody and changes nothing."""
    run = RunDirectory(home, "r1").create()
    run.write("metadata.json", {"status": status})
    assert process.cancel(home, "r1") == process.CancelReport(False, 0, [], True)
    assert run.metadata() == {"status": status}


def test_a_run_that_never_started_can_be_cancelled(home):
    """A waiting run gets its last word without a process."""
    run = RunDirectory(home, "r1").create()
    run.write("config.json", config_for(home).to_json())
    assert process.reconcile(home, "r1") is RunStatus.QUEUED
    assert process.cancel(home, "r1") == process.CancelReport(False, 0, [], True)
    assert run.status() is RunStatus.CANCELLED


def test_somebody_elses_process_is_safe(home):
    """A process number that was given to another process since is neither found nor stopped."""
    run = RunDirectory(home, "r1").create()
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as other:
        run.write("progress.json", {"pid": other.pid, "pid_started": 12345.0, "staged": []})
        run.write("launch.json", {"pid": other.pid, "pid_started": 12345.0})
        assert process.run_processes(run) == []
        assert process.cancel(home, "r1", grace_seconds=0.1).signalled is False
        assert other.poll() is None
        other.stdin.close()
