"""FITS binary tables: the first of a file, with its columns' names, types, scales and nulls from the header.

Source: Definition of the Flexible Image Transport System, version 4.0, sections 4, 5 and 7.3.
"""

from __future__ import annotations

import math
import re
from typing import Any

from etl_batch import sentences
from etl_batch.formats.records.headers.head import Head
from etl_batch.formats.source import unique_names

Cards = dict[str, Any]
_BLOCK, _CARD = 2880, 80
_MOST_BLOCKS, _MOST_UNITS, _MOST_FIELDS = 2000, 1000, 999
_FORM = re.compile(r"([0-9]{0,9})([LXBIJKAEDCMPQ])([0-9A-Za-z()]*)")
_WHOLE = {"B": "u8", "I": "i16", "J": "i32", "K": "i64"}
_REAL = {"E": "f32", "D": "f64", "C": "f32", "M": "f64"}


def fits(head: Head) -> dict[str, Any] | None:
    """Rows of the first binary table. What stands before it is header, what stands behind its rows footer."""
    if head.read(0, 9) != b"SIMPLE  =":
        return None
    at = 0
    for unit in range(_MOST_UNITS):
        if at >= head.size:
            break
        cards, begin = _cards(head, at)
        if cards.get("XTENSION") == "BINTABLE":
            return _table(head, cards, begin, unit)
        at = begin + -(-_data_bytes(head, cards) // _BLOCK) * _BLOCK
    raise head.refusal(sentences.layouts.FITS_NO_TABLE)


def _cards(head: Head, at: int) -> tuple[Cards, int]:
    """The keywords of a header that begins at a byte, the first of each, and where its data begin."""
    cards: Cards = {}
    for _ in range(_MOST_BLOCKS):
        block = head.read(at, _BLOCK)
        if len(block) < _BLOCK:
            break
        at += _BLOCK
        for place in range(0, _BLOCK, _CARD):
            card = block[place : place + _CARD].decode("latin-1")
            key = card[:8].strip()
            if key == "END":
                return cards, at
            if card[8:10] == "= ":
                cards.setdefault(key, _value(card[10:]))
    raise head.refusal(sentences.layouts.HEADER_CUT_OFF)


def _value(text: str) -> Any:
    """A string without its blanks, a truth value or a number; None for what is none of them."""
    text = text.strip()
    if text.startswith("'"):
        found = re.match(r"'((?:[^']|'')*)'", text)
        return found[1].replace("''", "'").rstrip() if found else None
    text = text.split("/")[0].strip()
    if text in ("T", "F"):
        return text == "T"
    try:
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,30}", text) else float(text.replace("D", "E"))
    except ValueError:
        return None


def _whole(head: Head, cards: Cards, key: str, default: int = 0) -> int:
    """A number of a header that counts something."""
    value = cards.get(key, default)
    if type(value) is not int or not 0 <= value < 2**62:
        raise head.refusal(sentences.layouts.FITS_KEY.format(key=key, value=str(value)[:40]))
    return value


def _data_bytes(head: Head, cards: Cards) -> int:
    axes = _whole(head, cards, "NAXIS")
    if not axes or axes > _MOST_FIELDS:
        return 0
    values = math.prod(_whole(head, cards, f"NAXIS{axis}") for axis in range(1, axes + 1))
    bits = cards.get("BITPIX")
    if type(bits) is not int or abs(bits) not in (8, 16, 32, 64):
        raise head.refusal(sentences.layouts.FITS_KEY.format(key="BITPIX", value=str(bits)[:40]))
    return abs(bits) // 8 * _whole(head, cards, "GCOUNT", 1) * (_whole(head, cards, "PCOUNT") + values)


def _table(head: Head, cards: Cards, begin: int, unit: int) -> dict[str, Any]:
    size, rows = _whole(head, cards, "NAXIS1"), _whole(head, cards, "NAXIS2")
    count = min(_whole(head, cards, "TFIELDS"), _MOST_FIELDS + 1)
    if not 1 <= count <= _MOST_FIELDS or not size:
        raise head.refusal(sentences.layouts.FITS_KEY.format(key="TFIELDS", value=cards.get("TFIELDS")))
    given = [str(cards.get(f"TTYPE{number}") or f"col{number}") for number in range(1, count + 1)]
    names = unique_names([name if name.isprintable() else f"col{at}" for at, name in enumerate(given, 1)])
    fields = [field for at, name in enumerate(names, 1) if (field := _field(head, cards, at, name)) is not None]
    return {
        "endian": "big",
        "encoding": "latin-1",
        "record_size": size,
        "fields": fields,
        "header_bytes": begin,
        "footer_bytes": max(head.size - begin - rows * size, 0),
        "record_count": rows,
        "description": f"A FITS binary table, header and data unit {unit}.",
    }


def _field(head: Head, cards: Cards, number: int, name: str) -> dict[str, Any] | None:
    """One column; None for one without elements."""
    form = str(cards.get(f"TFORM{number}") or "")
    found = _FORM.fullmatch(form.strip())
    if found is None:
        raise head.refusal(sentences.layouts.FITS_KEY.format(key=f"TFORM{number}", value=form[:40]))
    repeat, code, rest = int(found[1] or 1), found[2], found[3]
    if not repeat:
        return None
    if code == "A":
        width = int(rest) if rest.isdecimal() and rest != "0" and repeat % int(rest) == 0 else repeat
        text = {"name": name, "type": "char", "size": width, "strip": "both"}
        return text if width == repeat else {**text, "count": repeat // width}
    if code == "X":
        return {"name": name, "type": "bytes", "size": -(-repeat // 8)}
    many = {"count": repeat} if repeat > 1 else {}
    if code == "L":
        truth = {"type": "char", "size": 1, "enum": {"T": "true", "F": "false"}, "null_values": [""]}
        return {"name": name, **truth, **many}
    if code in "PQ":
        kind = "i32" if code == "P" else "i64"
        return {"name": name, "fields": [{"name": "length", "type": kind}, {"name": "offset", "type": kind}], **many}
    scaling = _scaling(head, cards, number)
    if code in "CM":
        parts = [{"name": part, "type": _REAL[code], **scaling} for part in ("real", "imag")]
        return {"name": name, "fields": parts, **many}
    null = cards.get(f"TNULL{number}")
    nulls = {"null_values": [null]} if code in _WHOLE and type(null) is int else {}
    return {"name": name, "type": _WHOLE.get(code) or _REAL[code], **scaling, **nulls, **many}


def _scaling(head: Head, cards: Cards, number: int) -> dict[str, Any]:
    """`scale` and `add`; an offset alone, of half a type's range, is how unsigned whole numbers are written."""
    keys: dict[str, Any] = {}
    for key, ours, plain in (("TSCAL", "scale", 1), ("TZERO", "add", 0)):
        value = cards.get(f"{key}{number}", plain)
        if type(value) not in (int, float):
            raise head.refusal(sentences.layouts.FITS_KEY.format(key=f"{key}{number}", value=str(value)[:40]))
        if value != plain:
            keys[ours] = value
    return keys
