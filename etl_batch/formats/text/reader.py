"""The text reader: a chunk of a delimited file to slabs of string columns, with every bad record kept."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from etl_batch import sentences
from etl_batch.errors import EtlError
from etl_batch.formats.source import Slab
from etl_batch.formats.text.splitting import Array, Spans, TextPlace, counted_spans, exact_spans
from etl_batch.model import Reject

if TYPE_CHECKING:
    from etl_batch.formats.text.source import TextSource

SLAB_BYTES = 4 << 20
"""Text parsed at a time: it stays in the cache from the parser to the encoder."""
_BLOCK_BYTES = 1 << 20


def read_text(source: TextSource, place: TextPlace, raw: bytearray) -> Iterator[Slab]:
    """The slabs of one piece, which stands at the start of `raw`. Rejects are numbered from its first record.

    A slab's `clean_text` may be a view of `raw`: it is good until the buffer is filled again.
    """
    offsets = _Offsets(place.offset, source.dialect.encoding)
    body, length = raw, place.length
    if source.dialect.encoding != "utf-8":
        body = offsets.to_utf8(memoryview(raw)[:length])
        length = len(body)
    record = 0
    for begin, end in _slab_ends(body, length, source.dialect.newline.encode(), place.exact):
        slab = _read_slab(source, body, begin, end, record, offsets, place.exact)
        record += slab.records
        yield slab
    if source.dialect.encoding.startswith("utf-16") and place.length % 2:
        yield _odd_byte(source, place, raw, record)


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
    return Slab(_empty(source), records=1, rejects=[reject])


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


def _slab_ends(body: bytearray, length: int, newline: bytes, exact: bool) -> Iterator[tuple[int, int]]:
    """Ranges of whole records of about `SLAB_BYTES`; one range when the quotes cannot be counted."""
    begin = 0
    while begin < length:
        end = length if exact else begin + SLAB_BYTES
        while end < length:
            cut = _last_cut(body, begin, end, newline)
            if cut > begin:
                end = cut
                break
            end += SLAB_BYTES
        end = min(end, length)
        yield begin, end
        begin = end


def _last_cut(body: bytearray, begin: int, end: int, newline: bytes) -> int:
    """Where the whole records from `begin` on end; `begin` or less when there is none before `end`."""
    if body.find(b'"', begin, end) < 0:
        return body.rfind(newline, begin, end) + 1
    units = np.frombuffer(memoryview(body)[begin:end], np.uint8)
    quotes = np.flatnonzero(units == ord('"'))
    feeds = np.flatnonzero(units == newline[0])
    outside = feeds[np.searchsorted(quotes, feeds) % 2 == 0]
    return begin + int(outside[-1]) + 1 if len(outside) else begin


def _read_slab(
    source: TextSource, body: bytearray, begin: int, end: int, first_record: int, offsets: _Offsets, exact: bool
) -> Slab:
    quoted = body.find(b'"', begin, end) >= 0
    text: memoryview | bytes = memoryview(body)[begin:end]
    returns = body.find(b"\r", begin, end) >= 0
    if returns and not quoted and body.count(b"\r", begin, end) == body.count(b"\r\n", begin, end):
        text, returns = bytes(text).replace(b"\r\n", b"\n"), False
    if not exact and not returns:
        batch = _parse(source, text, quoted, _BLOCK_BYTES)
        # As many rows as lines: no blank line was passed over, and no newline stands inside quotes.
        feeds = np.count_nonzero(np.frombuffer(body, np.uint8, end - begin, begin) == ord("\n"))
        lines = int(feeds) + (body[end - 1] != ord("\n"))
        if batch is not None and batch.num_rows == lines:
            return Slab(batch, records=lines, clean_text=_as_output(source, text, quoted))
    return _repair(source, bytes(memoryview(body)[begin:end]), begin, first_record, offsets, exact)


def _as_output(source: TextSource, text: memoryview | bytes, quoted: bool) -> memoryview | None:
    """The text itself when it already has the output's form, else None."""
    if quoted or source.dialect.delimiter != "," or not text:
        return None
    return memoryview(text if text[-1] == ord("\n") else bytes(text) + b"\n")


def _parse(source: TextSource, text: memoryview | bytes, quoted: bool, block_bytes: int) -> pa.RecordBatch | None:
    """All cells as strings, or None when a record has a wrong number of fields, bad UTF-8 or is too long."""
    names = source.column_names
    if not text:
        return _empty(source)
    keys = [str(index) for index in range(len(names))]  # Arrow must not see two columns of one name
    try:
        table = pa_csv.read_csv(
            pa.py_buffer(text),
            read_options=pa_csv.ReadOptions(column_names=keys, block_size=block_bytes, use_threads=False),
            parse_options=pa_csv.ParseOptions(
                delimiter=source.dialect.delimiter, newlines_in_values=quoted, ignore_empty_lines=True
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(keys, pa.string()), strings_can_be_null=False, null_values=[]
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = [column.combine_chunks() for column in table.columns]
    return pa.RecordBatch.from_arrays(columns, names)


def _empty(source: TextSource) -> pa.RecordBatch:
    names = source.column_names
    return pa.RecordBatch.from_arrays([pa.array([], pa.string()) for _ in names], names)


@dataclass(frozen=True, slots=True)
class _Fault:
    reason: str
    detail: str


def _repair(source: TextSource, buffer: bytes, begin: int, first_record: int, offsets: _Offsets, exact: bool) -> Slab:
    """Take the records that cannot be read out of the text as rejects, and parse the rest, which then must fit."""
    delimiter = source.dialect.delimiter
    spans = exact_spans(buffer, delimiter) if exact else counted_spans(buffer, delimiter)
    blank = spans.starts == spans.ends
    faults = _faults(buffer, spans, blank, len(source.columns))
    good = ~blank
    good[list(faults)] = False
    rejects = [
        _reject(source, buffer, spans, index, fault, begin, first_record, offsets)
        for index, fault in sorted(faults.items())
    ]
    text = _without(buffer, spans, good)
    quoted = b'"' in text
    longest = int((spans.nexts - spans.starts).max()) if len(spans.starts) else 0
    # Where quotes stand astray, only a block that holds everything is sure to be cut at the same records.
    block_bytes = len(text) + 2 if exact else max(_BLOCK_BYTES, 2 * longest)
    batch = _parse(source, text, quoted, block_bytes)
    if batch is None or batch.num_rows != int(good.sum()):
        raise EtlError(
            sentences.inputs.RECORDS_NOT_SPLIT.format(path=source.path, offset=offsets.base + begin),
            source=source.path,
        )
    return Slab(batch, len(spans.starts), int(blank.sum()), rejects, _as_output(source, text, quoted))


def _faults(buffer: bytes, spans: Spans, blank: Array, expected: int) -> dict[int, _Fault]:
    faults = {
        int(index): _Fault(
            "field_count", sentences.rejects.FIELD_COUNT.format(expected=expected, found=int(spans.fields[index]))
        )
        for index in np.flatnonzero((spans.fields != expected) & ~blank)
    }
    for index in np.flatnonzero(spans.malformed):
        faults[int(index)] = _Fault("malformed_quotes", sentences.rejects.MALFORMED_QUOTES)
    try:
        buffer.decode("utf-8")
    except UnicodeDecodeError:
        high = np.flatnonzero(np.frombuffer(buffer, np.uint8) >= 0x80)
        for index in np.unique(np.searchsorted(spans.nexts, high, side="right")):
            try:
                buffer[spans.starts[index] : spans.ends[index]].decode("utf-8")
            except UnicodeDecodeError as error:
                faults[int(index)] = _Fault("invalid_text", sentences.rejects.NO_CHARACTER.format(byte=error.start))
    return faults


def _reject(
    source: TextSource,
    buffer: bytes,
    spans: Spans,
    index: int,
    fault: _Fault,
    begin: int,
    first_record: int,
    offsets: _Offsets,
) -> Reject:
    start = int(spans.starts[index])
    record = buffer[start : int(spans.ends[index])]
    try:
        raw, raw_encoding = record.decode("utf-8"), None
    except UnicodeDecodeError:
        raw, raw_encoding = base64.b64encode(offsets.as_in_file(record)).decode("ascii"), "base64"
    offset = offsets.in_file(begin + start)
    return Reject(source.path, offset, first_record + index, fault.reason, None, fault.detail, raw, raw_encoding)


def _without(buffer: bytes, spans: Spans, good: Array) -> bytes:
    """The good records, each ended by one LF."""
    units = np.frombuffer(buffer, np.uint8).copy()
    edges = np.zeros(len(units) + 2, np.int8)
    starts, ends, nexts = spans.starts[good], spans.ends[good], spans.nexts[good]
    np.add.at(edges, starts, 1)
    np.add.at(edges, ends, -1)
    keep = np.cumsum(edges, dtype=np.int8)[: len(units)].astype(bool)
    ended = nexts > ends
    units[nexts[ended] - 1] = ord("\n")
    keep[nexts[ended] - 1] = True
    text: bytes = units[keep].tobytes()
    return text if not len(ended) or ended[-1] else text + b"\n"
