"""The executor that runs the chunks on this machine: worker processes of it. For those of others see `cluster`."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from types import ModuleType

import pyarrow as pa

from etl_batch import sentences
from etl_batch.errors import WorkerLost
from etl_batch.kernels.kernel import load_kernels

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_NAME_BYTES = 15
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEEP_BYTES = 64 << 20
_WORKERS_MEMORY = pa.default_memory_pool()
"""Arrow's arrays of a worker stand in what it has by default: mimalloc, told to keep its pages (see `etl_core`)."""
_GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class Pool:
    """The executor and its workers."""

    executor: Executor
    workers: tuple[BaseProcess, ...] = ()

    def look(self) -> None:
        """Raise `WorkerLost` when a worker has died."""
        if self.broken:
            raise lost(sentences.runs.DIED)

    @property
    def broken(self) -> bool:
        """Whether a worker has died. The executor itself does not notice one that died while it sent a result.

        When it does notice, its thread takes the status that a fork server wrote to the sentinel, which is silent then
        until the server closes it; it says before that it is broken.
        """
        gone = connection.wait([worker.sentinel for worker in self.workers], timeout=0)
        return bool(gone or getattr(self.executor, "_broken", False))


def lost(reason: str) -> WorkerLost:
    """The error of a worker that is there no more, or that must not be waited for."""
    return WorkerLost(sentences.runs.WORKER_LOST.format(reason=reason), reason=reason)


@contextmanager
def open_pool(workers: int) -> Iterator[Pool]:
    """A pool of `workers` processes, of which none is left when it closes.

    The workers get a few seconds to end, and the chunk that they are at after an error; then they are killed.
    """
    load_kernels()  # once, for all workers that are forked
    # What the parent holds comes and goes in pieces of all sizes, of which the workers' allocator returns no page.
    pa.set_memory_pool(pa.system_memory_pool())
    # A fork costs a millisecond where a fresh interpreter costs half a second; it is safe only without other threads.
    method = "fork" if threading.active_count() == 1 else "forkserver"
    others = set(multiprocessing.active_children())
    parent = os.getpid() if method == "fork" else None
    executor = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context(method), initializer=_initializer, initargs=(parent,)
    )
    started: tuple[BaseProcess, ...] = ()
    try:
        with _bare_main():
            while len(started) < workers:
                executor.submit(os.getpid)  # starts all workers, or one, by the method
                started = tuple(set(multiprocessing.active_children()) - others)
        # The executor keeps this end open, and so would wait forever for the rest of what a killed worker was sending.
        executor._result_queue._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001
        yield Pool(executor, started)
    finally:
        # A worker that died while the others were started is not among them, and one that was started since may be.
        left = {*started, *multiprocessing.active_children()} - others
        # One that stands still does not end when it is asked to, even where others have done all there was to do.
        killer = threading.Timer(_GRACE_SECONDS, _kill, (tuple(left),))
        killer.start()
        executor.shutdown(wait=True, cancel_futures=True)
        killer.cancel()
        killer.join()


def _kill(workers: tuple[BaseProcess, ...]) -> None:
    for worker in workers:
        worker.kill()  # and leave the waiting to the executor: a status that is taken from it, it waits for forever


def _start_worker(parent: int | None) -> None:
    """Workers leave Ctrl-C to the parent, die of the SIGTERM that the executor sends them, and keep to one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A worker must not outlive an engine that was killed; the executor's own thread, which forked it, lives as long.
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)
    settle_memory()
    pa.set_memory_pool(_WORKERS_MEMORY)


def settle_memory() -> None:
    """Keep to one thread, and to the memory that is there."""
    keep_memory()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def keep_memory() -> None:
    """Have large blocks kept: glibc returns them at once, and the next slab faults the same pages in again."""
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, _KEEP_BYTES)
    libc.mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES)


def give_back_memory() -> None:
    """Return to the system what is free: glibc keeps all that stands below a block in use."""
    ctypes.CDLL(None).malloc_trim(0)


_initializer: Callable[[int | None], None] = _start_worker


@contextmanager
def _bare_main() -> Iterator[None]:
    """A main module without a file: a worker that starts afresh runs the main script again, and needs nothing of it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def name_worker(name: str) -> None:
    """Give this process a name that others see (`ps`, the live view): what it works at. The system keeps 15 bytes."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode()[:_NAME_BYTES])
