"""The hex view's model: which bytes belong to which field, what they mean, and why a record would be refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from etl_batch.errors import PathRefused
from etl_batch.layouts import Layout, parse_layouts
from etl_batch.reporting.formatting import visible
from etl_batch.ui.layouts.files import look, next_refused
from etl_batch.ui.layouts.hex_view import LINE_BYTES, SHOWN_BYTES, TONES, RecordView, view_record

FIELDS = [
    {"name": "id", "type": "u32"},
    {"name": "flag", "type": "bool", "offset": 4, "bits": {"start": 7, "len": 1}},
    {"name": "state", "type": "u8", "offset": 4, "bits": {"start": 0, "len": 3}, "enum": {"0": "off", "1": "on"}},
    {"name": "name", "type": "char", "size": 12},
    {"type": "bytes", "size": 2, "const": "0d0a", "skip": True},
    {"name": "price", "type": "i32", "decimals": 2, "max": 100, "on_error": "null"},
]


def layout_of(fields: list[dict[str, Any]] = FIELDS, **keys: Any) -> Layout:
    """A layout by its fields."""
    return parse_layouts(json.dumps({"version": 1, "layouts": {"x": {"fields": fields, **keys}}}))["x"]


def record(state: int = 1, name: bytes = b"Anna <b>", end: bytes = b"\r\n", price: int = 999) -> bytes:
    """One record of `FIELDS`."""
    return struct.pack("<IB12s2si", 258, 0x80 | state, name, end, price)


def view(raw: bytes, layout: Layout | None = None, **more: Any) -> RecordView:
    """A record seen as the third of a file with a header of 10 bytes."""
    return view_record(layout or layout_of(), raw, source="x.bin", record=2, offset=10 + 2 * len(raw), **more)


def test_every_byte_is_shown_once_and_in_order():
    """The runs of all lines, joined, are the record's own bytes, 16 to a line."""
    shown = view(record())
    assert " ".join(run.hex for line in shown.lines for run in line.runs) == record().hex(" ")
    assert [line.offset for line in shown.lines] == [0, LINE_BYTES]
    assert "".join(run.text for line in shown.lines for run in line.runs) == ".....Anna <b>.........."


def test_runs_belong_to_fields():
    """A run changes where the field does; a field that goes on in the next line keeps its colour and not its label."""
    first, second = view(record()).lines
    assert [(run.label, run.hex) for run in first.runs] == [
        ("id", "02 01 00 00"),
        ("flag, state", "81"),
        ("name", "41 6e 6e 61 20 3c 62 3e 00 00 00"),
    ]
    assert [(run.label, run.hex) for run in second.runs] == [("", "00"), ("#4", "0d 0a"), ("price", "e7 03 00 00")]
    assert first.runs[2].tone == second.runs[0].tone
    assert len({run.tone for run in first.runs}) == 3
    assert first.runs[1].title == "flag (bool, byte 4, bit 7): True; state (u8, byte 4, bits 0 to 2): on"


def test_values_are_decoded():
    """Each field has its place, its bytes and the value that a run would write."""
    shown = view(record())
    assert [(field.name, field.place, field.raw, field.value) for field in shown.fields] == [
        ("id", "bytes 0 to 3", "02 01 00 00", "258"),
        ("flag", "byte 4, bit 7", "81", "True"),
        ("state", "byte 4, bits 0 to 2", "81", "on"),
        ("name", "bytes 5 to 16", "41 6e 6e 61 20 3c 62 3e 00 00 00 00", "Anna <b>"),
        ("#4", "bytes 17 to 18", "0d 0a", "0d0a"),
        ("price", "bytes 19 to 22", "e7 03 00 00", "9.99"),
    ]
    assert (shown.refusal, [field.fault for field in shown.fields]) == (None, [None] * 6)
    assert (shown.record, shown.offset, shown.size) == (2, 56, 23)


def test_a_refused_record_says_what_a_run_would():
    """The reason and the sentence are those of the dead letter; every faulty field is marked, not the first alone."""
    shown = view(record(state=5, end=b"\r\r"))
    assert shown.refusal == (
        "invalid_enum: state holds the bytes 85, which are none of the values that the layout names."
    )
    assert {field.name: field.fault for field in shown.fields if field.fault} == {
        "state": "has a value that the layout does not name",
        "#4": "is not the constant that must stand there",
    }
    assert {run.label for line in shown.lines for run in line.runs if run.wrong} == {"flag, state", "#4"}


def test_a_value_that_is_read_as_nothing_is_no_refusal():
    """`on_error: null` keeps the record, and the view says so at the field."""
    shown = view(record(price=99_999))
    assert shown.refusal is None
    assert shown.fields[-1].fault == "is outside its limits; read as no value"
    failing = layout_of([{"name": "a", "type": "u8", "max": 3, "on_error": "fail"}])
    assert "on_error: fail" in (view(b"\x09", failing).refusal or "")


def test_data_is_shown_as_it_stands():
    """Control characters are spelled out, blank text is quoted, and nothing is taken for markup."""
    shown = view(record(name=b"\x1b[31m\xe2\x80\xaeabc"))
    assert shown.fields[3].value == visible("\x1b[31m\u202eabc")
    assert view(record(name=b" ")).fields[3].value == "' '"
    assert view(record(name=b"\xff")).fields[3].fault == "is no valid text"


def test_only_the_fields_of_the_record_type_are_shown():
    """Record types share bytes; a record of an unknown type shows what all have and the rest as no field's."""
    kinds = {"A": {"fields": [{"name": "x", "type": "u16"}]}, "B": {"fields": [{"name": "y", "type": "i16"}]}}
    layout = layout_of([{"name": "kind", "type": "char", "size": 1}], discriminator={"field": "kind", "layouts": kinds})
    assert [(field.name, field.value) for field in view(b"B\xff\xff", layout).fields] == [("kind", "B"), ("y", "-1")]
    unknown = view(b"C\xff\xff", layout)
    assert [run.label for run in unknown.lines[0].runs] == ["kind", ""]
    assert (unknown.lines[0].runs[1].title, unknown.lines[0].runs[1].tone) == ("no field", -1)
    assert (unknown.refusal or "").startswith("unknown_record_type: ")


def test_long_records_are_shown_in_parts():
    """Of a record of many kilobytes one part is shown, with the fields that lie in it, also in its middle."""
    layout = layout_of([{"name": "n", "type": "u16", "count": 4000}])
    raw = b"".join(struct.pack("<H", number) for number in range(4000))
    shown = view(raw, layout, start=3000)
    assert (shown.lines[0].offset, len(shown.lines)) == (3000, SHOWN_BYTES // LINE_BYTES)
    assert (shown.fields[0].name, shown.fields[-1].name) == ("n_1500", "n_2011")
    assert shown.fields[0].value == "1500"
    assert {field.tone for field in shown.fields} == set(range(TONES))
    last = view(raw, layout, start=7990)
    assert [run.hex for line in last.lines for run in line.runs][-1] == raw[-2:].hex(" ")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a file of 1,000 records behind a header; record 700 is refused, 20 bytes are left over."""
    (tmp_path / "data").mkdir()
    records = [struct.pack("<IH", number, 7 if number != 700 else 9) for number in range(1000)]
    (tmp_path / "data" / "x.bin").write_bytes(b"HEADER" + b"".join(records) + bytes(5))
    return tmp_path


PLAIN = layout_of([{"name": "n", "type": "u32"}, {"name": "seven", "type": "u16", "const": 7}], header_bytes=6)


def test_any_record_of_a_file(home):
    """A jump reads the records asked for and no others; past the end the last one is shown."""
    file = look(home, home / "data" / "x.bin", PLAIN, 998, 4)
    assert [(each.record, each.fields[0].value, each.offset) for each in file.records] == [
        (998, "998", 6 + 998 * 6),
        (999, "999", 6 + 999 * 6),
    ]
    assert (file.extent.records, file.extent.trailing_bytes, file.size) == (1000, 5, 6011)
    assert [each.record for each in look(home, home / "data" / "x.bin", PLAIN, 10**12, 1).records] == [999]


def test_a_file_of_any_size(home):
    """A sparse file of 40 GB is opened at its last record at once."""
    big = home / "data" / "big.bin"
    with big.open("wb") as file:
        file.truncate(6 + 6 * 7_000_000_000)
    (last,) = look(home, big, PLAIN, 6_999_999_999, 1).records
    assert (last.record, last.offset) == (6_999_999_999, 6 + 6 * 6_999_999_999)
    search = next_refused(home, big, PLAIN, 5)
    assert search.found == 5


def test_the_next_refused_record(home):
    """The search finds the next one, says when there is none, and stops after its share of a large file."""
    path = home / "data" / "x.bin"
    assert next_refused(home, path, PLAIN, 0).found == 700
    assert next_refused(home, path, PLAIN, 701) == next_refused(home, path, PLAIN, 5000)
    assert (next_refused(home, path, PLAIN, 701).found, next_refused(home, path, PLAIN, 701).go_on_from) == (None, None)
    failing = layout_of(
        [{"name": "n", "type": "u32"}, {"name": "s", "type": "u16", "const": 7, "on_error": "fail"}], header_bytes=6
    )
    assert next_refused(home, path, failing, 0).found == 700
    free = layout_of([{"name": "n", "type": "u32"}, {"name": "m", "type": "u16"}])
    with (home / "data" / "zeros.bin").open("wb") as file:
        file.truncate(600_000_000)
    search = next_refused(home, home / "data" / "zeros.bin", free, 0)
    assert search.found is None
    assert search.go_on_from is not None
    assert 0 < search.go_on_from < 100_000_000


def test_files_outside_the_roots_are_refused(home, tmp_path_factory):
    """Neither a path that leads out, nor a link that does, nor the home's secrets are shown."""
    outside = tmp_path_factory.mktemp("outside") / "x.bin"
    outside.write_bytes(bytes(60))
    (home / "data" / "link.bin").symlink_to(outside)
    (home / ".secrets").mkdir()
    (home / ".secrets" / "key.bin").write_bytes(bytes(60))
    for path in (outside, home / "data" / "link.bin", home / ".secrets" / "key.bin", home / "data" / ".." / "x"):
        with pytest.raises(PathRefused, match="Path traversal detected"):
            look(home, path, PLAIN, 0, 1)
