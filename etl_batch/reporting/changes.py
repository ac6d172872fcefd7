"""What changed against the previous run of the same inputs and outputs: figures with their differences, and facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from etl_batch import differences
from etl_batch.reporting.formatting import (
    MINUS,
    NOTHING,
    duration,
    file_size,
    moment,
    number,
    quantity,
    shown,
    signed_percent,
    words,
)
from etl_batch.reporting.parts import Shortened, mapping, rows

SHOWN_FIGURES = 30
SHOWN_FACTS = 20


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure in both runs; `difference` and `share` carry their sign."""

    label: str
    before: str
    now: str
    difference: str
    share: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """The comparison with one earlier run; `facts` are sentences about what is not a number."""

    run_id: str
    status: str
    started: str
    figures: Shortened[FigureChange]
    facts: Shortened[str]


def compare(metadata: Mapping[str, Any], previous: Mapping[str, Any]) -> Changes:
    """This run against the one before; a figure that neither run has is left out."""
    figures = [
        _figure(label, write, before, now)
        for label, write, before, now in _pairs(metadata, previous)
        if before is not None or now is not None
    ]
    facts = [*_output_facts(metadata, previous), *_schema_facts(metadata, previous), *_config_facts(metadata, previous)]
    return Changes(
        run_id=shown(previous.get("run_id"), 80),
        status=shown(previous.get("status"), 20).replace("_", " "),
        started=moment(previous.get("started_at")),
        figures=Shortened.of(figures, SHOWN_FIGURES),
        facts=Shortened.of(facts, SHOWN_FACTS),
    )


Pair = tuple[str, Callable[[Any], str], int | float | None, int | float | None]


def _pairs(metadata: Mapping[str, Any], previous: Mapping[str, Any]) -> Iterator[Pair]:
    def pair(label: str, write: Callable[[Any], str], *path: str) -> Pair:
        return label, write, number(_at(previous, *path)), number(_at(metadata, *path))

    for name in ("records_in", "written", "rejected", "skipped"):
        yield pair(words(name).capitalize(), quantity, "counts", name)
    yield pair("Time", duration, "throughput", "seconds")
    yield pair("Input rate, per second", file_size, "throughput", "input_bytes_per_second")
    yield pair("Peak memory", file_size, "peak_memory_bytes")
    for kind in mapping(metadata.get("outputs")):
        yield pair(f"Output {shown(kind, 40)}", file_size, "outputs", kind, "bytes")
    for name in mapping(_at(metadata, "analytics", "measures")):
        yield pair(f"Exact total of {shown(name)}", quantity, "analytics", "measures", name, "exact")


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = mapping(value).get(key)
    return value


def _figure(
    label: str, write: Callable[[Any], str], before: int | float | None, now: int | float | None
) -> FigureChange:
    if before is None or now is None:
        return FigureChange(label, write(before), write(now), NOTHING, NOTHING, True)
    difference = now - before
    share = signed_percent(difference / abs(before)) if before else NOTHING
    if difference == 0:
        return FigureChange(label, write(before), write(now), "no change", "", False)
    sign = "+" if difference > 0 else MINUS
    return FigureChange(label, write(before), write(now), f"{sign}{write(abs(difference))}", share, True)


def _output_facts(metadata: Mapping[str, Any], previous: Mapping[str, Any]) -> Iterator[str]:
    for kind in mapping(metadata.get("outputs")):
        before, now = _at(previous, "outputs", kind, "sha256"), _at(metadata, "outputs", kind, "sha256")
        if before and now:
            verdict = "the same bytes as before" if before == now else "other bytes than before"
            yield f"The {shown(kind, 40)} output has {verdict}."


def _schema_facts(metadata: Mapping[str, Any], previous: Mapping[str, Any]) -> Iterator[str]:
    before, now = rows(previous.get("schema")), rows(metadata.get("schema"))
    if not before or not now:
        return
    for column in differences.columns(before, now):
        if column.after is None:
            yield f"Column {shown(column.name)} is gone."
        elif column.before is None:
            yield f"Column {shown(column.name)} is new."
        elif not column.same:
            yield f"Column {shown(column.name)} is {shown(column.after, 40)} and was {shown(column.before, 40)}."


def _config_facts(metadata: Mapping[str, Any], previous: Mapping[str, Any]) -> Iterator[str]:
    before, now = mapping(previous.get("config")), mapping(metadata.get("config"))
    if not before or not now:
        return
    for setting in differences.settings(before, now):
        if not setting.same and setting.name in now:
            yield f"Setting {words(setting.name)} is {shown(setting.after)} and was {shown(setting.before)}."
