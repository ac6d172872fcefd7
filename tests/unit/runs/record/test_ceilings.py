"""The limits of a run: what is looked at, what counts as past it, and what is said."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from etl_batch.errors import InputRefused, OutputFailed, TimedOut, WorkerFailed
from etl_batch.limits import Limits
from etl_batch.record.progress import LimitUse, Progress
from etl_batch.runs.record import ceilings
from etl_batch.runs.record.ceilings import Ceiling
from etl_batch.runs.record.directory import RunDirectory
from tests.unit.runs.stand_in import config_for


def test_only_what_is_limited_is_looked_at(tmp_path):
    """Without limits there is the time alone."""
    assert [use.name for use in ceilings.uses(Limits(), 60, 1, 2, 3)] == ["time"]
    assert list(ceilings.uses_of_files(Limits(), Progress("r"), tmp_path)) == []


def test_what_is_used_is_measured(tmp_path):
    """Staged files by their sizes, the disk where there is least, folders that are not made yet by their parents."""
    (tmp_path / "a").write_bytes(b"12345")
    progress = Progress("r", bytes_total=7, staged=(str(tmp_path / "a"), str(tmp_path / "gone")))
    limits = Limits(input_bytes=6, output_bytes=5, disk_left_bytes=1)
    found = {use.name: use for use in ceilings.uses_of_files(limits, progress, tmp_path / "not" / "yet")}
    assert (found["input"].used, found["input"].hit) == (7, True)
    assert (found["output"].used, found["output"].hit) == (5, False)
    assert found["disk"].place == str(tmp_path)
    assert not found["disk"].hit


def test_what_is_in_a_staged_folder_is_measured(tmp_path: Path) -> None:
    """All of its files count, as one file would: else an output in parts has no limit."""
    folder = tmp_path / ".x.parquet.r.tmp"
    folder.mkdir()
    for part in range(3):
        (folder / f"part-0000{part}-r.parquet").write_bytes(b"x" * 50_000)
    (tmp_path / "a").write_bytes(b"12345")
    progress = Progress("r", staged=(str(tmp_path / "a"), str(folder)))
    (use,) = ceilings.uses_of_files(Limits(output_bytes=100_000), progress, tmp_path)
    assert 150_005 <= use.used < 200_000
    assert use.hit


@pytest.mark.parametrize(
    ("use", "kind", "code"),
    [
        (LimitUse(Ceiling.CPU, 2, 1), TimedOut, 6),
        (LimitUse(Ceiling.MEMORY, 2, 1), WorkerFailed, 1),
        (LimitUse(Ceiling.OUTPUT, 2, 1), OutputFailed, 5),
        (LimitUse(Ceiling.DISK, 1, 2, "/srv"), OutputFailed, 5),
    ],
)
def test_each_has_its_error(use, kind, code):
    """With the exit code of its kind, and what to do."""
    assert use.hit
    error = ceilings.refusal(use)
    assert type(error) is kind
    assert error.exit_code == code
    assert "nothing was published" in error.message
    assert "System screen" in error.message


def test_what_is_told_elsewhere_has_none():
    """The time by the deadline, the input by the plan, and names of another version."""
    assert [ceilings.refusal(LimitUse(name, 2, 1)) for name in (Ceiling.TIME, Ceiling.INPUT, "later")] == [None] * 3


@pytest.mark.parametrize(
    ("own", "homes", "most"), [(None, 0, 0), (None, 5, 5), (3.0, 0, 3e9), (3.0, 5, 5), (1e-9, 5, 1)]
)
def test_the_stricter_input_counts(tmp_path, own, homes, most):
    """That of the run or that of the home."""
    config = config_for(tmp_path, max_size_gb=own)
    assert ceilings.stricter(Limits(input_bytes=homes), config).input_bytes == most


def test_a_run_that_was_killed_shows_the_limit(tmp_path):
    """In place of what its engine had seen last."""
    run = RunDirectory(tmp_path, "r").create()
    assert ceilings.limits_of(run) == ()
    run.write_progress(Progress("r", limits=(LimitUse("time", 1, 60), LimitUse("memory", 5, 10))))
    run.write(ceilings.FILE, {"name": "memory", "used": 20, "most": 10})
    assert ceilings.limits_of(run) == (LimitUse("time", 1, 60), LimitUse("memory", 20, 10))
    run.file(ceilings.FILE).write_text("{")
    assert [use.used for use in ceilings.limits_of(run)] == [1, 5]


def test_too_few_open_files_are_explained():
    """Whoever met the system's refusal, its sentence says how many there may be; others stay as they are."""
    error, other = InputRefused(f"x: {os.strerror(errno.EMFILE)}."), InputRefused("x: Permission denied.")
    ceilings.explain(error)
    ceilings.explain(other)
    assert error.message.endswith("have the limit raised.")
    assert str(error) == error.message
    assert other.message == "x: Permission denied."
