"""Where the records of a block of text begin, which a block in the middle of a file cannot know for certain.

A newline may stand inside quotes, and whether the block itself begins inside quotes is not written anywhere. Both ways
are tried on the bytes around: quotes must stand where fields begin and end, and records must have the expected number
of fields. When that does not tell, the block is left out, and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from etl_batch.formats.text.splitting import Array, exact_spans, quotes_fit
from etl_batch.model import Dialect

_AGREEING = 0.5
"""Share of the complete records that must have the expected number of fields."""
_ENOUGH = 4
"""Complete records without which that share says nothing: a cell may look like one."""
_QUOTE = ord('"')


@dataclass(frozen=True, slots=True)
class BlockWindow:
    """Code units of a file around a block, of which the first `before` stand before it and `stop` ends it."""

    units: Array
    before: int
    stop: int
    first: bool
    """Whether the window begins where the file's records do."""
    last: bool
    """Whether it reaches the end of the file."""


@dataclass(frozen=True, slots=True)
class PlacedRecords:
    """The records that begin in a block: units `[begin, end)` of the window, and the newlines that end records in it.

    `exact`: quotes stand in bare fields, so that the records must be found one by one.
    """

    begin: int
    end: int
    lines: int
    exact: bool = False


class MoreNeeded(Exception):
    """The window ends before the last record of the block does."""


def place_records(window: BlockWindow, dialect: Dialect, fields: int, *, final: bool) -> PlacedRecords | None:
    """The records that begin in the block; None when it cannot be told. Raises `MoreNeeded`.

    `final`: nothing more will be read to find out, so that a window without any quote is taken for unquoted.
    """
    units = window.units
    quotes = np.flatnonzero(units == _QUOTE)
    feeds = np.flatnonzero(units == ord(dialect.newline))
    fits = [quotes_fit(units, quotes, parity, dialect) for parity in (0, 1)]
    if not any(fits):
        return _place_exactly(window, dialect, fields, feeds)
    if window.first:
        parity: int | None = 0 if fits[0] else None
    elif fits[0] != fits[1]:
        parity = 0 if fits[0] else 1
    elif window.last and len(quotes):
        parity = len(quotes) % 2  # a file does not end inside quotes
    else:
        parity = _by_fields(units, quotes, feeds, dialect, fields)
        if parity is None and final and not len(quotes):
            parity = 0
    if parity is None:
        return None
    return _between(window, _outside(feeds, quotes, parity))


def _outside(positions: Array, quotes: Array, parity: int) -> Array:
    """Those positions that stand outside quotes when the window begins with this parity."""
    if not len(quotes):
        return positions if parity == 0 else positions[:0]
    outside: Array = positions[(np.searchsorted(quotes, positions) + parity) % 2 == 0]
    return outside


def _by_fields(units: Array, quotes: Array, feeds: Array, dialect: Dialect, fields: int) -> int | None:
    """The parity under which the records have the expected number of fields, where the other one's have not."""
    marks = np.flatnonzero(units == ord(dialect.delimiter))
    shares, counts = [], []
    for parity in (0, 1):
        ends, borders = _outside(feeds, quotes, parity), _outside(marks, quotes, parity)
        found = np.diff(np.searchsorted(borders, ends)) + 1
        shares.append(float((found == fields).mean()) if len(found) else 0.0)
        counts.append(len(found))
    for parity in (0, 1):
        if counts[parity] >= _ENOUGH and shares[parity] >= _AGREEING and shares[1 - parity] < shares[parity] / 2:
            return parity
    return None


def _between(window: BlockWindow, ends: Array) -> PlacedRecords:
    """The records that begin in the block, given where all records of the window end."""
    begin = 0
    if window.before:
        at = int(np.searchsorted(ends, window.before - 1))
        if at == len(ends) or ends[at] >= window.stop - 1:
            return PlacedRecords(0, 0, 0)  # no record begins in the block
        begin = int(ends[at]) + 1
    at = int(np.searchsorted(ends, max(window.stop - 1, begin)))
    if at < len(ends):
        end = int(ends[at]) + 1
    elif window.last:
        end = len(window.units)
    else:
        raise MoreNeeded
    newlines = int(np.searchsorted(ends, end) - np.searchsorted(ends, begin))
    return PlacedRecords(begin, end, newlines + (at == len(ends) and (not len(ends) or int(ends[-1]) + 1 < end)))


def _place_exactly(window: BlockWindow, dialect: Dialect, fields: int, feeds: Array) -> PlacedRecords | None:
    """Where quotes stand astray: the records from the first newline on, one by one, if all have the expected fields."""
    if window.units.dtype.itemsize > 1:
        return None
    begin = 0
    if window.before:
        at = int(np.searchsorted(feeds, window.before - 1))
        if at == len(feeds):
            return None
        begin = int(feeds[at]) + 1
        if begin >= window.stop:
            return None
    raw: Any = window.units[begin:].tobytes()
    spans = exact_spans(raw, dialect.delimiter)
    at = int(np.searchsorted(spans.nexts + begin, window.stop))
    if at >= len(spans.nexts) - (not window.last):
        if not window.last:
            raise MoreNeeded
        at = len(spans.nexts) - 1
    if not window.first and (spans.fields[: at + 1] != fields).any():
        return None
    return PlacedRecords(begin, begin + int(spans.nexts[at]), at + 1, exact=True)
