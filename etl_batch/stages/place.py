"""The stage that places: a chunk takes its range in every file, where the one before it ended, and is written there.

On one machine the worker does it, which waits for its turn and writes outside of it (`take_place`); of what comes from
other machines whoever takes the chunks in, in their order (`stages.carry`).
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl_batch.files.staging import write_all
from etl_batch.formats.source import Chunk, renumber
from etl_batch.model import Reject
from etl_batch.parallel.turns import Position, Turns
from etl_batch.record.profile import WorkerStage
from etl_batch.sinks.sink import Encoded, PlacedChunk, Sink, not_placed
from etl_batch.stages.clean import Cleaner, Seen
from etl_batch.stopwatch import STILL, Watch

_encode = json.JSONEncoder(ensure_ascii=False).encode
REJECTS = "rejects"
"""Name of the dead-letter file among those that are placed in turns."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The place of a chunk: where it begins and ends, its ranges in the sinks' files, and its lines of rejects."""

    start: Position
    end: Position
    placed: tuple[PlacedChunk, ...]
    lines: bytes

    @property
    def rejects_crc(self) -> int:
        """A checksum of the lines."""
        return zlib.crc32(self.lines)


def place_behind(before: Position, cleaned: Sequence[Seen], sinks: Sequence[Sink], outputs: Sequence[Encoded]) -> Taken:
    """The place of a chunk behind the one that ends at `before`."""
    start = before.entering(cleaned[0].source)
    end, rejects = start, []
    for seen in cleaned:
        end = end.entering(seen.source)
        rejects += renumber(seen.rejects, end.records)
        end = end.behind(seen.records + seen.elsewhere, seen.rows)
    lines = _as_lines(rejects)
    placed = tuple(_placed(sink, output, start.offsets[sink.name]) for sink, output in zip(sinks, outputs, strict=True))
    ends = {sink.name: each.end for sink, each in zip(sinks, placed, strict=True)}
    end = end.at({**ends, REJECTS: start.offsets[REJECTS] + len(lines)})
    return Taken(start, end, placed, lines)


def _placed(sink: Sink, output: Encoded, before: int) -> PlacedChunk:
    """A chunk's place in one output, behind the place where the one before it ends."""
    begin = sink.begins(before) if output.size else before
    return PlacedChunk(begin, begin + output.size, sink.settle(output.entry, begin))


def take_place(
    turns: Turns,
    chunk: Chunk,
    cleaned: Cleaner,
    sinks: Sequence[Sink],
    outputs: Sequence[Encoded],
    rejects_path: Path,
    watch: Watch = STILL,
    in_turn: Callable[[], None] | None = None,
) -> Taken:
    """Wait for the turn, number the rejects and write them, reserve the ranges and pass the turn on.

    `in_turn` is called while the turn is held: all chunks before have had theirs, and none after. Raises `Abandoned`
    when the run stops first.
    """
    before = turns.wait_for(chunk.number)
    watch.lap(WorkerStage.WAIT)
    taken = place_behind(before, cleaned.seen, sinks, outputs)
    if in_turn is not None:
        in_turn()
    turns.pass_on(chunk.number, taken.end)
    write_rejects(rejects_path, taken)
    return taken


def write(sinks: Sequence[Sink], outputs: Sequence[Encoded], placed: Sequence[PlacedChunk]) -> None:
    """Write the chunk into every sink's file where it has its place. Raises `OutputFailed`."""
    for sink, output, where in zip(sinks, outputs, placed, strict=True):
        sink.place(output.parts, where.start)


def write_rejects(path: Path, taken: Taken) -> None:
    """Write the chunk's lines among the rejects. Raises `OutputFailed`."""
    if not taken.lines:
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            write_all(descriptor, [taken.lines], taken.start.offsets[REJECTS])
        finally:
            os.close(descriptor)
    except OSError as error:
        raise not_placed(path.parent, error) from error


def _as_lines(rejects: list[Reject]) -> bytes:
    lines = "".join(_encode(reject.to_json()) + "\n" for reject in rejects)
    return lines.encode("utf-8", "backslashreplace")
