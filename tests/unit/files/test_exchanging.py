"""Folders that take each other's place: by one call of the system, by two where it has none, and killed in between."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from etl_batch.errors import OutputFailed
from etl_batch.files import commit
from etl_batch.files.commit import backups_of, pending
from etl_batch.files.exchanging import exchange
from etl_batch.files.parted import MANIFEST
from etl_batch.files.staging import Staged, discard
from tests.commits import Killed, kill_after, publish, roll_forward, staged_folder_in, staged_in

OLD = {"part-00000-old.parquet": b"old 0", "part-00001-old.parquet": b"old 1", MANIFEST: b"old"}
NEW = {"part-00000-new.parquet": b"new 0", MANIFEST: b"new"}


def made(path: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with these files."""
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def content_of(path: Path) -> dict[str, bytes] | bytes:
    """A file, or what is in a folder."""
    return path.read_bytes() if path.is_file() else {each.name: each.read_bytes() for each in path.iterdir()}


@pytest.fixture
def opened_folder(tmp_path: Path) -> Iterator[int]:
    """A descriptor of the folder that a test has."""
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def test_two_folders(tmp_path: Path, opened_folder: int) -> None:
    """Each has the other's name, with all that is in it, and both are the folders that they were."""
    one, other = made(tmp_path / "one", OLD), made(tmp_path / "other", NEW)
    numbers = one.stat().st_ino, other.stat().st_ino
    assert exchange("one", "other", opened_folder) is True
    assert (content_of(one), content_of(other)) == (NEW, OLD)
    assert (other.stat().st_ino, one.stat().st_ino) == numbers


def test_a_file_and_a_folder(tmp_path: Path, opened_folder: int) -> None:
    """What stood there may have been one file until now."""
    one, other = made(tmp_path / "one", NEW), tmp_path / "other"
    other.write_bytes(b"PAR1")
    assert exchange("one", "other", opened_folder) is True
    assert (content_of(one), content_of(other)) == (b"PAR1", NEW)


@pytest.mark.parametrize(("one", "other"), [("one", "none"), ("none", "one"), ("none", "nothing")])
def test_a_name_that_is_not_there(tmp_path: Path, opened_folder: int, one: str, other: str) -> None:
    """It is an error of the system's, with its number, and no word that the file system cannot: nothing has moved."""
    made(tmp_path / "one", OLD)
    with pytest.raises(OSError) as raised:
        exchange(one, other, opened_folder)
    assert raised.value.errno == errno.ENOENT
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert content_of(tmp_path / "one") == OLD


def test_names_are_bytes(tmp_path: Path, opened_folder: int) -> None:
    """A name that is no UTF-8, as an old program may have given one, is that name."""
    odd = os.fsdecode(b"caf\xe9")
    made(tmp_path / odd, OLD)
    made(tmp_path / "other", NEW)
    assert exchange(odd, "other", opened_folder) is True
    assert content_of(tmp_path / odd) == NEW


WAYS = ["exchanged", "one after the other"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file system that can exchange names, and one that cannot."""
    name: str = request.param
    if name != WAYS[0]:
        monkeypatch.setattr(commit, "exchange", cannot)
    return name


def cannot(_one: str, _other: str, _folder: int) -> bool:
    """What a file system says that cannot exchange names."""
    return False


def kill(steps: int, way: str, patch: pytest.MonkeyPatch) -> None:
    """End the process before that step of those that there are; a call that does nothing is none."""
    kill_after(steps, patch)
    if way != WAYS[0]:
        patch.setattr(commit, "exchange", cannot)


def before(tmp_path: Path, what: str) -> dict[str, bytes] | bytes | None:
    """What stands at the target; returns what its backup has to be."""
    if what == "folder":
        made(tmp_path / "x.parquet", OLD)
        return OLD
    if what == "file":
        (tmp_path / "x.parquet").write_bytes(b"PAR1")
        return b"PAR1"
    if what == "empty folder":
        made(tmp_path / "x.parquet", {})
        return {}
    return None


@pytest.mark.parametrize("what", ["folder", "file", "empty folder", "nothing"])
def test_a_folder_is_published(tmp_path: Path, way: str, what: str) -> None:
    """It stands in its place, what was there is the backup, and nothing else is left, whatever the system can do."""
    former = before(tmp_path, what)
    backups = publish([staged_folder_in(tmp_path / "x.parquet", "run", NEW)], tmp_path / ".commit" / "run.json")
    assert content_of(tmp_path / "x.parquet") == NEW
    assert [content_of(path) for path in backups] == ([] if former is None else [former])
    assert backups == backups_of(tmp_path / "x.parquet")
    assert {path.name for path in tmp_path.iterdir()} == {"x.parquet", ".commit", *(path.name for path in backups)}
    assert list((tmp_path / ".commit").iterdir()) == []


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_backups_of_folders_are_pruned(tmp_path: Path, keep: int) -> None:
    """Folders and files are counted together, the oldest go with all that is in them, another output's stay."""
    target = tmp_path / "x.parquet"
    target.write_bytes(b"PAR1")
    made(tmp_path / "x.parquet2.bak.20260101T000000.000000Z", OLD)
    for number in range(3):
        folder = staged_folder_in(target, "run", {MANIFEST: str(number).encode()})
        publish([folder], tmp_path / ".commit" / "run.json", keep)
    assert content_of(target) == {MANIFEST: b"2"}
    former = [b"PAR1", {MANIFEST: b"0"}, {MANIFEST: b"1"}]
    assert [content_of(path) for path in backups_of(target)] == former[3 - keep :]
    assert (tmp_path / "x.parquet2.bak.20260101T000000.000000Z").is_dir()


STEPS = {
    "exchanged": [
        "the manifest",
        "the backup of the file",
        "the file",
        "the exchange",
        "the backup of the folder",
        "the manifest's end",
    ],
    "one after the other": [
        "the manifest",
        "the backup of the file",
        "the file",
        "the backup of the folder",
        "the folder",
        "the manifest's end",
    ],
}


def staged_outputs(folder: Path) -> list[Staged]:
    """A file and a folder on their way, each over an older one."""
    (folder / "x.csv").write_text("old")
    made(folder / "x.parquet", OLD)
    return [staged_in(folder / "x.csv", "run", "new"), staged_folder_in(folder / "x.parquet", "run", NEW)]


def cut_off(outputs: Sequence[Staged], manifest: Path, way: str, steps: int) -> None:
    """Kill a commit before that step."""
    with pytest.MonkeyPatch.context() as patch:
        kill(steps, way, patch)
        with pytest.raises(Killed):
            publish(outputs, manifest)


def in_place(folder: Path) -> bool:
    """Whether the new outputs stand there alone, with the backups of the old ones."""
    (file,), (parts,) = backups_of(folder / "x.csv"), backups_of(folder / "x.parquet")
    assert (content_of(folder / "x.csv"), content_of(file)) == (b"new", b"old")
    assert (content_of(folder / "x.parquet"), content_of(parts)) == (NEW, OLD)
    names = {"x.csv", "x.parquet", ".commit", file.name, parts.name}
    return {path.name for path in folder.iterdir()} == names and not pending(folder / ".commit")


@pytest.mark.parametrize("steps", range(6))
def test_a_commit_of_a_folder_that_was_cut_off(tmp_path: Path, way: str, steps: int) -> None:
    """The target is the whole old folder or the whole new one at every moment, and whoever comes next does the rest.

    Where the system cannot exchange names there is one moment at which nothing stands there.
    """
    outputs = staged_outputs(tmp_path)
    cut_off(outputs, tmp_path / ".commit" / "run.json", way, steps)
    step = STEPS[way][steps]
    if (way, step) == ("one after the other", "the folder"):
        assert not (tmp_path / "x.parquet").exists()
    else:
        new = steps > STEPS[way].index("the exchange" if way == WAYS[0] else "the folder")
        assert content_of(tmp_path / "x.parquet") == (NEW if new else OLD)
    assert roll_forward(tmp_path / ".commit") == (1 if steps else 0)
    assert roll_forward(tmp_path / ".commit") == 0
    if steps == 0:
        discard(outputs)
        assert {path.name for path in tmp_path.iterdir()} == {"x.csv", "x.parquet", ".commit"}
        assert (content_of(tmp_path / "x.csv"), content_of(tmp_path / "x.parquet")) == (b"old", OLD)
    else:
        assert in_place(tmp_path)


@pytest.mark.parametrize("again", range(6))
@pytest.mark.parametrize("steps", [1, 3, 4])
def test_cut_off_twice(tmp_path: Path, way: str, steps: int, again: int) -> None:
    """Whoever goes on may be killed as well: the third one comes to the same."""
    cut_off(staged_outputs(tmp_path), tmp_path / ".commit" / "run.json", way, steps)
    with pytest.MonkeyPatch.context() as patch:
        kill(again, way, patch)
        try:
            roll_forward(tmp_path / ".commit")
            done = True
        except Killed:
            done = False
    assert roll_forward(tmp_path / ".commit") == (0 if done else 1)
    assert in_place(tmp_path)


def test_every_step_was_tried(tmp_path: Path, way: str) -> None:
    """A commit has just the steps that are cut off above."""
    outputs = staged_outputs(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        kill(len(STEPS[way]), way, patch)
        publish(outputs, tmp_path / ".commit" / "run.json")
    assert in_place(tmp_path)


def test_a_folder_that_somebody_else_has_put_there(tmp_path: Path) -> None:
    """Under the name of one whose commit was cut off stands another one now: it is not put in place for it."""
    outputs = staged_outputs(tmp_path)
    cut_off(outputs, tmp_path / ".commit" / "run.json", WAYS[0], 3)
    outputs[1].staged.rename(tmp_path / "taken")
    made(outputs[1].staged, {MANIFEST: b"forged"})
    with pytest.raises(OutputFailed):
        roll_forward(tmp_path / ".commit")
    assert content_of(tmp_path / "x.parquet") == OLD
    assert pending(tmp_path / ".commit")


def test_a_folder_that_was_taken_away(tmp_path: Path) -> None:
    """Before the manifest stands: nothing has changed, and the sentence says so."""
    outputs = staged_outputs(tmp_path)
    outputs[1].staged.rename(tmp_path / "taken")
    with pytest.raises(OutputFailed, match="Nothing has changed"):
        publish(outputs, tmp_path / ".commit" / "run.json")
    assert (content_of(tmp_path / "x.csv"), content_of(tmp_path / "x.parquet")) == (b"old", OLD)


@pytest.mark.parametrize("steps", range(6))
def test_a_backup_whose_removal_is_cut_off(tmp_path: Path, steps: int) -> None:
    """A folder with the name of a backup has all that the output had: half of one would be taken for it."""
    target = made(tmp_path / "x.parquet", OLD)
    output, taken = staged_folder_in(target, "run", NEW), 0
    with pytest.MonkeyPatch.context() as patch:
        for name in ("unlink", "rmdir"):
            real = getattr(os, name)

            def killing(*arguments: object, real: object = real, **keywords: object) -> object:
                nonlocal taken
                taken += 1
                if taken > steps:
                    raise Killed
                assert callable(real)
                return real(*arguments, **keywords)

            patch.setattr(os, name, killing)
        with suppress(Killed):
            publish([output], tmp_path / ".commit" / "run.json", 0)
    roll_forward(tmp_path / ".commit")
    assert content_of(target) == NEW
    assert [content_of(path) for path in backups_of(target)] in ([], [OLD])
