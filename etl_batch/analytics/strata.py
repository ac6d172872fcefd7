"""Stratum values: as plain Python, and in an order of their own."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

StratumValue = str | int | float | None

ALL_ROWS = "(all)"
"""The one stratum of data without a stratum column."""
OTHER = "(other)"
"""The stratum that holds the values past the limit."""


def plain_value(value: Any) -> StratumValue:
    """A stratum value that JSON can hold: numpy scalars unwrapped, NaN and infinities by name, all else as text."""
    if type(value) is str or type(value) is int or value is None:
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def value_order(value: StratumValue) -> tuple[int, Any]:
    """Sort key: numbers, then text, then the missing value."""
    if value is None:
        return 2, 0
    return (1, value) if isinstance(value, str) else (0, value)
