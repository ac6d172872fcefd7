"""What a probe says: typed, and as the JSON that `estimate --json` prints."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any

from etl_batch.analytics.strata import StratumValue
from etl_batch.model import MeasureEstimate


@dataclass(frozen=True, slots=True)
class RowEstimate:
    """A number of rows with its interval; `exact` is None unless everything was read, or the file says how many."""

    estimate: int
    ci_low: int | None
    ci_high: int | None
    exact: int | None = None
    certified: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ProbedStratum:
    """One stratum: about how many rows it has, how many were read, what one of those stands for, and its measures."""

    value: StratumValue
    rows: int
    sampled: int
    expansion: float | None
    rows_ci: tuple[int | None, int | None] = (None, None)
    rows_certified: bool = False
    measures: dict[str, MeasureEstimate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProbedColumn:
    """A column of the outputs and its type, as far as the rows that were looked at tell."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Blocks:
    """How many blocks were read, of how many there are; `left_out`: those whose records could not be told."""

    format: str
    total: int
    sampled: int
    left_out: int
    bytes: int | None
    """Size of a block of text or records; None for row groups."""


@dataclass(frozen=True, slots=True)
class ExpectedTotal:
    """What a run will say of a total: half its interval as a share of it, None where there will be none."""

    half_width: float | None
    certified: bool


@dataclass(frozen=True, slots=True)
class ExpectedRun:
    """The estimates of a run with some fraction, as far as the blocks tell: its sample and its totals."""

    sample_frac: float
    sample_rows: int
    measures: dict[str, ExpectedTotal]


@dataclass(frozen=True, slots=True)
class Probe:
    """The answer of `estimate_path`. Rows are those that a run would write; `rejected_rows` are estimated apart."""

    path: str
    files: int
    format: str
    layout: str | None
    size_bytes: int
    bytes_read: int
    """Bytes of the blocks, each counted once; finding out what a file is takes up to 4 MB of each more."""
    seconds: float
    confidence: float
    seed: int
    population_rows: RowEstimate
    rejected_rows: RowEstimate
    sample_rows: int
    stratum: str | None
    measures: dict[str, MeasureEstimate]
    strata: tuple[ProbedStratum, ...]
    columns: tuple[ProbedColumn, ...]
    blocks: tuple[Blocks, ...]
    """One entry for each format among the files."""
    notes: tuple[str, ...]
    expected: ExpectedRun | None = None
    """What a run with this fraction is expected to say; None without a measure or a row."""

    def to_json(self) -> dict[str, Any]:
        """As `estimate --json` prints it. A stratum's measures have no `df` and no `reason`."""
        out = _by_name(self)
        for row in out["strata"]:
            for measure in row["measures"].values():
                del measure["df"], measure["reason"]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in out.items()}


def _by_name(value: Any) -> Any:
    """The value with dataclasses as dictionaries; `asdict` copies what cannot change, a tenth of a probe's time."""
    if isinstance(value, tuple):
        return tuple(map(_by_name, value))
    if isinstance(value, dict):
        return {name: _by_name(each) for name, each in value.items()}
    kind: Any = type(value)
    names = _fields_of(kind)
    return {name: _by_name(getattr(value, name)) for name in names} if names else value


@cache
def _fields_of(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()
