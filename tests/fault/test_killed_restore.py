"""A restore that is killed at any instant: each output is whole, and the pair agrees after the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.files.commit import backups_of, manifest_folder
from tests.commits import roll_forward

STOP_AFTER = """
import os, sys
from pathlib import Path
from etl_batch.datasets.restore import RestorePlan, RestoreStep, _commit
from etl_batch.files.beneath import Place
calls = 0
def stopping(real):
    def call(*arguments, **keywords):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        return real(*arguments, **keywords)
    return call
home = Path(sys.argv[1])
names = ("x.csv", "x.parquet")
output = home / "output"
steps = tuple(RestoreStep(output / f"{name}.bak.20260101T000000.000000Z", output / name) for name in names)
targets = [Place.of(step.target) for step in steps]
print("begun", flush=True)
for module, name in ((os, "fsync"), (os, "link"), (os, "rename"), (Path, "replace"), (Path, "unlink")):
    setattr(module, name, stopping(getattr(module, name)))
_commit(RestorePlan(steps, "r", None), targets, home)
print("done", flush=True)
"""


STEPS = 20
"""System calls of a restore of two outputs that this looks at."""


@pytest.mark.parametrize("calls", range(1, STEPS + 2))
def test_a_restore_cut_off_anywhere_is_whole(tmp_path: Path, calls: int) -> None:
    """Killed before any system call of a restore: outputs old or restored, the backups there, the pair alike later."""
    output = tmp_path / "output"
    output.mkdir()
    for name in ("x.csv", "x.parquet"):
        (output / name).write_text(f"present {name}")
        (output / f"{name}.bak.20260101T000000.000000Z").write_text(f"older {name}")
    process = subprocess.run(
        [sys.executable, "-c", STOP_AFTER, str(tmp_path), str(calls)],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
    )
    assert process.stdout.splitlines()[:1] == ["begun"]
    assert (process.returncode == -9) is (calls <= STEPS), process
    for name in ("x.csv", "x.parquet"):
        assert (output / name).read_text() in (f"present {name}", f"older {name}")
        assert (output / f"{name}.bak.20260101T000000.000000Z").read_text() == f"older {name}"
    roll_forward(manifest_folder(tmp_path))
    words = {(output / name).read_text().split()[0] for name in ("x.csv", "x.parquet")}
    assert len(words) == 1
    assert list(manifest_folder(tmp_path).glob("*.json")) == []
    if words == {"older"}:
        assert "present x.csv" in [backup.read_text() for backup in backups_of(output / "x.csv")]
