"""Where a text file is cut: behind a record, quoted newlines and stray quotes included.

Two ways, with one meaning: that of `kernels.grammar`. As long as every quote of a plain dialect stands where a field
begins or ends, a newline ends a record exactly when the number of quotes before it is even, which is counted at memory
speed (`counting`). A chunk in which a quote stands elsewhere (`5" pipe`), and all of another dialect, is walked record
by record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from etl_batch import stopping
from etl_batch.defaults import MAX_RECORD_BYTES
from etl_batch.formats.opened import OpenContent
from etl_batch.formats.text.counting import Counted, ShorterThanPlanned, Stretches, Surveyed, grid_of
from etl_batch.formats.text.grammar import is_plain, signs_of
from etl_batch.formats.text.units import unit_size, units_of, whole_bytes
from etl_batch.kernels import cutting, grammar
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, Longs
from etl_batch.model import Dialect

SLACK = 1 << 16
"""Bytes behind a piece that are looked at for the end of its last record, before more are."""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Bytes `[offset, offset + length)` of a file hold whole records."""

    offset: int
    length: int
    exact: bool
    """Whether quotes stand in bare cells, so that records must be found one by one, never by counting quotes."""
    too_long: bool = False
    """Whether they are one record, which is longer than a record may be."""


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts one file into pieces that end where a record ends."""

    file: OpenContent
    dialect: Dialect
    chunk_bytes: int
    longest: int = MAX_RECORD_BYTES

    def places(self, start: int, surveyed: Surveyed | None = None) -> Iterator[TextPlace]:
        """Pieces of at most about `chunk_bytes` from byte `start` on, in file order. Raises `ShorterThanPlanned`.

        `surveyed`: what others have seen of the stretches that the file has from there on, where they have.
        """
        position, grid = start, grid_of(self.dialect, start, self.chunk_bytes, self.file.size)
        counted = Counted(self.file, grid, self.longest, surveyed) if is_plain(self.dialect) else None
        while position < self.file.size:
            end = None if counted is None else counted.end_behind(position)
            place = self._walked(position) if end is None else TextPlace(position, end - position, exact=False)
            yield place
            position += place.length

    @property
    def _unit(self) -> int:
        return unit_size(self.dialect.encoding)

    @property
    def _step(self) -> int:
        """Bytes of a piece: whole units."""
        return max(self.chunk_bytes // self._unit, 1) * self._unit

    def _walked(self, start: int) -> TextPlace:
        """As many whole records as a piece holds, found one by one, or one that is too long."""
        window, unit, size = self._step + SLACK, self._unit, self.file.size
        signs, others = signs_of(self.dialect, self.dialect.encoding), np.zeros(1, np.int64)
        while True:
            stopping.check()
            length = min(window, size - start)
            raw = self.file.read(length, start)
            if len(raw) < length:
                raise ShorterThanPlanned
            whole = start + length == size
            units = units_of(raw if whole else raw[: whole_bytes(raw, self.dialect.encoding)], self.dialect.encoding)
            count = len(units) - PADDING
            end = grammar.find_break_by(units, 0, count, min(self._step // unit, count), int(whole), signs, 0, others)
            if whole and end >= count:
                return TextPlace(start, length, exact=True)  # with half a unit at the end of the file
            if end > 0:
                return TextPlace(start, end * unit, exact=True)
            if window > self.longest:
                return self._streamed(start, signs)
            window = min(window * 4, self.longest + SLACK)

    def _streamed(self, start: int, signs: Longs) -> TextPlace:
        """The record at a byte that is not seen to end within all that may be looked at at once."""
        unit, position, stretches = self._unit, start, Stretches(self.file, self.dialect.encoding)
        state = np.zeros(grammar.LINE_STATES, np.int64)
        state[grammar.MAY_OPEN] = 1
        if stretches.at(start)[0][0] == signs[grammar.COMMENT]:
            signs = signs.copy()
            signs[[grammar.QUOTE, grammar.ESCAPE]] = -1  # in a comment they mean nothing
        while position < stretches.end:
            units, looked = stretches.at(position)
            found = grammar.find_line_end(units, looked, signs, state)
            if found >= 0:
                return self._long_record(start, position + found * unit)
            position += looked * unit if found == grammar.NOT_HERE else 0
            unclosed = position >= stretches.end and state[grammar.INSIDE] and not state[grammar.CLOSED]
            if found == grammar.STRAY or unclosed:  # the quote is a letter: on from behind it
                position += (int(state[grammar.OPENED]) + 1) * unit
                state[:] = 0
        return self._long_record(start, self.file.size)

    def _long_record(self, start: int, stop: int) -> TextPlace:
        """The record between two bytes, and the line end behind it; a short one has a quote that stands astray."""
        behind = units_of(self.file.read(2 * self._unit, stop), self.dialect.encoding)[:2].tobytes()
        ends = 0 if stop == self.file.size else 2 if behind == b"\r\n" else 1
        return TextPlace(start, stop - start + ends * self._unit, exact=True, too_long=stop - start > self.longest)


def ends_outside_quotes(units: Bytes, dialect: Dialect) -> bool:
    """Whether a text of a plain dialect whose quotes all stand where one may does not end inside them."""
    size, state = len(units) - PADDING, np.array([0, 1])
    signs = (ord(dialect.newline), ord(dialect.delimiter), ord('"'))
    found = cutting.find_break(units, size, size, size + PADDING, *signs, state)
    return found == cutting.NOWHERE and not state[cutting.INSIDE]
