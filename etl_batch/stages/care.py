"""What a pass does for its workers: it hands out chunks, looks for signs of life, and begins again after a loss."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from etl_batch import sentences, stopping
from etl_batch.errors import WorkerLost
from etl_batch.formats.source import Chunk
from etl_batch.parallel.silence import Silence
from etl_batch.parallel.submission import lost
from etl_batch.parallel.turns import Position, Turns
from etl_batch.schemas.unique import forget
from etl_batch.stages.checkpoints import Checkpoints, Reached
from etl_batch.stages.chunk import ChunkJob, ChunkTask
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

    def closing(self, ingested: Ingested) -> None:
        """All chunks are in place; the outputs are about to be closed."""


class ChunkCare:
    """The `lasting.Care` of the chunks of one run. A context that ends it."""

    def __init__(
        self,
        job: ChunkJob,
        ingested: Ingested,
        before: Reached,
        observer: Observer,
        stall_timeout: float,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """`before`: what a killed run has done of it, which is taken in; else the outputs and the rejects are begun."""
        self.job, self.ingested, self.observer = job, ingested, observer
        self.stall_timeout, self.checkpoints = stall_timeout, checkpoints
        for result in before.results:
            ingested.add(result)
        self.start = ingested.end or self._begin()
        self.turns = Turns.begin(job.turns_path, self.start)
        self.silence = Silence(self.turns)
        if before.results:
            self.begin_again(len(before.results))

    def __enter__(self) -> ChunkCare:
        return self

    def __exit__(self, *_: object) -> None:
        if self.checkpoints is not None:
            self.checkpoints.stop()
        self.turns.close()
        self.turns.path.unlink(missing_ok=True)

    def _begin(self) -> Position:
        """Write everything that stands before the first chunk; returns where that begins."""
        starts = {sink.name: sink.begin(self.job.columns) for sink in self.job.sinks}
        self.job.rejects_path.write_bytes(b"")  # there may be those of a pass that was given up
        return Position({REJECTS: 0, **starts})

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
