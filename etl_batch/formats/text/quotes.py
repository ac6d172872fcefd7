"""Where the records of a block of text begin, which a block in the middle of a file cannot know for certain.

A newline may stand inside quotes, and whether the block itself begins inside quotes is not written anywhere. Both ways
are tried on the bytes around: quotes must stand where fields begin and end, and records must have the expected number
of fields. When that does not tell, the block is left out, and said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from etl_batch.formats.text.grammar import is_plain, signs_of
from etl_batch.kernels import grammar, placing
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes
from etl_batch.kernels.placing import BEGIN, BREAKS, END, FITS, FITTING, INSIDE, NOWHERE, QUOTES
from etl_batch.model import Dialect

_AGREEING = 0.5
"""Share of the complete records that must have the expected number of fields."""
_ENOUGH = 4
"""Complete records without which that share says nothing: a cell may look like one."""


@dataclass(frozen=True, slots=True)
class BlockWindow:
    """Code units of a file around a block, of which the first `before` stand before it and `stop` ends it."""

    at: int
    """Where they begin among those that were read."""
    size: int
    before: int
    stop: int
    first: bool
    """Whether the window begins where the file's records do."""
    last: bool
    """Whether it reaches the end of the file."""


@dataclass(frozen=True, slots=True)
class PlacedRecords:
    """The records that begin in a block: units `[begin, end)` of the window.

    `exact`: quotes stand in bare fields, so that the records must be found one by one. `assumed`: nothing but the lack
    of quotes speaks for a window that begins outside them.
    """

    begin: int
    end: int
    exact: bool = False
    assumed: bool = False


class MoreNeeded:
    """Said of a window that ends before the last record of its block does."""


class Placer:
    """Places the records of blocks of one file."""

    def __init__(self, dialect: Dialect, fields: int) -> None:
        self.fields, self.plain, self.signs = fields, is_plain(dialect), signs_of(dialect, dialect.encoding)
        self.newline = ord(dialect.newline)

    def place(
        self, units: Bytes, windows: Sequence[BlockWindow], *, trusting: bool
    ) -> list[PlacedRecords | MoreNeeded | None]:
        """For each window the records that begin in its block; None when it cannot be told.

        `units`: one byte each, and `PADDING` behind the last window (see `splitting.units_of`). `trusting`: a window
        without any quote is taken for unquoted, whatever its records look like.
        """
        if not self.plain:
            return [self._exactly(units[each.at : each.at + each.size + PADDING], each) for each in windows]
        asked = np.array([(each.at, each.size, each.before, each.stop) for each in windows], np.int64).reshape(-1, 4)
        found = np.empty((2 * len(windows), placing.PLACES), np.int64)
        signs = (self.newline, int(self.signs[grammar.FIRST]), int(self.signs[grammar.QUOTE]))
        placing.place_records(units, asked, *signs, self.fields, found)
        lines = found.tolist()
        return [
            self._placed(units, window, *ways, trusting=trusting)
            for window, *ways in zip(windows, lines[::2], lines[1::2], strict=True)
        ]

    def _placed(
        self, units: Bytes, window: BlockWindow, outside: list[int], inside: list[int], *, trusting: bool
    ) -> PlacedRecords | MoreNeeded | None:
        if trusting and not outside[QUOTES]:
            return _between(window, outside, assumed=not window.first)
        if not outside[FITS] and (window.first or not inside[FITS]):
            return self._exactly(units[window.at : window.at + window.size + PADDING], window)
        if window.first:
            return _between(window, outside)
        if outside[FITS] != inside[FITS]:
            return _between(window, outside if outside[FITS] else inside)
        if window.last and outside[QUOTES]:  # a file does not end inside quotes
            return _between(window, inside if outside[INSIDE] else outside)
        told = [way for way, other in ((outside, inside), (inside, outside)) if _by_fields(way, other)]
        return _between(window, told[0]) if told else None

    def _exactly(self, units: Bytes, window: BlockWindow) -> PlacedRecords | MoreNeeded | None:
        """Where quotes cannot be counted: the records from the first newline on, if all of them have so many fields."""
        others, whole = np.zeros(1, np.int64), int(window.last)
        begin = 0
        if window.first and window.before:
            begin = grammar.find_break_by(units, 0, window.size, window.before, whole, self.signs, self.fields, others)
            if begin < window.before and not whole:
                return MoreNeeded()
        elif window.before:
            newlines = np.flatnonzero(units[window.before - 1 : window.stop - 1] == self.newline)
            if not len(newlines):
                return None
            begin = window.before + int(newlines[0])
        if window.before and begin >= window.stop:
            return PlacedRecords(0, 0)
        end = grammar.find_break_by(units, begin, window.size, window.stop, whole, self.signs, self.fields, others)
        if end < window.stop and not whole:
            return MoreNeeded()
        if others[0] and not window.first:
            return None
        return PlacedRecords(begin, end, exact=True)


def _by_fields(way: list[int], other: list[int]) -> bool:
    """Whether the records have the expected number of fields one way, and have not the other way."""
    share = _share(way)
    return way[BREAKS] > _ENOUGH and share >= _AGREEING and _share(other) < share / 2


def _share(way: list[int]) -> float:
    return way[FITTING] / (way[BREAKS] - 1) if way[BREAKS] > 1 else 0.0


def _between(window: BlockWindow, way: list[int], *, assumed: bool = False) -> PlacedRecords | MoreNeeded:
    """The records that begin in the block, given where the first one begins and the last one ends."""
    begin, end = way[BEGIN], way[END]
    if window.before and (begin == NOWHERE or begin >= window.stop):
        return PlacedRecords(0, 0, assumed=assumed)  # no record begins in the block
    if end == NOWHERE:
        if not window.last:
            return MoreNeeded()
        end = window.size
    return PlacedRecords(begin, end, assumed=assumed)
