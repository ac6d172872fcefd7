"""Real runs of the engine: a home of its own for each test, and the command line as a subprocess."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ENGINE = Path(__file__).resolve().parents[2] / "etl_batch" / "etl_core.py"


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code, both streams, and its JSON."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        value: dict[str, Any] = json.loads(self.out)
        return value


@dataclass(frozen=True)
class Home:
    """A home and the engine's command line in it."""

    path: Path

    @property
    def data(self) -> Path:
        """Where inputs stand."""
        return self.path / "data"

    @property
    def output(self) -> Path:
        """Where outputs go."""
        return self.path / "output"

    def etl(self, *arguments: object, env: dict[str, str] | None = None, cwd: Path | None = None) -> Outcome:
        """Run one command of the engine in this home."""
        done = subprocess.run(
            [sys.executable, str(ENGINE), *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "ETL_HOME": str(self.path), **(env or {})},
            cwd=cwd or self.path,
            timeout=240,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def run(self, *arguments: object, name: str = "x", env: dict[str, str] | None = None) -> dict[str, Any]:
        """Run the pipeline to `output/<name>.csv` and `.parquet`; returns the metadata of a success."""
        outcome = self.etl("-o", self.output / f"{name}.csv", "--json", *arguments, env=env)
        assert outcome.code == 0, outcome.err
        return outcome.json

    def csv(self, name: str = "x") -> bytes:
        """Content of the CSV output."""
        return (self.output / f"{name}.csv").read_bytes()

    def parquet(self, name: str = "x") -> Path:
        """Path of the Parquet output."""
        return self.output / f"{name}.parquet"

    def rejects(self, metadata: dict[str, Any]) -> list[dict[str, Any]]:
        """The run's dead letters."""
        lines = (self.output / "runs" / metadata["run_id"] / "rejects.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    for name in ("data", "output", "report", ".secrets"):
        (tmp_path / name).mkdir()
    return Home(tmp_path)


@pytest.fixture
def write(home: Home) -> Callable[[str, bytes | str], Path]:
    """Put a file into the home's `data/`."""

    def put(name: str, content: bytes | str) -> Path:
        path = home.data / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put
