"""Rejected records read again by another layout."""

from __future__ import annotations

import base64
import struct

import pytest

from etl_batch.errors import UsageError
from etl_batch.formats.records.again import mended_layout
from etl_batch.model import Reject
from etl_batch.reading_options import ReadingOptions
from tests.unit.engine_parts import layout_of, record_source

NUMBER = {"name": "n", "type": "u16"}


def rejects_of(*numbers: int) -> list[Reject]:
    """Records of these numbers, and a part of one."""
    raws = [*(struct.pack("<H", number) for number in numbers), b"x"]
    return [
        Reject("in.bin", 2 * place, place, "out_of_range", "n", "", base64.b64encode(raw).decode(), "base64")
        for place, raw in enumerate(raws)
    ]


def test_records_by_the_layout_of_now(tmp_path) -> None:
    """Those that pass are rows at their places, those that do not have the reason of now, and a part stays one."""
    former = record_source(tmp_path, struct.pack("<2H", 1, 2), layout_of([{**NUMBER, "max": 1}]))
    now = former.mended(ReadingOptions("r"), {"r": layout_of([{**NUMBER, "max": 5}])})
    given = rejects_of(3, 9, 4)
    found = now.reread(given, former)
    assert (found.columns[0].to_pylist(), found.rows.tolist()) == ([3, 4], [0, 2])
    assert (found.rejects[3], found.rejects[1].detail) == (given[3], "n is 9 (bytes 09 00); it must be at most 5.")


def test_which_layout(tmp_path) -> None:
    """The one that is named, else the one of that name as it is now, else the former; other lengths are refused."""
    former = record_source(tmp_path, struct.pack("<2H", 1, 2), layout_of([NUMBER]))
    other = layout_of([{**NUMBER, "name": "m"}])
    assert mended_layout(former.layout, ReadingOptions(), {}) == former.layout
    assert former.mended(ReadingOptions(), {"r": other}).column_names == ["m"]
    assert former.mended(ReadingOptions("s"), {"s": other}).column_names == ["m"]
    with pytest.raises(UsageError, match="no layout"):
        former.mended(ReadingOptions("s"), {"r": other})
    with pytest.raises(UsageError, match="4 bytes now, and 2 in the run"):
        former.mended(ReadingOptions(), {"r": layout_of([NUMBER, {**NUMBER, "name": "m"}])})
