"""DBF: tables of dBASE III and its heirs, one file a table, a mark of deletion before each record.

Source: dBASE III Plus and IV table file structure; Visual FoxPro's for the types I, B, Y and T.
"""

from __future__ import annotations

from typing import Any

from etl_batch.formats.records.headers.head import Head
from etl_batch.formats.source import unique_names

_VERSIONS = (0x02, 0x03, 0x04, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8E, 0xCB, 0xF5, 0xFB)
_DESCRIPTOR = 32
_CODE_PAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x08: "cp865", 0x09: "cp437", 0x0B: "cp437", 0x0D: "cp437",
    0x0F: "cp437", 0x11: "cp437", 0x13: "cp932", 0x15: "cp437", 0x18: "cp437", 0x19: "cp437", 0x1B: "cp437",
    0x0A: "cp850", 0x0E: "cp850", 0x10: "cp850", 0x12: "cp850", 0x14: "cp850", 0x16: "cp850", 0x1A: "cp850",
    0x1C: "cp863", 0x1D: "cp850", 0x1F: "cp852", 0x22: "cp852", 0x23: "cp852", 0x24: "cp860", 0x25: "cp850",
    0x26: "cp866", 0x37: "cp850", 0x40: "cp852", 0x4D: "cp936", 0x4E: "cp949", 0x4F: "cp950", 0x50: "cp874",
    0x57: "cp1252", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x67: "cp861",
    0x6A: "cp737", 0x6B: "cp857", 0x78: "cp950", 0x79: "cp949", 0x7A: "cp936", 0x7B: "cp932", 0x7C: "cp874",
    0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
}  # fmt: skip
"""By the language driver in byte 29."""
_MOST_DIGITS = 38


def dbf(head: Head) -> dict[str, Any] | None:
    """The fields of a table. A header must be right in all its parts: its first byte says little."""
    start = head.read(0, _DESCRIPTOR)
    if len(start) < _DESCRIPTOR or start[0] not in _VERSIONS or start[2] > 12 or start[3] > 31:
        return None
    count, header, record = head.numbers("<IHH", 4)
    if header <= _DESCRIPTOR or header > head.size:
        return None
    fields = _fields(head.read(_DESCRIPTOR, header - _DESCRIPTOR), start[0])
    if not fields or 1 + sum(_size(field) for field in fields) != record:
        return None
    end = header + count * record
    deleted = {"name": "_deleted", "type": "char", "size": 1, "strip": "none", "enum": {" ": "false", "*": "true"}}
    return {
        "encoding": _CODE_PAGES.get(start[29], "cp1252"),
        "fields": [deleted, *fields],
        "header_bytes": header,
        # A byte for the end of the file, which some writers leave out.
        "footer_bytes": int(head.size == end + 1 and head.read(end, 1) == b"\x1a"),
        "record_count": count,
        "description": f"A DBF table of version {start[0]:02x}.",
    }


def _fields(raw: bytes, version: int) -> list[dict[str, Any]]:
    """Fields of the descriptors up to their end mark; none when there is no such mark or a field is not one."""
    found: list[tuple[str, str, int, int]] = []
    for at in range(0, len(raw), _DESCRIPTOR):
        part = raw[at : at + _DESCRIPTOR]
        if part[:1] == b"\r":
            names = unique_names([name for name, *_ in found])
            fields = [
                _field(name, kind, size, decimals, version)
                for name, (_, kind, size, decimals) in zip(names, found, strict=True)
            ]
            return [] if None in fields else [field for field in fields if field is not None]
        name = part[:11].split(b"\0")[0].decode("latin-1").strip()
        if len(part) < _DESCRIPTOR or not name or not name.isprintable():
            return []
        kind = chr(part[11])
        # Of text the byte for decimals is the upper one of the size.
        size = part[16] + (256 * part[17] if kind == "C" else 0)
        found.append((name, kind, size, part[17]))
    return []


def _field(name: str, kind: str, size: int, decimals: int, version: int) -> dict[str, Any] | None:
    text = {"name": name, "size": size}
    if not size:
        return None
    if kind in "NF":
        if decimals and size <= _MOST_DIGITS and decimals < _MOST_DIGITS:
            return {**text, "type": "ascii_decimal", "decimals": decimals, "null_values": [""]}
        return {**text, "type": "ascii_int" if kind == "N" and not decimals else "ascii_decimal", "null_values": [""]}
    if kind == "L" and size == 1:
        labels = dict.fromkeys("TtYy", "true") | dict.fromkeys("FfNn", "false")
        return {**text, "type": "char", "enum": labels, "null_values": ["", "?"]}
    if kind == "I" and size == 4:
        return {"name": name, "type": "i32"}
    if kind == "B" and size == 8 and version >= 0x30 and version < 0x40:
        return {"name": name, "type": "f64"}
    if kind == "Y" and size == 8:
        return {"name": name, "type": "i64", "decimals": 4}
    if kind == "T" and size == 8:
        return {
            "name": name,
            "fields": [{"name": "julian_day", "type": "i32"}, {"name": "milliseconds", "type": "i32"}],
        }
    if kind in "CDMGPBV":
        return {**text, "type": "char", "strip": "both", "null_values": [""]}
    return {**text, "type": "bytes"} if kind in "0WQ@+O" else None


def _size(field: dict[str, Any]) -> int:
    if "fields" in field:
        return sum(map(_size, field["fields"]))
    return int(field.get("size", 0)) or int(field["type"][1:]) // 8
