"""The Arrow types of a field, and the values its layout names (`const`, `min`, `null_values`, ...) in those types.

All functions raise `ValueError` with one sentence; whoever builds the layout adds the layout's and the field's name.
"""

from __future__ import annotations

import codecs
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl_batch import sentences
from etl_batch.layouts.code_pages import code_page_name
from etl_batch.layouts.kinds import KINDS, Family

if TYPE_CHECKING:
    from etl_batch.layouts.spec import FieldSpec, Scalar

MAX_DECIMAL_DIGITS = 38
# Any number of this many digits fits a signed 64-bit integer.
MAX_INT64_DIGITS = 18
MICROSECONDS_PER_UNIT = {"D": 86_400_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
_SIGNS = {
    "packed": ("trailing", "none"),
    "zoned": ("trailing", "leading", "trailing_separate", "leading_separate", "none"),
}
"""Where each type may have its sign."""
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def default_unit(kind: str) -> str:
    """The unit of a date or time stamp that gives none."""
    return "D" if kind == "date" else "s"


def stored_type(kind: str, size: int, decimals: int | None, sign: str | None = None) -> pa.DataType:
    """The type of a value as it stands in the file, before `scale`, `decimals` of integers and `enum`."""
    family = KINDS[kind].family
    if family is Family.INTEGER:
        return getattr(pa, ("int" if kind[0] == "i" else "uint") + kind[1:])()
    if family is Family.FLOAT:
        return pa.float64() if size == 8 else pa.float32()
    if family is Family.BOOL:
        return pa.uint8()
    if family is Family.TIME:
        return getattr(pa, f"int{8 * size}")()
    if family is Family.TEXT:
        return pa.string()
    if family is Family.BYTES:
        return pa.binary()
    return _digits_type(kind, size, decimals, sign or "trailing")


def _digits_type(kind: str, size: int, decimals: int | None, sign: str) -> pa.DataType:
    if kind == "ascii_decimal":
        return pa.float64() if decimals is None else pa.decimal128(MAX_DECIMAL_DIGITS, decimals)
    if sign not in _SIGNS.get(kind, (sign,)):
        raise ValueError(sentences.problems.NO_SIGN.format(kind=kind, sign=sign, known=", ".join(_SIGNS[kind])))
    digits = 2 * size - (sign != "none") if kind == "packed" else size - sign.endswith("_separate")
    if not digits:
        raise ValueError(sentences.problems.SIGN_ALONE)
    if digits > MAX_DECIMAL_DIGITS and kind != "ascii_int":
        raise ValueError(
            sentences.problems.TOO_MANY_DIGITS.format(kind=kind, size=size, digits=digits, most=MAX_DECIMAL_DIGITS)
        )
    return pa.int64() if digits <= MAX_INT64_DIGITS else pa.decimal128(MAX_DECIMAL_DIGITS, 0)


def column_type(spec: FieldSpec, stored: pa.DataType) -> pa.DataType:
    """The type of the column that a field becomes."""
    if spec.enum is not None:
        return pa.string()
    if spec.scale is not None:
        return pa.float64()
    if spec.add is not None:
        return _shifted_type(spec.add, stored)
    if spec.decimals is not None:
        return pa.decimal128(MAX_DECIMAL_DIGITS, spec.decimals)
    if spec.type == "bool":
        return pa.bool_()
    if spec.type == "date":
        return pa.date32()
    if spec.type == "datetime":
        return pa.timestamp(spec.unit or default_unit(spec.type))
    return stored


def whole_if_it_is(add: float | None) -> int | float | None:
    """What is added, as an integer where it is one; raises for what no number can be added to."""
    if add is None or not math.isfinite(add):
        if add is not None:
            raise ValueError(sentences.problems.NO_SUMMAND.format(add=add))
        return None
    return int(add) if add == int(add) else add


def _shifted_type(add: float, stored: pa.DataType) -> pa.DataType:
    """The type of integers of a type to which something is added: 64 bits, signed where those have room for them."""
    if pa.types.is_floating(stored) or whole_if_it_is(add) != add or not isinstance(whole_if_it_is(add), int):
        return pa.float64()
    limits = np.iinfo(stored.to_pandas_dtype())
    low, high = int(limits.min) + int(add), int(limits.max) + int(add)
    for kind in (pa.int64(), pa.uint64()):
        room = np.iinfo(kind.to_pandas_dtype())
        if room.min <= low and high <= room.max:
            return kind
    raise ValueError(sentences.problems.SUM_TOO_LARGE.format(add=add, type=stored))


def typed(value: Scalar, to: pa.DataType) -> Any:
    """A value of the layout file as a Python value of an Arrow type; numbers may be written as text."""
    try:
        if pa.types.is_binary(to):
            return bytes.fromhex(str(value))
        if pa.types.is_string(to):
            if not isinstance(value, str):
                raise ValueError
            return value
        if pa.types.is_temporal(to):
            return _moment(value, to)
        return _number(value, to)
    except (ValueError, TypeError, ArithmeticError, pa.ArrowException) as error:
        raise ValueError(_no_value(to).format(value=value, type=to)) from error


def _no_value(to: pa.DataType) -> str:
    if pa.types.is_binary(to):
        return sentences.problems.NO_BYTES
    return sentences.problems.NO_MOMENT if pa.types.is_temporal(to) else sentences.problems.NO_VALUE


def _moment(value: Scalar, to: pa.DataType) -> Any:
    if pa.types.is_date(to):
        return date.fromisoformat(str(value))
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return pa.scalar(moment, to).as_py()


def _number(value: Scalar, to: pa.DataType) -> Any:
    if isinstance(value, bool) and to != pa.uint8():
        raise ValueError
    if pa.types.is_decimal(to):
        return pa.scalar(Decimal(str(value)), to).as_py()
    if pa.types.is_floating(to):
        return float(value)
    if isinstance(value, str):
        value = int(value, 16 if value.lower().startswith("0x") else 10)
    if value != int(value):
        raise ValueError
    return pa.scalar(int(value), to).as_py()


def limit(value: str | int | float | None, to: pa.DataType) -> Any:
    """`min` or `max` as a Python value of the column's type; None when there is none."""
    if value is None:
        return None
    if isinstance(value, str) and not pa.types.is_temporal(to):
        raise ValueError(sentences.problems.LIMIT_IS_TEXT.format(value=value))
    bound = typed(value, to)
    if isinstance(bound, float) and math.isnan(bound):
        raise ValueError(sentences.problems.LIMIT_IS_NAN)
    return bound


def null_values(values: Sequence[Scalar], stored: pa.DataType, family: Family) -> tuple[tuple[Any, ...], bool]:
    """The stored values that mean "no value", and whether a blank field does too."""
    blank = "" in values
    if blank and family not in (Family.TEXT, Family.DIGITS, Family.BYTES):
        raise ValueError(sentences.problems.BLANK_NUMBER)
    given = [value for value in values if value != ""]
    return tuple(typed(value, stored) for value in given), blank


def enum_pairs(enum: dict[str, str] | list[str], stored: pa.DataType) -> tuple[tuple[Any, str], ...]:
    """Stored value and label of each value a field may have; a list gives labels from 0 on, or the texts allowed."""
    if isinstance(enum, dict):
        given: list[tuple[Scalar, str]] = [(key, label) for key, label in enum.items()]
    else:
        given = [(label if pa.types.is_string(stored) else index, label) for index, label in enumerate(enum)]
    pairs = tuple((typed(key, stored), label) for key, label in given)
    if not pairs:
        raise ValueError(sentences.problems.ENUM_EMPTY)
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError(sentences.problems.ENUM_TWICE)
    return pairs


def epoch_offset(epoch: str | None, unit: str) -> int:
    """Units from 1970-01-01 to the layout's epoch, an ISO 8601 date or time in UTC (default: 1970-01-01)."""
    if epoch is None:
        return 0
    try:
        moment = datetime.fromisoformat(epoch)
    except ValueError as error:
        raise ValueError(sentences.problems.NO_EPOCH.format(epoch=epoch)) from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    microseconds = (moment - _UNIX) // timedelta(microseconds=1)
    if unit == "ns":
        offset = microseconds * 1000
    else:
        offset, rest = divmod(microseconds, MICROSECONDS_PER_UNIT[unit])
        if rest:
            raise ValueError(sentences.problems.EPOCH_BETWEEN_UNITS.format(epoch=epoch, unit=unit))
    if not -(2**63) <= offset < 2**63:
        raise ValueError(sentences.problems.EPOCH_OUT_OF_REACH.format(epoch=epoch, unit=unit))
    return offset


def text_encoding(name: str) -> str:
    """The encoding's canonical name; raises for one that nobody knows or that does not give text."""
    page = code_page_name(name)
    if page is not None:
        return page
    try:
        codec = codecs.lookup(name)
        "a".encode(codec.name).decode(codec.name)
    except (LookupError, UnicodeError) as error:
        raise ValueError(sentences.problems.NO_ENCODING.format(name=name)) from error
    return codec.name


def regular_expression(pattern: str) -> str:
    """The pattern anchored at both ends; RE2, whose time is linear in the text whatever the pattern."""
    anchored = rf"\A(?:{pattern})\z"
    try:
        pc.match_substring_regex(pa.array([""]), anchored)
    except pa.ArrowInvalid as error:
        raise ValueError(sentences.problems.NO_PATTERN.format(pattern=pattern, reason=error)) from error
    return anchored


def finite_scale(scale: float | None) -> float | None:
    """The factor; raises for one that would make every value the same or none."""
    if scale is not None and (scale == 0 or not math.isfinite(scale)):
        raise ValueError(sentences.problems.NO_SCALE.format(scale=scale))
    return scale
