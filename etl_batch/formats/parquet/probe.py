"""Row groups of Parquet files: the clusters that such a file is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from etl_batch.columns.measures import join_values, measure_values
from etl_batch.formats.blocks import BlockBatch, BlockPlan, Integers, Reads, WantedColumns
from etl_batch.formats.parquet.reader import column_bytes, open_parquet, read_row_group

if TYPE_CHECKING:
    from etl_batch.formats.parquet.source import ParquetSource

_LEAST_ROWS = 8_000_000
"""Rows that are read at least, in whole row groups and in the needed columns only."""


def plan_blocks(sources: Sequence[ParquetSource], fraction: float) -> BlockPlan:
    """The row groups of all files."""
    metadata = [open_parquet(source.content).metadata for source in sources]
    counts, rows = tuple(meta.num_row_groups for meta in metadata), sum(meta.num_rows for meta in metadata)
    groups = sum(counts)
    least = int(np.ceil(groups * _LEAST_ROWS / rows)) if rows > _LEAST_ROWS else groups
    sampled = min(max(int(np.ceil(groups * fraction)), least), groups)
    return BlockPlan(counts, rows, sampled, lambda place, numbers: RowGroups(sources[place], numbers))


@dataclass(frozen=True, slots=True)
class RowGroups:
    """A file's drawn row groups, to be read."""

    source: ParquetSource
    numbers: Integers

    def batches(self, wanted: WantedColumns, reads: Reads) -> Iterator[BlockBatch]:
        """The rows of one row group after the other, the needed columns only."""
        have = {column.name for column in self.source.columns if not pa.types.is_null(column.type)}
        names = [name for name in wanted.names if name in have]
        file = open_parquet(self.source.content)
        for number in self.numbers.tolist():
            records = file.metadata.row_group(number).num_rows
            if not names:
                yield BlockBatch(*_counts(records, records))
                continue
            reads.bytes += column_bytes(file, self.source, number, names)
            table = read_row_group(file, self.source, number, names)
            measures = {
                column.name: join_values([measure_values(chunk) for chunk in table.column(column.name).chunks])
                for column in wanted.measures
                if column.name in names and table.num_rows
            }
            stratum = table.column(wanted.stratum.name) if wanted.stratum and wanted.stratum.name in names else None
            yield BlockBatch(*_counts(records, table.num_rows), stratum, measures)


def _counts(records: int, written: int) -> tuple[np.ndarray[Any, Any], Integers, Integers, Integers]:
    sizes, rows = np.array([records], np.float64), np.array([written], np.int64)
    return sizes, rows, np.array([records - written], np.int64), np.zeros(written, np.int64)
