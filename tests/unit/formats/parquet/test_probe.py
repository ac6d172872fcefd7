"""Row groups as blocks: their counts come from the footers, their rows in the needed columns alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from etl_batch.columns.schema import OutputColumn
from etl_batch.formats.blocks import Reads, WantedColumns
from etl_batch.formats.parquet.probe import RowGroups, plan_blocks
from etl_batch.stages.plan import plan_columns
from tests.unit.engine_parts import parquet_source

TABLE = pa.table({"k": ["a", "b"] * 10, "n": range(20), "pad": ["x" * 100] * 20})


def test_the_plan_counts_row_groups(tmp_path: Path) -> None:
    """All of them are read where the files have few rows."""
    sources = [
        parquet_source(tmp_path, TABLE, row_group_size=6),
        parquet_source(tmp_path, TABLE, row_group_size=20, ordinal=1),
    ]
    plan = plan_blocks(sources, 0.1)
    assert (plan.counts, plan.size, plan.sampled, plan.each) == ((4, 1), 40, 5, None)


def test_rows_of_drawn_row_groups(tmp_path: Path) -> None:
    """Strata and measures of just those row groups; columns that nobody needs are not read."""
    source = parquet_source(tmp_path, TABLE, row_group_size=5)
    columns: dict[str, OutputColumn] = {column.name: column for column in plan_columns([source]).columns}
    reads = Reads()
    batches = list(RowGroups(source, np.array([3, 1])).batches(WantedColumns(columns["k"], (columns["n"],)), reads))
    assert [batch.measures["n"][0].tolist() for batch in batches] == [list(range(15, 20)), list(range(5, 10))]
    assert [batch.stratum.to_pylist() for batch in batches if batch.stratum] == [list("babab"), list("babab")]
    assert 0 < reads.bytes < source.size_bytes / 3
    (counted,) = RowGroups(source, np.array([0])).batches(WantedColumns(None, ()), reads)
    assert (counted.sizes.tolist(), counted.written.tolist(), counted.rejected.tolist()) == ([5.0], [5], [0])
