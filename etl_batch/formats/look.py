"""A first look at a file: its size and start, how the user wants files to be read, and what was tried so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.formats.content import Content, first_opened
from etl_batch.layouts import Layout, RunLayouts
from etl_batch.reading_options import AS_DETECTED, ReadingOptions
from etl_batch.security.guard import Guard

SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Reading:
    """How the user wants files to be read, and the layouts there are."""

    layouts: Mapping[str, Layout]
    options: ReadingOptions = AS_DETECTED
    sample_bytes: int = SAMPLE_BYTES
    """Bytes of the file's start that are looked at; a list of many files looks at fewer."""
    guard: Guard | None = None
    """Judges what is opened; None where paths are trusted."""

    def speaking(self, path: Path) -> list[Layout]:
        """The layouts whose magic bytes or globs may claim a file."""
        if isinstance(self.layouts, RunLayouts):
            return self.layouts.speaking(path)
        return [layout for layout in self.layouts.values() if layout.magic is not None or layout.matches(str(path))]


@dataclass(frozen=True, slots=True)
class Look:
    """What the formats judge a file by."""

    path: Path
    ordinal: int
    content: Content
    """Its bytes, of the version that is looked at: whatever is read of it."""
    size: int
    start: bytes
    """The file's first bytes, at most `reading.sample_bytes`."""
    reading: Reading
    tried: list[str] = field(default_factory=list)
    """Why the formats that were asked did not claim it."""

    @property
    def whole(self) -> bool:
        """Whether the start is all there is."""
        return self.size <= len(self.start)


def look_at(path: Path, ordinal: int, reading: Reading) -> Look:
    """Open a file for the formats to judge. Raises `InputRefused` when it is empty or cannot be read."""
    try:
        glance = None if reading.sample_bytes >= SAMPLE_BYTES else reading.sample_bytes
        content = first_opened(str(path), glance, reading.guard)
        with content.opened() as file:
            size, start = file.size, file.read(reading.sample_bytes, 0)
    except OSError as error:
        raise InputRefused(sentences.inputs.UNREADABLE.format(path=path, reason=error.strerror)) from error
    if size == 0:
        raise InputRefused(sentences.inputs.EMPTY.format(path=path))
    return Look(path, ordinal, content, size, start, reading)
