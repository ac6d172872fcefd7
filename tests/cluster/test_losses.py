"""Workers and schedulers that die, stand still or come back: nothing twice, nothing lost, and a sentence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from etl_batch.defaults import ENGINE
from tests.cluster.clusters import Cluster
from tests.fault.test_resume import metadata, run_ids, same
from tests.integration.engine.conftest import Home
from tests.waiting import until

CHUNK_BYTES = 20_000
SETTINGS = ("--chunk-bytes", str(CHUNK_BYTES))


class Running:
    """A run on a cluster, from outside."""

    def __init__(self, home: Home, source: Path, address: str, *more: str) -> None:
        command = [sys.executable, str(ENGINE), "-i", str(source), "-o", str(home.output / "x.csv"), "--quiet"]
        before = set(run_ids(home))
        environment = os.environ | {"ETL_HOME": str(home.path)}
        self.home, self.errors = home, home.path / "errors.txt"
        with self.errors.open("wb") as errors:
            given = [*command, *SETTINGS, "--cluster", address, *more]
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
def running(*given: Any) -> Iterator[Running]:
    """A run that is gone when the block ends."""
    run = Running(*given)
    try:
        yield run
    finally:
        run.process.kill()
        run.process.wait()


def whole(home: Home, source: Path) -> dict[str, Any]:
    """The same run on one machine."""
    return home.run("-i", source, *SETTINGS, name="whole")


def kill(cluster: Cluster) -> None:
    """One worker, as a machine that loses power."""
    cluster.workers[0].kill()


def pause(cluster: Cluster) -> None:
    """One worker, as a machine that stands still or is cut off."""
    cluster.workers[0].send_signal(signal.SIGSTOP)


def kill_and_join(cluster: Cluster) -> None:
    """One worker, in whose place another comes."""
    cluster.workers[0].kill()
    cluster.join()


@pytest.mark.parametrize(
    ("harm", "stall", "said"),
    [(kill, "60", "went away"), (kill_and_join, "60", "went away"), (pause, "3", "no sign of life")],
)
def test_a_worker_is_lost(
    home: Home, source: Path, mortal: Cluster, harm: Callable[[Cluster], None], stall: str, said: str
) -> None:
    """Its chunks are done by others; the outputs are those of an undisturbed run."""
    expected = whole(home, source)
    with running(home, source, mortal.address, "--stall-timeout", stall) as run:
        run.reach(20)
        harm(mortal)
        code, errors = run.end()
        assert code == 0, errors
    same(home, run.id, expected)
    assert any(said in note for note in metadata(home, run.id)["notes"])


def test_a_worker_that_comes_back(home: Home, source: Path, mortal: Cluster) -> None:
    """What it goes on with, once it was given up, is done twice and counts once."""
    expected = whole(home, source)
    with running(home, source, mortal.address, "--stall-timeout", "2") as run:
        run.reach(20)
        pause(mortal)
        seen = run.chunks()
        until(lambda: run.process.poll() is not None or run.chunks() > seen + 30)
        mortal.workers[0].send_signal(signal.SIGCONT)
        code, errors = run.end()
        assert code == 0, errors
    same(home, run.id, expected)


def test_the_scheduler_dies_and_a_new_one_goes_on(home: Home, source: Path, mortal: Cluster) -> None:
    """One sentence, exit code 5 and nothing published; what is in is gone on from."""
    expected = whole(home, source)
    (home.output / "x.csv").write_text("old\n")
    with running(home, source, mortal.address) as run:
        run.reach(20)
        assert mortal.scheduler is not None
        mortal.scheduler.kill()
        began = time.monotonic()
        code, errors = run.end()
    assert time.monotonic() - began < 60
    assert (code, errors.count("\n")) == (5, 1), errors
    assert "went away" in errors
    assert (home.output / "x.csv").read_text() == "old\n"
    assert metadata(home, run.id)["error"]["kind"] == "cluster_lost"
    mortal.end()
    mortal.begin(2)
    outcome = home.etl("resume", run.id, "--json")
    assert outcome.code == 0, outcome.err
    same(home, run.id, expected)
    (note,) = [note for note in outcome.json["notes"] if "gone on from chunk" in note]
    assert int(note.split("chunk ")[1].split(";")[0]) >= 20


def test_a_scheduler_that_stands_still(home: Home, source: Path, mortal: Cluster) -> None:
    """Nothing tells of it but that it does not answer."""
    with running(home, source, mortal.address, "--stall-timeout", "4") as run:
        run.reach(10)
        assert mortal.scheduler is not None
        mortal.scheduler.send_signal(signal.SIGSTOP)
        code, errors = run.end()
    assert (code, errors.count("\n")) == (5, 1), errors


def test_the_last_worker_is_gone(home: Home, source: Path, mortal: Cluster) -> None:
    """A run does not wait for others for ever."""
    with running(home, source, mortal.address, "--stall-timeout", "3") as run:
        run.reach(10)
        for worker in mortal.workers:
            worker.kill()
        code, errors = run.end()
    assert (code, errors.count("\n")) == (5, 1), errors
    assert "no worker" in errors
