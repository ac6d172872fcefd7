"""A worker's whole task: read one chunk, clean it, encode it, and put it in its place.

`ingest_chunk` is a free function with picklable arguments. Rows never leave the process: what goes back to the parent
is the `ChunkResult` (counts, sums, sample candidates, footers).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from etl_batch import memory, stopping
from etl_batch.analytics.sampling import Assured
from etl_batch.analytics.tally import StratumTally
from etl_batch.columns.schema import OutputColumn
from etl_batch.defaults import CHUNK_BYTES, MAX_RECORD_BYTES
from etl_batch.errors import blaming
from etl_batch.formats.reading import leave_buffer
from etl_batch.formats.source import Chunk, Part
from etl_batch.model import NOT_REPLAYED, Counts, Escapes, Reject, Replayed
from etl_batch.parallel.executor import name_worker
from etl_batch.parallel.turns import Position, Turns
from etl_batch.record.profile import WorkerProfile, WorkerStage
from etl_batch.schemas.spec import Schema
from etl_batch.schemas.unique import keep, notes_of
from etl_batch.sinks.sink import PlacedChunk, Sink
from etl_batch.stages.clean import Cleaner
from etl_batch.stages.encode import Encoder
from etl_batch.stages.measure.candidates import Candidates, Origin, collect_candidates
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.measure.seen import LargestSearch
from etl_batch.stages.measure.tallying import measure_rows, tally_rows
from etl_batch.stages.place import REJECTS, take_place, write
from etl_batch.stages.read import read_slabs
from etl_batch.stopwatch import Watch, start_watch


@dataclass(frozen=True, slots=True)
class ChunkJob:
    """What all chunks of a run have in common."""

    columns: tuple[OutputColumn, ...]
    sinks: tuple[Sink, ...]
    rejects_path: Path
    turns_path: Path
    measuring: Measuring
    retries: int
    schema: Schema | None = None
    chunk_bytes: int = CHUNK_BYTES
    """What the rows of a chunk may become in memory."""
    record_bytes: int = MAX_RECORD_BYTES
    profile: bool = False
    """Whether the seconds of each stage are taken."""
    watched: bool = True
    """Whether somebody looks for signs of life."""

    @property
    def placed_names(self) -> tuple[str, ...]:
        """Names of the files that are placed in turns."""
        return (REJECTS, *(sink.name for sink in self.sinks))


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """A chunk, and what was known of those before it when it was handed out."""

    chunk: Chunk
    assured: Assured | None = None
    """Of the strata; None: nothing is known."""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What the parent learns of a chunk."""

    number: int
    cost_bytes: int
    by_source: tuple[tuple[int, Counts], ...]
    """The records of each of its sources, by the ordinal."""
    placed: tuple[PlacedChunk, ...]
    """Its ranges in the sinks' files, in the order of the sinks."""
    end: Position
    """Where the chunk behind it begins."""
    rejects_crc: int
    """Checksum of its lines among the rejects."""
    noted: int
    """Bytes of notes of what must come once in the run."""
    escapes: dict[int, Escapes]
    """By the place of the column."""
    forms: tuple[int, ...]
    reasons: Counter[str]
    repaired: Counter[str]
    replayed: Replayed
    firsts: dict[str, Reject]
    """By reason the chunk's first reject, without its bytes."""
    tally: StratumTally
    candidates: tuple[Candidates, ...]
    assured: Assured
    worker: int
    profile: WorkerProfile | None = None

    @property
    def counts(self) -> Counts:
        """The records of all its sources."""
        return sum((counts for _, counts in self.by_source), Counts())


def ingest_chunk(job: ChunkJob, task: ChunkTask) -> ChunkResult:
    """Read, clean, encode and place one chunk; see the module."""
    chunk = task.chunk
    name_worker(f"chunk {chunk.number}")
    memory.share(job.chunk_bytes, job.record_bytes)
    watch = start_watch(job.profile)
    cleaner, encoder = Cleaner(job.columns, job.schema), Encoder(job.sinks, job.columns, watch)
    with Turns(job.turns_path, job.placed_names) as turns, turns.at_work(chunk.number), stopping.telling(turns.check):
        for part in chunk.parts:
            if cleaner.seen:
                leave_buffer()  # the outputs may stand in what the part before was read into
            cleaner.enter(part.source)
            _ingest_part(part, cleaner, encoder, turns, job.retries, watch)
        encoded = encoder.finish()
        measured, largest = measure_rows(job.measuring, encoded.typed), LargestSearch(turns, job.measuring)
        largest.look(list(measured.measures.values()))
        watch.lap(WorkerStage.TALLY)
        taken = take_place(
            turns, chunk, cleaner, job.sinks, encoded.outputs, job.rejects_path, watch, largest.take_turn
        )
        write(job.sinks, encoded.outputs, taken.placed)
        noted = _note_unique(job.rejects_path.parent, chunk.number, cleaner, taken.start)
        watch.lap(WorkerStage.PLACE)
    tallied = tally_rows(measured, largest.found.marks(measured.codes.size))
    origins = [Origin(seen.source, seen.places) for seen in cleaner.seen]
    candidates, assured = collect_candidates(job.measuring, origins, encoded.typed, tallied, task.assured)
    watch.lap(WorkerStage.TALLY)
    return ChunkResult(
        number=chunk.number,
        cost_bytes=chunk.cost_bytes,
        by_source=tuple((seen.source, seen.counts) for seen in cleaner.seen),
        placed=taken.placed,
        end=taken.end,
        rejects_crc=taken.rejects_crc,
        noted=noted,
        escapes={place: each for output in encoded.outputs for place, each in output.escapes.items()},
        forms=cleaner.satisfied,
        reasons=Counter(reject.reason for seen in cleaner.seen for reject in seen.rejects),
        repaired=sum((seen.repaired for seen in cleaner.seen), Counter()),
        replayed=sum((seen.replayed for seen in cleaner.seen), NOT_REPLAYED),
        firsts=_firsts([reject for seen in cleaner.seen for reject in seen.rejects]),
        tally=tallied.tally,
        candidates=candidates,
        assured=assured,
        worker=os.getpid(),
        profile=_profile(watch, chunk, taken.placed) if job.profile else None,
    )


def _firsts(rejects: Sequence[Reject]) -> dict[str, Reject]:
    """The first reject of each reason, without its bytes, which may be many."""
    return {reject.reason: replace(reject, raw="") for reject in reversed(rejects)}


def _ingest_part(part: Part, cleaner: Cleaner, encoder: Encoder, turns: Turns, retries: int, watch: Watch) -> None:
    """Read, clean and encode one part."""
    with blaming(part.source.path), memory.reading(part.source.path):
        for slab in watch.each(WorkerStage.READ, read_slabs(part, retries)):
            turns.check()
            rows = cleaner.clean(slab)
            watch.lap(WorkerStage.CLEAN)
            if rows is not None:
                encoder.add(rows)


def _note_unique(folder: Path, chunk: int, cleaner: Cleaner, start: Position) -> int:
    """Keep what must come once in the whole run; returns its size in bytes."""
    size, first = 0, start.rows  # the first of its sources may have rows in chunks before
    for seen in cleaner.seen:
        for before, columns in seen.unique:
            for place, values in columns.items():
                size += keep(folder, chunk, notes_of(values, place, seen.source, first + before))
        first = 0
    return size


def _profile(watch: Watch, chunk: Chunk, placed: Sequence[PlacedChunk]) -> WorkerProfile:
    """What the chunk has cost."""
    return WorkerProfile(
        cpu_seconds=watch.cpu,
        wait_seconds=watch.wall[WorkerStage.WAIT],
        input_bytes=chunk.cost_bytes,
        output_bytes=sum(where.end - where.start for where in placed),
        chunks=1,
    )
