"""A sparse index of a CSV file: for every stretch of bytes the first record that begins in it, and its number."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from dataclasses import dataclass

from etl_batch.background import Task
from etl_batch.datasets.records import PIECE_BYTES, QUOTE, line_ends


@dataclass(frozen=True, slots=True)
class Mark:
    """A record of known number; the first one after the header is number 0."""

    offset: int
    row: int


class CsvIndex:
    """Marks in rising order, added by one thread while others read; 16 bytes for every MiB of the file."""

    def __init__(self, first_record: int) -> None:
        self._offsets, self._rows = array("q", [first_record]), array("q", [0])
        self.rows = 0
        """Records counted so far."""
        self.whole = False

    def add(self, offset: int, row: int) -> None:
        """Note a record that begins further on than those noted before."""
        self._rows.append(row)
        # Looked at first by readers, so it grows last.
        self._offsets.append(offset)

    def before(self, row: int) -> Mark | None:
        """The last mark at or before a record; None while the index has not come so far."""
        if row >= self.rows and not self.whole:
            return None
        place = bisect_right(self._rows, row, 0, len(self._offsets)) - 1
        return Mark(self._offsets[place], self._rows[place])


def fill(index: CsvIndex, descriptor: int, first_record: int, size: int, task: Task[CsvIndex]) -> CsvIndex:
    """Read the file once from its first record on and mark a record in every stretch of it."""
    position, inside, row, last_end = first_record, False, 0, first_record
    while position < size and not task.dropped:
        piece = os.pread(descriptor, PIECE_BYTES, position)
        if not piece:
            break
        count, first, last, inside = _line_ends(piece, inside)
        if count:
            begin = position + first + 1
            if begin < size:
                index.add(begin, row + 1)
            row, last_end = row + count, position + last + 1
        index.rows = row
        position += len(piece)
        task.done = position
    index.rows = row + (last_end < position)
    index.whole = not task.dropped
    return index


def _line_ends(piece: bytes, inside: bool) -> tuple[int, int, int, bool]:
    """How many records end in a piece, where the first and the last of them do, and whether it ends inside quotes."""
    if not inside and QUOTE not in piece:
        return piece.count(b"\n"), piece.find(b"\n"), piece.rfind(b"\n"), False
    ends, after = line_ends(piece, inside)
    return len(ends), int(ends[0]) if len(ends) else -1, int(ends[-1]) if len(ends) else -1, after
