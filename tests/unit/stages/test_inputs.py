"""From paths to sources: files in input order under the allowed roots, and how a source is described."""

from __future__ import annotations

import struct
from dataclasses import fields
from pathlib import Path

import pytest

from etl_batch.errors import FormatRefused, PathRefused
from etl_batch.model import Dialect
from etl_batch.reading_options import ReadingOptions
from etl_batch.stages.inputs import describe, find_sources

RECORD = struct.pack("<IQIq32s", 1, 1_700_000_000, 2, 3, b"product")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A home's `data/` with three files."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "b.csv").write_text("x;y\n1;2\n")
    (folder / "a.csv").write_text("x,y\n1,2\n")
    (folder / "c.bin").write_bytes(RECORD * 20)
    return folder


def test_a_folder_is_its_files_in_order(data: Path) -> None:
    """Numbered as they come; a file that is named twice is read once."""
    sources = find_sources([data, data / "a.csv"], data.parent)
    assert [(source.ordinal, Path(source.path).name, source.format) for source in sources] == [
        (0, "a.csv", "csv"),
        (1, "b.csv", "csv"),
        (2, "c.bin", "binary"),
    ]


def test_how_files_are_to_be_read(data: Path) -> None:
    """A word for text and a layout's name are handed on to the formats."""
    (text,) = find_sources([data / "c.bin"], data.parent, ReadingOptions(force_text_fallback=True))
    assert text.format == "csv"
    (data / "d.csv").write_bytes(b"a,b\n1,2\n" * 7)
    (records,) = find_sources([data / "d.csv"], data.parent, ReadingOptions("default"))
    assert records.record_layout is not None


def test_a_file_outside_the_roots(data: Path, tmp_path: Path) -> None:
    """It is refused unseen, and so is a file that is nothing."""
    (tmp_path / "secret.csv").write_text("a,b\n")
    with pytest.raises(PathRefused):
        find_sources([tmp_path / "secret.csv"], data.parent)
    (data / "noise").write_bytes(b"\x00\x01\x02\xff" * 29 + b"\x07")
    with pytest.raises(FormatRefused):
        find_sources([data / "noise"], data.parent)


def test_a_source_is_described(data: Path) -> None:
    """Text with its dialect, records with their layout's name; what a format does not have is None."""
    _, text, records = (describe(source) for source in find_sources([data], data.parent))
    assert (text.format, text.layout, text.size_bytes) == ("csv", None, 8)
    assert text.dialect.delimiter == ";"
    assert set(text.to_json()["dialect"]) == {field.name for field in fields(Dialect)}
    assert (text.encoding, text.header_rows, text.preamble) == ("utf-8", 1, "")
    assert (records.layout, records.dialect, records.size_bytes) == ("default", None, 1120)
