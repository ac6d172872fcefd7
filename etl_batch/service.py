"""The use case that both doors call: run -> analyse -> report -> record."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch import stopping
from etl_batch.config import RunConfig
from etl_batch.errors import Cancelled, EtlError, InputRefused, OutputFailed, TimedOut, UsageError
from etl_batch.formats.source import Source
from etl_batch.limits import read_limits
from etl_batch.model import SCHEMA_VERSION, Analytics, Counts, RunStatus, utc_now
from etl_batch.pipeline import Finished, Outputs, ingest
from etl_batch.previews import default_inputs, describe, detect_inputs, preview
from etl_batch.reporting.render import prepare_report, render_report
from etl_batch.runs.history.previous import previous_run
from etl_batch.runs.history.rate_limit import limit_of_environment, refuse_when_limited
from etl_batch.runs.processes.cancellation import fingerprint
from etl_batch.runs.record.directory import Progress, RunDirectory, new_run_id
from etl_batch.runs.record.logs import run_log
from etl_batch.runs.record.pulse import Pulse
from etl_batch.runs.record.resources import describe_engine, describe_system
from etl_batch.security.audit import AuditLog
from etl_batch.security.paths import Roots, allowed_roots, resolve_output
from etl_batch.sinks.publish import Staged, discard, locked, manifest_folder, publish, roll_forward, stage
from etl_batch.stages.estimate import estimate
from etl_batch.stages.finish import Ingested
from etl_batch.stages.measuring import choose_measuring
from etl_batch.stages.plan import Plan, plan_run
from etl_batch.stages.sample import Measuring
from etl_batch.stopping import held

Announce = Callable[[str], None]
LATEST_REPORT = "etl_quantum_report.html"
NOT_REACHED = (
    "The error of {target:g} was not reached for {missed}: the rows looked at beforehand gave too small a sample. "
    "Ask for a smaller error, or for a fraction with --sample-frac."
)
_BASE_MEMORY_BYTES = 300_000_000
_REPORTED_REJECTS = 500


class Watcher:
    """Who wants to know how a run goes: a sentence at each stage, numbers a few times a second."""

    def announce(self, sentence: str) -> None:
        """A stage begins or ends."""

    def progress(self, progress: Progress) -> None:
        """The numbers as `progress.json` has them."""


def execute(config: RunConfig, *, run_id: str | None = None, watcher: Watcher | None = None) -> dict[str, Any]:
    """Run one configuration from start to end and return its `metadata.json`.

    Raises an `EtlError` after the run directory says why: nothing is published then, and the previous outputs stand.
    """
    run = RunDirectory(config.home, run_id or new_run_id())
    return _Run(config, run, watcher or Watcher()).execute()


class _Run:
    """One run on its way."""

    def __init__(self, config: RunConfig, run: RunDirectory, watcher: Watcher) -> None:
        self.config, self.run, self.watcher = config, run, watcher
        self.started_at = utc_now()
        self.audit = AuditLog(config.home)
        self.progress = Progress(run.run_id, workers=config.workers, started_at=self.started_at)
        self.pulse = Pulse(run, self.progress, self.watcher.progress)
        self.progress.memory_limit_bytes = config.workers * config.chunk_bytes * 2 + _BASE_MEMORY_BYTES
        self.warmed = False
        self.latest_report = config.home / "report" / LATEST_REPORT
        self.plan: Plan | None = None
        self.ingested: Ingested | None = None
        self.notes: list[str] = []

    def execute(self) -> dict[str, Any]:
        """Run, and leave the truth in the run directory whatever happens."""
        self.run.create()
        self.pulse.write()  # at once: a process that was noted cannot be killed unnoticed
        with run_log(self.run.file("run.log")) as log:
            self.log = log
            self.run.write("config.json", self.config.to_json())
            try:
                self.pulse.heartbeat.start()
                self._record("run.start", "ok", {"inputs": list(self.config.inputs)})
                return self._attempt()
            except EtlError as error:
                self._fail(error)
                raise
            except KeyboardInterrupt as error:
                cancelled = Cancelled("The run was stopped with Ctrl-C; nothing was published.")
                self._fail(cancelled)
                raise cancelled from error
            except OSError as error:
                failed = OutputFailed(
                    f"{error.filename or 'A file'}: {error.strerror}. Free the disk or fix permissions."
                )
                self.log.exception("unexpected failure of the system")
                self._fail(failed)
                raise failed from error
            except Exception as error:
                self.log.exception("a bug")
                self._fail(EtlError(f"{type(error).__name__}: {error}. This is a bug; the run's log has the details."))
                raise
            finally:
                self.pulse.heartbeat.stop()

    def _attempt(self) -> dict[str, Any]:
        self._announce("Starting Quantum ETL Pipeline")
        refuse_when_limited(self.config.home, self.config.user, self.run.run_id, limit_of_environment())
        self.keep_backups = read_limits(self.config.home).keep_backups
        roll_forward(manifest_folder(self.config.home), self.keep_backups)
        roots = allowed_roots(self.config.home)
        with ExitStack() as stack:
            targets = resolve_targets(self.config, roots)
            self.latest_report = self._resolve_report(roots, targets)
            stack.enter_context(locked(list(targets.values())))
            self.progress.outputs_before = {str(target): fingerprint(target) for target in targets.values()}
            self.plan = self._plan(targets)
            measuring = choose_measuring(self.plan, self.config)
            self.notes += measuring.notes
            if measuring.reason is not None:
                self._announce(measuring.reason)
            outputs = self._stage(targets)
            try:
                return self._produce(self.plan, measuring, outputs)
            except BaseException:
                discard(outputs.staged)
                raise

    def _resolve_report(self, roots: Roots, targets: Mapping[str, Path]) -> Path:
        """Where the report also goes: an output like the others, and none of them."""
        report = resolve_output(self.config.report or self.config.home / "report" / LATEST_REPORT, roots)
        if report in targets.values():
            raise UsageError(f"--report: {report} is an output of this run; name another file.")
        return report

    def _plan(self, targets: Mapping[str, Path]) -> Plan:
        sources = detect_inputs(self.config)
        refuse_overwriting_inputs(sources, [*targets.values(), self.latest_report])
        for source in sources:
            self._announce(f"Parsing {source.path}")
        plan = plan_run(sources, self.config)
        self.progress.bytes_total = plan.total_bytes
        self.pulse.write("ingest")
        return plan

    def _stage(self, targets: Mapping[str, Path]) -> Outputs:
        staged = {name: stage(target, self.run.run_id) for name, target in targets.items()}
        self.progress.staged = [str(output.staged) for output in staged.values()]
        self.pulse.write()
        return Outputs(staged.get("csv"), staged.get("parquet"))

    def _produce(self, plan: Plan, measuring: Measuring, outputs: Outputs) -> dict[str, Any]:
        deadline = self.pulse.started + self.config.timeout
        rejects = self.run.file("rejects.jsonl")
        # While the workers are forked there may be no other thread; the ticks keep the heart beating, see `_tick`.
        self.pulse.heartbeat.stop()
        stopping.check()
        finished = ingest(plan, self.config, measuring, outputs, rejects, deadline, self._tick)
        self.pulse.heartbeat.start()
        self.pulse.tick(force=True)
        seconds = self.pulse.seconds
        self._announce("Ingestion complete")
        if not finished.ingested.counts.conserved:
            raise EtlError(
                f"The counts do not add up ({finished.ingested.counts}); nothing was published. Please report it."
            )
        self.pulse.write("analytics")
        self._announce("Running Quantum-Inspired Analytics")
        analytics, sample = estimate(finished.ingested, measuring)
        self._write_sample(sample)
        if analytics.target_error is not None and not analytics.target_error.reached:
            missed = ", ".join(analytics.target_error.missed)
            self.notes.append(NOT_REACHED.format(target=analytics.target_error.target, missed=missed))
            self._announce(self.notes[-1])
        self._announce(f"Analytics complete: {analytics.status}")
        if time.monotonic() > deadline:
            raise TimedOut("The run took longer than --timeout allows; nothing was published. Raise the limit.")
        return self._publish(finished, analytics, outputs, seconds)

    def _publish(self, finished: Finished, analytics: Analytics, outputs: Outputs, seconds: float) -> dict[str, Any]:
        self.pulse.write("report")
        self.pulse.measure()
        metadata = self._metadata(RunStatus.SUCCESS, analytics, seconds)
        metadata["outputs"] = describe_outputs(finished, outputs)
        report = self._report(metadata)
        with held():
            self._record("run.finish", "success", {"counts": asdict(finished.ingested.counts)})
            publish(outputs.staged, manifest_folder(self.config.home) / f"{self.run.run_id}.json", self.keep_backups)
            self._copy_report(report)
            self.progress.staged = []
            self.run.write("metadata.json", metadata)
            self.pulse.write("done", RunStatus.SUCCESS)
            self._announce(f"Report generated: {self.run.report}")
            self._announce("Pipeline Success!")
        return metadata

    def _metadata(self, status: RunStatus, analytics: Analytics | None, seconds: float) -> dict[str, Any]:
        seen = self.ingested
        counts = seen.counts if seen else Counts()
        # A run that was stopped is no faster for what it has not read.
        total = (self.plan.total_bytes if self.plan else 0) if status is RunStatus.SUCCESS else self.progress.bytes_done
        return {
            "schema_version": SCHEMA_VERSION,
            "run_id": self.run.run_id,
            "status": status,
            "user": self.config.user,
            "started_at": self.started_at,
            "finished_at": utc_now(),
            "config": self.config.to_json(),
            "inputs": [self._describe_input(source) for source in (self.plan.sources if self.plan else ())],
            "outputs": {},
            "counts": asdict(counts),
            "escaped_cells": seen.escaped_cells if seen else 0,
            "analytics": analytics.to_json() if analytics else {},
            "throughput": {
                "seconds": round(seconds, 3),
                "input_bytes_per_second": round(total / seconds) if seconds else 0,
                "rows_per_second": round(counts.written / seconds) if seconds else 0,
            },
            "peak_memory_bytes": self.pulse.peak_memory,
            "system": describe_system(),
            "engine": describe_engine(),
            "error": None,
            "schema": [{"name": f.name, "type": str(f.type)} for f in seen.schema] if seen else [],
            "rejects_by_reason": seen.reasons if seen else {},
            "notes": self.notes,
            "layouts": _definitions(self.plan),
            "rerun_of": self.config.rerun_of,
        }

    def _describe_input(self, source: Source) -> dict[str, Any]:
        counts = self.ingested.by_source.get(source.ordinal, Counts()) if self.ingested else Counts()
        return {
            **describe(source),
            "records": counts.records_in,
            "written": counts.written,
            "rejected": counts.rejected,
        }

    def _report(self, metadata: dict[str, Any]) -> str:
        report = render_report(
            metadata,
            rejects=self.run.rejects(_REPORTED_REJECTS),
            previous=previous_run(self.config.home, self.run.run_id, metadata["config"]),
        )
        _write_text(self.run.report, report)
        return report

    def _copy_report(self, report: str) -> None:
        _write_text(self.latest_report, report)

    def _write_sample(self, sample: pa.Table) -> None:
        try:
            pq.write_table(sample, self.run.file("sample.parquet"), compression="lz4")
        except OSError as error:
            raise OutputFailed(f"The sample could not be written ({error.strerror}). Free the disk.") from error

    def _fail(self, error: EtlError) -> None:
        """Write down why the run failed; its own failure must not hide the first one."""
        status = {Cancelled: RunStatus.CANCELLED, TimedOut: RunStatus.TIMED_OUT}.get(type(error), RunStatus.FAILED)
        self.log.error("%s", error.message)
        metadata = self._metadata(status, None, self.pulse.seconds)
        metadata["error"] = {"kind": error.kind, "message": error.message}
        try:
            with held():
                self.run.write("metadata.json", metadata)
                self._report(metadata)
                self.progress.staged = []
                self.pulse.write(status=status)
                self._record("run.finish", status, {"kind": error.kind})
        except EtlError as second:
            self.log.error("while recording the failure: %s", second.message)

    def _record(self, action: str, outcome: str, detail: dict[str, Any]) -> None:
        self.audit.append(user=self.config.user, action=action, target=self.run.run_id, outcome=outcome, detail=detail)

    def _announce(self, sentence: str) -> None:
        self.log.info("%s", sentence)
        self.run.event("stage", message=sentence)
        self.progress.message = sentence
        self.watcher.announce(sentence)

    def _tick(self, ingested: Ingested) -> None:
        if ingested.forked:
            self.pulse.heartbeat.start()
        if ingested.chunks and not self.warmed:
            self.warmed = True
            threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
        self.ingested = ingested
        progress, counts = self.progress, ingested.counts
        progress.bytes_done, progress.chunks_done = ingested.bytes_done, ingested.chunks
        progress.rows_written, progress.rejected, progress.skipped = counts.written, counts.rejected, counts.skipped
        self.pulse.tick("finish" if ingested.closing else None, force=ingested.closing)


def resolve_targets(config: RunConfig, roots: Roots) -> dict[str, Path]:
    """The outputs by name (`csv`, `parquet`), resolved inside the allowed roots."""
    wanted = (("csv", config.output_csv), ("parquet", config.output_parquet))
    return {name: resolve_output(path, roots) for name, path in wanted if path is not None}


def refuse_overwriting_inputs(sources: list[Source], targets: list[Path]) -> None:
    """Raise `InputRefused` when an output, or the report, would replace one of the inputs."""
    for target in targets:
        for source in sources:
            if target.exists() and target.samefile(source.path):
                raise InputRefused(f"{target} is both an input and an output; write to another file.")


def describe_outputs(finished: Finished, outputs: Outputs) -> dict[str, Any]:
    """Path, size, rows and digest of each output."""
    named: tuple[tuple[str, Staged | None], ...] = (("csv", outputs.csv), ("parquet", outputs.parquet))
    rows = finished.ingested.counts.written
    return {
        name: {
            "path": str(output.target),
            "bytes": finished.sizes[name],
            "rows": rows,
            "sha256": finished.digests[name],
        }
        for name, output in named
        if output is not None
    }


def _definitions(plan: Plan | None) -> dict[str, Any]:
    """The record layouts of the inputs as they were written: a layout may be edited after the run."""
    used = {source.layout.name: source.layout.definition for source in (plan.sources if plan else ()) if source.layout}
    return {name: json.loads(definition) for name, definition in used.items() if definition}


def _warm_up() -> None:
    """What the end of a run needs and takes long to load, loaded while the parent waits for its workers.

    Not before they are forked: a fork is safe only without other threads.
    """
    prepare_report()


def _write_text(path: Path, text: str) -> None:
    staged = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.write_text(text, encoding="utf-8")
        staged.replace(path)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise OutputFailed(
            f"{path} cannot be written ({error.strerror}). Free the disk or fix its permissions."
        ) from error


__all__ = ["Watcher", "default_inputs", "execute", "preview"]
