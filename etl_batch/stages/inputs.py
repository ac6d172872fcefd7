"""From the paths of a configuration to sources: each file under the allowed roots, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from etl_batch import sentences, stopping
from etl_batch.formats.content import Change, changed
from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource
from etl_batch.layouts import RunLayouts
from etl_batch.reading_options import AS_DETECTED, ReadingOptions
from etl_batch.security.paths import allowed_roots, resolve_inputs
from etl_batch.spelling import spelled

if TYPE_CHECKING:
    from etl_batch.record.run import SourceFacts


def find_sources(
    inputs: Sequence[str | Path],
    home: Path,
    options: ReadingOptions = AS_DETECTED,
) -> list[AnySource]:
    """The sources that files, directories and globs stand for, in input order; raises what a run raises."""
    reading = Reading(RunLayouts(home, options.struct_config, options.layout), options)
    paths = resolve_inputs(inputs, allowed_roots(home))
    sources = []
    for ordinal, path in enumerate(paths):
        stopping.check()
        sources.append(detect(path, ordinal, reading))
    return sources


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

    layout = source.record_layout
    return SourceFacts(
        source.path, source.format, layout.name if layout else None, source.text_dialect, source.size_bytes
    )
