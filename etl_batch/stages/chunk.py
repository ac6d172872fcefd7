"""A worker's whole task: read one chunk, clean it, encode it, and put it in its place.

`ingest_chunk` is a free function with picklable arguments. Rows never leave the process: what goes back to the parent
is the `ChunkResult` (counts, sums, sample candidates, footers). Where the worker does not know the place of a chunk,
because it stands on another machine, `stages.carry` has it do all but that.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from etl_batch import memory, stopping
from etl_batch.analytics.largest import LargestRows
from etl_batch.analytics.moments import Floats
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
from etl_batch.schemas.unique import keep
from etl_batch.sinks.sink import PlacedChunk, Sink
from etl_batch.stages.clean import Cleaner, unique_notes
from etl_batch.stages.encode import EncodedChunk, Encoder
from etl_batch.stages.measure.candidates import Candidates, Origin, collect_candidates
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.measure.seen import LargestSearch
from etl_batch.stages.measure.tallying import MeasuredRows, measure_rows, tally_rows
from etl_batch.stages.place import REJECTS, Taken, take_place, write
from etl_batch.stages.read import read_slabs
from etl_batch.stopwatch import start_watch


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
    floors: tuple[float, ...] = ()
    """By measure, what the largest rows lie farther from nought than; empty: nothing is known."""


@dataclass(frozen=True, slots=True)
class ChunkFacts:
    """What is known of a chunk, wherever its place is."""

    number: int
    cost_bytes: int
    by_source: tuple[tuple[int, Counts], ...]
    """The records of each of its sources, by the ordinal."""
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
    largest: tuple[Floats, ...] = ()
    """By measure, how far those lie that may be among the largest; empty where the workers tell one another."""
    profile: WorkerProfile | None = None

    @property
    def counts(self) -> Counts:
        """The records of all its sources."""
        return sum((counts for _, counts in self.by_source), Counts())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkResult(ChunkFacts):
    """What the parent learns of a chunk that is in its place."""

    placed: tuple[PlacedChunk, ...]
    """Its ranges in the sinks' files, in the order of the sinks."""
    end: Position
    """Where the chunk behind it begins."""
    rejects_crc: int
    """Checksum of its lines among the rejects."""
    noted: int
    """Bytes of notes of what must come once in the run."""

    @classmethod
    def of(cls, facts: ChunkFacts, taken: Taken, noted: int) -> ChunkResult:
        """A chunk in its place."""
        known = {field.name: getattr(facts, field.name) for field in fields(ChunkFacts)}
        return cls(**known, placed=taken.placed, end=taken.end, rejects_crc=taken.rejects_crc, noted=noted)


class ChunkWork:
    """A chunk on its way through the stages, by which whoever places it has it done."""

    def __init__(self, job: ChunkJob, task: ChunkTask, check: Callable[[], None]) -> None:
        """`check`: called between slabs; raises when the chunk is not wanted any more."""
        self.job, self.task, self.chunk, self.check = job, task, task.chunk, check
        name_worker(f"chunk {self.chunk.number}")
        memory.share(job.chunk_bytes, job.record_bytes)
        self.watch = start_watch(job.profile)
        self.cleaner = Cleaner(job.columns, job.schema)

    def encode(self) -> EncodedChunk:
        """Read, clean and encode it."""
        encoder = Encoder(self.job.sinks, self.job.columns, self.watch)
        for part in self.chunk.parts:
            if self.cleaner.seen:
                leave_buffer()  # the outputs may stand in what the part before was read into
            self.cleaner.enter(part.source)
            self._encode_part(part, encoder)
        return encoder.finish()

    def _encode_part(self, part: Part, encoder: Encoder) -> None:
        with blaming(part.source.path), memory.reading(part.source.path):
            for slab in self.watch.each(WorkerStage.READ, read_slabs(part, self.job.retries)):
                self.check()
                rows = self.cleaner.clean(slab)
                self.watch.lap(WorkerStage.CLEAN)
                if rows is not None:
                    encoder.add(rows)

    def facts(
        self, encoded: EncodedChunk, measured: MeasuredRows, largest: LargestRows, *, told: bool = True
    ) -> ChunkFacts:
        """What is to be known of it, once it is known which of its rows may be among the largest of all.

        `told`: the chunks behind it know these already.
        """
        seen = self.cleaner.seen
        tallied = tally_rows(measured, largest.marks(measured.codes.size))
        origins = [Origin(each.source, each.places) for each in seen]
        candidates, assured = collect_candidates(self.job.measuring, origins, encoded.typed, tallied, self.task.assured)
        self.watch.lap(WorkerStage.TALLY)
        rejects = [reject for each in seen for reject in each.rejects]
        return ChunkFacts(
            number=self.chunk.number,
            cost_bytes=self.chunk.cost_bytes,
            by_source=tuple((each.source, each.counts) for each in seen),
            escapes={place: each for output in encoded.outputs for place, each in output.escapes.items()},
            forms=self.cleaner.satisfied,
            reasons=Counter(reject.reason for reject in rejects),
            repaired=sum((each.repaired for each in seen), Counter()),
            replayed=sum((each.replayed for each in seen), NOT_REPLAYED),
            firsts=_firsts(rejects),
            tally=tallied.tally,
            candidates=candidates,
            assured=assured,
            worker=os.getpid(),
            largest=() if told else largest.sizes,
            profile=self._profile(encoded) if self.job.profile else None,
        )

    def _profile(self, encoded: EncodedChunk) -> WorkerProfile:
        """What the chunk has cost."""
        return WorkerProfile(
            cpu_seconds=self.watch.cpu,
            wait_seconds=self.watch.wall[WorkerStage.WAIT],
            input_bytes=self.chunk.cost_bytes,
            output_bytes=sum(output.size for output in encoded.outputs),
            chunks=1,
        )


def ingest_chunk(job: ChunkJob, task: ChunkTask) -> ChunkResult:
    """Read, clean, encode and place one chunk; see the module."""
    chunk = task.chunk
    with Turns(job.turns_path, job.placed_names) as turns, turns.at_work(chunk.number), stopping.telling(turns.check):
        work = ChunkWork(job, task, turns.check)
        watch, cleaner, encoded = work.watch, work.cleaner, work.encode()
        measured, largest = measure_rows(job.measuring, encoded.typed), LargestSearch(turns, job.measuring)
        largest.look(list(measured.measures.values()))
        watch.lap(WorkerStage.TALLY)
        taken = take_place(
            turns, chunk, cleaner, job.sinks, encoded.outputs, job.rejects_path, watch, largest.take_turn
        )
        write(job.sinks, encoded.outputs, taken.placed)
        noted = keep(job.rejects_path.parent, chunk.number, unique_notes(cleaner.seen), taken.start.rows)
        watch.lap(WorkerStage.PLACE)
    return ChunkResult.of(work.facts(encoded, measured, largest.found), taken, noted)


def _firsts(rejects: Sequence[Reject]) -> dict[str, Reject]:
    """The first reject of each reason, without its bytes, which may be many."""
    return {reject.reason: replace(reject, raw="") for reject in reversed(rejects)}
