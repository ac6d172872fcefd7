"""Runs on a cluster, as processes of their own that are looked at while they go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from etl_batch.defaults import ENGINE
from tests.fault.test_resume import run_ids
from tests.integration.engine.conftest import Home
from tests.waiting import until

CHUNK_BYTES = "20000"


class Running:
    """A run on a cluster, from outside."""

    def __init__(self, home: Home, source: Path, address: str, *more: str, chunk_bytes: str = CHUNK_BYTES) -> None:
        command = [sys.executable, str(ENGINE), "-i", str(source), "-o", str(home.output / "x.csv"), "--quiet"]
        before = set(run_ids(home))
        environment = os.environ | {"ETL_HOME": str(home.path)}
        self.home, self.errors = home, home.path / "errors.txt"
        with self.errors.open("wb") as errors:
            given = [*command, "--chunk-bytes", chunk_bytes, "--cluster", address, *more]
            self.process = subprocess.Popen(given, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        until(lambda: set(run_ids(home)) - before)
        (self.id,) = set(run_ids(home)) - before

    def chunks(self) -> int:
        """How many are in."""
        path = self.home.output / "runs" / self.id / "progress.json"
        return int(json.loads(path.read_text())["chunks_done"]) if path.exists() else 0

    def reach(self, chunks: int) -> None:
        """Wait until so many chunks are in."""
        until(lambda: self.process.poll() is not None or self.chunks() >= chunks)
        assert self.process.poll() is None, self.errors.read_text()

    def end(self) -> tuple[int, str]:
        """Exit code and what was said."""
        return self.process.wait(timeout=170), self.errors.read_text()


@contextmanager
def running(*given: Any, **named: Any) -> Iterator[Running]:
    """A run that is gone when the block ends."""
    run = Running(*given, **named)
    try:
        yield run
    finally:
        run.process.kill()
        run.process.wait()
