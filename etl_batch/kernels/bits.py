"""What a processor does to many bytes or numbers at once.

The bodies here say what is meant, and run where a kernel is tried as plain Python; compiled, each is a few instructions
(`intrinsics`). Reading 64 bytes at a place needs as many there: buffers end with `PADDING` bytes that mean nothing.
"""

from __future__ import annotations

import ctypes
from typing import TypeAlias

import numpy as np

from etl_batch.kernels.kernel import Bytes, Ints, Longs, OutBytes, Reals, Word

PADDING = 64
LANES = 8
"""Numbers of 64 bits that are added up side by side."""
PowerSums: TypeAlias = tuple[float, float, float, float]
_WORD = (1 << 64) - 1


def equal_mask(data: Bytes, at: int, byte: int) -> Word:
    """Bit k is set where byte `at + k` of the next 64 equals `byte`."""
    return sum((int(data[at + k]) == byte) << k for k in range(64))


def high_mask(data: Bytes, at: int) -> Word:
    """Bit k is set where byte `at + k` of the next 64 is 128 or more: no ASCII."""
    return sum((int(data[at + k]) >= 128) << k for k in range(64))


def digit_mask(data: Bytes, at: int) -> Word:
    """Bit k is set where byte `at + k` of the next 64 is one of `0` to `9`."""
    return sum((48 <= int(data[at + k]) <= 57) << k for k in range(64))


def load_word(data: Bytes, at: int) -> Word:
    """The 8 bytes at `at`, the first of them lowest."""
    return sum(int(data[at + k]) << (8 * k) for k in range(8))


def copy_4(out: OutBytes, to: int, data: Bytes, at: int) -> None:
    """Copy 4 bytes."""
    for k in range(4):
        out[to + k] = data[at + k]


def copy_8(out: OutBytes, to: int, data: Bytes, at: int) -> None:
    """Copy 8 bytes."""
    for k in range(8):
        out[to + k] = data[at + k]


def copy_16(out: OutBytes, to: int, data: Bytes, at: int) -> None:
    """Copy 16 bytes."""
    for k in range(16):
        out[to + k] = data[at + k]


def copy_32(out: OutBytes, to: int, data: Bytes, at: int) -> None:
    """Copy 32 bytes."""
    for k in range(32):
        out[to + k] = data[at + k]


def copy_64(out: OutBytes, to: int, data: Bytes, at: int) -> None:
    """Copy 64 bytes."""
    for k in range(64):
        out[to + k] = data[at + k]


def copy_swapped_2(out: OutBytes, to: int, data: Bytes, at: int) -> None:
    """Copy 2 bytes, the last first."""
    out[to], out[to + 1] = data[at + 1], data[at]


def copy_swapped_4(out: OutBytes, to: int, data: Bytes, at: int) -> None:
    """Copy 4 bytes, the last first."""
    for k in range(4):
        out[to + k] = data[at + 3 - k]


def copy_swapped_8(out: OutBytes, to: int, data: Bytes, at: int) -> None:
    """Copy 8 bytes, the last first."""
    for k in range(8):
        out[to + k] = data[at + 7 - k]


def store_4(out: OutBytes, to: int, word: Word) -> None:
    """The lower 4 bytes of a word, the lowest first."""
    for k in range(4):
        out[to + k] = int(word) >> (8 * k) & 255


def store_8(out: OutBytes, to: int, word: Word) -> None:
    """The 8 bytes of a word, the lowest first."""
    for k in range(8):
        out[to + k] = int(word) >> (8 * k) & 255


def trailing_zeros(word: Word) -> int:
    """Place of the lowest bit that is set; 64 when none is."""
    return (int(word) & -int(word)).bit_length() - 1 if word else 64


def leading_zeros(word: Word) -> int:
    """How many bits above the highest one that is set; 64 when none is."""
    return 64 - int(word).bit_length()


def count_ones(word: Word) -> int:
    """How many bits are set."""
    return int(word).bit_count()


def multiply_high(one: Word, other: Word) -> Word:
    """The upper 64 bits of the product of two words."""
    return (int(one) * int(other)) >> 64


def prefix_xor(word: Word) -> Word:
    """Bit k is set where an odd number of the bits 0 to k are: from each quote to the one that closes it."""
    result = int(word)
    for step in (1, 2, 4, 8, 16, 32):
        result ^= (result << step) & _WORD
    return result


def power_sums(order: Ints, begin: Word, end: Word, values: Longs | Reals, anchor: float) -> PowerSums:
    """Sums of the first four powers of the distance from an anchor, of the numbers of the rows `order[begin:end]`.

    There are as many rows as `LANES` or a multiple of it. Each of so many lanes adds up every eighth row, and lanes are
    added up in pairs: the same on every processor, to the last digit.
    """
    lanes = [[0.0] * LANES for _ in range(4)]
    for at in range(int(begin), int(end)):
        distance = float(values[order[at]]) - anchor
        square = distance * distance
        for own, power in zip(lanes, (distance, square, square * distance, square * square), strict=True):
            own[(at - int(begin)) % LANES] += power
    first, second, third, fourth = (((a + b) + (c + d)) + ((e + f) + (g + h)) for a, b, c, d, e, f, g, h in lanes)
    return first, second, third, fourth


def bytes_at(address: int, size: int) -> Bytes:
    """So many bytes that stand at an address and that somebody else holds."""
    return np.ctypeslib.as_array((ctypes.c_uint8 * int(size)).from_address(int(address)))


def ints_at(address: int, size: int) -> Ints:
    """So many numbers of 32 bits."""
    return np.ctypeslib.as_array((ctypes.c_int32 * int(size)).from_address(int(address)))


def longs_at(address: int, size: int) -> Longs:
    """So many numbers of 64 bits."""
    return np.ctypeslib.as_array((ctypes.c_int64 * int(size)).from_address(int(address)))
