"""The supervisor: starts the engines of the queue, looks after them, starts what is due, and finds all again."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from console import clock as clocks
from console import due, jobs, sentences
from console.chores import Chores
from console.clock import Moment, Watch, over
from console.standstill import Standstill
from etl_batch import sentences as engine_sentences
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import EtlError
from etl_batch.model import RunStatus
from etl_batch.recovering import recover
from etl_batch.retrying import pause_before
from etl_batch.runs.processes import cancellation
from etl_batch.runs.processes.identity import machine
from etl_batch.runs.processes.interruption import cut_off
from etl_batch.runs.processes.reconciliation import fail, reconcile, reconcile_all
from etl_batch.runs.processes.spawning import spawn
from etl_batch.runs.record.directory import RunDirectory

LOGGER = logging.getLogger(__name__)
TICK_SECONDS = 0.5
CHORES_SECONDS = 2.0
RECONCILE_SECONDS = 1.0
ALIGN_SECONDS = 10.0
"""How often the times of the schedules are held against the clock, which may have been set back."""
STOP_SECONDS = 5.0
START_SECONDS = 30.0
"""A job that was taken and has no process after so long was lost between the two, when the console died."""
STRAY_SECONDS = 60.0
"""A run directory that waits so long without a job in the queue waits for nobody."""
OVERTIME_SECONDS = 60.0
"""The engine stops itself at its timeout; so much later it hangs and is stopped from here."""
Spawn = Callable[[RunConfig, str], int]


class Supervisor:
    """Works the queue of one home; several at once, in several processes, share it without starting a job twice."""

    def __init__(
        self,
        home: Path,
        spawn: Spawn = spawn,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] | None = None,
    ) -> None:
        self.home, self.spawn, self.clock = home, spawn, clock
        # A clock that is brought along is both, unless another one comes with it.
        self.steady = steady or (clocks.steady if clock is time.time else clock)
        self.watch = Watch(home, clock, self.steady)
        self.chores = Chores(home, clock, watch=self.watch)
        self._reconciled_at = self._aligned_at = float("-inf")
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Work in threads until `stop`: chores may take long, and the queue does not wait for them."""
        for name, step, pause in (("queue", self.tick, TICK_SECONDS), ("chores", self.chores.do, CHORES_SECONDS)):
            arguments = (name, step, pause)
            thread = threading.Thread(target=self._work, args=arguments, name=f"supervisor-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def hold(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    def stop(self) -> None:
        """Stop working; runs go on, and the next supervisor finds them."""
        self.hold()
        end = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            # A chore that is cut off is done again by the next supervisor.
            thread.join(max(0.0, end - time.monotonic()))

    def _work(self, name: str, step: Callable[[], None], pause: float) -> None:
        standstill = Standstill(LOGGER, f"The supervisor's {name} cannot go on for now.")
        while not self._stop.is_set():
            try:
                step()
                standstill.over()
            except Exception as error:  # noqa: BLE001 - a full disk, or a bug that one run brings out, must not end it
                standstill.tell(error)
            self._stop.wait(pause)

    def tick(self) -> None:
        """Look after every running job once, queue what is due, then start as many jobs as there are free runners."""
        stepped = self.watch.look()
        now = Moment(self.clock(), self.steady(), machine()[1])
        for run_id, config_text, age in jobs.running(self.home, now):
            self._look_after(run_id, config_text, age)
        if over(self._reconciled_at, now.steady, RECONCILE_SECONDS):
            self._reconciled_at = now.steady
            recover(self.home)  # or a run that was cut off while it was published would be taken for a failed one
            states = reconcile_all(self.home)
            self._settle([run_id for run_id, status in states.items() if status is RunStatus.QUEUED])
        if stepped or over(self._aligned_at, now.steady, ALIGN_SECONDS):
            due.align(self.home, now.wall)
            self._aligned_at = now.steady
        due.start_due(self.home, now.wall)
        while not self._stop.is_set() and (taken := jobs.take(self.home, now)) is not None:
            self._launch(*taken)

    def _settle(self, queued: list[str]) -> None:
        """End what seems to wait and is not in the queue: a console died between a run's directory and its job."""
        for run_id, cancelled in (jobs.strays(self.home, queued) if queued else {}).items():
            try:
                age = self.clock() - RunDirectory(self.home, run_id).path.stat().st_mtime
            except OSError:
                continue
            if age > STRAY_SECONDS and cancelled:
                cancellation.cancel(self.home, run_id)
            elif age > STRAY_SECONDS:
                fail(self.home, run_id, sentences.CUT_OFF_IN_QUEUE)

    def _look_after(self, run_id: str, config_text: str, age: float) -> None:
        run = RunDirectory(self.home, run_id)
        status = reconcile(self.home, run_id)
        if status is RunStatus.RUNNING and age > json.loads(config_text)["timeout"] + OVERTIME_SECONDS:
            cancellation.cancel(self.home, run_id, status=RunStatus.TIMED_OUT)
            status = run.status()
        if status is RunStatus.QUEUED and age > START_SECONDS:
            self._refuse(run_id, sentences.CUT_OFF_AT_START)
        elif status.final and not self._tried_again(run, json.loads(config_text).get("retries") or 0):
            jobs.finish(self.home, run_id)

    def _tried_again(self, run: RunDirectory, retries: int) -> bool:
        """Whether a run whose engine went away is gone on with by itself, after a wait, as its `retries` say."""
        record = run.metadata()
        if record is None or not cut_off(record) or len(record.attempts) >= retries:
            return False
        number = len(record.attempts) + 1
        seconds, reason = pause_before(number), record.error.message if record.error else ""
        try:
            if not jobs.try_again(self.home, run.run_id, self.clock() + seconds):
                return False
            words = engine_sentences.runs.TRYING_AGAIN
            run.event("stage", message=words.format(seconds=seconds, number=number, most=retries, reason=reason))
        except EtlError as error:
            LOGGER.error("Run %s is not tried again: %s", run.run_id, error.message)
            return run.final() is None
        return True

    def _launch(self, run_id: str, config_text: str) -> None:
        try:
            self.spawn(build_config(json.loads(config_text)), run_id)
        except EtlError as error:
            self._refuse(run_id, error.message)
            return
        if not jobs.wanted(self.home, run_id):
            # Cancelled between being taken and being started.
            cancellation.cancel(self.home, run_id)

    def _refuse(self, run_id: str, sentence: str) -> None:
        LOGGER.error("Run %s could not be started: %s", run_id, sentence)
        fail(self.home, run_id, sentence)
        jobs.finish(self.home, run_id)
