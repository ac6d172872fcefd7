"""The ingest as a list: chunks are planned, then read, cleaned, encoded and placed by the workers, then finished.

Follow a chunk: `stages.plan` cuts it, `stages.chunk` takes it through `read`, `clean`, `encode` and `place` in a
worker, and `stages.finish` adds its result to those of the others and closes the outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from etl_batch import stopping
from etl_batch.config import RunConfig
from etl_batch.formats.content import changed
from etl_batch.parallel.executor import open_pool
from etl_batch.parallel.submission import in_order, span, worker_deaths
from etl_batch.parallel.turns import Position, Turns
from etl_batch.record.profile import ParentStage
from etl_batch.reject_limits import RejectLimit
from etl_batch.schemas.unique import forget, refuse_repeats
from etl_batch.sinks.sink import Sink
from etl_batch.stages.chunk import ChunkJob, ingest_chunk
from etl_batch.stages.finish import Digests, Finished, Ingested, finish
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.place import REJECTS
from etl_batch.stages.plan import Plan, cut_chunks
from etl_batch.stages.rejected import refuse_the_whole, refuse_too_many
from etl_batch.stopwatch import STILL, Watch

TURNS = "turns.bin"


class Observer:
    """Who wants to know how the ingest goes on."""

    def workers_started(self) -> None:
        """All workers are there. From here on this process may have threads: a fork is safe only without others."""

    def progressed(self, ingested: Ingested) -> None:
        """A look at what has been seen so far: at the start, and several times a second."""

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
) -> Finished:
    """Run all chunks over the workers and close the sinks. `rejects`: the file that dead letters go to; `watch`: what
    this thread has to do with each stage is a lap.

    Raises what a worker raised, `WorkerFailed` when one died, `TooManyRejects` past the limit, `TimedOut` past the
    monotonic `deadline`.
    """
    ingested = Ingested(plan, measuring, span=span(config.workers))
    limit = RejectLimit.of(config.max_rejects)

    def poll() -> None:
        stopping.check()
        observer.progressed(ingested)

    job, turns = _begin(plan, config, measuring, sinks, rejects)
    observer.progressed(ingested)
    with ExitStack() as stack:
        stack.callback(_end, turns)
        stack.enter_context(stopping.before(deadline))
        stack.callback(forget, rejects.parent)
        with stopping.held(), worker_deaths(), open_pool(config.workers, config.cluster) as pool, _abandoning(turns):
            observer.workers_started()
            digests = stack.enter_context(Digests(sinks))
            work = partial(ingest_chunk, job)
            watch.lap(ParentStage.START)
            chunks = watch.each(ParentStage.CUT, cut_chunks(plan, config), before=ParentStage.HAND_OUT)
            results = in_order(pool, work, map(ingested.task, chunks), config.workers, poll)
            for result in watch.each(ParentStage.HAND_OUT, results):
                for source, _ in result.by_source:
                    changed(plan.sources[source].content)  # what was replaced is not read to its end
                ingested.add(result)
                refuse_too_many(ingested, limit, rejects)
                digests.advance(result.placed)
                watch.lap(ParentStage.COLLECT)
        stopping.check()
        refuse_the_whole(ingested, limit, rejects)
        if plan.schema is not None:
            refuse_repeats(rejects.parent, plan.schema, [source.path for source in plan.sources], poll)
        observer.closing(ingested)
        finished = finish(ingested, sinks, digests)
        watch.lap(ParentStage.FINISH)
        watch.add(ParentStage.DIGESTS, digests.cpu_seconds)
        return finished


@contextmanager
def _abandoning(turns: Turns) -> Iterator[None]:
    """Let the workers, who may be waiting for a turn, stop before the pool waits for them."""
    try:
        yield
    except BaseException:
        turns.abandon()
        raise


def _end(turns: Turns) -> None:
    turns.close()
    turns.path.unlink(missing_ok=True)


def _begin(
    plan: Plan, config: RunConfig, measuring: Measuring, sinks: tuple[Sink, ...], rejects: Path
) -> tuple[ChunkJob, Turns]:
    """Everything that is written before the first chunk, and what all chunks have in common."""
    starts = {sink.name: sink.begin(plan.columns) for sink in sinks}
    rejects.write_bytes(b"")  # there may be those of a pass that was given up
    turns = Turns.begin(rejects.with_name(TURNS), Position({REJECTS: 0, **starts}))
    return ChunkJob(
        plan.columns,
        sinks,
        rejects,
        turns.path,
        measuring,
        config.retries,
        plan.schema,
        config.chunk_bytes,
        config.max_record_bytes,
        config.profile,
    ), turns
