"""The typed context of a run report: every value as the text that the template prints, nothing left to decide there.

    record + rejects + the previous record --build_context--> ReportContext --template--> HTML

Any part of the record may be empty, because a run that failed early leaves little. Text that came from data is
made visible and shortened here; the template escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath

from etl_batch.model import Counts, Reject, RunStatus
from etl_batch.record.machine import Cpu, EngineRecord, Gpu, MachineMemory, SystemRecord
from etl_batch.record.run import ColumnRecord, EscapeRecord, InputRecord, OutputRecord, RunRecord
from etl_batch.record.values import Json, JsonObject, number
from etl_batch.reporting import wording
from etl_batch.reporting.changes import Changes, compare
from etl_batch.reporting.estimates import Estimates, build_estimates
from etl_batch.reporting.formatting import (
    NAME_LENGTH,
    NOTHING,
    counted,
    duration,
    file_size,
    moment,
    parse_moment,
    quantity,
    shown,
    words,
)
from etl_batch.reporting.parts import Fact, Shortened
from etl_batch.reporting.profile import ProfileView, build_profile
from etl_batch.reporting.rejected import ReasonGroup, group_rejects

SENTENCE_LENGTH = 1000
SHOWN_INPUTS = 30
SHOWN_COLUMNS = 150
SHOWN_PACKAGES = 30
SHOWN_SETTINGS = 40
SHOWN_OUTPUTS = 8
SHOWN_ESCAPES = 20
SHOWN_NOTES = 10
NOTE_LENGTH = 400
SHOWN_NAMES = 3
SHOWN_DEVICES = 4

_TONES = {
    RunStatus.QUEUED: "calm",
    RunStatus.RUNNING: "calm",
    RunStatus.SUCCESS: "good",
    RunStatus.FAILED: "bad",
    RunStatus.CANCELLED: "warn",
    RunStatus.TIMED_OUT: "warn",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """What a reader wants to know first."""

    run_id: str
    status: str
    tone: str
    """good, warn, bad or calm."""
    user: str
    started: str
    started_at: str
    duration: str
    sources: tuple[str, ...]
    sources_note: str
    results: tuple[str, ...]
    results_note: str
    rerun_of: str | None
    alarm: str | None
    """Why the run is not a success, as one sentence; None for a success."""
    alarm_kind: str | None


@dataclass(frozen=True, slots=True)
class Conservation:
    """`records_in = written + rejected + skipped`, in numbers, and whether it holds (None: nothing was read)."""

    records_in: str
    written: str
    rejected: str
    skipped: str
    holds: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class InputRow:
    """One source file and what became of it."""

    path: str
    format: str
    layout: str
    dialect: str
    size: str
    records: str
    written: str
    rejected: str


@dataclass(frozen=True, slots=True)
class OutputRow:
    """One published file."""

    kind: str
    path: str
    size: str
    bytes: str
    rows: str
    sha256: str


@dataclass(frozen=True, slots=True)
class EscapeRow:
    """A column with escaped cells, and the first of them as it was and as the CSV has it."""

    column: str
    cells: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ReportContext:
    """Everything the template prints, in the order of the page."""

    headline: Headline
    figures: tuple[Fact, ...]
    conservation: Conservation
    notes: tuple[str, ...]
    estimates: Estimates
    rejects: Shortened[ReasonGroup]
    inputs: Shortened[InputRow]
    outputs: tuple[OutputRow, ...]
    escaped_cells: str
    escapes: Shortened[EscapeRow]
    columns: Shortened[Fact]
    changes: Changes | None
    profile: ProfileView | None
    system: tuple[Fact, ...]
    engine: tuple[Fact, ...]
    packages: Shortened[Fact]
    config: Shortened[Fact]


def build_context(
    record: RunRecord, rejects: Iterable[Reject] = (), previous: RunRecord | None = None
) -> ReportContext:
    """The context of one run from its record, the first of its rejects and the run before (None: first run)."""
    return ReportContext(
        headline=_headline(record),
        figures=_figures(record),
        conservation=_conservation(record.counts),
        notes=tuple(shown(note, NOTE_LENGTH) for note in [*_attempts(record), *record.notes][:SHOWN_NOTES]),
        estimates=build_estimates(record.analytics),
        rejects=group_rejects(record.rejects_by_reason, rejects),
        inputs=Shortened.made(_input_row, record.inputs, SHOWN_INPUTS),
        outputs=tuple(_output_row(kind, output) for kind, output in list(record.outputs.items())[:SHOWN_OUTPUTS]),
        escaped_cells=quantity(record.escaped_cells),
        escapes=Shortened.made(_escape_row, record.escapes, SHOWN_ESCAPES),
        columns=Shortened.made(_column, record.schema, SHOWN_COLUMNS),
        changes=None if previous is None else compare(record, previous),
        profile=build_profile(record.profile),
        system=_system(record.system) if record.system else (),
        engine=_engine(record.engine) if record.engine else (),
        packages=_settings(record.engine.packages if record.engine else {}, SHOWN_PACKAGES),
        config=_settings(record.config.values, SHOWN_SETTINGS),
    )


def _attempts(record: RunRecord) -> list[str]:
    """What is said of the tries before."""
    return [
        wording.ATTEMPT.format(number=number, moment=moment(each.at), reason=each.reason)
        for number, each in enumerate(record.attempts, 1)
    ]


def _headline(record: RunRecord) -> Headline:
    status = record.status
    sentence = wording.ALARMS[status] if status else wording.NO_STATUS_ALARM
    sources = [each.original_name or each.path for each in record.inputs] or list(record.config.inputs)
    message = record.error.message if record.error else ""
    return Headline(
        run_id=shown(record.run_id, 80),
        status=wording.STATUS_WORDS[status] if status else wording.NO_STATUS,
        tone=_TONES[status] if status else "warn",
        user=shown(record.user, 60),
        started=moment(record.started_at),
        started_at=shown(record.started_at, 40),
        duration=duration(_seconds(record)),
        sources=_names(sources),
        sources_note=_total_note(
            counted(len(sources), "input") if sources else wording.NO_INPUT, [each.size_bytes for each in record.inputs]
        ),
        results=_names([output.path for output in record.outputs.values()]),
        results_note=_total_note(
            counted(len(record.outputs), "output") if record.outputs else wording.NO_OUTPUT,
            [output.bytes for output in record.outputs.values()],
        ),
        rerun_of=shown(record.rerun_of, 80) if record.rerun_of else None,
        alarm=(shown(message, SENTENCE_LENGTH) if message else sentence) or None,
        alarm_kind=words(record.error.kind) if record.error and record.error.kind else None,
    )


def _names(paths: Sequence[str]) -> tuple[str, ...]:
    """Base names of the first few paths, as the headline lists them."""
    names = [shown(PurePath(path).name, 60) for path in paths[:SHOWN_NAMES]]
    if len(paths) > SHOWN_NAMES:
        names.append(wording.MORE_FILES.format(number=quantity(len(paths) - SHOWN_NAMES)))
    return tuple(names)


def _total_note(files: str, sizes: Sequence[int]) -> str:
    return wording.FILES_SIZE.format(files=files, size=file_size(sum(sizes))) if sizes else files


def _seconds(record: RunRecord) -> float | None:
    if record.throughput.seconds:
        return record.throughput.seconds
    start, end = parse_moment(record.started_at), parse_moment(record.finished_at)
    try:
        return (end - start).total_seconds() if start and end else None
    except TypeError:  # one has a time zone, the other has none
        return None


def _figures(record: RunRecord) -> tuple[Fact, ...]:
    rate, row_rate = record.throughput.input_bytes_per_second, record.throughput.rows_per_second
    return (
        Fact(wording.TIME, duration(_seconds(record))),
        Fact(wording.INPUT_RATE, NOTHING if rate is None else wording.RATE.format(size=file_size(rate))),
        Fact(wording.ROW_RATE, quantity(None if row_rate is None else round(row_rate))),
        Fact(wording.PEAK_MEMORY, file_size(record.peak_memory_bytes)),
    )


def _conservation(counts: Counts) -> Conservation:
    holds: bool | None
    if counts == Counts():
        holds, sentence = None, wording.NO_RECORD
    elif counts.conserved:
        holds, sentence = True, wording.CONSERVED
    else:
        missing = counts.records_in - counts.written - counts.rejected - counts.skipped
        verdict = wording.LOST if missing > 0 else wording.MADE_UP
        holds, sentence = False, verdict.format(records=counted(abs(missing), "record"))
    return Conservation(
        quantity(counts.records_in),
        quantity(counts.written),
        quantity(counts.rejected),
        quantity(counts.skipped),
        holds,
        sentence,
    )


def _input_row(row: InputRecord) -> InputRow:
    return InputRow(
        path=_input_path(row),
        format=shown(f"{row.format}, {row.compression}" if row.compression else row.format, 40),
        layout=shown(row.layout, 40),
        dialect=shown(row.dialect.told() if row.dialect else None, 80),
        size=file_size(row.size_bytes),
        records=quantity(row.records),
        written=quantity(row.written),
        rejected=quantity(row.rejected),
    )


def _input_path(row: InputRecord) -> str:
    if row.original_name is None:
        return shown(row.path)
    return wording.UPLOADED.format(name=shown(row.original_name), path=shown(row.path))


def _column(row: ColumnRecord) -> Fact:
    return Fact(shown(row.name, NAME_LENGTH), shown(row.type, 24))


def _escape_row(escaped: EscapeRecord) -> EscapeRow:
    before, after = shown(escaped.example, NAME_LENGTH), shown(f"'{escaped.example}", NAME_LENGTH)
    return EscapeRow(shown(escaped.column, NAME_LENGTH), counted(escaped.cells, "cell"), before, after)


def _output_row(kind: str, row: OutputRecord) -> OutputRow:
    parts = "" if row.parts is None else f", {counted(row.parts.number, 'part')}"
    return OutputRow(
        kind=shown(kind, 40) + parts,
        path=shown(row.path),
        size=file_size(row.bytes),
        bytes=counted(row.bytes, "byte"),
        rows=quantity(row.rows),
        sha256=shown(row.sha256, 80),
    )


def _settings(values: JsonObject, limit: int) -> Shortened[Fact]:
    """Keys as they are written, and whole numbers in full: both are there to be copied."""

    def fact(item: tuple[str, Json]) -> Fact:
        return Fact(shown(item[0], NAME_LENGTH), _setting(item[1]))

    return Shortened.made(fact, list(values.items()), limit)


def _setting(value: Json) -> str:
    return quantity(value) if number(value) is not None and isinstance(value, int) else shown(value)


def _device(label: str, device: Cpu | MachineMemory | Gpu) -> Iterator[Fact]:
    """One fact for each part of a device; those whose names end in `bytes` are shown as sizes."""
    for name, value in asdict(device).items():
        whole = quantity(value) if isinstance(value, int) else shown(value)
        text = file_size(value) if name.endswith("_bytes") else whole
        yield Fact(wording.DEVICE_PART.format(device=label, part=words(name.removesuffix("_bytes"))), text)


def _system(system: SystemRecord) -> tuple[Fact, ...]:
    """Processor, memory and graphics processor; a machine without the last is said to have none."""
    return (
        *_device(wording.CPU, system.cpu),
        *_device(wording.MEMORY, system.memory),
        *(fact for device in system.gpu[:SHOWN_DEVICES] for fact in _device(wording.GPU, device)),
        *(() if system.gpu else (Fact(wording.GPU, wording.NO_GPU),)),
    )


def _engine(engine: EngineRecord) -> tuple[Fact, ...]:
    parts = ((wording.VERSION, engine.version), (wording.PYTHON, engine.python))
    return tuple(Fact(name, shown(value)) for name, value in parts if value)
