"""JSON that anybody may have written: each reader gives a value of its type or a default, and raises nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
"""A plain JSON value."""
JsonObject: TypeAlias = "Mapping[str, Json]"

_LARGEST_NUMBER = 1e300
"""Two of such size can still be added and scaled without an overflow."""
_LARGEST_WHOLE = 2**63
"""What SQLite and Arrow have room for."""


def json_text(value: object) -> str:
    """A value as JSON on one line, which can always be encoded: what a name has that is no UTF-8 is escaped."""
    return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode()


def parse_object(text: str | bytes) -> dict[str, Json] | None:
    """The object that a JSON text holds; None when it is another value, or not JSON, or nested without end."""
    try:
        # `NaN` and `Infinity` are Python's own: to everybody else, and here, they are no numbers.
        value = json.loads(text, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_object(path: Path) -> dict[str, Json] | None:
    """The object in a JSON file, or None when the file is missing or is not whole."""
    try:
        return parse_object(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def mapping(value: object) -> JsonObject:
    """`value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[Json]:
    """`value` when it is a list, else an empty one."""
    return value if isinstance(value, list | tuple) else ()


def objects(value: object) -> list[JsonObject]:
    """The objects in a list."""
    return [item for item in items(value) if isinstance(item, dict)]


def text(value: object) -> str:
    """`value` when it is text, else none."""
    return value if isinstance(value, str) else ""


def some_text(value: object) -> str | None:
    """`value` when it is text that says something, else None."""
    return value if isinstance(value, str) and value else None


def texts(value: object) -> tuple[str, ...]:
    """The texts in a list."""
    return tuple(item for item in items(value) if isinstance(item, str))


def number(value: object) -> int | float | None:
    """`value` when it is a finite number that a float has room for, else None."""
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return value if -_LARGEST_NUMBER < value < _LARGEST_NUMBER else None
    return None


def amount(value: object) -> float:
    """A number from nought on, such as seconds; 0 for anything else."""
    found = number(value)
    return found if found is not None and 0 <= found < _LARGEST_WHOLE else 0


def whole(value: object) -> int:
    """A number of things or bytes; 0 for anything else."""
    return int(amount(value))
