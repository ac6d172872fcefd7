"""The ingest as a list: chunks are planned, then read, cleaned, encoded and placed by the workers, then finished.

Follow a chunk: `stages.plan` cuts it, `stages.chunk` takes it through `read`, `clean`, `encode` and `place` in a
worker, and `stages.finish` adds its result to those of the others and closes the outputs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from etl_batch import sentences, stopping
from etl_batch.config import RunConfig
from etl_batch.errors import WorkerLost
from etl_batch.formats.content import changed
from etl_batch.formats.source import Chunk
from etl_batch.parallel.executor import Pool, open_pool
from etl_batch.parallel.lasting import Lasting
from etl_batch.parallel.silence import Silence
from etl_batch.parallel.submission import lost, span
from etl_batch.parallel.turns import Position, Turns
from etl_batch.record.profile import ParentStage
from etl_batch.reject_limits import RejectLimit
from etl_batch.schemas.unique import forget, refuse_repeats
from etl_batch.sinks.sink import Sink
from etl_batch.stages.checkpoints import NOTHING, Checkpoints, Reached
from etl_batch.stages.chunk import ChunkJob, ChunkTask, ingest_chunk
from etl_batch.stages.finish import Digests, Finished, Ingested, finish
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.place import REJECTS
from etl_batch.stages.plan import Plan, cut_chunks
from etl_batch.stages.rejected import refuse_the_whole, refuse_too_many
from etl_batch.stopwatch import STILL, Watch

TURNS = "turns.bin"
SILENT_SECONDS = 10.0
"""A worker that has been silent for so long is spoken of."""


class Observer:
    """Who wants to know how the ingest goes on."""

    def workers_needed(self) -> None:
        """Workers are about to be started: it is better then not to have threads."""

    def workers_started(self) -> None:
        """All workers are there. From here on this process may have threads: a fork is safe only without others."""

    def progressed(self, ingested: Ingested) -> None:
        """A look at what has been seen so far: at the start, and several times a second."""

    def silent(self, seconds: float) -> None:
        """How long a worker has given no sign of life; 0 while none is silent for long."""

    def lost(self, error: WorkerLost) -> None:
        """A worker was lost; what it was at is done again by others."""

    def closing(self, ingested: Ingested) -> None:
        """All chunks are in place; the outputs are about to be closed."""


def ingest(
    plan: Plan,
    config: RunConfig,
    measuring: Measuring,
    sinks: tuple[Sink, ...],
    rejects: Path,
    deadline: float,
    observer: Observer,
    watch: Watch = STILL,
    checkpoints: Checkpoints | None = None,
    before: Reached = NOTHING,
) -> Finished:
    """Run all chunks over the workers and close the sinks. `rejects`: the file that dead letters go to; `watch`: what
    this thread has to do with each stage is a lap; `before`: what a killed run has done of it.

    Raises what a worker raised, `WorkerFailed` when too many were lost, `TooManyRejects` past the limit, `TimedOut`
    past the monotonic `deadline`.
    """
    ingested = Ingested(plan, measuring, span=span(config.workers))
    limit = RejectLimit.of(config.max_rejects)
    job = _job(plan, config, measuring, sinks, rejects)
    start = Position({}) if before.results else _begin(plan, sinks, rejects)
    for result in before.results:
        ingested.add(result)
    care = Care(ingested, job, ingested.end or start, config.stall_timeout, observer, checkpoints)
    observer.progressed(ingested)
    with ExitStack() as stack:
        stack.callback(care.end)
        stack.enter_context(stopping.before(deadline))
        stack.callback(forget, rejects.parent)
        digests = stack.enter_context(Digests(sinks, before.prefixes))
        if before.results:
            care.begin_again(len(before.results))
        cut = islice(cut_chunks(plan, config), len(before.results), None)
        chunks = watch.each(ParentStage.CUT, cut, before=ParentStage.HAND_OUT)
        opening = partial(_open, config.cluster, care, digests, watch)
        work = partial(ingest_chunk, job)
        lasting = Lasting(opening, work, chunks, care, config.workers, care.look, len(before.results))
        with stopping.held(), closing(lasting.results()) as results:
            for result in watch.each(ParentStage.HAND_OUT, results):
                for source, _ in result.by_source:
                    changed(plan.sources[source].content)  # what was replaced is not read to its end
                ingested.add(result)
                refuse_too_many(ingested, limit, rejects)
                digests.advance(result.placed)
                if checkpoints is not None:
                    checkpoints.add(result, digests.new_marks())
                watch.lap(ParentStage.COLLECT)
        stopping.check()
        refuse_the_whole(ingested, limit, rejects)
        if plan.schema is not None:
            paths = [source.path for source in plan.sources]
            refuse_repeats(rejects.parent, plan.schema, paths, lambda: care.look(()))
        observer.closing(ingested)
        finished = finish(ingested, sinks, digests)
        watch.lap(ParentStage.FINISH)
        watch.add(ParentStage.DIGESTS, digests.cpu_seconds)
        return finished


@contextmanager
def _open(cluster: str | None, care: Care, digests: Digests, watch: Watch, workers: int) -> Iterator[Pool]:
    """The workers, forked while this process has no other thread, and from then on those threads."""
    digests.close()
    care.observer.workers_needed()
    with open_pool(workers, cluster) as pool, care.abandoning():
        care.observer.workers_started()
        digests.start()
        watch.lap(ParentStage.START)
        yield pool


class Care:
    """What one pass does for its workers: hands out chunks, looks for signs of life, and begins again after a loss."""

    def __init__(
        self,
        ingested: Ingested,
        job: ChunkJob,
        start: Position,
        stall_timeout: float,
        observer: Observer,
        checkpoints: Checkpoints | None,
    ) -> None:
        self.checkpoints = checkpoints
        self.ingested, self.job, self.observer = ingested, job, observer
        self.start, self.stall_timeout = start, stall_timeout
        self.turns = Turns.begin(job.turns_path, start)
        self.silence = Silence(self.turns)

    def task(self, piece: Chunk, number: int) -> ChunkTask:
        """See `lasting.Care`."""
        self.turns.expect(number)
        return self.ingested.task(replace(piece, number=number))

    def look(self, running: Sequence[int]) -> None:
        """Several times a second. Raises what ends the run, and `WorkerLost` for a worker that hangs."""
        stopping.check()
        self.observer.progressed(self.ingested)
        if self.job.watched:
            silent = self.silence.seconds(running)
            self.observer.silent(silent if silent > SILENT_SECONDS else 0.0)
            if silent > self.stall_timeout:
                raise lost(sentences.runs.HUNG.format(seconds=self.stall_timeout))

    def begin_again(self, number: int) -> None:
        """See `lasting.Care`: the files end where the results end that are in, and the next turn is theirs."""
        end = self.ingested.end or self.start
        for sink in self.job.sinks:
            sink.cut_off(end.offsets[sink.name])
        os.truncate(self.job.rejects_path, end.offsets[REJECTS])
        forget(self.job.rejects_path.parent, number)
        self.turns.begin_again(number, end)
        self.silence = Silence(self.turns)

    def halves(self, piece: Chunk, why: str) -> Sequence[Chunk]:
        """See `lasting.Care`."""
        if self.checkpoints is not None:
            self.checkpoints.stop()
        return piece.halves(why)

    def lost(self, error: WorkerLost) -> None:
        """See `lasting.Care`."""
        self.ingested.lost.append(error.reason)
        self.observer.lost(error)

    @contextmanager
    def abandoning(self) -> Iterator[None]:
        """Let the workers, who may be waiting for a turn, stop before the pool waits for them."""
        try:
            yield
        except BaseException:
            self.turns.abandon()
            raise

    def end(self) -> None:
        """The pass is over."""
        self.turns.close()
        self.turns.path.unlink(missing_ok=True)


def _begin(plan: Plan, sinks: tuple[Sink, ...], rejects: Path) -> Position:
    """Everything that is written before the first chunk; returns where that begins."""
    starts = {sink.name: sink.begin(plan.columns) for sink in sinks}
    rejects.write_bytes(b"")  # there may be those of a pass that was given up
    return Position({REJECTS: 0, **starts})


def _job(plan: Plan, config: RunConfig, measuring: Measuring, sinks: tuple[Sink, ...], rejects: Path) -> ChunkJob:
    """What all chunks have in common."""
    return ChunkJob(
        plan.columns,
        sinks,
        rejects,
        rejects.with_name(TURNS),
        measuring,
        config.retries,
        plan.schema,
        config.chunk_bytes,
        config.max_record_bytes,
        config.profile,
        watched=config.cluster is None,  # another machine has another clock
    )
