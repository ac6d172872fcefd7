"""The journal of a run on its way: its log, its events, its progress, its word on the audit log, and its last word."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from etl_batch import sentences, stopping
from etl_batch.config import RunConfig
from etl_batch.errors import Cancelled, EtlError, OutputFailed, TimedOut, WorkerLost
from etl_batch.files.commit import manifest_of
from etl_batch.files.staging import disk_failed
from etl_batch.limits import read_limits
from etl_batch.model import NOT_REPLAYED, Analytics, PassedOver, RunStatus, utc_now
from etl_batch.record.cluster import ClusterWorker
from etl_batch.record.profile import ParentStage, RunProfile
from etl_batch.record.progress import Attempt, Progress
from etl_batch.record.replay import ReplayRecord
from etl_batch.record.run import ErrorRecord, OutputRecord, RunRecord
from etl_batch.record.values import Json
from etl_batch.recording import build_record, prepare_report, write_report
from etl_batch.runs.record import ceilings
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.logs import run_log
from etl_batch.runs.record.pulse import Pulse
from etl_batch.security.audit import AuditLog
from etl_batch.spelling import spelled
from etl_batch.stages.care import Observer
from etl_batch.stages.finish import Ingested
from etl_batch.stages.plan import Plan
from etl_batch.stopwatch import start_watch

if TYPE_CHECKING:
    from etl_batch.replaying import Replay

_BASE_MEMORY_BYTES = 300_000_000
_FINAL = {Cancelled: RunStatus.CANCELLED, TimedOut: RunStatus.TIMED_OUT}


class Watcher:
    """Who wants to know how a run goes: a sentence at each stage, numbers a few times a second."""

    def announce(self, sentence: str) -> None:
        """A stage begins or ends."""

    def progress(self, progress: Progress) -> None:
        """The numbers as `progress.json` has them."""


class Journal(Observer):
    """Everything that one run says of itself, and what it has seen so far."""

    def __init__(
        self, config: RunConfig, run: RunDirectory, watcher: Watcher, attempts: tuple[Attempt, ...] = ()
    ) -> None:
        """`attempts`: the tries before this one, of which the last was cut off, and is gone on with."""
        self.config, self.run, self.watcher = config, run, watcher
        self.attempts = attempts
        self.started_at = utc_now()
        # Of this thread alone: the others work for stages of their own.
        self.watch, self._cpu_before = start_watch(config.profile, time.thread_time), time.process_time()
        progress = Progress(
            run.run_id,
            workers=config.workers if config.cluster is None else 0,
            started_at=self.started_at,
            memory_limit_bytes=config.workers * config.chunk_bytes * 2 + _BASE_MEMORY_BYTES,
            attempts=attempts,
        )
        self.pulse = Pulse(run, progress, watcher.progress)
        self.plan: Plan | None = None
        self.replay: Replay | None = None
        self.ingested: Ingested | None = None
        self.notes: list[str] = []
        self.passed_over: tuple[PassedOver, ...] = ()
        self._audit_log = AuditLog(config.home)
        self._warming: threading.Thread | None = None

    @property
    def resumed(self) -> bool:
        """Whether there was a try before, from whose checkpoints this one goes on."""
        return bool(self.attempts)

    def tries_again(self, error: EtlError | OSError) -> bool:
        """Whether the run is tried again after this error."""
        if len(self.attempts) >= (self.config.retries or 0):
            return False
        from etl_batch.retrying import may_pass  # few runs are tried again

        return may_pass(error)

    def try_again(self, error: EtlError | OSError, deadline: float) -> None:
        """Note that a try has ended, as far as that can be written, and wait until it is time for the next one.

        Raises `Cancelled` and `TimedOut` at once.
        """
        from etl_batch.retrying import pause_before

        reason = (disk_failed(error) if isinstance(error, OSError) else error).message
        self.attempts += (Attempt(utc_now(), reason),)
        self.pulse.note(lambda progress: replace(progress, attempts=self.attempts))
        number, most = len(self.attempts), self.config.retries
        with self.no_failure():
            self.run.event("attempt", number=number, reason=reason)
        seconds = pause_before(number)
        sentence = sentences.runs.TRYING_AGAIN.format(seconds=seconds, number=number, most=most, reason=reason)
        self.begin_again(sentence)
        with stopping.before(deadline):
            stopping.pause(seconds)
        with self.no_failure():
            self.announce(sentences.runs.TRYING_NOW.format(number=number, most=most))

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the journal while the block runs; whatever fails in it becomes the run's last word before it is raised.

        What is no `EtlError` is raised as one when a person can mend it, and as it is when it is a bug.
        """
        stopping.forget()
        self.pulse.write()  # at once: a process that was noted cannot be killed unnoticed
        with run_log(self.run.file("run.log")) as self.log:
            self.run.write("config.json", self.config.to_json(), durable=True)  # what is left is found by it
            try:
                self.pulse.limited(ceilings.stricter(read_limits(self.config.home), self.config), self.config.timeout)
                self.pulse.heartbeat.start()
                told: dict[str, Json] = {"no_escape": True} if self.config.no_escape else {}
                told |= {"replay_of": self.config.replay_of} if self.config.replay_of is not None else {}
                self.audit(
                    "run.resume" if self.resumed else "run.start", "ok", {"inputs": list(self.config.inputs), **told}
                )
                yield
            except EtlError as error:
                ceilings.explain(error)
                self._fail(error)
                raise
            except KeyboardInterrupt as error:
                cancelled = Cancelled(sentences.runs.CTRL_C)
                self._fail(cancelled)
                raise cancelled from error
            except OSError as error:
                failed = disk_failed(error)
                ceilings.explain(failed)
                self.log.exception("unexpected failure of the system")
                self._fail(failed)
                raise failed from error
            except Exception as error:
                self.log.exception("a bug")
                self._fail(EtlError(sentences.runs.BUG.format(kind=type(error).__name__, reason=error)))
                raise
            finally:
                self.pulse.heartbeat.stop()
                stopping.withdraw()

    def sized(self, size: int) -> None:
        """The inputs are found and so many bytes long, which may be too many: whoever refuses that has it shown."""
        self.pulse.note(lambda progress: replace(progress, bytes_total=size))
        self.pulse.measure()

    def within_limits(self) -> None:
        """Look at the limits now; raises what is said of one that the run is past."""
        self.pulse.measure()
        stopping.check()

    def announce(self, sentence: str) -> None:
        """Say a sentence wherever somebody may listen."""
        sentence = spelled(sentence)
        self.log.info("%s", sentence)
        self.run.event("stage", message=sentence)
        self.pulse.note(lambda progress: replace(progress, message=sentence))
        self.watcher.announce(sentence)

    def audit(self, action: str, outcome: str, detail: Mapping[str, Json]) -> None:
        """Put a word on the audit log. Raises `OutputFailed` when that cannot be done."""
        self._audit_log.append(**self.audit_record(action, outcome, detail))

    def audit_record(self, action: str, outcome: str, detail: Mapping[str, Json]) -> dict[str, Any]:
        """What `audit` puts there."""
        target = self.run.run_id
        return {
            "user": self.config.user,
            "action": action,
            "target": target,
            "outcome": outcome,
            "detail": dict(detail),
        }

    def record_end(self, record: Mapping[str, Any]) -> None:
        """Put the end of a run that is in place on the audit log. Raises `OutputFailed`; whoever comes next does it."""
        try:
            self._audit_log.append(**record)
        except OutputFailed as error:
            raise OutputFailed(sentences.outputs.END_NOT_RECORDED.format(reason=error.message)) from error

    def record(
        self,
        status: RunStatus,
        seconds: float,
        analytics: Analytics | None = None,
        outputs: Mapping[str, OutputRecord] | None = None,
        error: ErrorRecord | None = None,
    ) -> RunRecord:
        """The record of the run as it stands and ends now. `seconds`: until the input was read."""
        # A run that was stopped is no faster for what it has not read.
        whole = self.plan is not None and status is RunStatus.SUCCESS
        return build_record(
            self.config,
            self.run.run_id,
            status,
            started_at=self.started_at,
            sources=self.plan.sources if self.plan else (),
            ingested=self.ingested,
            analytics=analytics,
            outputs=outputs,
            seconds=self.pulse.seconds,
            reading_seconds=seconds,
            bytes_read=self.plan.total_bytes if self.plan and whole else self.pulse.progress.bytes_done,
            peak_memory_bytes=self.pulse.peak_memory,
            notes=self.notes,
            passed_over=self.passed_over,
            error=error,
            profile=self.profile(),
            schema=self._declared(),
            replay=self._replayed(),
            attempts=self.attempts,
        )

    def _declared(self) -> str | None:
        """The text of the schema."""
        if self.replay is not None:
            return self.replay.declared
        return self.plan.schema.definition if self.plan is not None and self.plan.schema is not None else None

    def _replayed(self) -> ReplayRecord | None:
        """What is on record of a replay."""
        if self.replay is None:
            return None
        counts = self.ingested.replayed if self.ingested is not None else NOT_REPLAYED
        return ReplayRecord(self.replay.run_id, counts, self.replay.readings, self.replay.typed)

    def profile(self) -> RunProfile | None:
        """Where the CPU seconds have gone so far; None for a run that was not asked for it."""
        if not self.config.profile:
            return None
        known: dict[str, float] = {stage: self.watch.cpu[stage] for stage in ParentStage if stage in self.watch.cpu}
        rest = time.process_time() - self._cpu_before - sum(known.values())
        workers = sorted(self.ingested.profiles.items()) if self.ingested else ()
        return RunProfile({**known, ParentStage.OTHER: max(rest, 0.0)}, tuple(worker for _, worker in workers))

    def succeeded(self, record: RunRecord) -> None:
        """Say that the run is over and in place, wherever that can be said: it is no failure when it cannot."""
        with self.no_failure():
            self.end(record, "done")
        for sentence in (sentences.runs.REPORTED.format(path=self.run.report), sentences.runs.SUCCESS):
            with self.no_failure():
                self.announce(sentence)

    @contextmanager
    def no_failure(self) -> Iterator[None]:
        """Go on though what is said in the block cannot be written."""
        try:
            yield
        except (OutputFailed, OSError) as error:
            self.log.warning("%s", error)

    def end(self, record: RunRecord, stage: str | None = None) -> None:
        """Write a progress that is over, with the record's time; the record, which is the truth, must stand before."""
        self.pulse.note(lambda progress: replace(progress, staged=()))
        self.pulse.write(stage, record.status, record.throughput.seconds)

    def workers_needed(self) -> None:
        """Have no other thread: while workers are forked there may be none."""
        self.pulse.heartbeat.stop()
        if self._warming is not None:
            self._warming.join()

    def workers_started(self) -> None:
        """Beat from a thread again, and load in another what the end of a run needs: there is time until then."""
        self.pulse.heartbeat.start()
        if self._warming is not None:
            return  # these come for others that were lost
        self._warming = threading.Thread(target=prepare_report, name="warm-up", daemon=True)
        self._warming.start()

    def begin_again(self, sentence: str) -> None:
        """What was seen so far is given up for a reason, and the run begins anew."""
        with self.no_failure():
            self.announce(sentence)
        self.plan = self.ingested = None
        self.notes = []
        self.pulse.heartbeat.start()

    def progressed(self, ingested: Ingested) -> None:
        """The numbers of the moment."""
        self._follow(ingested)
        self.pulse.tick()

    def silent(self, seconds: float) -> None:
        """A worker that may hang, for the live view; and again that it does not."""
        if seconds or self.pulse.progress.silent_seconds:
            self.pulse.note(lambda progress: replace(progress, silent_seconds=round(seconds, 1)))

    def lost(self, error: WorkerLost) -> None:
        """Say that a worker was lost."""
        self.announce(error.message)
        self.run.event("worker_lost", reason=error.reason)
        self.pulse.note(lambda progress: replace(progress, workers_lost=progress.workers_lost + 1))

    def cluster_seen(self, workers: tuple[ClusterWorker, ...]) -> None:
        """The cluster's workers, for the live view."""
        self.pulse.note(lambda progress: replace(progress, cluster=workers))

    def closing(self, ingested: Ingested) -> None:
        """The last numbers, and the next stage."""
        self._follow(ingested)
        self.pulse.tick("finish", force=True)

    def _follow(self, ingested: Ingested) -> None:
        self.ingested = ingested
        counts = ingested.counts
        self.pulse.note(
            lambda progress: replace(
                progress,
                bytes_done=ingested.bytes_done,
                chunks_done=ingested.chunks,
                rows_written=counts.written,
                rejected=counts.rejected,
                skipped=counts.skipped,
            )
        )

    def _fail(self, error: EtlError) -> None:
        """Write down why the run failed; its own failure must not hide the first one."""
        status = _FINAL.get(type(error), RunStatus.FAILED)
        self.log.error("%s", error.message)
        if self.run.final() is RunStatus.SUCCESS or manifest_of(self.config.home, self.run.run_id).exists():
            return  # its outputs are in place, or whoever comes next puts them there, with the record that says so
        record = self.record(status, self.pulse.seconds, error=ErrorRecord(error.kind, error.message))
        try:
            with stopping.held():
                self.run.write_record(record)
                write_report(self.run, record)
                self.end(record)
                self.audit("run.finish", status, {"kind": error.kind})
        except EtlError as second:
            self.log.error("while recording the failure: %s", second.message)
