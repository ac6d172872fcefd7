"""Where a text file is cut: behind a record, quoted newlines and stray quotes included.

Two ways, with one meaning: that of `kernels.finding`. As long as every quote of a file stands where a field begins or
ends, a newline ends a record exactly when the number of quotes before it is even, which is counted at memory speed. The
first quote elsewhere (`5" pipe`) makes counting unsafe: from there on the records are found one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl_batch import stopping
from etl_batch.formats.content import OpenContent
from etl_batch.kernels import cutting
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes
from etl_batch.model import Dialect

PIECE_BYTES = 1 << 18
"""Text looked at at a time: so much that it stays in a second-level cache between reading and looking."""
MAX_RECORD_BYTES = 16 << 20
"""A quoted field longer than this is taken for a quote that was never closed."""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Bytes `[offset, offset + length)` of a file hold whole records; `exact`: quotes stand in bare fields,
    so that records must be found one by one, never by counting quotes."""

    offset: int
    length: int
    exact: bool


_BYTES = np.dtype("u1")
_UTF_16 = {"utf-16-le": np.dtype("<u2"), "utf-16-be": np.dtype(">u2")}


def unit_dtype(dialect: Dialect) -> np.dtype[Any]:
    """The code unit in which quotes, delimiters and line ends are looked for: one byte, or two for UTF-16."""
    return _UTF_16.get(dialect.encoding, _BYTES)


class ShorterThanPlanned(Exception):
    """The file ends before the place where it ended when its size was taken."""


def split_file(file: OpenContent, start: int, size: int, dialect: Dialect, chunk_bytes: int) -> Iterator[TextPlace]:
    """Pieces of at most about `chunk_bytes` that end where a record ends, in file order, each read just once.

    Raises `ShorterThanPlanned`.
    """
    dtype = unit_dtype(dialect)
    step = max(chunk_bytes // dtype.itemsize, 1) * dtype.itemsize
    position, buffer = start, np.empty(PIECE_BYTES + 1 + PADDING, np.uint8)
    while position < size:
        end = _counted_end(file, position, size, step, dialect, dtype, buffer)
        if end is None:
            yield from _split_exactly(file, position, size, step, dialect)
            return
        yield TextPlace(position, end - position, exact=False)
        position = end


def _counted_end(
    file: OpenContent, start: int, size: int, step: int, dialect: Dialect, dtype: np.dtype[Any], buffer: Bytes
) -> int | None:
    """The first record end at or after `start + step`, by counting quotes; None when a quote stands astray."""
    unit = dtype.itemsize
    signs = (ord(dialect.newline), ord(dialect.delimiter), ord(dialect.quotechar))
    state = np.array([0, 1])
    for position in range(start, size, PIECE_BYTES):
        stopping.check()
        units = _read_units(file, position, dtype, buffer)
        looked = min(PIECE_BYTES, size - position) // unit
        if len(units) - PADDING < looked:
            raise ShorterThanPlanned
        # Only line ends at or after the nominal end may cut; the last unit of the nominal range counts.
        first = max(start + step - position - unit, 0) // unit
        cut = cutting.find_break(units, looked, len(units) - PADDING, first, *signs, state)
        if cut >= 0:
            return position + cut * unit
        if cut == cutting.ASTRAY or position > start + step + MAX_RECORD_BYTES:
            return None
    return None if state[cutting.INSIDE] else size


def _read_units(file: OpenContent, position: int, dtype: np.dtype[Any], buffer: Bytes) -> Bytes:
    """The code units of a stretch of a file and the one behind it, as `units_of` has them; bytes stay in the buffer."""
    if dtype.itemsize > 1:
        return units_of(file.read(PIECE_BYTES + dtype.itemsize, position), dtype)
    got = file.read_into(buffer[: PIECE_BYTES + 1].data, position)
    return buffer[: got + PADDING]


def units_of(raw: bytes | bytearray, dtype: np.dtype[Any]) -> Bytes:
    """Code units of a text, one byte each, with bytes behind them that may be read; one past 255 is a letter."""
    units = np.frombuffer(raw, dtype, len(raw) // dtype.itemsize)
    narrow = np.full(len(units) + PADDING, ord("x"), np.uint8)
    narrow[: len(units)] = units if dtype.itemsize == 1 else np.where(units < 256, units, ord("x"))
    return narrow


def _split_exactly(file: OpenContent, start: int, size: int, step: int, dialect: Dialect) -> Iterator[TextPlace]:
    """Pieces found record by record: the one way that is right when quotes stand in bare fields."""
    dtype = unit_dtype(dialect)
    position = start
    while position < size:
        stopping.check()
        window = min(step, size - position)
        ahead = min(window + MAX_RECORD_BYTES, size - position)
        raw = file.read(ahead, position)
        if len(raw) < ahead:
            raise ShorterThanPlanned
        end = window
        if position + window < size:
            end = record_end(units_of(raw, dtype), 0, window // dtype.itemsize, dialect) * dtype.itemsize
        yield TextPlace(position, end, exact=True)
        position += end


def record_end(units: Bytes, begin: int, wanted: int, dialect: Dialect) -> int:
    """Where the first record that ends at `wanted` or behind it ends, of those from `begin` on, one by one."""
    signs = (ord(dialect.delimiter), ord(dialect.quotechar), MAX_RECORD_BYTES)
    return cutting.find_break_exactly(units, begin, len(units) - PADDING, wanted, *signs, 0, np.zeros(1, np.int64))


def header_end(units: Bytes, dialect: Dialect) -> int:
    """Where the first record that is not blank ends, its line end included."""
    text = units[: len(units) - PADDING].tobytes()
    blank = len(text) - len(text.lstrip(b"\r\n"))
    return record_end(units, blank, blank + 1, dialect)


def ends_outside_quotes(units: Bytes, dialect: Dialect) -> bool:
    """Whether a text whose quotes all stand where one may, from its start on, does not end inside them."""
    size, state = len(units) - PADDING, np.array([0, 1])
    signs = (ord(dialect.newline), ord(dialect.delimiter), ord(dialect.quotechar))
    found = cutting.find_break(units, size, size, size + PADDING, *signs, state)
    return found == cutting.NOWHERE and not state[cutting.INSIDE]
