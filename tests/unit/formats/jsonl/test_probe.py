"""Blocks of JSON Lines: they partition a file's lines, whatever their size."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from etl_batch.analytics.strata import plain_value
from etl_batch.columns.conventions import Conventions
from etl_batch.formats.blocks import Reads, WantedColumns
from etl_batch.formats.jsonl.probe import LineBlocks
from etl_batch.stages.plan import plan_columns
from tests.unit.formats.jsonl.lines_files import lines_source

CITIES = ["Paris", "Rome", "Oslo"]
LINES = [f'{{"city":"{CITIES[n % 3]}","rain":{n % 7}.5,"note":"{"x" * (n % 90)}"}}' for n in range(300)]
LINES[10], LINES[200] = "bad", '{"city":'


@pytest.mark.parametrize("each", [16, 33, 64, 1000, 1 << 20])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_every_line_is_in_one_block(tmp_path: Path, each: int, mark: bytes, end: str) -> None:
    """Rows, rejects, bytes and sums are those of the file."""
    source = lines_source(tmp_path, mark + ("\n".join(LINES) + end).encode())
    columns = {column.name: column for column in plan_columns([source]).columns}
    wanted = WantedColumns(columns["city"], (columns["rain"],))
    numbers = np.arange(-(-source.data_bytes // each))
    strata: Counter = Counter()
    total, rows, rejected, size = 0.0, 0, 0, 0.0
    for batch in LineBlocks(source, numbers, each).batches(wanted, Reads()):
        assert batch.stratum is None or len(batch.stratum) == len(batch.places) == batch.written.sum()
        strata.update(plain_value(value) for value in (batch.stratum.to_pylist() if batch.stratum else []))
        total += sum(float(np.ma.filled(values, 0).sum()) / 10**scale for values, scale in batch.measures.values())
        rows, rejected = rows + int(batch.written.sum()), rejected + int(batch.rejected.sum())
        size += float(batch.sizes.sum())
    good = [n for n in range(300) if n not in (10, 200)]
    assert (rows, rejected, size) == (298, 2, source.data_bytes)
    assert strata == Counter(CITIES[n % 3] for n in good)
    assert total == sum(n % 7 + 0.5 for n in good)


def test_numbers_are_read_as_declared(tmp_path: Path) -> None:
    """A decimal comma counts in a probe as it does in a run."""
    source = lines_source(tmp_path, '{"rain":"1.000,5"}\n{"rain":"2,25"}\n')
    (column,) = plan_columns([source], Conventions(",", ".")).columns
    (batch,) = LineBlocks(source, np.arange(1), 1 << 20).batches(WantedColumns(None, (column,)), Reads())
    values, scale = batch.measures["rain"]
    assert values.sum() / 10**scale == 1002.75
