"""Workers killed at the worst moment: while they send a result that the executor then waits for."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import WorkerFailed
from etl_batch.parallel import executor
from etl_batch.parallel.executor import Pool, open_pool
from tests.waiting import PATIENCE_SECONDS


def die_while_sending() -> None:
    """In the worker: promise a result of 4 KB to the parent, and die after its header."""
    writer = sys._getframe(1).f_locals["result_queue"]._writer
    os.write(writer.fileno(), (4096).to_bytes(4, "big"))
    os.kill(os.getpid(), signal.SIGKILL)


def wait_until_broken(pool: Pool) -> None:
    """Return when the pool says that a worker is dead; fail when it does not."""
    multiprocessing.connection.wait([worker.sentinel for worker in pool.workers], timeout=PATIENCE_SECONDS)
    assert pool.broken, "the dead worker was not noticed"


def fail_as_the_pipeline_does(pools: list[Pool], task: Callable[[], Any] = die_while_sending) -> None:
    """Open a pool, note it, kill a worker in the middle of its answer, and raise as soon as that is noticed."""
    with open_pool(2) as pool:
        pools.append(pool)
        pool.executor.submit(task)
        wait_until_broken(pool)
        raise WorkerFailed("a worker died")


def test_a_worker_killed_while_it_sends_is_noticed_and_waited_for_no_longer() -> None:
    """The pool says that it is broken, and closing it ends: all workers are gone."""
    pools: list[Pool] = []
    with pytest.raises(WorkerFailed):
        fail_as_the_pipeline_does(pools)
    assert [worker.is_alive() for worker in pools[0].workers] == [False, False]


def first_one_dies(marker: Path, parent: int | None) -> None:
    """The first step of a worker; it is the last one of the first worker that gets there."""
    executor._start_worker(parent)
    with suppress(FileExistsError):
        marker.touch(exist_ok=False)
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_killed_while_the_pool_starts_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One dies at its first step, before the pool is handed out or just after: that is noticed, and none is left."""
    monkeypatch.setattr(executor, "_initializer", partial(first_one_dies, tmp_path / "dead"))
    others = set(multiprocessing.active_children())
    with pytest.raises((BrokenProcessPool, WorkerFailed)):
        fail_as_the_pipeline_does([], os.getpid)
    assert set(multiprocessing.active_children()) <= others


def test_workers_do_not_run_the_main_script(tmp_path: Path) -> None:
    """In a process with other threads workers start afresh; a main script without a guard is not run again in them."""
    script = tmp_path / "app.py"
    script.write_text(
        "import os, threading\n"
        "print('began', flush=True)\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "from etl_batch.parallel.executor import open_pool\n"
        "with open_pool(2) as pool:\n"
        "    print(pool.executor.submit(os.getpid).result() != os.getpid())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT)}
    command = [sys.executable, str(script)]
    outcome = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert outcome.stdout.split() == ["began", "True"], outcome.stderr


def test_a_whole_pool_is_not_broken() -> None:
    """While workers work none is missing, and at the end none is left."""
    with open_pool(2) as pool:
        assert pool.executor.submit(os.getpid).result() in {worker.pid for worker in pool.workers}
        assert not pool.broken
    assert [worker.is_alive() for worker in pool.workers] == [False, False]


def test_a_worker_that_stands_still_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Halted before it had anything to do, while the other one has done it all: the pool closes all the same."""
    monkeypatch.setattr(executor, "_GRACE_SECONDS", 0.1)
    with open_pool(2) as pool:
        os.kill(pool.workers[0].pid or 0, signal.SIGSTOP)
    assert [worker.is_alive() for worker in pool.workers] == [False, False]
