"""Where a text file is cut: behind a record, quoted newlines and stray quotes included.

Two ways, with one meaning: that of `kernels.grammar`. As long as every quote of a plain dialect stands where a field
begins or ends, a newline ends a record exactly when the number of quotes before it is even, which is counted at memory
speed. A chunk in which a quote stands elsewhere (`5" pipe`), and all of another dialect, is walked record by record.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl_batch import stopping
from etl_batch.formats.text.grammar import is_plain, signs_of
from etl_batch.kernels import cutting, grammar
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, Longs
from etl_batch.model import Dialect

PIECE_BYTES = 1 << 18
"""Text looked at at a time: so much that it stays in a second-level cache between reading and looking."""
MAX_RECORD_BYTES = 64 << 20
"""Bytes of the longest record that is read."""
_SLACK = 1 << 16


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Bytes `[offset, offset + length)` of a file hold whole records."""

    offset: int
    length: int
    exact: bool
    """Whether quotes stand in bare cells, so that records must be found one by one, never by counting quotes."""
    too_long: bool = False
    """Whether they are one record, which is longer than a record may be."""


_BYTES = np.dtype("u1")
_UTF_16 = {"utf-16-le": np.dtype("<u2"), "utf-16-be": np.dtype(">u2")}


def unit_dtype(dialect: Dialect) -> np.dtype[Any]:
    """The code unit in which quotes, delimiters and line ends are looked for: one byte, or two for UTF-16."""
    return _UTF_16.get(dialect.encoding, _BYTES)


class ShorterThanPlanned(Exception):
    """The file ends before the place where it ended when its size was taken."""


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts one file into pieces that end where a record ends."""

    descriptor: int
    size: int
    dialect: Dialect
    chunk_bytes: int
    longest: int = MAX_RECORD_BYTES

    def places(self, start: int) -> Iterator[TextPlace]:
        """Pieces of at most about `chunk_bytes` from byte `start` on, in file order. Raises `ShorterThanPlanned`."""
        position, plain = start, is_plain(self.dialect)
        buffer = np.empty(PIECE_BYTES + 1 + PADDING, np.uint8)
        while position < self.size:
            stopping.check()
            end = self._counted_end(position, buffer) if plain else None
            place = self._walked(position) if end is None else TextPlace(position, end - position, exact=False)
            yield place
            position += place.length

    @property
    def _dtype(self) -> np.dtype[Any]:
        return unit_dtype(self.dialect)

    @property
    def _step(self) -> int:
        """Bytes of a piece: whole units."""
        return max(self.chunk_bytes // self._dtype.itemsize, 1) * self._dtype.itemsize

    def _counted_end(self, start: int, buffer: Bytes) -> int | None:
        """The first record end at or after so many bytes, by counting quotes; None when that does not tell it."""
        unit, step = self._dtype.itemsize, self._step
        signs = (ord(self.dialect.newline), ord(self.dialect.delimiter), ord('"'))
        state = np.array([0, 1])
        for position in range(start, self.size, PIECE_BYTES):
            units = self._read_units(position, buffer)
            looked = min(PIECE_BYTES, self.size - position) // unit
            if len(units) - PADDING < looked:
                raise ShorterThanPlanned
            # Only line ends at or after the nominal end may cut; the last unit of the nominal range counts.
            first = max(start + step - position - unit, 0) // unit
            cut = cutting.find_break(units, looked, len(units) - PADDING, first, *signs, state)
            if cut >= 0:
                return position + cut * unit
            if cut == cutting.ASTRAY or position > start + step + self.longest:
                return None
        return None if state[cutting.INSIDE] or self.size - start > step + self.longest else self.size

    def _read_units(self, position: int, buffer: Bytes) -> Bytes:
        """The code units of a stretch and the one behind it, as `units_of` has them; bytes stay in the buffer."""
        if self._dtype.itemsize > 1:
            return units_of(os.pread(self.descriptor, PIECE_BYTES + self._dtype.itemsize, position), self._dtype)
        got = os.preadv(self.descriptor, [buffer[: PIECE_BYTES + 1].data], position)
        return buffer[: got + PADDING]

    def _walked(self, start: int) -> TextPlace:
        """As many whole records as a piece holds, found one by one; one that is longer than allowed, alone."""
        window, unit = self._step + _SLACK, self._dtype.itemsize
        signs, others = signs_of(self.dialect, self.dialect.encoding), np.zeros(1, np.int64)
        while True:
            stopping.check()
            length = min(window, self.size - start)
            raw = os.pread(self.descriptor, length, start)
            if len(raw) < length:
                raise ShorterThanPlanned
            units, whole = units_of(raw, self._dtype), start + length == self.size
            count = len(units) - PADDING
            wanted = min(self._step // unit, count)
            end = grammar.find_break_by(units, 0, count, wanted, int(whole), signs, 0, others) * unit
            if whole and end >= count * unit:
                end = length  # half a unit at the end of the file too
            if end > 0:
                return TextPlace(start, end, exact=True)
            if window > self.longest:
                return self._streamed(start, signs)
            window = min(window * 4, self.longest + _SLACK)

    def _streamed(self, start: int, signs: Longs) -> TextPlace:
        """The record at a byte that is not seen to end within all that may be looked at at once."""
        unit, position = self._dtype.itemsize, start
        last = start + (self.size - start) // unit * unit
        state, buffer = np.zeros(grammar.LINE_STATES, np.int64), np.empty(PIECE_BYTES + 1 + PADDING, np.uint8)
        state[grammar.MAY_OPEN] = 1
        while position < last:
            stopping.check()
            units, looked = self._read_units(position, buffer), min(PIECE_BYTES, last - position) // unit
            if len(units) - PADDING < looked:
                raise ShorterThanPlanned
            found = grammar.find_line_end(units, looked, signs, state)
            if found >= 0:
                return self._long_record(start, position + found * unit)
            position += looked * unit if found == grammar.NOT_HERE else 0
            unclosed = position >= last and state[grammar.INSIDE] and not state[grammar.CLOSED]
            if found == grammar.STRAY or unclosed:  # the quote is a letter: on from behind it
                position += (int(state[grammar.OPENED]) + 1) * unit
                state[:] = 0
        return self._long_record(start, self.size)

    def _long_record(self, start: int, stop: int) -> TextPlace:
        """The record between two bytes, and the line end behind it; a short one has a quote that stands astray."""
        unit = self._dtype.itemsize
        behind = units_of(os.pread(self.descriptor, 2 * unit, stop), self._dtype)[:2].tobytes()
        length = stop - start + unit * (2 if behind == b"\r\n" else 1 if stop < self.size else 0)
        return TextPlace(start, length, exact=True, too_long=stop - start > self.longest)


def units_of(raw: bytes | bytearray, dtype: np.dtype[Any]) -> Bytes:
    """Code units of a text, one byte each, with bytes behind them that may be read; one past 255 is a letter."""
    units = np.frombuffer(raw, dtype, len(raw) // dtype.itemsize)
    narrow = np.full(len(units) + PADDING, ord("x"), np.uint8)
    narrow[: len(units)] = units if dtype.itemsize == 1 else np.where(units < 256, units, ord("x"))
    return narrow


def ends_outside_quotes(units: Bytes, dialect: Dialect) -> bool:
    """Whether a text of a plain dialect whose quotes all stand where one may does not end inside them."""
    size, state = len(units) - PADDING, np.array([0, 1])
    signs = (ord(dialect.newline), ord(dialect.delimiter), ord('"'))
    found = cutting.find_break(units, size, size, size + PADDING, *signs, state)
    return found == cutting.NOWHERE and not state[cutting.INSIDE]
