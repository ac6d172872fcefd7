"""Publication: all outputs or none, backups of what stood there, and a commit that was cut off is finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch.errors import Busy, OutputFailed
from etl_batch.files.beneath import Place
from etl_batch.files.commit import backups_of, locked
from etl_batch.files.staging import Staged, discard, stage
from tests.commits import Killed, kill_after, publish, roll_forward, staged_in


def staged_outputs(folder: Path) -> list[Staged]:
    """Two staged outputs: one over an older file, one that is the first of its name."""
    (folder / "a.csv").write_text("old a")
    return [staged_in(folder / name, "run", f"new {name[0]}") for name in ("a.csv", "b.parquet")]


def contents(folder: Path) -> dict[str, str]:
    """What stands in a folder, without what only a run looks at."""
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_staging_touches_nothing_that_is_there(tmp_path: Path) -> None:
    """The staged file is empty and hidden beside its target, in a folder that is made; discarding removes it."""
    target = tmp_path / "new" / "a.csv"
    output = stage(Place.of(target), "run")
    assert (output.target, output.staged) == (target, tmp_path / "new" / ".a.csv.run.tmp")
    output.staged.write_text("half of another attempt")
    assert stage(Place.of(target), "run").staged.read_text() == ""
    discard([output])
    discard([output])
    assert list(target.parent.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """The sentence names the output."""
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "a.csv"
    with pytest.raises(OutputFailed, match=r"a\.csv cannot be written"):
        stage(Place.of(target), "run")
    with pytest.raises(OutputFailed, match=r"a\.csv cannot be written"), locked([Place.of(target)]):
        pass


def test_all_outputs_are_published_together(tmp_path: Path) -> None:
    """New files in their places, the old one beside them, and neither manifest nor staged file left."""
    (backup,) = publish(staged_outputs(tmp_path), tmp_path / ".commit" / "run.json")
    assert contents(tmp_path) == {"a.csv": "new a", "b.parquet": "new b", backup.name: "old a"}
    assert backup.name.startswith("a.csv.bak.")
    assert list((tmp_path / ".commit").iterdir()) == []


STEPS = ["the manifest", "the backup", "the first target", "the second target", "the manifest's end"]


@pytest.mark.parametrize("steps", range(len(STEPS)), ids=[f"before {step}" for step in STEPS])
def test_a_commit_that_was_cut_off(tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the manifest stands nothing has happened; from then on the next run finishes it, at whatever step."""
    outputs = staged_outputs(tmp_path)
    with monkeypatch.context() as patch:
        kill_after(steps, patch)
        with pytest.raises(Killed):
            publish(outputs, tmp_path / ".commit" / "run.json")
    left = roll_forward(tmp_path / ".commit")
    assert roll_forward(tmp_path / ".commit") == 0
    if steps == 0:
        assert left == 0
        discard(outputs)
        assert contents(tmp_path) == {"a.csv": "old a"}
    else:
        assert left == 1
        (backup,) = backups_of(tmp_path / "a.csv")
        assert contents(tmp_path) == {"a.csv": "new a", "b.parquet": "new b", backup.name: "old a"}


def test_a_step_that_was_done_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup that was taken away meanwhile is not made anew of the file that has replaced its own."""
    outputs = staged_outputs(tmp_path)
    with monkeypatch.context() as patch:
        kill_after(STEPS.index("the second target"), patch)
        with pytest.raises(Killed):
            publish(outputs, tmp_path / ".commit" / "run.json")
    for backup in backups_of(tmp_path / "a.csv"):
        backup.unlink()
    assert roll_forward(tmp_path / ".commit") == 1
    assert contents(tmp_path) == {"a.csv": "new a", "b.parquet": "new b"}


def test_every_step_was_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit has just the steps that the test above cuts off."""
    outputs = staged_outputs(tmp_path)
    kill_after(len(STEPS), monkeypatch)
    publish(outputs, tmp_path / ".commit" / "run.json")
    assert not (tmp_path / ".commit" / "run.json").exists()


def test_nothing_to_roll_forward(tmp_path: Path) -> None:
    """No folder of manifests, and an empty one."""
    assert roll_forward(tmp_path / "none") == 0
    assert roll_forward(tmp_path) == 0


def test_a_commit_that_cannot_begin(tmp_path: Path) -> None:
    """A staged file that has gone: nothing has changed, and the sentence says so."""
    outputs = staged_outputs(tmp_path)
    outputs[1].staged.unlink()
    with pytest.raises(OutputFailed, match="Nothing has changed"):
        publish(outputs, tmp_path / ".commit" / "run.json")
    assert (tmp_path / "a.csv").read_text() == "old a"


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_backups_are_pruned(tmp_path: Path, keep: int) -> None:
    """The newest are kept, those of other outputs are not counted among them."""
    target = tmp_path / "a.csv"
    (tmp_path / "a.csvx.bak.1").touch()
    for number in range(5):
        publish([staged_in(target, "run", str(number))], tmp_path / ".commit" / "run.json", keep)
    assert target.read_text() == "4"
    assert [path.read_text() for path in backups_of(target)] == ["0", "1", "2", "3"][4 - keep :]
    assert (tmp_path / "a.csvx.bak.1").exists()


@pytest.mark.parametrize("left", ["20991231T235959.999999Z", "20000101T000000.000000Z", "by hand"])
def test_a_clock_set_back_keeps_the_newest_backup(tmp_path: Path, left: str) -> None:
    """The version that was just replaced stays, and not one whose name says that it came later."""
    target = tmp_path / "a.csv"
    target.with_name(f"a.csv.bak.{left}").write_text("long ago")
    target.write_text("just now")
    keep = 1 if left[0] == "2" else 2
    (made,) = publish([staged_in(target, "run", "new")], tmp_path / ".commit" / "run.json", keep)
    assert (made.exists(), made.read_text()) == (True, "just now")
    assert (target.read_text(), made in backups_of(target)) == ("new", True)


def test_an_output_belongs_to_one_run(tmp_path: Path) -> None:
    """While it is held it is held for nobody else, and of two outputs none is kept when one is not to be had."""
    first, second = Place.of(tmp_path / "a"), Place.of(tmp_path / "b")
    with locked([second]):
        with pytest.raises(Busy, match=r"b is being written by another run"), locked([first, second]):
            pass
        with locked([first]):
            pass
    with locked([first, second]):
        pass
