"""Packed and zoned numbers that 64 bits hold, against the digits that wider ones are read by."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.layouts import parse_layouts
from etl_batch.layouts.digit_cells import _packed_digits, _zoned_digits, parse_digits

KINDS = {"packed": (_packed_digits, 9), "zoned": (_zoned_digits, 18)}
BYTES = {"packed": b"\x00\x09\x12\x99\x0c\x9d\x0b\x0f\x1a", "zoned": b"\xf0\xf9\xc1\xd9\x30\x39{I}Rpy"}


def column_of(kind, size, blank_is_null):
    """A field behind one byte."""
    keys = {"name": "a", "type": kind, "size": size, **({"null_values": [""]} if blank_is_null else {})}
    fields = [{"name": "before", "type": "u8"}, keys]
    return parse_layouts(json.dumps({"version": 1, "layouts": {"r": {"fields": fields}}}))["r"].fields[1]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_short_numbers(kind, data):
    """Any bytes, those of digits most often: number, what is unreadable, and what is blank."""
    digits_of, most = KINDS[kind]
    size = data.draw(st.integers(1, most))
    likely = st.lists(st.sampled_from(BYTES[kind]), min_size=size, max_size=size).map(bytes)
    blank = st.lists(st.sampled_from(b"\x00\x20\x40"), min_size=size, max_size=size).map(bytes)
    cells = data.draw(
        st.lists(st.one_of(likely, likely, blank, st.binary(min_size=size, max_size=size)), min_size=1, max_size=20)
    )
    blank_is_null = data.draw(st.booleans())
    rows = np.frombuffer(b"".join(b"\x11" + cell for cell in cells), np.uint8).reshape(-1, size + 1)
    parsed = parse_digits(column_of(kind, size, blank_is_null), rows)

    digits, negative, readable = digits_of(rows[:, 1:])
    numbers = [int("".join(map(str, line))) if good else None for line, good in zip(digits, readable, strict=True)]
    signed = [-number if minus and number else number for number, minus in zip(numbers, negative, strict=True)]
    assert parsed.stored.to_pylist() == signed
    blanks = [not good and not cell.strip(b"\x00\x20\x40") for cell, good in zip(cells, readable, strict=True)]
    wrong = [not good and not (empty and blank_is_null) for empty, good in zip(blanks, readable, strict=True)]
    assert (parsed.invalid.tolist() if parsed.invalid is not None else [False] * len(cells)) == wrong
    assert (parsed.blank.tolist() if parsed.blank is not None else [False] * len(cells)) == blanks
