"""An output that is swapped for a link while it is downloaded: nothing of `.secrets` comes out."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from console import downloads
from etl_batch.errors import InputRefused
from etl_batch.runs.record.directory import RunDirectory, utc_now
from tests.security.swapping import swapping

SWAPS = 20_000
PLAIN = b"a,b\n1,2\n"
SECRET = b"a secret"
RUN = "r1"


@pytest.fixture
def output(home: Path) -> Path:
    """The only output of a run, in a folder that others may write in, and as long as a secret."""
    folder = home / "output" / "shared"
    folder.mkdir()
    (home / ".secrets").mkdir(exist_ok=True)
    (home / ".secrets" / "a.csv").write_bytes(SECRET)
    path = folder / "a.csv"
    path.write_bytes(PLAIN)
    facts = {"path": str(path), "bytes": len(PLAIN), "sha256": "f" * 64}
    run = RunDirectory(home, RUN).create()
    run.write("metadata.json", {"status": "success", "finished_at": utc_now(), "outputs": {"csv": facts}})
    return path


def downloaded(home: Path, name: str) -> bytes:
    """What a download sends."""
    with downloads.locate(home, RUN, name).open() as file:
        return file.read()


@pytest.mark.parametrize("swapped", ["file", "folder"])
def test_an_output_swapped_for_a_link(home: Path, output: Path, tmp_path: Path, swapped: str):
    """However often its name, or its folder's, leads into `.secrets`, the output or a refusal comes out."""
    secrets, link = home / ".secrets", tmp_path / "link"
    name = output if swapped == "file" else output.parent
    link.symlink_to(secrets / "a.csv" if swapped == "file" else secrets)
    seen: Counter[bytes | str] = Counter()
    with swapping(tmp_path, SWAPS, (name, link)) as intruder:
        while intruder.busy:
            try:
                seen[downloaded(home, output.name)] += 1
            except InputRefused as error:
                seen[error.kind] += 1
    assert SECRET not in seen
    assert seen[PLAIN]


def test_a_secret_by_another_name_is_no_output(home: Path, output: Path):
    """A hard link of a secret in an output's place, as long and as old as the output, is refused."""
    before = output.stat()
    output.unlink()
    output.hardlink_to(home / ".secrets" / "a.csv")
    os.utime(output, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(InputRefused):
        downloaded(home, output.name)


def test_what_is_sent_is_what_was_looked_at(home: Path, output: Path):
    """A file that takes the output's place between the look and the sending is not sent in its name."""
    found = downloads.locate(home, RUN, output.name)
    other = output.with_name("other")
    other.write_bytes(PLAIN)
    other.replace(output)
    with pytest.raises(downloads.Replaced, match="replaced this moment"):
        found.open()
    output.unlink()
    output.symlink_to(home / ".secrets" / "a.csv")
    with pytest.raises(downloads.Replaced, match="replaced this moment"):
        found.open()
