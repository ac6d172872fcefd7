"""A worker's whole task: read one chunk, clean it, encode it, and put it in its place.

`ingest_chunk` is a free function with picklable arguments. Rows never leave the process: what goes back to the parent
is the `ChunkResult` (counts, sums, sample candidates, footers).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etl_batch.analytics.tally import StratumTally
from etl_batch.columns.schema import OutputColumn
from etl_batch.errors import OutputFailed
from etl_batch.formats.source import Chunk, renumber
from etl_batch.model import Counts
from etl_batch.parallel.executor import name_worker
from etl_batch.parallel.turns import Position, Turns
from etl_batch.sinks import parquet_file as columnar
from etl_batch.stages.encode import Encoded, Encoder
from etl_batch.stages.read import read_slabs
from etl_batch.stages.sample import Candidates, Measuring, collect_candidates, tally_rows


@dataclass(frozen=True, slots=True)
class Job:
    """What all chunks of a run have in common."""

    columns: tuple[OutputColumn, ...]
    csv_path: Path | None
    parquet_path: Path | None
    rejects_path: Path
    turns_path: Path
    measuring: Measuring
    retries: int


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What the parent learns of a chunk."""

    number: int
    source: int
    cost_bytes: int
    counts: Counts
    csv_end: int
    parquet_end: int
    escaped_cells: int
    forms: tuple[int, ...]
    row_groups: tuple[columnar.RowGroup, ...]
    from_text: tuple[bool, ...]
    reasons: Counter[str]
    tally: StratumTally
    candidates: tuple[Candidates, ...]
    worker: int


def ingest_chunk(job: Job, chunk: Chunk) -> ChunkResult:
    """Read, clean, encode and place one chunk; see the module."""
    name_worker(f"chunk {chunk.number}")
    with Turns(job.turns_path) as turns:
        encoder = Encoder(job.columns, chunk, csv=job.csv_path is not None, parquet=job.parquet_path is not None)
        for slab in read_slabs(chunk, job.retries):
            turns.check()
            encoder.add(slab)
        encoded = encoder.finish()
        tallied = tally_rows(job.measuring, encoded)
        start, end = _take_place(job, chunk, encoded, turns)
    _write(job, encoded, start)
    return ChunkResult(
        number=chunk.number,
        source=chunk.source.ordinal,
        cost_bytes=chunk.cost_bytes,
        counts=Counts(encoded.records, encoded.rows, len(encoded.rejects), encoded.skipped),
        csv_end=end.csv,
        parquet_end=end.parquet,
        escaped_cells=encoded.escaped,
        forms=tuple(encoder.forms),
        row_groups=_placed_groups(encoded, start.parquet),
        from_text=encoder.from_text,
        reasons=Counter(reject.reason for reject in encoded.rejects),
        tally=tallied.tally,
        candidates=collect_candidates(
            job.measuring, chunk.source.ordinal, encoded, tallied, start.rows, encoder.from_text
        ),
        worker=os.getpid(),
    )


def _take_place(job: Job, chunk: Chunk, encoded: Encoded, turns: Turns) -> tuple[Position, Position]:
    """Wait for the turn, number the rejects, reserve the ranges and pass the turn on."""
    start = turns.wait_for(chunk.number).entering(chunk.source.ordinal)
    encoded.rejects = renumber(encoded.rejects, start.records)
    lines = "".join(json.dumps(reject.to_json(), ensure_ascii=False) + "\n" for reject in encoded.rejects)
    reject_bytes = lines.encode("utf-8", "backslashreplace")
    parquet_bytes = sum(len(part.body) for part in encoded.bodies)
    end = Position(
        start.csv + encoded.csv_bytes,
        start.parquet + parquet_bytes,
        start.rejects + len(reject_bytes),
        start.source,
        start.records + encoded.records,
        start.rows + encoded.rows,
    )
    turns.pass_on(chunk.number, end)
    _place(job.rejects_path, [reject_bytes] if reject_bytes else [], start.rejects)
    return start, end


def _write(job: Job, encoded: Encoded, start: Position) -> None:
    if job.csv_path is not None:
        _place(job.csv_path, encoded.csv, start.csv)
    if job.parquet_path is not None:
        _place(job.parquet_path, [part.body for part in encoded.bodies], start.parquet)


def _place(path: Path, parts: Sequence[memoryview | bytes], offset: int) -> None:
    """Write the parts one after the other from `offset` on."""
    if not parts:
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            for part in parts:
                view = memoryview(part)
                while len(view):
                    written = os.pwrite(descriptor, view, offset)
                    offset += written
                    view = view[written:]
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputFailed(
            f"{path.parent}: the output could not be written ({error.strerror}). "
            "Free space there, or choose another folder; the previous output is untouched."
        ) from error


def _placed_groups(encoded: Encoded, start: int) -> tuple[columnar.RowGroup, ...]:
    placed = []
    for group, part in zip(encoded.groups, encoded.bodies, strict=True):
        placed.append(group.placed(start))
        start += len(part.body)
    return tuple(placed)
