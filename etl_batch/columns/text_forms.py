"""Which types a column of text cells could have without losing a character.

A text column becomes a number or a date only if every cell survives the round trip text -> value -> text. There is one
bit a *form* (a type and the one way of writing it); `forms` gives the forms that all cells of an array satisfy, so the
forms of a column are the bitwise AND over its arrays, in any order. Empty cells satisfy every form: they are nulls.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import product
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl_batch.columns.text_cells import TextCells
from etl_batch.kernels import booleans, number_blocks, numbers, times
from etl_batch.kernels.cells import SCRATCH
from etl_batch.kernels.kernel import KernelFault

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
CLOCK = 1 << 17
"""`23:59:59`."""
UNSIGNED = 1 << 18
"""`18446744073709551615`: as INTEGER, within 64 bits that have no sign."""
WIDE_0 = 1 << 19
"""`WIDE_0 << k`: always exactly k decimals, k = 0..18, at most 38 digits."""
WIDE_DECIMALS = 18
WIDE = sum(WIDE_0 << k for k in range(WIDE_DECIMALS + 1))
_FIRST_STAMP = 1 << 38
"""From here on the other ways of writing a stamp: with 3, 6 or 9 digits of a second, with `Z` or `+00:00`."""

_STAMP_PARTS = list(product(range(len(times.SEPARATORS)), range(len(times.ZONES)), range(len(times.FRACTIONS))))
"""Places of separator, zone and digits of a second in the tables of `times`, in the order of the shapes there."""
_OTHER_STAMPS = [_FIRST_STAMP << k for k in range(len(_STAMP_PARTS) - 2)]
_SHAPES = [DATE, CLOCK, STAMP_SPACE, *_OTHER_STAMPS[:11], STAMP_T, *_OTHER_STAMPS[11:]]
"""The form of each shape of `times`."""
_STAMPS = dict(zip(_SHAPES[times.FIRST_STAMP :], _STAMP_PARTS, strict=True))

NUMERIC = INTEGER | SHORT | POINT | FIXED | UNSIGNED | WIDE
TIMES = sum(_SHAPES)
BOOLEANS = BOOLEAN | BOOLEAN_TITLE
ALL = NUMERIC | TIMES | BOOLEANS

_PREFERENCE = (INTEGER, TIMES, BOOLEANS, POINT, SHORT, FIXED, UNSIGNED, WIDE)
"""Of several forms the first; of a group the lowest bit."""
_UNITS: tuple[Literal["ms", "us", "ns"], ...] = ("ms", "ms", "us", "ns")
"""The unit of a stamp by the place of its digits of a second. Parquet has none for whole seconds."""
_FIXED_PRECISION, _WIDE_PRECISION = 18, numbers.MOST_DIGITS


def stamp_form(separator: str, digits: int = 0, zone: str = "") -> int:
    """The form of stamps with this between date and time, so many digits of a second, and this behind them."""
    places = times.SEPARATORS.index(separator), times.ZONES.index(zone), times.FRACTIONS.index(digits)
    return _SHAPES[times.stamp_shape(*places)]


def pick(mask: int) -> int:
    """The form a column takes, given the forms that all its cells satisfy; `TEXT` when there is none."""
    if mask == ALL:  # nothing but empty cells was seen
        return TEXT
    for group in _PREFERENCE:
        if mask & group:
            return (mask & group) & -(mask & group)
    return TEXT


def form_type(form: int) -> pa.DataType:
    """The Arrow type of a form."""
    if form & FIXED:
        return pa.decimal128(_FIXED_PRECISION, fixed_decimals(form))
    if form & WIDE:
        return pa.decimal128(_WIDE_PRECISION, fixed_decimals(form))
    if form in _STAMPS:
        _, zone, fraction = _STAMPS[form]
        return pa.timestamp(_UNITS[fraction], "UTC" if zone else None)
    kinds = {
        INTEGER: pa.int64(),
        UNSIGNED: pa.uint64(),
        SHORT: pa.float64(),
        POINT: pa.float64(),
        DATE: pa.date32(),
        CLOCK: pa.time32("ms"),  # as Parquet has it
        BOOLEAN: pa.bool_(),
        BOOLEAN_TITLE: pa.bool_(),
    }
    return kinds.get(form, pa.string())


def fixed_decimals(form: int) -> int:
    """Number of decimals of a FIXED or a WIDE form."""
    return (form // FIXED_1).bit_length() if form & FIXED else (form // WIDE_0).bit_length() - 1


def forms(cells: pa.StringArray | TextCells, wanted: int = ALL) -> int:
    """The forms, among `wanted`, that every non-empty cell satisfies."""
    view = _view(cells)
    facts = np.zeros(3, np.uint64)
    # A cell is a number, a time, a boolean or neither, so what the first census to go through says is all there is.
    for family, census, satisfied in _FAMILIES:
        if wanted & family and census(*view.places, facts) == len(view):
            return wanted & satisfied(facts)
    return TEXT


def parse(cells: pa.StringArray | TextCells, form: int) -> pa.Array:
    """The cells as values of the form's type; they must satisfy the form. Empty cells become nulls."""
    parsed = _parsed(_view(cells), form)
    if parsed is None:
        raise KernelFault(f"cells that do not satisfy form {form} were to be parsed by it")
    return parsed[0]


def expected(cells: pa.StringArray | TextCells, wanted: int) -> tuple[pa.Array, int, int] | None:
    """What `typed` says when all cells satisfy the form that is best before one was looked at; else None."""
    form = pick(wanted)
    parsed = _parsed(_view(cells), form) if form else None
    return None if parsed is None else (parsed[0], form, wanted & parsed[1])


def typed(cells: pa.StringArray | TextCells, wanted: int) -> tuple[pa.Array, int, int]:
    """The cells by the best of the wanted forms that all of them satisfy, that form, and all those that they satisfy.

    The form that is best before a cell was looked at mostly fits: then one walk over the cells has told everything.
    """
    found = expected(cells, wanted)
    if found is not None:
        return found
    mask = wanted
    if wanted:
        view = _view(cells)
        mask = forms(view, wanted)
        form = pick(mask)
        if form:
            return parse(view, form), form, mask
    return (cells.to_arrow() if isinstance(cells, TextCells) else cells), TEXT, mask


def _view(cells: pa.StringArray | TextCells) -> TextCells:
    return cells if isinstance(cells, TextCells) else TextCells.from_arrow(cells)


def _number_forms(facts: NDArray[np.uint64]) -> int:
    """The forms of cells with these facts (see `kernels.numbers`)."""
    marks, digits, decimals = (int(word) for word in facts)
    if not digits:
        return ALL
    mask = 0
    few, zero = digits < 2 << number_blocks.EXACT_DIGITS, marks & numbers.MINUS_ZERO
    if decimals == 1 and not zero:
        mask |= 0 if marks & numbers.BEYOND_SIGNED else INTEGER
        mask |= 0 if marks & (numbers.BEYOND_UNSIGNED | numbers.NEGATIVE) else UNSIGNED
    if few and not zero and not marks & numbers.TRAILING_ZERO:
        mask |= SHORT
    if few and not decimals & 1 and not marks & numbers.TRAILING_ZEROS:
        mask |= POINT
    places = decimals.bit_length() - 1
    if decimals == 1 << places and not zero:
        mask |= FIXED_1 << places - 1 if 1 <= places <= FIXED_DIGITS and digits < 2 << _FIXED_PRECISION else 0
        mask |= WIDE_0 << places if places <= WIDE_DECIMALS else 0
    return mask


def _time_forms(facts: NDArray[np.uint64]) -> int:
    shapes = int(facts[0])
    return _SHAPES[shapes.bit_length() - 1] if shapes.bit_count() == 1 else TEXT if shapes else ALL


def _boolean_forms(facts: NDArray[np.uint64]) -> int:
    return {0: ALL, 1 << booleans.LOWER: BOOLEAN, 1 << booleans.TITLE: BOOLEAN_TITLE}.get(int(facts[0]), TEXT)


_FAMILIES: list[tuple[int, Callable[..., int], Callable[[NDArray[np.uint64]], int]]] = [
    (NUMERIC, numbers.census, _number_forms),
    (TIMES, times.census, _time_forms),
    (BOOLEANS, booleans.census, _boolean_forms),
]


def _parsed(cells: TextCells, form: int) -> tuple[pa.Array, int] | None:
    """The cells as values of a form, and all forms that they satisfy; None when one does not satisfy this one."""
    rows = len(cells)
    valid, facts = np.empty(rows, np.uint8), np.zeros(3, np.uint64)
    values, stopped = _walk(cells, form, valid, facts)
    if stopped < rows:
        return None
    missing = rows - int(np.count_nonzero(valid))
    mask = ALL if missing == rows else _number_forms(facts) if form & NUMERIC else form
    if form & BOOLEANS:
        values = np.packbits(values, bitorder="little")
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little")) if missing else None
    return pa.Array.from_buffers(form_type(form), rows, [bitmap, pa.py_buffer(values)], missing), mask


def _walk(cells: TextCells, form: int, valid: NDArray[np.uint8], facts: NDArray[np.uint64]) -> tuple[NDArray[Any], int]:
    """The cells' values as a form's kernel writes them, and the row at which it stopped."""
    rows = len(cells)
    scratch = np.empty(SCRATCH, np.uint64)
    if form & (INTEGER | UNSIGNED):
        words = np.empty(rows, np.uint64)
        return words, numbers.integers(*cells.places, int(form == INTEGER), scratch, words, valid, facts)
    if form & (SHORT | POINT):
        doubles = np.empty(rows, np.float64)
        return doubles, numbers.reals(*cells.places, int(form == POINT), scratch, doubles, valid, facts)
    if form & (FIXED | WIDE):
        pairs, most = np.empty(2 * rows, np.uint64), _FIXED_PRECISION if form & FIXED else _WIDE_PRECISION
        return pairs, numbers.decimals(*cells.places, fixed_decimals(form), most, scratch, pairs, valid, facts)
    if form & (DATE | CLOCK):
        days = np.empty(rows, np.int32)
        if form == DATE:
            return days, times.dates(*cells.places, scratch, days, valid)
        return days, times.clocks(*cells.places, scratch, days, valid)
    if form in _STAMPS:
        moments = np.empty(rows, np.int64)
        return moments, times.stamps(*cells.places, *_STAMPS[form], scratch, moments, valid)
    truths = np.empty(rows, np.uint8)
    title = booleans.TITLE if form == BOOLEAN_TITLE else booleans.LOWER
    return truths, booleans.truths(*cells.places, title, truths, valid)


def to_text(values: pa.Array, form: int) -> pa.StringArray:
    """The exact cells back from values of a form: `to_text(parse(cells, form), form) == cells`; nulls stay nulls."""
    if form in _STAMPS:
        return _stamp_text(values, *_STAMPS[form])
    writers: dict[int, Callable[[Any], str]] = {
        SHORT: lambda value: _plain(value).removesuffix(".0"),
        POINT: _plain,
        BOOLEAN: lambda value: str(value).lower(),
    }
    # `str` of a decimal that is small has an exponent.
    write = writers.get(form, lambda value: format(value, "f") if form & (FIXED | WIDE) else str(value))
    return pa.array([None if value is None else write(value) for value in values.to_pylist()], pa.string())


def _plain(value: float) -> str:
    text = format(Decimal(repr(value)), "f")
    return text if "." in text else f"{text}.0"


def _stamp_text(values: pa.Array, separator: int, zone: int, fraction: int) -> pa.StringArray:
    counts = pc.cast(values, pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    moments: NDArray[np.datetime64] = counts.astype(np.int64).view(f"M8[{_UNITS[fraction]}]")
    written = np.datetime_as_string(moments, unit=_UNITS[fraction] if fraction else "s").tolist()
    cells = [text.replace("T", times.SEPARATORS[separator]) + times.ZONES[zone] for text in written]
    return pc.if_else(values.is_valid(), pa.array(cells, pa.string()), pa.scalar(None, pa.string()))
