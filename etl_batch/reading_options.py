"""What the user says of the inputs: how they are to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from etl_batch.defaults import AUTO_LAYOUT, MAX_RECORD_BYTES
from etl_batch.model import OnBadFile, Ragged


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """The settings that say how inputs are read, each under its own name; what is not declared is detected."""

    layout: str = AUTO_LAYOUT
    struct_config: Path | None = None
    force_text_fallback: bool = False
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    encoding: str | None = None
    header: str | None = None
    skip_lines: int | None = None
    comment: str | None = None
    ragged: Ragged = Ragged.REJECT
    max_record_bytes: int = MAX_RECORD_BYTES
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    on_bad_file: OnBadFile = OnBadFile.FAIL
    hive: bool = False
    source_column: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    date_order: str | None = None
    null_words: tuple[str, ...] = ()
    flatten: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ReadingOptions:
        """Those among settings; the others are left out, and what is not there has its default."""
        return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})

    def values(self) -> dict[str, Any]:
        """The settings again, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


Declared: TypeAlias = "Mapping[str, str | tuple[str, ...]]"
"""Settings of how values are written, by name."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text columns that would be numbers or dates by any one of some declarations."""

    names: tuple[str, ...]
    ways: tuple[Declared, ...]


AS_DETECTED = ReadingOptions()
"""Nothing is declared."""
READING = tuple(field.name for field in fields(ReadingOptions))
"""Names of the settings that say how inputs are read."""
REPLAY_OPTIONS = (
    "layout", "struct_config", "delimiter", "quote", "escape", "encoding", "comment", "ragged", "max_record_bytes",
    "schema_file", "decimal", "thousands", "date_order", "null_words",
)  # fmt: skip
"""Names of the settings that a replay may change: those by which single records are read."""
