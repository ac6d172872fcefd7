"""The types that a schema declares: their names, what Parquet keeps them as, and the texts that are a value of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa

from etl_batch.columns import text_forms

MOST_DIGITS = 38
_UNITS = {"ms": 3, "us": 6, "ns": 9}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
_STAMP = re.compile(rf"({_DATE.pattern})[ T]({_TIME.pattern})(?:\.([0-9]{{1,9}}))?(Z|\+00:00)?", re.ASCII)
_TYPE = re.compile(
    r"(integer|number|text|boolean|date|time)"
    r"|decimal\(\s*([0-9]{1,2})\s*,\s*([0-9]{1,2})\s*\)"
    r"|(timestamp|timestamp_utc)(?:\((ms|us|ns)\))?"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One declared type. `read` makes a value of a text, or None of one that is none."""

    name: str
    arrow: pa.DataType
    forms: int
    """The forms of text cells (see `columns.text_forms`) whose values can be its."""
    read: Callable[[str], Any]
    ordered: bool = True
    """Whether its values have a least and a largest one that may be declared."""

    @property
    def text(self) -> bool:
        """Whether every text is a value."""
        return bool(pa.types.is_string(self.arrow))


@cache
def kind_named(name: str) -> Kind | None:
    """The type of that name; None when there is none."""
    found = _TYPE.fullmatch(name)
    if found is None:
        return None
    plain, precision, scale, stamp, unit = found.groups()
    if plain is not None:
        return _PLAIN[plain]
    if stamp is not None:
        return _timestamp(name, unit or "us", zone=stamp == "timestamp_utc")
    digits, decimals = int(precision), int(scale)
    return _decimal(name, digits, decimals) if 1 <= digits <= MOST_DIGITS and decimals <= digits else None


def _read_integer(text: str) -> int | None:
    value = int(text) if _INTEGER.fullmatch(text) and len(text) <= 40 else None
    return value if value is not None and -(2**63) <= value < 2**63 else None


def _read_number(text: str) -> float | None:
    value = float(text) if _NUMBER.fullmatch(text) else None
    return None if value is None or value in (float("inf"), float("-inf")) else value


def _read_boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower()) if text in _BOOLEANS else None


_BOOLEANS = {write(word) for word in ("true", "false") for write in (str.lower, str.upper, str.title)}


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _read_time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def _decimal(name: str, precision: int, scale: int) -> Kind:
    def read(text: str) -> Decimal | None:
        found = _DECIMAL.fullmatch(text)
        if found is None:
            return None
        whole, places = found[1].lstrip("0"), (found[2] or "").rstrip("0")
        fits = len(places) <= scale and len(whole) <= precision - scale
        return Decimal(text[: len(text) - len(found[2] or "") + len(places)].rstrip(".")) if fits else None

    forms = text_forms.INTEGER | text_forms.FIXED | text_forms.WIDE
    return Kind(name, pa.decimal128(precision, scale), forms, read)


def _timestamp(name: str, unit: str, *, zone: bool) -> Kind:
    def read(text: str) -> int | None:
        found = _STAMP.fullmatch(text)
        if found is None or bool(found[4]) is not zone:
            return None
        try:
            whole = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00") - _EPOCH
        except ValueError:
            return None
        nanoseconds = (whole.days * 86_400 + whole.seconds) * 10**9 + int((found[3] or "").ljust(9, "0"))
        count, rest = divmod(nanoseconds, 10 ** (9 - _UNITS[unit]))
        return count if not rest and -(2**63) <= count < 2**63 else None

    return Kind(name, pa.timestamp(unit, "UTC" if zone else None), _ZONED if zone else _PLAIN_STAMPS, read)


_DOUBLES = text_forms.INTEGER | text_forms.SHORT | text_forms.POINT
"""Forms whose values are the doubles that their texts are read as; decimals might be rounded another way."""
_STAMPS = [form for bit in range(text_forms.TIMES.bit_length()) if (form := text_forms.TIMES & 1 << bit)]
_ZONED = sum(form for form in _STAMPS if getattr(text_forms.form_type(form), "tz", None))
_PLAIN_STAMPS = text_forms.TIMES & ~(_ZONED | text_forms.DATE | text_forms.CLOCK)
_PLAIN = {
    "integer": Kind("integer", pa.int64(), text_forms.INTEGER, _read_integer),
    "number": Kind("number", pa.float64(), _DOUBLES, _read_number),
    "text": Kind("text", pa.string(), text_forms.TEXT, str, ordered=False),
    "boolean": Kind("boolean", pa.bool_(), text_forms.BOOLEANS, _read_boolean, ordered=False),
    "date": Kind("date", pa.date32(), text_forms.DATE, _read_date),
    "time": Kind("time", pa.time32("ms"), text_forms.CLOCK, _read_time),
}
