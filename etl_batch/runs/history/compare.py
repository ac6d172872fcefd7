"""Two runs side by side: settings, inputs, schema, counts, rejects, totals with their intervals, outputs and speed.

Pure functions of two `metadata.json`. Each line says whether its two values are the same; for an estimate the question
is whether the two 95 % intervals overlap. Overlap is no proof that the totals are the same, but where the intervals
stand apart they are not (at that confidence), and where exact totals are known those decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from etl_batch import differences
from etl_batch.differences import Difference

_TOLERANCE = 1e-9
"""Two sums of the same numbers in another order differ by less than this share."""


class Part(StrEnum):
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


class Verdict(StrEnum):
    """What a comparison of two totals came to."""

    DIFFERS = "differs"
    ONE_SIDED = "in one run only"
    UNKNOWN = "cannot be told"
    WITHIN = "same within the intervals"
    SAME = "the same"


@dataclass(frozen=True, slots=True)
class Line:
    """One named value of both runs; None where a run has none."""

    name: str
    before: Any
    after: Any
    same: bool
    unit: Unit = Unit.PLAIN
    of: str = ""
    """What the value belongs to: an input's path or an output's kind."""


@dataclass(frozen=True, slots=True)
class Lines:
    """One part of the comparison: the lines that differ, and those that do not."""

    part: Part
    differing: tuple[Line, ...]
    equal: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """A total in one run: its estimate with the interval, and the exact total."""

    estimate: Any = None
    low: Any = None
    high: Any = None
    exact: Any = None

    @property
    def has_interval(self) -> bool:
        """Whether the sample could tell how far off the estimate may be."""
        return _is_number(self.low) and _is_number(self.high)


@dataclass(frozen=True, slots=True)
class TotalLine:
    """One measure's total in both runs, over all rows (`group` None) or within one group; None where there is none."""

    measure: str
    group: str | None
    before: Total | None
    after: Total | None
    verdict: Verdict
    """By the overlap of the intervals."""
    exact_same: bool | None
    """Whether the exact totals are the same; None where one of them is not known."""


@dataclass(frozen=True, slots=True)
class Side:
    """Whose values stand on one side."""

    run_id: str
    status: str
    user: str
    started_at: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything in which two runs can differ. `totals`: what differs most comes first."""

    before: Side
    after: Side
    parts: tuple[Lines, ...]
    totals: tuple[TotalLine, ...]


def compare_runs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Compare the metadata of two runs; what a run does not have is None."""
    parts = (
        _part(Part.SETTINGS, _plain(differences.settings(_map(before, "config"), _map(after, "config")))),
        _part(Part.INPUTS, _inputs(before, after)),
        _part(Part.SCHEMA, _plain(differences.columns(_list(before, "schema"), _list(after, "schema")))),
        _part(Part.COUNTS, _numbers(_map(before, "counts"), _map(after, "counts"))),
        _part(Part.REJECTS, _numbers(_map(before, "rejects_by_reason"), _map(after, "rejects_by_reason"), missing=0)),
        _part(Part.SAMPLE, _sample(_map(before, "analytics"), _map(after, "analytics"))),
        _part(Part.OUTPUTS, _outputs(_map(before, "outputs"), _map(after, "outputs"))),
        _part(Part.SPEED, _speed(before, after)),
    )
    return Comparison(_side(before), _side(after), parts, _totals(before, after))


def _map(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = values.get(name)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _side(metadata: Mapping[str, Any]) -> Side:
    return Side(*(str(metadata.get(name) or "") for name in ("run_id", "status", "user", "started_at")))


def _part(part: Part, lines: Iterable[Line]) -> Lines:
    every = tuple(lines)
    return Lines(part, tuple(line for line in every if not line.same), tuple(line for line in every if line.same))


def _plain(found: Iterable[Difference]) -> Iterator[Line]:
    for difference in found:
        yield Line(difference.name, difference.before, difference.after, difference.same)


def _line(name: str, before: Any, after: Any, unit: Unit = Unit.PLAIN, of: str = "") -> Line:
    return Line(name, before, after, Difference(name, before, after).same, unit, of)


def _numbers(before: Mapping[str, Any], after: Mapping[str, Any], missing: int | None = None) -> Iterator[Line]:
    for name in dict.fromkeys((*after, *before)):
        yield _line(str(name), before.get(name, missing), after.get(name, missing), Unit.NUMBER)


def _inputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Line]:
    """Size, records, format and layout of each input file, by its path."""
    old, new = ({str(row.get("path")): row for row in _list(side, "inputs")} for side in (before, after))
    units = {"size_bytes": Unit.BYTES, "records": Unit.NUMBER, "format": Unit.PLAIN, "layout": Unit.PLAIN}
    for path in dict.fromkeys((*new, *old)):
        for key, unit in units.items():
            yield _line(key, old.get(path, {}).get(key), new.get(path, {}).get(key), unit, path)


def _sample(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Line]:
    for name in ("status", "stratum", "seed"):
        yield _line(name, before.get(name), after.get(name))
    for name in ("population_rows", "sample_rows"):
        yield _line(name, before.get(name), after.get(name), Unit.NUMBER)


def _outputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Line]:
    units = {"path": Unit.PLAIN, "rows": Unit.NUMBER, "bytes": Unit.BYTES, "sha256": Unit.PLAIN}
    for kind in dict.fromkeys((*after, *before)):
        for key, unit in units.items():
            yield _line(key, _map(before, kind).get(key), _map(after, kind).get(key), unit, str(kind))


def _speed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Line]:
    old, new = _map(before, "throughput"), _map(after, "throughput")
    yield _line("seconds", old.get("seconds"), new.get("seconds"), Unit.SECONDS)
    rates = {"input_bytes_per_second": Unit.BYTES, "rows_per_second": Unit.NUMBER}
    for name, unit in rates.items():
        yield _line(name, old.get(name), new.get(name), unit)
    yield _line("peak_memory_bytes", before.get("peak_memory_bytes"), after.get("peak_memory_bytes"), Unit.BYTES)
    for part, name, label in (("engine", "version", "engine_version"), ("engine", "python", "python_version")):
        yield _line(label, _map(before, part).get(name), _map(after, part).get(name))
    old, new = _map(_map(before, "system"), "cpu"), _map(_map(after, "system"), "cpu")
    yield _line("processor", old.get("model"), new.get("model"))


def _totals(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[TotalLine, ...]:
    """Every total that either run has, none when one has none; groups only when both runs group by the same column."""
    old, new = _map(before, "analytics"), _map(after, "analytics")
    grouped = old.get("stratum") == new.get("stratum")
    left, right = _by_name(old, grouped), _by_name(new, grouped)
    if not left or not right:
        return ()
    lines = [_total_line(*key, left.get(key), right.get(key)) for key in dict.fromkeys((*right, *left))]
    urgency = list(Verdict)
    # Sorting is stable: within a verdict the totals of all rows stay before those of the groups.
    return tuple(sorted(lines, key=lambda line: (line.exact_same is not False, urgency.index(line.verdict))))


def _by_name(analytics: Mapping[str, Any], grouped: bool) -> dict[tuple[str, str | None], Total]:
    """The totals of a run by measure and group."""
    found: dict[tuple[str, str | None], Total] = {
        (str(name), None): _total(values) for name, values in _map(analytics, "measures").items()
    }
    for row in _list(analytics, "strata") if grouped else ():
        value = row.get("value")
        group = "" if value is None else str(value)
        found |= {(str(name), group): _total(values) for name, values in _map(row, "measures").items()}
    return found


def _total(values: Any) -> Total:
    if not isinstance(values, Mapping):
        return Total()
    return Total(values.get("estimate"), values.get("ci_low"), values.get("ci_high"), values.get("exact"))


def _total_line(measure: str, group: str | None, before: Total | None, after: Total | None) -> TotalLine:
    exact_same = None
    if before and after and _is_number(before.exact) and _is_number(after.exact):
        exact_same = bool(before.exact == after.exact)
    return TotalLine(measure, group, before, after, judge(before, after), exact_same)


def judge(before: Total | None, after: Total | None) -> Verdict:
    """Whether two totals are the same, as far as their intervals tell."""
    if before is None or after is None:
        return Verdict.ONE_SIDED
    if before == after:
        return Verdict.SAME
    if not (before.has_interval and after.has_interval):
        return Verdict.UNKNOWN
    slack = _TOLERANCE * max(abs(before.high), abs(after.high), abs(before.low), abs(after.low))
    apart = before.low > after.high + slack or after.low > before.high + slack
    return Verdict.DIFFERS if apart else Verdict.WITHIN
