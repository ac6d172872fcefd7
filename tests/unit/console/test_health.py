"""Health, gauges, space and metrics: what a super_admin and the monitoring get to see, also when something is wrong."""

from __future__ import annotations

import json
import os
import platform
import time

import pytest

from console import alerts, health, machine, metrics, sessions, settings, space
from console.alerts import Rule, RuleKind, Webhook, outbox, senders
from console.database import MIGRATIONS, transaction
from console.health import CheckState
from console.users import Role
from etl_batch import __version__
from etl_batch.model import SCHEMA_VERSION, RunStatus
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security import audit_watch
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_watch import verify_in_background, wait


def check(home, name: str, now: float | None = None) -> tuple[CheckState, str]:
    """One check's state and sentence."""
    found = next(each for each in health.checks(home, now) if each.name == name)
    return found.state, found.sentence


def test_a_home_that_is_well(home, people):
    """Every check has a sentence, and none of them complains once the log was verified."""
    verify_in_background(home)
    assert wait(home, 60)
    found = health.checks(home)
    assert [each.name for each in found] == ["Database", "Audit log", "Disk", "Queue", "Alerts", "Clock"]
    assert {each.state for each in found} == {CheckState.GOOD}
    assert all(each.sentence.endswith(".") for each in found)
    assert people


def test_an_audit_log_that_was_changed(home, people):
    """The last verification's finding is what the screen says; without one it says that; an old one is said to be."""
    verify_in_background(home)
    assert wait(home, 60)
    assert check(home, "Audit log")[0] is CheckState.GOOD
    state, sentence = check(home, "Audit log", time.time() + 8 * 24 * 3600)
    assert state is CheckState.WARN
    assert "read more than a week ago" in sentence
    log = home / ".secrets" / "etl_audit.log"
    log.write_bytes(log.read_bytes().replace(b"viewer", b"vIewer"))
    verify_in_background(home)
    assert wait(home, 60)
    state, sentence = check(home, "Audit log")
    assert state is CheckState.BAD
    assert "does not verify" in sentence
    assert people


def test_an_audit_log_that_has_grown(home, people, monkeypatch):
    """The number is that of now; while what has come is still read, the screen says how much that is."""
    verify_in_background(home)
    assert wait(home, 60)
    records = AuditLog(home).append(user="ann", action="note", target="x")["seq"]
    monkeypatch.setattr(audit_watch, "verify_in_background", lambda *_: None)
    state, sentence = check(home, "Audit log")
    assert state is CheckState.GOOD
    assert f"It is whole: {records - 1} records" in sentence
    assert sentence.endswith("Not verified yet: 1 record since then.")
    monkeypatch.undo()
    monkeypatch.setattr(health, "AUDIT_PATIENCE_SECONDS", 60)
    assert f"It is whole: {records} records" in check(home, "Audit log")[1]
    assert people


def test_a_database_that_cannot_be_written(home):
    """A check that fails in itself says why, and the others are there all the same."""
    path = home / ".secrets" / "console.db"
    path.mkdir(parents=True)
    found = health.checks(home)
    assert len(found) == 6
    assert found[0].state is CheckState.BAD
    assert "console.db" in found[0].sentence


def test_a_disk_that_is_too_full(home):
    """With less left than the reserve the check is bad and says how much there is."""
    settings.put(home, "disk_reserve_bytes", 10**15)
    state, sentence = check(home, "Disk")
    assert state is CheckState.BAD
    assert "left for data/, output/, report/, .secrets/" in sentence


def enqueue(home, state: str, run_id: str) -> None:
    """A job of the queue, put there just now."""
    with transaction(home) as connection:
        connection.execute(
            "INSERT INTO queue (run_id, user_name, config, state, enqueued_at, taken_at)"
            " VALUES (?, 'ada', '{}', ?, strftime('%Y-%m-%dT%H:%M:%fZ'), unixepoch())",
            (run_id, state),
        )


def test_a_queue_that_stands_still(home):
    """A run that waits for long beside a free runner is told; one that waits for its turn is not."""
    later = time.time() + 600
    enqueue(home, "queued", "r1")
    assert check(home, "Queue")[0] is CheckState.GOOD
    state, sentence = check(home, "Queue", later)
    assert state is CheckState.BAD
    assert sentence.startswith("It stands still: 1 run waiting")
    enqueue(home, "running", "r2")
    assert check(home, "Queue", later) == (CheckState.GOOD, "1 run at work, 1 run waiting.")


def test_a_clock_that_went_back(home, people):
    """A time before the last record of the audit log is told."""
    assert check(home, "Clock")[0] is CheckState.GOOD
    state, sentence = check(home, "Clock", time.time() - 3600)
    assert state is CheckState.BAD
    assert "before the last record of the audit log" in sentence
    assert people


def give_up_an_alert(home, admin) -> None:
    """One alert that could not be delivered."""
    alerts.save_channel(home, admin, name="Team", settings=Webhook("http://127.0.0.1:9/"))
    alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
    run = RunDirectory(home, "20260101T000000Z-aaaaaa").create()
    run.write("metadata.json", {"run_id": run.run_id, "status": "failed", "user": "ada"})
    assert alerts.run_ended(home, run.run_id) == 1
    for _ in range(alerts.ATTEMPTS):
        outbox.finish(home, 1, senders.Outcome(False, "no"), 0.0)


def test_alerts_that_were_given_up(home, people):
    """They are told until somebody looks at them."""
    give_up_an_alert(home, people[Role.SUPER_ADMIN])
    state, sentence = check(home, "Alerts")
    assert state is CheckState.WARN
    assert "1 message could not be delivered" in sentence


def test_gauges(home, people, tmp_path):
    """They hold together: cores, memory, the disks of all roots once each, and the sessions that are good."""
    now = machine.gauges()
    assert len(now.cores) == os.cpu_count()
    assert all(0 <= core <= 100 for core in now.cores)
    assert 0 < now.memory_used < now.memory_total
    settings.put(home, "allowed_roots", [str(tmp_path), "s3://lake/raw"])
    (disk,) = machine.disks(home)
    assert disk.folders == ("data/", "output/", "report/", ".secrets/", str(tmp_path))
    assert 0 < disk.share < 1
    sessions.start(home, people[Role.VIEWER], "test")
    sessions.start(home, people[Role.VIEWER], "test", now=time.time() - 10**6)
    assert machine.session_count(home) == 1


def test_versions(home):
    """Engine, Python, packages and both schemas are named."""
    found = machine.versions(home)
    assert found.python == platform.python_version()
    assert found.engine == __version__
    assert found.schema == SCHEMA_VERSION
    assert found.migration == len(list(MIGRATIONS.glob("*.sql")))
    assert {"pyarrow", "streamlit"} <= set(found.packages)


def test_what_takes_the_space(home):
    """Each file counts for its part, once however many names it has; links lead nowhere."""
    run = RunDirectory(home, "20260101T000000Z-aaaaaa").create()
    for path, size in (
        (home / "data" / "in.csv", 10), (home / "output" / "out.csv", 20), (home / "output" / "out.csv.bak.1", 40),
        (run.file("run.log"), 80), (home / "report" / "r.html", 160), (home / "output" / "sub" / "runs" / "x.csv", 320),
    ):  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (home / "output" / "again.csv").hardlink_to(home / "output" / "out.csv")
    (home / "data" / "link").symlink_to("/usr")
    found = space.measure(home)
    link = len("/usr")
    assert found.bytes | {"console": 0} == {
        "inputs": 10 + link, "outputs": 340, "backups": 40, "runs": 80, "reports": 160, "console": 0,
    }  # fmt: skip
    assert found.files["outputs"] == 2


def test_the_space_is_measured_in_the_background(home):
    """The first look begins a measurement, the next ones show it without another walk."""
    assert space.space(home) is None
    first = space.wait(home, 60)
    assert space.space(home) is first
    assert space.space(home, oldest=0.0) is first
    assert space.wait(home, 60) is not first


def test_metrics(home, people):
    """Every family has its help, its type and a number; runs, queue and alerts are counted by state."""
    give_up_an_alert(home, people[Role.SUPER_ADMIN])
    enqueue(home, "queued", "r1")
    text = metrics.prometheus(home)
    lines = text.splitlines()
    assert 'etl_runs{status="failed"} 1' in lines
    assert 'etl_queue_jobs{state="queued"} 1' in lines
    assert 'etl_alerts{state="given_up"} 1' in lines
    assert 'etl_alerts{state="waiting"} 0' in lines
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert names == {line.split()[2] for line in lines if line.startswith("# HELP")}
    for line in lines:
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name.partition("{")[0] in names
            assert float(value) >= 0


@pytest.mark.parametrize("status", list(RunStatus))
def test_a_run_is_counted_where_it_stands(home, status):
    """A run that changes its state is counted in the new one."""
    run = RunDirectory(home, "20260101T000000Z-aaaaaa").create()
    assert 'etl_runs{status="queued"} 1\n' in metrics.prometheus(home)
    if status.final:
        run.write("metadata.json", {"run_id": run.run_id, "status": status})
        assert f'etl_runs{{status="{status}"}} 1\n' in metrics.prometheus(home)


def test_the_token_of_the_settings(home, people):
    """A token from the settings opens the metrics, another one does not."""
    assert not metrics.bearer_token_good(home, "Bearer ")
    settings.change(home, {"metrics_token": "s3cr3t"}, people[Role.SUPER_ADMIN])
    assert metrics.bearer_token_good(home, "Bearer s3cr3t")
    assert not metrics.bearer_token_good(home, "Bearer other")
    assert json.dumps(AuditLog(home).tail(5)).count("s3cr3t") == 0
