"""Fields of fixed records: numbers gathered, and text as codes, each against a slow twin."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl_batch.kernels.records import (
    BLANK,
    GIVEN_UP,
    NEGATIVE,
    NO_DIGIT,
    READABLE,
    SLOT,
    UNREADABLE,
    digit_numbers,
    fixed_codes,
    gather_numbers,
    text_numbers,
    wide_digit_numbers,
)

SIZES = (1, 2, 4, 8)


@st.composite
def numbers(draw):
    """Records of random bytes, and fields of them that may overlap: place, size, and whether the bytes are swapped."""
    record_size = draw(st.integers(1, 40))
    sizes = [size for size in SIZES if size <= record_size]
    fields = draw(st.lists(st.tuples(st.sampled_from(sizes), st.booleans(), st.integers(0, 39)), max_size=6))
    placed = [(place % (record_size - size + 1), size, swapped and size > 1) for size, swapped, place in fields]
    records = draw(st.integers(0, 30))
    content = draw(st.binary(min_size=records * record_size, max_size=records * record_size))
    return record_size, placed, content


def gathered(record_size, fields, content):
    """What the kernel copies of each field."""
    records = len(content) // record_size
    ends = np.cumsum([records * size for _, size, _ in fields], dtype=np.int64)
    plan = [
        (place, size, swapped, end - records * size) for (place, size, swapped), end in zip(fields, ends, strict=True)
    ]
    out = np.zeros(int(ends[-1]) if len(ends) else 0, np.uint8)
    gather_numbers(np.frombuffer(content, np.uint8), record_size, np.array(plan, np.int64).reshape(-1, 4), out)
    return [out[to : to + records * size].tobytes() for _, size, _, to in plan]


def cut_out(record_size, fields, content):
    """The same, byte by byte."""
    records = [content[at : at + record_size] for at in range(0, len(content), record_size)]
    return [
        b"".join(record[place : place + size][:: -1 if swapped else 1] for record in records)
        for place, size, swapped in fields
    ]


@given(numbers())
@example((8, [(0, 8, False), (0, 8, True), (4, 4, True), (6, 2, True), (7, 1, False)], bytes(range(16))))
def test_numbers(case):
    """Any place, size and order, up to the last byte of the last record."""
    assert gathered(*case) == cut_out(*case)


@pytest.mark.parametrize("record_size", [9, 20_000])
def test_more_records_than_a_block_holds(record_size):
    """Blocks of records follow each other without a gap, and one that is longer than a block is one."""
    content = np.random.default_rng(1).bytes(record_size * (5_000 if record_size == 9 else 3))
    fields = [(1, 8, True), (0, 1, False), (4, 2, False), (5, 4, False)]
    assert gathered(record_size, fields, content) == cut_out(record_size, fields, content)


def coded(cells, before=0, behind=0, places=256):
    """Codes and distinct cells of records that have so many bytes before and behind the cell; None when it gave up."""
    size = len(cells[0])
    record = [bytes([at % 251]) * before + cell + bytes([at % 241]) * behind for at, cell in enumerate(cells)]
    data, codes = np.frombuffer(b"".join(record), np.uint8), np.zeros(len(cells), np.int32)
    table, kept = np.zeros(places * SLOT, np.uint64), np.zeros(places // 2 * size, np.uint8)
    known = fixed_codes(data, before + size + behind, before, size, table, kept, codes)
    if known == GIVEN_UP:
        return None
    return codes.tolist(), [kept[at * size : (at + 1) * size].tobytes() for at in range(known)]


def first_seen(cells):
    """The same by a dictionary of Python."""
    seen = {}
    return [seen.setdefault(cell, len(seen)) for cell in cells], list(seen)


@given(st.integers(1, 40), st.integers(0, 9), st.integers(0, 9), st.data())
def test_codes(size, before, behind, data):
    """Cells of any size, in records of any, in the order in which they first appear."""
    cell = st.one_of(st.binary(max_size=size), st.text("ab\0", max_size=size).map(str.encode))
    cells = data.draw(st.lists(cell.map(lambda known: known.ljust(size, b"\0")), min_size=1, max_size=60))
    assert coded(cells, before, behind) == first_seen(cells)


@pytest.mark.parametrize("size", range(1, 36))
def test_cells_that_differ_in_one_byte(size):
    """Wherever it stands; a cell of zeros is one like any other."""
    cells = [bytes(size)] + [bytes(at) + b"\1" + bytes(size - at - 1) for at in range(size)]
    assert coded(cells + cells[::-1]) == first_seen(cells + cells[::-1])


def test_words_that_a_product_makes_nothing_of():
    """Cells whose digests are all the same are told apart by their bytes."""
    scattered = 0x9E3779B97F4A7C15.to_bytes(8, "little")
    cells = [scattered + number.to_bytes(8, "little") for number in range(40)]
    assert coded(cells * 2) == first_seen(cells * 2)


def test_more_cells_than_there_is_room_for():
    """Half of the places are taken at most, and a table whose places are all asked in vain is given up."""
    cells = [number.to_bytes(3, "big") for number in range(9)]
    assert coded(cells[:8], places=16) == first_seen(cells[:8])
    assert coded(cells, places=16) is None
    scattered = 0x9E3779B97F4A7C15.to_bytes(8, "little")
    assert coded([scattered + number.to_bytes(8, "little") for number in range(100)]) is None


VALUES = np.full(256, NO_DIGIT, np.uint8)
VALUES[48:58] = range(10)
LAST_VALUES = VALUES.copy()
LAST_VALUES[ord("p") : ord("p") + 10] = np.arange(10) + NEGATIVE
PADDING = np.isin(np.arange(256), (0, 32)).view(np.uint8)


SEPARATE = np.full(256, NO_DIGIT, np.uint8)
SEPARATE[ord("+")], SEPARATE[ord("-")] = 0, NEGATIVE


def numbered(cells, base, values=VALUES, sign_at=None, sign_base=10, sign_values=LAST_VALUES):
    """Numbers and states of records that have two bytes before a cell and one behind it."""
    size = len(cells[0])
    signs = (size - 1 if sign_at is None else sign_at, sign_base, sign_values)
    data = np.frombuffer(b"".join(b"77" + cell + b"7" for cell in cells), np.uint8)
    out, states = np.ones(len(cells), np.int64), np.full(len(cells), 9, np.uint8)
    bad = digit_numbers(data, size + 3, 2, size, base, values, *signs, PADDING, out, states)
    assert bad == np.count_nonzero(states)
    wide, wide_states = np.ones(2 * len(cells), np.uint64), np.full(len(cells), 9, np.uint8)
    place = (size + 3, 2, size, base)
    assert wide_digit_numbers(data, *place, values, *signs, PADDING, wide, wide_states) == bad
    assert wide_states.tolist() == states.tolist()
    assert [int.from_bytes(pair.tobytes(), "little", signed=True) for pair in wide.reshape(-1, 2)] == out.tolist()
    return list(zip(out.tolist(), states.tolist(), strict=True))


def spelt(cell):
    """The same by Python's integers."""
    if re.fullmatch(rb"[0-9]*[0-9p-y]", cell):
        last = cell[-1:]
        negative = last > b"9"
        number = int(cell[:-1] + (bytes([last[0] - 64]) if negative else last))
        return -number if negative else number, READABLE
    return 0, BLANK if not cell.strip(b"\0 ") else UNREADABLE


@given(st.integers(1, 18), st.data())
@example(18, None)
def test_digits(size, data):
    """Numbers of up to 18 digits with their sign in the last, blanks, and what is neither."""
    cell = st.one_of(
        st.from_regex(rf"[0-9]{{{size - 1}}}[0-9p-y]", fullmatch=True).map(str.encode),
        st.binary(min_size=size, max_size=size),
        st.text("0p \0", min_size=size, max_size=size).map(str.encode),
    )
    cells = data.draw(st.lists(cell, min_size=1, max_size=20)) if data else [b"9" * 18, b"9" * 17 + b"y", b" " * 18]
    assert numbered(cells, 10) == [spelt(cell) for cell in cells]


def test_two_digits_a_byte():
    """In base 100 the last byte still is one digit."""
    pairs = np.arange(256).astype(np.uint8)
    pairs[100:] = NO_DIGIT
    assert numbered([bytes([99, 7, 48 + 5]), bytes([0, 1, ord("r")]), bytes([0, 100, 48])], 100, pairs) == [
        (99075, READABLE),
        (-12, READABLE),
        (0, UNREADABLE),
    ]


@pytest.mark.parametrize("sign_at", [-1, 0, 1, 2])
@pytest.mark.parametrize("separate", [False, True])
@given(st.lists(st.binary(min_size=3, max_size=3) | st.from_regex(rb"[-+0-9p-y ]{3}", fullmatch=True), min_size=1))
def test_signs_anywhere(sign_at, separate, cells):
    """Beside a digit or in a byte of their own, at either end or in the middle, or nowhere."""
    table, base = (SEPARATE, 1) if separate else (LAST_VALUES, 10)
    expected = []
    for cell in cells:
        number, state, minus = 0, READABLE, False
        for place, byte in enumerate(cell):
            digit = int((table if place == sign_at else VALUES)[byte])
            if digit == NO_DIGIT:
                number, state, minus = 0, UNREADABLE if cell.strip(b"\0 ") else BLANK, False
                break
            minus |= digit >= NEGATIVE
            number = number * (base if place == sign_at else 10) + digit % NEGATIVE
        expected.append((-number if minus else number, state))
    assert numbered(cells, 10, VALUES, sign_at, base, table) == expected


def said(text, places):
    """The number of a text in units of the last place, by Python's fractions; None when it is none."""
    text = text.strip(b"\0 ")
    point = rb"|[+-]?([0-9]+\.[0-9]*|\.[0-9]+)" if places >= 0 else b""
    if not re.fullmatch(rb"[+-]?[0-9]+" + point, text):
        return None
    number = Fraction(text.decode()) * (10**places if b"." in text else 1)
    return int(number) if number.denominator == 1 else None


@given(st.integers(-1, 6), st.data())
def test_texts(places, data):
    """Signs, points, blanks, and what is no number: the last cell ends with the records."""
    size = data.draw(st.integers(1, 18 - max(places, 0)))
    likely = st.lists(st.sampled_from(b"0123 .-+\0"), min_size=size, max_size=size).map(bytes)
    number = st.integers(-(10 ** (size - 1)) + 1, 10**size - 1).map(lambda value: str(value).rjust(size).encode())
    cells = data.draw(st.lists(st.one_of(number, likely, st.binary(min_size=size, max_size=size)), min_size=1))
    out, states = np.ones(len(cells), np.int64), np.full(len(cells), 9, np.uint8)
    records = np.frombuffer(b"".join(b"7" + cell for cell in cells), np.uint8)
    assert text_numbers(records, size + 1, 1, size, places, out, states) == np.count_nonzero(states)
    numbers = [said(cell, places) for cell in cells]
    assert out.tolist() == [number or 0 for number in numbers]
    blank = [BLANK if not cell.strip(b"\0 ") else UNREADABLE for cell in cells]
    told = [READABLE if number is not None else state for number, state in zip(numbers, blank, strict=True)]
    assert states.tolist() == told
