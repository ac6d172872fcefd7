"""`--cluster`: the same run over a real Dask scheduler and two real workers ends in the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_sales_binary, write_sales_csv
from tests.integration.engine.conftest import Home
from tests.waiting import PATIENCE_SECONDS

distributed = pytest.importorskip("distributed", reason="Dask is optional: pip install distributed")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A scheduler and two workers of two threads each, as processes of their own."""
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT)}
    contact = tmp_path / "scheduler.json"
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--scheduler-file", contact, "--port", "0"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", contact, "--nworkers", "2"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment, "cwd": tmp_path}
    processes = [
        subprocess.Popen([*map(str, scheduler), "--no-dashboard", "--host", "127.0.0.1"], **quiet),  # type: ignore[call-overload]
        subprocess.Popen([*map(str, worker), "--nthreads", "2", "--no-dashboard"], **quiet),  # type: ignore[call-overload]
    ]
    try:
        with distributed.Client(scheduler_file=str(contact), timeout=PATIENCE_SECONDS) as client:
            client.wait_for_workers(2, timeout=PATIENCE_SECONDS)
            yield client.scheduler.address
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def test_a_cluster_writes_the_same_bytes(home: Home, address: str) -> None:
    """CSV, rejects and estimates do not depend on where the chunks ran."""
    write_sales_binary(home.data / "a.bin", 20_000, seed=5)
    write_sales_csv(home.data / "b.csv", 10_000, seed=6, dirt=True)
    here = home.run("-i", home.data, "--chunk-bytes", 50_000)
    csv, rejects = home.csv(), home.rejects(here)
    there = home.run("-i", home.data, "--chunk-bytes", 50_000, "--cluster", address)
    assert home.csv() == csv
    assert home.rejects(there) == rejects
    assert there["analytics"] == here["analytics"]
