"""The executor that runs the chunks: worker processes of this machine, or a Dask cluster behind the same interface."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

import pyarrow as pa

from etl_batch.errors import UsageError

_PR_SET_PDEATHSIG = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEEP_BYTES = 64 << 20


@contextmanager
def open_executor(workers: int, cluster: str | None) -> Iterator[Executor]:
    """An executor with `workers` processes, or the cluster at an address; no process is left when it closes."""
    if cluster is not None:
        with _dask_executor(cluster) as executor:
            yield executor
        return
    # A fork costs a millisecond where a fresh interpreter costs half a second; it is safe only without other threads.
    method = "fork" if threading.active_count() == 1 else "forkserver"
    context = multiprocessing.get_context(method)
    others = set(multiprocessing.active_children())
    parent = os.getpid() if method == "fork" else None
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(parent,))
    try:
        yield executor
    except BaseException:
        for worker in set(multiprocessing.active_children()) - others:
            worker.kill()  # and leave the waiting to the executor: a status that is taken from it, it waits for forever
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    executor.shutdown(wait=True)


def _start_worker(parent: int | None) -> None:
    """Workers leave Ctrl-C to the parent, die on SIGTERM, and keep to one thread each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    # A worker must not outlive an engine that was killed; the executor's own thread, which forked it, lives as long.
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)
    # glibc returns large blocks at once, and the next slab faults the same pages in again: let it keep them.
    libc.mallopt(_M_MMAP_THRESHOLD, _KEEP_BYTES)
    libc.mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


@contextmanager
def _dask_executor(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--cluster needs Dask: pip install distributed.") from error
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--cluster: no Dask scheduler answers at {address}; start it or correct the address."
        ) from error
    with client:
        yield client.get_executor(pure=False, retries=0)
