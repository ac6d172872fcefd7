"""The column chunks of a footer are where Arrow says that they are, and what contradicts itself ends no process."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.errors import FormatRefused
from etl_batch.formats.content import Content
from etl_batch.formats.look import Reading
from etl_batch.formats.parquet.footer import OddFooter, column_chunks
from etl_batch.formats.registry import detect
from etl_batch.parquet_terms import PHYSICAL
from tests.unit.engine_parts import read_all

ROWS = 9
TABLE = pa.table(
    {
        "i": pa.array([1, None, 3] * ROWS),
        "s": pa.array(["a", "bb", None] * ROWS).dictionary_encode(),
        "d": pa.array([date(2024, 2, 29)] * 3 * ROWS),
        "n": pa.array([{"x": 1.5, "y": [1, 2]}, None, {"x": None, "y": []}] * ROWS),
    }
)
HISTOGRAM = b"\x19\x26\x06\x0c"


def test_as_arrow_has_it(tmp_path: Path) -> None:
    """Type, path, size and place of each column of each row group."""
    path = tmp_path / "x.parquet"
    pq.write_table(TABLE, path, row_group_size=ROWS, compression="zstd", use_dictionary=["s"])
    metadata = pq.ParquetFile(path).metadata
    with Content(str(path)).opened() as opened:
        for number in (0, 2, 1, 1):
            group = metadata.row_group(number)
            for leaf, chunk in enumerate(column_chunks(opened, number)):
                theirs = group.column(leaf)
                assert chunk.physical == PHYSICAL[theirs.physical_type]
                assert b".".join(chunk.path).decode() == theirs.path_in_schema
                assert chunk.compressed == theirs.total_compressed_size
                assert chunk.begin == (theirs.dictionary_page_offset or theirs.data_page_offset)
                assert chunk.codec == 6
        with pytest.raises(OddFooter):
            column_chunks(opened, 3)


@pytest.mark.parametrize(("name", "wrong"), [(b"element", b"elem\xffnt"), (b"\x18\x01n", b"\x18\x01\xff")])
def test_names_that_are_no_text(tmp_path: Path, name: bytes, wrong: bytes) -> None:
    """Of a column or within one: the file is refused with a sentence."""
    path = tmp_path / "x.parquet"
    pq.write_table(TABLE.select(["n"]), path, store_schema=False)
    assert name in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(name, wrong))
    with pytest.raises(FormatRefused, match="UTF-8"):
        detect(path, 0, Reading({}))


def test_sizes_that_contradict_the_schema(tmp_path: Path) -> None:
    """Arrow ends the process when it is asked for the metadata of such a column; its values can be read."""
    path = tmp_path / "x.parquet"
    pq.write_table(TABLE.select(["i"]), path, row_group_size=ROWS)
    raw = path.read_bytes()
    # A histogram of definition levels: three nulls and six values. It becomes one of a single level.
    assert raw.count(HISTOGRAM) == 3
    path.write_bytes(raw.replace(HISTOGRAM, b"\x19\x16\x86\x0c"))
    found = read_all(detect(path, 0, Reading({})), 100)
    assert found.records == 3 * ROWS
