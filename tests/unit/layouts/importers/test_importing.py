"""From a file to a layout file: the language, the name, the check, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl_batch.errors import LayoutError
from etl_batch.layouts import parse_layouts
from etl_batch.layouts.importers import Wanted, file_text, import_layout

TEXTS = {
    "copybook": "       01 REC.\n           05 A PIC X(3).\n",
    "c": "struct rec { char a[3]; };\n",
    "kaitai": "meta:\n  id: rec\nseq:\n  - {id: a, type: str, size: 3, encoding: ascii}\n",
    "numpy": "[('a', 'S3')]",
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_content_tells_the_language(language: str, tmp_path: Path) -> None:
    """Without a suffix that says it; and what is printed is a layout file that loads as the layout that was made."""
    path = tmp_path / "rec.txt"
    path.write_text(TEXTS[language])
    made = import_layout(path, Wanted())
    assert made.format == language
    assert made.name.lower() == "rec"
    assert parse_layouts(file_text(made)) == {made.name: made.layout}
    assert json.loads(file_text(made)) == made.file
    named = import_layout(path, Wanted(), name="other", format=language)
    assert list(named.file["layouts"]) == ["other"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"nothing of this kind;", "x.txt", "--format"),
        (b"\0\1\2", "x.h", "NUL"),
        (b"x" * 2_000_000, "x.h", "bytes"),
        (b"struct a { int x; int x; };", "x.h", "field 'x'"),
        (b"struct a { int x; };", "auto.dtype", "no dtype"),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, name: str, words: str, tmp_path: Path) -> None:
    """The sentence says what to do; a layout with a mistake is never handed out."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(LayoutError, match=words):
        import_layout(path, Wanted())


def test_a_missing_file_and_an_unknown_encoding(tmp_path: Path) -> None:
    """Both are errors of the command, in a sentence."""
    with pytest.raises(LayoutError, match="No such file"):
        import_layout(tmp_path / "none.h", Wanted())
    path = tmp_path / "x.h"
    path.write_text(TEXTS["c"])
    with pytest.raises(LayoutError, match="--encoding"):
        import_layout(path, Wanted(encoding="klingon"))


def test_comments_in_another_encoding_do_no_harm(tmp_path: Path) -> None:
    """A copybook with a comment in Windows-1252 is read."""
    path = tmp_path / "x.cpy"
    path.write_bytes("      * Prüfziffer\n".encode("cp1252") + TEXTS["copybook"].encode())
    assert import_layout(path, Wanted()).layout.schema.names == ["A"]
