"""What a pass does for its workers: it hands out chunks, looks for signs of life, and begins again after a loss."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Self

from etl_batch import sentences, stopping
from etl_batch.errors import WorkerLost
from etl_batch.formats.source import Chunk
from etl_batch.parallel.executor import lost
from etl_batch.parallel.silence import Silence
from etl_batch.parallel.turns import Position, Turns
from etl_batch.record.cluster import ClusterWorker
from etl_batch.schemas.unique import forget
from etl_batch.stages.carry import carry_chunk, place_carried
from etl_batch.stages.checkpoints import Checkpoints, Reached
from etl_batch.stages.chunk import ChunkJob, ChunkResult, ChunkTask, ingest_chunk
from etl_batch.stages.finish import Ingested
from etl_batch.stages.place import REJECTS

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

    def cluster_seen(self, workers: tuple[ClusterWorker, ...]) -> None:
        """The workers of the cluster that are there, once a second."""

    def closing(self, ingested: Ingested) -> None:
        """All chunks are in place; the outputs are about to be closed."""


class ChunkCare:
    """The `lasting.Care` of the chunks of one run. A context that ends it.

    By itself it is that of chunks which come carried, see `stages.carry`.
    """

    def __init__(
        self,
        job: ChunkJob,
        ingested: Ingested,
        before: Reached,
        observer: Observer,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """`before`: what a killed run has done of it, which is taken in; else the outputs and the rejects are begun."""
        self.job, self.ingested, self.observer, self.checkpoints = job, ingested, observer, checkpoints
        for result in before.results:
            ingested.add(result)
        self.start = ingested.end or self._begin()
        if before.results:
            self.cut_off(len(before.results))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.checkpoints is not None:
            self.checkpoints.stop()

    def _begin(self) -> Position:
        """Write everything that stands before the first chunk; returns where that begins."""
        starts = {sink.name: sink.begin(self.job.columns) for sink in self.job.sinks}
        self.job.rejects_path.write_bytes(b"")  # there may be those of a pass that was given up
        return Position({REJECTS: 0, **starts})

    @property
    def end(self) -> Position:
        """Where the chunks end that are in."""
        return self.ingested.end or self.start

    def task(self, piece: Chunk, number: int) -> ChunkTask:
        """See `lasting.Care`."""
        parts = tuple(replace(part, source=part.source.relinked()) for part in piece.parts)
        return self.ingested.task(replace(piece, number=number, parts=parts))

    def work(self) -> Callable[[ChunkTask], Any]:
        """What a worker does with a task."""
        return partial(carry_chunk, self.job)

    def placed(self, result: Any) -> ChunkResult:
        """The next chunk in its place, given what a worker has made of it. Raises `OutputFailed`."""
        return place_carried(self.job, result, self.end)

    def look(self, running: Sequence[int]) -> None:  # noqa: ARG002 - whoever has the workers knows how they are
        """Several times a second. Raises what ends the run."""
        stopping.check()
        self.observer.progressed(self.ingested)

    def begin_again(self, number: int) -> None:
        """See `lasting.Care`: all ends where the results end that are in."""
        self.cut_off(number)

    def cut_off(self, number: int) -> None:
        """Forget what stands behind the first chunks, so many."""
        for sink in self.job.sinks:
            sink.cut_off(self.end.offsets[sink.name])
        os.truncate(self.job.rejects_path, self.end.offsets[REJECTS])
        forget(self.job.rejects_path.parent, number)

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
        """Let the workers stop, where they can be told to, before the pool waits for them."""
        yield


class TurnsCare(ChunkCare):
    """That of chunks which the workers of this machine place in turns."""

    def __init__(
        self,
        job: ChunkJob,
        ingested: Ingested,
        before: Reached,
        observer: Observer,
        checkpoints: Checkpoints | None,
        stall_timeout: float,
    ) -> None:
        super().__init__(job, ingested, before, observer, checkpoints)
        self.stall_timeout = stall_timeout
        self.turns = Turns.begin(job.turns_path, self.start)
        self.silence = Silence(self.turns)
        if before.results:
            self.turns.begin_again(len(before.results), self.end)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.turns.close()
        self.turns.path.unlink(missing_ok=True)

    def task(self, piece: Chunk, number: int) -> ChunkTask:
        """See `lasting.Care`."""
        self.turns.expect(number)
        return super().task(piece, number)

    def work(self) -> Callable[[ChunkTask], Any]:
        """See `ChunkCare`."""
        return partial(ingest_chunk, self.job)

    def placed(self, result: Any) -> ChunkResult:
        """See `ChunkCare`: the worker has placed it."""
        assert isinstance(result, ChunkResult)
        return result

    def look(self, running: Sequence[int]) -> None:
        """See `ChunkCare`; raises `WorkerLost` for a worker that hangs."""
        super().look(running)
        silent = self.silence.seconds(running)
        self.observer.silent(silent if silent > SILENT_SECONDS else 0.0)
        if silent > self.stall_timeout:
            raise lost(sentences.runs.HUNG.format(seconds=self.stall_timeout))

    def begin_again(self, number: int) -> None:
        """See `lasting.Care`: and the next turn is theirs."""
        super().begin_again(number)
        self.turns.begin_again(number, self.end)
        self.silence = Silence(self.turns)

    @contextmanager
    def abandoning(self) -> Iterator[None]:
        """Let the workers, who may be waiting for a turn, stop before the pool waits for them."""
        try:
            yield
        except BaseException:
            self.turns.abandon()
            raise
