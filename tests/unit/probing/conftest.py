"""A home for probes, and reading a text file in blocks of any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from etl_batch.analytics.strata import plain_value
from etl_batch.formats.blocks import Reads, Wanted
from etl_batch.formats.text.probe import TextBlocks
from etl_batch.stages.inputs import find_sources
from etl_batch.stages.plan import plan_columns


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    for name in ("data", "output", "report"):
        (tmp_path / name).mkdir()
    return tmp_path


@dataclass(frozen=True)
class Read:
    """What all blocks of a file hold together."""

    rows: int
    rejected: int
    sizes: float
    strata: Counter
    total: float
    left_out: int
    start: int


@pytest.fixture
def read_blocks(home: Path) -> Callable[..., Read]:
    """Read a text file in blocks of so many bytes, and add up what is in them."""

    def read(content: bytes, each: int, stratum: str | None = None, measure: str | None = None, slack: int = 8) -> Read:
        path = home / "data" / "x.csv"
        path.write_bytes(content)
        (source,) = find_sources([path], home)
        columns = {column.name: column for column in plan_columns([source]).columns}
        wanted = Wanted(columns.get(stratum or ""), (columns[measure],) if measure else ())
        count = -(-max(source.size_bytes - source.start, 0) // each)
        reads = Reads()
        batches = list(TextBlocks(source, np.arange(count), each, slack).batches(wanted, reads))
        strata: Counter = Counter()
        total = 0.0
        for batch in batches:
            if batch.stratum is not None:
                strata.update(plain_value(value) for value in batch.stratum.to_pylist())
            for values, scale in batch.measures.values():
                total += float(np.ma.filled(values, 0).sum()) / 10**scale
            assert len(batch.places) == batch.written.sum()
        return Read(
            sum(int(batch.written.sum()) for batch in batches),
            sum(int(batch.rejected.sum()) for batch in batches),
            sum(float(batch.sizes.sum()) for batch in batches),
            strata,
            total,
            reads.left_out,
            source.start,
        )

    return read
