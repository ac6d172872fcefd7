"""A run on a cluster comes to what it comes to on one machine, whatever is read and however it is cut."""

from __future__ import annotations

import gzip
import json
import signal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from etl_batch.demo import write_sales_binary, write_sales_csv
from tests.cluster.clusters import Cluster, cluster
from tests.cluster.runs import running
from tests.integration.engine.conftest import Home
from tests.waiting import until

UNIQUE = {"version": 1, "columns": [{"name": "id", "type": "integer", "unique": True}]}


def left(home: Home, record: dict[str, Any], name: str) -> tuple[object, ...]:
    """What a run has left that must be equal."""
    folder = home.output / "runs" / record["run_id"]
    sample = pq.read_table(folder / "sample.parquet")
    rejects = (folder / "rejects.jsonl").read_bytes()
    return home.csv(name), pq.read_table(home.parquet(name)), sample, rejects, record["counts"], record["escaped_cells"]


def test_files_of_several_formats(home: Home, healthy: Cluster) -> None:
    """Binary, CSV, compressed and not, and Parquet in one run: all that is left, for any size of chunks."""
    write_sales_binary(home.data / "a.bin", 20_000, seed=5)
    write_sales_csv(home.data / "b.csv", 10_000, seed=6, dirt=True)
    first = home.run("-i", home.data / "b.csv", name="first")
    (home.data / "c.parquet").write_bytes(home.parquet("first").read_bytes())
    with gzip.open(home.data / "d.csv.gz", "wb") as file:
        file.write((home.data / "b.csv").read_bytes() * 20)
    assert first["counts"]["written"] > 0
    here = home.run("-i", home.data, "--chunk-bytes", 50_000, "--stratum", "product")
    for chunk_bytes in (50_000, 1 << 26):
        more = ("--chunk-bytes", chunk_bytes, "--stratum", "product", "--cluster", healthy.address)
        there = home.run("-i", home.data, *more, name="there")
        assert left(home, there, "there") == left(home, here, "x")
        exact = [{**row, "measures": None} for row in here["analytics"]["strata"]]
        assert [{**row, "measures": None} for row in there["analytics"]["strata"]] == exact


def test_workers_as_dask_starts_them(home: Home, tmp_path: Path) -> None:
    """With a nanny and several threads each, of which one works at a time; estimates to the last digit."""
    write_sales_binary(home.data / "a.bin", 20_000, seed=5)
    write_sales_csv(home.data / "b.csv", 10_000, seed=6, dirt=True)
    here = home.run("-i", home.data, "--chunk-bytes", 50_000)
    with cluster(tmp_path / "cluster", workers=0) as one:
        nannies = one.join("--nanny", "--nthreads", "2", "--nworkers", "2")
        until(lambda: len(one.known()) == 2)
        there = home.run("-i", home.data, "--chunk-bytes", 50_000, "--cluster", one.address, name="there")
        nannies.terminate()
        nannies.wait()
    assert left(home, there, "there") == left(home, here, "x")
    assert there["analytics"] == here["analytics"]


def test_nothing_is_said(home: Home, healthy: Cluster, source: Path) -> None:
    """Dask's own words do not reach the screen."""
    outcome = home.etl(
        "-i", source, "-o", home.output / "x.csv", "--chunk-bytes", 50_000, "--quiet", "--cluster", healthy.address
    )
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


@pytest.mark.parametrize(("stop", "code"), [(("--timeout", "2"), 6), ((), 7)])
def test_a_run_is_stopped(home: Home, healthy: Cluster, source: Path, stop: tuple[str, ...], code: int) -> None:
    """By its deadline or a signal: one sentence, soon, and the cluster is free for others."""
    with running(home, source, healthy.address, *stop, chunk_bytes="2000") as run:
        if not stop:
            run.reach(5)
            run.process.send_signal(signal.SIGINT)
        found, errors = run.end()
    assert (found, errors.count("\n")) == (code, 1), errors
    assert not list(home.output.glob(".*.tmp"))
    home.run("-i", source, "--cluster", healthy.address, name="other")


def test_a_replay(home: Home, healthy: Cluster, source: Path) -> None:
    """Rejects that are read again, there as here: on the cluster that the run was on."""
    for name, more in (("here", ()), ("there", ("--cluster", healthy.address))):
        record = home.run("-i", source, "--chunk-bytes", 300_000, *more, name=name)
        before = home.csv(name).count(b"\n")
        outcome = home.etl("replay", record["run_id"], "--ragged", "pad")
        assert outcome.code == 0, outcome.err
        assert home.csv(name).count(b"\n") > before
    assert home.csv("there") == home.csv("here")


def test_what_must_come_once(home: Home, healthy: Cluster, source: Path) -> None:
    """A value that comes again is told of with the rows in which it stands, in other chunks too."""
    schema = home.path / "data" / "schema.json"
    schema.write_text(json.dumps(UNIQUE))
    source.write_text(source.read_text().replace("0,a,=no number,1\n", "199000,a,1,1\n"))
    said = []
    for more in ((), ("--cluster", healthy.address)):
        outcome = home.etl("-i", source, "-o", home.output / "x.csv", "--schema", schema, "--quiet", *more)
        assert outcome.code == 4, outcome.err
        said.append(outcome.err)
    assert said[0] == said[1]
    assert "row" in said[0]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "tcp://", "http://127.0.0.1:80", "127.0.0.1:x"])
def test_a_wrong_address(home: Home, source: Path, address: str) -> None:
    """One sentence and exit code 2, and nothing is read or left."""
    outcome = home.etl("-i", source, "-o", home.output / "x.csv", "--cluster", address, "--quiet")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1, outcome.err
    assert address in outcome.err
    assert not (home.output / "x.csv").exists()
