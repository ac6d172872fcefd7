"""`etl schedule ...` as a process of its own: from any directory, and where there is no console."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from console import schedules
from console.schedules import Missed
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.security.audit import AuditLog

ENGINE = PROJECT_ROOT / "etl_batch" / "etl_core.py"


@pytest.fixture
def etl(home, people):
    """Runs `etl schedule ...` in the home, where a folder named like the console's package stands in the way."""
    (home / "console").mkdir()
    (home / "console" / "__main__.py").write_text("raise SystemExit('the wrong console')")

    def run(*arguments: str, engine: Path = ENGINE) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(engine), "schedule", *arguments]
        environment = {**os.environ, "ETL_HOME": str(home)}
        return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)

    return run


def test_add_list_remove(home, etl):
    """A schedule with the flags of a run is added, listed in words and as JSON, and removed."""
    added = etl("add", "nightly", "--cron", "30 2 * * *", "--tz", "Europe/Berlin", "--missed", "once",
                "-i", "data/in.csv", "-o", "output/x.csv", "-w", "3")  # fmt: skip
    assert (added.returncode, added.stderr) == (0, "")
    assert "At 02:30 every day, Europe/Berlin time" in added.stdout
    assert added.stdout.count("  next ") == 5
    schedule = schedules.find(home, "nightly")
    assert (schedule.owner, schedule.missed, schedule.config.workers) == ("super_admin", Missed.ONCE, 3)
    assert schedule.config.inputs == (str(home / "data" / "in.csv"),)
    assert schedule.config.output_parquet == home / "output" / "x.parquet"
    (listed,) = json.loads(etl("list", "--json").stdout)["schedules"]
    assert (listed["name"], listed["words"], len(listed["next"])) == ("nightly", "At 02:30 every day", 5)
    assert etl("remove", "nightly").stdout == "Removed nightly.\n"
    refused = etl("remove", "nightly")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no schedule 'nightly'" in refused.stderr
    records = AuditLog(home).tail(2)
    assert [record["action"] for record in records] == ["schedule.remove", "schedule.add"]
    assert all(record["user"].startswith("cli:") for record in records)


def test_without_a_console(home, etl, tmp_path):
    """Where only the engine is installed the verb says so, and everything else works."""
    shutil.copytree(PROJECT_ROOT / "etl_batch", tmp_path / "etl_batch", ignore=shutil.ignore_patterns("__pycache__"))
    answer = etl("list", engine=tmp_path / "etl_batch" / "etl_core.py")
    assert answer.returncode == 2
    assert "the console, which is not installed here" in answer.stderr
