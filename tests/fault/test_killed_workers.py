"""Workers killed at the worst moment: while they send a result that the executor then waits for."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from etl_batch.errors import WorkerFailed
from etl_batch.parallel import executor
from etl_batch.parallel.executor import Pool, open_pool


def die_while_sending() -> None:
    """In the worker: promise a result of 4 KB to the parent, and die after its header."""
    writer = sys._getframe(1).f_locals["result_queue"]._writer
    os.write(writer.fileno(), (4096).to_bytes(4, "big"))
    os.kill(os.getpid(), signal.SIGKILL)


def wait_until_broken(pool: Pool) -> None:
    """Return when the pool says that a worker is dead; fail when that takes a minute."""
    multiprocessing.connection.wait([worker.sentinel for worker in pool.workers], timeout=60)
    assert pool.broken, "the dead worker was not noticed"


def fail_as_the_pipeline_does(pools: list[Pool], task: Callable[[], Any] = die_while_sending) -> None:
    """Open a pool, note it, kill a worker in the middle of its answer, and raise as soon as that is noticed."""
    with open_pool(2, None) as pool:
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


def test_a_worker_killed_while_the_pool_starts_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One dies at its first step, before the pool is handed out or just after: that is noticed, and none is left."""
    start = executor._start_worker

    def first_one_dies(parent: int | None) -> None:
        start(parent)
        with suppress(FileExistsError):
            (tmp_path / "dead").touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(executor, "_start_worker", first_one_dies)
    others = set(multiprocessing.active_children())
    with pytest.raises((BrokenProcessPool, WorkerFailed)):
        fail_as_the_pipeline_does([], os.getpid)
    assert set(multiprocessing.active_children()) <= others


def test_a_whole_pool_is_not_broken() -> None:
    """While workers work none is missing, and at the end none is left."""
    with open_pool(2, None) as pool:
        assert pool.executor.submit(os.getpid).result() in {worker.pid for worker in pool.workers}
        assert not pool.broken
    assert [worker.is_alive() for worker in pool.workers] == [False, False]
