"""LAS: points of laser scans, of the point formats 0 to 3, with coordinates scaled as the header says.

Source: ASPRS, LAS Specification 1.2 (and 1.0 to 1.4 where their headers begin alike).
"""

from __future__ import annotations

from typing import Any

from etl_batch import sentences
from etl_batch.formats.records.headers.head import Head

_SIZES = (20, 28, 26, 34)
_FLAGS = {
    "return_number": (0, 3),
    "number_of_returns": (3, 3),
    "scan_direction_flag": (6, 1),
    "edge_of_flight_line": (7, 1),
}
_CLASSES = {"classification": (0, 5), "synthetic": (5, 1), "key_point": (6, 1), "withheld": (7, 1)}
_OLD_HEADER = 227
"""Bytes of a header before LAS 1.3."""


def las(head: Head) -> dict[str, Any] | None:
    """The points: coordinates as X times scale plus offset in doubles, all others as they stand."""
    if head.read(0, 4) != b"LASF":
        return None
    major, minor = head.numbers("<BB", 24)
    _, first, _, form, size, count = head.numbers("<HIIBHI", 94)
    scales_and_offsets = head.numbers("<6d", 131)
    if (major, minor) > (1, 4) or form >= len(_SIZES):
        compressed = bool(form & 0x80)
        sentence = sentences.layouts.LAS_COMPRESSED if compressed else sentences.layouts.LAS_FORMAT
        raise head.refusal(sentence.format(version=f"{major}.{minor}", form=form))
    if (major, minor) == (1, 4) and not count:
        (count,) = head.numbers("<Q", 247)
    if size < _SIZES[form] or first < _OLD_HEADER:
        raise head.refusal(sentences.layouts.LAS_SIZES.format(size=size, first=first))
    rest = head.size - first - count * size
    return {
        "fields": _fields(form, size, scales_and_offsets),
        "header_bytes": first,
        "footer_bytes": max(rest, 0),
        "record_count": count,
        "description": f"LAS {major}.{minor}, point format {form}.",
    }


def _fields(form: int, size: int, scales_and_offsets: tuple[float, ...]) -> list[dict[str, Any]]:
    scales, offsets = scales_and_offsets[:3], scales_and_offsets[3:]
    fields: list[dict[str, Any]] = [
        {"name": axis, "type": "i32", "scale": scale, "add": offset}
        for axis, scale, offset in zip("xyz", scales, offsets, strict=True)
    ]
    fields += [{"name": "intensity", "type": "u16"}, *_bits(14, _FLAGS), *_bits(15, _CLASSES)]
    fields += [{"name": "scan_angle_rank", "type": "i8"}, {"name": "user_data", "type": "u8"}]
    fields += [{"name": "point_source_id", "type": "u16"}]
    fields += [{"name": "gps_time", "type": "f64"}] if form in (1, 3) else []
    fields += [{"name": color, "type": "u16"} for color in ("red", "green", "blue")] if form in (2, 3) else []
    extra = size - _SIZES[form]
    return [*fields, {"name": "extra_bytes", "type": "bytes", "size": extra}] if extra else fields


def _bits(offset: int, parts: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": "u8", "offset": offset, "bits": {"start": start, "len": length}}
        for name, (start, length) in parts.items()
    ]
