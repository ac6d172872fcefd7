"""Reading the audit log from its end: the newest records first, at the cost of what is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.security.audit_format import MAX_RECORD_BYTES
from etl_batch.security.audit_parts import open_whole

_BLOCK_BYTES = 64 * 1024
_SEQ = re.compile(rb'\{"seq":(\d+),')


def newest_first(path: Path, before: int | None = None) -> Iterator[dict[str, Any]]:
    """Records with `seq < before`, newest first.

    Lines that are no record (a torn end, damage that `verify` names) are left out.
    """
    try:
        with open_whole(path) as log:
            size = log.seek(0, 2)
            for line in _lines_backwards(log, size if before is None else offset_of(log, size, before)):
                record = parse_record(line)
                if record is not None and (before is None or record["seq"] < before):
                    yield record
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputRefused(sentences.audit.UNREADABLE.format(path=path, reason=error.strerror)) from error


def parse_record(line: bytes) -> dict[str, Any] | None:
    """A line as a record, unchecked; None when it is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("seq"), int) else None


def _lines_backwards(log: BinaryIO, end: int) -> Iterator[bytes]:
    """Lines that end with a newline before `end`, the last one first. Stops at a line longer than a record can be."""
    pieces = b""
    complete = False  # whatever follows the last newline is torn
    while end > 0 and len(pieces) <= MAX_RECORD_BYTES:
        start = max(0, end - _BLOCK_BYTES)
        log.seek(start)
        first, *rest = (log.read(end - start) + pieces).split(b"\n")
        for line in reversed(rest):
            if complete:
                yield line
            complete = True
        pieces, end = first, start
    if complete and end == 0:
        yield pieces


def offset_of(log: BinaryIO, size: int, seq: int) -> int:
    """Byte offset of the first record numbered `seq` or higher: the numbers rise along the file."""
    return bisect(log, size, lambda line: _seq(line) >= seq)


def bisect(log: BinaryIO, size: int, passed: Callable[[bytes], bool]) -> int:
    """Byte offset of the first record for which `passed` holds, when it holds for all after it; else `size` or less."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        log.seek(max(0, middle - 1))
        if middle:
            log.readline()
        line = _next_record(log)
        if line is None or passed(line):
            high = middle
        else:
            low = log.tell()
    return low


def _next_record(log: BinaryIO) -> bytes | None:
    """The next line at or after the file's position that begins as a record; None at the end."""
    while line := log.readline(MAX_RECORD_BYTES):
        if _SEQ.match(line):
            return line
    return None


def _seq(line: bytes) -> int:
    match = _SEQ.match(line)
    return int(match[1]) if match else 0
