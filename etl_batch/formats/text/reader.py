"""The text reader: a chunk of a delimited file to slabs of cells, with every bad record kept."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.formats.source import TOO_LONG, Places, Slab
from etl_batch.formats.text.found import Found, Text, count_cells, walk_cells
from etl_batch.formats.text.grammar import RAGGED, is_plain
from etl_batch.formats.text.splitting import TextPlace
from etl_batch.formats.text.transcoding import Transcoder
from etl_batch.formats.text.units import unit_size
from etl_batch.kernels import finding, grammar
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes, IntGrid, Ints, LongGrid
from etl_batch.model import Reject

if TYPE_CHECKING:
    from etl_batch.formats.text.source import TextSource

KEPT_BYTES = 1 << 16
"""Bytes that are kept of a record which is longer than a record may be."""


def read_text(source: TextSource, place: TextPlace, raw: bytearray, before: int = 0) -> Iterator[Slab]:
    """The slabs of one piece, which stands at the start of `raw`. Its first record has the number `before`.

    Of a record that is too long `raw` holds the first `KEPT_BYTES` code units. A slab's cells may be places in `raw`:
    they are good until the buffer is filled again.
    """
    offsets = Transcoder(place.offset, source.dialect.encoding)
    body, length = raw, place.length
    if source.dialect.encoding != "utf-8":
        body = offsets.to_utf8(memoryview(raw)[:length])
        length = len(body)
    data = _padded(body, length)
    if place.too_long:
        fault = _Fault(0, length, 0, TOO_LONG, "")
        yield Slab((), rows=0, records=1, rejects=[_reject(source, fault, data, offsets, before)])
        return
    record = before
    for slab in _Finder(source, data, length, offsets, place.exact, before).slabs():
        record += slab.records
        yield slab
    rest = place.length % unit_size(source.dialect.encoding)
    if rest:
        yield _part_of_character(source, place, bytes(raw[place.length - rest : place.length]), record)


def _padded(body: bytearray, length: int) -> Bytes:
    """The text with bytes behind it that may be read."""
    if len(body) < length + PADDING:
        body = body[:length] + bytes(PADDING)
    return np.frombuffer(body, np.uint8)


def _part_of_character(source: TextSource, place: TextPlace, rest: bytes, record: int) -> Slab:
    """The last bytes of a UTF-16 or UTF-32 file that are no whole character, as a record of their own."""
    raw, detail = base64.b64encode(rest).decode("ascii"), sentences.rejects.PART_OF_CHARACTER
    offset = place.offset + place.length - len(rest)
    reject = Reject(source.path, offset, record, "partial_character", None, detail, raw, "base64")
    return Slab((), rows=0, records=1, rejects=[reject])


@dataclass(frozen=True, slots=True)
class _Fault:
    """A record that is no row: bytes `[start, end)` of the text, and what is wrong with it."""

    start: int
    end: int
    record: int
    reason: str
    detail: str


class _Finder:
    """Takes the records of a text apart, from one full slab to the next."""

    def __init__(
        self, source: TextSource, data: Bytes, length: int, offsets: Transcoder, exact: bool, records: int
    ) -> None:
        """`records`: how many are before the text."""
        self.source, self.offsets = source, offsets
        self.text = Text(data, length, source.dialect, len(source.columns), RAGGED[source.ragged])
        if source.dialect.tail:
            self.text = replace(self.text, ragged=self.text.ragged | grammar.TAIL)
        self.exact = exact or self.text.ragged != 0 or not is_plain(source.dialect)
        self.records = records

    def slabs(self) -> Iterator[Slab]:
        """All records in order. Those behind a quote that stands astray are found one by one."""
        position = 0
        while position < self.text.length:
            found = walk_cells(self.text, position) if self.exact else count_cells(self.text, position)
            self.exact |= found.astray
            position = found.stop
            if found.records:
                yield self._slab(found)
                self.records += found.records

    def _slab(self, found: Found) -> Slab:
        faults, good = [self._fault(*line) for line in found.bad.tolist()], np.ones(found.lines.rows, bool)
        if found.stop - found.begin > self.source.max_record_bytes:
            self._leave_out_long(found, faults, good)
        if found.high and not self._is_utf8(found):
            faults = self._undecodable(found, faults, good)
        lines, spans, numbers = found.lines, found.spans, found.numbers
        if not good.all():
            marks = np.ascontiguousarray(lines.marks[:, : lines.rows][:, good])
            lines = replace(lines, rows=int(good.sum()), marks=marks, own=None)
            spans, numbers = spans[:, good], numbers[good]
        faults.sort(key=lambda fault: fault.start)
        rejects = [_reject(self.source, fault, self.text.data, self.offsets, self.records) for fault in faults]
        columns = [lines.column(place) for place in range(self.text.columns)]
        origin = partial(self._origin, spans, numbers, self.records)
        whole = (numbers + self.records).astype(np.int64) if found.blank else None
        places = Places(self.offsets.base, self.offsets.all_in_file(np.ascontiguousarray(spans[0], np.int32)))
        return Slab(
            columns,
            lines.rows,
            found.records,
            found.blank,
            rejects,
            lines,
            found.repaired,
            origin,
            whole,
            places=places,
        )

    def _origin(self, spans: IntGrid | LongGrid, numbers: Ints, records: int, row: int) -> Reject:
        """Where a row stands."""
        fault = _Fault(int(spans[0, row]), int(spans[1, row]), int(numbers[row]), "", "")
        return _reject(self.source, fault, self.text.data, self.offsets, records)

    def _fault(self, start: int, end: int, record: int, found: int) -> _Fault:
        if end - start > self.source.max_record_bytes:
            return _Fault(start, end, record, TOO_LONG, "")
        if found == finding.MALFORMED:
            return _Fault(start, end, record, "malformed_quotes", sentences.rejects.MALFORMED_QUOTES)
        detail = sentences.rejects.FIELD_COUNT.format(expected=self.text.columns, found=found)
        return _Fault(start, end, record, "field_count", detail)

    def _leave_out_long(self, found: Found, faults: list[_Fault], good: NDArray[np.bool_]) -> None:
        """Make rows that are longer than a record may be faults."""
        starts, ends = found.spans
        for row in np.flatnonzero(ends - starts > self.source.max_record_bytes).tolist():
            faults.append(_Fault(int(starts[row]), int(ends[row]), int(found.numbers[row]), TOO_LONG, ""))
            good[row] = False

    def _is_utf8(self, found: Found) -> bool:
        places = np.array([found.begin, found.stop], np.int32)
        try:
            pa.StringArray.from_buffers(1, pa.py_buffer(places), pa.py_buffer(self.text.data)).validate(full=True)
        except pa.ArrowInvalid:
            return False
        return True

    def _undecodable(self, found: Found, faults: list[_Fault], good: NDArray[np.bool_]) -> list[_Fault]:
        """The faults with those of records that hold bytes of no character; the rows among them are marked."""
        checked = [self._decoded(fault) or fault for fault in faults]
        starts, ends = found.spans
        high = np.flatnonzero(self.text.data[found.begin : found.stop] >= 0x80) + found.begin
        for row in np.unique(np.searchsorted(ends, high, side="right")).tolist():
            if row < len(good) and good[row]:
                fault = self._decoded(_Fault(int(starts[row]), int(ends[row]), int(found.numbers[row]), "", ""))
                if fault is not None:
                    checked.append(fault)
                    good[row] = False
        return checked

    def _decoded(self, record: _Fault) -> _Fault | None:
        """The fault of a record that is no text; None when it is."""
        if record.reason == TOO_LONG:
            return None
        try:
            self.text.data[record.start : record.end].tobytes().decode("utf-8")
        except UnicodeDecodeError as error:
            detail = sentences.rejects.NO_CHARACTER.format(byte=error.start)
            return _Fault(record.start, record.end, record.record, "invalid_text", detail)
        return None


def _reject(source: TextSource, fault: _Fault, data: Bytes, offsets: Transcoder, records: int = 0) -> Reject:
    """The dead letter of a fault; `records` stand before those of its slab."""
    too_long = fault.reason == TOO_LONG
    end = min(fault.end, fault.start + KEPT_BYTES) if too_long else fault.end
    record, offset = data[fault.start : end].tobytes(), offsets.in_file(fault.start)
    try:
        raw, raw_encoding = codecs.getincrementaldecoder("utf-8")().decode(record, final=not too_long), None
    except UnicodeDecodeError:
        as_written = record if offsets.encoding == "utf-8" else offsets.as_in_file(fault.start, end)
        raw, raw_encoding = base64.b64encode(as_written).decode("ascii"), "base64"
    detail = fault.detail
    if too_long:
        detail = sentences.rejects.TOO_LONG.format(most=source.max_record_bytes, kept=KEPT_BYTES)
    return Reject(source.path, offset, records + fault.record, fault.reason, None, detail, raw, raw_encoding)
