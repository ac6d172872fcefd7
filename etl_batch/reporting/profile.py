"""Where the CPU seconds of a run went: a stacked bar for each worker, and a table of the stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from etl_batch.record.profile import ParentStage, RunProfile, WorkerProfile, WorkerStage, sink_of
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import (
    NOTHING,
    counted,
    duration,
    file_size,
    fixed,
    percent,
    quantity,
    visible,
    words,
)
from etl_batch.reporting.parts import Shortened

SHOWN_WORKERS = 32
SHOWN_STAGES = 24
COLOURS = 8
"""Classes of the style sheet, `stage0` and on."""
WAITED = "waited"
"""The style of the time in which a worker waited."""
LEAST_SECONDS = 0.001
"""What took less is too short for a rate."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar in percent of the longest one, and its style."""

    kind: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class WorkerBar:
    """One worker: its stages by CPU seconds, then the time in which it waited."""

    name: str
    sentence: str
    segments: tuple[Segment, ...]
    words: str
    """The bar for whoever cannot see it."""


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage in all workers, or in the engine's own process; `kind` is its style in the bars."""

    name: str
    kind: str | None
    seconds: str
    share: str
    rate: str


@dataclass(frozen=True, slots=True)
class StageGroup:
    """The stages of the workers, or of the engine's own process, and all of them together."""

    title: str
    rows: tuple[StageRow, ...]
    total: StageRow


@dataclass(frozen=True, slots=True)
class ProfileView:
    """The section of the report."""

    sentence: str
    legend: tuple[tuple[str, str], ...]
    """Style and name of each part of the bars."""
    bars: Shortened[WorkerBar]
    groups: tuple[StageGroup, ...]


def build_profile(profile: RunProfile | None) -> ProfileView | None:
    """The section; None for a run that was not asked for its profile."""
    if profile is None:
        return None
    workers = profile.together
    kinds = _kinds(workers)
    waits = any(worker.wait_seconds for worker in profile.workers)
    longest = max((worker.cpu + worker.wait_seconds for worker in profile.workers), default=0.0)
    bars = [
        _bar(number, worker, kinds, longest) for number, worker in enumerate(profile.workers[:SHOWN_WORKERS], start=1)
    ]
    return ProfileView(
        sentence=_sentence(workers, sum(profile.parent.values())),
        legend=(
            *((kind, stage_word(stage)) for stage, kind in kinds.items()),
            *(((WAITED, wording.WAITED_BY_THE_CLOCK),) if waits else ()),
        ),
        bars=Shortened.of(bars, SHOWN_WORKERS, len(profile.workers)),
        groups=_groups(profile, workers, kinds),
    )


def stage_word(stage: str) -> str:
    """A stage as a person calls it; one of another version by its key."""
    sink = sink_of(stage)
    if sink:
        return wording.ENCODE_STAGE.format(sink=visible(wording.SINK_WORDS.get(sink, sink), 24))
    return wording.STAGE_WORDS.get(stage) or words(stage)


def _order(stage: str) -> int:
    """Its place in a worker's task; those of another version stand last."""
    known = list(WorkerStage)
    plain = WorkerStage.ENCODE if sink_of(stage) else stage
    return known.index(WorkerStage(plain)) if plain in known else len(known)


def _kinds(workers: WorkerProfile) -> dict[str, str]:
    """The stages that bars are drawn of, in the order of a worker's task, each with its style.

    Waiting is drawn by the clock: it costs hardly any CPU time.
    """
    drawn = sorted((stage for stage in workers.cpu_seconds if stage != WorkerStage.WAIT), key=_order)
    return {stage: f"stage{at % COLOURS}" for at, stage in enumerate(drawn[:SHOWN_STAGES])}


def _bar(number: int, worker: WorkerProfile, kinds: Mapping[str, str], longest: float) -> WorkerBar:
    parts = [(kind, worker.cpu_seconds.get(stage, 0.0)) for stage, kind in kinds.items()]
    said = [
        wording.BAR_PART.format(stage=stage_word(stage), seconds=duration(worker.cpu_seconds.get(stage, 0.0)))
        for stage in kinds
    ]
    return WorkerBar(
        name=wording.WORKER_NAME.format(number=quantity(number)),
        sentence=wording.WORKER_SHARE.format(
            cpu=duration(worker.cpu),
            waited=duration(worker.wait_seconds),
            chunks=counted(worker.chunks, "chunk"),
            input=file_size(worker.input_bytes),
            output=file_size(worker.output_bytes),
        ),
        segments=_segments([*parts, (WAITED, worker.wait_seconds)], longest),
        words=wording.BAR_PICTURE.format(parts=", ".join(said)),
    )


def _segments(parts: Sequence[tuple[str, float]], longest: float) -> tuple[Segment, ...]:
    found, left = [], 0.0
    for kind, seconds in parts:
        width = 100 * seconds / longest if longest else 0.0
        if width > 0:
            found.append(Segment(kind, round(left, 3), round(width, 3)))
        left += width
    return tuple(found)


def _sentence(workers: WorkerProfile, parent: float) -> str:
    if not workers.chunks:
        return wording.PROFILE_WITHOUT_WORKERS.format(parent=duration(parent))
    return wording.PROFILE_LEAD.format(
        cpu=duration(workers.cpu),
        size=file_size(workers.input_bytes),
        rate=_rate(workers.input_bytes, workers.cpu),
        parent=duration(parent),
    )


def _groups(profile: RunProfile, workers: WorkerProfile, kinds: Mapping[str, str]) -> tuple[StageGroup, ...]:
    whole = workers.cpu + sum(profile.parent.values())
    known, styles = list(ParentStage), {**kinds, WorkerStage.WAIT: WAITED}
    ordered = sorted(workers.cpu_seconds.items(), key=lambda item: _order(item[0]))
    own = sorted(profile.parent.items(), key=lambda item: known.index(ParentStage(item[0])) if item[0] in known else 99)

    def row(name: str, kind: str | None, seconds: float) -> StageRow:
        share = percent(seconds / whole) if whole else NOTHING
        return StageRow(name, kind, fixed(seconds, 3), share, _rate(workers.input_bytes, seconds))

    def group(title: str, stages: Sequence[tuple[str, float]]) -> StageGroup:
        rows = [row(stage_word(stage), styles.get(stage), seconds) for stage, seconds in stages[:SHOWN_STAGES]]
        return StageGroup(title, tuple(rows), row(wording.TOGETHER, None, sum(seconds for _, seconds in stages)))

    groups = (group(wording.IN_THE_WORKERS, ordered), group(wording.IN_THE_ENGINE, own))
    return tuple(each for each in groups if each.rows)


def _rate(size: int, seconds: float) -> str:
    """Megabytes of input for each CPU second."""
    if not size or seconds < LEAST_SECONDS:
        return NOTHING
    rate = size / 1e6 / seconds
    return quantity(round(rate)) if rate >= 10 else fixed(rate, 1)
