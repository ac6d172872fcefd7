"""What is no table of text: known files of another kind, by their magic bytes or by how they begin."""

from __future__ import annotations

import json
import re

_MAGIC = (
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard"),
    (0, b"\x04\x22\x4d\x18", "LZ4"),
    (0, b"PK\x03\x04", "zip (or an Excel workbook)"),
    (0, b"PK\x05\x06", "an empty zip"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (0, b"Rar!\x1a\x07", "RAR"),
    (257, b"ustar", "a tar archive"),
    (0, b"SQLite format 3", "SQLite"),
    (0, b"%PDF", "PDF"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (0, b"ORC", "ORC"),
    (0, b"Obj\x01", "Avro"),
    (0, b"ARROW1", "Arrow"),
    (0, b"\x89HDF\r\n", "HDF5"),
    (0, b"\x89PNG\r\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ\x90\x00", "a program"),
    (0, b"{\\rtf", "a rich text document"),
)
_HTML = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(r"\s*(?:<\?xml\b|<!DOCTYPE\b|<([A-Za-z_][\w.:-]*)(?:\s+[\w.:-]+\s*=\s*[\"'][^\"']*[\"'])*\s*/?>)")
_JSON = re.compile(r"\s*(?:\{\s*(?:\"|\}\s*$)|\[\s*(?:[\[{\"]|-?\d|true|false|null|\]\s*$))")
_WHOLE_JSON = 1 << 20


def other_binary(start: bytes) -> str | None:
    """What a file is by its magic bytes, when it is none that could be text."""
    return next((name for at, magic, name in _MAGIC if start.startswith(magic, at)), None)


def other_document(text: str, *, whole: bool) -> str | None:
    """What a text is that holds a document instead of rows; None for rows."""
    if _HTML.match(text):
        return "an HTML page"
    found = _XML.match(text)
    if found is not None and (found[1] is None or f"</{found[1]}>" in text or found[0].endswith("/>")):
        return "an XML document"
    return "a JSON document" if _JSON.match(text) and _is_json(text, whole=whole) else None


def _is_json(text: str, *, whole: bool) -> bool:
    """Whether a text is one JSON value, as far as it is known."""
    try:
        _, end = json.JSONDecoder().raw_decode(text.lstrip())
    except json.JSONDecodeError as error:
        return not whole and error.pos >= len(text.lstrip()) - _slack(text)
    except RecursionError:
        return True
    return whole and not text.lstrip()[end:].strip()


def _slack(text: str) -> int:
    """Characters at the end of a text that was cut off, in which a JSON value may break."""
    return max(len(text) // 4, 1024)
