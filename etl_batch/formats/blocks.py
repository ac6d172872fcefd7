"""The blocks that a format's files are made of, for the probe: how many there are, and what was found in those read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch.columns import text_forms
from etl_batch.columns.conventions import canonical
from etl_batch.columns.measures import measure_values
from etl_batch.columns.schema import OutputColumn, as_read
from etl_batch.columns.text_cells import TextCells
from etl_batch.formats.source import AnySource, SourceColumn

Integers = NDArray[np.int64]
BLOCKS_WANTED = 768
"""More blocks of the same bytes in all say more, and cost a reading each: past this the gain is small."""
LEAST_BYTES = 1 << 20
"""At least this much is read, whatever the fraction: finding out what a file is takes as much."""
SMALLEST_BLOCK, LARGEST_BLOCK = 1 << 10, 1 << 20
RECORDS_A_BLOCK = 8
"""A block holds about as many records at least; smaller ones would read most bytes behind their end."""
_ALL_FROM = 0.5
BATCH_BYTES = 8 << 20
"""Bytes of blocks that are parsed together."""


@dataclass(frozen=True, slots=True)
class WantedColumns:
    """What is to be read of each record. `exact`: everything is read, and sums must not round."""

    stratum: OutputColumn | None
    measures: tuple[OutputColumn, ...]
    exact: bool = False

    @property
    def names(self) -> list[str]:
        """Names of the columns that are needed, each once."""
        columns = (*((self.stratum,) if self.stratum else ()), *self.measures)
        return list(dict.fromkeys(column.name for column in columns))


@dataclass(slots=True)
class Reads:
    """What reading the blocks has cost, and the blocks whose records could not be told."""

    bytes: int = 0
    left_out: int = 0


@dataclass(slots=True)
class BlockBatch:
    """Some blocks that were read: an entry a block in `sizes`, `written` and `rejected`, an entry a row in the rest."""

    sizes: NDArray[Any]
    """Bytes of the records that begin in the block, or the number of its records."""
    written: Integers
    """Rows that a run would write."""
    rejected: Integers
    places: Integers
    """Each row's block, counted from the batch's first."""
    stratum: pa.ChunkedArray | None = None
    measures: dict[str, tuple[NDArray[Any], int]] = field(default_factory=dict)
    """Each measure's values, masked where null, and its scale (see `columns.measures.measure_values`)."""


class BlockReader(Protocol):
    """One file's drawn blocks, to be read."""

    def batches(self, wanted: WantedColumns, reads: Reads) -> Iterator[BlockBatch]:
        """The blocks' rows, a few megabytes at a time."""


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """The blocks of all files of one format: how many each has and how many of all are to be read."""

    counts: tuple[int, ...]
    """Blocks of each file, in the order of the sources."""
    size: int
    """Of all blocks: bytes of text, else records."""
    sampled: int
    reader: Callable[[int, Integers], BlockReader]
    """From a source's place in the list, and the numbers of its drawn blocks, to what reads them."""
    each: int | None = None
    """Bytes of a block; None where blocks differ."""
    counted: bool = True
    """Whether the files themselves say how many records there are."""


def block_bytes(data_bytes: int, fraction: float, record_bytes: float) -> int:
    """Size of the blocks of files with so many bytes of records in all: a power of two, large when all are read."""
    if _bytes_to_read(data_bytes, fraction) >= data_bytes:
        return LARGEST_BLOCK
    wanted = _bytes_to_read(data_bytes, fraction) / BLOCKS_WANTED
    wanted = min(max(wanted, record_bytes * RECORDS_A_BLOCK, SMALLEST_BLOCK), LARGEST_BLOCK)
    return int(1 << round(np.log2(wanted)))


def blocks_to_draw(data_bytes: int, fraction: float, each: int, blocks: int) -> int:
    """How many of the blocks are read."""
    wanted = _bytes_to_read(data_bytes, fraction)
    # Each file ends with a block that is not full, so all bytes are more blocks than their number says.
    return blocks if wanted >= data_bytes else min(-(-int(wanted) // each), blocks)


def _bytes_to_read(data_bytes: int, fraction: float) -> float:
    """All of them where half are wanted: what is read around many blocks would be as much."""
    wanted = max(data_bytes * fraction, LEAST_BYTES)
    return data_bytes if wanted >= data_bytes * _ALL_FROM else wanted


def plan_bytes(
    sources: Sequence[AnySource],
    fraction: float,
    record_bytes: float,
    reader: Callable[[int, Integers, int], BlockReader],
) -> BlockPlan:
    """Blocks of so many bytes, counted from each file's first record on: for formats that are text.

    `reader`: as a plan has it, and the bytes of a block behind.
    """
    lengths = [source.data_bytes for source in sources]
    each = block_bytes(sum(lengths), fraction, record_bytes)
    counts = tuple(-(-length // each) for length in lengths)
    sampled = blocks_to_draw(sum(lengths), fraction, each, sum(counts))
    return BlockPlan(
        counts, sum(lengths), sampled, lambda place, numbers: reader(place, numbers, each), each, counted=False
    )


def plan_pieces(sources: Sequence[AnySource], fraction: float) -> BlockPlan:
    """Blocks that are the pieces a run would cut: for formats whose pieces are few enough to be listed."""
    each = block_bytes(sum(source.data_bytes for source in sources), fraction, 1.0)
    pieces = [list(source.cut(each)) for source in sources]
    counts = tuple(len(listed) for listed in pieces)
    sampled = blocks_to_draw(sum(source.data_bytes for source in sources), fraction, each, sum(counts))
    size = sum(piece.cost_bytes for listed in pieces for piece in listed)

    def reader(place: int, numbers: Integers) -> BlockReader:
        return _Pieces(sources[place], [pieces[place][number] for number in numbers.tolist()])

    return BlockPlan(counts, size, sampled, reader, each, counted=False)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Drawn pieces, read as a run reads them, one after the other."""

    source: AnySource
    pieces: list[Any]

    def batches(self, wanted: WantedColumns, reads: Reads) -> Iterator[BlockBatch]:
        """The rows of one piece after the other."""
        for piece in self.pieces:
            reads.bytes += piece.cost_bytes
            slabs = list(self.source.read(piece.place, 0))
            rows = pa.Table.from_batches([slab.batch(self.source.column_names) for slab in slabs])
            rejected = sum(len(slab.rejects) for slab in slabs)
            have = {column.name: column for column in self.source.columns}
            measures = {
                column.name: measure_values(_cells(rows, column, have[column.name]))
                for column in wanted.measures
                if column.name in have and rows.num_rows
            }
            stratum = None
            if wanted.stratum is not None and wanted.stratum.name in have:
                stratum = pa.chunked_array([_cells(rows, wanted.stratum, have[wanted.stratum.name])])
            yield BlockBatch(
                np.array([piece.cost_bytes], np.float64),
                np.array([rows.num_rows], np.int64),
                np.array([rejected], np.int64),
                np.zeros(rows.num_rows, np.int64),
                stratum,
                measures,
            )


def text_measure(cells: TextCells, column: OutputColumn) -> tuple[NDArray[Any], int]:
    """The values of a measure: by the forms of the planning rows where these cells have them too."""
    wanted = column.forms if column.typed is None else text_forms.TEXT
    read = canonical(cells, column.read)
    return measure_values(text_forms.typed(read.cells, wanted & ~read.barred)[0])


def _cells(rows: pa.Table, column: OutputColumn, origin: SourceColumn) -> pa.Array:
    """A column of a source, text by what was declared of it."""
    found = rows.column(column.name).combine_chunks()
    return as_read(found, column) if origin.text else found
