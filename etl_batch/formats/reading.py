"""Bytes of a file for a piece of it: whole, into a buffer that is kept, transient read errors tried again."""

from __future__ import annotations

import errno
import threading
import time

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.formats.content import Content
from etl_batch.formats.version import Change
from etl_batch.kernels.bits import PADDING

TRANSIENT = frozenset(
    {errno.EIO, errno.EAGAIN, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.ENETRESET}
)
"""Errors of reading that may pass by themselves."""
READ_RETRIES = 3
"""How often a read is tried again where nobody says it."""
_FIRST_PAUSE_SECONDS = 0.1
_kept = threading.local()


def read_bytes(content: Content, offset: int, length: int, retries: int) -> bytearray:
    """`length` bytes from byte `offset` on, at the start of a buffer that the thread's next reading fills again.

    `PADDING` bytes or more stand behind them and mean nothing.

    Raises `InputRefused` when the file is not what it was any more, or cannot be read in `retries` further attempts
    with exponential pauses.
    """
    for attempt in range(retries + 1):
        try:
            return _read_once(content, offset, length)
        except OSError as error:
            if error.errno not in TRANSIENT or attempt == retries:
                raise InputRefused(
                    sentences.inputs.UNREADABLE_AT.format(
                        path=content.path, offset=offset, reason=error.strerror, attempts=attempt + 1
                    )
                ) from error
            time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
    raise AssertionError("unreachable")


def leave_buffer() -> None:
    """Leave the buffer to those that still look into it: the thread's next reading fills another."""
    _kept.buffer = bytearray()


def _read_once(content: Content, offset: int, length: int) -> bytearray:
    """Into the buffer that is there: no page faults after the first piece."""
    buffer: bytearray = getattr(_kept, "buffer", bytearray())
    if len(buffer) < length + PADDING:
        buffer = _kept.buffer = bytearray(length + PADDING)
    view = memoryview(buffer)[:length]
    with content.opened() as file:
        if file.read_into(view, offset) < length:
            raise content.refusal(Change.SHORTER)
    view.release()
    return buffer


def spread_places(length: int, each: int, most: int) -> list[int]:
    """Starts of at most `most` blocks of `each`, spread evenly over `length`; all of it when it is short."""
    blocks = -(-length // each)
    if blocks <= most:
        return list(range(0, length, each))
    return [round((length - each) * place / (most - 1)) for place in range(most)]
