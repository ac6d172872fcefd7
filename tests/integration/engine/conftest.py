"""Real runs of the engine: a home of its own for each test, and the command line as a process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.commands import LoadedEngine, Outcome


@dataclass(frozen=True)
class Home:
    """A home and the engine's command line in it."""

    path: Path
    engine: LoadedEngine

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
        environment = {"ETL_HOME": str(self.path), **(env or {})}
        return self.engine.run(*arguments, folder=cwd or self.path, environment=environment)

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
def home(tmp_path: Path, loaded_engine: LoadedEngine) -> Home:
    """An empty home."""
    for name in ("data", "output", "report", ".secrets"):
        (tmp_path / name).mkdir()
    return Home(tmp_path, loaded_engine)


@pytest.fixture
def write(home: Home) -> Callable[[str, bytes | str], Path]:
    """Put a file into the home's `data/`."""

    def put(name: str, content: bytes | str) -> Path:
        path = home.data / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put
