"""Blocks of any size partition the records of any text file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl_batch.formats.blocks import Reads, WantedColumns
from etl_batch.formats.text.probe import TextBlocks
from etl_batch.stages.inputs import find_sources
from etl_batch.stages.plan import plan_columns

CELL = st.text(alphabet="ab0é", max_size=12) | st.text(alphabet="x", min_size=30, max_size=90)
AWKWARD = st.text(alphabet='ab,\n"', max_size=20)


def read_in_blocks(home: Path, content: bytes, each: int, slack: int) -> tuple[int, int, list[str], int]:
    """Rows, rejects, the first cells in file order, and blocks left out."""
    path = home / "data" / "x.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    (source,) = find_sources([path], home)
    column = plan_columns([source]).columns[0]
    reads = Reads()
    count = -(-max(source.size_bytes - source.start, 0) // each)
    batches = list(TextBlocks(source, np.arange(count), each, slack).batches(WantedColumns(column, ()), reads))
    cells = [cell for batch in batches if batch.stratum is not None for cell in batch.stratum.to_pylist()]
    written, rejected = (sum(int(getattr(batch, name).sum()) for batch in batches) for name in ("written", "rejected"))
    assert sum(float(batch.sizes.sum()) for batch in batches) == source.size_bytes - source.start or reads.left_out
    return written, rejected, cells, reads.left_out


@settings(max_examples=150, deadline=None)
@given(st.lists(CELL, min_size=5, max_size=60), st.integers(16, 200), st.integers(1, 120), st.booleans())
def test_plain_records(tmp_path_factory, cells, each, slack, returns):
    """Each record is in one block, and no other: the first cells of all blocks are those of the file in order."""
    end = "\r\n" if returns else "\n"
    rows = [f"k{number}{cell}" for number, cell in enumerate(cells)]
    content = f"key,number{end}" + "".join(f"{row},{number}{end}" for number, row in enumerate(rows))
    found = read_in_blocks(tmp_path_factory.mktemp("home"), content.encode(), each, slack)
    assert found == (len(rows), 0, rows, 0)


@settings(max_examples=150, deadline=None)
@given(st.lists(AWKWARD, min_size=5, max_size=60), st.integers(16, 300), st.integers(1, 40))
@example(["", "", "", "", "", "\n,,\n"], 16, 1)
def test_quoted_records(tmp_path_factory, cells, each, slack):
    """Quotes, delimiters and newlines in cells: a block that cannot be told is left out, and no row is made up."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["key", "text", "number"])
    for number, cell in enumerate(cells):
        writer.writerow([f"k{number}", cell, number])
    written, rejected, keys, left_out = read_in_blocks(
        tmp_path_factory.mktemp("home"), out.getvalue().encode(), each, slack
    )
    wanted = [f"k{number}" for number in range(len(cells))]
    if not left_out:
        assert (written, rejected, sorted(keys)) == (len(cells), 0, sorted(wanted))
    assert set(keys) <= set(wanted)
    assert len(set(keys)) == len(keys)
