"""Row groups of Parquet files: the clusters that such a file is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl_batch.analytics.moments import Integers
from etl_batch.columns.measures import join_values, measure_values
from etl_batch.formats.blocks import BlockBatch, Reads, Wanted
from etl_batch.formats.parquet.reader import column_bytes, open_parquet, read_row_group
from etl_batch.formats.source import Source


@dataclass(frozen=True, slots=True)
class RowGroups:
    """A file's drawn row groups, to be read."""

    source: Source
    numbers: Integers

    def batches(self, wanted: Wanted, reads: Reads) -> Iterator[BlockBatch]:
        """The rows of one row group after the other, the needed columns only."""
        names = [name for name in wanted.names if name in self.source.column_names]
        file = open_parquet(self.source.path)
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
