"""What `--profile` adds to `metadata.json`: CPU seconds by stage, of the engine's own process and of each worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from etl_batch.record.values import Json, JsonObject, amount, mapping, objects, whole

_DECIMALS = 6
_ENCODE = "encode_"


class WorkerStage(StrEnum):
    """What a worker's CPU seconds go to, in the order of its task."""

    READ = "read"
    CLEAN = "clean"
    ENCODE = "encode"
    """Of each sink by itself: `encode_csv`, `encode_parquet`."""
    TALLY = "tally"
    """Sums by stratum, and the rows that the sample may draw."""
    WAIT = "wait"
    """For the turn to take a place in the outputs."""
    PLACE = "place"
    """The place taken, and the bytes written there."""


class ParentStage(StrEnum):
    """What the CPU seconds of the engine's own process go to, in the order of a run."""

    PLAN = "plan"
    START = "start"
    """The outputs begun, and the workers started."""
    CUT = "cut"
    """The input cut into chunks."""
    HAND_OUT = "hand_out"
    """Chunks handed out, and results waited for; the progress that is written meanwhile."""
    COLLECT = "collect"
    """Results added up."""
    DIGESTS = "digests"
    """Threads that follow what is in place and take its checksum."""
    FINISH = "finish"
    ANALYSE = "analyse"
    REPORT = "report"
    PUBLISH = "publish"
    OTHER = "other"
    """Whatever else the process did meanwhile: the other threads, such as the one that reads the workers' results."""


def encode_stage(sink: str) -> str:
    """The stage that encodes for the sink of that name."""
    return _ENCODE + sink


def sink_of(stage: str) -> str | None:
    """The sink that a stage encodes for; None for another stage."""
    return stage.removeprefix(_ENCODE) if stage.startswith(_ENCODE) else None


@dataclass(frozen=True, slots=True)
class WorkerProfile:
    """One worker's share of the work, or a chunk's; they add up."""

    cpu_seconds: Mapping[str, float] = field(default_factory=dict)
    """By stage."""
    wait_seconds: float = 0.0
    """Time by the clock that was spent waiting for turns."""
    input_bytes: int = 0
    output_bytes: int = 0
    """In all outputs together; rejects are none."""
    chunks: int = 0

    def __add__(self, other: WorkerProfile) -> WorkerProfile:
        return WorkerProfile(
            _added(self.cpu_seconds, other.cpu_seconds),
            self.wait_seconds + other.wait_seconds,
            self.input_bytes + other.input_bytes,
            self.output_bytes + other.output_bytes,
            self.chunks + other.chunks,
        )

    @property
    def cpu(self) -> float:
        """CPU seconds of all stages."""
        return sum(self.cpu_seconds.values())

    def to_json(self) -> dict[str, Json]:
        """Plain values, seconds to the microsecond."""
        return {
            "cpu_seconds": _rounded(self.cpu_seconds),
            "wait_seconds": round(self.wait_seconds, _DECIMALS),
            "input_bytes": self.input_bytes,
            "output_bytes": self.output_bytes,
            "chunks": self.chunks,
        }

    @classmethod
    def from_json(cls, given: JsonObject) -> WorkerProfile:
        """Any object as a worker."""
        return cls(
            _seconds(given.get("cpu_seconds")),
            amount(given.get("wait_seconds")),
            whole(given.get("input_bytes")),
            whole(given.get("output_bytes")),
            whole(given.get("chunks")),
        )


@dataclass(frozen=True, slots=True)
class RunProfile:
    """CPU seconds of a run by stage."""

    parent: Mapping[str, float] = field(default_factory=dict)
    """Of the engine's own process."""
    workers: tuple[WorkerProfile, ...] = ()
    """In the order of their process ids."""

    @property
    def together(self) -> WorkerProfile:
        """All workers as one."""
        return sum(self.workers, WorkerProfile())

    def to_json(self) -> dict[str, Json]:
        """As `metadata.json` keeps it."""
        return {"parent": _rounded(self.parent), "workers": [worker.to_json() for worker in self.workers]}

    @classmethod
    def from_json(cls, value: Json) -> RunProfile | None:
        """Any JSON as a profile; None when it says nothing, as that of a run that was not asked for one."""
        given = mapping(value)
        if not given:
            return None
        workers = tuple(map(WorkerProfile.from_json, objects(given.get("workers"))))
        return cls(_seconds(given.get("parent")), workers)


def _added(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in {**one, **other}}


def _rounded(seconds: Mapping[str, float]) -> dict[str, Json]:
    return {name: round(value, _DECIMALS) for name, value in seconds.items()}


def _seconds(value: Json) -> dict[str, float]:
    return {name: amount(seconds) for name, seconds in mapping(value).items()}
