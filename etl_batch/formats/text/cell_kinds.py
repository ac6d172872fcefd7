"""What a single cell looks like, for guessing how a text is written: a number, a date, a name.

Wider than the types that columns can have (`columns.text_forms`): a price is a number here, and a day any way of
writing one. Nothing is converted by it.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache


class CellKind(IntEnum):
    """Kinds of cells."""

    EMPTY = 0
    NUMBER = 1
    DATE = 2
    TIME = 3
    TRUTH = 4
    MISSING = 5
    """A word for a value that is not there."""
    TEXT = 6
    """Words."""
    ODD = 7
    """Text with signs that words do not have."""

    @property
    def typed(self) -> bool:
        """Whether a column of such cells is one of values."""
        return CellKind.NUMBER <= self <= CellKind.TRUTH


_MONEY = r"(?:[$€£¥]|[A-Z]{3})"
_DIGITS = r"(?:\d{1,3}(?:[ .,'\u2019\u00a0\u202f]\d{3})+|\d+)?(?:[.,]\d+)?"
_NUMBER = rf"[+-]?{_MONEY}? ?[+-]?(?=[\d.,]*\d){_DIGITS}(?:[eE][+-]?\d+)? ?(?:%|{_MONEY})?"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?:Z| ?[+-]\d{2}:?\d{2})?"
_DAY = (
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,4}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2}-\d{1,2}-\d{2,4}"
    r"|\d{1,2}[ -][A-Za-z]{3,9}\.?[ ,-]+\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})"
)
_PATTERN = re.compile(
    rf"(?P<NUMBER>{_NUMBER}|\({_NUMBER}\))|(?P<DATE>{_DAY}(?:[T ,]+{_CLOCK})?)|(?P<TIME>{_CLOCK})"
    r"|(?P<TRUTH>true|false|yes|no|True|False|TRUE|FALSE|Yes|No|YES|NO)"
    r"|(?P<MISSING>-{1,2}|\?|\\N|(?i:n/?a|null|none|nan|nil|missing|unknown|#n/a))"
    r"|(?P<TEXT>[\w(\[][\w .\-/&'\u2019()\[\]#+@*]*)"
)
_LONGEST = 200


@lru_cache(maxsize=1 << 14)
def kind_of(cell: str) -> CellKind:
    """The kind of a cell."""
    if not cell or cell.isspace():
        return CellKind.EMPTY
    if len(cell) > _LONGEST:
        return CellKind.TEXT
    found = _PATTERN.fullmatch(cell.strip(" "))
    return CellKind[found.lastgroup] if found is not None and found.lastgroup else CellKind.ODD
