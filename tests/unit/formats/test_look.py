"""The first look at a file: its size and start, and the layouts that may speak for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch.errors import InputRefused
from etl_batch.formats.look import Reading, look_at
from tests.unit.engine_parts import layout_of

FIELDS = [{"name": "a", "type": "u8"}]


@pytest.mark.parametrize(
    ("sample_bytes", "start", "whole"), [(4, b"abcd", False), (6, b"abcdef", True), (99, b"abcdef", True)]
)
def test_the_start_of_a_file(tmp_path: Path, sample_bytes: int, start: bytes, whole: bool) -> None:
    """At most so many bytes, and whether that is all."""
    path = tmp_path / "x"
    path.write_bytes(b"abcdef")
    look = look_at(path, 7, Reading({}, sample_bytes=sample_bytes))
    assert (look.start, look.size, look.whole, look.ordinal, look.tried) == (start, 6, whole, 7, [])


def test_what_cannot_be_looked_at(tmp_path: Path) -> None:
    """An empty file, and one that is not there."""
    (tmp_path / "x").touch()
    with pytest.raises(InputRefused, match="is empty"):
        look_at(tmp_path / "x", 0, Reading({}))
    with pytest.raises(InputRefused, match="cannot be read"):
        look_at(tmp_path / "y", 0, Reading({}))


def test_layouts_that_speak(tmp_path: Path) -> None:
    """Those with magic bytes, and those whose pattern fits the name."""
    layouts = {
        "silent": layout_of(FIELDS),
        "magic": layout_of(FIELDS, magic={"offset": 0, "hex": "ff"}),
        "match": layout_of(FIELDS, match=["*.dat"]),
        "other": layout_of(FIELDS, match=["*.txt"]),
    }
    assert Reading(layouts).speaking(tmp_path / "x.dat") == [layouts["magic"], layouts["match"]]
