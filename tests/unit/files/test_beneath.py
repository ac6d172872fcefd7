"""Files beneath a root: no link on the way is followed, wherever it leads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from etl_batch.files.beneath import Place, folder_of, make_folder, open_beneath


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file three folders deep, and links to it and to its folders."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x").write_text("here")
    (tmp_path / "a" / "b" / "link").symlink_to("x")
    (tmp_path / "to_a").symlink_to("a")
    (tmp_path / "a" / "to_b").symlink_to(tmp_path / "a" / "b")
    return tmp_path


def read(root: Path, below: str) -> bytes:
    """What stands there."""
    descriptor = open_beneath(Place(str(root), below), os.O_RDONLY)
    try:
        return os.read(descriptor, 100)
    finally:
        os.close(descriptor)


def test_a_file_is_opened(root: Path) -> None:
    """Also in the root itself, and with more strokes between its folders than are needed."""
    assert read(root, "a/b/x") == read(root / "a" / "b", "x") == read(root, "a//b/x") == b"here"


@pytest.mark.parametrize("below", ["a/b/link", "to_a/b/x", "a/to_b/x", "a/b/x/y", "a/b/none", "none/x"])
def test_nothing_else_is(root: Path, below: str) -> None:
    """A link in the place of the file or of a folder, though it leads to the same one, and what is not there."""
    with pytest.raises(OSError):
        read(root, below)


def test_there_is_no_way_up(root: Path) -> None:
    """Not even to where one came from."""
    with pytest.raises(ValueError, match=r"a/\.\./a/b/x"):
        read(root, "a/../a/b/x")


def test_folders_are_made_where_they_are_missing(root: Path) -> None:
    """Below the root and the root itself, but not through a link."""
    with folder_of(Place(str(root / "new"), "one/two/x"), create=True) as folder:
        assert os.listdir(folder) == []  # noqa: PTH208 - of a descriptor
    assert (root / "new" / "one" / "two").is_dir()
    with pytest.raises(OSError), folder_of(Place(str(root), "to_a/c/x"), create=True):
        pass
    assert not (root / "a" / "c").exists()


def test_a_place_is_told_by_its_parts(tmp_path: Path) -> None:
    """Its folder, its name, its neighbours and the path that it stands for."""
    place = Place("/root", "a/b/x")
    assert (place.folder, place.name, str(place.path)) == ("a/b", "x", "/root/a/b/x")
    assert place.beside("y") == Place("/root", "a/b/y")
    (tmp_path / "link").symlink_to(tmp_path)
    assert Place.of(tmp_path / "link" / "x") == Place(str(tmp_path), "x")


def test_each_folder_that_is_made_is_synced_into_the_one_above(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also below a root; one that is there already costs nothing."""
    synced, real = list[str](), os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(root)))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    make_folder(root / "new" / "inner", 0o700)
    with folder_of(Place(str(root), "a/c/d/x"), create=True):
        pass
    assert synced == [".", "new", "a", "a/c"]
    make_folder(root / "new" / "inner")
    assert len(synced) == 4
    assert (root / "new" / "inner").stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_place_of_a_folder(root: Path) -> None:
    """Nothing is made of it."""
    for path in (root / "a" / "b" / "x", root / "a" / "b" / "x" / "y"):
        with pytest.raises(OSError):
            make_folder(path)
