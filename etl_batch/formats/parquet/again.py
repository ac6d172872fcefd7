"""Rows of a Parquet file that a run has rejected, read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from etl_batch.columns.schema import plain
from etl_batch.formats.parquet.ranges import read_rows
from etl_batch.formats.parquet.reader import RowRange, open_parquet
from etl_batch.formats.source import Reread
from etl_batch.model import Reject

if TYPE_CHECKING:
    from etl_batch.formats.parquet.source import ParquetSource


def read_again(source: ParquetSource, rejects: Sequence[Reject]) -> Reread:
    """The rejects, whose numbers are those of rows of the file. Those that have no values to write stay what they are.

    Of each row group what stands between the first and the last of them is read.
    """
    meta = open_parquet(source.content).metadata
    ends = np.cumsum([meta.row_group(group).num_rows for group in range(meta.num_row_groups)])
    numbers = np.array([reject.record for reject in rejects], np.int64)
    groups = np.searchsorted(ends, numbers, side="right")
    parts = [[pa.nulls(0, column.type)] for column in source.columns]
    rows, found = [np.zeros(0, np.int64)], dict[int, Reject]()
    for group in np.unique(groups[groups < len(ends)]).tolist():
        places = np.flatnonzero(groups == group)
        first = int(numbers[places[0]])
        begin = int(ends[group]) - meta.row_group(group).num_rows
        at = first
        for slab in read_rows(source, RowRange(group, first - begin, int(numbers[places[-1]]) - first + 1)):
            bad = np.array([each.record for each in slab.rejects], np.int64) + first
            good = np.setdiff1d(np.arange(at, at + slab.records), bad, assume_unique=True)
            wanted = places[np.isin(numbers[places], good)]
            taken = pa.array(np.searchsorted(good, numbers[wanted]))
            for column, array in zip(parts, slab.arrays(), strict=True):
                column.append(plain(array.take(taken)))
            rows.append(wanted)
            at += slab.records
    passed = np.concatenate(rows)
    found = {place: rejects[place] for place in set(range(len(rejects))) - set(passed.tolist())}
    return Reread([pa.concat_arrays(column) for column in parts], passed, found)
