"""Blocks of text: they partition a file's records, whatever their size and whatever stands in the file."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from etl_batch.analytics.strata import plain_value
from etl_batch.formats.blocks import Reads, WantedColumns
from etl_batch.formats.text.probe import TextBlocks
from etl_batch.stages.plan import plan_columns
from tests.unit.engine_parts import text_source

CITIES = ["Paris", "Rome", "Oslo"]
PLAIN = "id,city,rain\n" + "".join(f"{n},{CITIES[n % 3]},{n % 7}.5\n" for n in range(300))
TRUTH = Counter({"Paris": 100, "Rome": 100, "Oslo": 100})
TOTAL = sum(n % 7 + 0.5 for n in range(300))
QUOTED = "id,city,note\n" + "".join(f'{n},"{CITIES[n % 3]}","said ""no"", twice\nand left, {n}"\n' for n in range(300))
SIZES = [16, 33, 64, 1000, 1 << 20]


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
def read_blocks(tmp_path: Path) -> Callable[..., Read]:
    """Read a text file in blocks of so many bytes, and add up what is in them."""

    def read(content: bytes, each: int, stratum: str | None = None, measure: str | None = None, slack: int = 8) -> Read:
        source = text_source(tmp_path, content)
        columns = {column.name: column for column in plan_columns([source]).columns}
        wanted = WantedColumns(columns.get(stratum or ""), (columns[measure],) if measure else ())
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


@pytest.mark.parametrize("each", SIZES)
@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.rstrip("\n").encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace("\n", "\n\n").encode(),
    ],
    ids=["plain", "no last newline", "CRLF", "CR", "BOM", "semicolons", "blank lines"],
)
def test_every_record_is_in_one_block(read_blocks, content, each):
    """Rows, strata and totals of all blocks are those of the file, and the blocks' bytes add up to its own."""
    read = read_blocks(content, each, "city", "rain")
    assert (read.rows, read.rejected, read.strata) == (300, 0, TRUTH)
    assert read.total == pytest.approx(TOTAL)
    assert read.sizes == len(content) - read.start
    assert read.left_out == 0


@pytest.mark.parametrize("each", [16, 64, 1000, 1 << 20])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "utf-16-be"])
def test_encodings(read_blocks, encoding, each):
    """Latin-1 and UTF-16 files are read as a run reads them."""
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    text = PLAIN.replace("Oslo", "Malmö").replace("Paris", "Orléans")
    content = mark + text.encode(encoding)
    read = read_blocks(content, each, "city", "rain")
    assert (read.rows, read.strata) == (300, Counter({"Orléans": 100, "Rome": 100, "Malmö": 100}))
    assert read.sizes == len(content) - read.start


@pytest.mark.parametrize("each", [100, 333, 4096, 1 << 20])
def test_newlines_inside_quotes(read_blocks, each):
    """Blocks that begin inside a quoted field are told by their quotes and by the number of fields."""
    read = read_blocks(QUOTED.encode(), each, "city")
    assert (read.rows, read.rejected, read.strata, read.left_out) == (300, 0, TRUTH, 0)


@pytest.mark.parametrize("each", [64, 500, 1 << 20])
def test_rejects_are_counted_apart(read_blocks, each):
    """Records with a wrong number of fields or bad UTF-8 are no rows; those around them are."""
    lines = PLAIN.encode().splitlines(keepends=True)
    lines[50] = b"50,Rome\n"
    lines[120] = b"120,Rome,3,4\n"
    lines[200] = b"200,Rom\xff,3\n"
    read = read_blocks(b"".join(lines), each, "city", "rain")
    assert (read.rows, read.rejected) == (297, 3)


@pytest.mark.parametrize("each", [64, 500, 1 << 20])
def test_stray_quotes(read_blocks, each):
    """Quotes in bare fields are matched record by record; blocks that cannot be told are left out, none is wrong."""
    text = "id,city,size\n" + "".join(f'{n},Rome,{n % 9}" wide\n' for n in range(300))
    read = read_blocks(text.encode(), each, "city")
    assert read.rejected == 0
    assert read.strata == Counter({"Rome": read.rows})
    assert read.rows == 300 or read.left_out > 0


def test_a_long_record_is_read_to_its_end(read_blocks):
    """A record far longer than a block, and than what is read behind one at once."""
    text = "id,city\n" + f"1,{'x' * 50_000}\n2,Rome\n3,{'y' * 9_000}\n4,Oslo\n"
    read = read_blocks(text.encode(), 64, "city")
    assert (read.rows, read.sizes) == (4, len(text) - 8)


def test_no_header(read_blocks):
    """The first record counts where no header stands."""
    assert read_blocks(b"1,2.5\n2,3.5\n3,4.5\n", 8).rows == 3


def test_records_that_end_where_blocks_do(read_blocks):
    """A record that begins at the first byte of the next block belongs to that one, and to it alone."""
    text = "key,n\n" + "".join(f"{f'k{n}':x<29},{n}\n" for n in range(9))
    assert {len(line) for line in text.splitlines(keepends=True)[1:]} == {32}
    read = read_blocks(text.encode(), 16, "key", slack=64)
    assert (read.rows, read.sizes, len(read.strata)) == (9, 9 * 32, 9)
