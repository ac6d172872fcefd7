"""The stages of the ingest in order, and nothing else: plan, read, clean, encode, place, finish."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from etl_batch import stopping
from etl_batch.config import RunConfig
from etl_batch.errors import EtlError, OutputFailed, TimedOut, TooManyRejects, WorkerFailed
from etl_batch.formats.source import Chunk
from etl_batch.parallel.executor import Pool, open_pool
from etl_batch.parallel.turns import Abandoned, Position, Turns
from etl_batch.sinks.csv_file import header_line
from etl_batch.sinks.parquet_file import MAGIC, load_format
from etl_batch.sinks.publish import Digest, Staged
from etl_batch.stages.finish import Ingested, close_parquet
from etl_batch.stages.ingest import ChunkResult, Job, ingest_chunk
from etl_batch.stages.plan import Plan, cut_chunks
from etl_batch.stages.sample import Measuring

_TICK_SECONDS = 0.25
_AHEAD = 2
"""Chunks that wait for a worker, so that none is ever idle for want of one."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The staged outputs of a run; None for one that is not wanted."""

    csv: Staged | None
    parquet: Staged | None

    @property
    def staged(self) -> list[Staged]:
        """Those that there are."""
        return [output for output in (self.csv, self.parquet) if output is not None]


@dataclass(frozen=True, slots=True)
class Finished:
    """The ingest's end: what was seen, and size and digest of each staged output."""

    ingested: Ingested
    sizes: dict[str, int]
    digests: dict[str, str]


Tick = Callable[[Ingested], None]


def ingest(
    plan: Plan, config: RunConfig, measuring: Measuring, outputs: Outputs, rejects: Path, deadline: float, tick: Tick
) -> Finished:
    """Run all chunks over the workers and close the outputs. `tick` is called a few times a second.

    Raises what a worker raised; `WorkerFailed` when one died, `TimedOut` past the monotonic `deadline`.
    """
    job, turns = _prepare(plan, config, measuring, outputs, rejects)
    ingested = Ingested(plan, measuring)
    digests: dict[str, Digest] = {}
    tick(ingested)
    try:
        with stopping.held(), open_pool(config.workers, config.cluster) as pool:
            ingested.forked = True
            tick(ingested)
            for result in _results(
                pool, job, cut_chunks(plan, config), config.workers, turns, deadline, ingested, tick
            ):
                ingested.add(result)
                _refuse_too_many(ingested, config.max_rejects, rejects)
                # The digests' threads start after the workers were forked.
                digests = digests or _digests(outputs)
                _advance(digests, ingested)
        stopping.check()
        ingested.closing = True
        tick(ingested)
        return _close(ingested, outputs, digests or _digests(outputs))
    except BaseException as error:
        turns.abandon()
        for digest in digests.values():
            digest.close()
        if isinstance(error, BrokenProcessPool):  # noticed while the workers were started
            raise _worker_died() from error
        raise
    finally:
        turns.close()
        turns.path.unlink(missing_ok=True)


def _refuse_too_many(ingested: Ingested, limit: int | None, rejects: Path) -> None:
    if limit is not None and ingested.counts.rejected > limit:
        raise TooManyRejects(
            f"More than --max-rejects {limit} records were rejected; nothing was published. "
            f"Read {rejects} for the reasons, or raise the limit.",
            rejected=ingested.counts.rejected,
        )


def _prepare(plan: Plan, config: RunConfig, measuring: Measuring, outputs: Outputs, rejects: Path) -> tuple[Job, Turns]:
    header = header_line(plan.names)
    _write_start(outputs.csv, header)
    _write_start(outputs.parquet, MAGIC)
    rejects.touch()
    load_format()
    turns = Turns.begin(rejects.with_name("turns.bin"), Position(csv=len(header), parquet=len(MAGIC)))
    job = Job(
        columns=plan.columns,
        csv_path=outputs.csv.staged if outputs.csv else None,
        parquet_path=outputs.parquet.staged if outputs.parquet else None,
        rejects_path=rejects,
        turns_path=turns.path,
        measuring=measuring,
        retries=config.retries,
    )
    return job, turns


def _write_start(output: Staged | None, start: bytes) -> None:
    if output is None:
        return
    try:
        output.staged.write_bytes(start)
    except OSError as error:
        raise OutputFailed(f"{output.target} cannot be written ({error.strerror}). Free space there.") from error


def _results(
    pool: Pool,
    job: Job,
    chunks: Iterator[Chunk],
    workers: int,
    turns: Turns,
    deadline: float,
    ingested: Ingested,
    tick: Tick,
) -> Iterator[ChunkResult]:
    """The results in chunk order. Chunks are started in order, a few ahead of the workers, so memory stays bounded."""
    running: dict[Future[ChunkResult], int] = {}
    done: dict[int, ChunkResult] = {}
    wanted, exhausted = 0, False
    try:
        while True:
            while not exhausted and len(running) < workers + _AHEAD:
                chunk = next(chunks, None)
                if chunk is None:
                    exhausted = True
                else:
                    running[pool.executor.submit(ingest_chunk, job, chunk)] = chunk.number
            if not running:
                return
            finished, _ = wait(running, timeout=_TICK_SECONDS, return_when=FIRST_COMPLETED)
            stopping.check()
            _raise_first(finished)
            for future in finished:
                done[running.pop(future)] = future.result()
            while wanted in done:
                yield done.pop(wanted)
                wanted += 1
            tick(ingested)
            if pool.broken:
                raise _worker_died()
            if time.monotonic() > deadline:
                raise TimedOut("The run took longer than --timeout allows; nothing was published. Raise the limit.")
    except BrokenProcessPool as error:  # noticed while a chunk was handed over
        turns.abandon()
        raise _worker_died() from error
    except BaseException:
        turns.abandon()
        raise


def _worker_died() -> WorkerFailed:
    return WorkerFailed(
        "A worker process died (it was killed, or the machine ran out of memory); nothing was published. "
        "Try fewer --workers or smaller --chunk-bytes."
    )


def _raise_first(finished: set[Future[ChunkResult]]) -> None:
    """Raise the reason of a failed run: a worker's own error rather than the `Abandoned` of those it stopped."""
    errors = [error for error in (future.exception() for future in finished) if error is not None]
    errors.sort(key=lambda error: isinstance(error, Abandoned))
    if not errors:
        return
    if isinstance(errors[0], EtlError):
        raise errors[0]
    if isinstance(errors[0], BrokenProcessPool):
        raise _worker_died() from errors[0]
    raise WorkerFailed(
        f"A worker process failed: {type(errors[0]).__name__}: {errors[0]}. This is a bug; the log has the details."
    ) from errors[0]


def _digests(outputs: Outputs) -> dict[str, Digest]:
    names = (("csv", outputs.csv), ("parquet", outputs.parquet))
    return {name: Digest(output.staged) for name, output in names if output is not None}


def _advance(digests: dict[str, Digest], ingested: Ingested) -> None:
    for name, end in (("csv", ingested.csv_end), ("parquet", ingested.parquet_end)):
        if name in digests:
            digests[name].advance(end)


def _close(ingested: Ingested, outputs: Outputs, digests: dict[str, Digest]) -> Finished:
    sizes: dict[str, int] = {}
    if outputs.csv is not None:
        sizes["csv"] = outputs.csv.staged.stat().st_size
    if outputs.parquet is not None:
        try:
            sizes["parquet"] = close_parquet(ingested, outputs.parquet.staged)
        except OSError as error:
            raise OutputFailed(
                f"{outputs.parquet.target} cannot be written ({error.strerror}). Free space there."
            ) from error
    return Finished(ingested, sizes, {name: digests[name].finish(size) for name, size in sizes.items()})
