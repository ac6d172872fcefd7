"""Who may read what is written: the account alone, or a group."""

from __future__ import annotations

import grp
import os
import stat

import pytest

from etl_batch import private
from etl_batch.errors import UsageError


def modes(folder) -> tuple[int, int]:
    """Of a file and a folder made there now."""
    (folder / "file").write_text("x")
    (folder / "inner").mkdir()
    return stat.S_IMODE((folder / "file").stat().st_mode), stat.S_IMODE((folder / "inner").stat().st_mode)


def test_nobody_else_by_default(tmp_path):
    """0600 and 0700; the home's folders are left as they are."""
    private.begin()
    assert modes(tmp_path) == (0o600, 0o700)
    private.share(tmp_path)
    assert not (tmp_path / "data").exists()


def test_a_group_reads_and_adds_inputs(tmp_path, monkeypatch):
    """Folders are the group's and hand it down; it may write into `data/` alone, and `.secrets` is not its own."""
    group = grp.getgrgid(os.getegid()).gr_name
    monkeypatch.setenv(private.VARIABLE, group)
    private.begin()
    private.share(tmp_path)
    found = {name: (tmp_path / name).stat() for name in ("data", "output", "output/runs", "report")}
    assert {name: stat.S_IMODE(each.st_mode) for name, each in found.items()} == {
        "data": 0o2770, "output": 0o2750, "output/runs": 0o2750, "report": 0o2750,
    }  # fmt: skip
    assert {each.st_gid for each in found.values()} == {os.getegid()}
    assert modes(tmp_path / "output") == (0o640, 0o2750)
    assert not (tmp_path / ".secrets").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is a member of every group")
def test_what_is_made_below_belongs_to_the_group(tmp_path, monkeypatch):
    """A group that is not the account's own, by its number."""
    monkeypatch.setenv(private.VARIABLE, "12345")
    private.share(tmp_path)
    (tmp_path / "output" / "runs" / "one").mkdir()
    assert (tmp_path / "output" / "runs" / "one").stat().st_gid == 12345


def test_no_such_group(tmp_path, monkeypatch):
    """It is told before anything is made."""
    monkeypatch.setenv(private.VARIABLE, "no-such-group")
    with pytest.raises(UsageError, match="ETL_GROUP=no-such-group: there is no such group"):
        private.share(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_group_of_others(tmp_path, monkeypatch):
    """An account cannot give away to a group that it does not belong to."""
    monkeypatch.setenv(private.VARIABLE, "12345")
    monkeypatch.setattr(private.os, "geteuid", lambda: 1)
    with pytest.raises(UsageError, match="no member"):
        private.share(tmp_path)
