"""What changed against the previous run of the same inputs and outputs: figures with their differences, and facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from etl_batch import differences
from etl_batch.model import Counts
from etl_batch.record.run import RunRecord
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import (
    MINUS,
    NOTHING,
    duration,
    file_size,
    moment,
    quantity,
    setting_name,
    shown,
    signed_percent,
)
from etl_batch.reporting.parts import Shortened

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


def compare(record: RunRecord, previous: RunRecord) -> Changes:
    """This run against the one before; a figure that neither run has is left out."""
    figures = [
        _figure(label, write, before, now)
        for label, write, before, now in _pairs(record, previous)
        if before is not None or now is not None
    ]
    facts = [*_output_facts(record, previous), *_schema_facts(record, previous), *_config_facts(record, previous)]
    return Changes(
        run_id=shown(previous.run_id, 80),
        status=shown(previous.status, 20).replace("_", " "),
        started=moment(previous.started_at),
        figures=Shortened.of(figures, SHOWN_FIGURES),
        facts=Shortened.of(facts, SHOWN_FACTS),
    )


Pair = tuple[str, Callable[[object], str], int | float | None, int | float | None]


def _pairs(record: RunRecord, previous: RunRecord) -> Iterator[Pair]:
    for name in Counts.__slots__:
        yield wording.COUNTS[name], quantity, getattr(previous.counts, name), getattr(record.counts, name)
    before, now = previous.throughput, record.throughput
    yield wording.TIME, duration, before.seconds, now.seconds
    yield wording.INPUT_RATE_CHANGE, file_size, before.input_bytes_per_second, now.input_bytes_per_second
    yield wording.PEAK_MEMORY, file_size, previous.peak_memory_bytes, record.peak_memory_bytes
    for kind, output in record.outputs.items():
        earlier = previous.outputs.get(kind)
        label = wording.OUTPUT_CHANGE.format(kind=shown(kind, 40))
        yield label, file_size, earlier.bytes if earlier else None, output.bytes
    totals = previous.analytics.measures if previous.analytics else {}
    for name, measure in (record.analytics.measures if record.analytics else {}).items():
        total = totals.get(name)
        label = wording.TOTAL_CHANGE.format(measure=shown(name))
        yield label, quantity, total.exact if total else None, measure.exact


def _figure(
    label: str, write: Callable[[object], str], before: int | float | None, now: int | float | None
) -> FigureChange:
    if before is None or now is None:
        return FigureChange(label, write(before), write(now), NOTHING, NOTHING, True)
    difference = now - before
    share = signed_percent(difference / abs(before)) if before else NOTHING
    if difference == 0:
        return FigureChange(label, write(before), write(now), wording.NO_CHANGE, "", False)
    sign = "+" if difference > 0 else MINUS
    return FigureChange(label, write(before), write(now), f"{sign}{write(abs(difference))}", share, True)


def _output_facts(record: RunRecord, previous: RunRecord) -> Iterator[str]:
    for kind, output in record.outputs.items():
        earlier = previous.outputs.get(kind)
        if earlier is not None and earlier.sha256 and output.sha256:
            verdict = wording.SAME_BYTES if earlier.sha256 == output.sha256 else wording.OTHER_BYTES
            yield verdict.format(kind=shown(kind, 40))


def _schema_facts(record: RunRecord, previous: RunRecord) -> Iterator[str]:
    if not previous.schema or not record.schema:
        return
    for column in differences.columns(previous.schema, record.schema):
        name = shown(column.name)
        if column.after is None:
            yield wording.COLUMN_GONE.format(name=name)
        elif column.before is None:
            yield wording.COLUMN_NEW.format(name=name)
        elif not column.same:
            yield wording.COLUMN_CHANGED.format(name=name, now=shown(column.after, 40), before=shown(column.before, 40))


def _config_facts(record: RunRecord, previous: RunRecord) -> Iterator[str]:
    before, now = previous.config, record.config
    if not before.values or not now.values:
        return
    for setting in differences.settings(before, now):
        if not setting.same and setting.name in now.values:
            yield wording.SETTING_CHANGED.format(
                name=setting_name(setting.name), now=shown(setting.after), before=shown(setting.before)
            )
