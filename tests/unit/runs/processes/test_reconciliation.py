"""What became of a run: none that was killed seems to go on, and none that is over, or goes on, is called crashed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from etl_batch.model import RunStatus
from etl_batch.runs.processes import identity, reconciliation, tree
from etl_batch.runs.processes.reconciliation import reconcile, reconcile_all, silence, unfinished
from etl_batch.runs.record.directory import RunDirectory
from tests.records import json_of
from tests.unit.runs.stand_in import config_for
from tests.waiting import until

GONE = {"pid": 2**22 - 1, "pid_started": 1.0, "stage": "ingest", "rows_written": 5}
"""The note of a process that does not exist."""


def moment(**ago: float) -> str:
    """An RFC 3339 moment in the past."""
    return (datetime.now(UTC) - timedelta(**ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def killed_run(home, run_id="r1", **progress) -> RunDirectory:
    """A run whose engine is gone without a word."""
    run = RunDirectory(home, run_id).create()
    run.write("config.json", config_for(home).to_json())
    run.write("progress.json", GONE | progress)
    return run


def test_orphaned_workers_are_found_and_killed(start, home):
    """Workers that outlived their engine are still the run's, by their session."""
    run = start("deaf")
    workers = [one for one in tree.run_processes(run) if one.pid != run.progress().pid]
    os.kill(run.progress().pid, signal.SIGKILL)
    until(lambda: run.final() is not None)
    assert len(workers) == 2
    assert tree.living(workers) == []
    assert run.status() is RunStatus.FAILED


def test_a_whole_group_killed_is_reported(start, home):
    """kill -9 of the engine and all its workers at once leaves a failed run that says so, and its staged files."""
    run = start("deaf")
    os.killpg(run.progress().pid, signal.SIGKILL)
    until(lambda: run.final() is not None)
    error = run.metadata().error
    assert error.kind == "killed"
    assert "killed from outside by SIGKILL" in error.message
    assert "earlier outputs stand" in error.message
    assert (home / "output" / ".out.csv.r1.tmp").exists()
    assert tree.run_processes(run) == []


def test_an_engine_that_never_began_is_quoted(start, home):
    """The last line of its output tells why it went."""
    run = start("broken")
    until(lambda: run.final() is not None)
    message = run.metadata().error.message
    assert "exit code 2" in message
    assert "no such flag: --colour" in message


def test_a_run_of_the_command_line_is_reconciled_too(home):
    """Nobody waits for its engine and no `launch.json` names it: its progress alone tells that it is gone."""
    run = killed_run(home)
    assert reconcile_all(home) == {"r1": RunStatus.FAILED}
    assert "killed from outside, or by the system for want of memory" in run.metadata().error.message
    assert reconcile_all(home) == {}


def test_want_of_memory_is_named(home, monkeypatch):
    """When the kernel has ended processes for want of memory since the run began, that is the likely reason."""
    run = killed_run(home, oom_kills=3)
    monkeypatch.setattr(reconciliation, "oom_kills", lambda: 4)
    assert reconcile(home, "r1") is RunStatus.FAILED
    assert "most likely because the machine ran out of memory" in run.metadata().error.message


def test_a_run_that_ends_while_it_is_looked_at_is_a_success(home, monkeypatch):
    """The engine writes its last word and is gone between two looks: the word counts."""
    run = killed_run(home)
    alive = RunDirectory.alive

    def dies_after_its_last_word(self):
        self.write("metadata.json", {"status": "success"})
        return alive(self)

    monkeypatch.setattr(RunDirectory, "alive", dies_after_its_last_word)
    assert run.status() is RunStatus.SUCCESS
    run.file("metadata.json").unlink()
    assert reconcile(home, "r1") is RunStatus.SUCCESS
    assert json_of(run) == {"status": "success"}


def test_many_runs_that_end_are_never_called_crashed(home):
    """Processes that note themselves, write their last word and exit at once, watched all the while."""
    code = (
        "import sys; from dataclasses import asdict; from pathlib import Path;"
        "from etl_batch.runs.processes import identity;"
        "from etl_batch.runs.record.directory import RunDirectory;"
        "run = RunDirectory(Path(sys.argv[1]), sys.argv[2]).create();"
        "run.write('progress.json', asdict(identity.note_of_self()));"
        "run.write('metadata.json', {'status': 'success'})"
    )
    names = [f"r{number}" for number in range(12)]
    over, seen = threading.Event(), set()

    def watch():
        while not over.is_set():
            seen.update(reconcile_all(home).values())
            seen.update(RunDirectory(home, name).status() for name in names)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for name in names:
            subprocess.run([sys.executable, "-c", code, str(home), name], check=True)
    finally:
        over.set()
        watcher.join()
    assert RunStatus.FAILED not in seen
    assert {RunDirectory(home, name).status() for name in names} == {RunStatus.SUCCESS}


def test_a_clock_that_is_set_kills_nobody(home):
    """The start time moves with the clock; the kernel's own count of it does not."""
    run = RunDirectory(home, "r1").create()
    note = asdict(identity.note_of_self())
    run.write("progress.json", note | {"pid_started": note["pid_started"] + 3600})
    assert reconcile(home, "r1") is RunStatus.RUNNING
    run.write("progress.json", note | {"birth": "1"})
    assert reconcile(home, "r1") is RunStatus.FAILED


@pytest.mark.parametrize(
    ("age", "status"), [(5, RunStatus.RUNNING), (120, RunStatus.FAILED), (-30 * 86_400, RunStatus.FAILED)]
)
def test_a_run_of_another_machine_is_judged_by_its_heartbeat(home, age, status):
    """In another container, or on another host over the same home, process numbers mean nothing here."""
    run = killed_run(home, machine="elsewhere boot pid:[1]", updated_at=moment(seconds=age))
    assert reconcile(home, "r1") is status
    assert run.status() is status
    if status.final:
        assert "on the machine elsewhere has given no sign of life since" in run.metadata().error.message


def test_a_restart_of_the_machine_is_named(home):
    """The same machine after another boot: the engine cannot have survived, however fresh its heartbeat is."""
    name, _boot, namespace = identity.machine()
    run = killed_run(home, machine=f"{name} another-boot {namespace}", updated_at=moment(seconds=1))
    assert reconcile(home, "r1") is RunStatus.FAILED
    assert "started anew" in run.metadata().error.message


def test_who_stops_a_run_has_the_last_word(home):
    """While a canceller is at work a dead engine is not called crashed."""
    run = killed_run(home)
    with run.verdict(wait=True):
        assert reconcile(home, "r1") is RunStatus.RUNNING
        assert run.status() is RunStatus.RUNNING
    assert run.status() is RunStatus.FAILED
    assert reconcile(home, "r1") is RunStatus.FAILED


@pytest.mark.parametrize("ahead", [False, True])
def test_waiting_runs_wait_and_cut_off_ones_do_not(home, ahead):
    """A configuration without a process is a job of a console's queue; an old empty directory is nobody's.

    So is one of the future, which was made before the clock was set back.
    """
    (home / ".secrets").mkdir(exist_ok=True)
    (home / ".secrets" / "console.db").touch()
    waiting = RunDirectory(home, "r1").create()
    waiting.write("config.json", config_for(home).to_json())
    empty = RunDirectory(home, "r2").create()
    assert reconcile_all(home) == {"r1": RunStatus.QUEUED, "r2": RunStatus.QUEUED}
    moment = time.time() + 30 * 86_400 if ahead else 0
    for run in (waiting, empty):
        os.utime(run.path, (moment, moment))
    assert reconcile_all(home) == {"r1": RunStatus.QUEUED, "r2": RunStatus.FAILED}
    assert "cut off before it had begun" in empty.metadata().error.message


@pytest.mark.parametrize("seconds", [30, -30 * 86_400])
def test_an_engine_that_does_not_respond_is_told_and_not_failed(start, home, seconds):
    """Its process lives and its heart does not beat: since when, and that a signal halted it, the clock set or not."""
    run = start("deaf")
    assert silence(run) is None
    since = moment(seconds=seconds)
    run.write("progress.json", json_of(run, "progress.json") | {"updated_at": since})
    assert silence(run) == reconciliation.Silence(since, paused=False)
    engine = run.engine()
    engine.suspend()
    until(lambda: engine.status() == psutil.STATUS_STOPPED)
    assert silence(run) == reconciliation.Silence(since, paused=True)
    assert reconcile(home, "r1") is RunStatus.RUNNING
    run.write("progress.json", json_of(run, "progress.json") | {"updated_at": moment(seconds=1)})
    assert silence(run) is None


def test_finished_runs_are_not_read_again(home, monkeypatch):
    """The second look at a home reads no metadata of runs that are over, and sees new and removed runs."""
    for number in range(50):
        RunDirectory(home, f"r{number:02}").create().write("metadata.json", {"run_id": "x", "status": "success"})
    killed_run(home, "s1")
    assert reconcile_all(home) == {"s1": RunStatus.FAILED}
    looks = []
    over = reconciliation._over
    monkeypatch.setattr(reconciliation, "_over", lambda path: looks.append(path.parent.name) or over(path))
    assert unfinished(home) == []
    assert set(looks) <= {"s1"}
    looks.clear()
    killed_run(home, "s2")
    assert unfinished(home) == ["s2"]
    assert looks == ["s2"]


def test_a_home_without_runs_has_none(tmp_path):
    """Before the first run there is nothing to look after; stray files are no runs."""
    assert reconcile_all(tmp_path) == {}
    (tmp_path / "output" / "runs" / ".commit").mkdir(parents=True)
    (tmp_path / "output" / "runs" / "note.txt").touch()
    assert reconcile_all(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "[1]", "not json", json.dumps({"pad": "x" * 600, "status": "running"})])
def test_metadata_that_is_not_whole_is_no_final_word(home, text):
    """A run with such a file is looked after like any other."""
    run = killed_run(home)
    run.file("metadata.json").write_text(text)
    assert unfinished(home) == ["r1"]
    assert reconcile_all(home) == {"r1": RunStatus.FAILED}
