"""How many of its records a run may reject: a number of them, or a share such as `50%`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_SHARE = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*%\s*", re.ASCII)
_ALL = Fraction(1)


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """Rejects past which nothing is published; of both None, half of the records."""

    records: int | None = None
    share: Fraction | None = None

    @classmethod
    def of(cls, value: int | str | None) -> RejectLimit:
        """The limit as a configuration keeps it: a number, a share as text, or None. Raises `ValueError`."""
        if isinstance(value, str):
            return cls(share=Fraction(share_text(value)[:-1]) / 100)
        return cls(records=value)

    @property
    def declared(self) -> bool:
        """Whether somebody has set it."""
        return self.records is not None or self.share is not None

    def is_passed(self, rejected: int) -> bool:
        """Whether so many are too many, whatever is still to come: only a number of records can tell."""
        return self.records is not None and rejected > self.records

    def is_passed_at_the_end(self, written: int, rejected: int) -> bool:
        """Whether so many rejects beside so many rows are too many; records that were skipped count on neither side.

        Nothing but rejects is no success, unless all of them are allowed in so many words.
        """
        judged = written + rejected
        if rejected and not written:
            return self.share != _ALL
        if self.records is not None:
            return self.is_passed(rejected)
        return rejected > judged * (Fraction(1, 2) if self.share is None else self.share)


def share_text(text: str) -> str:
    """A share as it is kept: digits and a per cent sign, `12.5%`. Raises `ValueError` when it is none."""
    found = _SHARE.fullmatch(text)
    if found is None or Fraction(found[1]) > 100:
        raise ValueError(text)
    return f"{found[1]}%"
