"""The binary reader: every type and key, the records it keeps, and the dead letters it writes."""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from etl_batch.errors import EtlError, InputRefused
from etl_batch.formats.records.decoder import Decoded, decode
from etl_batch.layouts import Layout, load_layouts, parse_layouts

Make = Callable[..., Layout]


@pytest.fixture
def make_layout() -> Make:
    """Builds the layout `records` from its fields and other keys."""

    def make(fields: list[dict[str, Any]], **keys: Any) -> Layout:
        return parse_layouts(json.dumps({"version": 1, "layouts": {"r": {"fields": fields, **keys}}}))["r"]

    return make


def read(layout: Layout, raw: bytes) -> Decoded:
    """Decode as if the records stood at byte 1000 of a file, after 10 others."""
    return decode(layout, raw, source="data/a.bin", offset=1000, first_record=10)


def fates(decoded: Decoded, column: str = "a") -> tuple[list[Any], list[str]]:
    """The values that were kept, and why the others were not."""
    return decoded.batch.column(column).to_pylist(), [reject.reason for reject in decoded.rejects]


def moment(*parts: int) -> datetime:
    """A time stamp without a zone, as the columns hold."""
    return datetime(*parts)  # type: ignore[misc,arg-type]  # noqa: DTZ001


VALUES: list[tuple[dict[str, Any], bytes, Any]] = [
    ({"type": "i8"}, b"\xff", -1),
    ({"type": "u64", "endian": "big"}, b"\0" * 7 + b"\x05", 5),
    ({"type": "u64"}, b"\xff" * 8, 2**64 - 1),
    ({"type": "i16", "endian": "big"}, b"\xff\xfe", -2),
    ({"type": "f16"}, struct.pack("<e", 1.5), 1.5),
    ({"type": "f32", "endian": "big"}, struct.pack(">f", -0.25), -0.25),
    ({"type": "f64"}, struct.pack("<d", 1e300), 1e300),
    ({"type": "bool"}, b"\x01", True),
    ({"type": "bool", "bits": {"start": 3, "len": 1}}, b"\xf7", False),
    ({"type": "u8", "bits": {"start": 2, "len": 3}}, b"\x14", 5),
    ({"type": "i8", "bits": {"start": 2, "len": 3}}, b"\x14", -3),
    ({"type": "u16", "endian": "big", "bits": {"start": 0, "len": 12}}, b"\xf1\x23", 0x123),
    ({"type": "i32", "bits": {"start": 0, "len": 32}}, struct.pack("<i", -7), -7),
    ({"type": "i16", "scale": 0.5}, b"\x03\0", 1.5),
    ({"type": "i64", "scale": 1.0}, struct.pack("<q", 2**60 + 1), float(2**60)),
    ({"type": "i16", "decimals": 2}, struct.pack("<h", -1234), Decimal("-12.34")),
    ({"type": "u64", "decimals": 1}, b"\xff" * 8, Decimal(2**64 - 1) / 10),
    ({"type": "u8", "enum": {"1": "cash", "0x02": "card"}}, b"\x02", "card"),
    ({"type": "u8", "enum": ["none", "one"]}, b"\x01", "one"),
    ({"type": "char", "size": 1, "enum": {"A": "active"}}, b"A", "active"),
    ({"type": "char", "size": 2, "enum": ["on", "no"]}, b"no", "no"),
    ({"type": "datetime"}, struct.pack("<q", 86_400), moment(1970, 1, 2)),
    ({"type": "datetime", "size": 4, "endian": "big"}, struct.pack(">i", -1), moment(1969, 12, 31, 23, 59, 59)),
    (
        {"type": "datetime", "unit": "ms", "epoch": "2000-01-01"},
        struct.pack("<q", 1),
        moment(2000, 1, 1, 0, 0, 0, 1000),
    ),
    ({"type": "date"}, struct.pack("<i", -1), date(1969, 12, 31)),
    ({"type": "date", "size": 2, "epoch": "1900-01-01"}, struct.pack("<h", 1), date(1900, 1, 2)),
    ({"type": "date", "unit": "s", "size": 8}, struct.pack("<q", -1), date(1969, 12, 31)),
    ({"type": "char", "size": 5}, b"ab \0\0", "ab "),
    ({"type": "char", "size": 5, "strip": "space"}, b"\0ab  ", "\0ab"),
    ({"type": "char", "size": 5, "strip": "both"}, b" ab\0 ", " ab"),
    ({"type": "char", "size": 3, "strip": "none"}, b"a\0\0", "a\0\0"),
    ({"type": "char", "size": 4}, b"a\0b\0", "a\0b"),
    ({"type": "str", "size": 4}, "é\0\0".encode(), "é"),
    ({"type": "str", "size": 2, "encoding": "latin-1"}, b"\xe9\0", "é"),
    ({"type": "str", "size": 3, "encoding": "cp037", "strip": "space"}, b"\xc1\xc2\x40", "AB"),
    ({"type": "str", "size": 6, "encoding": "utf-16-le"}, "ab\0".encode("utf-16-le"), "ab"),
    ({"type": "bytes", "size": 3}, b"\0\xff\0", b"\0\xff\0"),
    ({"type": "ascii_int", "size": 5}, b" -007", -7),
    ({"type": "ascii_int", "size": 5}, b"+12\0 ", 12),
    ({"type": "ascii_int", "size": 5, "decimals": 2}, b"01234", Decimal("12.34")),
    ({"type": "ascii_int", "size": 24}, b"  " + b"9" * 22, Decimal("9" * 22)),
    ({"type": "ascii_int", "size": 3, "scale": 0.5}, b"  3", 1.5),
    ({"type": "ascii_decimal", "size": 6}, b" -1.50", -1.5),
    ({"type": "ascii_decimal", "size": 3}, b" .5", 0.5),
    ({"type": "ascii_decimal", "size": 6, "decimals": 2}, b"  1234", Decimal("12.34")),
    ({"type": "ascii_decimal", "size": 6, "decimals": 2}, b"+ 12.5".replace(b" ", b"0"), Decimal("12.50")),
    ({"type": "ascii_decimal", "size": 6, "decimals": 1}, b"1.5000", Decimal("1.5")),
    ({"type": "ascii_decimal", "size": 3, "decimals": 0}, b"-.0", Decimal(0)),
    ({"type": "ascii_decimal", "size": 40, "decimals": 0}, b"9" * 38 + b".0", Decimal("9" * 38)),
    ({"type": "ascii_decimal", "size": 44, "decimals": 38}, b"." + b"9" * 38 + b"00000", Decimal(f"0.{'9' * 38}")),
    ({"type": "packed", "size": 3}, b"\x12\x34\x5d", -12345),
    ({"type": "packed", "size": 3, "decimals": 2}, b"\x12\x34\x5c", Decimal("123.45")),
    ({"type": "packed", "size": 2}, b"\x12\x3f", 123),
    ({"type": "packed", "size": 11}, b"\x12" * 10 + b"\x1d", Decimal("-121212121212121212121")),
    ({"type": "packed", "size": 11, "decimals": 20}, b"\x12" * 10 + b"\x1c", Decimal("1.21212121212121212121")),
    ({"type": "zoned", "size": 3}, b"\xf1\xf2\xd3", -123),
    ({"type": "zoned", "size": 3}, b"\xf1\xf2\xf3", 123),
    ({"type": "zoned", "size": 3, "decimals": 1}, b"12C", Decimal("12.3")),
    ({"type": "zoned", "size": 3}, b"12}", -120),
    ({"type": "zoned", "size": 2}, b"1r", -12),
    ({"type": "i16", "null_values": [-9999], "min": 0}, struct.pack("<h", -9999), None),
    ({"type": "i16", "null_values": [-9999], "scale": 0.1}, struct.pack("<h", -9999), None),
    ({"type": "f64", "null_values": ["nan"], "min": 0}, struct.pack("<d", math.nan), None),
    ({"type": "datetime", "null_values": [0]}, bytes(8), None),
    ({"type": "datetime", "null_values": [-(2**63)]}, struct.pack("<q", -(2**63)), None),
    ({"type": "char", "size": 3, "null_values": [""]}, b" \0 ", None),
    ({"type": "char", "size": 3, "null_values": ["N/A"], "pattern": "x"}, b"N/A", None),
    ({"type": "char", "size": 3, "null_values": [""], "enum": {"A": "a"}}, b"   ", None),
    ({"type": "ascii_int", "size": 3, "null_values": ["", 999]}, b"   ", None),
    ({"type": "ascii_int", "size": 3, "null_values": ["", 999]}, b"999", None),
    ({"type": "ascii_int", "size": 3, "null_values": [""], "enum": {"1": "one"}}, b"   ", None),
    ({"type": "ascii_decimal", "size": 4, "null_values": [99.9]}, b"99.9", None),
    ({"type": "packed", "size": 2, "null_values": [""]}, b"\x40\x40", None),
    ({"type": "zoned", "size": 2, "null_values": [""]}, b"  ", None),
    ({"type": "bytes", "size": 2, "null_values": [""]}, b"\0\0", None),
    ({"type": "bytes", "size": 2, "null_values": ["ffff"]}, b"\xff\xff", None),
    ({"type": "u8", "null_values": [0], "enum": {"1": "one"}}, b"\0", None),
]


@pytest.mark.parametrize(("field", "stored", "expected"), VALUES)
def test_values(make_layout: Make, field: dict[str, Any], stored: bytes, expected: Any) -> None:
    """Each type and key gives the value that the documentation promises, in the schema's type."""
    layout = make_layout([{"name": "a", **field}])
    decoded = read(layout, stored * 3)
    assert fates(decoded) == ([expected] * 3, [])
    assert decoded.kept is None
    kind = decoded.batch.schema.field("a").type
    assert (kind.value_type if pa.types.is_dictionary(kind) else kind) == layout.schema.field("a").type


REFUSED: list[tuple[dict[str, Any], bytes, bytes, str]] = [
    ({"type": "u8", "min": 3}, b"\x03", b"\x02", "out_of_range"),
    ({"type": "u8", "max": 3}, b"\x03", b"\x04", "out_of_range"),
    ({"type": "f32", "max": 3}, struct.pack("<f", 3), struct.pack("<f", math.nan), "out_of_range"),
    ({"type": "i16", "decimals": 1, "max": 1.5}, struct.pack("<h", 15), struct.pack("<h", 16), "out_of_range"),
    ({"type": "i16", "scale": 0.5, "max": 1.5}, struct.pack("<h", 3), struct.pack("<h", 4), "out_of_range"),
    ({"type": "date", "min": "2000-01-01"}, struct.pack("<i", 10957), struct.pack("<i", 10956), "out_of_range"),
    ({"type": "u8", "const": 9}, b"\x09", b"\x08", "const_mismatch"),
    ({"type": "char", "size": 2, "const": "ok"}, b"ok", b"no", "const_mismatch"),
    ({"type": "bytes", "size": 2, "const": "0d0a"}, b"\r\n", b"\n\r", "const_mismatch"),
    ({"type": "char", "size": 2, "pattern": "[a-z]"}, b"a\0", b"ab", "pattern_mismatch"),
    ({"type": "u8", "enum": {"1": "one"}}, b"\x01", b"\x02", "invalid_enum"),
    ({"type": "char", "size": 1, "enum": ["x"]}, b"x", b"y", "invalid_enum"),
    ({"type": "bool"}, b"\x01", b"\x02", "invalid_bool"),
    ({"type": "char", "size": 2}, b"ok", b"o\xff", "invalid_text"),
    ({"type": "char", "size": 2}, b"ok", b"o\xc3", "invalid_text"),
    ({"type": "char", "size": 2, "encoding": "ascii"}, b"ok", "é".encode(), "invalid_text"),
    ({"type": "char", "size": 2, "encoding": "utf-16-le"}, b"o\0", b"\0\xd8", "invalid_text"),
    ({"type": "char", "size": 1, "encoding": "cp1252", "null_values": [""]}, b"a", b"\x81", "invalid_text"),
    ({"type": "ascii_int", "size": 4}, b"  12", b"1 2 ", "invalid_number"),
    ({"type": "ascii_int", "size": 4}, b"  12", b"    ", "invalid_number"),
    ({"type": "ascii_int", "size": 4}, b"  12", b"0x1F", "invalid_number"),
    ({"type": "ascii_int", "size": 4}, b"  12", b"1_00", "invalid_number"),
    ({"type": "ascii_int", "size": 4, "null_values": [""]}, b"  12", b"\xff\xff  ", "invalid_number"),
    ({"type": "ascii_int", "size": 40}, b"9".rjust(40), b"9" * 40, "invalid_number"),
    ({"type": "ascii_decimal", "size": 4}, b" 1.2", b"1e12", "invalid_number"),
    ({"type": "ascii_decimal", "size": 4}, b" 1.2", b" nan", "invalid_number"),
    ({"type": "ascii_decimal", "size": 4, "decimals": 1}, b" 1.2", b"1.23", "invalid_number"),
    ({"type": "ascii_decimal", "size": 4, "decimals": 1}, b" 1.2", b"   .", "invalid_number"),
    ({"type": "packed", "size": 2}, b"\x12\x3c", b"\x1a\x3c", "invalid_number"),
    ({"type": "packed", "size": 2}, b"\x12\x3c", b"\x12\x34", "invalid_number"),
    ({"type": "packed", "size": 2}, b"\x12\x3c", b"\0\0", "invalid_number"),
    ({"type": "packed", "size": 11}, b"\0" * 10 + b"\x1c", b"\xaa" * 11, "invalid_number"),
    ({"type": "zoned", "size": 2}, b"12", b"C2", "invalid_number"),
    ({"type": "datetime"}, bytes(8), struct.pack("<q", 2**62), "invalid_timestamp"),
    ({"type": "date"}, bytes(4), struct.pack("<i", -(2**31)), "invalid_timestamp"),
]


@pytest.mark.parametrize(("field", "good", "bad", "reason"), REFUSED)
def test_refused_values(make_layout: Make, field: dict[str, Any], good: bytes, bad: bytes, reason: str) -> None:
    """A bad value makes its record one dead letter; with `null` it is a null, with `fail` it ends the run."""
    raw = good + bad + good
    fields = [{"name": "a", **field}]
    decoded = read(make_layout(fields), raw)
    (kept, rejected), size = fates(decoded), len(good)
    assert (len(kept), rejected) == (2, [reason])
    assert kept == fates(read(make_layout(fields), good + good))[0]
    assert decoded.kept is not None
    assert decoded.kept.tolist() == [True, False, True]
    (reject,) = decoded.rejects
    assert (reject.source, reject.offset, reject.record, reject.field) == ("data/a.bin", 1000 + size, 11, "a")
    assert (base64.b64decode(reject.raw), reject.raw_encoding) == (bad, "base64")
    assert reject.detail.startswith("a ")
    assert reject.detail.endswith(".")

    nulled = read(make_layout([{**fields[0], "on_error": "null"}]), raw)
    assert fates(nulled) == ([kept[0], None, kept[1]], [])
    with pytest.raises(InputRefused, match=rf"Record 12 of data/a\.bin \(byte {1000 + size}\): a ") as refused:
        read(make_layout([{**fields[0], "on_error": "fail"}]), raw)
    assert (refused.value.reason, refused.value.offset) == (reason, 1000 + size)


def test_a_record_is_rejected_once_for_its_first_bad_field(make_layout: Make) -> None:
    """Records wrong in several fields give one dead letter each, and dead letters stand in input order."""
    layout = make_layout(
        [{"name": "a", "type": "u8", "max": 5, "min": 2}, {"name": "b", "type": "char", "size": 1, "pattern": "x"}]
    )
    decoded = read(layout, b"\x03y" + b"\x09y" + b"\x03x" + b"\x01x")
    assert [(reject.record, reject.field, reject.reason) for reject in decoded.rejects] == [
        (10, "b", "pattern_mismatch"),
        (11, "a", "out_of_range"),
        (13, "a", "out_of_range"),
    ]
    assert decoded.batch.to_pydict() == {"a": [3], "b": ["x"]}
    assert decoded.rejects[1].detail == "a is 9 (bytes 09); it must be at least 2 and at most 5."


def test_skipped_fields_are_read_over_but_their_rules_hold(make_layout: Make) -> None:
    """A skipped field makes no column and hides bad text, but its `const` still guards the record."""
    layout = make_layout(
        [
            {"name": "mark", "type": "u8", "const": 1, "skip": True},
            {"type": "char", "size": 1, "skip": True},
            {"name": "a", "type": "u8"},
        ]
    )
    decoded = read(layout, b"\x01\xff\x05" + b"\x02\xff\x06")
    assert decoded.batch.to_pydict() == {"a": [5]}
    assert [(reject.field, reject.reason) for reject in decoded.rejects] == [("mark", "const_mismatch")]


TYPES = {
    "field": "kind",
    "layouts": {
        "1": {"fields": [{"name": "x", "type": "u8", "max": 9}, {"name": "y", "type": "u8"}]},
        "2": {"fields": [{"name": "x", "type": "u8", "max": 9}, {"name": "word", "type": "char", "size": 1}]},
    },
}


def test_discriminator_gives_each_record_its_type(make_layout: Make) -> None:
    """Shared columns come from all types, others are null; checks hold within a type; unknown types are rejected."""
    layout = make_layout([{"name": "kind", "type": "u8"}], discriminator=TYPES)
    decoded = read(layout, b"\x01\x03\x04" + b"\x02\x05w" + b"\x03\x00\x00" + b"\x02\x0aw" + b"\x02\x06\xff")
    assert decoded.batch.to_pydict() == {"kind": [1, 2], "x": [3, 5], "y": [4, None], "word": [None, "w"]}
    assert [(reject.record, reject.field, reject.reason) for reject in decoded.rejects] == [
        (12, "kind", "unknown_record_type"),
        (13, "x", "out_of_range"),
        (14, "word", "invalid_text"),
    ]


def test_discriminator_may_be_text_and_a_type_may_be_absent(make_layout: Make) -> None:
    """A block without a record of one type still has that type's columns."""
    types = {"field": "kind", "layouts": {"AA": TYPES["layouts"]["1"], "B": TYPES["layouts"]["2"]}}
    layout = make_layout([{"name": "kind", "type": "char", "size": 2}], discriminator=types)
    decoded = read(layout, b"AA\x03\x04AA\x05\x06")
    assert decoded.batch.to_pydict() == {"kind": ["AA", "AA"], "x": [3, 5], "y": [4, 6], "word": [None, None]}


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda raw: np.frombuffer(raw, np.uint8).copy()])
def test_input_may_be_any_buffer_and_is_not_kept(kind: Callable[[bytes], Any]) -> None:
    """All buffers give the same batch, and overwriting the buffer afterwards does not change it."""
    layout = load_layouts(None)["default"]
    raw = kind(b"".join(struct.pack("<IQIq32s", n, n, n, -n, b"P%d" % (n % 3)) for n in range(100)))
    decoded = decode(layout, raw, source="a", offset=0, first_record=0)
    if not isinstance(raw, bytes | memoryview):
        memoryview(raw)[:] = bytes(len(raw))
    rows = decoded.batch.to_pylist()
    assert rows[7] == {"id": 7, "timestamp": 7, "quantity": 7, "value": -7, "product": "P1"}
    assert len(rows) == 100


def test_a_field_that_fills_the_record_is_copied_too(make_layout: Make) -> None:
    """Even where no gathering is needed the batch does not share the caller's buffer."""
    raw = bytearray(b"\x01\x02\x03\x04")
    batch = read(make_layout([{"name": "a", "type": "u16"}]), raw).batch  # type: ignore[arg-type]
    raw[:] = bytes(4)
    assert batch.column("a").to_pylist() == [0x0201, 0x0403]


def test_no_records_give_an_empty_batch() -> None:
    """Nothing in, nothing out, in the schema's types."""
    layout = load_layouts(None)["default"]
    decoded = read(layout, b"")
    assert (decoded.batch.num_rows, decoded.batch.schema, decoded.rejects) == (0, layout.schema, [])


def test_part_of_a_record_is_a_bug_of_the_caller() -> None:
    """Bytes that are no whole records are never guessed at."""
    with pytest.raises(EtlError, match="not a whole number of records of 56 bytes"):
        read(load_layouts(None)["default"], bytes(57))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("distinct", [3, 20_000])
def test_few_and_many_distinct_texts_read_the_same(make_layout: Make, encoding: str, distinct: int) -> None:
    """Text that repeats is decoded once, text that does not is decoded in one sweep; what comes out is the same."""
    fields = [{"name": "a", "type": "char", "size": 12, "encoding": encoding, "null_values": ["text-2"]}]
    cells = [f"text-{n % distinct}".encode().ljust(12, b"\0") for n in range(20_000)]
    cells[5], cells[19_998] = b"bad \xff", "é".encode(encoding, "replace") if encoding != "ascii" else b"\xe9"
    raw = b"".join(cell.ljust(12, b"\0") for cell in cells)
    decoded = read(make_layout(fields), raw)
    assert pa.types.is_string(decoded.batch.schema.field("a").type) == (distinct > 3)
    bad = {"utf-8": {5}, "ascii": {5, 19_998}, "latin-1": set()}[encoding]
    expected = [cell.rstrip(b"\0").decode(encoding) for row, cell in enumerate(cells) if row not in bad]
    assert decoded.batch.column("a").to_pylist() == [None if text == "text-2" else text for text in expected]
    assert {reject.record - 10 for reject in decoded.rejects} == bad


def test_a_dictionary_holds_no_text_twice(make_layout: Make) -> None:
    """Cells that differ in padding only, and values that share a label, are one dictionary entry."""
    fields = [
        {"name": "a", "type": "char", "size": 3, "strip": "both"},
        {"name": "b", "type": "char", "size": 1, "enum": {"y": "yes", "Y": "yes", "n": "no"}},
        {"name": "c", "type": "u8", "enum": {"1": "yes", "2": "yes", "3": "no"}},
    ]
    batch = read(make_layout(fields), b"ab\0n\x03ab y\x01abcY\x02").batch
    assert batch.to_pydict() == {"a": ["ab", "ab", "abc"], "b": ["no", "yes", "yes"], "c": ["no", "yes", "yes"]}
    for column in batch.columns:
        assert len(set(column.dictionary.to_pylist())) == len(column.dictionary)
