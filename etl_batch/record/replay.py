"""What a replay leaves of itself in its record: of which run it is, what it came to, and all readings before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from etl_batch.model import NOT_REPLAYED, Replayed
from etl_batch.record.settings import RunSettings
from etl_batch.record.values import Json, JsonObject, mapping, objects, some_text, text, texts, whole


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """How records were read: all of them first, and then the rejects of the reading before."""

    settings: RunSettings = field(default_factory=RunSettings)
    layouts: JsonObject = field(default_factory=dict)
    """Definitions of the record layouts of the inputs, by name."""
    schema: str | None = None
    """The text of the declared schema."""
    typed: tuple[str, ...] = ()
    """Columns that had a type in the outputs of the run before: new cells are written as the others are."""

    def to_json(self) -> dict[str, Json]:
        """Plain values."""
        given = {"settings": self.settings.to_json(), "layouts": self.layouts, "schema": self.schema}
        return {**given, "typed": list(self.typed)}

    @classmethod
    def from_json(cls, given: JsonObject) -> ReadingRecord:
        """Any object as a reading."""
        return cls(
            RunSettings.from_json(given.get("settings")),
            mapping(given.get("layouts")),
            some_text(given.get("schema")),
            texts(given.get("typed")),
        )


@dataclass(frozen=True, slots=True)
class ReplayRecord:
    """Of which run it is, and what became of that run's rejects."""

    of: str
    counts: Replayed = NOT_REPLAYED
    readings: tuple[ReadingRecord, ...] = ()
    """Those before this one, which is the run's own."""
    typed: tuple[str, ...] = ()
    """Of this one: see `ReadingRecord`."""

    def to_json(self) -> dict[str, Json]:
        """Plain values."""
        counts = self.counts
        return {
            "of": self.of,
            "tried": counts.tried,
            "passed": counts.passed,
            "skipped": counts.skipped,
            "rejected": counts.rejected,
            "readings": [reading.to_json() for reading in self.readings],
            "typed": list(self.typed),
        }

    @classmethod
    def from_json(cls, value: Json) -> ReplayRecord | None:
        """Any JSON as a replay; None for a run that is none."""
        given: Mapping[str, Json] = mapping(value)
        if not given:
            return None
        counts = Replayed(*(whole(given.get(name)) for name in ("tried", "passed", "skipped")))
        readings = tuple(map(ReadingRecord.from_json, objects(given.get("readings"))))
        return cls(text(given.get("of")), counts, readings, texts(given.get("typed")))
