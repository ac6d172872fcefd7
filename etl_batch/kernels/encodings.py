"""Text of other encodings as UTF-8, and as one byte a code unit.

A character of one to four bytes is told by `kinds`, what each byte may be in one; its text is looked up. A word of the
tables holds the text in UTF-8, the first byte lowest, and in its highest byte how many there are. Each byte, or code
unit, that stands for no character becomes one byte `NO_CHARACTER`, which is nowhere in UTF-8.
"""

from __future__ import annotations

import numpy as np

from etl_batch.kernels.bits import copy_64, high_mask, load_word, store_4, store_8
from etl_batch.kernels.kernel import Bytes, Ints, OutBytes, OutInts, OutLongs, Word, Words, inner, kernel

NO_CHARACTER = 0xFF
LEAD, TRAIL, LEAD_OF_3, TRAIL_OF_3, LEAD_OF_4, DIGIT = 1, 2, 4, 8, 16, 32
"""Bits of `kinds`: a byte opens, or ends, a character of two bytes; opens one of three, or is another of its bytes;
opens one of four, of which it may be the third, or is its second or fourth."""
LINEAR_PLANES = 189_000
"""The number among all of four bytes of the first character past U+FFFF; from it on they stand in Unicode's order."""
IN_FILE, IN_TEXT = range(2)
"""Places in `state` of `walk`."""
_LETTER = 120
_BAD = 0xFFFFFFFF
_LENGTH = np.uint64(56)
_NONE = np.uint64(0)
_WIDE_LITTLE, _WIDE_BIG = np.uint64(0xFF80FF80FF80FF80), np.uint64(0x80FF80FF80FF80FF)


@kernel
def to_utf8(
    data: Bytes, end: int, plain: int, kinds: Bytes, singles: Words, pairs: Words, longs: Words, out: OutBytes
) -> int:
    """Write the text of the first `end` bytes; returns how long it is. `out` is longer than that by 64 bytes.

    `plain` is 1 when the bytes below 128 are ASCII. `pairs` is looked up by both bytes of a character of two, `longs`
    by the last two of three or by the number of one of four; each may be empty where there are none.
    """
    at, filled = 0, 0
    while at < end:
        if plain and end - at >= 64 and high_mask(data, at) == _NONE:
            copy_64(out, filled, data, at)
            at += 64
            filled += 64
            continue
        stop = min(at + 64, end)
        while at < stop:
            size, text = _character(data, at, end, kinds, singles, pairs, longs)
            store_8(out, filled, text)
            filled += np.int64(text >> _LENGTH)
            at += size
    return filled


@kernel
def walk(
    data: Bytes,
    end: int,
    wanted: int,
    plain: int,
    kinds: Bytes,
    singles: Words,
    pairs: Words,
    longs: Words,
    state: OutLongs,
) -> None:
    """Go on from byte `state[IN_FILE]`, whose text begins at `state[IN_TEXT]`, to where `wanted` bytes of text are."""
    at, filled = _walked(data, end, state[IN_FILE], state[IN_TEXT], wanted, plain, kinds, singles, pairs, longs)
    state[IN_FILE], state[IN_TEXT] = at, filled


@kernel
def walk_to_all(
    data: Bytes,
    end: int,
    wanted: Ints,
    plain: int,
    kinds: Bytes,
    singles: Words,
    pairs: Words,
    longs: Words,
    places: OutInts,
) -> None:
    """The bytes at which so many bytes of text are, for each of some numbers that rise."""
    at, filled = 0, 0
    for number in range(wanted.size):
        at, filled = _walked(data, end, at, filled, wanted[number], plain, kinds, singles, pairs, longs)
        places[number] = at


@inner
def _walked(
    data: Bytes,
    end: int,
    at: int,
    filled: int,
    wanted: int,
    plain: int,
    kinds: Bytes,
    singles: Words,
    pairs: Words,
    longs: Words,
) -> tuple[int, int]:
    """From a byte and the length of the text before it to those where `wanted` bytes of text are."""
    while at < end and filled < wanted:
        if plain and end - at >= 64 and wanted - filled >= 64 and high_mask(data, at) == _NONE:
            at += 64
            filled += 64
            continue
        stop = min(at + 64, end)
        while at < stop and filled < wanted:
            size, text = _character(data, at, end, kinds, singles, pairs, longs)
            filled += np.int64(text >> _LENGTH)
            at += size
    return at, filled


@inner
def _character(
    data: Bytes, at: int, end: int, kinds: Bytes, singles: Words, pairs: Words, longs: Words
) -> tuple[int, Word]:
    """How many bytes the character at a place has, and its text."""
    first = np.int64(data[at])
    size = _size(data, at, end, kinds)
    if size == 1:
        return 1, singles[first]
    if size == 2:
        return 2, pairs[first << 8 | np.int64(data[at + 1])]
    if size == 3:
        return 3, longs[np.int64(data[at + 1]) << 8 | np.int64(data[at + 2])]
    number = ((first - 0x81) * 10 + np.int64(data[at + 1]) - 0x30) * 126 + np.int64(data[at + 2]) - 0x81
    number = number * 10 + np.int64(data[at + 3]) - 0x30
    if number < len(longs):
        return 4, longs[number]
    beyond = number - LINEAR_PLANES
    if 0 <= beyond < 0x100000:
        return 4, np.uint64(_four_bytes(beyond + 0x10000)) | np.uint64(4) << _LENGTH
    return 4, np.uint64(_BAD) | np.uint64(4) << _LENGTH


@inner
def _size(data: Bytes, at: int, end: int, kinds: Bytes) -> int:
    """How many bytes the character at a place has; 1 as well where none begins."""
    kind = np.int64(kinds[data[at]])
    if not kind & (LEAD | LEAD_OF_3 | LEAD_OF_4) or at + 1 >= end:
        return 1
    second = np.int64(kinds[data[at + 1]])
    if kind & LEAD and second & TRAIL:
        return 2
    if kind & LEAD_OF_3 and second & TRAIL_OF_3 and at + 2 < end and np.int64(kinds[data[at + 2]]) & TRAIL_OF_3:
        return 3
    if kind & LEAD_OF_4 and second & DIGIT and at + 3 < end:
        third, fourth = np.int64(kinds[data[at + 2]]), np.int64(kinds[data[at + 3]])
        if third & LEAD_OF_4 and fourth & DIGIT:
            return 4
    return 1


@inner
def _four_bytes(code: int) -> int:
    """A character past U+FFFF in UTF-8, the first byte lowest."""
    upper = 0xF0 | code >> 18 | (0x80 | (code >> 12 & 0x3F)) << 8
    return upper | (0x80 | (code >> 6 & 0x3F)) << 16 | (0x80 | (code & 0x3F)) << 24


@kernel
def utf_16_to_utf8(data: Bytes, units: int, big: int, out: OutBytes) -> int:
    """Write the text of so many units of UTF-16, of which `big` ones have the upper byte first; returns its length.

    `out` has 3 bytes for each, and 64 more.
    """
    wide = _WIDE_BIG if big else _WIDE_LITTLE
    at, filled = 0, 0
    while at < units:
        if units - at >= 32 and _is_ascii(data, 2 * at, wide):
            if big:
                for place in range(32):
                    out[filled + place] = data[2 * (at + place) + 1]
            else:
                for place in range(32):
                    out[filled + place] = data[2 * (at + place)]
            at += 32
            filled += 32
            continue
        stop = min(at + 32, units)
        while at < stop:
            unit = _unit_of_2(data, at, big)
            at += 1
            if unit < 0xD800 or unit > 0xDFFF:
                filled = _write(out, filled, unit)
                continue
            lower = _unit_of_2(data, at, big) if unit < 0xDC00 and at < units else 0
            if 0xDC00 <= lower < 0xE000:
                filled = _write(out, filled, 0x10000 + ((unit - 0xD800) << 10) + (lower - 0xDC00))
                at += 1
            else:
                out[filled] = np.uint8(NO_CHARACTER)
                filled += 1
    return filled


@inner
def _is_ascii(data: Bytes, at: int, wide: Word) -> bool:
    """Whether the next 32 units are below 128."""
    seen = load_word(data, at) | load_word(data, at + 8) | load_word(data, at + 16) | load_word(data, at + 24)
    seen |= load_word(data, at + 32) | load_word(data, at + 40) | load_word(data, at + 48) | load_word(data, at + 56)
    return seen & wide == _NONE


@inner
def _unit_of_2(data: Bytes, at: int, big: int) -> int:
    return np.int64(data[2 * at + big]) | np.int64(data[2 * at + 1 - big]) << 8


@kernel
def utf_32_to_utf8(data: Bytes, units: int, big: int, out: OutBytes) -> int:
    """The same of UTF-32; `out` has 4 bytes for each unit, and 64 more."""
    filled = 0
    for at in range(units):
        code = 0
        for place in range(4):
            code = code << 8 | np.int64(data[4 * at + (place if big else 3 - place)])
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            out[filled] = np.uint8(NO_CHARACTER)
            filled += 1
        else:
            filled = _write(out, filled, code)
    return filled


@inner
def _write(out: OutBytes, filled: int, code: int) -> int:
    """Write a character; returns where the next one goes."""
    if code < 0x80:
        out[filled] = np.uint8(code)
        return filled + 1
    if code < 0x800:
        store_4(out, filled, np.uint64(0xC0 | code >> 6 | (0x80 | (code & 0x3F)) << 8))
        return filled + 2
    if code < 0x10000:
        word = 0xE0 | code >> 12 | (0x80 | (code >> 6 & 0x3F)) << 8 | (0x80 | (code & 0x3F)) << 16
        store_4(out, filled, np.uint64(word))
        return filled + 3
    store_4(out, filled, np.uint64(_four_bytes(code)))
    return filled + 4


@kernel
def count_units(text: Bytes, begin: int, end: int, of_four: int) -> int:
    """Code units that a stretch of UTF-8 came from: one a character, and `of_four` one of four bytes."""
    return _units(text, begin, end, of_four)


@kernel
def units_before(text: Bytes, places: Ints, of_four: int, units: OutInts) -> None:
    """The same before each of some places, which rise."""
    at, count = 0, 0
    for number in range(places.size):
        count += _units(text, at, places[number], of_four)
        at = places[number]
        units[number] = count


@inner
def _units(text: Bytes, begin: int, end: int, of_four: int) -> int:
    units = 0
    for at in range(begin, end):
        byte = np.int64(text[at])
        units += (byte & 0xC0) != 0x80
        units += (of_four - 1) * ((byte >= 0xF0) & (byte < 0xF8))
    return units


@kernel
def narrow(data: Bytes, units: int, size: int, big: int, out: OutBytes) -> None:
    """One byte for each unit of `size` bytes, 2 or 4: its own below 256, and of all others that of a letter."""
    # A loop for each order of the bytes: only where it is fixed they are taken apart many at a time.
    if size == 4:
        for at in range(units):
            rest = data[4 * at + 1 - big] | data[4 * at + 2 - big] | data[4 * at + 3 - big]
            out[at] = data[4 * at + 3 * big] if rest == 0 else np.uint8(_LETTER)
    elif big:
        for at in range(units):
            out[at] = data[2 * at + 1] if data[2 * at] == 0 else np.uint8(_LETTER)
    else:
        for at in range(units):
            out[at] = data[2 * at] if data[2 * at + 1] == 0 else np.uint8(_LETTER)


@kernel
def hide_trails(data: Bytes, end: int, kinds: Bytes, out: OutBytes) -> int:
    """Copy the bytes, a letter in place of each that goes on with a character; returns where the whole ones end."""
    at = 0
    while at < end:
        if end - at >= 64 and high_mask(data, at) == _NONE:
            copy_64(out, at, data, at)
            at += 64
            continue
        stop = min(at + 64, end)
        while at < stop:
            out[at] = data[at]
            size = _size(data, at, end, kinds)
            cut = end - at < 4 and size == 1 and _is_cut(data, at, end, kinds)
            for place in range(1, end - at if cut else size):
                out[at + place] = np.uint8(_LETTER)
            if cut:
                return at
            at += size
    return end


@inner
def _is_cut(data: Bytes, at: int, end: int, kinds: Bytes) -> bool:
    """Whether the last one to three bytes begin a character that would go on."""
    first = np.int64(kinds[data[at]])
    if end - at == 1:
        return first & (LEAD | LEAD_OF_3 | LEAD_OF_4) != 0
    second = np.int64(kinds[data[at + 1]])
    if first & LEAD_OF_4 and second & DIGIT:
        return end - at == 2 or np.int64(kinds[data[at + 2]]) & LEAD_OF_4 != 0
    return end - at == 2 and first & LEAD_OF_3 != 0 and second & TRAIL_OF_3 != 0
