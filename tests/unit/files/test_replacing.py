"""Files put in their place whole: replaced by a text, or made once and never again."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from etl_batch.files.beneath import Place
from etl_batch.files.replacing import make_once, replace_text


@pytest.mark.parametrize("durable", [False, True])
def test_a_text_replaces_a_file(tmp_path: Path, durable: bool) -> None:
    """In a folder that may have to be made; who has the old one open still reads that."""
    path = tmp_path / "new" / "x"
    replace_text(Place(str(tmp_path), "new/x"), "first", durable=durable)
    with path.open() as before:
        replace_text(Place.of(path), "ünd second", durable=durable)
        assert before.read() == "first"
    assert path.read_text(encoding="utf-8") == "ünd second"
    assert [each.name for each in path.parent.iterdir()] == ["x"]


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    """Whatever it leads to stays as it is."""
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "x").symlink_to("victim")
    replace_text(Place.of(tmp_path / "x"), "text")
    assert ((tmp_path / "x").is_symlink(), (tmp_path / "victim").read_text()) == (False, "mine")


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A folder stands in the place: the draft is gone, and the folder stays."""
    (tmp_path / "x" / "y").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace_text(Place.of(tmp_path / "x"), "text")
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_a_file_is_made_once(tmp_path: Path) -> None:
    """The first content stays, nobody else reads it, and no draft is left."""
    path = tmp_path / "key"
    make_once(path, b"first")
    make_once(path, b"second")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"first", 0o600)
    assert (os.listdir(tmp_path), path.stat().st_nlink) == (["key"], 1)  # noqa: PTH208 - names alone
