"""Blocks of delimited text: their records to rows, many blocks in one reading, which is a run's.

The blocks of a file partition its records: a record belongs to the block in which its first byte stands, and is read to
its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.columns.measures import join_values
from etl_batch.columns.schema import as_read
from etl_batch.columns.text_cells import without_guards
from etl_batch.errors import InputRefused
from etl_batch.formats.blocks import (
    BATCH_BYTES,
    RECORDS_A_BLOCK,
    BlockBatch,
    BlockPlan,
    Integers,
    Reads,
    WantedColumns,
    plan_bytes,
    text_measure,
)
from etl_batch.formats.opened import OpenContent
from etl_batch.formats.text.quotes import BlockWindow, MoreNeeded, PlacedRecords, Placer
from etl_batch.formats.text.reader import read_text
from etl_batch.formats.text.splitting import TextPlace
from etl_batch.formats.text.transcoding import Transcoder
from etl_batch.formats.text.units import are_bytes, unit_size, units_of
from etl_batch.kernels.bits import PADDING
from etl_batch.model import Dialect

if TYPE_CHECKING:
    from etl_batch.formats.source import Slab
    from etl_batch.formats.text.source import TextSource

_LEAST_SLACK = 256
_AROUND = (0, 64 << 10, 1 << 20)
"""Bytes before a block, and behind it, that are looked at to tell where its records begin, one after the other."""
MOST_AHEAD = 64 << 20


def plan_blocks(sources: Sequence[TextSource], fraction: float, record_bytes: float) -> BlockPlan:
    """Blocks of so many bytes, counted from each file's first record on."""

    def reader(place: int, numbers: Integers, each: int) -> TextBlocks:
        slack = int(min(max(record_bytes * RECORDS_A_BLOCK, _LEAST_SLACK), each))
        return TextBlocks(sources[place], numbers, each, slack + -slack % 4)

    return plan_bytes(sources, fraction, record_bytes, reader)


@dataclass(frozen=True, slots=True)
class _Found:
    """The records that begin in one block; `exact` and `assumed`: see `PlacedRecords`."""

    text: bytes | memoryview
    """In UTF-8."""
    size: int
    """Bytes in the file."""
    exact: bool
    assumed: bool


@dataclass(slots=True)
class _Rows:
    """What a batch of blocks holds: of each row and of each reject its block, and the wanted columns in parts."""

    places: list[Integers]
    rejects: list[Integers]
    stratum: list[pa.Array]
    measures: dict[str, list[tuple[np.ndarray[Any, Any], int]]]


@dataclass(frozen=True, slots=True)
class TextBlocks:
    """A file's drawn blocks, to be read: `numbers` of blocks of `each` bytes, counted from the first record on."""

    source: TextSource
    numbers: Integers
    each: int
    slack: int
    """Bytes read behind a block at once, for the end of its last record."""

    def batches(self, wanted: WantedColumns, reads: Reads) -> Iterator[BlockBatch]:
        """The blocks' rows, a few megabytes at a time. Raises `InputRefused` for a record past all measure."""
        step = max(BATCH_BYTES // self.each, 1)
        with self.source.content.opened() as file:
            for first in range(0, len(self.numbers), step):
                yield self._batch(file, self.numbers[first : first + step].tolist(), wanted, reads)

    @property
    def dialect(self) -> Dialect:
        """How the file is written."""
        return self.source.dialect

    @property
    def _placer(self) -> Placer:
        return Placer(self.dialect, len(self.source.columns))

    def _batch(self, file: OpenContent, numbers: list[int], wanted: WantedColumns, reads: Reads) -> BlockBatch:
        """The blocks as a run would read them, dead letters told apart; those that cannot be placed are left out."""
        found = self._blocks(file, numbers, reads)
        rows = self._read([block for block in found if block is not None], wanted)
        # A block that was taken for unquoted and holds broken records may stand inside quotes: it is looked at closely.
        placed = [place for place, block in enumerate(found) if block is not None]
        broken = {placed[at] for part in rows.rejects for at in part.tolist()}
        doubtful = [place for place in sorted(broken) if (block := found[place]) is not None and block.assumed]
        for place in doubtful:
            found[place] = self._block(file, numbers[place], reads, trusting=False)
        blocks = [block for block in found if block is not None]
        if doubtful:
            rows = self._read(blocks, wanted)
        reads.left_out += len(found) - len(blocks)
        places = np.concatenate(rows.places)
        return BlockBatch(
            np.array([block.size for block in blocks], np.float64),
            np.bincount(places, minlength=len(blocks)).astype(np.int64),
            np.bincount(np.concatenate(rows.rejects), minlength=len(blocks)).astype(np.int64),
            places,
            pa.chunked_array(rows.stratum) if rows.stratum else None,
            {name: join_values(parts) for name, parts in rows.measures.items()},
        )

    def _blocks(self, file: OpenContent, numbers: list[int], reads: Reads) -> list[_Found | None]:
        """The records of blocks, looked at together; those blocks that need a closer look get one."""
        unit, start, size = unit_size(self.dialect.encoding), self.source.start, self.source.size_bytes
        stride = unit + self.each + self.slack
        buffer = bytearray(stride * len(numbers) + PADDING)
        view, windows, read = memoryview(buffer), [], []
        for at, number in enumerate(numbers):
            offset = start + number * self.each
            before = unit if number else 0
            room = view[at * stride : at * stride + before + self.each + self.slack]
            got = file.read_into(room, offset - before)
            read.append(room[:got])
            reads.bytes += got
            stop = min(before + self.each, got)
            ends = (got // unit, before // unit, stop // unit)
            windows.append(BlockWindow(at * stride // unit, *ends, number == 0, offset - before + got >= size))
        encoding = self.dialect.encoding
        units = np.frombuffer(buffer, np.uint8) if are_bytes(encoding) else units_of(buffer, encoding)
        placed = self._placer.place(units, windows, trusting=True)
        return [
            self._found(raw, window, records)
            if isinstance(records, PlacedRecords)
            else self._block(file, number, reads, trusting=True)
            for number, raw, window, records in zip(numbers, read, windows, placed, strict=True)
        ]

    def _block(self, file: OpenContent, number: int, reads: Reads, *, trusting: bool) -> _Found | None:
        """The records that begin in a block; None when it cannot be told where they begin."""
        unit = unit_size(self.dialect.encoding)
        offset = self.source.start + number * self.each
        ahead, step = self.slack, 0
        while True:
            final = step == len(_AROUND) - 1
            start = max(offset - max(_AROUND[step], unit), self.source.start)
            raw = file.read(offset - start + self.each + ahead, start)
            reads.bytes += len(raw)
            size, before = len(raw) // unit, (offset - start) // unit
            stop, last = min(before + self.each // unit, size), start + len(raw) >= self.source.size_bytes
            window = BlockWindow(0, size, before, stop, start == self.source.start, last)
            placed = self._placer.place(units_of(raw, self.dialect.encoding), [window], trusting=trusting or final)[0]
            if isinstance(placed, MoreNeeded):
                ahead *= 8
                if ahead > MOST_AHEAD:
                    most = MOST_AHEAD >> 20
                    raise InputRefused(
                        sentences.inputs.RECORD_TOO_LONG.format(path=self.source.path, offset=offset, most=most)
                    )
                continue
            if placed is not None:
                return self._found(memoryview(raw), window, placed)
            if final:
                return None
            step += 1
            ahead = max(ahead, _AROUND[step])

    def _found(self, raw: memoryview, window: BlockWindow, placed: PlacedRecords) -> _Found:
        """The records that were placed in a window of these bytes."""
        encoding, unit = self.dialect.encoding, unit_size(self.dialect.encoding)
        rest = len(raw) % unit if window.last and placed.end == window.size else 0  # part of a character
        text: memoryview | bytes = raw[placed.begin * unit : placed.end * unit]
        size = len(text) + rest
        if encoding != "utf-8":
            text = bytes(Transcoder(0, encoding).to_utf8(memoryview(text)))
        return _Found(text, size, placed.exact, placed.assumed)

    def _read(self, blocks: list[_Found], wanted: WantedColumns) -> _Rows:
        """The blocks' records, in as few readings as may be: quotes that stand astray must not reach the next block."""
        none = np.zeros(0, np.int64)
        rows = _Rows([none], [none], [], {})
        source = replace(self.source, dialect=replace(self.dialect, encoding="utf-8"))
        together = [place for place, block in enumerate(blocks) if not block.exact]
        alone = [[place] for place, block in enumerate(blocks) if block.exact]
        for members in filter(None, [together, *alone]):
            texts = [blocks[place].text for place in members]
            edges, numbers = np.cumsum([0, *map(len, texts)]), np.array(members, np.int64)
            place = TextPlace(0, int(edges[-1]), exact=blocks[members[0]].exact)
            for slab in read_text(source, place, bytearray(b"".join([*texts, bytes(PADDING)]))):
                offsets = np.array([reject.offset for reject in slab.rejects], np.int64)
                rows.rejects.append(numbers[np.searchsorted(edges, offsets, side="right") - 1])
                if slab.lines is not None and slab.rows:
                    starts = slab.lines.marks[0, : slab.rows] + 1
                    rows.places.append(numbers[np.searchsorted(edges, starts, side="right") - 1])
                    self._take_columns(slab, wanted, rows)
        return rows

    def _take_columns(self, slab: Slab, wanted: WantedColumns, rows: _Rows) -> None:
        """The wanted columns of a slab, measures as a run reads them."""
        cells: dict[str, Any] = {
            column.name: without_guards(found) if column.guarded else found
            for column, found in zip(self.source.columns, slab.columns, strict=True)
        }
        if wanted.stratum is not None and wanted.stratum.name in cells:
            rows.stratum.append(as_read(cells[wanted.stratum.name], wanted.stratum))
        for column in wanted.measures:
            if column.name in cells:
                rows.measures.setdefault(column.name, []).append(text_measure(cells[column.name], column))
