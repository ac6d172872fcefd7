"""Blocks of JSON Lines: a line belongs to the block in which its first byte stands, and is read to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from etl_batch.columns.measures import join_values
from etl_batch.formats.blocks import (
    BATCH_BYTES,
    BlockBatch,
    BlockPlan,
    Integers,
    Reads,
    WantedColumns,
    plan_bytes,
    text_measure,
)
from etl_batch.formats.jsonl.reader import LinePlace, read_lines
from etl_batch.formats.jsonl.splitting import line_end
from etl_batch.formats.opened import OpenContent

if TYPE_CHECKING:
    from etl_batch.formats.jsonl.source import JsonLinesSource

_NONE = np.zeros(0, np.int64)


def plan_blocks(sources: Sequence[JsonLinesSource], fraction: float, record_bytes: float) -> BlockPlan:
    """Blocks of so many bytes, counted from each file's first line on."""
    return plan_bytes(
        sources, fraction, record_bytes, lambda place, numbers, each: LineBlocks(sources[place], numbers, each)
    )


@dataclass(frozen=True, slots=True)
class LineBlocks:
    """A file's drawn blocks, to be read: `numbers` of blocks of `each` bytes, counted from the first line on."""

    source: JsonLinesSource
    numbers: Integers
    each: int

    def batches(self, wanted: WantedColumns, reads: Reads) -> Iterator[BlockBatch]:
        """The blocks' rows, a few megabytes at a time."""
        step = max(BATCH_BYTES // self.each, 1)
        with self.source.content.opened() as file:
            for first in range(0, len(self.numbers), step):
                numbers = self.numbers[first : first + step].tolist()
                yield self._batch([self._lines(file, number, reads) for number in numbers], wanted)

    def _lines(self, file: OpenContent, number: int, reads: Reads) -> tuple[bytes, int]:
        """The lines that begin in a block, ended each, and how many bytes of the file they are.

        Of a line that is too long for a run the start, which is no line either.
        """
        source = self.source
        offset = source.start + number * self.each
        stop = min(offset + self.each, source.size_bytes)
        begin = offset if number == 0 else line_end(file, offset - 1, stop)
        if begin is None or begin >= stop:
            reads.bytes += stop - offset
            return b"", 0
        end = line_end(file, stop - 1, min(stop + source.longest, source.size_bytes))
        raw = file.read((end or min(stop + source.longest, source.size_bytes)) - begin, begin)
        reads.bytes += len(raw) + begin - offset
        return (raw if raw.endswith(b"\n") else raw + b"\n"), len(raw)

    def _batch(self, blocks: list[tuple[bytes, int]], wanted: WantedColumns) -> BlockBatch:
        texts = [text for text, _ in blocks]
        edges = np.cumsum([0, *map(len, texts)])
        rows, rejects, stratum = [_NONE], [_NONE], []
        measures: dict[str, list[tuple[np.ndarray[Any, Any], int]]] = {}
        for placed in read_lines(self.source, LinePlace(0, int(edges[-1])), b"".join(texts)):
            offsets = np.array([reject.offset for reject in placed.slab.rejects], np.int64)
            rejects.append(np.searchsorted(edges, offsets, side="right") - 1)
            rows.append(np.searchsorted(edges, placed.starts, side="right") - 1)
            cells: dict[str, Any] = dict(zip(self.source.column_names, placed.slab.columns, strict=True))
            if wanted.stratum is not None and wanted.stratum.name in cells:
                stratum.append(cells[wanted.stratum.name].to_arrow())
            for column in wanted.measures:
                if column.name in cells:
                    measures.setdefault(column.name, []).append(text_measure(cells[column.name], column))
        places = np.concatenate(rows)
        return BlockBatch(
            np.array([size for _, size in blocks], np.float64),
            np.bincount(places, minlength=len(blocks)).astype(np.int64),
            np.bincount(np.concatenate(rejects), minlength=len(blocks)).astype(np.int64),
            places,
            pa.chunked_array(stratum) if stratum else None,
            {name: join_values(parts) for name, parts in measures.items()},
        )
