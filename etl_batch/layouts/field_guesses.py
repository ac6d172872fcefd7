"""What a field may be by its bytes: text, numbers, floats, times, packed decimals, each with how likely it is.

A likelihood is points a byte: what could hardly come about by chance has three, what any bytes would be has one.
`guessing` takes the fields that together have most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from etl_batch.layouts.byte_columns import ByteColumns
from etl_batch.layouts.cell_types import Array

LONGEST_TEXT = 256
_TIMES = (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))
_FIRST_SECOND, _LAST_SECOND = 631_152_000, 2_208_988_800
"""1990 and 2040: time stamps of files lie between them."""
_FLOATS = {4: (1e-5, 1e9), 8: (1e-9, 1e15)}
_TIME_TOPS = 16
"""Values of a time stamp's highest byte: of one of 4 bytes each stands for half a year."""
_RISE = 0.3
"""Bits by which a higher byte may have more than the one below it, by chance."""
_MOSTLY = 0.98


@dataclass(frozen=True, slots=True)
class FieldGuess:
    """A field that may stand at a place: its kind, bytes, points, and its keys in a layout."""

    kind: str
    """For its name and for the sentence about it."""
    size: int
    points: float
    keys: dict[str, Any] = field(default_factory=dict)


def guesses_at(columns: ByteColumns, offset: int, endian: str) -> Iterator[FieldGuess]:
    """Every field that may begin at a byte of the record, numbers in this byte order."""
    left = columns.length - offset
    yield FieldGuess("byte", 1, _byte_points(columns, offset), {"type": "u8"})
    if columns.distinct[offset] == 1:
        yield from _constant(columns, offset)
    yield from _text(columns, offset)
    yield from _decimals(columns, offset)
    for size in (2, 4, 8):
        if size <= left:
            yield from _integers(columns, offset, size, endian)
            yield from _times(columns, offset, size, endian)
            yield from _floats(columns, offset, size, endian)


def _byte_points(columns: ByteColumns, offset: int) -> float:
    if columns.distinct[offset] == 1:
        return 0.5
    return 1.6 if columns.distinct[offset] <= 16 else 1.0


def _constant(columns: ByteColumns, offset: int) -> Iterator[FieldGuess]:
    """Bytes that are the same in all records."""
    zero = bool(columns.zero[offset])
    same = columns.zero if zero else (columns.distinct == 1) & ~columns.zero
    others = np.flatnonzero(~same[offset:])
    size = int(others[0]) if len(others) else columns.length - offset
    if zero:
        yield FieldGuess("padding", size, 1.0 * size, {"type": "bytes", "size": size, "skip": True})
        return
    raw = columns.rows[0, offset : offset + size].tobytes().hex()
    yield FieldGuess("constant", size, 1.9 * size, {"type": "bytes", "size": size, "const": raw})


def _text(columns: ByteColumns, offset: int) -> Iterator[FieldGuess]:
    """Text that begins here and ends where its padding ends, with and without the columns that are NUL throughout."""
    for letters, begins, encoding in (
        (columns.ascii, columns.ascii, None),
        (columns.ebcdic, columns.ebcdic_letters, "cp037"),
    ):
        if not begins[offset]:
            continue
        end = _text_end(columns, offset, letters | columns.zero)
        inked = offset + 1 + int(np.flatnonzero(~columns.zero[offset:end])[-1])
        for last in {inked, end}:
            yield from _text_of(columns, offset, last - offset, last - inked, encoding)


def _text_of(columns: ByteColumns, offset: int, size: int, blank: int, encoding: str | None) -> Iterator[FieldGuess]:
    """A text of `size` bytes, of which the last `blank` are NUL throughout."""
    final = columns.rows[:, offset + size - 1]
    strip = "null" if (final == 0).any() else "space" if (final == (0x40 if encoding else 0x20)).any() else "none"
    keys: dict[str, Any] = {"type": "char", "size": size, "strip": strip}
    inked = size - blank
    points = ((0.8, 1.4, 2.2)[inked - 1] if inked < 4 else 3.0) * inked + 1.1 * blank
    yield FieldGuess("text", size, points, {**keys, **({"encoding": encoding} if encoding else {})})
    if encoding and size > 1 and columns.zoned[offset : offset + size].all():
        yield FieldGuess("zoned", size, 3.1 * size, {"type": "zoned", "size": size})


def _text_end(columns: ByteColumns, offset: int, letters: Array) -> int:
    """The byte behind a text: NUL bytes may fill whole columns at its end, and no letter follows padding."""
    last = min(columns.length, offset + LONGEST_TEXT)
    stops = np.flatnonzero(columns.breaks[offset + 1 : last] | ~letters[offset + 1 : last])
    return offset + 1 + int(stops[0]) if len(stops) else last


def _decimals(columns: ByteColumns, offset: int) -> Iterator[FieldGuess]:
    """Packed decimals: digits in each half byte up to the sign in the last."""
    for size in range(2, min(11, columns.length - offset + 1)):
        if columns.packed_end[offset + size - 1]:
            negative = (columns.rows[:, offset + size - 1] & 15 == 13).mean()
            points = 3.0 if size > 2 or negative > 0 else 2.2
            leading = 2.2 if columns.zero[offset] else 0.0
            yield FieldGuess("packed", size, points * size - leading, {"type": "packed", "size": size})
        if not columns.packed[offset + size - 1]:
            return


def _integers(columns: ByteColumns, offset: int, size: int, endian: str) -> Iterator[FieldGuess]:
    """Whole numbers: their high bytes have fewer values than their low ones, and change only when those are used up."""
    order = "<" if endian == "little" else ">"
    low_first = _low_first(offset, size, endian)
    entropy, distinct = columns.entropy[low_first], columns.distinct[low_first]
    if distinct[0] == 1 or (distinct[0] == 2 and columns.counts[low_first[0], [0, 255]].all()):
        return
    values = columns.numbers(offset, f"{order}u{size}")
    high = columns.rows[:, low_first[-1]]
    signs = bool(np.isin(high, (0, 255)).all() and (high == 255).any())
    if np.diff(entropy).max() > _RISE:
        return
    points = 1.1 + 0.02 * size
    used_up = _used_up(columns, low_first, signs=signs)
    if used_up and (distinct[-1] <= 3 or entropy[-1] < 0.6 * entropy[0]):
        points = 2.0 + 0.02 * size
    if _counts_up(columns, values):
        points = 2.8 + 0.02 * size
    if _goes_on(columns, offset, size, endian):
        points -= 0.3
    kind = f"{'i' if signs else 'u'}{8 * size}"
    aligned = 0.05 if offset % size == 0 else 0.0
    yield FieldGuess("count" if points > 2.5 else "number", size, (points + aligned) * size, {"type": kind})


def _low_first(offset: int, size: int, endian: str) -> list[int]:
    """The bytes of a number from the lowest on."""
    places = range(offset, offset + size)
    return list(places) if endian == "little" else list(reversed(places))


def _goes_on(columns: ByteColumns, offset: int, size: int, endian: str) -> bool:
    """Whether the byte below the lowest one is even more varied, so that the number may begin or end there."""
    below, lowest = (offset - 1, offset) if endian == "little" else (offset + size, offset + size - 1)
    return 0 <= below < columns.length and bool(columns.entropy[below] > columns.entropy[lowest] + _RISE)


def _used_up(columns: ByteColumns, low_first: list[int], *, signs: bool) -> bool:
    """Whether each byte has many values wherever the next higher one has several (those of the sign left out)."""
    most = min(200.0, 0.35 * len(columns.rows))
    for lower, higher in pairwise(low_first):
        several = columns.distinct[higher] > (2 if signs else 1)
        if several and columns.distinct[lower] < most:
            return False
    return True


def _counts_up(columns: ByteColumns, values: Array) -> bool:
    """Whether values hardly ever fall from one record to the next, and rise at times."""
    here, before = values[columns.follows], values[np.flatnonzero(columns.follows) - 1]
    if len(here) < 8:
        return False
    small = int(values.max()) - int(values.min()) < 256
    return bool((here >= before).mean() >= _MOSTLY and (here > before).mean() > 0.2) and not small


def _times(columns: ByteColumns, offset: int, size: int, endian: str) -> Iterator[FieldGuess]:
    """Time stamps of the years 1990 to 2040."""
    order = "<" if endian == "little" else ">"
    letters = columns.ascii[offset : offset + size].all()
    low_first = _low_first(offset, size, endian)
    entropy, distinct = columns.entropy[low_first], columns.distinct[low_first]
    # Its last byte is the most varied and its first hardly varied, which the bytes of two fields together are not.
    if size < 4 or letters or distinct[0] < 3 or distinct[-1] > _TIME_TOPS or np.diff(entropy).max() > _RISE:
        return
    values = columns.numbers(offset, f"{order}i{size}").astype(np.float64)
    for unit, factor in _TIMES if size == 8 else _TIMES[:1]:
        if ((values >= _FIRST_SECOND * factor) & (values < _LAST_SECOND * factor)).all():
            points = 2.9 if _goes_on(columns, offset, size, endian) else 3.2
            yield FieldGuess("time", size, points * size, {"type": "datetime", "size": size, "unit": unit})


def _floats(columns: ByteColumns, offset: int, size: int, endian: str) -> Iterator[FieldGuess]:
    """Floating point numbers: their exponents lie close together."""
    if size not in _FLOATS:
        return
    order = "<" if endian == "little" else ">"
    top = offset + size - 1 if endian == "little" else offset
    if columns.zero[top] or columns.distinct[top] > 24:
        return
    values = columns.numbers(offset, f"{order}f{size}")
    least, most = _FLOATS[size]
    with np.errstate(all="ignore"):
        sizes = np.abs(values.astype(np.float64))
    usual = (sizes == 0) | ((sizes >= least) & (sizes <= most))
    if not usual.all() or len(np.unique(values)) < 3 or (sizes == 0).mean() > 0.9:
        return
    points = 2.6 if size == 8 else 2.3
    aligned = 0.05 if offset % size == 0 else 0.0
    yield FieldGuess("float", size, (points + aligned) * size, {"type": f"f{8 * size}"})
