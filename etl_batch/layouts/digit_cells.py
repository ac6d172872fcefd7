"""Numbers written as digits: ASCII text, packed decimal (BCD) and zoned decimal, exact up to 38 digits."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch.kernels.records import (
    BLANK,
    NEGATIVE,
    NO_DIGIT,
    READABLE,
    digit_numbers,
    text_numbers,
    wide_digit_numbers,
)
from etl_batch.layouts.cell_types import Array, Parsed, byte_matrix, mask_of
from etl_batch.layouts.gathering import gather_cells
from etl_batch.layouts.layout import LayoutColumn
from etl_batch.layouts.text_cells import decode_ascii
from etl_batch.layouts.values import MAX_DECIMAL_DIGITS

# No double has more digits before its point.
MAX_FLOAT_DIGITS = 308
_SHORT_TEXT = 18
"""Characters and decimal places of a text whose number 64 bits hold, whatever it is."""
_PLAIN = np.isin(np.arange(256), list(b"0123456789-. \0"))
_PADDING = np.isin(np.arange(256), (0x00, 0x20, 0x40))


def parse_digits(column: LayoutColumn, rows: Array) -> Parsed:
    """The numbers of a field of records in its stored type, null where `invalid` or `blank` says so."""
    short = pa.types.is_int64(column.stored_type)
    data, record_size = rows.reshape(-1), rows.shape[1]
    numbers, states = np.empty(len(rows), np.int64), np.empty(len(rows), np.uint8)
    if column.kind in ("packed", "zoned"):
        cells = (data, record_size, column.offset, column.size, *_tables(column), _PADDING.view(np.uint8))
        if not short:
            words = np.empty(2 * len(rows), np.uint64)
            wide_digit_numbers(*cells, words, states)
            stored = pa.Array.from_buffers(column.stored_type, len(rows), [None, pa.py_buffer(words)])
            return _parsed(column, stored, states)
        digit_numbers(*cells, numbers, states)
    elif short or (column.decimals is not None and column.size + column.decimals <= _SHORT_TEXT):
        places = -1 if short else column.decimals or 0
        text_numbers(data, record_size, column.offset, column.size, places, numbers, states)
    else:
        return _parse_text(column, gather_cells(column, rows))
    stored = pa.array(numbers)
    return _parsed(column, stored if short else rescaled(stored, column), states)


def _parsed(column: LayoutColumn, stored: pa.Array, states: Array) -> Parsed:
    """Numbers in their stored type, of which the states say whether they are some."""
    unreadable, blank = states != READABLE, states == BLANK
    if not unreadable.any():
        return Parsed(stored)
    stored = pc.if_else(pa.array(unreadable), pa.scalar(None, stored.type), stored)
    if column.blank_is_null:
        unreadable = unreadable & ~blank
    return Parsed(stored, unreadable if unreadable.any() else None, "invalid_number", blank)


def _parse_text(column: LayoutColumn, cells: Array) -> Parsed:
    """Doubles, and what may have more than 18 digits: by Arrow's parsers."""
    text, foreign = decode_ascii(cells)
    text = pc.ascii_trim(text, characters="\0 ")
    blank = mask_of(pc.equal(text, ""))
    if foreign is not None:
        blank &= ~foreign
    unreadable = blank
    stored = _plain_numbers(column, cells, pc.if_else(pa.array(blank), pa.scalar(None, text.type), text))
    if stored is None:
        readable = pc.match_substring_regex(text, _syntax(column))
        stored = _numbers(column, _normalised(column, pc.if_else(readable, text, pa.scalar(None, text.type))))
        unreadable = mask_of(pc.invert(readable))
    if column.blank_is_null:
        unreadable = unreadable & ~blank
    return Parsed(stored, unreadable if unreadable.any() else None, "invalid_number", blank)


def _plain_numbers(column: LayoutColumn, cells: Array, text: pa.Array) -> pa.Array | None:
    """The numbers, when all cells are plain ones that Arrow's parsers read at once; None when some need a closer look.

    Those parsers take 0x1F, 1e5 and nan too, so no byte but digits, minus, point and padding may be among the cells.
    And of a decimal that is too large they make another number (70. with 37 places becomes 1.94...), so only cells that
    are too short for one are theirs.
    """
    digits = MAX_FLOAT_DIGITS if column.decimals is None else MAX_DECIMAL_DIGITS - column.decimals
    if column.size > digits or not _PLAIN[byte_matrix(cells)].all():
        return None
    try:
        return _numbers(column, text)
    except pa.ArrowInvalid:
        return None


def _syntax(column: LayoutColumn) -> str:
    """The numbers that the stored type can hold, as a regular expression."""
    if column.kind == "ascii_int":
        return rf"\A[+-]?0*[0-9]{{1,{MAX_DECIMAL_DIGITS}}}\z"
    if column.decimals is None:
        return rf"\A[+-]?(0*[0-9]{{1,{MAX_FLOAT_DIGITS}}}(\.[0-9]*)?|\.[0-9]+)\z"
    places = column.decimals
    whole = MAX_DECIMAL_DIGITS - places
    implied = rf"0*[0-9]{{1,{MAX_DECIMAL_DIGITS}}}"
    # A point needs a digit on one of its sides, and what does not fit the places must be zeros.
    before = rf"(0+|0*[0-9]{{1,{whole}}})" if whole else "0+"
    after = rf"[0-9]{{1,{places}}}0*" if places else "0+"
    return rf"\A[+-]?({implied}|{before}\.({after})?|\.{after})\z"


def _numbers(column: LayoutColumn, text: pa.Array) -> pa.Array:
    stored = column.stored_type
    if column.kind == "ascii_int" or column.decimals is None:
        return text.cast(stored)
    # A point in the text stands where it stands; without one the last `decimals` digits are the fraction.
    pointed = pc.match_substring(text, ".")
    implied = rescaled(pc.if_else(pointed, pa.scalar("0"), text).cast(pa.decimal128(MAX_DECIMAL_DIGITS, 0)), column)
    if not pc.any(pointed).as_py():
        return implied
    return pc.if_else(pointed, pc.if_else(pointed, text, pa.scalar("0")).cast(stored), implied)


def _normalised(column: LayoutColumn, text: pa.Array) -> pa.Array:
    """The same numbers without what Arrow's parsers stumble over."""
    if column.kind == "ascii_int":
        return pc.ascii_ltrim(text, characters="+")
    if column.decimals is None:
        return text
    # Arrow counts zeros past the places as digits, of which it has room for 38, and wants a digit beside the point.
    past_places = rf"(\.[0-9]{{{column.decimals}}})0+\z" if column.decimals else r"()\.0*\z"
    text = pc.replace_substring_regex(text, r"\A([+-]?)\.", r"\10.")
    return pc.replace_substring_regex(text, past_places, r"\1")


def rescaled(whole: pa.Array, column: LayoutColumn) -> pa.Array:
    """Whole numbers (a 64-bit integer or decimal128 array) read with `decimals` implied places; nulls stay."""
    target = pa.decimal128(MAX_DECIMAL_DIGITS, column.decimals or 0)
    if not pa.types.is_decimal(whole.type):
        whole = _widened(whole)
    # The unscaled value is the same, so only the type changes.
    return pa.Array.from_buffers(target, len(whole), whole.buffers(), offset=whole.offset)


def _widened(whole: pa.Array) -> pa.Array:
    """Integers as decimal128 of scale 0: two little-endian 64-bit words, the upper one the sign."""
    numbers = pc.fill_null(whole, 0).to_numpy() if whole.null_count else whole.to_numpy()
    words = np.zeros((len(whole), 2), np.int64)
    words[:, 0] = numbers.astype(np.int64) if numbers.dtype != np.uint64 else numbers.view(np.int64)
    if numbers.dtype.kind == "i":
        words[:, 1] = words[:, 0] >> 63
    wide = pa.Array.from_buffers(pa.decimal128(MAX_DECIMAL_DIGITS, 0), len(whole), [None, pa.py_buffer(words)])
    return pc.if_else(whole.is_null(), pa.scalar(None, wide.type), wide) if whole.null_count else wide


def _tables(column: LayoutColumn) -> tuple[int, Array, int, int, Array]:
    """What `digit_numbers` takes: the base of a byte and its table; where the sign is, its base and its table."""
    place = {"none": -1, "leading": 0, "leading_separate": 0}.get(column.sign, column.size - 1)
    if column.kind == "packed":
        return 100, _PAIRS, place, 10, _PACKED_SIGN
    if column.sign.endswith("_separate"):
        return 10, _ZONED, place, 1, _SEPARATE
    return 10, _ZONED, place, 10, _OVERPUNCH


def _zoned_tables() -> tuple[Array, Array]:
    """The digit of each byte value, and the digit of the one that has the sign too.

    EBCDIC digits are F0..F9 with the sign in a zone (C, F positive, D negative); ASCII ones 30..39 with the sign in
    either `{ABCDEFGHI` (positive), `}JKLMNOPQR` or `pqrstuvwxy` (negative). No byte means two things.
    """
    plain, signed = np.full(256, NO_DIGIT, np.uint8), np.full(256, NO_DIGIT, np.uint8)
    for digit in range(10):
        plain[[0xF0 + digit, 0x30 + digit]] = digit
        signed[[0xF0 + digit, 0xC0 + digit, 0x30 + digit, b"{ABCDEFGHI"[digit]]] = digit
        signed[[0xD0 + digit, b"}JKLMNOPQR"[digit], b"pqrstuvwxy"[digit]]] = digit + NEGATIVE
    return plain, signed


def _separate_table() -> Array:
    """A sign in a byte of its own, EBCDIC or ASCII."""
    signs = np.full(256, NO_DIGIT, np.uint8)
    signs[[0x4E, 0x2B]], signs[[0x60, 0x2D]] = 0, NEGATIVE
    return signs


def _packed_tables() -> tuple[Array, Array]:
    """The two digits of each byte value as one number, and the digit and the sign of the last byte."""
    upper, lower = np.arange(256) >> 4, np.arange(256) & 15
    pairs = np.where((upper <= 9) & (lower <= 9), 10 * upper + lower, NO_DIGIT)
    signed = upper + np.where((lower == 0xD) | (lower == 0xB), NEGATIVE, 0)
    return pairs.astype(np.uint8), np.where((upper <= 9) & (lower >= 10), signed, NO_DIGIT).astype(np.uint8)


_ZONED, _OVERPUNCH = _zoned_tables()
_SEPARATE = _separate_table()
_PAIRS, _PACKED_SIGN = _packed_tables()
