"""The commit of a whole run, cut off before each of its steps: record, report, outputs and audit log say one thing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.files.commit import manifest_folder
from etl_batch.security.audit import AuditLog
from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
STEPS = 67
"""Calls of the system between the word that a run is about to publish and its end that this looks at."""
KILLED = """
import contextlib, os, sys
from pathlib import Path
from etl_batch import publishing
from etl_batch.cli.main import main
steps, calls, real_commit = int(sys.argv.pop(1)), 0, publishing._commit
def stopping(real):
    def call(*arguments, **keywords):
        global calls
        calls += 1
        if calls == steps:
            os.kill(os.getpid(), 9)
        return real(*arguments, **keywords)
    return call
def commit(*arguments):
    for name in ("fsync", "link", "rename", "open", "unlink"):
        setattr(os, name, stopping(getattr(os, name)))
    for name in ("replace", "unlink"):
        setattr(Path, name, stopping(getattr(Path, name)))
    real_commit(*arguments)
    print("calls", calls)
publishing._commit = commit
sys.exit(main())
"""


def finishes(home: Path, run_id: str) -> list[str]:
    """The outcomes of a run on the audit log, the first one first."""
    records = AuditLog(home).tail(100)
    return [each["outcome"] for each in reversed(records) if (each["action"], each["target"]) == ("run.finish", run_id)]


@pytest.fixture
def before(home: Home, write: Write) -> dict[str, bytes]:
    """An earlier run's outputs."""
    home.run("-i", write("old.csv", "a,b\n1,old\n"))
    return {name: (home.output / name).read_bytes() for name in ("x.csv", "x.parquet")}


@pytest.mark.parametrize("step", range(1, STEPS + 1, 2))
def test_a_run_killed_in_its_commit(home: Home, write: Write, before: dict[str, bytes], step: int) -> None:
    """Each output is whole at once; whoever comes next has the pair, the report, the record and the log agree."""
    source = write("new.csv", "a,b\n1,new\n2,newer\n")
    command = [sys.executable, "-c", KILLED, str(step), "-i", source, "-o", home.output / "x.csv", "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT), "ETL_HOME": str(home.path)}
    process = subprocess.run(list(map(str, command)), env=environment, check=False, capture_output=True, text=True)
    assert process.returncode == -9, process.stderr
    new = {"x.csv": b"a,b\n1,new\n2,newer\n"}
    assert (home.output / "x.csv").read_bytes() in (before["x.csv"], new["x.csv"])
    run_id = max(path.name for path in (home.output / "runs").iterdir() if path.name.startswith("2"))
    metadata: dict[str, Any] = home.etl("runs", "show", run_id, "--json").json
    published = (home.output / "x.csv").read_bytes() == new["x.csv"]
    assert (metadata["status"] == "success") is published
    assert ((home.output / "x.parquet").read_bytes() != before["x.parquet"]) is published
    assert finishes(home.path, run_id) == (["success"] if published else [])
    if published:
        assert metadata["outputs"]["csv"]["bytes"] == len(new["x.csv"])
        assert run_id in (home.path / "report" / "etl_quantum_report.html").read_text()
    else:
        assert "Nothing was published" in metadata["error"]["message"]
    home.run("-i", source)
    left = [path for folder in (home.output, home.path / "report") for path in folder.rglob("*")]
    assert [path.name for path in left if path.name.endswith((".tmp", "turns.bin")) or ".open" in path.parts[:-1]] == []
    assert list(manifest_folder(home.path).iterdir()) == []


def test_every_step_was_tried(home: Home, write: Write, before: dict[str, bytes]) -> None:
    """A commit has just the steps that are cut off above."""
    source = write("new.csv", "a,b\n1,new\n")
    command = [sys.executable, "-c", KILLED, "0", "-i", source, "-o", home.output / "x.csv", "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT), "ETL_HOME": str(home.path)}
    process = subprocess.run(list(map(str, command)), env=environment, check=False, capture_output=True, text=True)
    assert (process.returncode, f"calls {STEPS}" in process.stdout.splitlines()) == (0, True), process


@pytest.mark.parametrize("place", ["report", "latest", "run"])
def test_what_cannot_be_staged_publishes_nothing(
    home: Home, write: Write, before: dict[str, bytes], place: str
) -> None:
    """A report or a record that cannot be written fails the run before anything is in place, and so it is recorded."""
    source, report = write("new.csv", "a,b\n1,new\n"), home.path / "report"
    arguments = ["-i", source, "-o", home.output / "x.csv", "--json"]
    if place == "report":
        for path in report.iterdir():
            path.unlink()
        report.rmdir()
        report.write_text("in the way")
    elif place == "latest":
        (home.output / "in the way").write_text("")
        arguments += ["--report", home.output / "in the way" / "r.html"]
    else:
        code = "import etl_batch.publishing as s, etl_batch.errors as e, sys\nfrom etl_batch.cli.main import main\n"
        code += "real = s.stage_text\ndef full(place, *rest):\n"
        code += "    if place.name == 'metadata.json': raise e.OutputFailed('No space left on device.')\n"
        code += "    return real(place, *rest)\ns.stage_text = full\nsys.exit(main())\n"
    if place == "run":
        environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT), "ETL_HOME": str(home.path)}
        command = [sys.executable, "-c", code, *map(str, arguments)]
        process = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        assert process.returncode == 5, process.stderr
    else:
        outcome = home.etl(*arguments)
        assert outcome.code in (3, 5), outcome.err
    assert {name: (home.output / name).read_bytes() for name in before} == before
    if place != "report":
        run_id = max(path.name for path in (home.output / "runs").iterdir() if path.name.startswith("2"))
        metadata = json.loads((home.output / "runs" / run_id / "metadata.json").read_text())
        assert (metadata["status"], metadata["outputs"]) == ("failed", {})
        assert finishes(home.path, run_id) == ["failed"]
    assert not [path for path in home.output.rglob("*") if path.name.endswith(".tmp")]
