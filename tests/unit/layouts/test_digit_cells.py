"""Numbers of digits: packed, zoned and in ASCII, against Python's own."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.layouts import parse_layouts
from etl_batch.layouts.digit_cells import parse_digits


def packed_number(cell):
    """Two digits a byte, the last half byte is the sign; None when it is no number."""
    *digits, sign = cell.hex()
    if not all(digit in "0123456789" for digit in digits) or sign not in "abcdef":
        return None
    return int("".join(digits)) * (-1 if sign in "bd" else 1)


def zoned_number(cell):
    """One digit a byte, the sign in the last one."""
    signs = {
        **dict.fromkeys((0xF0, 0xC0, 0x30), 1),
        **dict.fromkeys((0xD0,), -1),
    }
    last = {first + digit: (digit, sign) for first, sign in signs.items() for digit in range(10)}
    for letters, sign in ((b"{ABCDEFGHI", 1), (b"}JKLMNOPQR", -1), (b"pqrstuvwxy", -1)):
        last |= {byte: (digit, sign) for digit, byte in enumerate(letters)}
    if cell[-1] not in last or not all(byte & 15 <= 9 and byte >> 4 in (3, 15) for byte in cell[:-1]):
        return None
    digit, sign = last[cell[-1]]
    return sign * int("".join(str(byte & 15) for byte in cell[:-1]) + str(digit))


KINDS = {"packed": (packed_number, 19), "zoned": (zoned_number, 38)}
BYTES = {"packed": b"\x00\x09\x12\x99\x0c\x9d\x0b\x0f\x1a", "zoned": b"\xf0\xf9\xc1\xd9\x30\x39{I}Rpy"}


def column_of(kind, size, blank_is_null, **others):
    """A field behind one byte."""
    keys = {"name": "a", "type": kind, "size": size, **others, **({"null_values": [""]} if blank_is_null else {})}
    fields = [{"name": "before", "type": "u8"}, keys]
    return parse_layouts(json.dumps({"version": 1, "layouts": {"r": {"fields": fields}}}))["r"].fields[1]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_packed_and_zoned(kind, data):
    """Any bytes, those of digits most often: number, what is unreadable, and what is blank."""
    number_of, most = KINDS[kind]
    size = data.draw(st.integers(1, most))
    likely = st.lists(st.sampled_from(BYTES[kind]), min_size=size, max_size=size).map(bytes)
    blank = st.lists(st.sampled_from(b"\x00\x20\x40"), min_size=size, max_size=size).map(bytes)
    cells = data.draw(
        st.lists(st.one_of(likely, likely, blank, st.binary(min_size=size, max_size=size)), min_size=1, max_size=20)
    )
    nullable, numbers = data.draw(st.booleans()), [number_of(cell) for cell in cells]
    assert looked_at(kind, {}, cells, nullable) == right(cells, numbers, nullable, b"\x00\x20\x40")


def looked_at(kind, keys, cells, blank_is_null):
    """What is parsed of each cell: its number, whether it is wrong, whether it is blank; and the numbers' type."""
    rows = np.frombuffer(b"".join(b"\x11" + cell for cell in cells), np.uint8).reshape(len(cells), -1)
    column = column_of(kind, len(cells[0]), blank_is_null, **keys)
    parsed = parse_digits(column, rows)
    parsed.stored.validate(full=True)
    marks = (np.zeros(len(cells), bool) if mask is None else mask for mask in (parsed.invalid, parsed.blank))
    told = list(zip(parsed.stored.to_pylist(), *(mask.tolist() for mask in marks), strict=True))
    return told, parsed.stored.type == column.stored_type


def right(cells, numbers, blank_is_null, padding):
    """The same by Python's numbers, None for a cell that is none."""
    blanks = [number is None and not cell.strip(padding) for cell, number in zip(cells, numbers, strict=True)]
    wrong = [number is None and not (blank and blank_is_null) for blank, number in zip(blanks, numbers, strict=True)]
    return list(zip(numbers, wrong, blanks, strict=True)), True


def text_number(text, places):
    """The number that a text says, in a field with so many places; None when it is none."""
    text = text.strip(b"\0 ")
    if places is None:
        return int(text) if re.fullmatch(rb"[+-]?[0-9]+", text) else None
    if re.fullmatch(rb"[+-]?[0-9]+", text):
        return Decimal(int(text)).scaleb(-places)
    if re.fullmatch(rb"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)", text):
        value = Decimal(text.decode())
        return value if value == round(value, places) else None
    return None


@pytest.mark.parametrize("places", [None, 0, 2, 7])
@given(data=st.data())
def test_short_texts(places, data):
    """ASCII digits with signs, points, blanks, bytes of no character, and whatever else."""
    size = data.draw(st.integers(1, 18 - (places or 0)))
    likely = st.lists(st.sampled_from(b"0019995 .-+\0"), min_size=size, max_size=size).map(bytes)
    number = st.from_regex(r"[+-]?[0-9]{1,9}(\.[0-9]{0,7}0*)?", fullmatch=True).map(str.encode)
    fitting = number.filter(lambda text: len(text) <= size).map(lambda text: text.rjust(size))
    cell = st.one_of(likely, fitting, fitting, st.just(b" " * size), st.binary(min_size=size, max_size=size))
    cells = data.draw(st.lists(cell, min_size=1, max_size=20))
    kind, keys = ("ascii_int", {}) if places is None else ("ascii_decimal", {"decimals": places})
    numbers = [text_number(cell, places) for cell in cells]
    nullable = data.draw(st.booleans())
    assert looked_at(kind, keys, cells, nullable) == right(cells, numbers, nullable, b"\0 ")


def test_the_longest_texts_that_64_bits_hold():
    """Nothing overflows at the border, and just past it another parser takes over."""
    for size, places in ((16, 2), (17, 2), (18, 0), (19, 0), (1, 17)):
        cells = [b"9" * size, b"-" + b"9" * (size - 1), b"." + b"9" * (size - 1), b" " * size]
        numbers = [text_number(cell, places) for cell in cells]
        assert looked_at("ascii_decimal", {"decimals": places}, cells, False) == right(cells, numbers, False, b"\0 ")
        whole = [text_number(cell, None) for cell in cells]
        assert looked_at("ascii_int", {}, cells, True) == right(cells, whole, True, b"\0 ")
