"""Columns of a sample as a question takes them: as codes of their values, as numbers, as what fits a condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.analytics.moments import Floats
from etl_batch.errors import UsageError
from etl_batch.questions import NUMBER_PATTERN, Column, ColumnKind, Condition, Operator, number_of, time_of

Bools = NDArray[np.bool_]
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  compared with moments in UTC that carry no zone


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as places in its distinct values; a missing value is one of them."""

    codes: NDArray[np.int32]
    values: pa.Array


@dataclass(frozen=True, slots=True)
class Numbers:
    """A measure: nought where `known` is False, which is where a value is missing or not finite."""

    values: Floats
    known: Bools | None
    """None: all are known."""
    odd: Bools | None
    """Where a value is NaN or infinite; None: nowhere."""


def code(column: pa.ChunkedArray) -> Coded:
    """The distinct values of a column, and each row's place among them. Nought and minus nought are one value."""
    if pa.types.is_floating(column.type):
        column = pc.add(column, pa.scalar(0.0, column.type))
    encoded = column.dictionary_encode(null_encoding="encode").unify_dictionaries()
    if not encoded.num_chunks:
        return Coded(np.zeros(0, dtype=np.int32), pa.array([], column.type))
    codes = np.concatenate([chunk.indices.to_numpy(zero_copy_only=False) for chunk in encoded.chunks])
    return Coded(codes.astype(np.int32, copy=False), encoded.chunk(0).dictionary)


def is_measurable(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def numbers(column: pa.ChunkedArray) -> Numbers:
    """A column as doubles; of text those cells count that are numbers."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        are = pc.match_substring_regex(column, NUMBER_PATTERN)
        column = pc.if_else(are, column, pa.scalar(None, column.type))
    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.uint8())
    known = None if not column.null_count else column.is_valid().to_numpy().astype(bool)
    values = pc.cast(column, pa.float64(), safe=False).fill_null(0.0).to_numpy()
    finite = np.isfinite(values)
    if finite.all():
        return Numbers(values, known, None)
    return Numbers(np.where(finite, values, 0.0), finite if known is None else known & finite, ~finite)


def fitting(condition: Condition, column: Column, cells: pa.ChunkedArray, coded: Callable[[int], Coded]) -> Bools:
    """Which cells fit a condition, by the same rules as its SQL over the whole file (`datasets.conditions`).

    Raises `UsageError` for a value that does not suit the column.
    """
    operator = condition.operator
    if operator in (Operator.EMPTY, Operator.FILLED):
        empty = _empty(cells, condition.column, coded)
        return empty if operator is Operator.EMPTY else ~empty
    if column.kind is ColumnKind.NUMBER and operator not in (Operator.CONTAINS, Operator.STARTS):
        return _number_fits(operator, number_of(condition.value, column), cells)
    if column.kind is ColumnKind.TIME and operator in _COMPARISONS:
        moment = (time_of(condition.value, column) - _EPOCH) // timedelta.resolution
        micros = pc.cast(pc.cast(cells, pa.timestamp("us", _zone(cells.type)), safe=False), pa.int64())
        valid: Bools = np.asarray(micros.is_valid().to_numpy(), dtype=bool)
        return np.asarray(_COMPARISONS[operator](micros.fill_null(0).to_numpy(), moment), dtype=bool) & valid
    if column.kind is not ColumnKind.TEXT:
        raise UsageError(sentences.estimates.NOT_FILTERED.format(name=column.name))
    return _text_fits(operator, condition.value, column, coded(condition.column))


_COMPARISONS: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.MORE: np.greater,
    Operator.LEAST: np.greater_equal,
    Operator.LESS: np.less,
    Operator.MOST: np.less_equal,
}


def _zone(kind: pa.DataType) -> str | None:
    return kind.tz if pa.types.is_timestamp(kind) else None


def _empty(cells: pa.ChunkedArray, place: int, coded: Callable[[int], Coded]) -> Bools:
    if not pa.types.is_string(cells.type):
        return np.asarray(cells.is_null().to_numpy(), dtype=bool)
    found = coded(place)
    blank = pc.or_kleene(pc.equal(found.values, ""), found.values.is_null()).fill_null(True)
    mask: Bools = np.asarray(blank.to_numpy(zero_copy_only=False), dtype=bool)
    return mask[found.codes]


def _number_fits(operator: Operator, number: int | float, cells: pa.ChunkedArray) -> Bools:
    """A missing cell fits nothing but "is not"; NaN is more than any number, as it is to DuckDB."""
    valid: Bools = np.asarray(cells.is_valid().to_numpy(), dtype=bool)
    kind = cells.type
    if not pa.types.is_integer(kind):
        cells = pc.cast(cells, pa.float64(), safe=False)
    values = cells.fill_null(0).to_numpy()
    if operator in _COMPARISONS:
        fits: Bools = np.asarray(_COMPARISONS[operator](values, number), dtype=bool)
        if operator in (Operator.MORE, Operator.LEAST) and values.dtype.kind == "f":
            fits |= np.isnan(values)
        return fits & valid
    same: Bools = np.asarray(values == number, dtype=bool) & valid
    return ~same if operator is Operator.IS_NOT else same


def _text_fits(operator: Operator, wanted: str, column: Column, coded: Coded) -> Bools:
    texts = coded.values
    if pa.types.is_boolean(texts.type):
        texts = pc.cast(texts, pa.string())
    if not pa.types.is_string(texts.type) and not pa.types.is_large_string(texts.type):
        raise UsageError(sentences.estimates.NOT_FILTERED.format(name=column.name))
    if operator in (Operator.CONTAINS, Operator.STARTS):
        test = pc.match_substring if operator is Operator.CONTAINS else pc.starts_with
        fits = test(pc.utf8_lower(texts), wanted.lower()).fill_null(False)
    elif operator in (Operator.IS, Operator.IS_NOT):
        fits = pc.equal(texts.fill_null(""), wanted)
    else:
        raise UsageError(sentences.estimates.NOT_FILTERED.format(name=column.name))
    mask: Bools = np.asarray(fits.to_numpy(zero_copy_only=False)).astype(bool)
    return (~mask if operator is Operator.IS_NOT else mask)[coded.codes]
