"""The stage that reads: one chunk to slabs of records, transient read errors tried again."""

from __future__ import annotations

import base64
import errno
import os
import threading
import time
from collections.abc import Iterator

import pyarrow as pa

from etl_batch.errors import InputRefused
from etl_batch.formats.parquet.reader import read_parquet
from etl_batch.formats.records.decoder import decode
from etl_batch.formats.source import Chunk, Slab
from etl_batch.formats.text.reader import read_text
from etl_batch.model import FileFormat, Reject

_BINARY_SLAB_BYTES = 4 << 20
_TRANSIENT = {errno.EIO, errno.EAGAIN, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.ENETRESET}
_FIRST_PAUSE_SECONDS = 0.1


def read_slabs(chunk: Chunk, retries: int) -> Iterator[Slab]:
    """The chunk's records; transient read errors are tried again with exponential backoff."""
    if chunk.source.format == FileFormat.PARQUET:
        yield from read_parquet(chunk)
        return
    buffer = _read(chunk, retries)
    if chunk.source.format == FileFormat.CSV:
        yield from read_text(chunk, buffer)
        return
    raw = memoryview(buffer)[: chunk.length]
    yield from [_trailing_slab(chunk, raw)] if chunk.trailing else _binary_slabs(chunk, raw)


def _read(chunk: Chunk, retries: int) -> bytearray:
    for attempt in range(retries + 1):
        try:
            return _read_once(chunk)
        except OSError as error:
            if error.errno not in _TRANSIENT or attempt == retries:
                raise InputRefused(
                    f"{chunk.source.path} cannot be read at byte {chunk.offset} ({error.strerror}, "
                    f"{attempt + 1} attempts). Check the disk it is on."
                ) from error
            time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
    raise AssertionError("unreachable")


_kept = threading.local()


def _read_once(chunk: Chunk) -> bytearray:
    """The chunk's bytes in a buffer that the thread's next chunk reuses: no page faults after the first."""
    buffer: bytearray = getattr(_kept, "buffer", bytearray())
    if len(buffer) < chunk.length:
        buffer = _kept.buffer = bytearray(chunk.length)
    view = memoryview(buffer)[: chunk.length]
    descriptor = os.open(chunk.source.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        done = 0
        while done < chunk.length:
            got = os.preadv(descriptor, [view[done:]], chunk.offset + done)
            if not got:
                raise InputRefused(
                    f"{chunk.source.path} became shorter while it was read. Run again on a file at rest."
                )
            done += got
    finally:
        os.close(descriptor)
    view.release()
    return buffer


def _binary_slabs(chunk: Chunk, raw: memoryview) -> Iterator[Slab]:
    layout = chunk.source.layout
    assert layout is not None
    step = max(_BINARY_SLAB_BYTES // layout.record_size, 1) * layout.record_size
    for begin in range(0, len(raw), step):
        piece = raw[begin : begin + step]
        offset = chunk.offset + begin
        decoded = decode(
            layout, piece, source=chunk.source.path, offset=offset, first_record=begin // layout.record_size
        )
        yield Slab(decoded.batch, len(piece) // layout.record_size, rejects=decoded.rejects)


def _trailing_slab(chunk: Chunk, raw: memoryview) -> Slab:
    """The bytes after the last whole record: one reject, or one skipped record where the layout ignores them."""
    layout = chunk.source.layout
    assert layout is not None
    empty = pa.RecordBatch.from_arrays([pa.array([], kind) for kind in layout.schema.types], schema=layout.schema)
    if layout.trailing_bytes == "ignore":
        return Slab(empty, records=1, skipped=1)
    detail = f"{chunk.length} bytes are left after the last whole record of {layout.record_size} bytes"
    raw_text = base64.b64encode(raw).decode("ascii")
    reject = Reject(chunk.source.path, chunk.offset, 0, "partial_record", None, detail, raw_text, "base64")
    return Slab(empty, records=1, rejects=[reject])
