"""COBOL pictures: what `PIC S9(7)V99` says of digits, sign and point."""

from __future__ import annotations

import re
from dataclasses import dataclass

from etl_batch import sentences
from etl_batch.layouts.importers.parts import refusal

_PARTS = re.compile(r"([A-Z0-9/.,+\-*$])(?:\((\d{1,9})\))?")
_NUMBER = re.compile(r"S?(9?V?9?|V?P9|9PV?)")
_TEXT = frozenset("XA9")
_EDITING = frozenset("Z*$+-CRDB0/,.E9XAVPSB")
_NATIONAL = frozenset("NGU")


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture says. A number has `digits` digits and the value `digits * 10 ** -places`."""

    text: bool
    size: int
    """Characters of a text, digits of a number."""
    places: int = 0
    """Decimal places; below 0 for digits before the point that are not kept (`9(3)PP`)."""
    signed: bool = False


def read_picture(text: str, line: int, field: str) -> Picture:
    """A picture string, in any case. Raises `LayoutError` for what is edited, national, or no picture."""
    wanted = text.upper()
    parts = [(found[1], int(found[2] or 1)) for found in _PARTS.finditer(wanted)]
    if _PARTS.sub("", wanted) or not parts or any(count == 0 for _, count in parts):
        raise refusal(sentences.imports.NO_PICTURE.format(picture=text), line, field)
    characters = {character for character, _ in parts}
    if characters & _NATIONAL:
        raise refusal(sentences.imports.NATIONAL_PICTURE.format(picture=text), line, field)
    if characters <= _TEXT and characters & {"X", "A"}:
        return Picture(text=True, size=sum(count for _, count in parts))
    shape = re.sub(r"(.)\1+", r"\1", "".join(character for character, _ in parts))
    digits = _count(parts, "9")
    once = all(_count(parts, mark) <= 1 for mark in "SV")
    if _NUMBER.fullmatch(shape) and digits and once:
        return Picture(text=False, size=digits, places=_places(parts, shape), signed="S" in characters)
    sentence = sentences.imports.EDITED_PICTURE if characters <= _EDITING else sentences.imports.NO_PICTURE
    raise refusal(sentence.format(picture=text), line, field)


def _count(parts: list[tuple[str, int]], wanted: str) -> int:
    return sum(count for character, count in parts if character == wanted)


def _places(parts: list[tuple[str, int]], shape: str) -> int:
    if "P9" in shape:
        return _count(parts, "P") + _count(parts, "9")
    if "P" in shape:
        return -_count(parts, "P")
    characters = [character for character, _ in parts]
    return _count(parts[characters.index("V") :], "9") if "V" in characters else 0
