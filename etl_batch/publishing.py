"""The end of a run: its outputs, its reports and its record in place together, and the audit log's word for it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from etl_batch import sentences, stopping
from etl_batch.errors import OutputFailed
from etl_batch.files.commit import Uploaded, committed, manifest_of
from etl_batch.files.staging import Staged, discard, stage_text, sync
from etl_batch.journal import Journal
from etl_batch.limits import read_limits
from etl_batch.model import Analytics, RunStatus
from etl_batch.record.profile import ParentStage
from etl_batch.record.run import OutputRecord, PartsRecord, RunRecord
from etl_batch.recording import report_text
from etl_batch.recovering import recover
from etl_batch.runs.record.directory import record_text
from etl_batch.runs.record.own_outputs import remember_output
from etl_batch.runs.record.uploading import Uploading
from etl_batch.sinks.sink import Sink
from etl_batch.stages.finish import Finished
from etl_batch.targets import Targets

_PAUSES = (0.0, 0.2, 1.0)
"""Seconds before each attempt to finish a commit that was cut off by what may pass."""


def publish(
    finished: Finished,
    analytics: Analytics,
    sinks: tuple[Sink, ...],
    uploads: Uploading,
    targets: Targets,
    seconds: float,
    journal: Journal,
) -> RunRecord:
    """Put the outputs, both reports and the record in place of the former ones, all or none; returns the record.

    `seconds`: until the input was read. Raises `OutputFailed`, and what `stopping.check` raises before the commit.
    """
    run = journal.run
    journal.pulse.write("report")
    journal.within_limits()
    outputs = [sink.file for sink in sinks]
    sync(outputs)  # before the commit, which does so too, for its seconds belong on the record
    if uploads.outputs:
        journal.announce(sentences.runs.UPLOADING)
    uploaded = uploads.finish(journal.pulse.started + journal.config.timeout)
    journal.watch.lap(ParentStage.PUBLISH)
    record = journal.record(RunStatus.SUCCESS, seconds, analytics, describe_outputs(finished, sinks))
    report = report_text(run, record)
    journal.watch.lap(ParentStage.REPORT)
    with stopping.held():
        journal.audit("run.publish", "ok", {"outputs": finished.digests})
        remember_escapes(sinks, finished, journal)
        journal.watch.lap(ParentStage.PUBLISH)
        record = replace(record, profile=journal.profile())  # with what a report cannot say of itself
        _commit(record, report, outputs, uploaded, targets, journal)
        journal.succeeded(record)
    return record


def _commit(
    record: RunRecord,
    report: str,
    outputs: list[Staged],
    uploaded: Mapping[Staged, Uploaded],
    targets: Targets,
    journal: Journal,
) -> None:
    """Have the outputs, the report and the record in place together, and on the audit log that they are.

    All that can fail for want of room is done before; what is left when the manifest stands are renames.
    """
    run, home = journal.run, journal.config.home
    texts = {run.report_place: report, targets.report: report, run.place("metadata.json"): record_text(record)}
    finish = journal.audit_record("run.finish", "success", {"counts": asdict(record.counts)})
    manifest, keep = manifest_of(home, run.run_id), read_limits(home).keep_backups
    staged: list[Staged] = []
    try:
        for place, text in texts.items():
            staged.append(stage_text(place, run.run_id, text))
        with committed(outputs, manifest, keep, replaced=staged, uploads=uploaded, then=finish):
            journal.record_end(finish)
    except BaseException as error:
        if not manifest.exists():
            discard(staged)
        if not (isinstance(error, OutputFailed) and manifest.exists()):
            raise
        _finish(error, manifest, journal)


def _finish(error: OutputFailed, manifest: Path, journal: Journal) -> None:
    """Go on with a commit that was cut off, as whoever comes next would; raises what cut it off when it stays so."""
    for pause in _PAUSES:
        journal.log.warning("%s", error.message)
        time.sleep(pause)
        recover(journal.config.home)
        if not manifest.exists():
            return
    raise error


def remember_escapes(sinks: tuple[Sink, ...], finished: Finished, journal: Journal) -> None:
    """Put a CSV with escaped cells or names on the list of those, before it is published: see `own_outputs`."""
    names = [column.name for column in finished.ingested.plan.columns]
    for sink in sinks:
        if sink.escapes(finished.ingested.escaped_cells, names):
            home, run_id = journal.config.home, journal.run.run_id
            sealed = finished.sealed[sink.name]
            remember_output(home, run_id, sealed.bytes, sealed.sha256)


def describe_outputs(finished: Finished, sinks: tuple[Sink, ...]) -> dict[str, OutputRecord]:
    """Path, size, rows and digest of each output, and how its columns are kept."""
    rows, final = finished.ingested.counts.written, finished.ingested.final
    return {
        sink.name: OutputRecord(
            str(sink.file.target),
            sealed.bytes,
            rows,
            sealed.sha256,
            sink.describe(final),
            PartsRecord(sealed.parts, sealed.manifest_bytes) if sealed.parts else None,
        )
        for sink in sinks
        for sealed in [finished.sealed[sink.name]]
    }
