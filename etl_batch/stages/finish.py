"""The last stage: what all chunks have seen, added up, and every sink closed with the final types."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from etl_batch.analytics.largest import LargestSizes
from etl_batch.analytics.sampling import Assured
from etl_batch.analytics.tally import StratumTally
from etl_batch.columns import text_forms
from etl_batch.columns.schema import settle
from etl_batch.files.digest import Digest, Mark, Prefix
from etl_batch.formats.source import Chunk
from etl_batch.model import NOT_REPLAYED, Counts, Escapes, Reject, Replayed
from etl_batch.parallel.executor import give_back_memory
from etl_batch.parallel.turns import Position
from etl_batch.record.profile import WorkerProfile
from etl_batch.sinks.sink import FinalColumns, PlacedChunk, Sealed, Sink
from etl_batch.stages.chunk import ChunkResult, ChunkTask
from etl_batch.stages.measure.candidates import Candidates, thin_candidates
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.plan import Plan

_STRATA_AT_ONCE = 8_000
"""Strata of chunks that are added up at once: so that few chunks with many of them wait for it."""
THIN_ROWS = 100_000
"""Candidates that are held before they are thinned out for the first time."""


@dataclass
class Ingested:
    """Everything the pass has seen, added up chunk by chunk in input order."""

    plan: Plan
    measuring: Measuring
    counts: Counts = field(default_factory=Counts)
    by_source: dict[int, Counts] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    repaired: Counter[str] = field(default_factory=Counter)
    """Rows of odd width that were mended, by how."""
    replayed: Replayed = NOT_REPLAYED
    firsts: dict[str, Reject] = field(default_factory=dict)
    """By reason the first reject, without its bytes."""
    escapes: dict[int, Escapes] = field(default_factory=dict)
    """By the place of the column."""
    placed: list[tuple[PlacedChunk, ...]] = field(default_factory=list)
    """By chunk, its ranges in the files of the sinks."""
    candidates: list[Candidates] = field(default_factory=list)
    forms: list[int] = field(default_factory=list)
    bytes_done: int = 0
    chunks: int = 0
    held: int = 0
    """Sample candidates held at present, in rows."""
    kept: int = 0
    """Those that were left when they were last thinned out."""
    profiles: dict[int, WorkerProfile] = field(default_factory=dict)
    """By the worker's process id, when they are wanted."""
    end: Position | None = None
    """Where the chunks that are in end in every file."""
    lost: list[str] = field(default_factory=list)
    """Why workers were lost whose chunks were done again."""
    span: int = 1
    """Chunks that may be under way at once: see `parallel.submission`."""
    tallies: list[StratumTally] = field(default_factory=list)
    """Those of the chunks that have not been added up yet, behind the sum of those that have."""
    assured: deque[Assured] = field(init=False)
    """Of each of the last chunks, what was known of the strata behind it."""
    floors: deque[tuple[float, ...]] = field(init=False)
    """The same of the largest rows, see `ChunkTask`."""
    largest: LargestSizes = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is known of the strata and of the largest rows."""
        self.assured = deque([Assured.none(self.measuring.bounds)], maxlen=self.span)
        self.largest = LargestSizes.none(len(self.measuring.measures), self.measuring.largest)
        self.floors = deque([self.largest.floors], maxlen=self.span)

    def add(self, result: ChunkResult) -> None:
        """Take in the next chunk's result."""
        for source, counts in result.by_source:
            self.counts += counts
            self.by_source[source] = self.by_source.get(source, Counts()) + counts
        for reason, count in result.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count
        self.firsts = result.firsts | self.firsts
        self.repaired += result.repaired
        self.replayed += result.replayed
        for place, found in result.escapes.items():
            self.escapes[place] = self.escapes[place] + found if place in self.escapes else found
        self.placed.append(result.placed)
        self.end = result.end
        self.forms = [a & b for a, b in zip(self.forms or result.forms, result.forms, strict=True)]
        self.bytes_done += result.cost_bytes
        self.chunks += 1
        if result.profile is not None:
            self.profiles[result.worker] = self.profiles.get(result.worker, WorkerProfile()) + result.profile
        self._measure(result)

    @property
    def escaped_cells(self) -> int:
        """Cells that got an apostrophe in the CSV."""
        return sum(each.cells for each in self.escapes.values())

    def task(self, chunk: Chunk) -> ChunkTask:
        """The next chunk as it is handed out.

        It is told of the chunks up to the last one that is certain to be in by now, and not of those that happen to be:
        the same run does the same again then, to the last digit.
        """
        known = chunk.number - self.span
        if known < 0:
            return ChunkTask(chunk)
        return ChunkTask(chunk, self.assured[known - self.chunks], self.floors[known - self.chunks])

    def _measure(self, result: ChunkResult) -> None:
        """Add the sums up, and keep no more candidates than the sample may draw."""
        self.tallies.append(result.tally)
        if sum(len(tally.values) for tally in self.tallies[1:]) > _STRATA_AT_ONCE:
            self._add_up()
        self.assured.append(self.assured[-1] + result.assured)
        if result.largest:
            self.largest.add(result.largest)
        self.floors.append(self.largest.floors)
        self.candidates += result.candidates
        self.held += sum(len(part.keys) for part in result.candidates)
        if self.held > max(THIN_ROWS, 2 * self.kept):
            self.candidates, added = thin_candidates(self.candidates, self.measuring, self.tally)
            self.tallies.append(added)
            self.held = self.kept = sum(len(part.keys) for part in self.candidates)
            give_back_memory()

    def _add_up(self) -> None:
        if len(self.tallies) != 1:
            whole = StratumTally.joined([StratumTally(), *self.tallies])
            self.tallies = [whole.capped(self.measuring.bounds.named)]

    @property
    def tally(self) -> StratumTally:
        """Exact counts and sums of all chunks so far."""
        self._add_up()
        return self.tallies[0]

    @property
    def final(self) -> FinalColumns:
        """The final types: what holds every value of every chunk so far."""
        columns = self.plan.columns
        masks = self.forms or [column.forms for column in columns]
        kinds = [column.settled(mask) for column, mask in zip(columns, masks, strict=True)]
        schema = pa.schema([pa.field(column.name, kind) for column, kind in zip(columns, kinds, strict=True)])
        forms = tuple(text_forms.pick(mask) for mask in self.forms) or (text_forms.TEXT,) * len(columns)
        return FinalColumns(columns, schema, forms)

    def candidate_rows(self) -> pa.Table:
        """All sample candidates in input order, with the final types."""
        final = self.final
        parts = [_settled(part, final) for part in self.candidates if part.rows.num_rows]
        return pa.concat_tables(parts) if parts else final.schema.empty_table()


@dataclass(frozen=True, slots=True)
class Finished:
    """The ingest's end: what was seen, and what has become of each staged output by the sink's name."""

    ingested: Ingested
    sealed: dict[str, Sealed]

    @property
    def digests(self) -> dict[str, str]:
        """The outputs' checksums."""
        return {name: each.sha256 for name, each in self.sealed.items()}


def _settled(part: Candidates, final: FinalColumns) -> pa.Table:
    columns = []
    for index, kind in enumerate(final.schema.types):
        chunks = part.rows.column(index).chunks
        column = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)  # or even a single one is copied
        form, nulls = part.forms[index], bool(final.columns[index].written.null_words)
        columns.append(settle(column, form, part.from_text[index], kind, final.forms[index], nulls=nulls))
    return pa.Table.from_arrays(columns, schema=final.schema)


class Digests:
    """The outputs' checksums, taken in threads that follow what is in place. A context that ends the threads."""

    def __init__(self, sinks: Sequence[Sink], before: Mapping[str, Prefix] | None = None) -> None:
        """`before`: by sink, what has been taken of its file already."""
        self.digests = {sink.name: Digest(sink.file, (before or {}).get(sink.name)) for sink in sinks}

    def start(self) -> None:
        """Begin to follow, or go on."""
        for digest in self.digests.values():
            digest.start()

    def close(self) -> None:
        """Stop following: no thread is left."""
        for digest in self.digests.values():
            digest.close()

    def __enter__(self) -> Digests:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def advance(self, placed: tuple[PlacedChunk, ...]) -> None:
        """The next chunk is in place."""
        for digest, where in zip(self.digests.values(), placed, strict=True):
            digest.advance(where.end, mark=True)

    def new_marks(self) -> dict[str, list[Mark]]:
        """By sink, the digests of what stands before the ends of chunks, as far as they are new."""
        return {name: digest.new_marks() for name, digest in self.digests.items()}

    @property
    def cpu_seconds(self) -> float:
        """What the threads have taken that are over."""
        return sum(digest.cpu_seconds for digest in self.digests.values())

    def finish(self, name: str, size: int) -> list[Mark]:
        """The hex digests of a sink's whole output of so many bytes, by part. Raises `OutputFailed`."""
        digest = self.digests[name]
        return digest.finish_parts() if digest.staged.folder else [Mark(size, digest.finish(size))]


def finish(ingested: Ingested, sinks: Sequence[Sink], digests: Digests) -> Finished:
    """Close every sink. Raises `OutputFailed`."""
    final = ingested.final
    placed = {sink.name: [each[index] for each in ingested.placed] for index, sink in enumerate(sinks)}
    sizes = {sink.name: sink.close(placed[sink.name], final) for sink in sinks}
    return Finished(
        ingested,
        {
            sink.name: sink.seal(placed[sink.name], sizes[sink.name], digests.finish(sink.name, sizes[sink.name]))
            for sink in sinks
        },
    )
