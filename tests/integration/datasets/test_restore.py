"""Outputs and backups as they stand, and a backup put back in its output's place."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from etl_batch.datasets import checksum
from etl_batch.datasets import restore as restoring
from etl_batch.datasets.listing import OutputState, backups, count_backups, find_output, known_outputs, outputs_at
from etl_batch.datasets.restore import plan_restore, restore
from etl_batch.errors import Busy, InputRefused, OutputFailed, PathRefused, UsageError
from etl_batch.files.beneath import Place
from etl_batch.files.commit import locked
from etl_batch.limits import DEFAULT_BACKUPS
from etl_batch.runs.history.outputs import every_output
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.integration.datasets.conftest import fresh_home, runner
from tests.records import json_of
from tests.support import copied

OLD, NEW = "a,b\n1,old\n2,x\n", "a,b\n1,new\n2,y\n"


def run_twice(folder: Path) -> None:
    """Two runs that wrote the same outputs one after the other, of the same size."""
    run = runner(fresh_home(folder))
    run(OLD)
    run(NEW)


@pytest.fixture
def pair(home, made_once) -> tuple[str, str]:
    """Those runs in the test's home, the older one first."""
    copied(made_once(run_twice) / "home", home)
    older, newer = sorted(path.name for path in (home / "output" / "runs").glob("2*"))
    return older, newer


def output(home: Path, name: str = "x.csv"):
    """An output as it stands."""
    found = find_output(home, home / "output" / name)
    assert found is not None
    return found


def oldest(home: Path, name: str = "x.csv") -> str:
    """The name of the oldest backup."""
    return backups(output(home, name))[-1].path.name


def test_an_output_names_the_run_that_wrote_it(home, pair):
    """The files are the newest run's, the backups the older one's, though all are as long as each other."""
    for name in ("x.csv", "x.parquet"):
        found = output(home, name)
        assert (found.state, found.maker.run_id, found.newest.run_id) == (OutputState.NEWEST, pair[1], pair[1])
        (backup,) = backups(found)
        assert backup.maker.run_id == pair[0]
        assert [written.run_id for written in found.writers] == [pair[1], pair[0]]
    assert [path.name for path, _ in known_outputs(home)] == ["x.csv", "x.parquet"]
    assert count_backups([output(home)]) == {home / "output" / "x.csv": 1}


def test_changed_and_missing_outputs_say_so(home, pair):
    """What no run wrote is changed, what is gone is missing, a link is as good as gone."""
    path = home / "output" / "x.csv"
    path.write_text(path.read_text().replace("y", "z"))
    os.utime(path, (path.stat().st_mtime + 3600,) * 2)
    assert (output(home).state, output(home).maker) == (OutputState.CHANGED, None)
    path.unlink()
    assert output(home).state is OutputState.MISSING
    path.symlink_to("/etc/passwd")
    assert find_output(home, path) is None


def test_outputs_outside_the_roots_are_not_shown(home, run, tmp_path, monkeypatch):
    """A root that was taken away, or a home that was moved, hides its outputs."""
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", str(tmp_path / "extra"))
    (tmp_path / "extra").mkdir()
    run(OLD, output_csv=tmp_path / "extra" / "e.csv", parquet=False)
    known = known_outputs(home)
    assert [found.state for found in outputs_at(home, known)] == [OutputState.NEWEST]
    monkeypatch.delenv("ETL_ALLOWED_ROOTS")
    assert outputs_at(home, known) == []


def test_names_that_only_look_like_backups_are_none(home, pair):
    """Other files beside an output that begin like a backup are neither listed nor restored."""
    for name in ("x.csv.bak.old", "x.csv.bak.20260230T000000.000000Z", "x.csv.bak.20260101T000000.000000Z.txt"):
        (home / "output" / name).write_text("mine")
        with pytest.raises(UsageError, match="has no backup"):
            plan_restore(home, home / "output" / "x.csv", name)
    (home / "output" / "x.csv.bak.20260101T000000.000000Z").symlink_to("/etc/passwd")
    assert len(backups(output(home))) == 1


def test_restoring_brings_the_pair_back_and_keeps_the_present_one(home, pair):
    """CSV and Parquet of the older run stand in place again, what stood there is a backup, nothing is deleted."""
    before = {path.name: path.read_bytes() for path in (home / "output").iterdir() if path.is_file()}
    chosen = oldest(home)
    plan = plan_restore(home, home / "output" / "x.csv", chosen)
    assert (plan.run_id, plan.alone, len(plan.steps)) == (pair[0], None, 2)
    done = restore(home, plan, "ada")
    assert (home / "output" / "x.csv").read_text() == OLD
    for name in ("x.csv", "x.parquet"):
        found = output(home, name)
        assert (found.state, found.maker.run_id) == (OutputState.OLDER, pair[0])
        task = checksum.check(found.path, home)
        assert task.wait(60)
        assert task.result == found.maker.sha256
        kept = next(path for path in done.kept if path.name.startswith(f"{name}.bak."))
        assert kept.read_bytes() == before[name]
        assert {backup.maker.run_id for backup in backups(found)} == set(pair)
    assert all((home / "output" / name).exists() for name in before)
    assert not [path for path in (home / "output").iterdir() if path.name.endswith(".tmp")]


def test_a_restore_is_on_the_audit_log(home, pair):
    """Who put which backup back, and which run's data that is."""
    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    restore(home, plan, "ada")
    (record,) = AuditLog(home).search(action="data.restore")
    assert (record["user"], record["target"], record["outcome"]) == ("ada", str(home / "output" / "x.csv"), "ok")
    assert record["detail"]["run"] == pair[0]
    assert record["detail"]["files"] == {step.target.name: step.backup.name for step in plan.steps}


def test_what_cannot_be_recorded_is_not_done(home, pair):
    """Without its audit log nothing is restored."""
    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    AuditLog(home).files.log.write_text("broken\n")
    with pytest.raises(OutputFailed, match="cannot be recorded"):
        restore(home, plan, "ada")
    assert (home / "output" / "x.csv").read_text() == NEW


def test_one_alone_says_that_it_is_alone(home, pair):
    """When the other file has no backup of that run, the plan says so and only one is restored."""
    (home / "output" / oldest(home, "x.parquet")).unlink()
    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    assert len(plan.steps) == 1
    assert "x.parquet of the same run has no backup" in plan.alone
    restore(home, plan, "ada")
    assert output(home).maker.run_id == pair[0]
    assert output(home, "x.parquet").maker.run_id == pair[1]


def test_the_second_of_a_pair_can_follow_later(home, pair):
    """A file that holds the run's data already stays as it is."""
    parquet, csv = oldest(home, "x.parquet"), oldest(home)
    hidden = (home / "output" / parquet).rename(home / "output" / "hidden")
    restore(home, plan_restore(home, home / "output" / "x.csv", csv), "ada")
    hidden.rename(home / "output" / parquet)
    plan = plan_restore(home, home / "output" / "x.parquet", parquet)
    assert len(plan.steps) == 1
    assert "holds this run's data already" in plan.alone
    restore(home, plan, "ada")
    assert output(home, "x.parquet").maker.run_id == pair[0]


def test_a_run_without_a_pair_has_nothing_to_say(home, run):
    """A CSV that was written alone is restored alone, without a remark."""
    run(OLD, parquet=False)
    run(NEW, parquet=False)
    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    assert (len(plan.steps), plan.alone) == (1, None)


def test_a_backup_of_a_forgotten_run_is_restored_alone(home, pair):
    """When the run is gone from the history, what belongs together is not guessed."""
    shutil.rmtree(RunDirectory(home, pair[0]).path)
    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    assert (len(plan.steps), plan.run_id) == (1, None)
    assert "not in the history" in plan.alone
    restore(home, plan, "ada")
    assert (home / "output" / "x.csv").read_text() == OLD
    assert output(home).state is OutputState.CHANGED


def test_back_and_forth_and_the_same_twice(home, pair):
    """The backup that a restore made brings the newer data back; what stands there already is not restored again."""
    path, chosen = home / "output" / "x.csv", oldest(home)
    done = restore(home, plan_restore(home, path, chosen), "ada")
    with pytest.raises(UsageError, match="nothing to restore"):
        plan_restore(home, path, chosen)
    restore(home, plan_restore(home, path, next(p.name for p in done.kept if p.name.startswith("x.csv"))), "ada")
    assert path.read_text() == NEW
    assert output(home).state is OutputState.NEWEST


def test_a_run_after_a_restore_keeps_what_was_restored(home, run, pair):
    """The next run makes a backup of the restored file as of any other."""
    restore(home, plan_restore(home, home / "output" / "x.csv", oldest(home)), "ada")
    run("a,b\n1,third\n")
    assert OLD in [backup.path.read_text() for backup in backups(output(home))]
    assert output(home).state is OutputState.NEWEST


def test_a_restore_deletes_no_backup(home, run):
    """With as many backups as are kept, the oldest one can be restored and all of them stay."""
    for number in range(DEFAULT_BACKUPS + 1):
        run(f"a,b\n1,{number}\n", parquet=False)
    assert len(backups(output(home))) == DEFAULT_BACKUPS
    restore(home, plan_restore(home, home / "output" / "x.csv", oldest(home)), "ada")
    assert len(backups(output(home))) == DEFAULT_BACKUPS + 1
    assert (home / "output" / "x.csv").read_text() == "a,b\n1,0\n"


@pytest.mark.parametrize("name", ["x.csv", "x.parquet"])
def test_an_output_that_is_being_written_is_busy(home, pair, name):
    """While a run holds either file, nothing of the pair is restored."""
    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    with (
        locked([Place.of(home / "output" / name)]),
        pytest.raises(Busy, match="being written by another run") as refusal,
    ):
        restore(home, plan, "ada")
    assert refusal.value.exit_code == 8
    assert (home / "output" / "x.csv").read_text() == NEW
    assert AuditLog(home).search(action="data.restore") == []


def test_a_plan_that_is_out_of_date_is_refused(home, run, pair):
    """What was confirmed is what is done: after another run the person is asked again."""
    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    (home / "output" / oldest(home, "x.parquet")).unlink()
    with pytest.raises(UsageError, match="have changed since you looked"):
        restore(home, plan, "ada")
    with pytest.raises(UsageError, match="nothing to restore"):
        restore(home, restoring.RestorePlan((), None, None), "ada")
    assert (home / "output" / "x.csv").read_text() == NEW


def test_a_plan_of_somebody_s_making_is_refused(home, pair, tmp_path):
    """A plan cannot name another file to overwrite or another one to put there."""
    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    first = plan.steps[0]
    (tmp_path / "evil").write_text("evil")
    for step in (
        restoring.RestoreStep(tmp_path / "evil", first.target),
        restoring.RestoreStep(first.backup, home / "output" / "other.csv"),
        restoring.RestoreStep(first.backup, home / ".secrets" / "audit.key"),
    ):
        with pytest.raises((UsageError, PathRefused)):
            restore(home, restoring.RestorePlan((step,), plan.run_id, plan.alone), "ada")
    assert not (home / "output" / "other.csv").exists()


def test_where_links_cannot_be_made_a_copy_is(home, pair, monkeypatch):
    """A file system without hard links restores by copying, and the copy still names its run."""

    def no_links(*_: object, **_more: object) -> None:
        raise OSError(1, "no links here")

    plan = plan_restore(home, home / "output" / "x.csv", oldest(home))
    monkeypatch.setattr(restoring.os, "link", no_links)
    targets = [Place.of(step.target) for step in plan.steps]
    staged = restoring._stage(plan.steps, targets, "restore-0")
    assert [output.staged.read_bytes() for output in staged] == [step.backup.read_bytes() for step in plan.steps]
    assert staged[0].staged.stat().st_mtime == plan.steps[0].backup.stat().st_mtime


def test_what_a_killed_restore_left_is_cleared_away(home, pair):
    """A staged link of a restore that never committed goes with the next one."""
    left = home / "output" / ".x.csv.restore-dead.tmp"
    os.link(home / "output" / oldest(home), left)
    restore(home, plan_restore(home, home / "output" / "x.csv", oldest(home)), "ada")
    assert not left.exists()


def test_every_output_follows_the_metadata(home, run):
    """Only what changed is read again: a new run, changed metadata and a removed run are seen; else nothing is done."""
    first = run(OLD)
    assert {written.run_id for written in every_output(home)[home / "output" / "x.csv"]} == {first}
    assert every_output(home) is every_output(home)
    second = run(NEW, name="y")
    assert [path.name for path in every_output(home)] == ["y.csv", "y.parquet", "x.csv", "x.parquet"]
    shutil.rmtree(RunDirectory(home, second).path)
    assert [path.name for path in every_output(home)] == ["x.csv", "x.parquet"]
    directory = RunDirectory(home, first)
    directory.write("metadata.json", json_of(directory) | {"status": "failed"})
    assert every_output(home) == {}


@pytest.mark.parametrize("text", ["", "[1]", '{"status": "success", "outputs": [1]}', '{"status": "success"}', "\x00"])
def test_broken_metadata_names_no_output(home, text):
    """What is no metadata of a success is passed over."""
    RunDirectory(home, "r1").create().file("metadata.json").write_text(text)
    assert every_output(home) == {}


def test_long_metadata_is_read_by_its_head(home, run):
    """Estimates that make the metadata long, or very many inputs before the outputs, change nothing."""
    run_id = run(OLD)
    directory, before = RunDirectory(home, run_id), every_output(home)
    metadata = json_of(directory)
    directory.write("metadata.json", {**metadata, "notes": ["x" * 100_000]})
    assert every_output(home) == before
    directory.write("metadata.json", {**metadata, "inputs": metadata["inputs"] * 1000})
    assert every_output(home) == before


def test_checking_says_same_or_what_changed(home, pair):
    """The digest is the file's, is found again, and a file that changes has none until it is asked for."""
    path = home / "output" / "x.csv"
    assert checksum.checked(path, home) is None
    task = checksum.check(path, home)
    assert task.wait(60)
    assert task.result == hashlib.sha256(path.read_bytes()).hexdigest() == output(home).newest.sha256
    assert checksum.checked(path, home) is task
    path.write_text("other")
    assert checksum.checked(path, home) is None
    path.unlink()
    assert checksum.checked(path, home) is None
    with pytest.raises(InputRefused):
        checksum.check(path, home)
