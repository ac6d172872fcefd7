"""What a replay is made of: a run's own inputs as it read them, and the settings, layouts and schema of now."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path

from etl_batch import sentences, stopping
from etl_batch.columns.conventions import AS_WRITTEN, Conventions
from etl_batch.config import RunConfig, build_config
from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.errors import InputRefused, UsageError
from etl_batch.formats.content import holding
from etl_batch.formats.look import Reading as LookingFor
from etl_batch.formats.records.headers import HEADERS
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource, Constant
from etl_batch.layouts import Layout, RunLayouts
from etl_batch.layouts.load import FILE_VERSION, parse_layouts
from etl_batch.model import NOT_REPLAYED, Reject, Replayed, RunStatus
from etl_batch.reading_options import ReadingOptions
from etl_batch.record.rejects import reject_from_json
from etl_batch.record.replay import ReadingRecord
from etl_batch.record.run import InputRecord, RunRecord
from etl_batch.record.settings import RunSettings
from etl_batch.runs.history.index import list_runs, open_run
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.schemas.spec import ColumnSpec, ExtraColumns, Schema, load_schema, parse_schema
from etl_batch.security.guard import Guard, allowed_roots
from etl_batch.security.paths import resolve_inputs
from etl_batch.settings import setting
from etl_batch.spelling import spelled
from etl_batch.stages.inputs import describe, own_told, require_columns
from etl_batch.stages.plan import Plan, conventions_of, output_names, plan_columns
from etl_batch.stages.replayed import Judge, Reading, ReplayedSource, Rows, same_signs
from etl_batch.stores.url import path_of

_FIXED = (
    "force_text_fallback", "header", "skip_lines", "include", "exclude", "on_bad_file", "hive", "source_column",
    "flatten", "normalise", "max_size_gb",
)  # fmt: skip
"""Settings that a replay shares with its run: which files there are, where their tables stand, how cells go out."""
_MOST_LOOKED_AT = 1000
"""Runs among which the latest that has rejects is looked for."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The sources of a replay, and what is to be said of it."""

    run_id: str
    sources: tuple[ReplayedSource, ...]
    schema: Schema | None
    """What all readings say of the outputs' columns."""
    declared: str | None
    """The text of the schema of now."""
    written: Conventions
    readings: tuple[ReadingRecord, ...]
    """Those before the one of now."""
    typed: tuple[str, ...]
    """See `Reading`."""
    rejected: int | None
    """Rejects of the run; None when it was cut off, so that nobody knows them all."""
    append: bool
    rewritten: bool
    """Whether cells of new rows are brought to the way in which others are written."""

    def plan(self) -> Plan:
        """The columns with their types, and the rows that are expected."""
        return plan_columns(self.sources, self.written, self.schema)

    def notes(self, counts: Replayed) -> list[str]:
        """What has become of the rejects. Raises `InputRefused` when they were others than the run's."""
        if self.rejected is not None and counts.tried != self.rejected:
            sentence = sentences.replays.REJECTED_OTHERWISE
            raise InputRefused(sentence.format(run_id=self.run_id, now=counts.tried, former=self.rejected))
        sentence = sentences.replays.NOTE_SKIPPED if counts.skipped else sentences.replays.NOTE
        facts = {"tried": counts.tried, "passed": counts.passed, "rejected": counts.rejected, "skipped": counts.skipped}
        said = [sentence.format(run_id=self.run_id, **facts)]
        if self.append and counts.passed:
            said.append(sentences.replays.APPENDED)
        if self.rewritten and counts.passed:
            said.append(sentences.replays.REWRITTEN)
        return said


def replay_config(home: Path, run_id: str, changes: Mapping[str, object]) -> RunConfig:
    """The configuration of a run, with changes, as one that replays it; `latest` is the newest that has rejects.

    Raises `UsageError` for a run that cannot be replayed.
    """
    record = _record(home, run_id)
    known = _settings(record.run_id, record.config)
    former = {name: getattr(known, name) for name in vars(known)}
    origin = {"replay_of": record.run_id, "rerun_of": record.run_id}
    fixed = {"inputs": tuple(each.path for each in record.inputs), "home": home, **origin}
    return build_config({**former, "append": False, **changes, **fixed})


def replay_of(config: RunConfig) -> Replay:
    """The replay that a configuration asks for.

    Raises `UsageError` for a run that has nothing to replay or when nothing was mended, `InputRefused` when its inputs
    are not what they were.
    """
    asked = _Asked.of(config, whole=True)
    record, now, first = asked.record, asked.now, asked.known[0].written
    return Replay(
        record.run_id,
        tuple(_passes(asked.read, record.inputs, config.append)),
        _of_all([way.schema for way in (*asked.known, now)], asked.read),
        now.schema.definition if now.schema is not None else None,
        first,
        tuple(_readings_of(record)),
        tuple(sorted(now.typed)),
        record.counts.rejected if record.status is RunStatus.SUCCESS else None,
        config.append,
        now.written != first,
    )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of the first rejects of a run, which are all where there are no more."""

    counts: Replayed
    more: bool
    """Whether the run has others, which were not looked at."""
    reasons: Mapping[str, int]
    """By reason, those that would be rejects still."""
    firsts: Mapping[str, Reject]
    """Of each of these reasons the first."""


@holding()
def outlook(config: RunConfig, most: int = 10_000) -> Outlook:
    """Try a replay on at most so many rejects; nothing else is read. Raises what `replay_of` raises."""
    asked = _Asked.of(config, whole=False)
    judges = {readings[0].source.path: Judge(readings[-1], readings[0]) for readings in asked.read}
    counts, reasons, firsts = NOT_REPLAYED, Counter[str](), dict[str, Reject]()
    path = RunDirectory(config.home, asked.record.run_id).file("rejects.jsonl")
    try:
        with path.open("rb") as file:
            lines = map(reject_from_json, file)
            kept = (reject for reject in lines if reject is not None and reject.source in judges)
            for source, some in groupby(islice(kept, most), key=lambda reject: reject.source):
                rejects = list(some)
                judged = judges[source].again(rejects)
                left = [judged.rejects[place] for place in sorted(judged.rejects)]
                passed = len(judged.rows)
                counts += Replayed(len(rejects), passed, len(rejects) - passed - len(left))
                reasons.update(reject.reason for reject in left)
                firsts = {reject.reason: reject for reject in reversed(left)} | firsts
            more = bool(file.read(1))
    except OSError as error:
        raise InputRefused(sentences.runs.REJECTS_UNREADABLE.format(name=path.name, reason=error.strerror)) from error
    return Outlook(counts, more, reasons, firsts)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A run that is to be replayed, and for each of its inputs how it was read and how its rejects are to be read."""

    record: RunRecord
    known: Sequence[_Way]
    now: _Way
    read: Sequence[Sequence[Reading]]

    @classmethod
    def of(cls, config: RunConfig, *, whole: bool) -> _Asked:
        """See `replay_of`. `whole`: all inputs, with what only a pass over them can tell; else those with rejects."""
        record = _record(config.home, config.replay_of or "")
        _refuse_other_settings(config, record)
        if config.append and record.status is not RunStatus.SUCCESS:
            raise UsageError(sentences.replays.NOTHING_PUBLISHED.format(run_id=record.run_id))
        files = record.inputs if whole else [file for file in record.inputs if file.rejected]
        roots = allowed_roots(config.home)
        resolve_inputs([file.path for file in files], roots)  # they may be read still
        known = [_Way.recorded(reading, record.run_id) for reading in _readings_of(record)]
        now = _Way.now(config, record)
        _refuse_other_signs(now.written, known[0].written, record.run_id)
        guard = Guard.of_inputs(roots)
        found = [_detected(file, known[0], number, record.run_id, guard) for number, file in enumerate(files)]
        sources = [source.surveyed() if whole else source for source in own_told(found, config.home)]
        read = [[way.reading(source) for way in (*known, now)] for source in sources]
        if now.schema is not None:
            for *_, last in read:
                require_columns(now.schema, last.source)
        if all(replace(one[-1], typed=one[-2].typed) == one[-2] for one in read):
            raise UsageError(sentences.replays.NOT_MENDED.format(run_id=record.run_id))
        return cls(record, known, now, read)


def _refuse_other_settings(config: RunConfig, record: RunRecord) -> None:
    """Raise `UsageError` for inputs that are not the run's, and for settings that say where their tables stand."""
    former = _settings(record.run_id, record.config)
    other = [setting(name).flag for name in _FIXED if getattr(config, name) != getattr(former, name)]
    paths = [each.path for each in record.inputs]
    if list(config.inputs) != paths:
        found = resolve_inputs(config.inputs, allowed_roots(config.home))
        other += [] if [str(path) for path in found] == paths else [setting("inputs").flag]
    if other:
        raise UsageError(sentences.replays.FIXED.format(run_id=record.run_id, flags=", ".join(other)))


def _refuse_other_signs(now: Conventions, first: Conventions, run_id: str) -> None:
    """Raise `UsageError` when rejects are to be read by other signs than those that were declared of the rows."""
    if same_signs(now, first) or same_signs(first, AS_WRITTEN):
        return
    said = {"decimal": first.decimal, "thousands": first.thousands, "date_order": first.date_order}
    shown = ", ".join(f"{name} {value!r}" for name, value in said.items() if value)
    raise UsageError(sentences.replays.OTHER_SIGNS.format(run_id=run_id, former=shown))


@dataclass(frozen=True, slots=True)
class _Way:
    """How records are read: what was declared, the layouts that there are, the schema, and how cells are written."""

    options: ReadingOptions
    layouts: Mapping[str, Layout]
    schema: Schema | None
    written: Conventions
    typed: frozenset[str] = frozenset()

    @classmethod
    def recorded(cls, reading: ReadingRecord, run_id: str) -> _Way:
        """As a run has kept it."""
        config = _settings(run_id, reading.settings)
        if config.schema_file is not None and reading.schema is None:
            raise UsageError(sentences.replays.NO_SCHEMA_KEPT.format(run_id=run_id))
        schema = parse_schema(reading.schema, str(config.schema_file)) if reading.schema is not None else None
        kept = {name: definition for name, definition in reading.layouts.items() if name not in HEADERS}
        text = json.dumps({"version": FILE_VERSION, "layouts": kept})
        layouts = parse_layouts(text, run_id) if kept else {}
        options, typed = ReadingOptions.of(vars(config)), frozenset(reading.typed)
        return cls(options, layouts, schema, conventions_of(config), typed)

    @classmethod
    def now(cls, config: RunConfig, record: RunRecord) -> _Way:
        """As a configuration says, of a run's rejects."""
        schema = load_schema(config.schema_file) if config.schema_file is not None else None
        options = ReadingOptions.of(vars(config))
        layouts = RunLayouts(config.home, config.struct_config, config.layout)
        return cls(options, layouts, schema, conventions_of(config), _typed_columns(record))

    def reading(self, source: AnySource) -> Reading:
        """A file that was detected, read this way."""
        return Reading(source.mended(self.options, self.layouts), self.schema, self.written, self.typed)


def _record(home: Path, run_id: str) -> RunRecord:
    """The record of the run; one that has rejects of inputs that are known."""
    if run_id == "latest":
        rows = (row for row in list_runs(home, _MOST_LOOKED_AT) if row.rejected)
        run_id = next((row.run_id for row in rows if _cannot(open_run(home, row.run_id)) is None), run_id)
    run = open_run(home, run_id)
    record, sentence = run.metadata(), _cannot(run)
    if record is None or sentence is not None:
        raise UsageError((sentence or sentences.replays.NOT_OVER).format(run_id=run.run_id))
    return record


def _cannot(run: RunDirectory) -> str | None:
    """Why a run cannot be replayed."""
    record = run.metadata()
    if record is None or record.status is None or not record.status.final:
        return sentences.replays.NOT_OVER
    if not record.inputs:
        return sentences.replays.NOTHING_READ
    if record.status is RunStatus.SUCCESS and not record.counts.rejected:
        return sentences.replays.NO_REJECTS
    return None


def _readings_of(record: RunRecord) -> Iterator[ReadingRecord]:
    """How the run's inputs were read, in turn."""
    if record.replay is not None:
        yield from record.replay.readings
    typed = record.replay.typed if record.replay is not None else ()
    yield ReadingRecord(record.config, record.layouts, record.declared_schema, typed)


def _typed_columns(record: RunRecord) -> frozenset[str]:
    """The columns of its outputs that are no text."""
    return frozenset(column.name for column in record.schema if column.type != "string")


def _settings(run_id: str, settings: RunSettings) -> RunConfig:
    try:
        return build_config(dict(settings.values))
    except UsageError as error:
        raise UsageError(sentences.replays.SETTINGS_UNKNOWN.format(run_id=run_id)) from error


def _detected(file: InputRecord, way: _Way, ordinal: int, run_id: str, guard: Guard) -> AnySource:
    """The file as it was read first. Raises `InputRefused` when it is not what it was, or would be read otherwise."""
    stopping.check()
    options = replace(way.options, layout=file.layout or AUTO_LAYOUT)
    looking = LookingFor(way.layouts if file.layout else {}, options, guard=guard)
    source = detect(path_of(file.path), ordinal, looking)
    source = replace(source, constants=tuple(Constant(name, text) for name, text in file.constants.items()))
    facts, path = describe(source), spelled(file.path)
    version = source.version
    modified = version.modified_ns if version is not None else None
    what = ""
    if facts.size_bytes != file.size_bytes:
        what = sentences.replays.SIZE_IS.format(former=file.size_bytes, now=facts.size_bytes)
    elif file.modified_ns is not None and modified is not None and modified != file.modified_ns:
        moment = datetime.fromtimestamp(modified / 1e9, UTC).isoformat(sep=" ", timespec="seconds")
        what = sentences.replays.TIME_IS.format(now=moment)
    if what:
        raise InputRefused(sentences.replays.INPUT_CHANGED.format(path=path, run_id=run_id, what=what), path=file.path)
    if (facts.format, facts.layout, facts.dialect) != (file.format, file.layout, file.dialect):
        former = file.layout or file.format
        raise InputRefused(sentences.replays.READ_OTHERWISE.format(path=path, run_id=run_id, former=former))
    return source


def _passes(read: Sequence[Sequence[Reading]], files: Sequence[InputRecord], append: bool) -> Iterator[ReplayedSource]:
    """The sources: one a file; with `append` those that give the new rows behind all that give the former ones."""
    if not append:
        yield from (ReplayedSource.of(readings) for readings in read)
        return
    yield from (ReplayedSource.of(readings, Rows.FORMER) for readings in read)
    rejecting = [readings for readings, file in zip(read, files, strict=True) if file.rejected]
    for ordinal, readings in enumerate(rejecting, len(read)):
        yield replace(ReplayedSource.of(readings, Rows.NEW), ordinal=ordinal)


def _of_all(schemas: Sequence[Schema | None], read: Sequence[Sequence[Reading]]) -> Schema | None:
    """What the schemas say of all rows together: a type where all say the same, and what the last one has come once.

    The columns are those of the outputs, in the order in which the first schema has put them; rules were held against
    each reading.
    """
    first, last = schemas[0], schemas[-1]
    unique = {spec.name for spec in last.columns if spec.unique} if last is not None else set()
    if first is None and not unique:
        return None
    columns = []
    for name in output_names([ReplayedSource.of(readings) for readings in read], first):
        specs = [schema.by_name.get(name) if schema is not None else None for schema in schemas]
        kinds = {spec.type if spec is not None else None for spec in specs}
        columns.append(ColumnSpec(name, kinds.pop() if len(kinds) == 1 else None, unique=name in unique))
    return Schema(tuple(columns), first.extra if first is not None else ExtraColumns.KEEP)
