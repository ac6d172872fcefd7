"""Quotes counted: where a record of a plain dialect ends, as long as every quote stands where one may.

A file has stretches of one length, and a piece ends with the first record end in a stretch. What a stretch does to the
count is the same wherever the count stands at its start, so that stretches can be surveyed on their own, by others and
for both cases; only the choice between the two goes from one to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from etl_batch import stopping
from etl_batch.formats.content import Content, Supplied
from etl_batch.formats.opened import OpenContent
from etl_batch.formats.text.units import are_bytes, unit_size, units_of, whole_bytes
from etl_batch.kernels import cutting
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes
from etl_batch.model import Dialect

PIECE_BYTES = 1 << 18
"""Text looked at at a time: so much that it stays in a second-level cache between reading and looking."""
OUTSIDE, INSIDE = range(2)
_TRAILS = 3
"""Bytes that a character may have behind its first one."""


class ShorterThanPlanned(Exception):
    """The file ends before the place where it ended when its size was taken."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The stretches of a file: each ends a code unit before a multiple of the length, counted from the first record.

    So a record end that falls on that multiple is the first of the stretch behind it.
    """

    dialect: Dialect
    start: int
    length: int
    size: int
    """Bytes of the file."""

    @property
    def end(self) -> int:
        """Where its last whole code unit ends."""
        unit = unit_size(self.dialect.encoding)
        return self.size // unit * unit

    @property
    def stretches(self) -> int:
        """How many there are."""
        return max(-(-(self.end - self.start + unit_size(self.dialect.encoding)) // self.length), 1)

    def begin_of(self, number: int) -> int:
        """Where a stretch begins, the first one where the first record does."""
        unit = unit_size(self.dialect.encoding)
        return min(self.start + number * self.length - unit, self.end) if number else self.start

    def of(self, position: int) -> int:
        """The stretch that the record end before a byte is in."""
        return (position - self.start) // self.length


def grid_of(dialect: Dialect, start: int, chunk_bytes: int, size: int) -> Grid:
    """The stretches of a file of that size that pieces of about `chunk_bytes` are cut off in, from a byte on."""
    unit = unit_size(dialect.encoding)
    return Grid(dialect, start, max(chunk_bytes // unit, 1) * unit, size)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen of a stretch from one of the two cases on."""

    stop: int
    """Where it ends: where it was to, but before a character that goes on behind that."""
    inside: int
    """The case behind it."""
    border: int
    """Whether its last unit may stand before a quote."""
    first: int | None
    """Behind its first record end; None: it has none."""
    astray: int | None = None
    """No quote before this byte stands where none may, and one may behind it; None: none does in all of it."""

    def tells(self, position: int) -> bool:
        """Whether quotes were counted rightly up to a byte."""
        return self.astray is None or position <= self.astray


Surveyed = Iterator[Sequence[tuple[Survey, Survey]]]
"""Both surveys of each stretch, by the case that it begins in: of some at a time, in order."""


def survey(stretches: Stretches, dialect: Dialect, begin: int, stop: int, inside: int, border: int) -> Survey:
    """Look at a stretch that begins inside quotes or outside. Raises `ShorterThanPlanned`."""
    position, unit, first = begin, stretches.unit, None
    signs = (ord(dialect.newline), ord(dialect.delimiter), ord('"'))
    state, slack = np.array([inside, border]), 0 if stretches.fixed or stop >= stretches.end else _TRAILS
    while position + slack < stop:
        units, looked = stretches.at(position, stop)
        known, done = len(units) - PADDING, 0
        if first is None:
            done = cutting.find_break(units, looked, known, 0, *signs, state)
            if done == cutting.ASTRAY:
                return Survey(stop, 0, 0, None, position)
            if done >= 0:
                first, state[:] = position + done * unit, (0, 1)
        if 0 <= done < looked:
            nowhere = looked - done + PADDING
            if cutting.find_break(units[done:], looked - done, known - done, nowhere, *signs, state) == cutting.ASTRAY:
                return Survey(stop, 0, 0, first, position if done == 0 else first)
        position += looked * unit
    return Survey(position, int(state[cutting.INSIDE]), int(state[cutting.BORDER]), first)


def survey_both(content: Content, grid: Grid, numbers: range) -> list[tuple[Survey, Survey]]:
    """Surveys of some stretches of a file in whose encoding every byte is a unit, from both cases on; in a worker."""
    found, dialect = [], grid.dialect
    with content.opened() as file:
        for number in numbers:
            begin, stop = grid.begin_of(number), grid.begin_of(number + 1)
            before = max(begin - 1, grid.start)
            raw = file.read(stop + 1 - before, before)
            stretches = Stretches(Supplied(-1, grid.size, before, raw), dialect.encoding)
            border = int(begin == before or raw[:1] in _borders(dialect))
            outside, inside = (survey(stretches, dialect, begin, stop, case, border) for case in (OUTSIDE, INSIDE))
            found.append((outside, inside))
    return found


def _borders(dialect: Dialect) -> tuple[bytes, ...]:
    """What may stand before a quote, or behind one."""
    return b"\r", b"\n", b'"', dialect.delimiter.encode(dialect.encoding)


class Counted:
    """The record ends of a file, found stretch by stretch. Raises `ShorterThanPlanned`."""

    def __init__(self, file: OpenContent, grid: Grid, longest: int, surveyed: Surveyed | None) -> None:
        self.file, self.grid, self.longest = file, grid, longest
        self.surveyed = None if surveyed is None else (each for some in surveyed for each in some)
        self.kept: dict[int, tuple[Survey, Survey]] = {}
        """Of the stretches from that of the last record end on, what others have seen of them."""
        self.reached = 0
        """How many have been asked for."""
        self.buffers = Stretches(file, grid.dialect.encoding)
        self.number = 0
        self.seen: Survey | None = None
        """The stretch that the last record end was found in."""

    def end_behind(self, start: int) -> int | None:
        """Where a piece ends that begins with the record at a byte: behind the first record end of a later stretch.

        None when counting does not tell, or the record is too long; the next piece may then begin anywhere.
        """
        seen, self.seen = self.seen, None
        for number in [each for each in self.kept if each < self.grid.of(start)]:
            del self.kept[number]
        if seen is None or seen.astray is not None:
            if seen is not None and seen.astray is not None and seen.astray >= start:
                return None
            seen = self._begin(start)
        while seen.astray is None:
            if seen.stop >= self.grid.end:
                return None if seen.inside or self._is_too_far(start, self.grid.size) else self.grid.size
            if self._is_too_far(start, seen.stop):
                return None
            self.number += 1
            seen = self._survey(seen)
            if seen.first is not None and seen.tells(seen.first):
                self.seen = seen
                return seen.first
        return None

    def _begin(self, start: int) -> Survey:
        """The rest of a stretch, from the record at a byte on."""
        self.number = self.grid.of(start)
        if self.surveyed is not None and start == self.grid.start:
            return self._kept(0)[OUTSIDE]
        return self._look(start, self.grid.begin_of(self.number + 1), OUTSIDE, 1)

    def _is_too_far(self, start: int, end: int) -> bool:
        return end - start > self.grid.length + self.longest

    def _survey(self, before: Survey) -> Survey:
        """The next stretch, by the case behind the one before it."""
        stop = self.grid.begin_of(self.number + 1)
        if self.surveyed is not None:
            return self._kept(self.number)[before.inside]
        return self._look(before.stop, stop, before.inside, before.border)

    def _kept(self, number: int) -> tuple[Survey, Survey]:
        """A stretch may be asked for again, when pieces are walked that were looked beyond."""
        assert self.surveyed is not None
        while self.reached <= number:
            self.kept[self.reached] = next(self.surveyed)
            self.reached += 1
        return self.kept[number]

    def _look(self, begin: int, stop: int, inside: int, border: int) -> Survey:
        return survey(self.buffers, self.grid.dialect, begin, max(begin, stop), inside, border)


class Stretches:
    """Stretches of a file as code units, each with the unit behind it; those of plain bytes in one buffer."""

    def __init__(self, file: OpenContent, encoding: str) -> None:
        self.file, self.encoding, self.unit = file, encoding, unit_size(encoding)
        self.end = file.size // self.unit * self.unit
        self.fixed = are_bytes(encoding) or self.unit > 1
        """Whether a character may begin at every unit."""
        self.buffer = np.empty(PIECE_BYTES + 1 + PADDING, np.uint8)

    def at(self, position: int, stop: int | None = None) -> tuple[Bytes, int]:
        """The units from a byte on, `PADDING` bytes behind them, and how many are of the stretch, which ends at `stop`.

        Raises `ShorterThanPlanned`, and `Cancelled` and its like when the run is to stop.
        """
        stopping.check()
        size = min(PIECE_BYTES, (self.end if stop is None else min(stop, self.end)) - position)
        if are_bytes(self.encoding):
            got = self.file.read_into(self.buffer[: size + 1].data, position)
            units = self.buffer[: got + PADDING]
        else:
            raw = self.file.read(size + self.unit, position)
            got, units = len(raw), units_of(raw, self.encoding)
            size = min(whole_bytes(raw[:size], self.encoding) or size, size)
        if got < size:
            raise ShorterThanPlanned
        return units, size // self.unit
