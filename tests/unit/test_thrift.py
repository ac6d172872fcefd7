"""The thrift compact protocol: numbers of every size, and stepping over values of every type."""

from __future__ import annotations

import struct

import pytest

from etl_batch import thrift
from etl_batch.thrift import BINARY, I32, I64, LIST, STRUCT, Walker

NUMBERS = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2**31 - 1, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("value", NUMBERS)
def test_signed_numbers_come_back(value: int) -> None:
    """Whatever their sign and their number of bytes."""
    data = thrift.number(value)
    walker = Walker(data + b"rest")
    assert (walker.integer(), walker.at) == (value, len(data))


@pytest.mark.parametrize(("value", "data"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_lengths_are_written_in_seven_bits_a_byte(value: int, data: bytes) -> None:
    """Little end first, the highest bit says that more follows."""
    assert thrift.length(value) == data
    assert Walker(data).length() == value


@pytest.mark.parametrize("count", [0, 1, 14, 15, 16, 127, 128, 1000])
def test_lists_of_any_length(count: int) -> None:
    """From 15 elements on the length stands behind the header."""
    data = thrift.structs([b"\0"] * count)
    walker = Walker(data)
    assert walker.list_header() == (count, STRUCT)
    walker = Walker(data)
    walker.skip(LIST)
    assert walker.at == len(data)


TRUE, FALSE, BYTE, I16, DOUBLE, SET, MAP, UUID = 1, 2, 3, 4, 7, 10, 11, 13
VALUES = [
    (TRUE, b""),
    (FALSE, b""),
    (BYTE, b"\x80"),
    (I16, thrift.number(-300)),
    (I32, thrift.number(2**31 - 1)),
    (I64, thrift.number(-(2**63))),
    (DOUBLE, struct.pack("<d", 1.5)),
    (BINARY, b"\x03abc"),
    (BINARY, thrift.length(300) + b"\x80" * 300),
    (LIST, bytes((2 << 4 | TRUE,)) + b"\x01\x02"),
    (LIST, bytes((2 << 4 | BINARY,)) + b"\x01a\0"),
    (SET, bytes((15 << 4 | I32,)) + b"\x10" + b"\x81\x01" * 16),
    (LIST, bytes((1 << 4 | LIST,)) + bytes((2 << 4 | I64,)) + b"\x02\x04"),
    (MAP, b"\0"),
    (MAP, b"\x02" + bytes((BINARY << 4 | TRUE,)) + b"\x01k\x01\x01l\x02"),
    (STRUCT, thrift.field(1, TRUE) + thrift.field(15, I32) + b"\x02" + b"\0"),
    (STRUCT, bytes((I32,)) + thrift.number(-7) + b"\x02" + thrift.field(3, BINARY) + b"\x01x" + b"\0"),
    (UUID, b"\x80" * 16),
]


@pytest.mark.parametrize(("kind", "data"), VALUES, ids=range(len(VALUES)))
def test_any_value_can_be_skipped(kind: int, data: bytes) -> None:
    """The walker stands just behind it, alone and as a field between two others."""
    walker = Walker(data + b"\xff")
    walker.skip(kind)
    assert walker.at == len(data)
    whole = thrift.field(2, I32) + thrift.number(5) + thrift.field(9, kind) + data + thrift.field(1, I64) + b"\x02\0"
    walker, found = Walker(whole), []
    for number, type_ in walker.fields():
        found.append((number, type_))
        walker.skip(type_)
    assert found == [(2, I32), (11, kind), (12, I64)]
    assert walker.at == len(whole)


def test_a_field_that_is_far_off() -> None:
    """Past a distance of 15, and backwards, its number is written in full."""
    walker = Walker(bytes((I32,)) + thrift.number(1000) + b"\x02" + bytes((TRUE,)) + thrift.number(3) + b"\0")
    found = []
    for number, kind in walker.fields():
        found.append(number)
        walker.skip(kind)
    assert found == [1000, 3]
