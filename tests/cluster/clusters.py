"""Dask clusters as they are in earnest: a scheduler and workers, each a process in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import distributed

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.parallel.cluster import ask_scheduler
from etl_batch.record.cluster import ClusterState
from tests.waiting import until

assert distributed  # before its settings are changed for a while: it puts its own among them when it is loaded
NO_CERTIFICATES: Mapping[str, Path] = {}


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Cluster:
    """A scheduler and its workers. `certificates`: by Dask's flags, for a cluster that speaks TLS."""

    folder: Path
    certificates: Mapping[str, Path] = field(default_factory=lambda: NO_CERTIFICATES)
    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: int = 0

    @property
    def address(self) -> str:
        """What `--cluster` is given."""
        return f"{'tls' if self.certificates else 'tcp'}://{self.host}:{self.port}"

    def begin(self, workers: int, **environment: str) -> None:
        """Start a scheduler, and so many workers that it knows of in the end."""
        self.scheduler = self._start("scheduler", "--host", self.address, "--no-dashboard", environment=environment)
        for _ in range(workers):
            self.join(**environment)
        until(lambda: self._listens() and len(self.known()) == workers)

    def join(self, *flags: str, there: Sequence[str] = (), **environment: str) -> subprocess.Popen[bytes]:
        """Start one more worker: of one thread, where no flags say otherwise. `there`: what has it run elsewhere."""
        usual = ("--no-nanny", "--nthreads", "1", "--memory-limit", "0")
        given = ("worker", self.address, "--no-dashboard", *(flags or usual))
        worker = self._start(*given, environment=environment, there=there)
        self.workers.append(worker)
        return worker

    def _start(
        self, role: str, *arguments: str, environment: Mapping[str, str], there: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        self.started += 1
        own = self.folder / f"{role}-{self.started}"
        own.mkdir()
        secured = [word for flag, path in self.certificates.items() for word in (flag, str(path))]
        command = [*there, sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments, *secured]
        with (own / "log").open("wb") as log:
            known: dict[str, str] = os.environ | {"PYTHONPATH": str(PROJECT_ROOT)} | dict(environment)
            return subprocess.Popen(command, cwd=own, env=known, stdout=log, stderr=log)

    def known(self) -> list[str]:
        """Addresses of the workers that the scheduler knows of; none while it does not answer."""
        return [worker.address for worker in self.state().workers] if self._listens() else []

    def state(self) -> ClusterState:
        """What the scheduler says."""
        return ask_scheduler(self.address)

    def _listens(self) -> bool:
        with socket.socket() as one:
            one.settimeout(1)
            return one.connect_ex((self.host, self.port)) == 0

    def end(self) -> None:
        """Kill what is left."""
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        self.workers.clear()


@contextmanager
def cluster(folder: Path, workers: int = 3, **given: Any) -> Iterator[Cluster]:
    """A cluster, which is there when the block begins and gone when it ends."""
    folder.mkdir(exist_ok=True)
    one = Cluster(folder, **given)
    try:
        one.begin(workers)
        yield one
    finally:
        one.end()
