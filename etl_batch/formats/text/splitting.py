"""Where the records of a text file begin and end, quoted newlines and stray quotes included.

Two ways, with one meaning. A quote opens a quoted field only as the first byte of a field; it closes it before a
delimiter, a line end or the end. As long as every quote of a file stands in such a place, a newline ends a record
exactly when the number of quotes before it is even, which numpy counts at memory speed. The first quote elsewhere
(`5" pipe`) makes counting unsafe: from there on the records are matched one by one (`exact_records`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from etl_batch.kernels import cutting
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes
from etl_batch.model import Dialect

PIECE_BYTES = 1 << 20
MAX_RECORD_BYTES = 16 << 20
"""A quoted field longer than this is taken for a quote that was never closed."""
_LF, _CR, _QUOTE = 0x0A, 0x0D, 0x22

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Bytes `[offset, offset + length)` of a file hold whole records; `exact`: quotes stand in bare fields,
    so that records must be found one by one, never by counting quotes."""

    offset: int
    length: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Spans:
    """The records of a buffer: `[starts, ends)` without line ends, `nexts` where the following one starts, and the
    number of fields of each; `malformed` marks those whose quotes cannot be understood."""

    starts: Array
    ends: Array
    nexts: Array
    fields: Array
    malformed: Array


def unit_dtype(dialect: Dialect) -> np.dtype[Any]:
    """The code unit in which quotes, delimiters and line ends are looked for: one byte, or two for UTF-16."""
    return np.dtype({"utf-16-le": "<u2", "utf-16-be": ">u2"}.get(dialect.encoding, "u1"))


class ShorterThanPlanned(Exception):
    """The file ends before the place where it ended when its size was taken."""


def split_file(descriptor: int, start: int, size: int, dialect: Dialect, chunk_bytes: int) -> Iterator[TextPlace]:
    """Pieces of at most about `chunk_bytes` that end where a record ends, in file order, each read just once.

    Raises `ShorterThanPlanned`.
    """
    dtype = unit_dtype(dialect)
    step = max(chunk_bytes // dtype.itemsize, 1) * dtype.itemsize
    position = start
    while position < size:
        end = _counted_end(descriptor, position, size, step, dialect, dtype)
        if end is None:
            yield from _split_exactly(descriptor, position, size, step, dialect)
            return
        yield TextPlace(position, end - position, exact=False)
        position = end


def _counted_end(
    descriptor: int, start: int, size: int, step: int, dialect: Dialect, dtype: np.dtype[Any]
) -> int | None:
    """The first record end at or after `start + step`, by counting quotes; None when a quote stands astray."""
    unit = dtype.itemsize
    signs = (ord(dialect.newline), ord(dialect.delimiter), _QUOTE)
    state = np.array([0, 1])
    for position in range(start, size, PIECE_BYTES):
        units = _read_units(descriptor, position, PIECE_BYTES + unit, dtype)
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


def _read_units(descriptor: int, position: int, wanted: int, dtype: np.dtype[Any]) -> Bytes:
    """Code units of a file, one byte each, with bytes behind them that may be read; one past 255 is a letter."""
    raw = os.pread(descriptor, wanted, position)
    units = np.frombuffer(raw[: len(raw) // dtype.itemsize * dtype.itemsize], dtype)
    narrow = np.full(len(units) + PADDING, ord("x"), np.uint8)
    narrow[: len(units)] = units if dtype.itemsize == 1 else np.where(units < 256, units, ord("x"))
    return narrow


def quotes_fit(units: Array, quotes: Array, parity: int, dialect: Dialect) -> bool:
    """Whether each quote opens at the start of a field or closes at its end (doubled quotes do both)."""
    border = [_LF, _CR, _QUOTE, ord(dialect.delimiter)]
    opening = quotes[parity::2]
    closing = quotes[1 - parity :: 2]
    opening = opening[opening > 0]  # nothing before it: the start of the file
    closing = closing[closing + 1 < len(units)]  # nothing after it: the end of the file
    return bool(np.isin(units[opening - 1], border).all() and np.isin(units[closing + 1], border).all())


def _split_exactly(descriptor: int, start: int, size: int, step: int, dialect: Dialect) -> Iterator[TextPlace]:
    """Pieces found record by record: the one way that is right when quotes stand in bare fields."""
    position = start
    while position < size:
        window = min(step, size - position)
        while True:
            ahead = min(window + MAX_RECORD_BYTES, size - position)
            raw = os.pread(descriptor, ahead, position)
            if len(raw) < ahead:
                raise ShorterThanPlanned
            end = _exact_end(raw, window, position + ahead == size, dialect)
            if end:
                break
            window *= 2
        yield TextPlace(position, end, exact=True)
        position += end


def _exact_end(raw: bytes, window: int, at_end: bool, dialect: Dialect) -> int:
    if at_end and window >= len(raw):
        return len(raw)
    text = raw
    if dialect.encoding.startswith("utf-16"):
        text = raw[: len(raw) // 2 * 2].decode(dialect.encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    end = 0
    for match in _record_pattern(dialect.delimiter).finditer(text):
        if match.end() == match.start():
            break
        end = match.end()
        reached = end if text is raw else len(_to_utf16(text[:end], dialect))
        if reached >= window:
            return reached
    return end if text is raw else len(_to_utf16(text[:end], dialect))


def _to_utf16(text: bytes, dialect: Dialect) -> bytes:
    return text.decode("utf-8", "surrogatepass").encode(dialect.encoding, "surrogatepass")


@lru_cache(maxsize=8)
def _record_pattern(delimiter: str) -> re.Pattern[bytes]:
    """One record with its line end. A quote that is never closed, or not within the limit, is a literal character."""
    mark = re.escape(delimiter.encode())
    quoted = rb'"(?:[^"]|""){0,%d}+"(?!")' % MAX_RECORD_BYTES
    bare = rb"[^\r\n" + mark + rb"]*"
    one = rb"(?:" + quoted + bare + rb"|" + bare + rb")"
    return re.compile(rb"(" + one + rb"(?:" + mark + one + rb")*+)(?:\r\n|\n|\r|\Z)")


@lru_cache(maxsize=8)
def _field_pattern(delimiter: str) -> re.Pattern[bytes]:
    mark = re.escape(delimiter.encode())
    quoted = rb'"(?:[^"]|"")*"(?!")'
    return re.compile(rb"(" + quoted + rb")?([^" + mark + rb"]*)(" + mark + rb"|\Z)", re.DOTALL)


def header_end(buffer: bytes, delimiter: str) -> int:
    """Where the first record that is not blank ends, its line end included."""
    end = 0
    for match in _record_pattern(delimiter).finditer(buffer):
        end = match.end()
        if match.group(1) or end == len(buffer):
            break
    return end


def counted_spans(buffer: bytes, delimiter: str) -> Spans:
    """The records of a buffer whose quotes all stand where they may."""
    units = np.frombuffer(buffer, np.uint8)
    quotes = np.flatnonzero(units == _QUOTE) if b'"' in buffer else np.zeros(0, np.int64)
    returns = np.flatnonzero(units == _CR)
    feeds = np.flatnonzero(units == _LF)
    lone = returns[(returns + 1 >= len(units)) | (units[np.minimum(returns + 1, len(units) - 1)] != _LF)]
    breaks = _outside(np.sort(np.concatenate([feeds, lone])), quotes)
    nexts = breaks + 1
    ends = breaks - ((units[breaks] == _LF) & (breaks > 0) & (units[np.maximum(breaks - 1, 0)] == _CR))
    if not len(nexts) or nexts[-1] < len(units):
        nexts, ends = np.append(nexts, len(units)), np.append(ends, len(units))
    starts = np.concatenate([[0], nexts[:-1]])
    marks = _outside(np.flatnonzero(units == ord(delimiter)), quotes)
    fields = np.searchsorted(marks, ends) - np.searchsorted(marks, starts) + 1
    return Spans(starts, ends, nexts, fields, np.zeros(len(starts), bool))


def _outside(positions: Array, quotes: Array) -> Array:
    """Those positions that have an even number of quotes before them."""
    if not len(quotes):
        return positions
    outside: Array = positions[np.searchsorted(quotes, positions) % 2 == 0]
    return outside


def exact_spans(buffer: bytes, delimiter: str) -> Spans:
    """The records of a buffer one by one; slower, and right whatever the quotes do."""
    rows: list[tuple[int, int, int, int, bool]] = []
    for match in _record_pattern(delimiter).finditer(buffer):
        if match.end() == match.start() and match.start() == len(buffer):
            break
        record = match.group(1)
        fields, malformed = _fields_of(record, delimiter)
        rows.append((match.start(), match.start() + len(record), match.end(), fields, malformed))
    table = np.array(rows, np.int64).reshape(-1, 5)
    return Spans(table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4].astype(bool))


def _fields_of(record: bytes, delimiter: str) -> tuple[int, bool]:
    """Number of fields, and whether a field opens with a quote that does not close at the field's end."""
    if b'"' not in record:
        return record.count(delimiter.encode()) + 1, False
    count, malformed = 0, False
    for match in _field_pattern(delimiter).finditer(record):
        count += 1
        quoted, rest, mark = match.group(1), match.group(2), match.group(3)
        malformed |= bool(rest) if quoted is not None else rest.startswith(b'"')
        if not mark:
            break
    return count, malformed
