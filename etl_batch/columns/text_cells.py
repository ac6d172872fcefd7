"""The cells of one column as they stand in a text."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch.kernels import text
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, IntGrid, Ints


def bytes_of(cells: pa.StringArray) -> tuple[Bytes, Ints]:
    """The bytes of an array of text where they are, and the places between its cells: one more than there are cells."""
    _, offsets, data = cells.buffers()
    if not len(cells):
        return np.zeros(0, np.uint8), np.zeros(1, np.int32)
    places = np.frombuffer(offsets, np.int32, len(cells) + 1, 4 * cells.offset)
    return np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8), places


@dataclass(frozen=True, slots=True, eq=False)
class TextCells:
    """Cells by their places: what `kernels` take for a column of text."""

    data: Bytes
    """The text, UTF-8, and `bits.PADDING` bytes behind it that mean nothing."""
    before: Ints
    """By cell, the place of the byte before its first one."""
    ends: Ints
    """By cell, the place behind its last byte."""
    quoted: bool = False
    """Whether cells may stand in quotes; else a quote is a character like any other."""

    @classmethod
    def from_arrow(cls, cells: pa.StringArray) -> TextCells:
        """The cells of an array, nulls as empty ones; its bytes are copied when none may be read behind them."""
        data, offsets = bytes_of(cells)
        before, ends = offsets[:-1] - np.int32(1), offsets[1:]
        first, last = int(offsets[0]), int(offsets[-1])
        if len(data) < last + PADDING:
            data = np.concatenate([data[first:last], np.zeros(PADDING, np.uint8)])
            before, ends = before - np.int32(first), ends - np.int32(first)
        if cells.null_count:
            ends = np.where(cells.is_null().to_numpy(zero_copy_only=False), before + 1, ends).astype(np.int32)
        return cls(data, np.ascontiguousarray(before), np.ascontiguousarray(ends))

    @classmethod
    def repeated(cls, text: str, rows: int) -> TextCells:
        """So many cells that are all the same bytes, in one place."""
        data = np.frombuffer(text.encode() + bytes(PADDING), np.uint8)
        return cls(data, np.full(rows, -1, np.int32), np.full(rows, len(data) - PADDING, np.int32))

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def places(self) -> tuple[Bytes, Ints, Ints, int]:
        """What every kernel over cells takes first."""
        return self.data, self.before, self.ends, int(self.quoted)

    def as_bare(self) -> TextCells:
        """The same cells with their quotes, where they have some, as a part of them."""
        return TextCells(self.data, self.before, self.ends)

    def rows(self, first: int, last: int) -> TextCells:
        """The cells of some rows; nothing is copied."""
        return TextCells(self.data, self.before[first:last], self.ends[first:last], self.quoted)

    def taken(self, good: NDArray[np.bool_]) -> TextCells:
        """The cells of the rows that are marked."""
        return TextCells(self.data, self.before[good], self.ends[good], self.quoted)

    def to_arrow(self) -> pa.StringArray:
        """The cells as text, without their quotes and with doubled ones made one."""
        room = int(self.ends.sum(dtype=np.int64) - self.before.sum(dtype=np.int64)) - len(self) + PADDING
        offsets, data = np.empty(len(self) + 1, np.int32), np.empty(room, np.uint8)
        used = text.gather(*self.places, offsets, data)
        return pa.StringArray.from_buffers(len(self), pa.py_buffer(offsets), pa.py_buffer(data).slice(0, used))


def without_guards(cells: pa.StringArray | TextCells) -> pa.StringArray | TextCells:
    """The cells of an own output as they were before those were escaped that a spreadsheet would run.

    The very same object when none was.
    """
    array = cells.to_arrow() if isinstance(cells, TextCells) else cells
    data, offsets = bytes_of(array)
    places, out = np.empty(len(array) + 1, np.int32), np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    if not text.unguard(data, offsets, places, out):
        return cells
    return pa.StringArray.from_buffers(len(array), pa.py_buffer(places), pa.py_buffer(out).slice(0, int(places[-1])))


@dataclass(frozen=True, slots=True, eq=False)
class TextLines:
    """The rows of a text with their cells, as far as they are good: what a CSV can be copied from."""

    data: Bytes
    """The text, UTF-8, and `bits.PADDING` bytes behind it that mean nothing."""
    rows: int
    marks: IntGrid
    """Line j holds by row the place of the byte before cell j; the last one that of the byte behind the row."""
    delimiter: str
    quote: str
    quoted: bool
    """Whether cells may stand in quotes."""
    closely: bool
    """Whether a cell may need quotes that it does not have."""
    own: memoryview | None
    """The very bytes of the rows, when they are comma, LF and no quote; else None."""

    def taken(self, good: NDArray[np.bool_]) -> TextLines:
        """The rows that are marked."""
        marks = np.ascontiguousarray(self.marks[:, : self.rows][:, good])
        return replace(self, rows=marks.shape[1], marks=marks, own=None)

    def column(self, place: int) -> TextCells:
        """The cells of one column."""
        before, ends = self.marks[place, : self.rows], self.marks[place + 1, : self.rows]
        return TextCells(self.data, before, ends, self.quoted)
