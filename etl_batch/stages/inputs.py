"""From the paths of a configuration to sources: each file under the allowed roots, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource
from etl_batch.layouts import RunLayouts
from etl_batch.reading_options import AS_DETECTED, ReadingOptions
from etl_batch.runs.record.own_outputs import own_outputs
from etl_batch.security.escaping import unescape
from etl_batch.security.paths import allowed_roots, resolve_inputs

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
    sources = [detect(path, ordinal, reading) for ordinal, path in enumerate(paths)]
    texts = {Path(source.path): source.size_bytes for source in sources if source.text_dialect is not None}
    own = own_outputs(home, texts)
    return [_as_own(source) if Path(source.path) in own else source for source in sources]


def _as_own(source: AnySource) -> AnySource:
    """The text of an own output: its cells and names are read as they were before escaping."""
    columns = tuple(replace(column, name=unescape(column.name), guarded=column.text) for column in source.columns)
    return replace(source, columns=columns)


def describe(source: AnySource) -> SourceFacts:
    """A source as `metadata.json`, `detect --json` and the preview show it."""
    from etl_batch.record.run import SourceFacts  # a probe describes nothing, and a run's record takes long to load

    layout = source.record_layout
    return SourceFacts(
        source.path, source.format, layout.name if layout else None, source.text_dialect, source.size_bytes
    )
