"""Records of variable length: read behind their words, in any pieces, without losing a byte of what is damaged."""

from __future__ import annotations

import base64
import json
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from etl_batch.errors import InputRefused, LayoutError
from etl_batch.formats.look import Reading
from etl_batch.formats.packed import compression_of
from etl_batch.formats.records import variable
from etl_batch.formats.records.variable import VariableRecordSource
from etl_batch.formats.registry import detect
from etl_batch.layouts import extent, parse_layouts
from etl_batch.reading_options import ReadingOptions
from tests.unit.engine_parts import layout_of, read_all

FIELDS: list[dict[str, Any]] = [
    {"name": "n", "type": "u16", "endian": "big"},
    {"name": "k", "type": "char", "size": 2, "encoding": "cp037"},
    {"name": "v", "type": "packed", "size": 2},
]
TYPES: dict[str, Any] = {
    "discriminator": {
        "field": "kind",
        "layouts": {
            "A": {"fields": [{"name": "amount", "type": "i32", "decimals": 2}]},
            "B": {"fields": [{"name": "text", "type": "char", "size": 9, "strip": "space"}]},
        },
    }
}


def rdw(payload: bytes) -> bytes:
    """A record of IBM's variable format."""
    return struct.pack(">HH", len(payload) + 4, 0) + payload


def variable_source(folder: Path, raw: bytes, **keys: Any) -> VariableRecordSource:
    """A file whose layout was named."""
    path = folder / "v.bin"
    path.write_bytes(raw)
    source = detect(path, 0, Reading({"r": layout_of(keys.pop("fields", FIELDS), **keys)}, ReadingOptions("r")))
    assert isinstance(source, VariableRecordSource)
    return source


GOOD = [b"\0\1\xc1\xc2\x12\x3d", b"\0\2\xc1\xc2", b"\0\3", b"\0\4\xc1\xc2\x45\x6c"]
ROWS = [(1, "AB", -123), (2, "AB", None), (3, None, None), (4, "AB", 456)]


@pytest.mark.parametrize("chunk_bytes", [1, 9, 1000])
@pytest.mark.parametrize(
    ("keys", "raw"),
    [
        ({"record_format": "rdw"}, b"".join(map(rdw, GOOD))),
        ({"record_format": "bdw"}, rdw(rdw(GOOD[0]) + rdw(GOOD[1])) + rdw(rdw(GOOD[2]) + rdw(GOOD[3]))),
        (
            {"record_format": "bdw"},
            struct.pack(">I", 0x80000000 + 4 + sum(len(one) + 4 for one in GOOD)) + b"".join(map(rdw, GOOD)),
        ),
        (
            {"record_format": "rdw", "length_word": {"offset": 2, "endian": "little", "includes_word": False}},
            b"".join(b"\0\0" + struct.pack("<H", len(one)) + one for one in GOOD),
        ),
        (
            {"record_format": "rdw", "length_word": {"size": 1, "type": "u8", "includes_word": False}},
            b"".join(bytes([len(one)]) + one for one in GOOD),
        ),
        ({"record_format": "rdw", "header_bytes": 3, "footer_bytes": 2}, b"HHH" + b"".join(map(rdw, GOOD)) + b"FF"),
    ],
)
def test_words(tmp_path: Path, keys: dict[str, Any], raw: bytes, chunk_bytes: int) -> None:
    """IBM's words, blocked or not, large blocks, words of other orders and plain prefixes; what is short is null."""
    source = variable_source(tmp_path, raw, **keys)
    found = read_all(source, chunk_bytes)
    assert (found.rows, found.rejects) == (ROWS, [])
    sampled = [
        row for part in source.sample() for row in zip(*(c.to_pylist() for c in part.batch.columns), strict=True)
    ]
    assert sampled == ROWS
    assert (source.record_layout, source.data_bytes) == (source.layout, len(raw) - source.extent.first)


@pytest.mark.parametrize("chunk_bytes", [1, 7, 20, 1000])
def test_damage_costs_its_own_bytes(tmp_path: Path, chunk_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged word, a record that ends within a field and one of wrong digits are rejects with all their bytes."""
    monkeypatch.setattr(variable, "_SLAB_BYTES", 12)
    many = [struct.pack(">H", number) + b"\xc1\xc2\x12\x3c" for number in range(12)]
    parts = [rdw(one) for one in many]
    parts[3] = b"\xff" + parts[3][1:]
    parts[5] = rdw(many[5][:3])
    parts[6] = rdw(many[6][:5] + b"\x00")
    parts.append(b"\0\x09\0")
    raw = b"".join(parts)
    found = read_all(variable_source(tmp_path, raw, record_format="rdw"), chunk_bytes)
    assert [row[0] for row in found.rows] == [0, 1, 2, 4, 7, 8, 9, 10, 11]
    offsets = [sum(map(len, parts[:number])) for number in range(len(parts))]
    assert [(r.offset, r.record, r.reason, r.field, base64.b64decode(r.raw)) for r in found.rejects] == [
        (offsets[3], 3, "damaged_word", None, parts[3]),
        (offsets[5], 5, "wrong_length", "k", parts[5]),
        (offsets[6], 6, "invalid_number", "v", parts[6]),
        (offsets[12], 12, "damaged_word", None, parts[12]),
    ]


@pytest.mark.parametrize(("policy", "skipped"), [("dead_letter", 0), ("ignore", 1)])
def test_what_trails(tmp_path: Path, policy: str, skipped: int) -> None:
    """Bytes behind the last record go where the layout says."""
    raw = b"".join(map(rdw, GOOD)) + b"\0\0\0"
    found = read_all(variable_source(tmp_path, raw, record_format="rdw", trailing_bytes=policy), 9)
    assert (found.rows, found.skipped, len(found.rejects)) == (ROWS, skipped, 1 - skipped)


def test_trailing_bytes_that_are_an_error(tmp_path: Path) -> None:
    """The cut is refused with their place."""
    source = variable_source(tmp_path, rdw(GOOD[0]) + b"\0\0\0", record_format="rdw", trailing_bytes="error")
    with pytest.raises(InputRefused, match="3 bytes follow the last record at byte 10"):
        list(source.cut(100))


def test_record_types_of_their_own_lengths(tmp_path: Path) -> None:
    """Each type has its size; a record that is longer than its type, or ends within it, has a wrong length."""
    records = [b"A" + struct.pack("<i", 150), b"B" + b"some     ", b"A" + bytes(5), b"C" + bytes(4), b"B", b"A\0"]
    fields: list[dict[str, Any]] = [{"name": "kind", "type": "char", "size": 1, "skip": True}]
    found = read_all(
        variable_source(tmp_path, b"".join(map(rdw, records)), fields=fields, record_format="rdw", **TYPES), 9
    )
    assert found.rows == [(Decimal("1.50"), None), (None, "some"), (None, None)]
    assert [(r.record, r.reason, r.field) for r in found.rejects] == [
        (2, "wrong_length", "kind"), (3, "unknown_record_type", "kind"), (5, "wrong_length", "amount"),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_counted_arrays(tmp_path: Path, size: int) -> None:
    """The last field may be an array of as many elements as a field before it says."""
    fields = [
        {"name": "n", "type": "u8"},
        {"name": "items", "count": {"field": "n", "max": 3}, "fields": [{"name": "v", "type": "u16"}]},
    ]
    good = bytes([size]) + struct.pack("<3H", 7, 8, 9)[: 2 * size]
    bad = [bytes([4]) + bytes(6), bytes([3]) + bytes(4)]
    source = variable_source(tmp_path, b"".join(map(rdw, [good, *bad])), fields=fields, record_format="rdw")
    assert source.column_names == ["n", "items_0.v", "items_1.v", "items_2.v"]
    found = read_all(source, 9)
    assert found.rows == [(size, *[7, 8, 9][:size], *[None] * (3 - size))]
    assert [(r.reason, r.field) for r in found.rejects] == [("out_of_range", "n"), ("wrong_length", "items_2.v")]


def test_counted_arrays_of_fixed_records(tmp_path: Path) -> None:
    """They take the room of the most there can be, and what stands past their count is not looked at."""
    fields = [
        {"name": "n", "type": "u8"},
        {"name": "v", "type": "bool", "count": {"field": "n", "max": 2}},
        {"name": "z", "type": "u8"},
    ]
    path = tmp_path / "f.bin"
    path.write_bytes(b"\1\1\7\5" + b"\2\1\7\5" + b"\0\7\7\5")
    found = read_all(detect(path, 0, Reading({"r": layout_of(fields)}, ReadingOptions("r"))), 4)
    assert found.rows == [(1, True, None, 5), (0, None, None, 5)]
    assert [(r.record, r.reason, r.field) for r in found.rejects] == [(1, "invalid_bool", "v_1")]


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"length_word": {}}, "`length_word` means nothing for records of one length"),
    ({"record_format": "rdw", "block_word": {}}, "`block_word` means nothing without blocks"),
    ({"record_format": "rdw", "record_count": 3}, "`record_count` means nothing where words say"),
    ({"record_format": "rdw", "length_word": {"size": 2, "offset": 1}}, "2 bytes, too few for its u16 at byte 1"),
    ({"record_format": "rdw", "record_size": 9}, "`record_size` is 9 but the longest record has 6 bytes"),
    ({"record_format": "vb"}, "record_format"),
    (
        {"record_format": "rdw", "fields": [{"name": "c", "type": "bytes", "size": 2_000_000}]},
        "larger than the 1048576 bytes allowed",
    ),
    ({"fields": [{"name": "a", "type": "u8", "count": {"field": "x", "max": 2}}]}, "names 'x', which is not a field"),
    (
        {"fields": [*FIELDS[1:2], {"name": "a", "type": "u8", "count": {"field": "k", "max": 2}}]},
        "names 'k', which is no plain integer",
    ),
    (
        {
            "record_format": "rdw",
            "fields": [FIELDS[0], {"name": "a", "type": "u8", "count": {"field": "n", "max": 2}}, FIELDS[2]],
        },
        "the field 'v' follows this counted array",
    ),
    (
        {
            "fields": [
                FIELDS[0],
                {
                    "name": "a",
                    "count": {"field": "n", "max": 2},
                    "fields": [{"name": "b", "type": "u8", "count": {"field": "n", "max": 2}}],
                },
            ]
        },
        "cannot stand in another one",
    ),
]


@pytest.mark.parametrize(("keys", "said"), MISTAKES)
def test_mistakes(keys: dict[str, Any], said: str) -> None:
    """What cannot be is told when the layout is loaded."""
    with pytest.raises(LayoutError) as refused:
        parse_layouts(json.dumps({"version": 1, "layouts": {"r": {"fields": FIELDS, **keys}}}))
    assert said in str(refused.value)


def test_detection(tmp_path: Path) -> None:
    """Of layouts with words the one whose words lead on is found, and the file is no other's."""
    many = b"".join(rdw(struct.pack(">H", number) + b"\xc1\xc2\x12\x3c"[: 2 + number % 2 * 2]) for number in range(500))
    path = tmp_path / "x"
    path.write_bytes(many)
    layouts = {
        name: parse_layouts(json.dumps({"version": 1, "layouts": {name: {"fields": FIELDS, **keys}}}))[name]
        for name, keys in {
            "words": {"record_format": "rdw"},
            "blocks": {"record_format": "bdw"},
            "little": {"record_format": "rdw", "length_word": {"endian": "little"}},
            "fixed": {},
        }.items()
    }
    source = detect(path, 0, Reading(layouts))
    assert source.record_layout is not None
    assert source.record_layout.name == "words"
    with pytest.raises(InputRefused, match="no fixed length"):
        extent(layouts["words"], path, len(many))


def test_a_file_without_records(tmp_path: Path) -> None:
    """A header alone is refused."""
    with pytest.raises(InputRefused, match="0 bytes for records"):
        variable_source(tmp_path, b"HHH", record_format="rdw", header_bytes=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=80), st.sampled_from(["rdw", "bdw"]), st.sampled_from([1, 10]), st.booleans())
def test_any_bytes(tmp_path: Path, raw: bytes, how: str, chunk_bytes: int, short: bool) -> None:
    """The rows are those of any other pieces, and the rest is in the rejects, byte for byte."""
    # What begins as a compressed file does is taken for one, and refused as damaged.
    assume(compression_of(raw) is None)
    word = {"length_word": {"size": 1, "type": "u8"}} if short else {}
    fields = [{"name": "a", "type": "u8"}, {"name": "b", "type": "u8"}, {"name": "c", "type": "bool"}]
    source = variable_source(tmp_path, raw, fields=fields, record_format=how, **word)
    found, whole = read_all(source, chunk_bytes), read_all(source, 1 << 20)
    assert (found.rows, found.rejects) == (whole.rows, whole.rejects)
    rejected = [(r.offset, base64.b64decode(r.raw)) for r in found.rejects]
    assert all(raw[offset:].startswith(part) for offset, part in rejected)
    size = 1 if short else 4
    written = sum(size + sum(value is not None for value in row) for row in found.rows)
    left = len(raw) - written - sum(len(part) for _, part in rejected)
    assert left == 0 if how == "rdw" else left % 4 == 0
