"""Progress of a run as a person reads it: share done, rate, time left and the stages, from `progress.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import duration, file_size, percent, quantity
from etl_batch.ui.markup import Card

STAGES = (
    ("plan", "Plan", "find files, layout, columns"),
    ("ingest", "Ingest", "read, clean, write"),
    ("analytics", "Analytics", "sample and estimate"),
    ("report", "Report", "publish and report"),
)
PART_OF = {"finish": "ingest"}
"""Stages of the engine that are shown as part of another."""
StageState = Literal["past", "now", "stopped", "ahead"]


@dataclass(frozen=True, slots=True)
class StageMark:
    """One stage of the list: what it does and whether it is behind us, going on or still to come."""

    title: str
    words: str
    state: StageState


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a run has come and how fast: bytes per second of input, seconds left (None while nobody can tell)."""

    fraction: float
    bytes_per_second: float
    seconds_left: float | None


def pace(progress: Mapping[str, Any]) -> Pace:
    """Share, mean rate since the start, and the time the rest takes at that rate."""
    total, done = float(progress.get("bytes_total") or 0), float(progress.get("bytes_done") or 0)
    seconds = float(progress.get("seconds") or 0)
    rate = done / seconds if seconds > 0 else 0.0
    left = (total - done) / rate if rate > 0 and total >= done else None
    return Pace(min(done / total, 1.0) if total else 0.0, rate, left)


def stage_marks(stage: str, status: RunStatus) -> list[StageMark]:
    """The stages in order, with the present one marked; a run that failed stopped at its present one."""
    if status is RunStatus.SUCCESS or stage == "done":
        return [StageMark(title, words, "past") for _, title, words in STAGES]
    names = [name for name, _, _ in STAGES]
    present = names.index(PART_OF.get(stage, stage)) if PART_OF.get(stage, stage) in names else 0
    here: StageState = "stopped" if status.final else "now" if status is RunStatus.RUNNING else "ahead"
    states: list[StageState] = [
        "past" if place < present else here if place == present else "ahead" for place in range(len(names))
    ]
    return [StageMark(title, words, state) for (_, title, words), state in zip(STAGES, states, strict=True)]


def pace_words(progress: Mapping[str, Any]) -> str:
    """`12 MB of 20 MB · 45 MB/s · 0.2 s left`."""
    now = pace(progress)
    parts = [f"{file_size(progress.get('bytes_done', 0))} of {file_size(progress.get('bytes_total', 0))}"]
    if now.bytes_per_second:
        parts.append(f"{file_size(now.bytes_per_second)}/s")
    if now.seconds_left is not None and now.fraction < 1:
        parts.append(f"{duration(now.seconds_left)} left")
    return " · ".join(parts)


def live_cards(progress: Mapping[str, Any]) -> list[Card]:
    """The numbers of a run that is going on."""
    used, limit = progress.get("memory_bytes") or 0, progress.get("memory_limit_bytes") or 0
    rejected, workers, chunks = (progress.get(name) or 0 for name in ("rejected", "workers", "chunks_done"))
    return [
        Card("Rows written", quantity(progress.get("rows_written") or 0)),
        Card("Rejects", quantity(rejected), tone="warn" if rejected else "plain"),
        Card("Rate", f"{file_size(pace(progress).bytes_per_second)}/s", "of input, on average"),
        Card("Elapsed", duration(progress.get("seconds") or 0), f"{quantity(chunks)} chunks done"),
        Card("Workers", quantity(workers), f"CPU {percent((progress.get('cpu_percent') or 0) / 100)}"),
        Card("Memory", file_size(used), f"limit {file_size(limit)}", "bad" if limit and used > limit else "plain"),
    ]
