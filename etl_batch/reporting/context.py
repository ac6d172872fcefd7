"""The typed context of a run report: every value as the text that the template prints, nothing left to decide there.

    metadata.json + rejects.jsonl + the previous metadata.json --build_context--> ReportContext --template--> HTML

Any key of the metadata may be missing, because a run that failed early leaves little. Text that came from data is
made visible and shortened here; the template escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from etl_batch.model import RunStatus
from etl_batch.reporting.changes import Changes, compare
from etl_batch.reporting.estimates import Estimates, build_estimates
from etl_batch.reporting.formatting import (
    NAME_LENGTH,
    counted,
    duration,
    file_size,
    moment,
    number,
    parse_moment,
    percent,
    quantity,
    shown,
    words,
)
from etl_batch.reporting.parts import Fact, Shortened, mapping, rows
from etl_batch.reporting.rejected import ReasonGroup, group_rejects

SENTENCE_LENGTH = 1000
SHOWN_INPUTS = 30
SHOWN_COLUMNS = 150
SHOWN_PACKAGES = 30
SHOWN_SETTINGS = 40
SHOWN_OUTPUTS = 8
SHOWN_NOTES = 10
NOTE_LENGTH = 400
SHOWN_NAMES = 3
SHOWN_DEVICES = 4
SHOWN_DEVICE_FACTS = 8

_STATUS_WORDS = {
    RunStatus.QUEUED: ("Queued", "calm", "This run has not started yet."),
    RunStatus.RUNNING: ("Running", "calm", "This run has not finished; the figures are those of the moment."),
    RunStatus.SUCCESS: ("Success", "good", ""),
    RunStatus.FAILED: ("Failed", "bad", "The run failed and left no message; its log says where it stopped."),
    RunStatus.CANCELLED: ("Cancelled", "warn", "The run was cancelled before it finished."),
    RunStatus.TIMED_OUT: ("Timed out", "warn", "The run reached its time limit and was stopped."),
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
    """`records_in = written + rejected + skipped`, in numbers, and whether it holds (None: not counted)."""

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
    escaped_cells: str | None
    columns: Shortened[Fact]
    changes: Changes | None
    system: tuple[Fact, ...]
    engine: tuple[Fact, ...]
    packages: Shortened[Fact]
    config: Shortened[Fact]


def build_context(
    metadata: Mapping[str, Any], rejects: Iterable[Mapping[str, Any]] = (), previous: Mapping[str, Any] | None = None
) -> ReportContext:
    """The context of one run from its metadata, the first lines of its rejects and the run before (None: first run)."""
    engine = mapping(metadata.get("engine"))
    escaped = metadata.get("escaped_cells")
    outputs = list(mapping(metadata.get("outputs")).items())
    return ReportContext(
        headline=_headline(metadata),
        figures=_figures(metadata),
        conservation=_conservation(mapping(metadata.get("counts"))),
        notes=tuple(shown(note, NOTE_LENGTH) for note in _listed(metadata.get("notes"))[:SHOWN_NOTES]),
        estimates=build_estimates(mapping(metadata.get("analytics"))),
        rejects=group_rejects(mapping(metadata.get("rejects_by_reason")), rejects),
        inputs=Shortened.made(_input_row, rows(metadata.get("inputs")), SHOWN_INPUTS),
        outputs=tuple(_output_row(kind, mapping(row)) for kind, row in outputs[:SHOWN_OUTPUTS]),
        escaped_cells=None if number(escaped) is None else quantity(escaped),
        columns=Shortened.made(_column, rows(metadata.get("schema")), SHOWN_COLUMNS),
        changes=None if previous is None else compare(metadata, previous),
        system=_system(mapping(metadata.get("system"))),
        engine=tuple(Fact(words(key), shown(engine[key])) for key in ("version", "python") if engine.get(key)),
        packages=_settings(mapping(engine.get("packages")), SHOWN_PACKAGES),
        config=_settings(mapping(metadata.get("config")), SHOWN_SETTINGS),
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _headline(metadata: Mapping[str, Any]) -> Headline:
    label, tone, sentence = _status_words(metadata.get("status"))
    error = mapping(metadata.get("error"))
    inputs = rows(metadata.get("inputs"))
    outputs = [mapping(row) for row in mapping(metadata.get("outputs")).values()]
    sources = [row.get("path") for row in inputs] or _listed(mapping(metadata.get("config")).get("inputs"))
    return Headline(
        run_id=shown(metadata.get("run_id"), 80),
        status=label,
        tone=tone,
        user=shown(metadata.get("user"), 60),
        started=moment(metadata.get("started_at")),
        started_at=shown(metadata.get("started_at"), 40),
        duration=duration(_seconds(metadata)),
        sources=_names(sources),
        sources_note=_total_note(len(sources), "input", [row.get("size_bytes") for row in inputs]),
        results=_names([row.get("path") for row in outputs]),
        results_note=_total_note(len(outputs), "output", [row.get("bytes") for row in outputs]),
        rerun_of=shown(metadata["rerun_of"], 80) if metadata.get("rerun_of") else None,
        alarm=(shown(error["message"], SENTENCE_LENGTH) if error.get("message") else sentence) or None,
        alarm_kind=words(str(error["kind"])) if error.get("kind") else None,
    )


def _status_words(status: Any) -> tuple[str, str, str]:
    try:
        return _STATUS_WORDS[RunStatus(status)]
    except ValueError:
        return "Unknown", "warn", "The run's metadata gives no known status; its log says how it ended."


def _names(paths: list[Any]) -> tuple[str, ...]:
    """Base names of the first few paths, as the headline lists them."""
    names = [shown(PurePath(str(path)).name, 60) for path in paths[:SHOWN_NAMES]]
    if len(paths) > SHOWN_NAMES:
        names.append(f"and {quantity(len(paths) - SHOWN_NAMES)} more")
    return tuple(names)


def _total_note(count: int, noun: str, sizes: list[Any]) -> str:
    if not count:
        return f"no {noun}"
    known = [size for size in map(number, sizes) if size is not None]
    return f"{counted(count, noun)}, {file_size(sum(known))}" if known else counted(count, noun)


def _seconds(metadata: Mapping[str, Any]) -> float | None:
    measured = number(mapping(metadata.get("throughput")).get("seconds"))
    if measured is not None:
        return measured
    start, end = parse_moment(metadata.get("started_at")), parse_moment(metadata.get("finished_at"))
    try:
        return (end - start).total_seconds() if start and end else None
    except TypeError:  # one has a time zone, the other has none
        return None


def _figures(metadata: Mapping[str, Any]) -> tuple[Fact, ...]:
    throughput = mapping(metadata.get("throughput"))
    rate, row_rate = (number(throughput.get(name)) for name in ("input_bytes_per_second", "rows_per_second"))
    return (
        Fact("Time", duration(_seconds(metadata))),
        Fact("Input rate", shown(None) if rate is None else f"{file_size(rate)}/s"),
        Fact("Rows per second", quantity(None if row_rate is None else round(row_rate))),
        Fact("Peak memory", file_size(metadata.get("peak_memory_bytes"))),
    )


def _conservation(counts: Mapping[str, Any]) -> Conservation:
    records, written, rejected, skipped = (
        number(counts.get(name)) for name in ("records_in", "written", "rejected", "skipped")
    )
    if records is None or written is None or rejected is None or skipped is None:
        holds, sentence = None, "The records of this run were not counted to the end."
    elif not (records or written or rejected or skipped):
        holds, sentence = None, "No record was read."
    elif records == written + rejected + skipped:
        holds, sentence = True, "Every record that came in is accounted for: nothing is lost, nothing is made up."
    else:
        missing = records - written - rejected - skipped
        side = "came in and are unaccounted for" if missing > 0 else "went out that never came in"
        holds, sentence = (
            False,
            f"The counts do not add up: {quantity(abs(missing))} records {side}; do not use the outputs.",
        )
    return Conservation(quantity(records), quantity(written), quantity(rejected), quantity(skipped), holds, sentence)


def _input_row(row: Mapping[str, Any]) -> InputRow:
    return InputRow(
        path=shown(row.get("path")),
        format=shown(row.get("format"), 40),
        layout=shown(row.get("layout"), 40),
        dialect=shown(row.get("dialect"), 80),
        size=file_size(row.get("size_bytes")),
        records=quantity(row.get("records")),
        written=quantity(row.get("written")),
        rejected=quantity(row.get("rejected")),
    )


def _column(row: Mapping[str, Any]) -> Fact:
    return Fact(shown(row.get("name"), NAME_LENGTH), shown(row.get("type"), 24))


def _output_row(kind: str, row: Mapping[str, Any]) -> OutputRow:
    return OutputRow(
        kind=shown(kind, 40),
        path=shown(row.get("path")),
        size=file_size(row.get("bytes")),
        bytes=quantity(row.get("bytes")),
        rows=quantity(row.get("rows")),
        sha256=shown(row.get("sha256"), 80),
    )


def _settings(values: Mapping[str, Any], limit: int) -> Shortened[Fact]:
    """Keys as they are written, and whole numbers in full: both are there to be copied."""

    def fact(item: tuple[str, Any]) -> Fact:
        return Fact(shown(item[0], NAME_LENGTH), _setting(item[1]))

    return Shortened.made(fact, list(values.items()), limit)


def _setting(value: Any) -> str:
    return quantity(value) if number(value) is not None and isinstance(value, int) else shown(value)


def _device(label: str, value: Any) -> Iterator[Fact]:
    """One fact for each key of a device; keys that end in `bytes` or `percent` are numbers with that unit."""
    if not isinstance(value, Mapping):
        yield Fact(label, file_size(value) if label == "Memory" and number(value) is not None else shown(value))
        return
    for key, item in list(value.items())[:SHOWN_DEVICE_FACTS]:
        name = str(key)
        if number(item) is None:
            text = shown(item)
        elif name.endswith("bytes"):
            text = file_size(item)
        elif name.endswith("percent"):
            text = percent(item / 100)
        else:
            text = quantity(item) if isinstance(item, int) else shown(item)
        yield Fact(f"{label} {words(name.removesuffix('_bytes').removesuffix('_percent'))}", text)


def _system(system: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Processor, memory and graphics processor; a machine without the last is said to have none."""
    gpu = system.get("gpu")
    devices = [device for device in (gpu if isinstance(gpu, list | tuple) else [gpu]) if device]
    if not system:
        return ()
    return (
        *_device("CPU", system.get("cpu")),
        *_device("Memory", system.get("memory")),
        *(fact for device in devices[:SHOWN_DEVICES] for fact in _device("GPU", device)),
        *(() if devices else (Fact("GPU", "No GPU found."),)),
    )
