"""A Dask cluster as a pool: its address, its scheduler and its workers, and what becomes of a run when they go away.

What Dask does by itself: a task whose worker dies is run again by another. What is done here: it is known in seconds
whether a scheduler answers at an address; a worker that stands still or is cut off is taken out, so that others run
what it was at; a scheduler that goes away or stands still ends the pass with a sentence.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pkgutil import get_data
from typing import Any, TypeVar

from etl_batch import sentences
from etl_batch.errors import ClusterLost, EtlError, UsageError, WorkerLost
from etl_batch.parallel.cluster_worker import Fingerprint, forget_worker, work_at
from etl_batch.parallel.executor import Pool, lost
from etl_batch.record.cluster import ClusterState, ClusterWorker

PORT = 8786
MOST_AT_ONCE = 32
"""Chunks under way at once: what they come to stands in this process until the ones before are in."""
_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 8.0
_LOOK_SECONDS, _LONGEST_LOOK_SECONDS = 1.0, 1.0
MOST_SILENT_SECONDS = 45.0
"""A scheduler that has not answered for so long is taken for gone, whatever workers are allowed."""
_PACKAGE = "etl_batch"

Result = TypeVar("Result")


def state_of(said: Mapping[str, Any]) -> ClusterState:
    """A cluster by its scheduler's words about itself."""
    address = str(said["address"])
    port = (said.get("services") or {}).get("dashboard")
    dashboard = f"http://{host_and_port(address)[0]}:{port}/status" if port else None
    return ClusterState(address, dashboard, _workers_of(said.get("workers") or {}))


def _workers_of(said: Mapping[str, Mapping[str, Any]]) -> tuple[ClusterWorker, ...]:
    return tuple(_worker_of(address, each) for address, each in sorted(said.items()))


def _worker_of(address: str, said: Mapping[str, Any]) -> ClusterWorker:
    metrics = said.get("metrics") or {}
    counts = metrics.get("task_counts") or {}
    return ClusterWorker(
        address,
        str(said.get("host", "")),
        str(said.get("name", "")),
        int(said.get("nthreads", 0)),
        int(said.get("memory_limit") or 0),
        int(metrics.get("memory", 0)),
        float(metrics.get("cpu", 0.0)),
        int(counts.get("executing", 0)),
    )


def ask_scheduler(address: str) -> ClusterState:
    """What a scheduler says of its cluster, within 13 seconds. Raises `UsageError` for one that does not answer."""
    try:
        from distributed.comm.core import connect
        from distributed.security import Security
    except ImportError as error:
        raise UsageError(sentences.command_line.NO_DASK) from error
    _have_dask_silent()
    silent = sentences.command_line.NO_SCHEDULER.format(address=address)
    try:
        host, port = host_and_port(address)
        # Dask itself would try for as long as it may, and once more when the process ends.
        socket.create_connection((_resolved(host), port), timeout=_CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise UsageError(silent) from error

    async def ask() -> Mapping[str, Any]:
        comm = await connect(
            address, timeout=_CONNECT_SECONDS, deserialize=False, **Security().get_connection_args("client")
        )
        try:
            await comm.write({"op": "identity", "reply": True, "n_workers": -1})
            said: Mapping[str, Any] = await comm.read()
            return said
        finally:
            comm.abort()

    try:
        said = asyncio.run(asyncio.wait_for(ask(), _ANSWER_SECONDS))
        if said.get("type") != "Scheduler":
            raise UsageError(silent)
        return state_of(said)
    except UsageError:
        raise
    except Exception as error:  # whoever listens there may say anything, which is no answer
        if not address.startswith("tls://"):
            raise UsageError(silent) from error
        lacking = isinstance(error, TypeError)  # what Dask raises for TLS without certificates
        sentence = sentences.command_line.NO_CERTIFICATES if lacking else sentences.command_line.CERTIFICATES_REFUSED
        raise UsageError(sentence.format(address=address)) from error


def _resolved(host: str) -> str:
    """The address of a host. Raises `OSError` for an unknown one: a name server that is away takes its time."""
    found: list[str] = []

    def resolve() -> None:
        with suppress(OSError):
            found.append(str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0]))

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(_CONNECT_SECONDS)
    if not found:
        raise OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH), host)
    return found[0]


def _have_dask_silent() -> None:
    """What is to be said of a cluster is said in a sentence; Dask's own words have tracebacks, and go to the screen."""
    for name in ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = [logging.NullHandler()], False
    warnings.filterwarnings("ignore", module="distributed")  # of tasks that carry a stretch of a compressed file


def host_and_port(address: str) -> tuple[str, int]:
    """Raises `ValueError` for what is no address."""
    scheme, _, rest = address.rpartition("://")
    if scheme not in ("", "tcp", "tls"):
        raise ValueError(address)
    host, _, port = rest.rpartition(":") if rest.rpartition(":")[2].isdigit() else (rest, "", str(PORT))
    if not host:
        raise ValueError(address)
    return host.strip("[]"), int(port)


def at_once(address: str) -> int:
    """How many chunks a cluster works at: one for each of its workers. Raises `UsageError` as `ask_scheduler` does."""
    return min(max(len(ask_scheduler(address).workers), 1), MOST_AT_ONCE)


@contextmanager
def open_cluster(
    address: str,
    stall_timeout: float,
    told: Callable[[WorkerLost], None],
    seen: Callable[[tuple[ClusterWorker, ...]], None],
) -> Iterator[ClusterPool]:
    """The cluster at an address, with which the tasks end.

    `told`: of each worker that goes away or is taken out; `seen`: of all that are there, once a second.

    Raises `UsageError` when it does not answer, and when no worker is there.
    """
    state = ask_scheduler(address)
    if not state.workers:
        raise UsageError(sentences.command_line.NO_WORKERS.format(address=address))
    from dask import config
    from distributed import Client

    # Results come from the workers themselves, unless somebody has said that these cannot be reached from here.
    direct = config.get("distributed.client.direct-to-workers", None)
    try:
        client = Client(
            address, timeout=_ANSWER_SECONDS, set_as_default=False, direct_to_workers=True if direct is None else direct
        )
    except (OSError, ValueError) as error:
        raise UsageError(sentences.command_line.NO_SCHEDULER.format(address=address)) from error
    try:
        _refuse_strangers(client)
        executor = _ClusterExecutor(client, address, stall_timeout)
        yield ClusterPool(executor, client=client, stall_timeout=stall_timeout, told=told, seen=seen)
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=2)


def _refuse_strangers(client: Any) -> None:
    """Raise `UsageError` when the scheduler or a worker does not have the engine at all: a task would be its end.

    Which engine it is says the first task. A worker that does not answer is not waited for.
    """
    asked = (_PACKAGE, "__init__.py")
    for asking in (client._run_on_scheduler(get_data, *asked), client._run(get_data, *asked)):  # noqa: SLF001
        answer = asyncio.run_coroutine_threadsafe(asking, client.loop.asyncio_loop)
        try:
            found = answer.result(_ANSWER_SECONDS)
        except TimeoutError:
            answer.cancel()
            continue
        without = [host for host, content in found.items() if content is None] if isinstance(found, dict) else []
        if found is None or without:
            where = ", ".join(without) or sentences.command_line.ON_THE_SCHEDULER
            raise UsageError(sentences.command_line.OTHER_ENGINE.format(where=where))


class _ClusterExecutor(Executor):
    """Hands tasks to a cluster. What goes wrong there comes back as the engine's errors."""

    def __init__(self, client: Any, address: str, patience: float) -> None:
        """`patience`: seconds that sending a result may take."""
        self.client, self.address, self.patience, self.fingerprint = client, address, patience, Fingerprint.own()

    def submit(self, work: Callable[..., Result], /, *given: Any, **named: Any) -> Future[Result]:
        """See `Executor`."""
        answer: Future[Result] = Future()
        answer.set_running_or_notify_cancel()
        # Never by its name alone: a task that is run again is the same, and two chunks are not.
        there = self.client.submit(work_at, self.fingerprint, work, given, named, pure=False, retries=0)
        self.client.loop.add_callback(self._hand_on, there, answer)
        return answer

    async def _hand_on(self, there: Any, answer: Future[Any]) -> None:
        """The outcome of a task; on the cluster it is dropped, so that a worker that dies takes no result with it."""
        try:
            result = await self._outcome(there)
            status = there.status
        except Exception as error:  # noqa: BLE001 - it is the answer
            answer.set_exception(self._meant(error))
            return
        if status == "finished":
            answer.set_result(result)
        elif status == "error":
            answer.set_exception(self._meant(result[1]))
        else:
            answer.set_exception(scheduler_lost(self.address))
        there.release()

    async def _outcome(self, there: Any) -> Any:
        """The result of a task, or what it raised. A worker that stands still while it sends is not waited for."""
        while True:
            await there._state.wait()  # noqa: SLF001 - as Dask's own executor does, but that waits for ever
            with suppress(TimeoutError):
                return await asyncio.wait_for(there._result(raiseit=False), self.patience)  # noqa: SLF001

    def _meant(self, error: BaseException) -> BaseException:
        """What an error of Dask means."""
        kind = type(error).__name__
        if isinstance(error, EtlError):
            return error
        if kind == "KilledWorker":
            return lost(sentences.runs.DIED)
        if kind in ("CancelledError", "FutureCancelledError", "CommClosedError"):
            return scheduler_lost(self.address)
        if _PACKAGE in str(error) and isinstance(error, ImportError | AttributeError | RuntimeError):
            return UsageError(sentences.command_line.OTHER_ENGINE.format(where=sentences.command_line.ON_THE_CLUSTER))
        return error


def _gone(reason: str) -> WorkerLost:
    """What is told of a worker whose tasks others go on with."""
    return WorkerLost(sentences.runs.HANDED_ON.format(reason=reason), reason=reason)


def scheduler_lost(address: str) -> ClusterLost:
    """The error of a scheduler that went away."""
    return ClusterLost(sentences.runs.SCHEDULER_LOST.format(address=address), passing=True)


@dataclass(frozen=True)
class ClusterPool(Pool):
    """A cluster's executor, and an eye on its workers."""

    client: Any = field(kw_only=True)
    stall_timeout: float = field(kw_only=True)
    told: Callable[[WorkerLost], None] = field(kw_only=True)
    seen: Callable[[tuple[ClusterWorker, ...]], None] = field(kw_only=True)
    eye: _Eye = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "eye", _Eye(self.client, self.stall_timeout, self.told, self.seen))

    def look(self) -> None:
        """See `Pool`. Raises `ClusterLost` when the scheduler is gone, or stands still, or has no worker any more."""
        self.eye.look()


class _Eye:
    """Looks at the workers of a cluster once a second, without ever waiting for an answer.

    Time is counted in looks, as `silence` counts it: while this process was halted nobody was silent.
    """

    def __init__(
        self,
        client: Any,
        stall_timeout: float,
        told: Callable[[WorkerLost], None],
        seen: Callable[[tuple[ClusterWorker, ...]], None],
    ) -> None:
        self.client, self.stall_timeout, self.told, self.seen = client, stall_timeout, told, seen
        self.address = client.scheduler.address
        self.asked: Future[Mapping[str, Any]] | None = None
        self.looked_at, self.now = time.monotonic(), 0.0
        self.asked_at = self.answered_at = self.peopled_at = 0.0
        self.beats: dict[str, tuple[float, float]] = {}
        """Of each worker the scheduler's time of its last sign of life, and when that was new here."""

    def look(self) -> None:
        """See `ClusterPool`."""
        looked_at = time.monotonic()
        self.now += min(looked_at - self.looked_at, _LONGEST_LOOK_SECONDS)
        self.looked_at, now = looked_at, self.now
        if self.asked is None:
            if now - self.asked_at >= _LOOK_SECONDS:
                self.asked_at = now
                asking = self.client.scheduler.identity(n_workers=-1)
                self.asked = asyncio.run_coroutine_threadsafe(asking, self.client.loop.asyncio_loop)
        elif self.asked.done():
            asked, self.asked = self.asked, None
            if asked.exception() is None:
                self.answered_at = now
                self._note(asked.result()["workers"], now)
        if now - self.answered_at > min(self.stall_timeout, MOST_SILENT_SECONDS):
            raise scheduler_lost(self.address)
        if now - self.peopled_at > self.stall_timeout:
            raise ClusterLost(sentences.runs.NO_WORKER_LEFT.format(address=self.address), passing=True)

    def _note(self, workers: Mapping[str, Mapping[str, Any]], now: float) -> None:
        self.seen(_workers_of(workers))
        for address in self.beats.keys() - workers.keys():
            del self.beats[address]
            self.told(_gone(sentences.runs.WORKER_GONE.format(address=address)))
        for address, said in workers.items():
            beat = float(said["last_seen"])
            former = self.beats.get(address)
            if former is None or former[0] != beat:
                self.beats[address] = beat, now
            elif now - former[1] > self.stall_timeout:
                del self.beats[address]
                self._take_out(address)
        if self.beats:
            self.peopled_at = now

    def _take_out(self, address: str) -> None:
        """Have the scheduler forget a worker: it hands what that one was at to others."""
        asking = self.client._run_on_scheduler(forget_worker, address)  # noqa: SLF001 - the other one waits
        asyncio.run_coroutine_threadsafe(asking, self.client.loop.asyncio_loop)
        self.told(_gone(sentences.runs.WORKER_SILENT.format(address=address, seconds=self.stall_timeout)))
