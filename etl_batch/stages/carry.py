"""Chunks that are carried: a worker does all but placing them, and whoever takes them in does that, in their order.

So a worker of another machine shares no file with this one, needs no turn, and has no effect but its answer: a task
that is run twice, or by a worker that was given up and goes on all the same, does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from etl_batch.analytics.largest import find_largest
from etl_batch.kernels.kernel import Bytes
from etl_batch.parallel.turns import Position
from etl_batch.record.profile import WorkerStage
from etl_batch.schemas.unique import Notes, keep
from etl_batch.sinks.sink import Encoded
from etl_batch.stages.chunk import ChunkFacts, ChunkJob, ChunkResult, ChunkTask, ChunkWork
from etl_batch.stages.clean import Seen, unique_notes
from etl_batch.stages.measure.tallying import measure_rows
from etl_batch.stages.place import place_behind, write, write_rejects


@dataclass(frozen=True, slots=True)
class CarriedOutput:
    """What a sink is to write of a chunk: its bytes, which are sent without being copied, and the entry for its end."""

    content: Bytes
    entry: object


@dataclass(frozen=True, slots=True)
class CarriedChunk:
    """A chunk that has all but a place."""

    facts: ChunkFacts
    seen: tuple[Seen, ...]
    outputs: tuple[CarriedOutput, ...]
    """In the order of the sinks."""
    notes: list[tuple[bool, Notes]]
    """Of what must come once in the run: see `unique_notes`."""


def carry_chunk(job: ChunkJob, task: ChunkTask) -> CarriedChunk:
    """Read, clean and encode one chunk, in a worker that knows of the others what the task says."""
    work = ChunkWork(job, task, _go_on)
    encoded = work.encode()
    measured = measure_rows(job.measuring, encoded.typed)
    measures = list(measured.measures.values())
    floors = np.maximum(task.floors or 0.0, job.measuring.floors).tolist() if measures else None
    largest = find_largest(measures, job.measuring.largest, floors)
    work.watch.lap(WorkerStage.TALLY)
    seen = work.cleaner.seen
    return CarriedChunk(
        work.facts(encoded, measured, largest, told=False),
        tuple(replace(each, places=[], unique=[]) for each in seen),
        tuple(CarriedOutput(_joined(output), output.entry) for output in encoded.outputs),
        unique_notes(seen),
    )


def _go_on() -> None:
    """Nobody tells a worker of another machine to stop in the middle of a chunk."""


def _joined(output: Encoded) -> Bytes:
    return np.frombuffer(b"".join(output.parts), np.uint8)


def place_carried(job: ChunkJob, carried: CarriedChunk, before: Position) -> ChunkResult:
    """Put a chunk in its place, behind the one that ends at `before`. Raises `OutputFailed`."""
    outputs = [Encoded([each.content.data], entry=each.entry) for each in carried.outputs]
    taken = place_behind(before, carried.seen, job.sinks, outputs)
    write_rejects(job.rejects_path, taken)
    write(job.sinks, outputs, taken.placed)
    noted = keep(job.rejects_path.parent, carried.facts.number, carried.notes, taken.start.rows)
    return ChunkResult.of(carried.facts, taken, noted)
