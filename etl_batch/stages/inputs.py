"""From the paths of a configuration to sources: each file under the allowed roots, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from etl_batch.defaults import AUTO_LAYOUT
from etl_batch.formats.detect import Reading, detect
from etl_batch.formats.source import Source
from etl_batch.layouts import RunLayouts
from etl_batch.record.run import SourceFacts
from etl_batch.security.paths import allowed_roots, resolve_inputs


def find_sources(
    inputs: Sequence[str | Path],
    home: Path,
    layout: str = AUTO_LAYOUT,
    struct_config: Path | None = None,
    *,
    force_text: bool = False,
) -> list[Source]:
    """The sources that files, directories and globs stand for, in input order; raises what a run raises."""
    reading = Reading(RunLayouts(home, struct_config, layout), layout, force_text)
    paths = resolve_inputs(inputs, allowed_roots(home))
    return [detect(path, ordinal, reading) for ordinal, path in enumerate(paths)]


def describe(source: Source) -> SourceFacts:
    """A source as `metadata.json`, `detect --json` and the preview show it."""
    layout = source.layout.name if source.layout else None
    return SourceFacts(source.path, str(source.format), layout, source.dialect, source.size_bytes)
