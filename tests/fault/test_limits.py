"""Runs past a limit: each ends with its exit code and a sentence, nothing is published, and nothing is left."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from console import settings
from etl_batch.defaults import ENGINE
from etl_batch.limits import Limits, limits_file, to_json
from etl_batch.model import RunStatus
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.processes import spawning, tree, watchdog
from etl_batch.runs.record import ceilings
from etl_batch.runs.record.directory import RunDirectory
from tests.unit.runs.stand_in import ENGINE as STAND_IN
from tests.unit.runs.stand_in import config_for
from tests.waiting import until

OLD = b"an earlier output\n"


@pytest.fixture
def home(fresh):
    """A home with an input and an earlier output."""
    (fresh / "output" / "sales.csv").write_bytes(OLD)
    return fresh


def limit(home, **values: int) -> None:
    """What the console writes down for its engines, without the bounds of its form."""
    limits_file(home).parent.mkdir(mode=0o700, exist_ok=True)
    limits_file(home).write_text(json.dumps(to_json(Limits(**values))))


def is_as_before(home) -> bool:
    """The earlier output stands, and nothing unfinished stands beside it or in a run's directory."""
    beside = {path.name for path in (home / "output").iterdir()} - {"runs", ".sales.csv.lock", "audit.anchor"}
    left = [path.name for path in (home / "output" / "runs").rglob("*.tmp")]
    return beside == {"sales.csv"} and (home / "output" / "sales.csv").read_bytes() == OLD and left == []


@pytest.mark.parametrize(
    ("values", "code", "status", "kind", "said"),
    [
        ({"memory_bytes": 10**6}, 1, "failed", "worker_failed", r"GB of memory, more than the 0\.00 GB"),
        ({"output_bytes": 1000}, 5, "failed", "output_failed", "The outputs became"),
        ({"disk_left_bytes": 10**15}, 5, "failed", "output_failed", r"less than the 1e\+06 GB that a run leaves free"),
        ({"input_bytes": 10}, 3, "failed", "input_refused", "more than the 1e-08 GB that a run may read"),
    ],
    ids=["memory", "output", "disk", "input"],
)
def test_each_limit_ends_the_run(loaded_engine, home, values, code, status, kind, said):
    """Whichever door: the home's limits hold on the command line too."""
    limit(home, **values)
    words = ("-i", str(home / "data" / "sales.csv"), "-o", str(home / "output" / "sales.csv"), "--no-parquet")
    answer = loaded_engine.run(*words, "--home", str(home), "-w", "2", folder=home)
    assert answer.code == code, answer.err
    (run_id,) = run_ids(home)
    run = RunDirectory(home, run_id)
    record = run.metadata()
    assert (str(record.status), record.error.kind) == (status, kind)
    assert record.error.message in answer.err
    assert re.search(said, record.error.message)
    assert is_as_before(home)
    assert [use.name for use in ceilings.limits_of(run) if use.hit] == [next(iter(values)).partition("_")[0]]


BUSY = """
import os, sys, time
while time.process_time() < 1.2:
    pass
os.execv(sys.executable, [sys.executable, {engine!r}, *sys.argv[1:]])
"""
"""Has used CPU time before it becomes the engine, which inherits the count."""


def test_cpu_time_ends_a_launched_run(home, tmp_path):
    """What its processes have used since their start counts, whatever they did."""
    limit(home, cpu_seconds=1)
    (tmp_path / "busy.py").write_text(BUSY.format(engine=str(ENGINE)))
    record = launched(home, tmp_path / "busy.py").metadata()
    assert (record.status, record.error.kind) == (RunStatus.TIMED_OUT, "timed_out")
    assert "seconds of CPU time, more than the 1 that" in record.error.message
    assert is_as_before(home)


def launched(home, engine: Path = ENGINE) -> RunDirectory:
    """A run of the real engine that has ended, with no process left."""
    config = config_for(home, inputs=(str(home / "data" / "sales.csv"),), output_csv=home / "output" / "sales.csv")
    spawning.spawn(config.changed({"output_parquet": None}), "r1", engine=engine)
    run = RunDirectory(home, "r1")
    until(lambda: run.final() is not None and not tree.run_processes(run))
    return run


def test_within_its_limits_a_run_succeeds(home):
    """All of them set: the run ends in success and shows what it has used of each."""
    limit(
        home, memory_bytes=10**10, cpu_seconds=600, open_files=512, input_bytes=10**9, output_bytes=10**9,
        disk_left_bytes=1,
    )  # fmt: skip
    run = launched(home)
    assert run.final() is RunStatus.SUCCESS, run.metadata().error
    seen = {use.name: use for use in ceilings.limits_of(run)}
    assert set(seen) == set(ceilings.Ceiling)
    assert not any(use.hit for use in seen.values())
    assert all(use.used > 0 for name, use in seen.items() if name != "output")


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A stand-in that obeys nobody, with two children."""
    monkeypatch.setenv("ENGINE_MODE", "deaf")
    path = tmp_path / "engine.py"
    path.write_text(textwrap.dedent(STAND_IN))
    return path


def staged(home):
    """What the stand-in stages."""
    return home / "output" / ".out.csv.staged"


def test_the_watchdog_kills_what_takes_far_too_much(home, engine):
    """An engine that does not look at its memory: killed with its children, and its last word says why."""
    limit(home, memory_bytes=5 * 10**6)
    spawning.spawn(config_for(home), "r1", engine=engine)
    run = RunDirectory(home, "r1")
    until(lambda: run.final() is not None and not tree.run_processes(run))
    assert run.final() is RunStatus.FAILED
    assert re.search(r"GB of memory, more than the 0\.0\d GB", run.metadata().error.message)
    (use,) = [use for use in ceilings.limits_of(run) if use.hit]
    assert use.name == "memory"
    assert not staged(home).exists()


def test_the_watchdog_outlives_whoever_started_the_run(home, engine):
    """Nobody is left to write the last word: the watchdog does."""
    limit(home, memory_bytes=5 * 10**6)
    code = (
        "import os, sys; from pathlib import Path; from etl_batch.runs.processes import spawning;"
        "from tests.unit.runs.stand_in import config_for;"
        "spawning.spawn(config_for(Path(sys.argv[1])), 'r1', engine=Path(sys.argv[2])); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(home), str(engine)], check=False)
    assert ended.returncode == -signal.SIGKILL
    run = RunDirectory(home, "r1")
    until(lambda: (run.path / "metadata.json").exists() and not tree.run_processes(run))
    assert "GB of memory" in run.metadata().error.message
    assert not staged(home).exists()


def test_the_watchdog_gives_an_engine_time_to_stop_and_no_more(home, engine, monkeypatch):
    """Past its timeout and the patience, a hanging engine has timed out."""
    spawning.spawn(config_for(home), "r1", engine=engine)
    run = RunDirectory(home, "r1")
    until(lambda: run.progress() is not None)
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.01)
    ended = select.poll()
    ended.register(os.pidfd_open(run.launch().pid), select.POLLIN)
    told = json.loads(watchdog.limits_for(Limits(), 0.5))
    looks = []
    monkeypatch.setattr(watchdog, "OVERTIME_SECONDS", 1e9)
    real = watchdog._past_patience

    def patience(hit, past):
        looks.append([use.name for use in hit])
        if looks.count(["time"]) == 3:
            assert tree.run_processes(run)
            monkeypatch.setattr(watchdog, "OVERTIME_SECONDS", 0.0)
        return real(hit, past)

    monkeypatch.setattr(watchdog, "_past_patience", patience)
    watchdog.watch(run.path, told, ended, time.monotonic())
    until(lambda: run.final() is not None and not tree.run_processes(run))
    assert looks.count(["time"]) == 3
    assert run.final() is RunStatus.TIMED_OUT
    assert not staged(home).exists()


def test_a_run_that_has_ended_takes_its_watchdog_along(home):
    """No process of anybody is left that knows the run."""
    run = launched(home)
    assert run.final() is RunStatus.SUCCESS
    until(lambda: not watchdogs(run))


def watchdogs(run: RunDirectory) -> list[int]:
    """Processes that were started with the run's directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(run.path).encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def test_a_process_has_as_many_files_as_the_setting_says(home, tmp_path):
    """The launcher sets it for the engine and for all that comes of it."""
    settings.put(home, "run_open_files", 300)
    code = "import resource, sys; print(resource.getrlimit(resource.RLIMIT_NOFILE), flush=True)"
    (tmp_path / "engine.py").write_text(code)
    spawning.spawn(config_for(home), "r1", engine=tmp_path / "engine.py")
    run = RunDirectory(home, "r1")
    until(lambda: run.final() is not None)
    assert run.file("launch.log").read_text().startswith("(300, 300)\n")
