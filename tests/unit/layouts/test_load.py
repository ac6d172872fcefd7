"""Layout files: both forms, where the fields end up, and every mistake told with its place."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from etl_batch.errors import LayoutError
from etl_batch.layouts import load_layouts, parse_layouts

BYTE = {"name": "a", "type": "u8"}


def written(layout: Any) -> str:
    """A layout file with one layout, `records`."""
    return json.dumps({"version": 1, "layouts": {"records": layout}})


def test_shipped_default_is_the_contract() -> None:
    """The layout that ships has 56 bytes, five columns of these types, and its stratum and measures."""
    layout = load_layouts(None)["default"]
    assert layout.record_size == 56
    expected = [
        ("id", pa.uint32()),
        ("timestamp", pa.uint64()),
        ("quantity", pa.uint32()),
        ("value", pa.int64()),
        ("product", pa.string()),
    ]
    assert layout.schema.equals(pa.schema(expected))
    assert (layout.stratum, layout.measures) == ("product", ("value", "quantity"))


def test_layouts_cross_process_borders() -> None:
    """A pickled layout is the same layout."""
    layout = load_layouts(None)["default"]
    assert pickle.loads(pickle.dumps(layout)) == layout


@pytest.mark.parametrize("code", "bBhHiIlLqQefd?")
@pytest.mark.parametrize("order", "<>=!")
def test_short_form_sizes_are_those_of_struct(code: str, order: str) -> None:
    """Each character takes the bytes that Python's struct gives it, counts and padding included."""
    text = f"{order}3{code}2x{code}"
    layout = parse_layouts(written({"struct": text, "names": ["a", "b", "c", "d"]}))["records"]
    assert layout.record_size == struct.calcsize(text)
    assert [column.name for column in layout.columns] == ["a", "b", "c", "d"]
    assert layout.columns[3].offset == struct.calcsize(f"{order}3{code}2x")


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("<II", ["a"], "has 2 values but `names` has 1"),
        ("<I", ["a", "b"], "has 1 values but `names` has 2"),
        ("@BI", ["a", "b"], "native alignment, which on this machine makes the record 8 bytes instead of 5"),
        ("BI", ["a", "b"], "native alignment"),
        ("<4p", ["a"], "uses 'p'"),
        ("<P", ["a"], "uses 'P'"),
        ("<0s", ["a"], "count of 0"),
        ("<", [], "has no values"),
        ("<I$", ["a"], "cannot be read at '$'"),
        ("<3", ["a"], "cannot be read at '3'"),
        ("<99999999I", ["a"], "more than 10000 values"),
        ("<4x", [], "nothing would be written"),
    ],
)
def test_short_form_mistakes(text: str, names: list[str], said: str) -> None:
    """A struct format that cannot be used is refused in words."""
    with pytest.raises(LayoutError, match="layout 'records'") as refused:
        parse_layouts(written({"struct": text, "names": names}))
    assert said in str(refused.value)


def test_native_format_without_padding_is_taken() -> None:
    """A format without a byte order is fine as long as alignment changes nothing."""
    assert parse_layouts(written({"struct": "II4s", "names": ["a", "b", "c"]}))["records"].record_size == 12


def test_arrays_and_nested_records_are_laid_out() -> None:
    """Arrays become name_0, name_1, ..., nested records outer.inner; inner fields inherit byte order and encoding."""
    inner = [{"name": "x", "type": "i16"}, {"name": "tag", "type": "char", "size": 2}]
    fields = [
        {"name": "n", "type": "u8", "count": 2},
        {"name": "pos", "count": 2, "size": 4, "endian": "big", "encoding": "cp037", "fields": inner},
        {"name": "last", "type": "i16"},
    ]
    layout = parse_layouts(written({"fields": fields, "record_size": 12}))["records"]
    places = [(column.name, column.offset, column.endian, column.encoding) for column in layout.columns]
    assert places == [
        ("n_0", 0, "little", "utf-8"),
        ("n_1", 1, "little", "utf-8"),
        ("pos_0.x", 2, "big", "cp037"),
        ("pos_0.tag", 4, "big", "cp037"),
        ("pos_1.x", 6, "big", "cp037"),
        ("pos_1.tag", 8, "big", "cp037"),
        ("last", 10, "little", "utf-8"),
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"type": "u16"}, pa.uint16()),
        ({"type": "i64"}, pa.int64()),
        ({"type": "f16"}, pa.float32()),
        ({"type": "f32"}, pa.float32()),
        ({"type": "bool"}, pa.bool_()),
        ({"type": "i16", "scale": 0.1}, pa.float64()),
        ({"type": "i32", "decimals": 2}, pa.decimal128(38, 2)),
        ({"type": "u8", "enum": {"1": "one"}}, pa.string()),
        ({"type": "u8", "bits": {"start": 1, "len": 3}}, pa.uint8()),
        ({"type": "datetime"}, pa.timestamp("s")),
        ({"type": "datetime", "unit": "ms", "size": 8}, pa.timestamp("ms")),
        ({"type": "date"}, pa.date32()),
        ({"type": "char", "size": 3}, pa.string()),
        ({"type": "str", "size": 3}, pa.string()),
        ({"type": "bytes", "size": 3}, pa.binary()),
        ({"type": "ascii_int", "size": 8}, pa.int64()),
        ({"type": "ascii_int", "size": 24}, pa.decimal128(38, 0)),
        ({"type": "ascii_decimal", "size": 8}, pa.float64()),
        ({"type": "ascii_decimal", "size": 8, "decimals": 2}, pa.decimal128(38, 2)),
        ({"type": "packed", "size": 4}, pa.int64()),
        ({"type": "packed", "size": 12}, pa.decimal128(38, 0)),
        ({"type": "zoned", "size": 4, "decimals": 1}, pa.decimal128(38, 1)),
    ],
)
def test_column_types(keys: dict[str, Any], expected: pa.DataType) -> None:
    """Each type becomes the Arrow type that the documentation names."""
    layout = parse_layouts(written({"fields": [{"name": "a", **keys}]}))["records"]
    assert layout.schema.field("a").type == expected


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({"fields": [{**BYTE, "sise": 1}]}, "field 'a': unknown key 'sise'; did you mean 'size'?"),
        (
            {"fields": [BYTE], "recordsize": 1},
            "layout 'records': unknown key 'recordsize'; did you mean 'record_size'?",
        ),
        ({"fields": [{"name": "p", "fields": [{**BYTE, "bogus": 1}]}]}, "field 'p.a': unknown key 'bogus'"),
        ({"fields": [{"name": "a", "type": "u24"}]}, "field 'a': it has the unknown type 'u24'; use one of i8"),
        ({"fields": [{"name": "a"}]}, "it has no `type`"),
        ({"fields": [{"type": "u8"}]}, "it has no `name`"),
        ({"fields": [{"name": "a\n", "type": "u8"}]}, "characters that cannot be printed"),
        ({"fields": [{"name": "a", "type": "char"}]}, "the type char needs a `size`"),
        ({"fields": [{**BYTE, "size": 2}]}, "its `size` is 2 bytes but the type u8 takes 1"),
        ({"fields": [{**BYTE, "size": "1"}]}, "`size`: Input should be a valid integer"),
        ({"fields": [BYTE, BYTE]}, "field 'a': two columns have this name"),
        ({"fields": [BYTE], "record_size": 3}, "bytes 1 to 2 belong to no field (a gap of 2)"),
        ({"fields": [{**BYTE, "offset": 1}]}, "bytes 0 to 0 belong to no field"),
        ({"fields": [BYTE, {"name": "b", "type": "u16", "offset": 0}]}, "overlaps"),
        ({"fields": [{"name": "b", "type": "u16"}], "record_size": 1}, "ends at byte 2, past the record size of 1"),
        ({"fields": [{**BYTE, "strip": "space"}]}, "`strip` means nothing for the type u8"),
        ({"fields": [{**BYTE, "scale": 2, "decimals": 1}]}, "`scale` and `decimals` cannot both hold"),
        ({"fields": [{**BYTE, "scale": 0}]}, "scale 0.0 makes every value useless"),
        ({"fields": [{**BYTE, "bits": {"start": 6, "len": 3}}]}, "bits 6 to 8 do not fit 1 bytes"),
        ({"fields": [{**BYTE, "min": 5, "max": 4}]}, "`min` is larger than `max`"),
        ({"fields": [{**BYTE, "max": 256}]}, "256 is not a value of type uint8"),
        ({"fields": [{**BYTE, "const": 1.5}]}, "1.5 is not a value of type uint8"),
        ({"fields": [{**BYTE, "null_values": [""]}]}, "a binary number is never blank"),
        ({"fields": [{**BYTE, "enum": {}}]}, "enum is empty"),
        ({"fields": [{**BYTE, "enum": {"1": "a", "0x1": "b"}}]}, "enum names one value twice"),
        ({"fields": [{"name": "a", "type": "char", "size": 1, "encoding": "rot13"}]}, "not a text encoding"),
        ({"fields": [{"name": "a", "type": "char", "size": 1, "pattern": "("}]}, "not an RE2 regular expression"),
        ({"fields": [{"name": "a", "type": "datetime", "epoch": "soon"}]}, "epoch 'soon' is not a date"),
        ({"fields": [{"name": "a", "type": "datetime", "unit": "ns", "epoch": "0001-01-01"}]}, "out of reach"),
        ({"fields": [{"name": "a", "type": "packed", "size": 20}]}, "39 digits; at most 38"),
        ({"fields": [{"name": "p", "fields": [BYTE], "size": 2}]}, "its `size` is 2 bytes but its fields take 1"),
        ({"fields": [{"name": "p", "fields": [BYTE], "scale": 2}]}, "`scale` belongs to the fields inside it"),
        ({"fields": [{**BYTE, "count": 20000}]}, "more than 10000 fields"),
        ({"fields": [{**BYTE, "skip": True}]}, "nothing would be written"),
        ({"fields": []}, "it has no fields"),
        ({"fields": [BYTE], "struct": "<B", "names": ["a"]}, "both `struct` and `fields`"),
        ({"struct": "<B", "names": ["a"], "endian": "big"}, "`endian` goes with `fields`"),
        ({"fields": [BYTE], "names": ["a"]}, "`names` goes with `struct`"),
        ({"fields": [BYTE], "stratum": "b"}, "`stratum` names 'b', which is not a column; the columns are a"),
        ({"fields": [BYTE], "measures": ["b"]}, "`measures` names 'b'"),
        ({"struct": "<4s", "names": ["a"], "measures": ["a"]}, "is string and not a number"),
        ({"fields": [BYTE], "magic": {"hex": "abc"}}, "`magic.hex`"),
        ({"fields": [BYTE], "header_bytes": {"offset": 0, "type": "f32"}}, "`header_bytes` has the type 'f32'"),
        ({"fields": [BYTE], "header_bytes": -1}, "`header_bytes`"),
        ({"fields": [BYTE], "trailing_bytes": "drop"}, "`trailing_bytes`"),
        ([], "layout 'records'"),
    ],
)
def test_mistakes_are_told_with_their_place(layout: Any, said: str) -> None:
    """Each mistake is refused with the layout's name, the field's where there is one, and what is wrong."""
    with pytest.raises(LayoutError, match="layout 'records'") as refused:
        parse_layouts(written(layout))
    assert said in str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    """Mistakes of several layouts and kinds stand in one message, and the first gives the error its facts."""
    bad = {
        "one": {"fields": [{**BYTE, "wrong": 1}, {**BYTE, "size": 0}]},
        "two": {"fields": [BYTE, {"name": "b", "type": "char"}]},
        "good": {"fields": [BYTE]},
    }
    with pytest.raises(LayoutError, match=r"^3 problems in the layout file: ") as refused:
        parse_layouts(json.dumps({"version": 1, "layouts": bad}))
    assert (refused.value.layout, refused.value.field) == ("one", "a")
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [
        "layout 'one', field 'a'",
        "layout 'one', field 'a'",
        "layout 'two', field 'b'",
    ]
    assert pickle.loads(pickle.dumps(refused.value)).problems == refused.value.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not a layout file: Expecting property name"),
        ("[]", "it is not of the form"),
        ('{"version": 1}', "it is not of the form"),
        ('{"version": 2, "layouts": {"a": {}}}', "its version is 2"),
        ('{"version": true, "layouts": {"a": {}}}', "its version is True"),
        ('{"version": 1, "layouts": {}}', "it has no layouts"),
        ('{"version": 1, "layouts": {"a": {}}, "extra": 1}', "unknown key 'extra'"),
        ('{"version": 1, "layouts": {"a": {}, "a": {}}}', "the key 'a' stands twice"),
        ('{"version": 1, "layouts": {"auto": {}}}', "cannot be named 'auto'"),
        ("[" * 100_000, "nested too deeply"),
        ('{"version": 1, "layouts": {"\\ud800": {}}}', "surrogates not allowed"),
    ],
)
def test_files_that_are_none(text: str, said: str) -> None:
    """A file that is not a layout file at all is refused in words."""
    with pytest.raises(LayoutError) as refused:
        parse_layouts(text)
    assert said in str(refused.value)


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    """Layouts come from any file, with or without a byte order mark; a missing file is named."""
    path = tmp_path / "mine.json"
    path.write_text("\ufeff" + written({"fields": [BYTE]}), encoding="utf-8")
    assert list(load_layouts(path)) == ["records"]
    with pytest.raises(LayoutError, match=r"none\.json: No such file"):
        load_layouts(tmp_path / "none.json")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(LayoutError, match="not UTF-8"):
        load_layouts(path)


FLAGS = [
    {"name": "low", "type": "u16", "bits": {"start": 0, "len": 4}, "offset": 0},
    {"name": "high", "type": "u8", "bits": {"start": 0, "len": 8}, "offset": 1},
]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (FLAGS, None),
        (
            [*FLAGS, {"name": "again", "type": "u8", "bits": {"start": 3, "len": 2}, "offset": 0}],
            "takes bit 3 of byte 0",
        ),
        ([{**FLAGS[0], "endian": "big"}, FLAGS[1]], "takes bit 0 of byte 1, which 'low' has already"),
        ([*FLAGS, {"name": "plain", "type": "u8", "offset": 1}], "overlaps"),
    ],
)
def test_only_bits_share_bytes(fields: list[dict[str, Any]], said: str | None) -> None:
    """Fields with `bits` may share bytes, whatever their width and byte order, but never a bit."""
    if said is None:
        assert parse_layouts(written({"fields": fields}))["records"].record_size == 2
        return
    with pytest.raises(LayoutError) as refused:
        parse_layouts(written({"fields": fields}))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("discriminator", "said"),
    [
        ({"field": "nope", "layouts": {"1": {"fields": [BYTE]}}}, "not one of the shared `fields`"),
        ({"field": "kind", "layouts": {"x": {"fields": [BYTE]}}}, "'x' is not a value of type uint8"),
        ({"field": "kind", "layouts": {}}, "`discriminator`"),
        (
            {"field": "kind", "layouts": {"1": {"fields": [BYTE]}, "2": {"fields": [{"name": "a", "type": "u16"}]}}},
            "record type '1': bytes 2 to 2 belong to no field",
        ),
        (
            {
                "field": "kind",
                "layouts": {
                    "1": {"fields": [{"name": "a", "type": "i16"}]},
                    "2": {"fields": [{"name": "a", "type": "u16"}]},
                },
            },
            "two columns have this name",
        ),
    ],
)
def test_discriminator_mistakes(discriminator: dict[str, Any], said: str) -> None:
    """Record types must fill the same record, have values of the discriminator's type, and agree on shared names."""
    with pytest.raises(LayoutError) as refused:
        parse_layouts(written({"fields": [{"name": "kind", "type": "u8"}], "discriminator": discriminator}))
    assert said in str(refused.value)
