"""The types that flow between the stages, and the shapes of what a run leaves.

    paths --plan--> Source + Chunk --read/clean/encode/place (a worker)--> ChunkResult --finish--> RunMetadata

Everything that crosses a process border is a small frozen dataclass that pickles; results add up with `+`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

SCHEMA_VERSION = 1
CONFIDENCE = 0.95


def utc_now() -> str:
    """The present moment as RFC 3339 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Allocation(StrEnum):
    """How the sample is shared out among the strata."""

    SQRT = "sqrt"
    NEYMAN = "neyman"
    PROPORTIONAL = "proportional"


class TargetScope(StrEnum):
    """What a wanted error holds for: every measure's total, or that of every stratum as well."""

    MEASURE = "measure"
    STRATUM = "stratum"


class Ragged(StrEnum):
    """What is done with a row of text that has more or fewer cells than there are columns."""

    REJECT = "reject"
    PAD = "pad"
    """A short one is filled with empty cells."""
    TRUNCATE = "truncate"
    """The cells past the last column of a long one are left out."""


class OnBadFile(StrEnum):
    """What becomes of a run when one of its files is refused."""

    FAIL = "fail"
    SKIP = "skip"


class RunStatus(StrEnum):
    """States of a run; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"

    @property
    def final(self) -> bool:
        """Whether the run is over."""
        return self not in (RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written: what sets its cells and its records apart."""

    delimiter: str = ","
    """One sign or several; a space where any run of blanks is one."""
    quotechar: str | None = '"'
    """None: there are no quotes."""
    encoding: str = "utf-8"
    header: bool = True
    bom: int = 0
    """Bytes of byte order mark at the start of the file."""
    newline: str = "\n"
    """Last character of a line end: CR only for files that have no LF at all."""
    escape: str | None = None
    """What makes a quote, a delimiter or itself a letter; None: a quote in a cell is doubled."""
    comment: str | None = None
    """What a line begins with that is no record."""
    run: int = 0
    """How many blanks in a row are the delimiter, as in columns that are aligned with blanks; 0: `delimiter` is."""
    spaced: int = 0
    """Which spaces belong to no cell: 1: those around quotes; 2: those before any cell too."""
    tail: bool = False
    """Whether records end with a delimiter behind which there is no column."""
    header_rows: int = 1
    """Records that the header is made of."""

    def told(self) -> dict[str, Any]:
        """Its parts as a person is told of them: those that few files have only where this one has them."""
        parts, usual = asdict(self), asdict(Dialect())
        return {name: value for name, value in parts.items() if name in _ALWAYS_TOLD or value != usual[name]}


_ALWAYS_TOLD = ("delimiter", "quotechar", "encoding", "header", "bom", "newline")


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file or folder below an input that was not read. `reason`: a word (see `security.leftovers`)."""

    path: str
    reason: str
    detail: str = ""
    """The sentence of the refusal, where there is one."""

    @classmethod
    def of(cls, path: str, reason: str, detail: str = "") -> PassedOver:
        r"""With bytes of names that are no UTF-8 written as `\xNN`, so that it can be kept as text."""
        texts = (text.encode("utf-8", "surrogateescape") for text in (path, detail))
        path, detail = (text.decode("utf-8", "backslashreplace") for text in texts)
        return cls(path, reason, detail)

    def to_json(self) -> dict[str, Any]:
        """Plain values; the detail only where there is one."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that could not be read: a line of `rejects.jsonl`. `offset` is a byte offset in `source`."""

    source: str
    offset: int
    record: int
    reason: str
    field: str | None
    detail: str
    raw: str
    raw_encoding: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The line's keys; `raw_encoding` only when `raw` is not plain text."""
        out = {name: getattr(self, name) for name in _REJECT_KEYS}
        return out if self.raw_encoding is None else {**out, "raw_encoding": self.raw_encoding}


_REJECT_KEYS = tuple(each.name for each in fields(Reject) if each.name != "raw_encoding")


@dataclass(frozen=True, slots=True)
class Escapes:
    """Cells of a column that got an apostrophe in the CSV, and the beginning of the first of them as it was."""

    cells: int
    example: str

    def __add__(self, other: Escapes) -> Escapes:
        return Escapes(self.cells + other.cells, self.example)


@dataclass(frozen=True, slots=True)
class Counts:
    """Records by their fate. `records_in = written + rejected + skipped` is the conservation equation."""

    records_in: int = 0
    written: int = 0
    rejected: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.records_in + other.records_in,
            self.written + other.written,
            self.rejected + other.rejected,
            self.skipped + other.skipped,
        )

    @property
    def conserved(self) -> bool:
        """Whether every record is accounted for."""
        return self.records_in == self.written + self.rejected + self.skipped


@dataclass(frozen=True, slots=True)
class Replayed:
    """Rejects that were read again: how many, and how many of them are rows now, or records to skip."""

    tried: int = 0
    passed: int = 0
    skipped: int = 0

    def __add__(self, other: Replayed) -> Replayed:
        return Replayed(self.tried + other.tried, self.passed + other.passed, self.skipped + other.skipped)

    @property
    def rejected(self) -> int:
        """Those that are rejects still."""
        return self.tried - self.passed - self.skipped


NOT_REPLAYED = Replayed()
"""Nothing was read again."""


@dataclass(frozen=True, slots=True)
class MeasureEstimate:
    """One measure's total: estimate, its error, and the exact total the pass has seen.

    `std_error`, `df`, `ci_low` and `ci_high` are None where the sample cannot tell (fewer than two rows of a stratum
    that was not taken whole); `reason` then says so and `certified` is False.
    """

    estimate: float | int | None
    std_error: float | None
    df: float | None
    ci_low: float | None
    ci_high: float | None
    exact: float | int | None
    certified: bool
    reason: str | None = None

    @property
    def scale(self) -> float:
        """What its error is given as a share of: the exact total, the estimate where that is not known."""
        return abs(self.exact or self.estimate or 0)

    @property
    def half_width(self) -> float | None:
        """Half its interval as a share of `scale`; None without one."""
        if self.ci_low is None or self.ci_high is None or not self.scale:
            return None
        return (self.ci_high - self.ci_low) / 2 / self.scale


UNKNOWN = MeasureEstimate(None, None, None, None, None, None, certified=False)
"""A measure of which a stratum says nothing."""


@dataclass(frozen=True, slots=True)
class StratumEstimate:
    """One stratum: its size, how many rows were sampled, what one sampled row stands for, and its measures."""

    value: str | int | float | None
    rows: int
    sampled: int
    expansion: float | None
    """What one drawn row stands for; a row that was taken whole stands for itself."""
    measures: dict[str, MeasureEstimate] = field(default_factory=dict)
    taken_whole: int = 0
    """Of the sampled rows, those that are there for their large values."""
    pool: int | None = None
    """Its place among the pools when it was too small for rows of its own; its measures then have no interval."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Small strata that were sampled as one: how many, and what a stratum says of itself."""

    strata: int
    rows: int
    sampled: int
    expansion: float | None
    measures: dict[str, MeasureEstimate] = field(default_factory=dict)
    taken_whole: int = 0


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """What a sample of some size would tell: half the width of each measure's interval, None where there is none."""

    sample_frac: float
    sample_rows: int
    half_widths: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class TargetError:
    """The error that the sample was sized for, and what became of it; `missed` says what is wider, by name."""

    target: float
    scope: TargetScope
    reached: bool
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analytics:
    """The estimates of one run; `status` is `success` or `skipped` with a `reason`.

    A success may have a `reason` too: why the estimates are others than were asked for.
    """

    status: str
    method: str
    seed: int
    confidence: float
    stratum: str | None
    population_rows: int
    sample_rows: int
    sample_frac_effective: float | None
    taken_whole: int = 0
    """Of the sampled rows, those that are there for their large values."""
    measures: dict[str, MeasureEstimate] = field(default_factory=dict)
    strata: tuple[StratumEstimate, ...] = ()
    reason: str | None = None
    allocation: Allocation | None = Allocation.SQRT
    """None: by a rule of another version."""
    heavy: tuple[str, ...] = ()
    """The measures whose largest values were taken whole."""
    expected_errors: tuple[ExpectedError, ...] = ()
    """The errors of samples of several sizes, this one among them, rising."""
    pools: tuple[Pool, ...] = ()
    """Where strata were too small for rows of their own."""
    mix: float = 0.0
    """How far the shares went from those of the allocation towards proportional ones: 0 not at all, 1 all the way."""
    design_effects: dict[str, float] = field(default_factory=dict)
    """The variance of each measure's total in those of a simple random sample of as many rows."""
    target_error: TargetError | None = None

    def to_json(self) -> dict[str, Any]:
        """As `metadata.json` keeps it. A stratum's measures have no `df` and no `reason`."""
        out = asdict(self)
        for row in (*out["strata"], *out["pools"]):
            for measure in row["measures"].values():
                del measure["df"], measure["reason"]
        out["strata"], out["pools"] = list(out["strata"]), list(out["pools"])
        return out
