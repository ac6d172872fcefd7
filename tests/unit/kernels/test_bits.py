"""The instructions of `bits` against their bodies, which say what is meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import bits
from etl_batch.kernels.bits import (
    LANES,
    PADDING,
    bytes_at,
    copy_4,
    copy_8,
    copy_16,
    copy_32,
    copy_64,
    copy_swapped_2,
    copy_swapped_4,
    copy_swapped_8,
    count_ones,
    digit_mask,
    equal_mask,
    high_mask,
    ints_at,
    leading_zeros,
    load_word,
    longs_at,
    multiply_high,
    power_sums,
    prefix_xor,
    store_4,
    store_8,
    trailing_zeros,
)
from etl_batch.kernels.kernel import Bytes, Ints, Longs, OutBytes, OutLongs, OutReals, OutWords, Reals, Word, kernel
from tests.unit.kernels.compiled import compiled

WORDS = st.integers(0, 2**64 - 1)


@kernel
def of_bytes(data: Bytes, at: int, byte: int, out: OutWords, copied: OutBytes) -> None:
    """Everything that looks at bytes, at one place."""
    out[0] = equal_mask(data, at, byte)
    out[1] = high_mask(data, at)
    out[2] = load_word(data, at)
    out[3] = digit_mask(data, at)
    copy_16(copied, 3, data, at)
    copy_8(copied, 20, data, at)
    copy_4(copied, 29, data, at)
    copy_swapped_8(copied, 35, data, at)
    copy_swapped_4(copied, 43, data, at)
    copy_swapped_2(copied, 47, data, at)
    copy_64(copied, 49, data, at)
    store_8(copied, 113, out[2])
    store_4(copied, 121, out[2])
    copy_32(copied, 125, data, at)


@kernel
def of_words(one: Word, other: Word, out: OutWords) -> None:
    """Everything that looks at words."""
    out[0] = trailing_zeros(one)
    out[1] = leading_zeros(one)
    out[2] = count_ones(one)
    out[3] = multiply_high(one, other)
    out[4] = prefix_xor(one)


@kernel
def of_numbers(order: Ints, begin: int, end: int, reals: Reals, longs: Longs, anchor: float, out: OutReals) -> None:
    """What adds up numbers."""
    out[0], out[1], out[2], out[3] = power_sums(order, begin, end, reals, anchor)
    out[4], out[5], out[6], out[7] = power_sums(order, begin, end, longs, anchor)


@kernel
def of_addresses(address: int, size: int, out: OutLongs) -> None:
    """The last elements of arrays that stand at an address, and how many elements they have."""
    few, some, many = longs_at(address, size), ints_at(address, 2 * size), bytes_at(address, 8 * size)
    out[0], out[1], out[2] = few[few.size - 1], some[some.size - 1], many[many.size - 1]
    out[3] = few.size + some.size + many.size


@pytest.fixture(scope="module", autouse=True)
def machine_code():
    """All, compiled."""
    compiled(of_bytes, of_words, of_numbers, of_addresses)


@given(st.binary(min_size=PADDING, max_size=PADDING * 3), st.integers(0, 255), st.data())
def test_bytes(content, byte, data):
    """Masks, a word and a copy, from any place that has 64 bytes behind it."""
    at = data.draw(st.integers(0, len(content) - PADDING))
    units = np.frombuffer(content, np.uint8)
    out, copied = np.zeros(4, np.uint64), np.zeros(49 + 64 + 12 + 32, np.uint8)
    of_bytes(units, at, byte, out, copied)
    assert out.tolist() == [
        bits.equal_mask(units, at, byte),
        bits.high_mask(units, at),
        int.from_bytes(content[at : at + 8], "little"),
        bits.digit_mask(units, at),
    ]
    parts = [content[at : at + size] for size in (16, 8, 4)]
    swapped = b"".join(content[at : at + size][::-1] for size in (8, 4, 2))
    told = bytes(3) + parts[0] + bytes(1) + parts[1] + bytes(1) + parts[2] + bytes(2) + swapped
    stretches = (content[at : at + size] for size in (64, 8, 4, 32))
    assert copied.tobytes() == told + b"".join(stretches)
    by_hand = np.zeros(14, np.uint8)
    bits.copy_swapped_8(by_hand, 0, units, at)
    bits.copy_swapped_4(by_hand, 8, units, at)
    bits.copy_swapped_2(by_hand, 12, units, at)
    assert by_hand.tobytes() == swapped
    bits.store_8(by_hand, 0, out[2])
    bits.store_4(by_hand, 8, out[2])
    assert by_hand.tobytes()[:12] == content[at : at + 8] + content[at : at + 4]


@given(WORDS, WORDS)
@pytest.mark.parametrize("shape", [lambda one: one, lambda _: 0, lambda one: one & -one, lambda _: 2**64 - 1])
def test_words(shape, one, other):
    """Counts of bits, the upper half of a product, and what stands between quotes."""
    one, out = shape(one), np.zeros(5, np.uint64)
    of_words(one, other, out)
    assert out.tolist() == [
        bits.trailing_zeros(one),
        bits.leading_zeros(one),
        bin(one).count("1"),
        one * other >> 64,
        bits.prefix_xor(one),
    ]


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.floats(-9, 9), min_size=1, max_size=40),
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9), min_size=40, max_size=40),
    st.floats(-1e9, 1e9),
    st.integers(0, 5),
    st.integers(0, 4),
    st.randoms(),
)
def test_numbers(reals, longs, anchor, begin, many, random):
    """Every bit of the sums, of doubles and of integers, whatever order the rows stand in."""
    order = np.array([random.randrange(len(reals)) for _ in range(begin + LANES * many)], np.int32)
    reals, longs, out = np.array(reals), np.array(longs, np.int64), np.zeros(8)
    place = begin, begin + LANES * many
    of_numbers(order, *place, reals, longs, anchor, out)
    with np.errstate(over="ignore", invalid="ignore"):
        told = [*bits.power_sums(order, *place, reals, anchor), *bits.power_sums(order, *place, longs, anchor)]
    assert np.array_equal(out, told, equal_nan=True)


@pytest.mark.parametrize("of", [of_addresses, of_addresses.function])
def test_arrays_at_an_address(of):
    """They are what stands there, signs included, compiled and not."""
    values, out = np.array([5, -7], np.int64), np.zeros(4, np.int64)
    of(values.ctypes.data, values.size, out)
    assert out.tolist() == [-7, -1, 255, 2 + 4 + 16]


def test_the_bodies_by_hand():
    """Those that the test above compares with machine code alone."""
    assert [bits.trailing_zeros(word) for word in (0, 1, 2**63)] == [64, 0, 63]
    assert [bits.leading_zeros(word) for word in (0, 1, 2**63)] == [64, 63, 0]
    assert bits.prefix_xor(0b1001_0010) == 2**64 - 1 - 0b0111_0001
    block = np.frombuffer(b"a,b" + bytes([200]) + bytes(60), np.uint8)
    assert (bits.equal_mask(block, 0, ord(",")), bits.high_mask(block, 0)) == (0b10, 0b1000)
    rows = np.array([9, 2, 1, 0, 1, 0, 1, 0, 1], np.int32)
    assert bits.power_sums(rows, 1, 9, np.array([3, 5, 4]), 2.0) == (17, 43, 119, 343)
    assert bits.digit_mask(np.frombuffer(b"0/9:a5" + bytes(58), np.uint8), 0) == 0b100101
