"""Where text is cut is found by the workers: whoever is asked for the run reads little more than its sample of it."""

from __future__ import annotations

import os
import subprocess
import sys

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_sales_csv
from tests.cluster.clusters import Cluster
from tests.integration.engine.conftest import Home

COUNTING = """
import sys
from etl_batch.formats.opened import OpenContent
from etl_batch.cli.main import main
read, real = [0], OpenContent.read_into
def counted(self, room, offset):
    got = real(self, room, offset)
    read[0] += got
    return got
OpenContent.read_into = counted
code = main()
print("read", read[0])
sys.exit(code)
"""


def read_here(home: Home, *arguments: object) -> int:
    """Bytes of its inputs that the process of a run has read itself."""
    command = [sys.executable, "-c", COUNTING, *map(str, arguments), "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT), "ETL_HOME": str(home.path)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def test_workers_count_the_quotes(home: Home, healthy: Cluster) -> None:
    """To the same pieces: one machine reads all of the file to cut it, with a cluster the sample alone."""
    source = home.data / "big.csv"
    write_sales_csv(source, 600_000, seed=3, dirt=True)
    size = source.stat().st_size
    run = ("-i", source, "--chunk-bytes", 1 << 20, "--no-parquet")
    here = read_here(home, *run, "-o", home.output / "here.csv")
    there = read_here(home, *run, "-o", home.output / "there.csv", "--cluster", healthy.address)
    assert here >= size
    assert there < size / 4, f"{there} of {size} bytes"
    assert home.csv("there") == home.csv("here")
