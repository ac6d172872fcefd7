"""What a run says of itself while it goes on: `progress.json` with its numbers, its stages and its heartbeat."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

import psutil

from etl_batch import stopping
from etl_batch.errors import EtlError
from etl_batch.limits import Limits
from etl_batch.model import RunStatus
from etl_batch.record.progress import LimitUse, Progress
from etl_batch.runs.processes import identity
from etl_batch.runs.record import ceilings
from etl_batch.runs.record.ceilings import Ceiling
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.resources import WorkerMeter, children_of, family_cpu, family_memory, oom_kills

PROGRESS_SECONDS = 0.25
MEASURE_SECONDS = 0.5
BEAT_SECONDS = 1.0


class Heartbeat:
    """A thread that says that the process lives, however long its stages take.

    It calls `beat` once a second between `start` and `stop`; both may be called again and again.

    No other thread may live while workers are forked, so it is stopped before and started again afterwards. An error
    of the beat is dropped: the main thread meets the same disk, and tells.
    """

    def __init__(self, beat: Callable[[], None], seconds: float = BEAT_SECONDS) -> None:
        self.beat, self.seconds = beat, seconds
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to beat; raises `Cancelled` when a signal came meanwhile."""
        if self._thread is not None:
            return
        # An exception out of a signal handler would leave the thread half started.
        with stopping.held():
            self._over.clear()
            self._thread = threading.Thread(target=self._work, name="heartbeat", daemon=True)
            self._thread.start()
        stopping.check()

    def stop(self) -> None:
        """Stop, and return when the thread is gone."""
        if self._thread is None:
            return
        with stopping.held():
            self._over.set()
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while not self._over.wait(self.seconds):
            with suppress(EtlError):
                self.beat()


class Pulse:
    """Writes a run's progress: from the main thread at each step, from the heartbeat's while a step takes long."""

    def __init__(self, run: RunDirectory, progress: Progress, watch: Callable[[Progress], None]) -> None:
        self.run, self.watch = run, watch
        self.started = time.monotonic()
        self.peak_memory = 0
        self.limits, self.timeout = Limits(), 0.0
        self._hit: dict[str, LimitUse] = {}
        self.heartbeat = Heartbeat(self._beat)
        me = identity.note_of_self()
        self.progress = replace(
            progress,
            pid=me.pid,
            pid_started=me.pid_started,
            birth=me.birth,
            machine=me.machine,
            oom_kills=oom_kills(),
        )
        self._written_at = self._measured_at = 0.0
        self._meter = WorkerMeter()
        # One that can be taken twice: a signal's exception may leave it taken by the main thread.
        self._lock = threading.RLock()

    @property
    def seconds(self) -> float:
        """Since the start of the run."""
        return time.monotonic() - self.started

    def note(self, change: Callable[[Progress], Progress]) -> None:
        """Change what is written next. Under the lock, because the heartbeat's thread changes other parts of it."""
        with self._lock:
            self.progress = change(self.progress)

    def write(self, stage: str | None = None, status: RunStatus | None = None, seconds: float | None = None) -> None:
        """Replace `progress.json`, at a new stage or with the final state and time; raises `OutputFailed`."""
        with self._lock:
            seconds, stage = round(self.seconds if seconds is None else seconds, 3), stage or self.progress.stage
            self.progress = replace(
                self.progress,
                stage=stage,
                status=status or self.progress.status,
                seconds=seconds,
                stages={**self.progress.stages, stage: self.progress.stages.get(stage, seconds)},
            )
            if status is not None:
                self._settle(seconds)
            self._written_at = time.monotonic()
            self.run.write_progress(self.progress)
        self.watch(self.progress)

    def _settle(self, seconds: float) -> None:
        """Have the run's time be one figure, also where it is held against its limit: the last look came later."""
        self.progress = replace(
            self.progress,
            limits=tuple(
                replace(use, used=seconds) if use.name == Ceiling.TIME and not use.hit else use
                for use in self.progress.limits
            ),
        )

    def tick(self, stage: str | None = None, *, force: bool = False) -> None:
        """Measure and write when it is time to, at once when forced."""
        now = time.monotonic()
        if force or now - self._measured_at >= MEASURE_SECONDS:
            self.measure()
        if force or now - self._written_at >= PROGRESS_SECONDS:
            self.write(stage)

    def measure(self) -> None:
        """Look at the memory of all processes, at the workers and at the machine's processors."""
        with self._lock:
            self._measured_at = time.monotonic()
            memory, workers = family_memory(), children_of(os.getpid())
            self.progress = replace(
                self.progress,
                memory_bytes=sum(memory.values()),
                cpu_percent=psutil.cpu_percent(),
                worker_pids=tuple(workers),
                activity=self._meter.read(workers, memory),
            )
            self.peak_memory = max(self.peak_memory, self.progress.memory_bytes)
            if self.timeout:
                self._look_at_limits(memory)

    def limited(self, limits: Limits, timeout: float) -> None:
        """Have the run stopped past these limits from the next look on; see `ceilings`."""
        self.limits, self.timeout = limits, timeout

    def _look_at_limits(self, family: Iterable[int]) -> None:
        cpu = family_cpu(family) if self.limits.cpu_seconds else 0.0
        seen = (
            *ceilings.uses(self.limits, self.timeout, self.seconds, cpu, self.progress.memory_bytes),
            *ceilings.uses_of_files(self.limits, self.progress, self.run.path),
        )
        for use in seen:
            error = ceilings.refusal(use) if use.hit and use.name not in self._hit else None
            if error is not None:
                stopping.demand(error)
        self._hit = {use.name: use for use in seen if use.hit} | self._hit
        # As it was when it was hit: a run that is being stopped gives back what it had.
        self.progress = replace(self.progress, limits=tuple(self._hit.get(use.name, use) for use in seen))

    def _beat(self) -> None:
        with self._lock:
            if time.monotonic() - self._written_at < BEAT_SECONDS:
                return
            self.measure()
            self.progress = replace(self.progress, seconds=round(self.seconds, 3))
            self._written_at = time.monotonic()
            self.run.write_progress(self.progress)
