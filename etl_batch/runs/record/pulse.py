"""What a run says of itself while it goes on: `progress.json` with its numbers, its stages and its heartbeat."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psutil

from etl_batch.runs.processes import identity
from etl_batch.runs.record.directory import Progress, RunDirectory
from etl_batch.runs.record.heartbeat import BEAT_SECONDS, Heartbeat
from etl_batch.runs.record.resources import WorkerMeter, family_memory, oom_kills

PROGRESS_SECONDS = 0.25
MEASURE_SECONDS = 0.5


class Pulse:
    """Writes a run's progress: from the main thread at each step, from the heartbeat's while a step takes long."""

    def __init__(self, run: RunDirectory, progress: Progress, watch: Callable[[Progress], None]) -> None:
        self.run, self.progress, self.watch = run, progress, watch
        self.started = time.monotonic()
        self.peak_memory = 0
        self.heartbeat = Heartbeat(self._beat)
        for name, value in identity.note_of_self().items():
            setattr(progress, name, value)
        progress.oom_kills = oom_kills()
        self._written_at = self._measured_at = 0.0
        self._meter = WorkerMeter()
        # One that can be taken twice: a signal's exception may leave it taken by the main thread.
        self._lock = threading.RLock()

    @property
    def seconds(self) -> float:
        """Since the start of the run."""
        return time.monotonic() - self.started

    def write(self, stage: str | None = None, status: str | None = None) -> None:
        """Replace `progress.json`, at a new stage or with the final state; raises `OutputFailed`."""
        with self._lock:
            progress = self.progress
            progress.stage, progress.status = stage or progress.stage, status or progress.status
            progress.seconds = round(self.seconds, 3)
            progress.stages.setdefault(progress.stage, progress.seconds)
            self._written_at = time.monotonic()
            self.run.write_progress(progress)
        self.watch(self.progress)

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
            memory, workers = family_memory(), psutil.Process().children()
            self.progress.memory_bytes = sum(memory.values())
            self.peak_memory = max(self.peak_memory, self.progress.memory_bytes)
            self.progress.cpu_percent = psutil.cpu_percent()
            self.progress.worker_pids = [worker.pid for worker in workers]
            self.progress.activity = self._meter.read(workers, memory)

    def _beat(self) -> None:
        with self._lock:
            if time.monotonic() - self._written_at < BEAT_SECONDS:
                return
            self.measure()
            self.progress.seconds = round(self.seconds, 3)
            self._written_at = time.monotonic()
            self.run.write_progress(self.progress)
