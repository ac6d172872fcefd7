"""The pool: real processes by either method, none of them left, whatever ends the block."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import connection
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import Cancelled
from etl_batch.parallel import executor
from etl_batch.parallel.executor import Pool, name_worker, open_pool
from tests.waiting import until


@pytest.fixture(params=["fork", "forkserver"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """How the workers start: the pool forks when there is no other thread, which a test's runner may have."""
    threads = 1 if request.param == "fork" else 2
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    yield request.param
    assert multiprocessing.active_children() == []


def test_workers_start_and_end(method: str) -> None:
    """As many as were asked for, children of this process or of the fork server, gone behind the block."""
    main = sys.modules["__main__"]
    with open_pool(2) as pool:
        assert len(pool.workers) == 2
        assert pool.executor.submit(os.getpid).result() in {worker.pid for worker in pool.workers}
        assert (pool.executor.submit(os.getppid).result() == os.getpid()) == (method == "fork")
        assert sys.modules["__main__"] is main
        assert not pool.broken
    assert [worker.exitcode for worker in pool.workers] == [0, 0]


def test_workers_leave_signals_to_the_parent(method: str) -> None:
    """Ctrl-C and a closed terminal reach the whole group; only the parent acts on them."""
    with open_pool(1) as pool:
        found = {number: pool.executor.submit(signal.getsignal, number).result() for number in (2, 1, 15)}
    assert found == {signal.SIGINT: signal.SIG_IGN, signal.SIGHUP: signal.SIG_IGN, signal.SIGTERM: signal.SIG_DFL}


def test_a_worker_that_hangs_is_killed_after_an_error(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets its seconds to end what it is at, and no more."""

    def hang(pool: Pool) -> None:
        until(pool.executor.submit(time.sleep, 3600).running)  # one that is not would be cancelled, and nobody hangs

    monkeypatch.setattr(executor, "_GRACE_SECONDS", 0.05)
    pool = run_into_an_error(hang)
    assert [worker.exitcode for worker in pool.workers] == [-signal.SIGKILL]


def run_into_an_error(before: Callable[[Pool], object], workers: int = 1) -> Pool:
    """A pool whose block ends with an error, after something else."""
    seen = []

    def block() -> None:
        with open_pool(workers) as pool:
            seen.append(pool)
            before(pool)
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        block()
    return seen[0]


def test_a_dead_worker_is_noticed(method: str) -> None:
    """A pool with a process that is gone is broken."""

    def kill_one(pool: Pool) -> None:
        worker = pool.workers[0]
        worker.kill()
        connection.wait([worker.sentinel])
        broken.append(pool.broken)

    broken: list[bool] = []
    run_into_an_error(kill_one, workers=2)
    assert broken == [True]


def test_workers_die_with_an_engine_that_was_killed() -> None:
    """No worker outlives its parent, not even one that had no time to say so."""
    script = (
        "import os, signal, time\n"
        "from etl_batch.parallel.executor import open_pool\n"
        "with open_pool(2) as pool:\n"
        "    print(*[worker.pid for worker in pool.workers], flush=True)\n"
        "    pool.executor.submit(time.sleep, 3600)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    for pid in map(int, done.stdout.split()):
        with suppress(ProcessLookupError):
            worker = os.pidfd_open(pid)
            ended, _, _ = select.select([worker], [], [], 60)
            os.close(worker)
            assert ended


def test_a_worker_has_a_name() -> None:
    """What it works at, as `ps` shows it, in the fifteen bytes that the system keeps."""
    comm = Path("/proc/self/comm")
    before = comm.read_text().rstrip("\n")
    try:
        name_worker("chunk 123456789012")
        assert comm.read_text() == "chunk 123456789\n"
    finally:
        name_worker(before)
