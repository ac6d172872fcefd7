"""The record of one run, `metadata.json`: written and read in this one place, whatever version wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import PurePath

from etl_batch.errors import InputRefused, LayoutError, PathRefused, UsageError
from etl_batch.model import SCHEMA_VERSION, Analytics, Counts, Dialect, PassedOver, RunStatus
from etl_batch.record.estimates import analytics_from_json
from etl_batch.record.machine import EngineRecord, SystemRecord
from etl_batch.record.profile import RunProfile
from etl_batch.record.progress import Attempt, status_from_json
from etl_batch.record.replay import ReplayRecord
from etl_batch.record.settings import RunSettings
from etl_batch.record.values import Json, JsonObject, amount, mapping, number, objects, some_text, text, texts, whole


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a file was found to be: as `detect --json`, a preview and `metadata.json` show it."""

    path: str
    format: str
    """A `FileFormat`, or that of another version."""
    layout: str | None = None
    dialect: Dialect | None = None
    size_bytes: int = 0
    encoding: str | None = None
    """Of text: how its characters are written."""
    header_rows: int | None = None
    """Of text: the records that name its columns."""
    preamble: str | None = None
    """Of text: what stands above these."""
    compression: str | None = None
    """How the file is compressed: sizes and offsets are those of what is in it."""

    def to_json(self) -> dict[str, Json]:
        """Plain values."""
        return asdict(self)


_LATER = ("modified_ns", "constants", "original_name")


@dataclass(frozen=True, slots=True)
class InputRecord(SourceFacts):
    """One input and what became of its records."""

    records: int = 0
    written: int = 0
    rejected: int = 0
    modified_ns: int | None = None
    """When the file was written to last, in nanoseconds of Unix time."""
    constants: Mapping[str, str | None] = field(default_factory=dict)
    """The columns that its place makes, with their one value."""
    original_name: str | None = None
    """What an upload was called before it was stored under a safe name; without one there is no such key."""

    @property
    def name(self) -> str:
        """What a person calls it: as it was uploaded, else the last part of its path."""
        return self.original_name or PurePath(self.path).name

    def to_json(self) -> dict[str, Json]:
        """Plain values; without the time, the constants and the original name where there are none."""
        given = {part.name: getattr(self, part.name) for part in fields(self)}
        given["dialect"] = asdict(self.dialect) if self.dialect is not None else None
        return {name: value for name, value in given.items() if name not in _LATER or value}

    @classmethod
    def from_json(cls, given: JsonObject) -> InputRecord:
        """Any object as an input."""
        return cls(
            path=text(given.get("path")),
            format=text(given.get("format")),
            layout=some_text(given.get("layout")),
            dialect=_dialect(mapping(given.get("dialect"))),
            size_bytes=whole(given.get("size_bytes")),
            encoding=some_text(given.get("encoding")),
            header_rows=whole(given["header_rows"]) if given.get("header_rows") is not None else None,
            preamble=some_text(given.get("preamble")),
            compression=some_text(given.get("compression")),
            records=whole(given.get("records")),
            written=whole(given.get("written")),
            rejected=whole(given.get("rejected")),
            modified_ns=whole(given["modified_ns"]) if given.get("modified_ns") is not None else None,
            constants={name: some_text(value) for name, value in mapping(given.get("constants")).items()},
            original_name=some_text(given.get("original_name")),
        )


@dataclass(frozen=True, slots=True)
class PartsRecord:
    """What an output is that is a folder of files."""

    number: int
    manifest_bytes: int
    """Of the file that names them, whose checksum is the output's."""


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """One published file, or a folder of parts."""

    path: str
    bytes: int
    rows: int
    sha256: str
    encodings: Mapping[str, str] = field(default_factory=dict)
    """How each column is encoded and compressed, where the format leaves a choice: that of the Parquet file."""
    parts: PartsRecord | None = None
    """None: it is one file."""

    def to_json(self) -> dict[str, Json]:
        """Plain values; without what there is nothing to tell of."""
        return {name: value for name, value in asdict(self).items() if value not in ({}, None)}

    @classmethod
    def from_json(cls, given: JsonObject) -> OutputRecord:
        """Any object as an output."""
        return cls(
            text(given.get("path")),
            whole(given.get("bytes")),
            whole(given.get("rows")),
            text(given.get("sha256")),
            {name: text(words) for name, words in mapping(given.get("encodings")).items()},
            _parts(given.get("parts")),
        )


@dataclass(frozen=True, slots=True)
class Throughput:
    """How long a run took and how fast it was; the rates are None for one whose engine went away."""

    seconds: float = 0.0
    """From its start to its end: the one figure that every screen, the report and the command line say."""
    input_bytes_per_second: float | None = None
    """Until the input was read; so is the next one."""
    rows_per_second: float | None = None

    def to_json(self) -> dict[str, Json]:
        """Without the rates that nobody measured."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, value: Json) -> Throughput:
        """Any JSON as a throughput."""
        given = mapping(value)
        rates = (number(given.get(name)) for name in ("input_bytes_per_second", "rows_per_second"))
        return cls(amount(given.get("seconds")), *rates)


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """Why a run is no success: the kind is that of its `EtlError`."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """One column of the outputs with its Arrow type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class EscapeRecord:
    """A column with cells that got an apostrophe in the CSV: how many, and the beginning of the first as it was."""

    column: str
    cells: int
    example: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything that is known of a run that is over. Its fields are the keys of `metadata.json`, in their order."""

    run_id: str
    status: RunStatus | None = None
    """None when the file gives no known one."""
    schema_version: int = SCHEMA_VERSION
    user: str = ""
    started_at: str = ""
    finished_at: str = ""
    config: RunSettings = field(default_factory=RunSettings)
    inputs: tuple[InputRecord, ...] = ()
    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    """By name: `csv`, `parquet`."""
    counts: Counts = field(default_factory=Counts)
    escaped_cells: int = 0
    analytics: Analytics | None = None
    throughput: Throughput = field(default_factory=Throughput)
    peak_memory_bytes: int = 0
    system: SystemRecord | None = None
    engine: EngineRecord | None = None
    error: ErrorRecord | None = None
    schema: tuple[ColumnRecord, ...] = ()
    rejects_by_reason: Mapping[str, int] = field(default_factory=dict)
    repaired: Mapping[str, int] = field(default_factory=dict)
    """Rows of odd width that were mended, by how."""
    notes: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    """What was not read below the inputs, by path."""
    layouts: JsonObject = field(default_factory=dict)
    """Definitions of the record layouts of the inputs, by name."""
    rerun_of: str | None = None
    declared_schema: str | None = None
    """The text of the schema that was declared; without one there is no such key."""
    replay: ReplayRecord | None = None
    """Of a run that reads the rejects of another one again; else there is no such key."""
    profile: RunProfile | None = None
    """Of a run that was asked for one; without it there is no such key."""
    escapes: tuple[EscapeRecord, ...] = ()
    """By column what `escaped_cells` counts; without one there is no such key."""
    attempts: tuple[Attempt, ...] = ()
    """The tries before the one that this record is of; without one there is no such key."""

    @property
    def tried(self) -> tuple[Attempt, ...]:
        """All tries so far: those before, and this one."""
        return (*self.attempts, Attempt(self.finished_at, self.error.message if self.error else ""))

    @property
    def refused(self) -> bool:
        """Whether it was refused to whoever asked for it, before anything was read: nothing has failed.

        Nobody hears the refusal of a preset or a schedule, so theirs is a failure.
        """
        if self.status is not RunStatus.FAILED or self.error is None or self.config.values.get("unattended"):
            return False
        of_inputs = (InputRefused.kind, PathRefused.kind)
        return self.error.kind in (UsageError.kind, LayoutError.kind) or (
            self.error.kind in of_inputs and not self.inputs
        )

    def to_json(self) -> dict[str, Json]:
        """As `metadata.json` keeps it."""
        return {
            "schema_version": self.schema_version,
            "run_id": self.run_id,
            "status": self.status,
            "user": self.user,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "config": self.config.to_json(),
            "inputs": [each.to_json() for each in self.inputs],
            "outputs": {name: output.to_json() for name, output in self.outputs.items()},
            "counts": asdict(self.counts),
            "escaped_cells": self.escaped_cells,
            "analytics": self.analytics.to_json() if self.analytics else {},
            "throughput": self.throughput.to_json(),
            "peak_memory_bytes": self.peak_memory_bytes,
            "system": asdict(self.system) if self.system else {},
            "engine": asdict(self.engine) if self.engine else {},
            "error": asdict(self.error) if self.error else None,
            "schema": [asdict(column) for column in self.schema],
            "rejects_by_reason": self.rejects_by_reason,
            "repaired": self.repaired,
            "notes": self.notes,
            "passed_over": [each.to_json() for each in self.passed_over],
            "layouts": self.layouts,
            "rerun_of": self.rerun_of,
            **({"declared_schema": self.declared_schema} if self.declared_schema is not None else {}),
            **({"replay": self.replay.to_json()} if self.replay else {}),
            **({"profile": self.profile.to_json()} if self.profile else {}),
            **({"escapes": [asdict(each) for each in self.escapes]} if self.escapes else {}),
            **({"attempts": [asdict(each) for each in self.attempts]} if self.attempts else {}),
        }

    @classmethod
    def from_json(cls, value: Json) -> RunRecord:
        """Any JSON as a record: what is missing, odd or of another version has its default."""
        given = mapping(value)
        error = mapping(given.get("error"))
        return cls(
            run_id=text(given.get("run_id")),
            status=status_from_json(given.get("status")),
            schema_version=whole(given.get("schema_version")) or SCHEMA_VERSION,
            user=text(given.get("user")),
            started_at=text(given.get("started_at")),
            finished_at=text(given.get("finished_at")),
            config=RunSettings.from_json(given.get("config")),
            inputs=tuple(map(InputRecord.from_json, objects(given.get("inputs")))),
            outputs={name: OutputRecord.from_json(mapping(o)) for name, o in mapping(given.get("outputs")).items()},
            counts=_counts(mapping(given.get("counts"))),
            escaped_cells=whole(given.get("escaped_cells")),
            analytics=analytics_from_json(given.get("analytics")),
            throughput=Throughput.from_json(given.get("throughput")),
            peak_memory_bytes=whole(given.get("peak_memory_bytes")),
            system=SystemRecord.from_json(given.get("system")),
            engine=EngineRecord.from_json(given.get("engine")),
            error=ErrorRecord(text(error.get("kind")), text(error.get("message"))) if error else None,
            schema=tuple(ColumnRecord(text(c.get("name")), text(c.get("type"))) for c in objects(given.get("schema"))),
            rejects_by_reason={name: whole(n) for name, n in mapping(given.get("rejects_by_reason")).items()},
            repaired={name: whole(n) for name, n in mapping(given.get("repaired")).items()},
            notes=texts(given.get("notes")),
            passed_over=tuple(map(_passed_over, objects(given.get("passed_over")))),
            layouts=mapping(given.get("layouts")),
            rerun_of=some_text(given.get("rerun_of")),
            declared_schema=some_text(given.get("declared_schema")),
            replay=ReplayRecord.from_json(given.get("replay")),
            profile=RunProfile.from_json(given.get("profile")),
            escapes=tuple(
                EscapeRecord(text(each.get("column")), whole(each.get("cells")), text(each.get("example")))
                for each in objects(given.get("escapes"))
            ),
            attempts=tuple(map(Attempt.from_json, objects(given.get("attempts")))),
        )


def _counts(given: JsonObject) -> Counts:
    return Counts(*(whole(given.get(name)) for name in ("records_in", "written", "rejected", "skipped")))


def _parts(given: Json) -> PartsRecord | None:
    said = mapping(given)
    return PartsRecord(whole(said.get("number")), whole(said.get("manifest_bytes"))) if said else None


def _passed_over(given: JsonObject) -> PassedOver:
    return PassedOver(*(text(given.get(name)) for name in ("path", "reason", "detail")))


def _dialect(given: JsonObject) -> Dialect | None:
    """A dialect, each part as given when it has its type; None for a file that has none."""
    if not given:
        return None
    alike = {part.name: given[part.name] for part in fields(Dialect) if _has_type(given.get(part.name, ...), part.type)}
    return Dialect(**alike)  # type: ignore[arg-type]  # each has just been held against its type


def _has_type(value: object, annotation: object) -> bool:
    """Whether a value has the type that a field of plain ones declares."""
    kinds = {"str": str, "int": int, "bool": bool, "None": type(None)}
    return type(value) in [kinds[name] for name in str(annotation).split(" | ")]
