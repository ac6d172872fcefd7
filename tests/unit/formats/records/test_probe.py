"""Blocks of fixed records: all together they are the file, each counts its rows and what a run would reject."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from etl_batch.columns.schema import OutputColumn
from etl_batch.errors import InputRefused
from etl_batch.formats.blocks import Reads, WantedColumns
from etl_batch.formats.records.probe import RecordBlocks, plan_blocks
from etl_batch.stages.plan import plan_columns
from tests.unit.engine_parts import layout_of, record_source

LAYOUT = layout_of([{"name": "n", "type": "u16"}, {"name": "k", "type": "char", "size": 1, "pattern": "x|y"}])
RAW = b"".join(struct.pack("<Hc", n, b"xy?"[n % 3 :][:1]) for n in range(100))


@pytest.mark.parametrize("each", [1, 7, 1000])
def test_all_blocks_are_the_file(tmp_path: Path, each: int) -> None:
    """Rows, rejects, strata and totals of the blocks add up to the file's own, and so do the bytes read."""
    source = record_source(tmp_path, RAW + b"!", LAYOUT)
    columns: dict[str, OutputColumn] = {column.name: column for column in plan_columns([source]).columns}
    reads = Reads()
    blocks = RecordBlocks(source, np.arange(-(-100 // each)), each)
    (batch,) = blocks.batches(WantedColumns(columns["k"], (columns["n"],)), reads)
    good = [n for n in range(100) if n % 3 < 2]
    assert (batch.sizes.sum(), batch.written.sum(), batch.rejected.sum()) == (100, len(good), 100 - len(good))
    assert batch.stratum is not None
    assert batch.stratum.to_pylist() == ["xy"[n % 3] for n in good]
    assert batch.measures["n"][0].tolist() == good
    assert batch.places.tolist() == [n // each for n in good]
    assert reads.bytes == len(RAW)


def test_the_plan_counts_whole_records(tmp_path: Path) -> None:
    """Two files, their records in blocks of about the same number of bytes, all of them read where they are small."""
    sources = [record_source(tmp_path, RAW * 20, LAYOUT), record_source(tmp_path, RAW, LAYOUT, ordinal=1)]
    plan = plan_blocks(sources, 0.5)
    assert plan.each is not None
    assert plan.size == 2100
    assert plan.counts == tuple(-(-count // (plan.each // 3)) for count in (2000, 100))
    assert plan.sampled == sum(plan.counts)


def test_a_file_that_became_shorter(tmp_path: Path) -> None:
    """It is refused, not estimated."""
    source = record_source(tmp_path, RAW, LAYOUT)
    Path(source.path).write_bytes(RAW[:-1])
    with pytest.raises(InputRefused, match="became shorter"):
        list(RecordBlocks(source, np.arange(1), 100).batches(WantedColumns(None, ()), Reads()))
