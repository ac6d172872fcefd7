"""Sources whose rejects are read again: rows in their places, columns of all readings, and one pass or two."""

from __future__ import annotations

import struct
from dataclasses import replace

import pyarrow as pa
import pytest

from etl_batch.columns.conventions import AS_WRITTEN, Conventions
from etl_batch.model import Ragged, Replayed
from etl_batch.reading_options import ReadingOptions
from etl_batch.schemas.spec import ColumnSpec, Schema
from etl_batch.stages.replayed import Judge, Reading, ReplayedSource, Rows
from tests.unit.engine_parts import layout_of, read_all, record_source, text_source

TEXT = "n,t\n1,a\n\n2\n3,b\n4,c,d\n\n5\n"


@pytest.fixture
def readings(tmp_path) -> list[Reading]:
    """A text, and its rows of odd width filled up and then cut off."""
    first = text_source(tmp_path, TEXT)
    return [Reading(first), *(Reading(replace(first, ragged=each)) for each in (Ragged.PAD, Ragged.TRUNCATE))]


@pytest.mark.parametrize("chunk_bytes", [1, 8, 1000])
def test_rows_stand_in_their_places(readings, chunk_bytes) -> None:
    """Blank lines between them do not move them; what is left has its number."""
    found = read_all(ReplayedSource.of(readings[:2]), chunk_bytes)
    assert found.rows == [("1", "a"), ("2", ""), ("3", "b"), ("5", "")]
    assert [(reject.record, reject.raw) for reject in found.rejects] == [(4, "4,c,d")]
    assert (found.records, found.skipped) == (7, 2)
    assert [row[0] for row in read_all(ReplayedSource.of(readings), chunk_bytes).rows] == list("12345")


@pytest.mark.parametrize("chunk_bytes", [1, 8, 1000])
def test_a_mended_row_stands_where_its_record_does(readings, chunk_bytes) -> None:
    """So whether it is sampled does not hang on when it was mended, and no other row is moved."""
    source = ReplayedSource.of(readings)
    slabs = (slab for piece in source.cut(chunk_bytes) for slab in source.read(piece.place, 0))
    places = [place for slab in slabs for place in slab.places.whole().tolist()]
    assert [TEXT[place] for place in places] == list("12345")


def test_what_a_pass_gives(readings) -> None:
    """The rows of before and the new ones, apart; together they account for each record once."""

    def slabs(rows: Rows):
        source = ReplayedSource.of(readings, rows)
        return [slab for piece in source.cut(8) for slab in source.read(piece.place, 0)]

    former, new = slabs(Rows.FORMER), slabs(Rows.NEW)
    assert [text for slab in former for text in slab.arrays()[0].to_pylist()] == list("1235")
    assert [text for slab in new for text in slab.arrays()[0].to_pylist()] == ["4"]
    assert sum(slab.records for slab in former) == 6
    assert sum(slab.records for slab in new) == 1
    for slab in (*former, *new):
        assert slab.records == slab.rows + len(slab.rejects) + slab.skipped
    assert sum(slab.records + slab.elsewhere for slab in new) == 7
    assert sum((slab.replayed for slab in (*former, *new)), Replayed()) == Replayed(1, 1, 0)


def test_columns_are_those_of_all_readings(tmp_path) -> None:
    """By name, each of a type that holds both; where a reading lacks one there is nothing."""
    fields = [{"name": "id", "type": "u8"}, {"name": "level", "type": "u8", "max": 1}]
    first = record_source(tmp_path, struct.pack("6B", 1, 0, 2, 200, 3, 1), layout_of(fields))
    mended = [{"name": "level", "type": "i8"}, {"name": "more", "type": "u8"}]
    now = first.mended(ReadingOptions(), {"r": layout_of(mended)})
    source = ReplayedSource.of([Reading(first), Reading(now)])
    assert [(column.name, column.type) for column in source.columns] == [
        ("id", pa.uint8()),
        ("level", pa.int64()),
        ("more", pa.uint8()),
    ]
    assert read_all(source, 1000).rows == [(1, 0, None), (None, 2, 200), (3, 1, None)]
    (sampled,) = source.sample()
    assert sampled.batch.schema.names == ["id", "level", "more"]
    assert source.record_layout is not None
    assert (source.record_layout.columns[0].name, source.as_read) == ("level", first)


def test_a_schema_of_each_reading(tmp_path) -> None:
    """Rows that broke the first are judged by the second, with the reason of the second."""
    first = text_source(tmp_path, "n,t\n1,a\n20,b\n300,c\n4,d\n")
    schemas = [Schema((ColumnSpec("n", "integer", max=most),)) for most in ("9", "99")]
    found = read_all(ReplayedSource.of([Reading(first, schema) for schema in schemas]), 1000)
    assert [row[0] for row in found.rows] == ["1", "20", "4"]
    (left,) = found.rejects
    assert (left.record, left.reason, "99" in left.detail) == (2, "schema_range", True)


def test_cells_are_brought_to_the_way_of_the_others(tmp_path) -> None:
    """Numbers where a number was declared, null words everywhere, and other texts stay."""
    first = text_source(tmp_path, 'n,t\n1.5,a\n"2,5","2,5"\nNA,NA\n')
    schema = Schema((ColumnSpec("n", "number"),))
    now = Reading(first, schema, Conventions(decimal=",", null_words=("NA",)))
    source = ReplayedSource.of([Reading(first, schema), now])
    assert read_all(source, 1000).rows == [("1.5", "a"), ("2.5", "2,5"), ("", "")]
    assert Judge(now, now).ways == [None, None]
    assert Judge(Reading(first, schema, AS_WRITTEN), now).ways[0] == AS_WRITTEN


def test_many_rejects_are_read_by_and_by(readings, monkeypatch) -> None:
    """Whatever fits into a batch."""
    rejects = read_all(readings[0].source, 1000).rejects
    together = Judge(readings[1], readings[0]).again(rejects)
    monkeypatch.setattr("etl_batch.stages.replayed._MOST_BYTES", 1)
    apart = Judge(readings[1], readings[0]).again(rejects)
    assert apart.rows.tolist() == together.rows.tolist() == [0, 2]
    assert list(apart.rejects) == list(together.rejects) == [1]
    assert apart.repaired == together.repaired == {"padded": 2}
