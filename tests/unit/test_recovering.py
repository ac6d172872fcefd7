"""What comes before a run: cut-off commits are finished and recorded, and what killed runs have left goes."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from etl_batch import recovering
from etl_batch.errors import OutputFailed
from etl_batch.files.beneath import Place
from etl_batch.files.commit import committed, manifest_folder, manifest_of
from etl_batch.files.staging import Staged, discard, stage
from etl_batch.model import RunStatus
from etl_batch.record.progress import Progress
from etl_batch.recovering import clear_killed, clear_leftovers, noted_open, recover, refuse_unfinished
from etl_batch.runs.processes.reconciliation import UNBEGUN_SECONDS
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.commits import staged_folder_in

FINISH = {"user": "ada", "action": "run.finish", "target": "r1", "outcome": "success", "detail": {}}


class Cut(Exception):
    """The process ends here."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with its folders."""
    for name in ("data", "output", "report", ".secrets"):
        (tmp_path / name).mkdir()
    return tmp_path


def staged(home: Path, name: str = "x.csv", run_id: str = "r1") -> Staged:
    """A staged output of the home."""
    output = stage(Place(str(home / "output"), name), run_id)
    output.staged.write_text("new")
    return output


def cut_off(home: Path, outputs: list[Staged]) -> None:
    """A commit whose files are in place, and nothing that follows it."""
    with suppress(Cut), committed(outputs, manifest_of(home, "r1"), then=FINISH):
        raise Cut


def finishes(home: Path) -> int:
    """How often the end of the run is on the audit log."""
    return sum(each["action"] == "run.finish" for each in AuditLog(home).tail(100))


def test_what_follows_a_commit_is_done_by_whoever_comes_next(home: Path) -> None:
    """The end is recorded once, though the commit was cut off behind its last rename; then the manifest goes."""
    cut_off(home, [staged(home)])
    assert (home / "output" / "x.csv").read_text() == "new"
    assert finishes(home) == 0
    assert recover(home) == []
    assert finishes(home) == 1
    assert list(manifest_folder(home).iterdir()) == []
    assert recover(home) == []


def test_what_was_recorded_already_is_not_recorded_again(home: Path) -> None:
    """Cut off between the record and the end of the manifest."""
    cut_off(home, [staged(home)])
    AuditLog(home).append(**FINISH)
    assert recover(home) == []
    assert finishes(home) == 1


def test_what_cannot_be_recorded_waits(home: Path) -> None:
    """The manifest stays until it can be."""
    cut_off(home, [staged(home)])
    (home / ".secrets" / "audit.key").write_text("no key")
    (unfinished,) = recover(home)
    assert "cannot be recorded" in unfinished.sentence
    assert unfinished.targets == (home / "output" / "x.csv",)
    (home / ".secrets" / "audit.key").unlink()
    assert recover(home) == []
    assert finishes(home) == 1


def test_a_folder_that_is_away(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two outputs has its folder away, or an empty one in its place: it is said until the folder is back."""
    away = home / "output" / "disk"
    outputs = [staged(home), staged(home, "disk/y.csv")]
    with monkeypatch.context() as patch:
        real = os.rename

        def rename(*arguments: object, **keywords: object) -> None:
            if arguments[1] == "x.csv":
                raise Cut
            real(*arguments, **keywords)  # type: ignore[arg-type]

        patch.setattr(os, "rename", rename)
        with suppress(Cut), committed(outputs, manifest_of(home, "r1")):
            pass
    away.rename(home / "elsewhere")
    for _ in range(2):
        (unfinished,) = recover(home)
        assert f"bring {away} back" in unfinished.sentence
        with pytest.raises(OutputFailed, match="its folder is away"):
            refuse_unfinished([unfinished], [away / "y.csv"])
        refuse_unfinished([unfinished], [home / "output" / "z.csv"])
        away.mkdir(exist_ok=True)
    assert (home / "output" / "x.csv").read_text() == "new"
    away.rmdir()
    (home / "elsewhere").rename(away)
    assert recover(home) == []
    assert (away / "y.csv").read_text() == "new"


def test_a_staged_file_that_was_replaced_is_not_put_in_place(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file has taken its name between the kill and the next start."""
    output = staged(home)
    with monkeypatch.context() as patch:
        patch.setattr("etl_batch.files.commit._carry_out", lambda _: (_ for _ in ()).throw(Cut()))
        with suppress(Cut), committed([output], manifest_of(home, "r1")):
            pass
    output.staged.unlink()
    output.staged.write_text("forged")
    (unfinished,) = recover(home)
    assert "another file" in unfinished.sentence
    assert not (home / "output" / "x.csv").exists()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"steps": [{}], "keep_backups": 1, "then": null}'])
def test_a_damaged_manifest(home: Path, text: str) -> None:
    """It is named, and nothing is done by it."""
    manifest_folder(home).mkdir(parents=True)
    manifest_of(home, "r1").write_text(text)
    (unfinished,) = recover(home)
    assert "r1.json" in unfinished.sentence
    assert unfinished.targets == ()


def test_drafts_of_the_dead_go(home: Path) -> None:
    """A manifest that was being written by a process that is no more; one of a living process stays."""
    manifest_folder(home).mkdir(parents=True)
    for number in (os.getpid(), 2**22 + 1):
        (manifest_folder(home) / f"r.{number}.tmp").touch()
    recover(home)
    assert [path.name for path in manifest_folder(home).iterdir()] == [f"r.{os.getpid()}.tmp"]


def test_drafts_of_secrets_go_too(home: Path) -> None:
    """A key that was being made by a process that is no more."""
    for number in (os.getpid(), 2**22 + 1):
        (home / ".secrets" / f".checkpoints.key.{number}-7.tmp").touch()
    recover(home)
    assert [path.name for path in (home / ".secrets").iterdir()] == [f".checkpoints.key.{os.getpid()}-7.tmp"]


def killed(home: Path, run_id: str, target: Path) -> tuple[RunDirectory, Staged]:
    """A run that was killed: it is noted as open, its process is gone, its output is staged."""
    run = RunDirectory(home, run_id).create()
    output = stage(Place.of(target), run_id)
    progress = Progress(run_id, RunStatus.RUNNING, pid=2**22 + 1, pid_started=1.0, staged=(str(output.staged),))
    run.write_progress(progress)
    run.write("config.json", {"output_csv": str(target)})
    run.file("turns.bin").touch()
    with suppress(Cut), noted_open(run):
        raise Cut
    return run, output


def test_leftovers_of_killed_runs(home: Path) -> None:
    """Those of the same output go at once; those of another one stay for a day, for whoever goes on with the run."""
    same, other = home / "output" / "x.csv", home / "output" / "x.csv.gz"
    first, its = killed(home, "r1", same)
    second, theirs = killed(home, "r2", other)
    fresh = RunDirectory(home, "r3").create()
    for age in (0.0, recovering.KEPT_SECONDS + 10):
        note = home / "output" / "runs" / ".open" / "r2"
        os.utime(note, (time.time() - age,) * 2)
        with noted_open(fresh):
            clear_leftovers(fresh, [Place.of(same)])
        assert not its.staged.exists()
        assert theirs.staged.exists() is (age == 0.0)
        assert not first.file("turns.bin").exists()
        assert second.file("turns.bin").exists() is (age == 0.0)
    assert list((home / "output" / "runs" / ".open").iterdir()) == []


def killed_in_parts(home: Path, run_id: str, target: Path) -> tuple[RunDirectory, Staged]:
    """The same of a run whose output is a folder of parts."""
    run, output = killed(home, run_id, target)
    discard([output])
    folder = staged_folder_in(target, run_id, {f"part-00000-{run_id}.parquet": b"PAR1", "part-00001": b""})
    return run, folder


@pytest.mark.parametrize("clear", ["next run", "prune"])
def test_leftovers_of_killed_runs_in_parts(home: Path, clear: str) -> None:
    """A staged folder goes with all that is in it when a staged file would: at once, or after a day."""
    same, other = home / "output" / "x.parquet", home / "output" / "y.parquet"
    _, its = killed_in_parts(home, "r1", same)
    second, theirs = killed_in_parts(home, "r2", other)
    fresh = RunDirectory(home, "r3").create()
    for age in (0.0, recovering.KEPT_SECONDS + 10):
        note = home / "output" / "runs" / ".open" / "r2"
        os.utime(note, (time.time() - age,) * 2)
        if clear == "prune":
            clear_killed(home)
        else:
            with noted_open(fresh):
                clear_leftovers(fresh, [Place.of(same)])
            assert not its.staged.exists()
        assert theirs.staged.exists() is (age == 0.0)
        assert second.file("turns.bin").exists() is (age == 0.0)


def test_a_link_under_the_name_of_a_staged_folder(home: Path) -> None:
    """The link goes, and what it leads to stays."""
    kept = home / "data" / "kept"
    kept.mkdir(parents=True)
    (kept / "file").touch()
    (home / "output" / ".x.parquet.r1.tmp").symlink_to(kept)
    fresh = RunDirectory(home, "r3").create()
    with noted_open(fresh):
        clear_leftovers(fresh, [Place.of(home / "output" / "x.parquet")])
    assert not (home / "output" / ".x.parquet.r1.tmp").is_symlink()
    assert (kept / "file").exists()


def test_what_is_kept_of_a_run_goes_with_its_commit(home: Path) -> None:
    """Nobody goes on with a run whose outputs were put in place for it."""
    run, output = killed(home, "r1", home / "output" / "x.csv")
    cut_off(home, [output])
    assert recover(home) == []
    assert not run.file("turns.bin").exists()
    assert list((home / "output" / "runs" / ".open").iterdir()) == []


@pytest.mark.parametrize("age", [0.0, UNBEGUN_SECONDS + 10])
def test_a_run_whose_progress_is_lost(home: Path, age: float) -> None:
    """What it has staged is found by its note and its settings, once nobody can be at it any more."""
    run, _ = killed(home, "r1", home / "output" / "x.csv")
    run.write("config.json", {"output_csv": str(home / "output" / "x.csv"), "report": str(home / "report" / "r.html")})
    reports = [home / "report" / f".{name}.r1.tmp" for name in ("r1.html", "r.html")]
    for path in (*reports, run.file(".metadata.json.r1.tmp")):
        path.touch()
    run.file("progress.json").write_text("")
    os.utime(run.path, (time.time() - age,) * 2)
    fresh = RunDirectory(home, "r2").create()
    with noted_open(fresh):
        clear_leftovers(fresh, [Place.of(home / "output" / "x.csv")])
    left = [path for folder in ("output", "report") for path in (home / folder).rglob("*.tmp")]
    assert len(left) == (0 if age else 3)
    assert (home / "output" / "runs" / ".open" / "r1").exists() is (age == 0.0)


def test_what_cannot_be_removed_is_in_nobodys_way(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A staged file in a folder that lets nobody remove it, and a note that is no run's."""

    def refuse(_name: str, _folder: int) -> None:
        raise PermissionError

    target = home / "output" / "x.csv"
    (home / "output" / ".x.csv.r1.tmp").touch()
    monkeypatch.setattr(recovering, "remove_staged", refuse)
    fresh = RunDirectory(home, "r3").create()
    with noted_open(fresh):
        (home / "output" / "runs" / ".open" / ".odd").touch()
        clear_leftovers(fresh, [Place.of(target)])
    assert (home / "output" / ".x.csv.r1.tmp").exists()


def test_a_run_that_goes_on_loses_nothing(home: Path) -> None:
    """What a living process has staged is not touched by the runs of other outputs."""
    run = RunDirectory(home, "r1").create()
    output = stage(Place.of(home / "output" / "x.csv"), "r1")
    run.file("turns.bin").touch()
    from etl_batch.runs.record.pulse import Pulse

    pulse = Pulse(run, Progress("r1", staged=(str(output.staged),)), lambda _: None)
    pulse.write()
    fresh = RunDirectory(home, "r2").create()
    with noted_open(run), noted_open(fresh):
        clear_leftovers(fresh, [Place.of(home / "output" / "y.csv")])
        assert output.staged.exists()
        assert run.file("turns.bin").exists()


@pytest.mark.parametrize("lives", [True, False])
def test_a_text_that_is_replaced_while_a_run_ends(home: Path, lives: bool) -> None:
    """The draft of a living process goes by itself; that of a dead one is found by the note of the run."""
    run, writer = RunDirectory(home, "r1").create(), os.getpid() if lives else 2**22 + 1
    with noted_open(run):
        run.file(f".progress.json.{writer}-7.tmp").touch()
    assert (home / "output" / "runs" / ".open" / "r1").exists() is not lives
