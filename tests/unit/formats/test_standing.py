"""Where rows stand in a file: the same however it is cut, each where no other does, in every format and encoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etl_batch.formats.source import AnySource
from tests.fault.test_lost_workers import Make, as_lines, as_parquet, as_records, as_text, as_variable
from tests.unit.engine_parts import text_source

LINES = "a,b\n" + "".join(f'{n},"wört {n % 7}\n日本"\n' if n % 3 else f"{n},é\n" for n in range(200))


def places_of(source: AnySource, chunk_bytes: int) -> list[int]:
    """Of all rows in order."""
    return [
        place
        for piece in source.cut(chunk_bytes)
        for slab in source.read(piece.place, 0)
        for place in slab.places.whole()
    ]


def assert_any_cut(source: AnySource) -> list[int]:
    """The same places by all cuts, rising; returns them."""
    whole = places_of(source, 1 << 20)
    assert len(whole) > 3
    assert np.all(np.diff(whole) > 0)
    for chunk_bytes in (40, 333, 2000):
        assert places_of(source, chunk_bytes) == whole
    return whole


@pytest.mark.parametrize("make", [as_text, as_lines, as_records, as_variable, as_parquet])
def test_any_cut(tmp_path: Path, make: Make) -> None:
    """Whatever the format is."""
    assert_any_cut(make(tmp_path, b"a longer word"))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "gb18030", "cp932"]
)
def test_bytes_of_the_file(tmp_path: Path, encoding: str) -> None:
    """Of a text they are the bytes at which its records begin, in the file as it is."""
    text = LINES.replace("日本", "EUR") if encoding == "cp1252" else LINES.replace("ö", "o").replace("é", "e")
    content = text.encode(encoding)
    source = text_source(tmp_path, content)
    found = assert_any_cut(source)
    assert len(found) == 200
    plain = encoding.removesuffix("-sig") if encoding != "utf-16" else "utf-16-le"
    plain = "utf-32-le" if encoding == "utf-32" else plain
    for number, place in enumerate(found):
        assert content[place:].decode(plain).startswith(f"{number},")


def test_bad_records_between(tmp_path: Path) -> None:
    """They leave the places of the others as they are."""
    bad = LINES.replace("\n9,", "\nlonely\n9,")
    good, mixed = (places_of(text_source(tmp_path, each, name=name), 300) for each, name in ((LINES, "a"), (bad, "b")))
    begin = LINES.encode().index(b"\n9,") + 1
    assert mixed == [place + (len("lonely\n") if place >= begin else 0) for place in good]
