"""Which types a column of text cells could have without losing a character.

A text column becomes a number or a date only if every cell survives the round trip text -> value -> text. There is one
bit a *form* (a type and the one way of writing it); `forms` gives the forms that all cells of an array satisfy, so the
forms of a column are the bitwise AND over its arrays, in any order. Empty cells satisfy every form: they are nulls.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TEXT = 0
INTEGER = 1 << 0
"""`-12`: digits without a sign other than minus and without leading zeros, within 64 bits."""
SHORT = 1 << 1
"""`3`, `2.5`: decimals without trailing zeros, at most 15 significant digits (exact in a double)."""
POINT = 1 << 2
"""`3.0`, `2.5`: as SHORT, but always with a point; `.0` is the only trailing zero."""
DATE = 1 << 3
"""`2024-02-29`."""
STAMP_SPACE = 1 << 4
"""`2024-02-29 23:59:59`."""
STAMP_T = 1 << 5
"""`2024-02-29T23:59:59`."""
BOOLEAN = 1 << 6
"""`true`, `false`."""
BOOLEAN_TITLE = 1 << 7
"""`True`, `False`."""
FIXED_1 = 1 << 8
"""`FIXED_1 << (k - 1)`: always exactly k decimals, k = 1..9, at most 18 digits."""
FIXED_DIGITS = 9
FIXED = sum(FIXED_1 << k for k in range(FIXED_DIGITS))
NUMERIC = INTEGER | SHORT | POINT | FIXED
ALL = (FIXED_1 << FIXED_DIGITS) - 1

_PREFERENCE = (INTEGER, DATE, STAMP_SPACE, STAMP_T, BOOLEAN, BOOLEAN_TITLE, POINT, SHORT)
_POWERS = np.array([0, *(10**k for k in range(1, 19))], dtype=np.int64)
"""`_POWERS[d - 1]` is the least magnitude that is written with d digits (0 for one digit)."""
_MAX_EXACT_DIGITS = 15


def pick(mask: int) -> int:
    """The form a column takes, given the forms that all its cells satisfy; `TEXT` when there is none."""
    if mask == ALL:  # nothing but empty cells was seen
        return TEXT
    for form in _PREFERENCE:
        if mask & form:
            return form
    return mask & FIXED and (mask & FIXED) & -(mask & FIXED)


def form_type(form: int) -> pa.DataType:
    """The Arrow type of a form."""
    if form == INTEGER:
        return pa.int64()
    if form & (SHORT | POINT):
        return pa.float64()
    if form == DATE:
        return pa.date32()
    if form & (STAMP_SPACE | STAMP_T):
        return pa.timestamp("ms")
    if form & (BOOLEAN | BOOLEAN_TITLE):
        return pa.bool_()
    if form & FIXED:
        return pa.decimal128(18, fixed_decimals(form))
    return pa.string()


def fixed_decimals(form: int) -> int:
    """Number of decimals of a FIXED form."""
    return (form // FIXED_1).bit_length()


def forms(cells: pa.StringArray, wanted: int = ALL) -> int:
    """The forms, among `wanted`, that every non-empty cell of the array satisfies."""
    return TextCells(cells).forms(wanted)


def parse(cells: pa.StringArray, form: int) -> pa.Array:
    """The cells as values of the form's type; the array must satisfy the form. Empty cells become nulls."""
    return TextCells(cells).parse(form)


def to_text(values: pa.Array, form: int) -> pa.StringArray:
    """The exact cells back from values of a form: `to_text(parse(cells, form), form) == cells`; nulls stay nulls."""
    writers: dict[int, Callable[[Any], str]] = {
        INTEGER: str,
        SHORT: lambda value: _plain(value).removesuffix(".0"),
        POINT: _plain,
        DATE: str,
        STAMP_SPACE: lambda value: _stamp(value, " "),
        STAMP_T: lambda value: _stamp(value, "T"),
        BOOLEAN: lambda value: str(value).lower(),
        BOOLEAN_TITLE: str,
    }
    write = writers.get(form, str)
    return pa.array([None if value is None else write(value) for value in values.to_pylist()], pa.string())


def _plain(value: float) -> str:
    text = format(Decimal(repr(value)), "f")
    return text if "." in text else f"{text}.0"


def _stamp(value: datetime, separator: str) -> str:
    return value.isoformat(separator, timespec="seconds")


class TextCells:
    """A string array on its way to values: what is converted to find its forms is kept for the parsing."""

    def __init__(self, cells: pa.StringArray) -> None:
        self.cells = cells
        offsets = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset : cells.offset + len(cells) + 1]
        data = cells.buffers()[2]
        self.data = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
        lengths = np.diff(offsets)
        self.full = bool(lengths.all())
        self.keep = slice(None) if self.full else lengths != 0
        self.starts, self.lengths = offsets[:-1][self.keep], lengths[self.keep]
        self.used = self.data[offsets[0] : offsets[-1]] if len(offsets) else self.data[:0]
        self.base = int(offsets[0]) if len(offsets) else 0
        self.count = len(self.starts)
        self.converted: dict[pa.DataType, pa.Array] = {}

    def forms(self, wanted: int = ALL) -> int:
        """The forms, among `wanted`, that every non-empty cell satisfies."""
        if self.count == 0:
            return wanted
        mask = 0
        if wanted & NUMERIC:
            mask |= _numeric_forms(self)
        if not mask and wanted & (DATE | STAMP_SPACE | STAMP_T):
            mask |= _time_forms(self)
        if not mask and wanted & (BOOLEAN | BOOLEAN_TITLE):
            mask |= _boolean_forms(self)
        return mask & wanted

    def parse(self, form: int) -> pa.Array:
        """The cells as values of the form's type; they must satisfy the form. Empty cells become nulls."""
        if form & (STAMP_SPACE | STAMP_T):
            return pc.cast(self.convert(pa.timestamp("s")), pa.timestamp("ms"))
        if form == BOOLEAN_TITLE:
            return pc.cast(pc.utf8_lower(self.with_nulls()), pa.bool_())
        return self.convert(form_type(form))

    def convert(self, to: pa.DataType) -> pa.Array:
        """The cells converted by Arrow, nulls for the empty ones; raises `ArrowInvalid` when one does not convert."""
        if to not in self.converted:
            self.converted[to] = pc.cast(self.with_nulls(), to)
        return self.converted[to]

    def with_nulls(self) -> pa.StringArray:
        """The cells with nulls for the empty ones."""
        if self.full:
            return self.cells
        return pc.if_else(pc.equal(pc.binary_length(self.cells), 0), pa.scalar(None, pa.string()), self.cells)

    def at(self, position: int) -> np.ndarray[Any, Any]:
        """The byte at a position of every non-empty cell; they must be longer than that."""
        taken: np.ndarray[Any, Any] = self.data[self.starts + position]
        return taken

    def values(self, to: pa.DataType) -> np.ndarray[Any, Any] | None:
        """The non-empty cells converted, or None when one of them does not convert."""
        try:
            array = self.convert(to)
        except pa.ArrowInvalid:
            return None
        filled = array if self.full else pc.drop_null(array)
        numbers: np.ndarray[Any, Any] = filled.to_numpy(zero_copy_only=False)
        return numbers


def _numeric_forms(view: TextCells) -> int:
    used = view.used
    # '-' '.' '/' '0'..'9' are neighbours in ASCII, so two reductions leave only those (and '/' never parses).
    if int(used.min()) < ord("-") or int(used.max()) > ord("9") or int(view.lengths.max()) > 20:
        return TEXT
    negative = view.at(0) == ord("-")
    points = np.flatnonzero(used == ord(".")) + view.base
    if not len(points):
        return _integer_forms(view, negative)
    return _decimal_forms(view, negative, points)


def _integer_forms(view: TextCells, negative: np.ndarray[Any, Any]) -> int:
    values = view.values(pa.int64())
    if values is None:
        return TEXT
    digits = view.lengths - negative
    least = _POWERS[digits - 1]
    # A magnitude below the least one of its width has leading zeros; "-0" is caught by its sign. min() has no abs().
    magnitude_ok = np.where(negative, values <= -np.maximum(least, 1), values >= least)
    if not magnitude_ok.all():
        return TEXT
    return INTEGER | (SHORT if int(digits.max()) <= _MAX_EXACT_DIGITS else 0)


def _decimal_forms(view: TextCells, negative: np.ndarray[Any, Any], points: np.ndarray[Any, Any]) -> int:
    owner = np.searchsorted(view.starts, points, side="right") - 1
    if len(owner) > 1 and (np.diff(owner) == 0).any():
        return TEXT  # two points in one cell
    whole_digits = view.lengths - negative
    decimals = np.zeros(view.count, np.int64)
    decimals[owner] = view.starts[owner] + view.lengths[owner] - points - 1
    whole_digits = whole_digits - decimals
    whole_digits[owner] -= 1
    if view.values(pa.float64()) is None or int(whole_digits.min()) < 1:
        return TEXT
    first = view.data[view.starts + negative]
    if ((first == ord("0")) & (whole_digits > 1)).any():
        return TEXT
    has_point = np.zeros(view.count, bool)
    has_point[owner] = True
    if (has_point & (decimals == 0)).any():
        return TEXT  # "3."
    last = view.data[view.starts + view.lengths - 1]
    return _written_forms(view, negative, whole_digits, decimals, has_point, last)


def _written_forms(
    view: TextCells,
    negative: np.ndarray[Any, Any],
    whole_digits: np.ndarray[Any, Any],
    decimals: np.ndarray[Any, Any],
    has_point: np.ndarray[Any, Any],
    last: np.ndarray[Any, Any],
) -> int:
    """SHORT, POINT and FIXED from the digits before and after the point. Minus zero has no decimal or integer twin."""
    digits = whole_digits + decimals
    trailing_zero = has_point & (last == ord("0"))
    minus_zero = bool((negative & _all_zero(view, negative)).any())
    mask = 0
    if int(digits.max()) <= _MAX_EXACT_DIGITS:
        if not trailing_zero.any() and not minus_zero:
            mask |= SHORT
        if has_point.all() and not (trailing_zero & (decimals > 1)).any():
            mask |= POINT
    same = int(decimals[0])
    if 1 <= same <= FIXED_DIGITS and not minus_zero and (decimals == same).all() and int(digits.max()) <= 18:
        mask |= FIXED_1 << (same - 1)
    return mask


def _all_zero(view: TextCells, negative: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which negative cells hold no digit but zero (cells that are not negative: False)."""
    zero = np.zeros(view.count, bool)
    for row in np.flatnonzero(negative & (view.data[view.starts + negative] == ord("0"))):
        start = int(view.starts[row])
        cell = view.data[start + 1 : start + int(view.lengths[row])]
        zero[row] = bool(((cell == ord("0")) | (cell == ord("."))).all())
    return zero


def _time_forms(view: TextCells) -> int:
    length = int(view.lengths[0])
    if length not in (10, 19) or (view.lengths != length).any():
        return TEXT
    if np.logical_and.reduce([view.at(place) == ord("0") for place in range(4)]).any():
        return TEXT  # Arrow takes the year 0, which is none
    if length == 10:
        return DATE if view.values(pa.date32()) is not None else TEXT
    separators = view.at(10)
    if (separators != separators[0]).any() or (view.at(13) != ord(":")).any() or (view.at(16) != ord(":")).any():
        return TEXT
    form = {ord(" "): STAMP_SPACE, ord("T"): STAMP_T}.get(int(separators[0]), TEXT)
    return form if form and view.values(pa.timestamp("s")) is not None else TEXT


def _boolean_forms(view: TextCells) -> int:
    if int(view.lengths.max()) > 5:
        return TEXT
    distinct = set(pc.unique(view.cells).to_pylist()) - {""}
    if distinct <= {"true", "false"}:
        return BOOLEAN
    return BOOLEAN_TITLE if distinct <= {"True", "False"} else TEXT
