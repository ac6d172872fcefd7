"""From the paths of a configuration to sources: each file under the allowed roots, and what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from etl_batch import sentences, stopping
from etl_batch.errors import InputRefused, PathRefused
from etl_batch.formats.content import changed
from etl_batch.formats.look import Reading
from etl_batch.formats.places import with_constants
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource
from etl_batch.formats.version import Change
from etl_batch.layouts import RunLayouts
from etl_batch.model import OnBadFile, PassedOver
from etl_batch.reading_options import AS_DETECTED, ReadingOptions
from etl_batch.runs.record.own_outputs import own_outputs
from etl_batch.schemas.spec import ExtraColumns, Schema
from etl_batch.security.escaping import unescape
from etl_batch.security.guard import Guard, allowed_roots
from etl_batch.security.leftovers import Choice, Passed
from etl_batch.security.paths import InputFiles, find_input_files, named
from etl_batch.spelling import spelled

if TYPE_CHECKING:
    from etl_batch.record.run import SourceFacts


NO_BAD_FILES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What inputs stand for: the sources in input order, and the files that were passed over."""

    sources: tuple[AnySource, ...]
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def notes(self) -> list[str]:
        """What a person is told of it: guesses about the files, and the files that are not read."""
        notes = list(dict.fromkeys(note for source in self.sources for note in source.notes))
        refused = [each for each in self.passed_over if each.reason == Passed.REFUSED]
        others = [each for each in self.passed_over if each.reason != Passed.REFUSED]
        if refused:
            notes.append(sentences.inputs.NOTE_SKIPPED.format(number=len(refused), first=refused[0].detail))
        if others:
            notes.append(sentences.inputs.NOTE_PASSED_OVER.format(number=len(others), names=named(others)))
        return notes


def find_inputs(
    inputs: Sequence[str | Path],
    home: Path,
    options: ReadingOptions = AS_DETECTED,
    schema: Schema | None = None,
    bad: Mapping[str, str] = NO_BAD_FILES,
) -> Inputs:
    """The sources that files, directories and globs stand for, and what was passed over; raises what a run raises.

    `schema`: what was declared; a source whose columns are not as it says is refused. `bad`: by path why files cannot
    be read that look as if they could.
    """
    roots = allowed_roots(home)
    layouts = RunLayouts(home, options.struct_config, options.layout)
    reading = Reading(layouts, options, guard=Guard.of_inputs(roots))
    found = find_input_files(
        inputs,
        roots,
        Choice(options.include, options.exclude),
        lenient=options.on_bad_file == OnBadFile.SKIP,
    )
    sources: list[AnySource] = []
    refused: list[InputRefused] = []
    passed: list[PassedOver] = []
    for file in found.files:
        stopping.check()
        try:
            if str(file.path) in bad:
                raise InputRefused(bad[str(file.path)])
            source = with_constants(detect(file.path, len(sources), reading), file, options)
            if schema is not None:
                require_columns(schema, source)
            sources.append(source)
        except InputRefused as error:
            if options.on_bad_file == OnBadFile.FAIL or isinstance(error, PathRefused):
                raise
            refused.append(error)
            passed.append(PassedOver.of(str(file.path), Passed.REFUSED, error.message))
    if not sources:
        raise _all_refused(found, refused)
    return Inputs(own_told(sources, home), tuple(sorted((*found.passed_over, *passed), key=lambda each: each.path)))


def own_told(sources: Sequence[AnySource], home: Path) -> tuple[AnySource, ...]:
    """The sources, those that are outputs of this home as they were before cells and names were escaped."""
    texts = {Path(source.path): source for source in sources if source.text_dialect and not source.compression}
    sizes = {path: source.size_bytes for path, source in texts.items()}
    own = own_outputs(home, sizes, lambda path: texts[path].content.digest())
    return tuple(_as_own(source) if Path(source.path) in own else source for source in sources)


def _as_own(source: AnySource) -> AnySource:
    columns = tuple(replace(column, name=unescape(column.name), guarded=column.text) for column in source.columns)
    return replace(source, columns=columns)


def find_sources(inputs: Sequence[str | Path], home: Path, options: ReadingOptions = AS_DETECTED) -> list[AnySource]:
    """The sources alone."""
    return list(find_inputs(inputs, home, options).sources)


def require_columns(schema: Schema, source: AnySource) -> None:
    """Raise `InputRefused` when a required column is missing, or one is there that is refused."""
    there = {*source.column_names, *(each.name for each in source.constants)}
    for spec in schema.columns:
        if spec.required and spec.name not in there:
            raise InputRefused(sentences.schemas.COLUMN_MISSING.format(path=source.path, name=spec.name))
    if schema.extra == ExtraColumns.REFUSE:
        for name in source.column_names:
            if name not in schema.by_name:
                raise InputRefused(sentences.schemas.COLUMN_EXTRA.format(path=source.path, name=name))


def _all_refused(found: InputFiles, refused: Sequence[InputRefused]) -> InputRefused:
    """What is said when nothing is left: the only file's own sentence, or the first of many."""
    if len(found.files) == 1:
        return refused[0]
    return InputRefused(sentences.inputs.ALL_REFUSED.format(number=len(found.files), first=refused[0].message))


def read_as_planned(sources: Sequence[AnySource]) -> list[str]:
    """What is to be said of inputs that are no longer what they were, though all that was planned has been read.

    Raises `InputRefused` for one of which that cannot be known.
    """
    notes = []
    for source in sources:
        change = changed(source.content)
        if change is Change.GROWN:
            notes.append(sentences.inputs.GROWN.format(path=spelled(source.path), size=source.size_bytes))
        elif change is Change.REMOVED:
            notes.append(sentences.inputs.REMOVED.format(path=spelled(source.path)))
    return notes


def describe(source: AnySource) -> SourceFacts:
    """A source as `metadata.json`, `detect --json` and the preview show it."""
    from etl_batch.record.run import SourceFacts  # a probe describes nothing, and a run's record takes long to load

    source = source.as_read
    layout = source.record_layout
    dialect = source.text_dialect
    return SourceFacts(
        source.path,
        source.format,
        layout.name if layout else None,
        dialect,
        source.size_bytes,
        dialect.encoding if dialect else None,
        dialect.header_rows if dialect else None,
        source.text_above,
        source.compression,
    )
