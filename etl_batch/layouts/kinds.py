"""The field types a record layout may use, with the size and the keys of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """How the bytes of a field are turned into values; one decoder a family."""

    INTEGER = "integer"
    FLOAT = "float"
    BOOL = "bool"
    TIME = "time"
    TEXT = "text"
    BYTES = "bytes"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True)
class FieldKind:
    """One field type: its family, the sizes it may have (none: any, given by `size`) and the keys it understands."""

    name: str
    family: Family
    sizes: tuple[int, ...]
    numpy_code: str
    keys: frozenset[str]

    @property
    def default_size(self) -> int | None:
        """The size of a field that gives none, in bytes; None when the field must give one."""
        return self.sizes[0] if self.sizes else None


_ANY = frozenset({"const", "null_values"})
_NUMBER = _ANY | {"min", "max", "scale"}
_INTEGER = _NUMBER | {"add", "decimals", "enum", "bits", "endian"}
_TIME = _ANY | {"min", "max", "unit", "epoch", "endian"}
_TEXT = _ANY | {"encoding", "strip", "pattern", "enum"}


def _table() -> dict[str, FieldKind]:
    rows = [
        *(FieldKind(f"i{8 * n}", Family.INTEGER, (n,), f"i{n}", _INTEGER) for n in (1, 2, 4, 8)),
        *(FieldKind(f"u{8 * n}", Family.INTEGER, (n,), f"u{n}", _INTEGER) for n in (1, 2, 4, 8)),
        *(FieldKind(f"f{8 * n}", Family.FLOAT, (n,), f"f{n}", _NUMBER | {"add", "endian"}) for n in (2, 4, 8)),
        FieldKind("bool", Family.BOOL, (1,), "u1", _ANY | {"bits", "endian", "enum"}),
        FieldKind("datetime", Family.TIME, (8, 4), "i", _TIME),
        FieldKind("date", Family.TIME, (4, 2, 8), "i", _TIME),
        FieldKind("char", Family.TEXT, (), "", _TEXT),
        FieldKind("str", Family.TEXT, (), "", _TEXT),
        FieldKind("bytes", Family.BYTES, (), "", _ANY),
        FieldKind("ascii_int", Family.DIGITS, (), "", _NUMBER | {"decimals", "enum"}),
        FieldKind("ascii_decimal", Family.DIGITS, (), "", _NUMBER | {"decimals"}),
        FieldKind("packed", Family.DIGITS, (), "", _NUMBER | {"decimals", "enum", "sign"}),
        FieldKind("zoned", Family.DIGITS, (), "", _NUMBER | {"decimals", "enum", "encoding", "sign"}),
    ]
    return {kind.name: kind for kind in rows}


KINDS = _table()
INTEGER_KINDS = tuple(name for name, kind in KINDS.items() if kind.family is Family.INTEGER)

# Keys that only some types understand; a layout that gives one to another type is refused, not silently obeyed in part.
TYPED_KEYS = frozenset().union(*(kind.keys for kind in KINDS.values()))
