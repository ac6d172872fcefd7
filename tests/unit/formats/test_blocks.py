"""The blocks of a probe: their size, how many are drawn, and pieces of a format as blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etl_batch.formats import blocks
from etl_batch.formats.blocks import Reads, WantedColumns, block_bytes, blocks_to_draw, plan_pieces
from etl_batch.stages.plan import plan_columns
from tests.unit.engine_parts import text_source


@pytest.mark.parametrize(
    ("data_bytes", "fraction", "record_bytes", "size"),
    [
        (1, 0.005, 10, 1 << 20),
        (10**7, 0.005, 10, 1 << 10),
        (10**9, 0.005, 50, 1 << 13),
        (10**12, 0.5, 50, 1 << 20),
        (10**9, 0.005, 10_000, 1 << 16),
    ],
)
def test_size_of_the_blocks(data_bytes: int, fraction: float, record_bytes: float, size: int) -> None:
    """A power of two between a kilobyte and a megabyte that holds a few records; the largest where all is read."""
    assert block_bytes(data_bytes, fraction, record_bytes) == size


@pytest.mark.parametrize(
    ("data_bytes", "fraction", "each", "there", "drawn"),
    [(10_000, 0.005, 1024, 10, 10), (10**9, 0.005, 1 << 13, 122_071, 611), (10**9, 1.0, 1 << 20, 954, 954)],
)
def test_how_many_are_drawn(data_bytes: int, fraction: float, each: int, there: int, drawn: int) -> None:
    """The fraction, a megabyte at least, and never more than there are."""
    assert blocks_to_draw(data_bytes, fraction, each, there) == drawn


def test_pieces_as_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A format whose pieces are its blocks: each has its rows, rejects, stratum and measures, and costs its bytes."""
    monkeypatch.setattr(blocks, "LARGEST_BLOCK", 1 << 10)
    lines = [f"{'ab'[n % 2]},{n}" for n in range(600)]
    lines[10] = "lonely"
    sources = [
        text_source(tmp_path, "k,n\n" + "\n".join(lines) + "\n"),
        text_source(tmp_path, "n,other\n7,x\n", name="b.csv", ordinal=1),
    ]
    plan = plan_pieces(sources, 1.0)
    assert plan.counts[0] > 2
    assert plan.counts[1] == 1
    assert plan.size == sum(source.data_bytes for source in sources)
    assert plan.sampled == sum(plan.counts)
    columns = {column.name: column for column in plan_columns(sources).columns}
    wanted, reads = WantedColumns(columns["k"], (columns["n"],)), Reads()
    assert wanted.names == ["k", "n"]
    batches = list(plan.reader(0, np.arange(plan.counts[0])).batches(wanted, reads))
    assert (sum(b.written.sum() for b in batches), sum(b.rejected.sum() for b in batches)) == (599, 1)
    assert sum(b.measures["n"][0].sum() for b in batches) == sum(range(600)) - 10
    assert [cell for b in batches if b.stratum for cell in b.stratum.to_pylist()].count("a") == 299
    assert reads.bytes == sources[0].data_bytes
    (other,) = plan.reader(1, np.array([0])).batches(wanted, reads)
    assert other.stratum is None
    assert other.measures["n"][0].tolist() == [7]
