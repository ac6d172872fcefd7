"""What a run leaves when it is over: its record, put together from what its stages have come to, and its report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from etl_batch import sentences
from etl_batch.config import RunConfig
from etl_batch.errors import OutputFailed
from etl_batch.files.beneath import Place
from etl_batch.files.replacing import replace_text
from etl_batch.formats.source import AnySource
from etl_batch.language import ENGLISH, speaking
from etl_batch.model import Analytics, Counts, PassedOver, RunStatus, utc_now
from etl_batch.record.originals import noted_name
from etl_batch.record.profile import RunProfile
from etl_batch.record.progress import Attempt
from etl_batch.record.replay import ReplayRecord
from etl_batch.record.run import (
    ColumnRecord,
    ErrorRecord,
    EscapeRecord,
    InputRecord,
    OutputRecord,
    RunRecord,
    Throughput,
)
from etl_batch.record.settings import RunSettings
from etl_batch.record.values import Json
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.resources import describe_engine, describe_system
from etl_batch.stages.finish import Ingested
from etl_batch.stages.inputs import describe

_REPORTED_REJECTS = 500
_LISTED_PASSED_OVER = 1000
"""Files that the metadata list of those passed over; a note has their number."""


def build_record(
    config: RunConfig,
    run_id: str,
    status: RunStatus,
    *,
    started_at: str,
    sources: Sequence[AnySource] = (),
    ingested: Ingested | None = None,
    analytics: Analytics | None = None,
    outputs: Mapping[str, OutputRecord] | None = None,
    seconds: float = 0.0,
    reading_seconds: float = 0.0,
    bytes_read: int = 0,
    peak_memory_bytes: int = 0,
    notes: Sequence[str] = (),
    passed_over: Sequence[PassedOver] = (),
    error: ErrorRecord | None = None,
    profile: RunProfile | None = None,
    schema: str | None = None,
    replay: ReplayRecord | None = None,
    attempts: Sequence[Attempt] = (),
) -> RunRecord:
    """The record, finished now on this machine.

    `seconds`: from the run's start until now. `reading_seconds` and `bytes_read`, until its input was read, give the
    rates.
    """
    counts = ingested.counts if ingested else Counts()
    return RunRecord(
        run_id=run_id,
        status=status,
        user=config.user,
        started_at=started_at,
        finished_at=utc_now(),
        config=RunSettings(config.to_json()),
        inputs=tuple(_inputs(sources, ingested, config.home)),
        outputs=outputs or {},
        counts=counts,
        escaped_cells=ingested.escaped_cells if ingested else 0,
        analytics=analytics,
        throughput=_throughput(seconds, reading_seconds, bytes_read, counts.written),
        peak_memory_bytes=peak_memory_bytes,
        system=describe_system(),
        engine=describe_engine(),
        error=error,
        schema=tuple(ColumnRecord(f.name, str(f.type)) for f in ingested.final.schema) if ingested else (),
        rejects_by_reason=dict(ingested.reasons) if ingested else {},
        repaired=dict(ingested.repaired) if ingested else {},
        notes=tuple(notes),
        passed_over=tuple(passed_over[:_LISTED_PASSED_OVER]),
        layouts=_layouts(sources),
        rerun_of=config.rerun_of,
        declared_schema=schema,
        replay=replay,
        profile=profile,
        escapes=_escapes(ingested) if ingested else (),
        attempts=tuple(attempts),
    )


def _escapes(ingested: Ingested) -> tuple[EscapeRecord, ...]:
    names = [column.name for column in ingested.plan.columns]
    found = sorted(ingested.escapes.items())
    return tuple(EscapeRecord(names[place], each.cells, each.example) for place, each in found)


def _inputs(sources: Sequence[AnySource], ingested: Ingested | None, home: Path) -> Iterator[InputRecord]:
    """Each file once, however often it was passed over. The name before an upload is kept: its note may be deleted."""
    counts: dict[str, Counts] = {}
    files: dict[str, AnySource] = {}
    for source in sources:
        found = ingested.by_source.get(source.ordinal, Counts()) if ingested else Counts()
        counts[source.path] = counts.get(source.path, Counts()) + found
        files.setdefault(source.path, source)
    for path, source in files.items():
        facts = describe(source)
        yield InputRecord(
            **{part.name: getattr(facts, part.name) for part in fields(facts)},
            records=counts[path].records_in,
            written=counts[path].written,
            rejected=counts[path].rejected,
            modified_ns=source.version.modified_ns if source.version else None,
            constants={each.name: each.text for each in source.constants},
            original_name=noted_name(home, path),
        )


def _throughput(seconds: float, reading: float, bytes_read: int, rows: int) -> Throughput:
    bytes_rate, row_rate = (round(bytes_read / reading), round(rows / reading)) if reading else (0, 0)
    return Throughput(round(seconds, 3), bytes_rate, row_rate)


def _layouts(sources: Sequence[AnySource]) -> dict[str, Json]:
    """The record layouts of the inputs as they were written: a layout may be edited after the run."""
    used = {layout.name: layout.definition for source in sources if (layout := source.record_layout)}
    return {name: json.loads(definition) for name, definition in used.items() if definition}


def prepare_report() -> None:
    """Load what a record and a report take, a tenth of a second, while a run has something to wait for."""
    from etl_batch.reporting import render
    from etl_batch.runs.history import index  # noqa: F401

    describe_engine()
    render.prepare_report()


def report_text(run: RunDirectory, record: RunRecord) -> str:
    """The run's report."""
    from etl_batch.reporting.render import render_report  # see `prepare_report`
    from etl_batch.runs.history.index import previous_run

    language = record.config.values.get("language")
    with speaking(language if isinstance(language, str) else ENGLISH):
        return render_report(
            record,
            rejects=run.rejects(_REPORTED_REJECTS),
            previous=previous_run(run.home, run.run_id, record.config),
        )


def write_report(run: RunDirectory, record: RunRecord) -> None:
    """Write the run's own report. Raises `OutputFailed`."""
    write_text(run.report_place, report_text(run, record))


def write_text(place: Place, text: str) -> None:
    """Replace a file by a text, whole or not at all. Raises `OutputFailed`."""
    try:
        replace_text(place, text)
    except OSError as error:
        raise OutputFailed(sentences.outputs.NOT_WRITTEN.format(path=place.path, reason=error.strerror)) from error
