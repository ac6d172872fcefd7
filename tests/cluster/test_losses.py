"""Workers and schedulers that die, stand still or come back: nothing twice, nothing lost, and a sentence."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.clusters import Cluster, cluster
from tests.cluster.networks import can_be_made, other_machine
from tests.cluster.runs import CHUNK_BYTES, running
from tests.fault.test_resume import metadata, same
from tests.integration.engine.conftest import Home
from tests.waiting import until


def whole(home: Home, source: Path) -> dict[str, Any]:
    """The same run on one machine."""
    return home.run("-i", source, "--chunk-bytes", CHUNK_BYTES, name="whole")


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


@pytest.mark.skipif(not can_be_made(), reason="needs root's right to make network namespaces, and iproute2")
def test_a_worker_is_cut_off(home: Home, source: Path, tmp_path: Path) -> None:
    """Its cable is cut, and mended when others have done what it was at: that counts once."""
    expected = whole(home, source)
    with other_machine() as machine, cluster(tmp_path / "cluster", 2, host=machine.here) as one:
        one.join(there=machine.prefix)
        until(lambda: len(one.known()) == 3)
        with running(home, source, one.address, "--stall-timeout", "3") as run:
            run.reach(20)
            machine.cut()
            seen = run.chunks()
            until(lambda: run.process.poll() is not None or run.chunks() > seen + 30)
            machine.mend()
            code, errors = run.end()
            assert code == 0, errors
    same(home, run.id, expected)
    assert any("no sign of life" in note for note in metadata(home, run.id)["notes"])


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
