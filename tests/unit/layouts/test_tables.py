"""Layouts as tables: what `layouts show` prints."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from etl_batch.formats.records.decoder import decode
from etl_batch.layouts import Layout, describe, load_layouts, render_table

Make = Callable[..., Layout]

DEFAULT_TABLE = """\
default: records of 56 bytes; stratum product; measures value, quantity; trailing bytes: dead_letter
Sales records of 56 bytes: an id, a Unix time stamp, a quantity, a value and a product name.

field      type  offset  size  endian  column  example  notes
---------  ----  ------  ----  ------  ------  -------  -----------------
id         u32   0       4     little  uint32  1
timestamp  u64   4       8     little  uint64  1
quantity   u32   12      4     little  uint32  1
value      i64   16      8     little  int64   1
product    char  24      32    -       string  text     utf-8, strip null
"""


def test_the_default_layout_prints_as_documented() -> None:
    """The whole table of the layout that ships."""
    assert render_table(load_layouts(None)["default"]) == DEFAULT_TABLE


def test_examples_can_come_from_a_record() -> None:
    """With a record's bytes the examples are its values, and a value that cannot be read has none."""
    layout = load_layouts(None)["default"]
    record = struct.pack("<IQIq32s", 7, 8, 9, -10, b"Tea")
    assert [row["example"] for row in describe(layout, record)] == [7, 8, 9, -10, "Tea"]
    assert describe(layout, record[:24] + b"\xff" * 32)[4]["example"] is None


EXAMPLES: list[tuple[dict[str, Any], bytes]] = [
    ({"type": "u8", "const": 7}, b"\x07"),
    ({"type": "i16", "min": -5, "max": -2}, b"\xfb\xff"),
    ({"type": "u8", "enum": {"3": "three"}, "null_values": [0]}, b"\x03"),
    ({"type": "i32", "decimals": 2}, b"\x01\0\0\0"),
    ({"type": "i32", "decimals": 6}, b"\x01\0\0\0"),
    ({"type": "i16", "scale": 0.25}, b"\x01\0"),
    ({"type": "bool", "const": True}, b"\x01"),
    ({"type": "bytes", "size": 2, "const": "cafe"}, b"\xca\xfe"),
    ({"type": "ascii_decimal", "size": 4}, b" 1.5"),
    ({"type": "f32"}, b"\0\0\xc0\x3f"),
    ({"type": "char", "size": 3, "strip": "both", "on_error": "null"}, b"tex"),
    ({"type": "date"}, struct.pack("<i", 20484)),
    ({"type": "datetime", "epoch": "2000-01-01"}, struct.pack("<q", 823_176_000)),
]


@pytest.mark.parametrize(("field", "stored"), EXAMPLES)
def test_examples_are_values_the_field_may_have(make_layout: Make, field: dict[str, Any], stored: bytes) -> None:
    """Each example is what some bytes of the field are decoded to, and can stand in JSON."""
    layout = make_layout([{"name": "a", **field}])
    (row,) = describe(layout)
    decoded = decode(layout, stored, source="a.bin", offset=0, first_record=0)
    (value,) = decoded.batch.column(0).to_pylist()
    shown = value.hex() if isinstance(value, bytes) else f"{value:f}" if isinstance(value, Decimal) else str(value)
    assert str(row["example"]) == shown
    assert json.loads(json.dumps(row)) == row


def test_notes_name_every_rule(make_layout: Make) -> None:
    """What a field's keys ask for stands in its notes, and what the layout asks for in the first line."""
    layout = make_layout(
        [
            {"name": "f", "type": "u8", "bits": {"start": 2, "len": 3}, "const": 4, "skip": True},
            {"name": "t", "type": "datetime", "unit": "ms", "epoch": "1970-01-02", "min": "2000-01-01T00:00:00"},
            {"name": "c", "type": "str", "size": 2, "pattern": "[ab]+", "null_values": ["", "zz"]},
            {"name": "d", "type": "u16", "decimals": 1, "max": 9, "on_error": "fail"},
        ],
        header_bytes={"offset": 4, "type": "u16"},
        footer_bytes=2,
        record_count=8,
        magic={"hex": "cafe"},
        match=["*.dat"],
    )
    assert [row["notes"] for row in describe(layout)] == [
        "skipped; bits 2..4; const 4",
        "unit ms; epoch 86400000 ms; from 2000-01-01 00:00:00",
        "utf-8, strip null; pattern [ab]+; null: zz, blank",
        "1 decimals; to 9.0; on error: fail",
    ]
    assert render_table(layout).splitlines()[0] == (
        "records: records of 13 bytes; header u16 at byte 4; footer 2; record count 8; magic cafe at byte 0; "
        "files *.dat; trailing bytes: dead_letter"
    )


def test_words_signs_and_counts_are_told(make_layout: Callable[..., Layout]) -> None:
    """How records of variable length are told apart, and what makes a number or an element what it is."""
    fields = [
        {"name": "n", "type": "zoned", "size": 2, "sign": "leading_separate"},
        {"name": "v", "type": "u8", "add": 5, "count": {"field": "n", "max": 2}},
    ]
    word = {"size": 2, "endian": "little", "includes_word": False}
    table = render_table(make_layout(fields, record_format="bdw", length_word=word))
    assert table.startswith(
        "records: records of up to 4 bytes; a word of 2 bytes before each record (u16 little, without itself); "
        "a word of 4 bytes before each block (u16 big, with itself); trailing bytes: dead_letter"
    )
    assert "sign leading_separate" in table
    assert "plus 5; if n is over 1" in table
