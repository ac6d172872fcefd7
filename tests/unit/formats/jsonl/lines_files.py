"""Files of JSON Lines as a run sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from etl_batch.formats.jsonl.source import JsonLinesSource
from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.reading_options import ReadingOptions


def lines_source(folder: Path, content: str | bytes, *, name: str = "in.jsonl", **options: Any) -> JsonLinesSource:
    """A file as the engine detects it, with all its keys."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = detect(path, 0, Reading({}, ReadingOptions(**options)))
    assert isinstance(source, JsonLinesSource)
    return source.surveyed()
