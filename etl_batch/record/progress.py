"""What `progress.json` says of a run that goes on, and by what its process is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TypeAlias

from etl_batch.model import Counts, RunStatus
from etl_batch.record.cluster import ClusterWorker
from etl_batch.record.values import Json, JsonObject, amount, items, mapping, objects, text, texts, whole

Fingerprint: TypeAlias = "tuple[int, ...] | None"
"""Inode, size and time of a file; None where there is none. Equal twice: the file was not touched in between."""


@dataclass(frozen=True, slots=True)
class ProcessNote:
    """What names one process for good; a note that lacks a part has its default."""

    pid: int = 0
    pid_started: float = 0.0
    """Start time of the process (seconds since the epoch)."""
    birth: str = ""
    """The start as the kernel counts it, which no clock moves: with `pid` it names one process for good."""
    machine: str = ""
    """Host, boot and process namespace that `pid` belongs to."""
    starter: int = 0
    """The process that started it, which will write down how it ended; in `launch.json` alone."""

    @classmethod
    def from_json(cls, value: Json) -> ProcessNote:
        """Any JSON as a note."""
        given = mapping(value)
        return cls(
            pid=whole(given.get("pid")),
            pid_started=amount(given.get("pid_started")),
            birth=text(given.get("birth")),
            machine=text(given.get("machine")),
            starter=whole(given.get("starter")),
        )


@dataclass(frozen=True, slots=True)
class WorkerActivity:
    """One worker at the engine's last look."""

    pid: int
    cpu_percent: float
    """Of one core."""
    memory_bytes: int
    chunk: int | None
    """The latest that it took; None before the first."""

    @classmethod
    def from_json(cls, given: JsonObject) -> WorkerActivity:
        """Any object as a worker."""
        chunk = given.get("chunk")
        return cls(
            pid=whole(given.get("pid")),
            cpu_percent=amount(given.get("cpu_percent")),
            memory_bytes=whole(given.get("memory_bytes")),
            chunk=whole(chunk) if isinstance(chunk, int) else None,
        )


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit of a run, and how much of it was used at the last look; bytes or seconds."""

    name: str
    """A `Ceiling`, or that of another version."""
    used: float
    most: float
    """Of the disk: the least that has to be left, while `used` is what is left."""
    place: str = ""
    """The folder whose disk it is."""

    @property
    def hit(self) -> bool:
        """Whether the run is past it."""
        return self.used < self.most if self.place else self.used > self.most

    @property
    def fraction(self) -> float:
        """How near it is: 1 at the limit and past it."""
        part, whole_of = (self.most, self.used) if self.place else (self.used, self.most)
        return min(part / whole_of, 1.0) if whole_of > 0 else 1.0

    @classmethod
    def from_json(cls, given: JsonObject) -> LimitUse:
        """Any object as a limit."""
        return cls(
            text(given.get("name")), amount(given.get("used")), amount(given.get("most")), text(given.get("place"))
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a run that has ended, after which it was tried again."""

    at: str
    """When it ended, RFC 3339 in UTC."""
    reason: str

    @classmethod
    def from_json(cls, given: JsonObject) -> Attempt:
        """Any object as an attempt."""
        return cls(text(given.get("at")), text(given.get("reason")))


@dataclass(frozen=True, slots=True)
class Progress:
    """What `progress.json` says: replaced atomically, at most four times a second. Its fields are the file's keys."""

    run_id: str
    status: RunStatus | None = RunStatus.RUNNING
    """None when the file gives no known one."""
    stage: str = "plan"
    """plan, ingest, finish, analytics, report, done."""
    pid: int = 0
    pid_started: float = 0.0
    birth: str = ""
    machine: str = ""
    oom_kills: int = 0
    """How many processes this machine had ended for want of memory when the run began."""
    started_at: str = ""
    updated_at: str = ""
    """The heartbeat: at most a second or two old while the engine works."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """When each stage began, in seconds since the start of the run."""
    bytes_total: int = 0
    bytes_done: int = 0
    rows_written: int = 0
    rejected: int = 0
    skipped: int = 0
    workers: int = 0
    """How many of this machine do the chunks; 0 where a cluster does."""
    worker_pids: tuple[int, ...] = ()
    activity: tuple[WorkerActivity, ...] = ()
    cluster: tuple[ClusterWorker, ...] = ()
    """The workers of other machines, where there are some, at the last look."""
    chunks_done: int = 0
    seconds: float = 0.0
    memory_bytes: int = 0
    """PSS of the process tree, in bytes."""
    memory_limit_bytes: int = 0
    cpu_percent: float = 0.0
    silent_seconds: float = 0.0
    """How long a worker has given no sign of life; 0 while none is silent for long."""
    workers_lost: int = 0
    attempts: tuple[Attempt, ...] = ()
    """The tries before this one."""
    message: str = ""
    staged: tuple[str, ...] = ()
    """Temporary output files, to be removed when the run was killed."""
    outputs_before: Mapping[str, Fingerprint] = field(default_factory=dict)
    """The outputs as the run found them."""
    limits: tuple[LimitUse, ...] = ()
    """Every limit that the run has."""

    @property
    def counts(self) -> Counts:
        """The records so far, by their fate."""
        parts = (self.rows_written, self.rejected, self.skipped)
        return Counts(sum(parts), *parts)

    @property
    def process(self) -> ProcessNote:
        """The engine's own process."""
        return ProcessNote(self.pid, self.pid_started, self.birth, self.machine)

    def to_json(self) -> JsonObject:
        """As `progress.json` keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Json) -> Progress:
        """Any JSON as progress: what is missing or odd has its default."""
        given = mapping(value)
        return cls(
            run_id=text(given.get("run_id")),
            status=status_from_json(given.get("status")),
            stage=text(given.get("stage")),
            pid=whole(given.get("pid")),
            pid_started=amount(given.get("pid_started")),
            birth=text(given.get("birth")),
            machine=text(given.get("machine")),
            oom_kills=whole(given.get("oom_kills")),
            started_at=text(given.get("started_at")),
            updated_at=text(given.get("updated_at")),
            stages={name: amount(begun) for name, begun in mapping(given.get("stages")).items()},
            bytes_total=whole(given.get("bytes_total")),
            bytes_done=whole(given.get("bytes_done")),
            rows_written=whole(given.get("rows_written")),
            rejected=whole(given.get("rejected")),
            skipped=whole(given.get("skipped")),
            workers=whole(given.get("workers")),
            worker_pids=tuple(map(whole, items(given.get("worker_pids")))),
            activity=tuple(map(WorkerActivity.from_json, objects(given.get("activity")))),
            cluster=tuple(map(ClusterWorker.from_json, objects(given.get("cluster")))),
            chunks_done=whole(given.get("chunks_done")),
            seconds=amount(given.get("seconds")),
            memory_bytes=whole(given.get("memory_bytes")),
            memory_limit_bytes=whole(given.get("memory_limit_bytes")),
            limits=tuple(map(LimitUse.from_json, objects(given.get("limits")))),
            cpu_percent=amount(given.get("cpu_percent")),
            silent_seconds=amount(given.get("silent_seconds")),
            workers_lost=whole(given.get("workers_lost")),
            attempts=tuple(map(Attempt.from_json, objects(given.get("attempts")))),
            message=text(given.get("message")),
            staged=texts(given.get("staged")),
            outputs_before={name: _fingerprint(was) for name, was in mapping(given.get("outputs_before")).items()},
        )


def _fingerprint(value: Json) -> Fingerprint:
    return tuple(map(whole, items(value))) or None


def status_from_json(value: Json) -> RunStatus | None:
    """A run's state; None for what is no known one."""
    try:
        return RunStatus(text(value))
    except ValueError:
        return None
