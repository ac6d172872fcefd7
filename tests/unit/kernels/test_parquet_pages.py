"""The contents of data pages: packed differences, dictionary codes and texts behind their lengths, byte by byte."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import parquet_pages
from etl_batch.kernels.parquet_pages import BLOCK, codes_room, packed_room, prefixed_room

MINI = BLOCK // 4
SCRATCH = np.empty(BLOCK, np.uint64)


def number(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    return bytes((value,)) if value < 128 else bytes((value & 127 | 128,)) + number(value >> 7)


def zigzag(value: int) -> int:
    """0, -1, 1, -2 ... as 0, 1, 2, 3 ..."""
    return 2 * value if value >= 0 else -2 * value - 1


def packed_bits(values: list[int], width: int) -> bytes:
    """The values side by side in one large number, the first lowest."""
    whole = sum(value << (width * at) for at, value in enumerate(values))
    return whole.to_bytes(len(values) * width // 8, "little")


def differences(values: list[int], bits: int) -> bytes:
    """The obvious twin of `pack_differences`."""
    steps = [(b - a + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1) for a, b in pairwise(values)]
    out = number(BLOCK) + number(4) + number(len(values)) + number(zigzag(values[0]))
    for begin in range(0, len(steps), BLOCK):
        block = steps[begin : begin + BLOCK]
        least = min(block)
        above = [step - least for step in block] + [0] * (BLOCK - len(block))
        minis = [above[at : at + MINI] for at in range(0, BLOCK, MINI)]
        widths = [max(mini).bit_length() for mini in minis]
        out += number(zigzag(least)) + bytes(widths)
        for at, (mini, width) in enumerate(zip(minis, widths, strict=True)):
            out += packed_bits(mini, width) if at * MINI < len(block) else b""
    return out


def codes_of(data: bytes, width: int, count: int) -> list[int]:
    """The codes that a reader finds in runs of the one kind and of the other."""
    at, found = 0, []
    while len(found) < count:
        head = shift = 0
        while data[at] & 128:
            head, shift, at = head | (data[at] & 127) << shift, shift + 7, at + 1
        head, at = head | data[at] << shift, at + 1
        size = head >> 1 if not head & 1 else 0
        if size:
            bytes_ = (width + 7) // 8
            found += [int.from_bytes(data[at : at + bytes_], "little")] * size
        else:
            bytes_ = (head >> 1) * width
            whole = int.from_bytes(data[at : at + bytes_], "little")
            found += [whole >> (width * k) & (2**width - 1) for k in range(8 * (head >> 1))]
        at += bytes_
    assert at == len(data)
    assert not any(found[count:])
    return found[:count]


def packed(values: list[int], bits: int, unsigned: int = 0) -> tuple[bytes, list[int]]:
    """What the kernel writes, into not a byte more than it asks for, and the extremes."""
    out, extremes = np.full(packed_room(len(values)), 99, np.uint8), np.zeros(2, np.int64)
    size = parquet_pages.pack_differences(np.array(values, np.int64), 64 - bits, unsigned, SCRATCH, out, extremes)
    return out[:size].tobytes(), extremes.tolist()


def near(bits: int) -> st.SearchStrategy[list[int]]:
    """Values of a type, often near to each other, near its bounds or far apart."""
    least, largest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    spread = st.sampled_from([0, 1, 100, 2**14, 2**28, 2**31 - 1, largest])
    at = st.sampled_from([least, -1, 0, largest])
    kinds = st.tuples(at, spread).map(lambda pair: st.integers(max(least, pair[0] - pair[1]), min(largest, sum(pair))))
    return kinds.flatmap(lambda kind: st.lists(kind, min_size=1, max_size=700))


@pytest.mark.parametrize("bits", [32, 64])
@given(st.data())
def test_differences_are_packed_as_the_format_says(bits, data):
    """To the byte what the slow way writes, and the extremes are those of the values."""
    values = data.draw(near(bits))
    assert packed(values, bits) == (differences(values, bits), [min(values), max(values)])


@pytest.mark.parametrize("width", range(65))
@pytest.mark.parametrize("count", [2, 65, 257, 258, 600])
def test_every_width(width, count):
    """However many bits a difference has, in blocks that are full and in ones that are not."""
    top, values = max(2**width - 1, 0), [0]
    for at in range(count - 1):
        step = top if at % 3 == 0 else (at * 0x9E3779B97F4A7C15) % (top + 1)
        values.append((values[-1] + step + 2**63) % 2**64 - 2**63)
    assert packed(values, 64)[0] == differences(values, 64)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40))
def test_extremes_of_values_without_a_sign(values):
    """They are handed over as if they had one, and are compared as they are."""
    signed = [value - 2**64 if value >> 63 else value for value in values]
    _, extremes = packed(signed, 64, -(2**63))
    assert [(extreme ^ -(2**63)) % 2**64 for extreme in extremes] == [min(values), max(values)]


def test_no_values_are_a_head():
    """A page of nulls has one too."""
    assert packed([], 64)[0] == number(BLOCK) + number(4) + b"\0\0"


@given(st.integers(1, 31), st.data())
def test_codes_are_read_back(width, data):
    """Of any number of bits, where many are the same and where none are."""
    stretch = st.tuples(st.integers(0, 2**width - 1), st.sampled_from([1, 1, 2, 7, 8, 9, 40, 600]))
    codes = [code for code, times in data.draw(st.lists(stretch, max_size=20)) for _ in range(times)]
    out, extremes = np.full(codes_room(len(codes), width), 99, np.uint8), np.zeros(2, np.int64)
    size = parquet_pages.pack_codes(np.array(codes, np.int32), width, out, extremes)
    assert codes_of(out[:size].tobytes(), width, len(codes)) == codes
    assert size <= 2 + (len(codes) + 7) // 8 * width + len(codes) // 8
    if codes:
        assert extremes.tolist() == [min(codes), max(codes)]


def test_what_repeats_takes_no_room():
    """A run of one code is its length and the code."""
    out, extremes = np.zeros(codes_room(20_000, 3), np.uint8), np.zeros(2, np.int64)
    assert parquet_pages.pack_codes(np.full(20_000, 5, np.int32), 3, out, extremes) == 4


@given(st.lists(st.binary(max_size=50), max_size=20), st.integers(0, 5))
def test_texts_stand_behind_their_lengths(texts, before):
    """Wherever they stand, and whether or not anything stands behind them."""
    data = np.frombuffer(b"x" * before + b"".join(texts), np.uint8)
    offsets = np.cumsum([before, *map(len, texts)]).astype(np.int32)
    out = np.full(prefixed_room(len(texts), sum(map(len, texts))), 99, np.uint8)
    size = parquet_pages.prefix_lengths(data, offsets, out)
    assert out[:size].tobytes() == b"".join(len(text).to_bytes(4, "little") + text for text in texts)
