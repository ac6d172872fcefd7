"""Stopping a run and proving it: the whole tree is gone, what was unfinished too, and the earlier outputs stand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from etl_batch.model import Counts, RunStatus
from etl_batch.runs.processes import cancellation, tree
from etl_batch.runs.processes.cancellation import OutputFate, OutputProof, cancel, cancel_report
from etl_batch.runs.record.directory import RunDirectory
from tests.records import json_of
from tests.unit.runs.stand_in import config_for


def test_a_polite_engine_cleans_up_itself(start, home):
    """SIGTERM alone ends it; its own last word stays, its staged file is gone, the earlier output is untouched."""
    run = start("polite")
    report = cancel(home, "r1", by="ada")
    assert (report.signalled, report.processes, report.processes_left) == (True, 3, 0)
    assert report.removed == [str(home / "output" / ".out.csv.r1.tmp")]
    assert report.outputs == (OutputProof(str(home / "output" / "out.csv"), OutputFate.SAME),)
    assert report.outputs_intact
    assert report.by == "ada"
    assert json_of(run) == {"status": "cancelled", "by": "engine"}
    assert (home / "output" / "out.csv").read_text() == "an earlier output"


def test_a_deaf_engine_is_killed_with_its_tree(start, home):
    """What ignores SIGTERM is killed with its workers; the caller removes what was staged and writes the last word."""
    run = start("deaf")
    processes = tree.run_processes(run)
    report = cancel(home, "r1", grace_seconds=0.2)
    assert (report.processes_left, report.removed) == (0, [str(home / "output" / ".out.csv.r1.tmp")])
    assert report.outputs_intact
    assert not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    record = run.metadata()
    assert (record.status, record.error.kind) == (RunStatus.CANCELLED, "cancelled")
    assert record.counts == Counts(records_in=7, written=5, rejected=2, skipped=0)
    assert Path("/etc/passwd").exists()
    assert (home / "output" / "out.csv").read_text() == "an earlier output"


def test_the_proof_is_kept_with_the_run(start, home):
    """Another process, or a browser that was opened since, reads the same report; a second stop returns it too."""
    run = start("deaf")
    report = cancel(home, "r1", grace_seconds=0.1, by="ada")
    assert cancel_report(run) == report
    assert cancel(home, "r1", by="eve") == report
    lines = [json.loads(line) for line in run.file("events.jsonl").read_text().splitlines()]
    assert [line["by"] for line in lines if line["event"] == "cancel"] == ["ada"]


@pytest.mark.parametrize(
    "text", ["", "not json\n", '{"event": "cancel"}\n', '{"event": "stage", "message": "cancel"}\n']
)
def test_events_without_a_proof(home, text):
    """Other events, and lines that were cut off, are no report."""
    run = RunDirectory(home, "r1").create()
    assert cancel_report(run) is None
    run.file("events.jsonl").write_text(text)
    assert cancel_report(run) is None


def test_what_a_killed_engine_leaves_behind_is_removed_by_name(start, home):
    """Staged files that the progress did not list yet, the workers' turns and half-written run files are gone."""
    run = start("deaf")
    left = [home / "output" / ".out.csv.r1.tmp", run.file("turns.bin"), run.file(".progress.json.1-1.tmp")]
    for path in left:
        path.write_text("unfinished")
    report = cancel(home, "r1", grace_seconds=0.1)
    assert {str(path) for path in left} <= set(report.removed)
    assert not any(path.exists() for path in left)
    assert report.kept == ()


def test_an_output_changed_on_the_way_is_told(start, home, monkeypatch):
    """When an output is another file after the stop than before, the report does not call it intact."""
    start("deaf")
    kill = tree.kill

    def kill_and_publish(*arguments):
        left = kill(*arguments)
        (home / "output" / "out.csv").write_text("half of a new output, and longer")
        return left

    monkeypatch.setattr(tree, "kill", kill_and_publish)
    report = cancel(home, "r1", grace_seconds=0.1)
    assert not report.outputs_intact
    assert [one.fate for one in report.outputs] == [OutputFate.CHANGED]


def test_outputs_are_compared_with_what_the_run_found(start, home):
    """An output that was replaced while the run went on is not called intact because the stop left it alone."""
    run = start("deaf")
    out, new = home / "output" / "out.csv", home / "output" / "new.parquet"
    found = out.stat()
    before = {str(out): [found.st_ino, found.st_size, found.st_mtime_ns], str(new): None}
    run.write("progress.json", json_of(run, "progress.json") | {"outputs_before": before})
    out.write_text("something else")
    report = cancel(home, "r1", grace_seconds=0.1)
    assert [one.fate for one in report.outputs] == [OutputFate.CHANGED, OutputFate.NONE_BEFORE]


def test_a_commit_that_was_cut_off_keeps_its_staged_files(start, home):
    """Past the point of no return the next run finishes the exchange: without the staged files it could not."""
    run = start("deaf")
    staged = home / "output" / ".out.csv.r1.tmp"
    commits = home / "output" / "runs" / ".commit"
    commits.mkdir()
    (commits / "r1.json").write_text("[]")
    report = cancel(home, "r1", grace_seconds=0.1)
    assert staged.exists()
    assert (report.removed, [one.fate for one in report.outputs]) == ([], [OutputFate.COMMITTING])
    assert run.status() is RunStatus.CANCELLED


@pytest.mark.parametrize("status", ["success", "failed", "cancelled"])
def test_what_is_over_is_left_alone(home, status):
    """Cancelling a finished run signals nobody and changes nothing."""
    run = RunDirectory(home, "r1").create()
    run.write("metadata.json", {"status": status})
    assert cancel(home, "r1") == cancellation.CancelReport(False, 0, [], True)
    assert json_of(run) == {"status": status}
    assert not run.file("events.jsonl").exists()


def test_a_run_that_never_started_can_be_cancelled(home):
    """A waiting run gets its last word without a process."""
    run = RunDirectory(home, "r1").create()
    run.write("config.json", config_for(home).to_json())
    report = cancel(home, "r1")
    assert (report.signalled, report.processes, report.processes_left, report.removed) == (False, 0, 0, [])
    assert report.outputs_intact
    assert run.status() is RunStatus.CANCELLED


def test_somebody_elses_process_is_safe(home):
    """A process number that was given to another process since is neither found nor stopped."""
    run = RunDirectory(home, "r1").create()
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as other:
        run.write("progress.json", {"pid": other.pid, "pid_started": 12345.0, "staged": []})
        run.write("launch.json", {"pid": other.pid, "pid_started": 12345.0})
        assert tree.run_processes(run) == []
        assert cancel(home, "r1", grace_seconds=0.1).signalled is False
        assert other.poll() is None
        other.stdin.close()
