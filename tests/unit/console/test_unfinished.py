"""Uploads under way belong to a living process; what a dead one has left goes."""

from __future__ import annotations

import subprocess
import sys

from console import unfinished

WRITER = """
import sys, time
from pathlib import Path
from console import unfinished
with unfinished.begin(Path(sys.argv[1])) as staged:
    staged.file.write(b"half")
    staged.file.flush()
    print(staged.path.name, flush=True)
    time.sleep(600)
"""


def test_only_the_dead_ones_uploads_are_swept(tmp_path):
    """That of another living process stays, and so does that of this one; after a kill it goes."""
    (tmp_path / ".upload-old.part").write_bytes(b"x")
    (tmp_path / "keep.csv").write_bytes(b"x")
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        name = writer.stdout.readline().strip()
        with unfinished.begin(tmp_path) as mine:
            unfinished.sweep(tmp_path)
            assert {path.name for path in tmp_path.iterdir()} == {name, mine.path.name, "keep.csv"}
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    assert (tmp_path / name).read_bytes() == b"half"
    unfinished.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["keep.csv"]


def test_one_that_is_swept_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    """Between the making and the lock the file looks like one that nobody writes."""
    real, looks = unfinished.fcntl.flock, []

    def flock(file, operation):
        if not looks:
            looks.append(operation)
            unfinished.sweep(tmp_path)
        real(file, operation)

    monkeypatch.setattr(unfinished.fcntl, "flock", flock)
    with unfinished.begin(tmp_path) as staged:
        staged.file.write(b"whole")
        staged.path.rename(tmp_path / "whole.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["whole.csv"]


def test_a_link_is_not_followed(tmp_path):
    """What bears such a name and is no file of an upload takes nothing with it."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"kept")
    (tmp_path / ".upload-x.part").symlink_to(victim)
    unfinished.sweep(tmp_path)
    assert victim.read_bytes() == b"kept"
