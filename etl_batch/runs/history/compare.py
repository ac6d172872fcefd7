"""Two runs side by side: settings, inputs, schema, counts, rejects, totals with their intervals, outputs and speed.

Pure functions of two records. Each line says whether its two values are the same; for an estimate the question
is whether the two 95 % intervals overlap. Overlap is no proof that the totals are the same, but where the intervals
stand apart they are not (at that confidence), and where exact totals are known those decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from etl_batch import differences
from etl_batch.differences import Difference
from etl_batch.model import Analytics, MeasureEstimate, RunStatus
from etl_batch.record.run import RunRecord
from etl_batch.record.values import Json, JsonObject

_TOLERANCE = 1e-9
"""Two sums of the same numbers in another order differ by less than this share."""


class ComparedSubject(StrEnum):
    """Parts of a comparison, in the order in which they are read."""

    SETTINGS = "settings"
    INPUTS = "inputs"
    SCHEMA = "schema"
    COUNTS = "counts"
    REJECTS = "rejects"
    SAMPLE = "sample"
    OUTPUTS = "outputs"
    SPEED = "speed"


class Unit(StrEnum):
    """How a value is to be written."""

    PLAIN = "plain"
    NUMBER = "number"
    BYTES = "bytes"
    SECONDS = "seconds"


class IntervalVerdict(StrEnum):
    """What a comparison of two totals came to."""

    DIFFERS = "differs"
    ONE_SIDED = "in one run only"
    UNKNOWN = "cannot be told"
    WITHIN = "same within the intervals"
    SAME = "the same"


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """One named value of both runs; None where a run has none."""

    name: str
    before: Json
    after: Json
    same: bool
    unit: Unit = Unit.PLAIN
    of: str = ""
    """What the value belongs to: an input's path or an output's kind."""


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """One part of the comparison: the values that differ, and those that do not."""

    part: ComparedSubject
    differing: tuple[ComparedValue, ...]
    equal: tuple[ComparedValue, ...]


@dataclass(frozen=True, slots=True)
class RunTotal:
    """A total in one run: its estimate with the interval, and the exact total."""

    estimate: float | int | None = None
    low: float | None = None
    high: float | None = None
    exact: float | int | None = None

    @classmethod
    def of(cls, measure: MeasureEstimate) -> RunTotal:
        """That of a measure."""
        return cls(measure.estimate, measure.ci_low, measure.ci_high, measure.exact)

    @property
    def interval(self) -> tuple[float, float] | None:
        """From where to where; None where the sample could not tell how far off the estimate may be."""
        return None if self.low is None or self.high is None else (self.low, self.high)


@dataclass(frozen=True, slots=True)
class ComparedTotal:
    """One measure's total in both runs, over all rows (`group` None) or within one group; None where there is none."""

    measure: str
    group: str | None
    before: RunTotal | None
    after: RunTotal | None
    verdict: IntervalVerdict
    """By the overlap of the intervals."""
    exact_same: bool | None
    """Whether the exact totals are the same; None where one of them is not known."""


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """Whose values stand on one side."""

    run_id: str
    status: RunStatus | None
    user: str
    started_at: str
    names: tuple[str, ...] = ()
    """Its inputs as a person calls them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything in which two runs can differ. `totals`: what differs most comes first."""

    before: ComparedRun
    after: ComparedRun
    parts: tuple[ComparedPart, ...]
    totals: tuple[ComparedTotal, ...]


def compare_runs(before: RunRecord, after: RunRecord) -> Comparison:
    """Compare the records of two runs; what a run does not have is None."""
    parts = (
        _part(ComparedSubject.SETTINGS, _plain(differences.settings(before.config, after.config))),
        _part(ComparedSubject.INPUTS, _inputs(before, after)),
        _part(ComparedSubject.SCHEMA, _plain(differences.columns(before.schema, after.schema))),
        _part(ComparedSubject.COUNTS, _numbers(asdict(before.counts), asdict(after.counts))),
        _part(ComparedSubject.REJECTS, _numbers(before.rejects_by_reason, after.rejects_by_reason)),
        _part(ComparedSubject.SAMPLE, _sample(before.analytics, after.analytics)),
        _part(ComparedSubject.OUTPUTS, _outputs(before, after)),
        _part(ComparedSubject.SPEED, _speed(before, after)),
    )
    return Comparison(_side(before), _side(after), parts, _totals(before.analytics, after.analytics))


def _side(record: RunRecord) -> ComparedRun:
    names = tuple(each.name for each in record.inputs)
    return ComparedRun(record.run_id, record.status, record.user, record.started_at, names)


def _part(part: ComparedSubject, values: Iterable[ComparedValue]) -> ComparedPart:
    every = tuple(values)
    differing, equal = (tuple(value for value in every if value.same is same) for same in (False, True))
    return ComparedPart(part, differing, equal)


def _plain(found: Iterable[Difference]) -> Iterator[ComparedValue]:
    for difference in found:
        yield ComparedValue(difference.name, difference.before, difference.after, difference.same)


def _value(name: str, before: Json, after: Json, unit: Unit = Unit.PLAIN, of: str = "") -> ComparedValue:
    return ComparedValue(name, before, after, Difference(name, before, after).same, unit, of)


def _numbers(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[ComparedValue]:
    for name in dict.fromkeys((*after, *before)):
        yield _value(name, before.get(name, 0), after.get(name, 0), Unit.NUMBER)


def _inputs(before: RunRecord, after: RunRecord) -> Iterator[ComparedValue]:
    """Size, records, format and layout of each input file, by its path, or the name that it was uploaded by."""
    old, new = (_by_path(side) for side in (before, after))
    units = {"size_bytes": Unit.BYTES, "records": Unit.NUMBER, "format": Unit.PLAIN, "layout": Unit.PLAIN}
    return _named(old, new, units)


def _by_path(record: RunRecord) -> dict[str, JsonObject]:
    """The inputs of a run by their paths; an upload by the name that it had, unless two of them had it."""
    often = Counter(each.original_name for each in record.inputs)
    return {
        each.original_name if each.original_name and often[each.original_name] == 1 else each.path: each.to_json()
        for each in record.inputs
    }


def _outputs(before: RunRecord, after: RunRecord) -> Iterator[ComparedValue]:
    old, new = ({kind: asdict(output) for kind, output in side.outputs.items()} for side in (before, after))
    units = {"path": Unit.PLAIN, "rows": Unit.NUMBER, "bytes": Unit.BYTES, "sha256": Unit.PLAIN}
    return _named(old, new, units)


def _named(
    old: Mapping[str, JsonObject], new: Mapping[str, JsonObject], units: Mapping[str, Unit]
) -> Iterator[ComparedValue]:
    """These values of everything that one of the runs has under a name."""
    for name in dict.fromkeys((*new, *old)):
        for key, unit in units.items():
            yield _value(key, old.get(name, {}).get(key), new.get(name, {}).get(key), unit, name)


def _sample(before: Analytics | None, after: Analytics | None) -> Iterator[ComparedValue]:
    units = dict.fromkeys(("status", "stratum", "seed"), Unit.PLAIN)
    units |= dict.fromkeys(("population_rows", "sample_rows"), Unit.NUMBER)
    for name, unit in units.items():
        old, new = (getattr(side, name) if side else None for side in (before, after))
        yield _value(name, old, new, unit)


def _speed(before: RunRecord, after: RunRecord) -> Iterator[ComparedValue]:
    old, new = before.throughput, after.throughput
    yield _value("seconds", old.seconds, new.seconds, Unit.SECONDS)
    yield _value("input_bytes_per_second", old.input_bytes_per_second, new.input_bytes_per_second, Unit.BYTES)
    yield _value("rows_per_second", old.rows_per_second, new.rows_per_second, Unit.NUMBER)
    yield _value("peak_memory_bytes", before.peak_memory_bytes, after.peak_memory_bytes, Unit.BYTES)
    one, other = before.engine, after.engine
    yield _value("engine_version", one.version if one else None, other.version if other else None)
    yield _value("python_version", one.python if one else None, other.python if other else None)
    yield _value("processor", _processor(before), _processor(after))


def _processor(record: RunRecord) -> str | None:
    return record.system.cpu.model if record.system else None


def _totals(before: Analytics | None, after: Analytics | None) -> tuple[ComparedTotal, ...]:
    """Every total that either run has, none when one has none; groups only when both runs group by the same column."""
    if before is None or after is None:
        return ()
    grouped = before.stratum == after.stratum
    left, right = _by_name(before, grouped), _by_name(after, grouped)
    if not left or not right:
        return ()
    totals = [_compared(*key, left.get(key), right.get(key)) for key in dict.fromkeys((*right, *left))]
    urgency = list(IntervalVerdict)
    # Sorting is stable: within a verdict the totals of all rows stay before those of the groups.
    return tuple(sorted(totals, key=lambda total: (total.exact_same is not False, urgency.index(total.verdict))))


def _by_name(analytics: Analytics, grouped: bool) -> dict[tuple[str, str | None], RunTotal]:
    """The totals of a run by measure and group."""
    found: dict[tuple[str, str | None], RunTotal] = {
        (name, None): RunTotal.of(measure) for name, measure in analytics.measures.items()
    }
    for stratum in analytics.strata if grouped else ():
        group = "" if stratum.value is None else str(stratum.value)
        found |= {(name, group): RunTotal.of(measure) for name, measure in stratum.measures.items()}
    return found


def _compared(measure: str, group: str | None, before: RunTotal | None, after: RunTotal | None) -> ComparedTotal:
    exact_same = None
    if before and after and before.exact is not None and after.exact is not None:
        exact_same = before.exact == after.exact
    return ComparedTotal(measure, group, before, after, judge(before, after), exact_same)


def judge(before: RunTotal | None, after: RunTotal | None) -> IntervalVerdict:
    """Whether two totals are the same, as far as their intervals tell."""
    if before is None or after is None:
        return IntervalVerdict.ONE_SIDED
    if before == after:
        return IntervalVerdict.SAME
    if before.interval is None or after.interval is None:
        return IntervalVerdict.UNKNOWN
    ends = (*before.interval, *after.interval)
    slack = _TOLERANCE * max(map(abs, ends))
    apart = before.interval[0] > after.interval[1] + slack or after.interval[0] > before.interval[1] + slack
    return IntervalVerdict.DIFFERS if apart else IntervalVerdict.WITHIN
