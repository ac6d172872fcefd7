"""Downloads: which file a name stands for, and that a stream keeps to its length."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import anyio
import pytest

from console import downloads
from etl_batch.errors import InputRefused, UsageError
from etl_batch.runs.record.directory import RunDirectory, utc_now


@pytest.fixture
def run(home) -> RunDirectory:
    """A finished run with one output that has the name of a run file as well."""
    run = RunDirectory(home, "r1").create()
    (home / "output" / "config.json").write_text("the output")
    facts = {"path": str(home / "output" / "config.json"), "bytes": 10, "sha256": "f" * 64}
    run.write(
        "metadata.json",
        {"status": "success", "started_at": utc_now(), "finished_at": utc_now(), "outputs": {"csv": facts}},
    )
    run.write("config.json", {"the": "configuration"})
    run.report.write_text("report")
    return run


def test_an_output_comes_before_a_run_file(home, run):
    """A name that both have is the output's; other names are the run's files and its report."""
    found = downloads.locate(home, "r1", "config.json")
    assert (found.path, found.etag) == (home / "output" / "config.json", f'"{"f" * 64}"')
    assert downloads.locate(home, "r1", "metadata.json").path == run.file("metadata.json")
    assert downloads.locate(home, "r1", "r1.html").path == run.report
    assert downloads.locate(home, "latest", "r1.html").path == run.report


@pytest.mark.parametrize("name", ["", ".", "..", ".x", "../r1/metadata.json", "a/b", "no", "a\x00", "a" * 300])
def test_other_names_are_nobodys(home, run, name):
    """What is no plain name of an existing file is refused in words."""
    run.file(".x").write_text("hidden")
    with pytest.raises(InputRefused, match="has no file"):
        downloads.locate(home, "r1", name)


@pytest.mark.parametrize("run_id", ["", "..", "ghost", "a/b"])
def test_other_runs_do_not_exist(home, run, run_id):
    """A run that is not there is told with the place to look."""
    with pytest.raises(UsageError, match="runs list"):
        downloads.locate(home, run_id, "metadata.json")


def test_outputs_that_went_away(home, run):
    """A deleted output, a link in its place and one of another length are three different sentences or refusals."""
    output = home / "output" / "config.json"
    output.write_text("longer than it was")
    with pytest.raises(downloads.Replaced, match="no backup of what this run wrote is left"):
        downloads.locate(home, "r1", "config.json")
    kept = output.with_name("config.json.bak.20260101T000000.000000Z")
    kept.write_text("the output")
    moment = datetime.fromisoformat(run.metadata().finished_at).timestamp()
    os.utime(kept, (moment, moment))
    with pytest.raises(downloads.Replaced, match=r"is kept as config\.json\.bak\.2026"):
        downloads.locate(home, "r1", "config.json")
    output.unlink()
    with pytest.raises(InputRefused, match="moved or deleted"):
        downloads.locate(home, "r1", "config.json")
    output.symlink_to("/etc/passwd")
    with pytest.raises(InputRefused, match="moved or deleted"):
        downloads.locate(home, "r1", "config.json")


def test_the_checksum_names_only_what_was_not_touched(home, run):
    """A file of the same length that was written later has a tag of its own."""
    later = (home / "output" / "config.json").stat().st_mtime + 3600
    os.utime(home / "output" / "config.json", (later, later))
    assert downloads.locate(home, "r1", "config.json").etag != f'"{"f" * 64}"'


@pytest.mark.parametrize("size", [0, 1, downloads.PIECE_BYTES, downloads.PIECE_BYTES + 1])
def test_a_stream_keeps_to_its_length(tmp_path: Path, size: int):
    """However much longer the file has become, exactly the announced bytes are sent, in bounded pieces."""
    path = tmp_path / "log"
    path.write_bytes(b"x" * size + b"y" * 1000)

    async def collect() -> list[bytes]:
        return [piece async for piece in downloads._pieces(path, size)]

    pieces = anyio.run(collect)
    assert b"".join(pieces) == b"x" * size
    assert all(len(piece) <= downloads.PIECE_BYTES for piece in pieces)
