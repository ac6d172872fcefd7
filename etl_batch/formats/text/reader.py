"""The text reader: a chunk of a delimited file to slabs of cells, with every bad record kept."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.columns.text_cells import TextLines
from etl_batch.formats.source import Slab
from etl_batch.formats.text.splitting import MAX_RECORD_BYTES, TextPlace
from etl_batch.kernels import finding
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, IntGrid, Ints, LongGrid, Longs
from etl_batch.model import Reject

if TYPE_CHECKING:
    from etl_batch.formats.text.source import TextSource

SLAB_BYTES = 8 << 20
"""Text taken apart at a time: all of a chunk. Slabs of 1 and 2 MiB, which a second-level cache holds, cost a fifth and
a tenth more than they saved: each column of each slab has its price, and a third-level cache holds the chunk."""
_SLAB_CELLS = 1 << 21
"""Cells of a slab at most, or one record: narrow files stay in bounds as wide ones do."""
BAD_RECORDS = 1 << 12
"""Bad records of a slab at most."""


def read_text(source: TextSource, place: TextPlace, raw: bytearray) -> Iterator[Slab]:
    """The slabs of one piece, which stands at the start of `raw`. Rejects are numbered from its first record.

    A slab's cells may be places in `raw`: they are good until the buffer is filled again.
    """
    offsets = _Offsets(place.offset, source.dialect.encoding)
    body, length = raw, place.length
    if source.dialect.encoding != "utf-8":
        body = offsets.to_utf8(memoryview(raw)[:length])
        length = len(body)
    record = 0
    for slab in _Finder(source, _padded(body, length), length, offsets, place.exact).slabs():
        record += slab.records
        yield slab
    if source.dialect.encoding.startswith("utf-16") and place.length % 2:
        yield _odd_byte(source, place, raw, record)


def _padded(body: bytearray, length: int) -> Bytes:
    """The text with bytes behind it that may be read."""
    if len(body) < length + PADDING:
        body = body[:length] + bytes(PADDING)
    return np.frombuffer(body, np.uint8)


def _odd_byte(source: TextSource, place: TextPlace, raw: bytearray, record: int) -> Slab:
    """The last byte of a UTF-16 file that is no whole number of characters, as a record of its own."""
    last = place.length - 1
    reject = Reject(
        source.path,
        place.offset + last,
        record,
        "partial_character",
        None,
        sentences.rejects.HALF_CHARACTER,
        base64.b64encode(raw[last : last + 1]).decode("ascii"),
        "base64",
    )
    return Slab((), rows=0, records=1, rejects=[reject])


class _Offsets:
    """From positions in the UTF-8 text back to byte offsets in the file; asked in rising order."""

    def __init__(self, base: int, encoding: str) -> None:
        self.base, self.encoding = base, encoding
        self.text: bytearray | None = None
        self.seen_text, self.seen_file = 0, 0

    def to_utf8(self, raw: memoryview) -> bytearray:
        wide = self.encoding.startswith("utf-16")
        whole = raw[: len(raw) // 2 * 2] if wide else raw
        try:
            text = str(whole, self.encoding, "surrogatepass" if wide else "strict")
        except UnicodeDecodeError:
            text = str(whole, self.encoding, "replace")
        self.text = bytearray(text.encode("utf-8", "surrogatepass"))
        return self.text

    def as_in_file(self, record: bytes) -> bytes:
        """The bytes of a record as they stand in the file."""
        if self.text is None:
            return record
        return record.decode("utf-8", "surrogatepass").encode(self.encoding, "surrogatepass")

    def in_file(self, position: int) -> int:
        if self.text is None:
            return self.base + position
        step = self.text[self.seen_text : position].decode("utf-8", "surrogatepass")
        self.seen_file += len(step.encode(self.encoding, "surrogatepass"))
        self.seen_text = position
        return self.base + self.seen_file


@dataclass(frozen=True, slots=True)
class _Fault:
    """A record that is no row: bytes `[start, end)` of the text, and what is wrong with it."""

    start: int
    end: int
    record: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What a finder has found in one stretch of the text: see `kernels.cells`."""

    begin: int
    rows: int
    marks: IntGrid
    numbers: Ints
    bad: LongGrid
    state: Longs


class _Finder:
    """Takes the records of a text apart, from one full slab to the next."""

    def __init__(self, source: TextSource, data: Bytes, length: int, offsets: _Offsets, exact: bool) -> None:
        self.source, self.data, self.length, self.offsets, self.exact = source, data, length, offsets, exact
        self.columns = len(source.columns)
        self.quote = ord(source.dialect.quotechar)
        self.records = 0

    def slabs(self) -> Iterator[Slab]:
        """All records in order. Those behind a quote that stands astray are found one by one."""
        position = 0
        while position < self.length:
            found = self._find(position)
            self.exact |= bool(found.state[finding.ASTRAY] >= 0)
            position = int(found.state[finding.NEXT])
            if found.state[finding.RECORDS]:
                yield self._slab(found)
                self.records += int(found.state[finding.RECORDS])

    def _find(self, position: int) -> _Found:
        room = max(min(_SLAB_CELLS // (self.columns + 1), self.length - position), 1)
        marks, numbers = np.empty((self.columns + 1, room), np.int32), np.empty(room, np.int32)
        bad, state = np.empty((BAD_RECORDS, 4), np.int64), np.zeros(finding.STATES, np.int64)
        state[finding.NEXT], state[finding.ASTRAY] = position, -1
        text = (self.data, self.length, position + SLAB_BYTES, ord(self.source.dialect.delimiter), self.quote)
        if self.exact:
            finding.find_cells_exactly(*text, MAX_RECORD_BYTES, marks, numbers, bad, state)
        else:
            scratch = np.empty((2, finding.scratch_size(self.columns)), np.int32)
            finding.find_cells(*text, scratch, marks, numbers, bad, state)
        rows, faults = int(state[finding.ROWS]), int(state[finding.BAD])
        return _Found(position, rows, marks, numbers, bad[:faults], state)

    def _slab(self, found: _Found) -> Slab:
        faults = [self._fault(*line) for line in found.bad.tolist()]
        marks, rows, numbers = found.marks, found.rows, found.numbers
        if found.state[finding.HIGH] and not self._is_utf8(found):
            faults, good = self._undecodable(found, faults)
            numbers = numbers[:rows][good]
            marks, rows = np.ascontiguousarray(marks[:, :rows][:, good]), int(good.sum())
        rejects = [self._reject(fault) for fault in sorted(faults, key=lambda fault: fault.start)]
        blank = int(found.state[finding.BLANK])
        as_written = not (faults or blank or found.state[finding.QUOTES] or found.state[finding.RETURNS])
        comma = self.source.dialect.delimiter == ","
        lines = TextLines(
            self.data,
            rows,
            marks,
            self.source.dialect.delimiter,
            self.source.dialect.quotechar,
            quoted=bool(found.state[finding.QUOTES]),
            closely=self.exact or not comma,
            own=self._own(found) if as_written and comma else None,
        )
        columns = [lines.column(place) for place in range(self.columns)]
        origin = partial(self._origin, marks, numbers)
        return Slab(columns, rows, int(found.state[finding.RECORDS]), blank, rejects, lines, origin)

    def _own(self, found: _Found) -> memoryview:
        """The bytes of the rows, the last one ended like the others."""
        text = self.data[found.begin : int(found.state[finding.NEXT])]
        return text.data if text[-1] == ord("\n") else memoryview(text.tobytes() + b"\n")

    def _fault(self, start: int, end: int, record: int, found: int) -> _Fault:
        if found == finding.MALFORMED:
            return _Fault(start, end, record, "malformed_quotes", sentences.rejects.MALFORMED_QUOTES)
        detail = sentences.rejects.FIELD_COUNT.format(expected=self.columns, found=found)
        return _Fault(start, end, record, "field_count", detail)

    def _is_utf8(self, found: _Found) -> bool:
        places = np.array([found.begin, found.state[finding.NEXT]], np.int32)
        try:
            pa.StringArray.from_buffers(1, pa.py_buffer(places), pa.py_buffer(self.data)).validate(full=True)
        except pa.ArrowInvalid:
            return False
        return True

    def _undecodable(self, found: _Found, faults: list[_Fault]) -> tuple[list[_Fault], NDArray[np.bool_]]:
        """The faults with those of records that hold bytes of no character, and marks of the rows that hold none."""
        checked = [self._decoded(fault) or fault for fault in faults]
        good = np.ones(found.rows, bool)
        starts, ends = found.marks[0, : found.rows] + 1, found.marks[-1, : found.rows]
        high = np.flatnonzero(self.data[found.begin : int(found.state[finding.NEXT])] >= 0x80) + found.begin
        for row in np.unique(np.searchsorted(ends, high, side="right")).tolist():
            if row < len(good):
                fault = self._decoded(_Fault(int(starts[row]), int(ends[row]), int(found.numbers[row]), "", ""))
                if fault is not None:
                    checked.append(fault)
                    good[row] = False
        return checked, good

    def _decoded(self, record: _Fault) -> _Fault | None:
        """The fault of a record that is no text; None when it is."""
        try:
            self.data[record.start : record.end].tobytes().decode("utf-8")
        except UnicodeDecodeError as error:
            detail = sentences.rejects.NO_CHARACTER.format(byte=error.start)
            return _Fault(record.start, record.end, record.record, "invalid_text", detail)
        return None

    def _origin(self, marks: IntGrid, numbers: Ints, row: int) -> Reject:
        """Where a row stands."""
        return self._reject(_Fault(int(marks[0, row]) + 1, int(marks[-1, row]), int(numbers[row]), "", ""))

    def _reject(self, fault: _Fault) -> Reject:
        record = self.data[fault.start : fault.end].tobytes()
        try:
            raw, raw_encoding = record.decode("utf-8"), None
        except UnicodeDecodeError:
            raw, raw_encoding = base64.b64encode(self.offsets.as_in_file(record)).decode("ascii"), "base64"
        return Reject(
            self.source.path,
            self.offsets.in_file(fault.start),
            self.records + fault.record,
            fault.reason,
            None,
            fault.detail,
            raw,
            raw_encoding,
        )
