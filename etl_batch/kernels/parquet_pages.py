"""What stands in the data pages of a Parquet file: numbers in as few bits as they need, texts with their lengths.

The kernels write where they are told and return how many bytes that took. `out` has the room that `packed_room`,
`codes_room` and `prefixed_room` say: a word is written whole, though few of its bytes may count.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import copy_16, leading_zeros, store_8
from etl_batch.kernels.kernel import Bytes, Ints, Longs, OutBytes, OutLongs, OutWords, Word, Words, inner, kernel

BLOCK = 256
"""Differences that have their least one in common."""
_MINI = 64
"""Differences that have as many bits each."""
_MINIS = BLOCK // _MINI
_GROUP = 8
"""Codes are packed by eights: those take whole bytes, however many bits one has."""
_MOST_GROUPS = 63
"""So many eights, a run of codes tells how many they are in one byte."""
_WORTH_BITS = 32
"""Repeated codes stand as a run of their own when they would take more bits than this, which are those of two runs."""
_SPARE = 16
_NONE, _ONE, _SEVEN = np.uint64(0), np.uint64(1), np.uint64(7)
_LOW, _MORE = np.uint64(0x7F), np.uint64(0x80)
_MOST, _MOST_CODE = np.int64(2**63 - 1), np.int32(2**31 - 1)


def packed_room(count: int) -> int:
    """Bytes that `pack_differences` wants for so many values."""
    return 48 + 8 * (count + BLOCK) + 14 * (count // BLOCK + 1) + _SPARE


def codes_room(count: int, width: int) -> int:
    """Bytes that `pack_codes` wants for so many codes of these bits."""
    return (count + _GROUP) * width // 8 + 6 * (count // _GROUP + 1) + _SPARE


def prefixed_room(count: int, size: int) -> int:
    """Bytes that `prefix_lengths` wants for so many texts of this size in all."""
    return 4 * count + size + _SPARE


@kernel
def pack_differences(
    values: Longs, unused: int, unsigned: int, block: OutWords, out: OutBytes, extremes: OutLongs
) -> int:
    """Write values as `DELTA_BINARY_PACKED`: blocks of 256 differences, less the least of each, packed by 64.

    `unused`: bits that the type in the file lacks of 64, nought or 32; differences are taken as in that type, where
    they may go round. `block` is of 256 words, for the differences of one. `extremes` become the least and the largest
    value, of which there must be one, with the bits `unsigned` turned over: none, or that of the sign and those above,
    where values have no sign.
    """
    count = values.size
    lowest, highest = _MOST, -_MOST - 1
    for row in range(count):
        value = values[row] ^ unsigned
        lowest, highest = min(lowest, value), max(highest, value)
    extremes[0], extremes[1] = lowest, highest
    at = _put_number(out, 0, np.uint64(BLOCK))
    at = _put_number(out, at, np.uint64(_MINIS))
    at = _put_number(out, at, np.uint64(count))
    at = _put_number(out, at, _zigzag(values[0]) if count else _NONE)
    for begin in range(1, count, BLOCK):
        here = min(BLOCK, count - begin)
        least = _MOST
        for k in range(here):
            step = ((values[begin + k] - values[begin + k - 1]) << unused) >> unused
            block[k] = np.uint64(step)
            least = min(least, step)
        for k in range(here, BLOCK):
            block[k] = np.uint64(least)
        at = _put_number(out, at, _zigzag(least))
        widths = at
        at += _MINIS
        for mini in range(_MINIS):
            first = mini * _MINI
            seen = _NONE
            for k in range(first, first + _MINI):
                block[k] -= np.uint64(least)
                seen |= block[k]
            width = 64 - leading_zeros(seen)
            out[widths + mini] = width
            if first < here:
                at = _pack(block, first, width, out, at)
    return at


@kernel
def pack_codes(codes: Ints, width: int, out: OutBytes, extremes: OutLongs) -> int:
    """Write codes of `width` bits (1 to 31) as a dictionary's: runs of one that repeats, between them packed eights.

    Behind the last code, zeros fill up its eight. `extremes` become the least and the largest code.
    """
    count = codes.size
    lowest, highest = _MOST_CODE, np.int32(0)
    for row in range(count):
        lowest, highest = min(lowest, codes[row]), max(highest, codes[row])
    extremes[0], extremes[1] = lowest, highest
    at, done = 0, 0
    head, groups = -1, 0
    while done < count:
        same = _repeated(codes, done)
        if same >= _GROUP and same * width > _WORTH_BITS:
            head = -1
            at = _put_number(out, at, np.uint64(same) << _ONE)
            store_8(out, at, np.uint64(codes[done]))
            at += (width + 7) >> 3
            done += same
            continue
        if head < 0 or groups == _MOST_GROUPS:
            head, groups = at, 0
            at += 1
        at = _pack_codes(codes, done, min(_GROUP, count - done), width, out, at)
        groups += 1
        out[head] = groups << 1 | 1
        done += _GROUP
    return at


@kernel
def prefix_lengths(data: Bytes, offsets: Ints, out: OutBytes) -> int:
    """Write texts as `PLAIN`, each behind its length in 4 bytes. Text k ends where text k + 1 begins, at `offsets`."""
    at = 0
    for row in range(offsets.size - 1):
        start, end = int(offsets[row]), int(offsets[row + 1])
        store_8(out, at, np.uint64(end - start))
        at += 4
        if end + 16 <= data.size:
            for here in range(start, end, 16):
                copy_16(out, at + here - start, data, here)
        else:
            for here in range(start, end):
                out[at + here - start] = data[here]
        at += end - start
    return at


@inner
def _zigzag(value: int | np.int64) -> Word:
    """A signed number such that small ones of either sign have few bits."""
    return np.uint64((value << 1) ^ (value >> 63))


@inner
def _put_number(out: OutBytes, at: int, number: Word) -> int:
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    while number > _LOW:
        out[at] = np.uint8(number & _LOW | _MORE)
        number >>= _SEVEN
        at += 1
    out[at] = np.uint8(number)
    return at + 1


@inner
def _repeated(codes: Ints, start: int) -> int:
    """How many codes from `start` on are the same as that one."""
    end = start + 1
    while end < codes.size and codes[end] == codes[start]:
        end += 1
    return end - start


@inner
def _pack_codes(codes: Ints, begin: int, count: int, width: int, out: OutBytes, at: int) -> int:
    """Write at most eight codes, of `width` bits each, and zeros for those that are missing."""
    gathered, held = _NONE, 0
    for k in range(_GROUP):
        code = np.uint64(codes[begin + k]) if k < count else _NONE
        gathered |= code << np.uint64(held)
        store_8(out, at, gathered)
        held += width
        at += held >> 3
        gathered >>= np.uint64(held & ~7)
        held &= 7
    return at


@inner
def _pack(words: Words, begin: int, width: int, out: OutBytes, at: int) -> int:
    """Write 64 words of `width` bits each; the lowest bit of the first comes first.

    Up to 7 bits wait for a byte to be full. Few bits are joined to a word first, fours of up to 14 and pairs of 28.
    """
    step, two, three = np.uint64(width), np.uint64(2 * width), np.uint64(3 * width)
    gathered, held = _NONE, 0
    if width == 0:
        return at
    if width <= 14:
        for k in range(begin, begin + _MINI, 4):
            four = words[k] | words[k + 1] << step | words[k + 2] << two | words[k + 3] << three
            gathered |= four << np.uint64(held)
            store_8(out, at, gathered)
            held += 4 * width
            at += held >> 3
            gathered >>= np.uint64(held & ~7)
            held &= 7
    elif width <= 28:
        for k in range(begin, begin + _MINI, 2):
            gathered |= (words[k] | words[k + 1] << step) << np.uint64(held)
            store_8(out, at, gathered)
            held += 2 * width
            at += held >> 3
            gathered >>= np.uint64(held & ~7)
            held &= 7
    else:
        for k in range(begin, begin + _MINI):
            store_8(out, at, gathered | words[k] << np.uint64(held))
            full = (held + width) & ~7
            at += full >> 3
            gathered = words[k] >> np.uint64(full - held) if full - held < 64 else _NONE
            held = (held + width) & 7
    return at
