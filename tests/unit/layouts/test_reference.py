"""docs/layouts.md tells the truth: its examples load, its table prints, and every key, type and reason is told."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.formats.records.decoder import REASONS, decode
from etl_batch.layouts import extent, load_layouts, parse_layouts, render_table
from etl_batch.layouts.kinds import KINDS
from etl_batch.layouts.spec import FieldSpec, LayoutSpec

TEXT = (PROJECT_ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
JSON_BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


def test_examples_load() -> None:
    """Each layout in the reference is one that the engine takes, and the short one is the layout that ships."""
    skeleton, short, worked, types = JSON_BLOCKS
    assert sorted(skeleton) == ["layouts", "version"]
    file = {"version": 1, "layouts": {"default": short, "types": types, **worked["layouts"]}}
    layouts = parse_layouts(json.dumps(file))
    assert layouts["default"].fields == load_layouts(None)["default"].fields
    assert [column.name for column in layouts["types"].columns] == ["kind", "id", "amount", "reason"]


def test_the_worked_example_reads_what_it_says(tmp_path: Path) -> None:
    """The meter's table is the one shown, and a file made by its description gives the readings."""
    layout = parse_layouts(json.dumps(JSON_BLOCKS[2]))["meter"]
    assert f"```text\n{render_table(layout)}```" in TEXT
    reading = struct.pack(">IiIhBx3H8s2s", 7, 86_400, 1500, 43, 0x82, 230, 231, 232, b"BE12    ", b"\r\n")
    odd = struct.pack(">IiIhBx3H8s2s", 8, 0, 0, -32768, 5, 0, 0, 0, b"BE1     ", b"\r\n")
    path = tmp_path / "a.mtr"
    path.write_bytes(b"MTR1" + struct.pack(">I", 2) + reading + odd)
    where = extent(layout, path, path.stat().st_size)
    assert (where.first, where.records, where.trailing_bytes) == (8, 2, 0)
    decoded = decode(layout, path.read_bytes()[8:], source=str(path), offset=8, first_record=0)
    (row,) = decoded.batch.to_pylist()
    assert [str(value) for value in row.values()] == [
        "7", "2000-01-02 00:00:00", "1.500", "21.5", "True", "fault", "230", "231", "232", "BE12",
    ]  # fmt: skip
    assert [(reject.offset, reject.reason, reject.field) for reject in decoded.rejects] == [
        (40, "invalid_enum", "state")
    ]


@pytest.mark.parametrize("key", sorted({*LayoutSpec.model_fields, *FieldSpec.model_fields}))
def test_every_key_is_told(key: str) -> None:
    """A key that the engine takes stands in the table of all keys."""
    table = TEXT.partition("### All keys")[2].partition("### Record types")[0]
    assert f"`{key}`" in table


@pytest.mark.parametrize("word", sorted([*KINDS, *REASONS]))
def test_every_type_and_reason_is_told(word: str) -> None:
    """A field type, and a reason for a dead letter, stands in its table."""
    assert re.search(rf"^\|.*[`, ]{word}[`, ]", TEXT, re.MULTILINE)
