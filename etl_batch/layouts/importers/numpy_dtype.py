"""A NumPy dtype as a layout: a string such as `i4,f8,S10`, or a list as `dtype.descr` has it. Nothing is evaluated."""

from __future__ import annotations

import ast
import math
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from etl_batch import sentences
from etl_batch.errors import LayoutError
from etl_batch.layouts.importers.parts import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    Field,
    Found,
    Spot,
    Wanted,
    fields_of,
    refusal,
    repeated,
    skipped,
)
from etl_batch.layouts.spec import Endian

MAX_DTYPE_CHARACTERS = 64 << 10
_CALLS = ("dtype", "np.dtype", "numpy.dtype")
_NOT_A_TIME = -(2**63)
_UNITS = ("D", "s", "ms", "us", "ns")
_NATIVE: Endian = "little" if sys.byteorder == "little" else "big"


def import_numpy(text: str, wanted: Wanted) -> Found:
    """The layout of a structured dtype, or of records of one value. Raises `LayoutError`."""
    if len(text) > MAX_DTYPE_CHARACTERS:
        raise LayoutError(sentences.imports.FILE_TOO_LARGE.format(most=MAX_DTYPE_CHARACTERS))
    try:
        # What Python and NumPy would warn of is told by the result.
        with warnings.catch_warnings(action="ignore"):
            dtype = _dtype(text.strip(), aligned=wanted.alignment == "natural")
    except RecursionError as error:
        raise LayoutError(sentences.imports.NESTED_TOO_DEEPLY) from error
    except (ValueError, TypeError, SyntaxError, MemoryError, OverflowError, KeyError, IndexError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:200].rstrip(".")
        raise LayoutError(sentences.imports.NO_DTYPE.format(reason=reason)) from error
    if not dtype.itemsize and not dtype.names:
        raise LayoutError(sentences.imports.NO_RECORDS)
    endian: Endian = wanted.endian or _NATIVE
    writer = _Writer(endian)
    spots = writer.spots(dtype) if dtype.names else writer.field("value", dtype, 0)
    layout = {"endian": endian, "encoding": wanted.encoding or "utf-8", "record_size": dtype.itemsize}
    return Found(None, {**layout, "fields": fields_of(spots)}, tuple(writer.notes))


def _dtype(text: str, *, aligned: bool) -> np.dtype[Any]:
    """The dtype that a text describes: a literal, a call of `dtype` with literals, or a bare string."""
    description: Any
    description, options = _described(text) or (text, {})
    aligned = bool(options.get("align", aligned))
    padded = not aligned and _has_padding(description)
    made: np.dtype[Any] = np.lib.format.descr_to_dtype(description) if padded else np.dtype(description, align=aligned)
    return made


def _described(text: str) -> tuple[Any, dict[str, Any]] | None:
    """The literal in a text and the options beside it; None for a text that is none."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return None
    statement = body[0] if len(body) == 1 else None
    if not isinstance(statement, ast.Expr | ast.Assign):
        return None
    value, options = statement.value, {}
    if isinstance(value, ast.Call) and ast.unparse(value.func) in _CALLS and len(value.args) == 1:
        options = {str(word.arg): ast.literal_eval(word.value) for word in value.keywords}
        value = value.args[0]
    try:
        return ast.literal_eval(value), options
    except ValueError:
        return None


def _has_padding(description: Any) -> bool:
    """Whether a list names bytes of padding as `dtype.descr` does: without a name."""
    if not isinstance(description, list):
        return False
    return any(isinstance(each, tuple) and (each[:1] == ("",) or _has_padding(each[1])) for each in description)


@dataclass(slots=True)
class _Writer:
    """Makes fields of dtypes."""

    endian: Endian
    notes: list[str] = field(default_factory=list)
    weight: int = 0

    def spots(self, dtype: np.dtype[Any], depth: int = 0) -> list[Spot]:
        """The fields of a structured dtype, padding included."""
        if depth > MAX_DEPTH:
            raise LayoutError(sentences.imports.NESTED_TOO_DEEPLY)
        parts: Mapping[str, Any] = dtype.fields or {}
        places = sorted(((int(parts[name][1]), name) for name in dtype.names or ()), key=lambda place: place[0])
        spots: list[Spot] = []
        cursor = 0
        for offset, name in places:
            if offset > cursor:
                spots.append(Spot(cursor, offset - cursor, skipped(offset - cursor)))
            spots += self.field(name, parts[name][0], offset, depth)
            cursor = offset + parts[name][0].itemsize
        if cursor < dtype.itemsize:
            spots.append(Spot(cursor, dtype.itemsize - cursor, skipped(dtype.itemsize - cursor)))
        return spots

    def field(self, name: str, dtype: np.dtype[Any], offset: int, depth: int = 0) -> list[Spot]:
        """One field at its place; of an array of several dimensions all those that it takes."""
        base, shape = dtype.base, [int(length) for length in dtype.shape]
        if not dtype.itemsize:
            raise _no_type(name, dtype)
        outer = math.prod(shape[:-1])
        if outer > MAX_ELEMENTS:
            raise LayoutError(sentences.imports.TOO_MANY_FIELDS.format(most=MAX_ELEMENTS), field=name)
        before = self.weight
        made = self._structured(base, depth) if base.names else self._scalar(name, base)
        self.weight = before + (1 + self.weight - before) * outer
        if self.weight > MAX_ELEMENTS:
            raise LayoutError(sentences.imports.TOO_MANY_FIELDS.format(most=MAX_ELEMENTS), field=name)
        fields = repeated({"name": name, **made}, shape)
        each = dtype.itemsize // len(fields)
        return [Spot(offset + number * each, each, one) for number, one in enumerate(fields)]

    def _structured(self, dtype: np.dtype[Any], depth: int) -> Field:
        return {"fields": fields_of(self.spots(dtype, depth + 1))}

    def _scalar(self, name: str, dtype: np.dtype[Any]) -> Field:
        """Type and size of one value."""
        kind, size = dtype.kind, dtype.itemsize
        order = self._order(dtype)
        if kind in "iu" or (kind == "f" and size <= 8):
            return {"type": f"{kind}{8 * size}", **order}
        if kind == "b":
            return {"type": "bool"}
        if kind == "S":
            return {"type": "char", "size": size}
        if kind == "U":
            suffix = "be" if (order.get("endian") or self.endian) == "big" else "le"
            return {"type": "char", "size": size, "encoding": f"utf-32-{suffix}"}
        if kind == "V":
            return {"type": "bytes", "size": size}
        if kind == "M":
            unit, step = np.datetime_data(dtype)
            if unit in _UNITS and step == 1:
                times = {"type": "date"} if unit == "D" else {"type": "datetime", "unit": unit}
                return {**times, "size": 8, **order, "null_values": [_NOT_A_TIME]}
        raise _no_type(name, dtype)

    def _order(self, dtype: np.dtype[Any]) -> Field:
        """The byte order of a number where it is not the layout's; a native one is what the user says."""
        order = {"<": "little", ">": "big"}.get(dtype.byteorder, self.endian)
        return {} if order == self.endian or dtype.itemsize == 1 else {"endian": order}


def _no_type(name: str, dtype: np.dtype[Any]) -> LayoutError:
    return refusal(sentences.imports.NUMPY_TYPE.format(type=str(dtype)[:80]), 1, name)
