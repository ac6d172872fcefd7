"""The short form of a layout: a `struct` format and the names of its values."""

from __future__ import annotations

import re
import struct
import sys

from etl_batch import sentences
from etl_batch.layouts.spec import Endian, FieldSpec

_NUMBERS = {
    "b": "i8", "B": "u8", "h": "i16", "H": "u16", "i": "i32", "I": "u32", "l": "i32", "L": "u32",
    "q": "i64", "Q": "u64", "e": "f16", "f": "f32", "d": "f64", "?": "bool",
}  # fmt: skip
_TOKEN = re.compile(r"\s*(\d*)([A-Za-z?])")
_ORDER: dict[str, Endian] = {
    "<": "little",
    ">": "big",
    "!": "big",
    "=": "little" if sys.byteorder == "little" else "big",
}
_MAX_VALUES = 10_000


def expand(text: str, names: list[str]) -> tuple[list[FieldSpec], Endian]:
    """The fields and the byte order that a `struct` format and its names stand for.

    `struct.unpack` of the same format gives the same values in the same order, text apart, which is decoded and freed
    of its trailing NUL bytes. Raises `ValueError` with one sentence when the format cannot be used.
    """
    order, body = _byte_order(text)
    fields: list[FieldSpec] = []
    left = list(names)
    wanted = 0
    for count, code in _tokens(body, text):
        values = 1 if code in "xs" else count
        wanted += 0 if code == "x" else values
        if wanted > _MAX_VALUES:
            raise ValueError(sentences.problems.STRUCT_TOO_LONG.format(text=text, most=_MAX_VALUES))
        if code == "x":
            fields.append(FieldSpec(type="bytes", size=count, skip=True))
            continue
        taken, left = left[:values], left[values:]
        fields += [_field(code, count, name) for name in taken]
    if wanted != len(names):
        raise ValueError(sentences.problems.STRUCT_NAMES.format(text=text, wanted=wanted, names=len(names)))
    return fields, order


def _field(code: str, count: int, name: str) -> FieldSpec:
    if code in "sc":
        return FieldSpec(name=name, type="char", size=count if code == "s" else 1)
    return FieldSpec(name=name, type=_NUMBERS[code])


def _byte_order(text: str) -> tuple[Endian, str]:
    """The byte order and the format without its prefix; native alignment is refused when it would add padding."""
    if text[:1] in _ORDER:
        return _ORDER[text[0]], text[1:]
    body = text.removeprefix("@")
    try:
        native, standard = struct.calcsize("@" + body), struct.calcsize("=" + body)
    except struct.error as error:
        raise ValueError(sentences.problems.NO_STRUCT.format(text=text, reason=error)) from error
    if native != standard:
        raise ValueError(sentences.problems.NATIVE_ALIGNMENT.format(text=text, native=native, standard=standard))
    return _ORDER["="], body


def _tokens(body: str, text: str) -> list[tuple[int, str]]:
    tokens, at = [], 0
    while at < len(body.rstrip()):
        found = _TOKEN.match(body, at)
        if found is None:
            raise ValueError(sentences.problems.STRUCT_UNREADABLE.format(text=text, rest=body[at:]))
        code, count = found[2], int(found[1] or 1)
        if code not in _NUMBERS and code not in "xcs":
            raise ValueError(sentences.problems.STRUCT_CHARACTER.format(text=text, code=code))
        if count == 0:
            raise ValueError(sentences.problems.STRUCT_COUNT.format(text=text, code=code))
        tokens.append((count, code))
        at = found.end()
    if not tokens:
        raise ValueError(sentences.problems.STRUCT_EMPTY.format(text=text))
    return tokens
