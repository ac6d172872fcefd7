"""The ingest as a list: chunks are planned, then read, cleaned, encoded and placed by the workers, then finished.

Follow a chunk: `stages.plan` cuts it, `stages.chunk` takes it through `read`, `clean`, `encode` and `place` in a
worker, and `stages.finish` adds its result to those of the others and closes the outputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

from etl_batch import stopping
from etl_batch.config import RunConfig
from etl_batch.formats.content import changed
from etl_batch.formats.reading import READ_RETRIES
from etl_batch.parallel.elsewhere import Elsewhere
from etl_batch.parallel.executor import Pool, open_pool
from etl_batch.parallel.lasting import Lasting
from etl_batch.parallel.submission import span
from etl_batch.record.profile import ParentStage
from etl_batch.reject_limits import RejectLimit
from etl_batch.runs.record.uploading import Uploading
from etl_batch.schemas.unique import forget, refuse_repeats
from etl_batch.sinks.sink import Sink
from etl_batch.stages.care import ChunkCare, Observer, TurnsCare
from etl_batch.stages.checkpoints import NOTHING, Checkpoints, Reached
from etl_batch.stages.chunk import ChunkJob
from etl_batch.stages.finish import Digests, Finished, Ingested, finish
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.plan import Plan, cut_chunks
from etl_batch.stages.rejected import refuse_the_whole, refuse_too_many
from etl_batch.stopwatch import STILL, Watch

TURNS = "turns.bin"


class Follower(Protocol):
    """Who has threads that follow what is in place."""

    def start(self) -> None:
        """Begin, or go on."""

    def close(self) -> None:
        """Stop: no thread is left."""


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
    uploads: Uploading | None = None,
) -> Finished:
    """Run all chunks over the workers and close the sinks. `rejects`: the file that dead letters go to; `watch`: what
    this thread has to do with each stage is a lap; `before`: what a killed run has done of it; `uploads`: those of
    outputs that are objects.

    Raises what a worker raised, `WorkerFailed` when too many were lost, `TooManyRejects` past the limit, `TimedOut`
    past the monotonic `deadline`.
    """
    workers = _at_once(config)
    ingested = Ingested(plan, measuring, span=span(workers))
    limit, job = RejectLimit.of(config.max_rejects), _job(plan, config, measuring, sinks, rejects)
    with ExitStack() as stack:
        care = stack.enter_context(_care(job, ingested, before, observer, config, checkpoints))
        observer.progressed(ingested)
        stack.enter_context(stopping.before(deadline))
        stack.callback(forget, rejects.parent)
        digests = Digests(sinks, before.prefixes)
        if checkpoints is not None:
            stack.callback(lambda: checkpoints.end(digests.new_marks()))  # once they are closed
        stack.enter_context(digests)
        elsewhere = Elsewhere(workers, lambda: care.look(()))
        cut = islice(cut_chunks(plan, config, elsewhere.each), len(before.results), None)
        chunks = watch.each(ParentStage.CUT, cut, before=ParentStage.HAND_OUT)
        followers: list[Follower] = [digests] if uploads is None else [digests, uploads]
        opening = partial(_open, config, care, followers, watch, elsewhere)
        lasting = Lasting(opening, care.work(), chunks, care, workers, care.look, len(before.results))
        with stopping.held(), closing(lasting.results()) as results:
            for each in watch.each(ParentStage.HAND_OUT, results):
                result = care.placed(each)
                for source, _ in result.by_source:
                    changed(plan.sources[source].content)  # what was replaced is not read to its end
                ingested.add(result)
                refuse_too_many(ingested, limit, rejects)
                digests.advance(result.placed)
                if uploads is not None:
                    uploads.advance({sink.file: each.end for sink, each in zip(sinks, result.placed, strict=True)})
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


def _at_once(config: RunConfig) -> int:
    """How many chunks are worked at at once: by processes of this machine, or one by each worker of a cluster."""
    if config.cluster is None:
        return config.workers
    from etl_batch.parallel.cluster import at_once  # few runs have one

    return at_once(config.cluster)


def _care(
    job: ChunkJob,
    ingested: Ingested,
    before: Reached,
    observer: Observer,
    config: RunConfig,
    checkpoints: Checkpoints | None,
) -> ChunkCare:
    """The workers of this machine place their chunks themselves; what comes from a cluster is placed here."""
    if config.cluster is not None:
        return ChunkCare(job, ingested, before, observer, checkpoints)
    return TurnsCare(job, ingested, before, observer, checkpoints, config.stall_timeout)


@contextmanager
def _open(
    config: RunConfig,
    care: ChunkCare,
    followers: Sequence[Follower],
    watch: Watch,
    elsewhere: Elsewhere,
    workers: int,
) -> Iterator[Pool]:
    """The workers, forked while this process has no other thread, and from then on those threads."""
    for each in followers:
        each.close()
    care.observer.workers_needed()
    if config.cluster is None:
        opened: AbstractContextManager[Pool] = open_pool(workers)
    else:
        from etl_batch.parallel.cluster import open_cluster  # few runs have one

        opened = open_cluster(config.cluster, config.stall_timeout, care.lost, care.observer.cluster_seen)
    with opened as pool, care.abandoning():
        care.observer.workers_started()
        for each in followers:
            each.start()
        watch.lap(ParentStage.START)
        elsewhere.pool = pool
        try:
            yield pool
        finally:
            elsewhere.pool = None


def _job(plan: Plan, config: RunConfig, measuring: Measuring, sinks: tuple[Sink, ...], rejects: Path) -> ChunkJob:
    """What all chunks have in common."""
    return ChunkJob(
        plan.columns,
        sinks,
        rejects,
        rejects.with_name(TURNS),
        measuring,
        READ_RETRIES if config.retries is None else config.retries,
        plan.schema,
        config.chunk_bytes,
        config.max_record_bytes,
        config.profile,
    )
