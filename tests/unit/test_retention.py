"""Retention: what a policy plans, that exactly this is deleted, and what is never touched."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from etl_batch import retention
from etl_batch.cli.main import main
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.files.parted import MANIFEST
from etl_batch.retention import Policy, PruneKind, plan_prune, prune, prune_by_policy
from etl_batch.runs.history.index import find_runs, run_ids
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.histories import FIRST_START, make_history, make_run

NOW = FIRST_START + timedelta(days=40)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a run an hour from the first of January 2025 on, thirty in all, over seven outputs."""
    for name in ("data", "output", "report"):
        (tmp_path / name).mkdir()
    make_history(tmp_path, 30)
    return tmp_path


def backup(home: Path, name: str, age_days: float, size: int = 100) -> Path:
    """A backup that was made so many days before `NOW`."""
    path = home / "output" / f"{name}.bak.{NOW - timedelta(days=age_days):%Y%m%dT%H%M%S}.000001Z"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(b"x" * size)
    return path


def planned(home: Path, kind: PruneKind, **policy: float) -> list[str]:
    """Names of what would go of a kind, oldest first."""
    return [item.path.name for item in plan_prune(home, Policy(**policy), NOW).items if item.kind is kind]


def everything(home: Path) -> dict[str, bytes]:
    """Every file of a home but its secrets, the index and the anchor."""
    paths = (path for path in home.rglob("*") if path.is_file() and ".secrets" not in path.parts)
    return {
        str(path.relative_to(home)): path.read_bytes() for path in paths if path.name[:6] not in (".index", "audit.")
    }


def test_old_runs_go_with_their_reports_and_the_newest_of_each_output_stay(home):
    """By age all but the newest run of each output, and the newest successful one where that failed, are planned."""
    newest_first = run_ids(home)
    # The newest seven write one output each; number 20 failed, but 27 wrote the same output after it.
    kept = set(newest_first[:7])
    assert set(planned(home, PruneKind.RUN, keep_days=10)) == set(newest_first) - kept
    assert set(planned(home, PruneKind.REPORT, keep_days=10)) == {f"{name}.html" for name in set(newest_first) - kept}
    failed = make_run(home, 31, status="failed", config={"output_csv": str(home / "output" / "sales-1.csv")})
    plan = set(planned(home, PruneKind.RUN, keep_days=10))
    assert failed not in plan
    assert newest_first[0] not in plan, "the newest successful run of the output that the failed one was to write"


@pytest.mark.parametrize(("days", "count"), [(38, 23), (39.5, 12), (41, 0), (39.99, 1)])
def test_age_counts_from_the_start(home, days, count):
    """Runs that began before the limit are planned, oldest first, and none that began after it."""
    found = planned(home, PruneKind.RUN, keep_days=days)
    assert found == sorted(run_ids(home))[:count]


def test_bytes_take_the_oldest_first(home):
    """As many of the oldest go as bring the rest below the limit; what is kept anyway counts."""
    heavy = RunDirectory(home, sorted(run_ids(home))[2])
    heavy.file("rejects.jsonl").write_bytes(b"x" * 50_000)
    used = sum(len(content) for name, content in everything(home).items() if name.startswith(("output/runs", "report")))
    assert planned(home, PruneKind.RUN, keep_bytes=used) == []
    assert planned(home, PruneKind.RUN, keep_bytes=used - 1) == sorted(run_ids(home))[:1]
    assert planned(home, PruneKind.RUN, keep_bytes=used - 40_000) == sorted(run_ids(home))[:3]
    assert len(planned(home, PruneKind.RUN, keep_bytes=1)) == 23, "the newest of each output stay"
    plan = plan_prune(home, Policy(keep_bytes=used - 40_000), NOW)
    assert plan.bytes == sum(
        len(content) for name, content in everything(home).items() if any(item.run_id in name for item in plan.items)
    )
    assert "kept for runs" in plan.items[0].reason


def test_backups_go_by_age_and_by_bytes(home):
    """Backups of all outputs count together; outputs, files that only look alike, and links are none."""
    old, older, new = backup(home, "a.csv", 20), backup(home, "sub/b.csv", 30), backup(home, "a.csv", 1)
    look_alike = home / "output" / "a.csv.bak.yesterday"
    look_alike.write_text("x")
    output = backup(home, "really-an-output", 35)
    make_run(home, 50, config={"output_csv": str(output)})
    outside = home / "outside"
    outside.mkdir()
    (outside / "c.csv.bak.20200101T000000.000000Z").write_text("x")
    (home / "output" / "linked").symlink_to(outside)
    (home / "output" / "d.csv.bak.20200101T000000.000000Z").symlink_to(look_alike)
    assert planned(home, PruneKind.BACKUP, keep_backups_days=10) == [older.name, old.name]
    assert planned(home, PruneKind.BACKUP, keep_backups_bytes=200) == [older.name]
    assert planned(home, PruneKind.BACKUP, keep_backups_bytes=299, keep_backups_days=25) == [older.name]
    assert planned(home, PruneKind.BACKUP, keep_backups_days=0.5) == [older.name, old.name, new.name]
    assert planned(home, PruneKind.RUN, keep_backups_days=0.5) == []


def folder_backup(home: Path, name: str, age_days: float, files: Mapping[str, bytes]) -> Path:
    """A backup that is a folder with these files."""
    path = backup(home, name, age_days)
    path.unlink()
    path.mkdir()
    for each, content in files.items():
        (path / each).write_bytes(content)
    return path


def test_backups_of_folders_go_too(home: Path) -> None:
    """With all that is in them, which is what they count; a folder that no run has made is nobody's backup."""
    parts = {"part-00000-r.parquet": b"x" * 700, MANIFEST: b"{}"}
    old, new = folder_backup(home, "a.parquet", 20, parts), folder_backup(home, "a.parquet", 1, parts)
    foreign = folder_backup(home, "holiday", 30, {"letters.txt": b"mine"})
    linked = home / "output" / "b.parquet.bak.20200101T000000.000000Z"
    linked.symlink_to(old)
    assert planned(home, PruneKind.BACKUP, keep_backups_days=10) == [old.name]
    plan = plan_prune(home, Policy(keep_backups_bytes=1000), NOW)
    assert [(item.path, item.bytes) for item in plan.items] == [(old, 702)]
    (old / "part-00000-r.parquet").write_bytes(b"y" * 700)
    done = prune(home, plan, "ada")
    assert (done.left, done.bytes) == ((), 702)
    assert not old.exists()
    assert {path.name for path in new.iterdir()} == set(parts)
    assert (foreign / "letters.txt").exists()
    assert linked.is_symlink()


def test_a_folder_that_has_changed_since_it_was_listed_stays(home: Path) -> None:
    """Somebody has put a file of their own into it."""
    path = folder_backup(home, "a.parquet", 20, {MANIFEST: b"{}"})
    plan = plan_prune(home, Policy(keep_backups_days=10), NOW)
    (path / "mine").touch()
    os.utime(path, ns=(1, 1))
    done = prune(home, plan, "ada")
    assert [item.path for item, _ in done.left] == [path]
    assert (path / "mine").exists()


def test_backups_in_further_roots(home, tmp_path_factory, monkeypatch):
    """Where outputs go to another allowed folder, the backups there count, and in no other folder."""
    allowed, other = tmp_path_factory.mktemp("allowed"), tmp_path_factory.mktemp("other")
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", str(allowed))
    for number, folder in enumerate((allowed, other)):
        make_run(home, 60 + number, config={"output_csv": str(folder / "far.csv")})
        (folder / "far.csv.bak.20250101T000000.000000Z").write_text("x")
    plan = plan_prune(home, Policy(keep_backups_days=1), NOW)
    assert [item.path.parent for item in plan.items] == [allowed]
    assert prune(home, plan, "ada").left == ()
    assert [path.name for path in allowed.iterdir()] == []
    assert len(list(other.iterdir())) == 1


def test_a_prefix_of_a_store_opens_no_folder(home, tmp_path, monkeypatch):
    """What its URL is called on the disk, seen from the current folder, is none that backups are deleted in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", "s3://lake/out")
    folder = tmp_path / "s3:" / "lake" / "out"
    folder.mkdir(parents=True)
    (folder / "far.csv.bak.20250101T000000.000000Z").write_text("x")
    make_run(home, 60, config={"output_csv": str(folder / "far.csv")})
    make_run(home, 61, config={"output_csv": "s3://lake/out/far.csv"})
    assert plan_prune(home, Policy(keep_backups_days=1), NOW).items == ()


def test_exactly_the_plan_is_deleted_and_recorded(home):
    """After deleting, the files that are gone are those of the plan, the list knows it, and so does the audit log."""
    backup(home, "a.csv", 20)
    before = everything(home)
    plan = plan_prune(home, Policy(keep_days=39.5, keep_backups_days=5), NOW)
    assert everything(home) == before, "planning changes nothing"
    done = prune(home, plan, "ada")
    gone = {str(item.path.relative_to(home)) for item in plan.items}
    assert (done.left, done.deleted, done.bytes) == ((), plan.items, plan.bytes)
    assert everything(home) == {
        name: content
        for name, content in before.items()
        if not any(name == one or name.startswith(one + "/") for one in gone)
    }
    assert find_runs(home).total == 30 - plan.count(PruneKind.RUN) == 18
    (record,) = AuditLog(home).search(action=retention.ACTION)
    assert record["user"] == "ada"
    assert set(record["detail"]["deleted"]) == gone
    assert plan_prune(home, Policy(keep_days=39.5, keep_backups_days=5), NOW).items == ()


def test_a_run_that_goes_on_or_waits_is_never_planned(home):
    """However old: a waiting run and a running one stay, and one whose engine is gone without a word may go."""
    waiting = RunDirectory(home, "20200101T000000Z-000001").create()
    running = RunDirectory(home, "20200101T000000Z-000002").create()
    dead = RunDirectory(home, "20200101T000000Z-000003").create()
    me = psutil.Process()
    running.write("progress.json", {"pid": me.pid, "pid_started": me.create_time()})
    dead.write("progress.json", {"pid": me.pid, "pid_started": me.create_time() - 5000})
    names = planned(home, PruneKind.RUN, keep_days=1, keep_bytes=1)
    assert dead.run_id in names
    assert {waiting.run_id, running.run_id} & set(names) == set()


def test_a_run_that_was_taken_up_again_since_is_left(home):
    """What changed between the list and the click is left with its report, and the log says so."""
    plan = plan_prune(home, Policy(keep_days=39.9), NOW)
    resumed, replaced = (item for item in plan.items[:4] if item.kind is PruneKind.RUN)
    run, other = RunDirectory(home, resumed.run_id), RunDirectory(home, replaced.run_id)
    run.file("metadata.json").unlink()
    other.report.unlink()
    other.report.write_text("another report")
    done = prune(home, plan, "ada")
    assert [(item.path, why) for item, why in done.left] == [
        (run.path, "it has changed since it was listed"),
        (run.report, "its run was left"),
        (other.report, "it has changed since it was listed"),
    ]
    assert run.path.is_dir()
    assert run.report.is_file()
    assert not other.path.exists()
    assert AuditLog(home).search(action=retention.ACTION, outcome="left")[0]["detail"]["left"][0].endswith(run.run_id)


def test_a_run_that_began_to_run_in_the_same_directory_is_left(home):
    """Even with an unchanged stamp a run is asked once more whether it goes on."""
    plan = plan_prune(home, Policy(keep_days=39.98), NOW)
    run, me = RunDirectory(home, plan.items[0].run_id), psutil.Process()
    run.write("progress.json", {"pid": me.pid, "pid_started": me.create_time()})
    os.utime(run.path, ns=(plan.items[0].stamp[1],) * 2)
    assert [why for _item, why in prune(home, plan, "ada").left] == ["it is going on", "its run was left"]
    assert run.path.is_dir()


def test_a_planned_path_that_leads_out_is_left(home, tmp_path_factory):
    """A folder that became a link to somewhere else takes nothing there with it."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    path = backup(home, "sub/b.csv", 30)
    plan = plan_prune(home, Policy(keep_backups_days=1), NOW)
    path.rename(elsewhere / path.name)
    path.parent.rmdir()
    path.parent.symlink_to(elsewhere)
    assert [why for _item, why in prune(home, plan, "ada").left] == ["it leads outside the home's folders"]
    assert (elsewhere / path.name).is_file()


def test_nothing_is_deleted_that_cannot_be_recorded(home):
    """When the audit log cannot be written the deletion is refused."""
    (home / ".secrets").write_text("no folder")
    before = everything(home)
    with pytest.raises(OutputFailed, match="cannot be recorded"):
        prune_by_policy(home, Policy(keep_days=1), "console")
    assert everything(home) == before


def test_a_deletion_that_was_cut_off_is_finished(home):
    """A directory that was on its way out is no run any more and goes with the next clean-up."""
    name = run_ids(home)[-1]
    path = RunDirectory(home, name).path
    path.rename(path.with_name(f".pruned-{name}"))
    assert find_runs(home).total == 29
    assert prune_by_policy(home, Policy(keep_backups_days=1), "console").deleted == ()
    assert not path.with_name(f".pruned-{name}").exists()
    assert AuditLog(home).search(action=retention.ACTION) == []


def test_a_negative_limit_is_refused():
    """Days and gigabytes are amounts."""
    assert Policy.of(1, 0.5, 0, 0) == Policy(1, 500_000_000, 0, 0)
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="0 keeps everything"):
            Policy.of(0, wrong, 0, 0)


def test_the_verb_shows_first_and_deletes_with_yes(home, capsys):
    """`runs prune` prints what would go and deletes nothing; with `--yes` it deletes just that."""
    limit = [f"--older-than={(datetime.now(UTC) - FIRST_START).days - 1}", f"--home={home}"]
    before = everything(home)
    assert main(["runs", "prune", *limit]) == 0
    shown = capsys.readouterr().out
    assert "Nothing was deleted; add --yes" in shown
    assert "23 runs, 23 reports, 0 backups" in shown
    assert everything(home) == before
    assert main(["runs", "prune", *limit, "--yes", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (len(answer["planned"]), answer["deleted"], answer["left"]) == (46, 46, [])
    assert {item["path"] for item in answer["planned"]} == {
        word for word in shown.split() if word.startswith(str(home))
    }
    assert len(run_ids(home)) == 7
    assert main(["runs", "prune", *limit, "--yes"]) == 0
    assert "Nothing would go." in capsys.readouterr().out


def test_the_verb_wants_a_limit(home, capsys):
    """Without a limit it says which ones there are instead of doing anything."""
    assert main(["runs", "prune", f"--home={home}", "--yes"]) == 2
    assert "--older-than" in capsys.readouterr().err
    assert len(run_ids(home)) == 30
