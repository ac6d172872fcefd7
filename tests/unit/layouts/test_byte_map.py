"""The blocks of a record: every byte in one of them, gaps and overlaps included."""

from __future__ import annotations

import json

import pytest

from etl_batch.layouts import LayoutDraft, check_layout, load_layouts
from etl_batch.layouts.byte_map import BlockKind, byte_map, of_variant, record_variants


def draft(*fields: dict[str, object], **keys: object) -> LayoutDraft:
    """A layout as far as it can be built."""
    return check_layout("x", json.dumps({"fields": fields, **keys}))


def blocks(built: LayoutDraft) -> list[tuple[int, int, str, str]]:
    """First byte, last byte, names and kind of each block."""
    return [
        (block.first, block.end - 1, ",".join(built.columns[n].name for n in block.columns), str(block.kind))
        for block in byte_map(built.columns, built.record_size)
    ]


U16 = {"type": "u16"}


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (draft({"name": "a", **U16}, {"name": "b", **U16}), [(0, 1, "a", "field"), (2, 3, "b", "field")]),
        (
            draft({"name": "a", **U16, "offset": 1}, record_size=5),
            [(0, 0, "", "gap"), (1, 2, "a", "field"), (3, 4, "", "gap")],
        ),
        (
            draft({"name": "a", **U16}, {"name": "b", **U16, "offset": 1}),
            [(0, 0, "a", "field"), (1, 1, "a,b", "overlap"), (2, 2, "b", "field")],
        ),
        (
            draft({"name": "a", "type": "u32"}, {"name": "b", **U16, "offset": 1}),
            [(0, 0, "a", "field"), (1, 2, "a,b", "overlap"), (3, 3, "a", "field")],
        ),
        (
            draft({"name": "a", "type": "u8"}, {"name": "b", **U16}, record_size=2),
            [(0, 0, "a", "field"), (1, 1, "b", "field"), (2, 2, "b", "outside")],
        ),
        (
            draft(
                {"name": "a", "type": "u8", "offset": 0, "bits": {"start": 0, "len": 4}},
                {"name": "b", "type": "u8", "offset": 0, "bits": {"start": 4, "len": 4}},
            ),
            [(0, 0, "a,b", "bits")],
        ),
        (
            draft({"name": "a", "type": "wrong"}, {"name": "b", **U16}),
            [(0, 0, "", "gap"), (1, 2, "b", "field")],
        ),
    ],
    ids=["whole", "gaps", "overlap", "inside another", "past the end", "bits", "a field without a place"],
)
def test_blocks(built: LayoutDraft, expected: list[tuple[int, int, str, str]]) -> None:
    """Fields, shared bits, gaps, overlaps and bytes past the end are told apart, also in a layout with mistakes."""
    assert blocks(built) == expected


def test_each_byte_is_in_one_block() -> None:
    """The blocks of a whole layout follow each other from the first byte to the last."""
    layout = load_layouts(None)["default"]
    found = byte_map(layout.fields, layout.record_size)
    assert [found[0].first, *(block.end for block in found)] == [*(block.first for block in found), 56]
    assert {block.kind for block in found} == {BlockKind.FIELD}


def test_record_types_are_drawn_apart() -> None:
    """Fields of different record types share bytes without being an overlap."""
    discriminator = {
        "field": "kind",
        "layouts": {"A": {"fields": [{"name": "x", **U16}]}, "B": {"fields": [{"name": "y", "type": "i16"}]}},
    }
    built = draft({"name": "kind", "type": "char", "size": 1}, discriminator=discriminator)
    assert built.problems == ()
    assert record_variants(built.columns) == ["A", "B"]
    assert [column.name for column in of_variant(built.columns, "B")] == ["kind", "y"]
    assert record_variants(load_layouts(None)["default"].fields) == [None]
