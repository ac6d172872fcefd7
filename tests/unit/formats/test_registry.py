"""The registry of formats: who is asked first, who is found by name, and what is said when nobody claims a file."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.formats import registry
from etl_batch.formats.look import Look, Reading
from etl_batch.formats.parquet.source import ParquetSource
from etl_batch.formats.records.source import RecordSource
from etl_batch.formats.source import Claim
from etl_batch.formats.text.source import TextSource
from etl_batch.layouts import Layout, load_layouts
from etl_batch.reading_options import ReadingOptions
from tests.unit.engine_parts import layout_of

RECORD = struct.pack("<IQIq32s", 1, 1_700_000_000, 2, 3, b"product")
SHIPPED = load_layouts()


def detected(
    folder: Path, content: bytes, name: str = "x", layouts: Mapping[str, Layout] = SHIPPED, **options: Any
) -> str:
    """The format of a file."""
    path = folder / name
    path.write_bytes(content)
    return registry.detect(path, 0, Reading(layouts, ReadingOptions(**options))).format


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    """Text in a `.bin`, records in a `.csv`; a layout that is named, or a word for text, goes before."""
    text = b"a,b\n1,2\n"
    assert detected(tmp_path, text, "x.bin") == "csv"
    assert detected(tmp_path, RECORD * 20, "x.csv") == "binary"
    assert detected(tmp_path, text * 7, layout="default") == "binary"
    assert detected(tmp_path, RECORD * 20, force_text_fallback=True) == "csv"


def test_a_layout_that_speaks_goes_before_text(tmp_path: Path) -> None:
    """Magic bytes are a better ground than content that could be text."""
    digit, comma = {"type": "u8", "min": 48, "max": 57}, {"type": "bytes", "size": 1, "const": "2c"}
    fields = [{"name": "a", **digit}, {"name": "b", **comma}, {"name": "c", **digit}, {"name": "d", "type": "u8"}]
    layout = layout_of(fields, magic={"offset": 1, "hex": "2c"})
    assert detected(tmp_path, b"1,2\n" * 40, layouts={"r": layout}) == "binary"
    assert detected(tmp_path, b"1;2\n" * 40, layouts={"r": layout}) == "csv"


def test_nobody_claims_it(tmp_path: Path) -> None:
    """The sentence names everything that was tried, in order."""
    with pytest.raises(FormatRefused, match="fits no reader") as refused:
        detected(tmp_path, b"\x00\x01\x02\xff" * 29 + b"\x07")
    assert [line.split(":")[0] for line in refused.value.tried][:2] == ["Parquet", "text"]
    assert any(line.startswith("layout default") for line in refused.value.tried)


def test_an_empty_file_is_no_format_at_all(tmp_path: Path) -> None:
    """It is refused before anybody is asked."""
    with pytest.raises(InputRefused, match="is empty"):
        detected(tmp_path, b"")


@pytest.mark.parametrize("kind", [TextSource, RecordSource, ParquetSource])
def test_a_format_is_found_by_its_name(kind: registry.Format) -> None:
    """And a name that another version wrote is no error."""
    assert registry.format_named(kind.format) is kind
    assert registry.format_named("tape") is None
    assert registry.format_named(None) is None


def test_a_new_format_is_asked_first_and_goes_again(tmp_path: Path) -> None:
    """On each ground before those that are there."""

    class Greedy(TextSource):
        format = "greedy"

        @classmethod
        def detect(cls, look: Look, claim: Claim) -> TextSource | None:
            return super().detect(look, claim)

    registry.register(Greedy)
    try:
        assert detected(tmp_path, b"a,b\n1,2\n") == "greedy"
        assert registry.format_named("greedy") is Greedy
    finally:
        registry.unregister(Greedy)
    assert detected(tmp_path, b"a,b\n1,2\n") == "csv"
