"""Progress of a run as a person reads it: share done, rate, time left, stages and workers, from `progress.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from etl_batch.model import Counts, RunStatus
from etl_batch.record.cluster import ClusterWorker
from etl_batch.record.progress import LimitUse, Progress
from etl_batch.reporting.formatting import NOTHING, counted, duration, file_size, percent, quantity
from etl_batch.runs.record.ceilings import Ceiling
from etl_batch.ui.shared import wording
from etl_batch.ui.shared.markup import Card, Tone

NEARLY_FULL = 0.9
StageState = Literal["past", "now", "stopped", "ahead"]


@dataclass(frozen=True, slots=True)
class StageMark:
    """One stage of the list: what it does, whether it is behind us, going on or still to come, and its time."""

    title: str
    words: str
    state: StageState
    time: str = ""

    @property
    def state_words(self) -> str:
        """The state as a person says it, for those who do not see the colour."""
        return wording.STATE_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a run has come and how fast: bytes per second of input, seconds left (None while nobody can tell)."""

    fraction: float
    bytes_per_second: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Meter:
    """A bar: how much of something is used."""

    label: str
    fraction: float
    words: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker process and what it is at."""

    pid: str
    chunk: str
    cpu: str
    share: float
    memory: str


def pace(progress: Progress) -> Pace:
    """Share, mean rate since the ingest began, and the time the rest takes at that rate."""
    total, done = progress.bytes_total, progress.bytes_done
    seconds = progress.stages.get("finish", progress.seconds) - progress.stages.get("ingest", 0.0)
    rate = done / seconds if seconds > 0 else 0.0
    left = (total - done) / rate if rate > 0 and total >= done else None
    return Pace(min(done / total, 1.0) if total else 0.0, rate, left)


def stage_marks(progress: Progress, status: RunStatus) -> list[StageMark]:
    """The stages in order with the time spent in each; a run that failed stopped at its present one."""
    stage = "done" if status is RunStatus.SUCCESS else progress.stage
    names = [name for name, _, _ in wording.STAGES]
    present = names.index(stage) if stage in names else 0
    here: StageState = "stopped" if status.final else "now" if status is RunStatus.RUNNING else "ahead"
    if stage == "done":
        here = "past"
    states: list[StageState] = [
        "past" if place < present else here if place == present else "ahead" for place in range(len(names))
    ]
    return [
        StageMark(title, words, state, _stage_time(progress, name, state))
        for (name, title, words), state in zip(wording.STAGES, states, strict=True)
    ]


def _stage_time(progress: Progress, name: str, state: StageState) -> str:
    starts, total = progress.stages, progress.seconds
    if state == "ahead" or name not in starts:
        return ""
    if name == "done":
        return wording.IN_ALL.format(time=duration(total))
    later = [start for start in starts.values() if start > starts[name]]
    return duration(max(min(later, default=total) - starts[name], 0.0))


def pace_words(progress: Progress) -> str:
    """`12 MB of 20 MB · 45 MB/s · 0.2 s left`."""
    now = pace(progress)
    parts = [wording.PART_OF.format(part=file_size(progress.bytes_done), whole=file_size(progress.bytes_total))]
    if now.bytes_per_second:
        parts.append(wording.PER_SECOND.format(size=file_size(now.bytes_per_second)))
    if now.seconds_left is not None and now.fraction < 1:
        parts.append(wording.LEFT.format(time=duration(now.seconds_left)))
    return " · ".join(parts)


def live_cards(progress: Progress) -> list[Card]:
    """The numbers of a run that is going on."""
    now = pace(progress)
    left = NOTHING if now.seconds_left is None else duration(now.seconds_left)
    return [
        *record_cards(
            progress.counts, Card(wording.WRITTEN_SO_FAR, quantity(progress.rows_written), wording.PUBLISHED_AT_END)
        ),
        Card(
            wording.RATE, wording.PER_SECOND.format(size=file_size(now.bytes_per_second)), wording.OF_INPUT_ON_AVERAGE
        ),
        Card(wording.ELAPSED, duration(progress.seconds)),
        Card(wording.TIME_LEFT, left, wording.OF_READING_AT_THIS_RATE),
        Card(wording.CHUNKS_DONE, quantity(progress.chunks_done), _by_whom(progress)),
    ]


def _by_whom(progress: Progress) -> str:
    """The workers there are; nothing before a cluster has told of its own."""
    if progress.cluster:
        return wording.OF_THE_CLUSTER.format(workers=counted(len(progress.cluster), "worker"))
    return counted(progress.workers, "worker") if progress.workers else ""


def record_cards(counts: Counts, written: Card) -> list[Card]:
    """The records by their fate, which add up: what was read is written, rejected or skipped."""
    skipped = [Card(wording.SKIPPED, quantity(counts.skipped), wording.SKIPPED_NOTE)] if counts.skipped else []
    return [
        Card(wording.RECORDS_READ, quantity(counts.records_in)),
        written,
        Card(wording.REJECTED, quantity(counts.rejected), tone="warn" if counts.rejected else "plain"),
        *skipped,
    ]


def meters(progress: Progress) -> list[Meter]:
    """Processors, and memory against the limit that the settings of the run imply."""
    busy = min(progress.cpu_percent / 100, 1.0)
    used, limit = progress.memory_bytes, progress.memory_limit_bytes
    share = used / limit if limit else 0.0
    tone: Tone = "bad" if share > 1 else "warn" if share > NEARLY_FULL else "plain"
    words = (
        wording.PART_OF.format(part=file_size(used), whole=file_size(limit))
        if limit
        else wording.UNLIMITED.format(used=file_size(used))
    )
    return [Meter(wording.CPU, busy, percent(busy)), Meter(wording.MEMORY, min(share, 1.0), words, tone)]


def limit_meters(limits: Sequence[LimitUse]) -> list[Meter]:
    """Each limit of a run with what is used of it; one that was hit stands out, in words too."""
    return [
        Meter(
            wording.LIMIT_NAMES.get(use.name, use.name),
            use.fraction,
            (wording.LIMIT_HIT if use.hit else wording.LIMIT_USED)[bool(use.place)].format(
                used=_amount(use, use.used), most=_amount(use, use.most)
            ),
            "bad" if use.hit else "warn" if use.fraction > NEARLY_FULL else "plain",
        )
        for use in limits
    ]


def _amount(use: LimitUse, value: float) -> str:
    return duration(value) if use.name in (Ceiling.TIME, Ceiling.CPU) else file_size(int(value))


def host_rows(workers: Sequence[ClusterWorker]) -> list[tuple[str, str]]:
    """The machines of a cluster, and what their workers are at."""
    by_host: dict[str, list[ClusterWorker]] = {}
    for worker in workers:
        by_host.setdefault(worker.host, []).append(worker)
    return [
        (
            host,
            wording.HOST.format(
                workers=counted(len(there), "worker"),
                threads=counted(sum(each.threads for each in there), "thread"),
                running=counted(sum(each.running for each in there), "task"),
                cpu=percent(sum(each.cpu_percent for each in there) / 100),
                memory=file_size(sum(each.memory for each in there)),
            ),
        )
        for host, there in sorted(by_host.items())
    ]


def worker_rows(progress: Progress) -> list[WorkerRow]:
    """What each worker is at, as the engine saw it at its last look."""
    return [
        WorkerRow(
            pid=str(worker.pid),
            chunk=wording.STARTING if worker.chunk is None else quantity(worker.chunk + 1),
            cpu=percent(worker.cpu_percent / 100),
            share=min(worker.cpu_percent / 100, 1.0),
            memory=file_size(worker.memory_bytes),
        )
        for worker in progress.activity
    ]
