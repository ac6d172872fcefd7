"""The JSON Lines reader: a piece of a file to slabs of cells, with every bad line kept."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.columns.text_cells import TextCells
from etl_batch.formats.jsonl.keys import KeyTable, key_table
from etl_batch.formats.jsonl.members import FLATTENED_DEEP, MOST_DEEP, BadLine, members_of
from etl_batch.formats.source import TOO_LONG, Places, Slab
from etl_batch.kernels import json_lines
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.json_values import LF
from etl_batch.kernels.kernel import Bytes, IntGrid, Ints, LongGrid, Longs
from etl_batch.model import Reject

if TYPE_CHECKING:
    from etl_batch.formats.jsonl.source import JsonLinesSource

_SLAB_BYTES = 8 << 20
_SLAB_CELLS = 1 << 21
_ODD_LINES = 1 << 12
"""Lines of a slab at most that the kernel leaves."""
MOST_SHOWN = 4 << 10
"""Bytes of a line that is too long which its reject shows."""


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Bytes `[offset, offset + length)` of a file: whole lines, or one that is too `long` to be read."""

    offset: int
    length: int
    long: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the kernel has found in a stretch of a text: see `json_lines.find_members`."""

    begin: int
    before: IntGrid
    ends: IntGrid
    starts: Ints
    odd: LongGrid
    state: Longs

    @property
    def rows(self) -> int:
        """Rows, the lines that were left among them."""
        return int(self.state[json_lines.ROWS])

    @property
    def next(self) -> int:
        """Where to go on."""
        return int(self.state[json_lines.NEXT])


@dataclass(frozen=True, slots=True)
class PlacedSlab:
    """A slab, and where in the text the line of each of its rows begins."""

    slab: Slab
    starts: Ints


class Finder:
    """Takes the lines of a text apart, from one full slab to the next."""

    def __init__(self, keys: KeyTable, data: Bytes, length: int, longest: int, flatten: bool) -> None:
        """`data` has `PADDING` bytes behind the text, which is written over."""
        self.keys, self.data, self.length, self.longest = keys, data, length, longest
        self.path = np.empty(max(keys.longest, 1) + 1, np.uint8)
        self.levels = np.empty(FLATTENED_DEEP if flatten else 1, np.int32)
        self.stack = np.empty(MOST_DEEP - FLATTENED_DEEP, np.uint8)
        self.first = np.full(keys.count, -1, np.int64)
        """By column the place of its first value."""
        data[length] = LF

    def find(self, position: int, most_odd: int = _ODD_LINES) -> Found:
        """The lines from a byte on, as many as a slab holds, until so many of them were left."""
        columns, keys = self.keys.count, self.keys
        room = max(min(_SLAB_CELLS // (columns + 1), self.length - position), 1)
        before, ends = np.empty((columns, room), np.int32), np.empty((columns, room), np.int32)
        starts, odd = np.empty(room, np.int32), np.empty((most_odd, 4), np.int64)
        state, marks = np.zeros(json_lines.STATES, np.int64), np.zeros((3, max(columns, 1)), np.int32)
        state[json_lines.NEXT] = position
        json_lines.find_members(
            self.data,
            self.length,
            position + _SLAB_BYTES,
            self.longest,
            keys.names,
            keys.places,
            keys.columns,
            keys.table,
            self.path,
            self.levels,
            self.stack,
            marks,
            self.first,
            before,
            ends,
            starts,
            odd,
            state,
        )
        return Found(position, before, ends, starts, odd[: state[json_lines.ODD]], state)


def padded(text: bytes | bytearray, length: int) -> Bytes:
    """A text that may be written over, with bytes behind it that may be read."""
    if isinstance(text, bytes) or len(text) < length + PADDING:
        text = bytearray(text[:length]) + bytearray(PADDING)
    return np.frombuffer(text, np.uint8)


def read_lines(source: JsonLinesSource, place: LinePlace, raw: bytes | bytearray) -> Iterator[PlacedSlab]:
    """The slabs of one piece, which stands at the start of `raw`. Rejects are numbered from its first line.

    A slab's cells may be places in `raw`, which is written over: they are good until the buffer is filled again.
    """
    if place.long:
        yield PlacedSlab(_long_line(source, place, raw), np.zeros(0, np.int32))
        return
    data = padded(raw, place.length)
    # What the kernel writes over a line is no evidence.
    original = None if is_utf8(data, place.length) else data[: place.length].tobytes()
    finder = Finder(key_table(source.keys), data, place.length, source.longest, source.flatten)
    position = records = 0
    while position < place.length:
        found = finder.find(position)
        position = found.next
        placed = _Lines(source, place, data, original, records).slab(found)
        records += placed.slab.records
        yield placed


def is_utf8(data: Bytes, length: int) -> bool:
    """Whether so many bytes are UTF-8."""
    places = np.array([0, length], np.int32)
    try:
        pa.StringArray.from_buffers(1, pa.py_buffer(places), pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _long_line(source: JsonLinesSource, place: LinePlace, raw: bytes | bytearray) -> Slab:
    start = bytes(raw[: min(place.length, MOST_SHOWN)])
    reject = _reject(source, place.offset, 0, start, _too_long(source, place.length))
    return Slab([TextCells.from_arrow(pa.array([], pa.string())) for _ in source.columns], 0, 1, 0, [reject])


def _too_long(source: JsonLinesSource, size: int) -> BadLine:
    return BadLine(TOO_LONG, sentences.rejects.LINE_TOO_LONG.format(size=size, most=source.longest))


class _Lines:
    """The lines of a slab: rows as they were found, and those that the kernel left."""

    def __init__(
        self, source: JsonLinesSource, place: LinePlace, data: Bytes, original: bytes | None, records: int
    ) -> None:
        """`original`: the text before it was written over, where it is no UTF-8. `records`: lines before the slab."""
        self.source, self.place, self.data, self.original, self.records = source, place, data, original, records
        self.rejects: list[Reject] = []
        self.side: list[bytes] = []
        self.filled = len(data)

    def slab(self, found: Found) -> PlacedSlab:
        """The good rows as cells, the others as rejects, in the order of the lines."""
        good = np.ones(found.rows, bool)
        odd = found.odd.tolist()
        if self.original is not None:
            odd = sorted([*odd, *self._undecodable(found)])
        for start, end, number, row in odd:
            good[row] = self._take(found, start, end, number, row)
        data = self.data
        if self.side:
            data = np.concatenate([data, np.frombuffer(b"".join([*self.side, bytes(PADDING)]), np.uint8)])
        rows, kept = int(good.sum()), slice(None, found.rows)
        before, ends, starts = found.before[:, kept], found.ends[:, kept], found.starts[kept]
        if rows < found.rows:
            before, ends, starts = before[:, good], ends[:, good], starts[good]
        columns = [
            TextCells(data, np.ascontiguousarray(one), np.ascontiguousarray(other))
            for one, other in zip(before, ends, strict=True)
        ]
        state = found.state
        records, blank = int(state[json_lines.RECORDS]), int(state[json_lines.BLANK])
        places = Places(self.place.offset, starts)
        slab = Slab(columns, rows, records, blank, self.rejects, origin=_Origins(self, found, starts), places=places)
        return PlacedSlab(slab, starts)

    def _take(self, found: Found, start: int, end: int, number: int, row: int) -> bool:
        """Whether a line that the kernel left is a row, whose cells are then put behind the text."""
        line = self._line(start, end)
        try:
            if end - start > self.source.longest:
                raise _too_long(self.source, end - start)
            cells = self._cells(line)
        except BadLine as fault:
            self.rejects.append(_reject(self.source, self.place.offset + start, self.records + number, line, fault))
            return False
        for column, cell in cells.items():
            self.side.append(cell)
            found.before[column, row], found.ends[column, row] = self.filled - 1, self.filled + len(cell)
            self.filled += len(cell)
        return True

    def _line(self, start: int, end: int) -> bytes:
        return self.data[start:end].tobytes() if self.original is None else self.original[start:end]

    def _cells(self, line: bytes) -> dict[int, bytes]:
        """By column. Raises `BadLine`."""
        columns = key_table(self.source.keys).column_of
        members = members_of(line, self.source.flatten)
        unknown = next((key for key in members if key not in columns), None)
        if unknown is not None:
            raise BadLine("unknown_key", sentences.rejects.UNKNOWN_KEY.format(key=unknown), unknown)
        return {columns[key]: cell.encode() for key, cell in members.items()}

    def _undecodable(self, found: Found) -> Iterator[list[int]]:
        """Rows whose lines are no UTF-8, like lines that the kernel left."""
        assert self.original is not None
        left, at, number = set(found.odd[:, 3].tolist()), found.begin, 0
        for row, start in enumerate(found.starts[: found.rows].tolist()):
            number, at = number + self.original.count(b"\n", at, start), start
            end = self.original.find(b"\n", start)
            end = len(self.original) if end < 0 else end
            if row not in left and not decodes(self.original[start:end]):
                yield [start, end, number, row]


class _Origins:
    """Where the rows of a slab stand. The text itself is read again: that of the slab is written over."""

    def __init__(self, lines: _Lines, found: Found, starts: Ints) -> None:
        self.source, self.offset, self.records = lines.source, lines.place.offset + found.begin, lines.records
        self.size, self.starts = found.next - found.begin, starts - np.int32(found.begin)

    def __call__(self, row: int) -> Reject:
        """The line of a row, and its place in the file."""
        start = int(self.starts[row])
        number = int(np.searchsorted(self._breaks, start))
        end = int(self._breaks[number]) if number < len(self._breaks) else self.size
        line, nothing = self._text[start:end], BadLine("", "")
        return _reject(self.source, self.offset + start, self.records + number, line, nothing)

    @cached_property
    def _text(self) -> bytes:
        with self.source.content.opened() as file:
            return file.read(self.size, self.offset)

    @cached_property
    def _breaks(self) -> NDArray[np.int64]:
        return np.flatnonzero(np.frombuffer(self._text, np.uint8) == LF)


def decodes(line: bytes) -> bool:
    """Whether a line is UTF-8."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _reject(source: JsonLinesSource, offset: int, record: int, line: bytes, fault: BadLine) -> Reject:
    """A reject with the line as it stands, but for its line end; of one that is too long its start."""
    line = line[:MOST_SHOWN] if fault.reason == TOO_LONG else line.removesuffix(b"\r")
    try:
        raw, encoding = line.decode("utf-8"), None
    except UnicodeDecodeError:
        raw, encoding = base64.b64encode(line).decode("ascii"), "base64"
    return Reject(source.path, offset, record, fault.reason, fault.field, fault.detail, raw, encoding)
